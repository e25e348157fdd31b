"""What a campaign must satisfy beside the form of its fields: who leads, steps, tiers, places, catalogue items."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.pooling.limits import LONGEST, MOST_LOTS
from app.pooling.rules import lots_of, nearest
from app.pooling.schemas.campaigns import CampaignIn, CampaignItemIn, TierIn
from app.pooling.states import Competition, Leading
from app.reference import facade as reference


async def check_campaign(session: AsyncSession, actor: Actor, form: CampaignIn, *, now: datetime) -> dict[UUID, str]:
    """The SKUs of the catalogue items named. Raises `Invalid` with every finding at once."""
    errors = [*_header(actor, form, now=now)]
    for at, item in enumerate(form.items):
        errors += _item(f"/items/{at}", item, form)
    wanted = {item.variant_id for item in form.items if item.variant_id}
    known = await catalog.variants(session, list(wanted)) if wanted else {}
    for at, item in enumerate(form.items):
        found = known.get(item.variant_id) if item.variant_id else None
        if item.variant_id and (found is None or not found.published):
            message = N_("There is no such item in the catalogue.")
            errors.append(FieldError(f"/items/{at}/variant_id", "unknown-variant", message))
        elif found is not None and form.led_as is Leading.SUPPLIER and found.supplier_id != actor.organization_id:
            message = N_("A supplier opens campaigns for items of his own.")
            errors.append(FieldError(f"/items/{at}/variant_id", "not-own-item", message))
    if errors:
        raise Invalid(errors=errors[:100])
    return {variant_id: variant.sku for variant_id, variant in known.items()}


def step_error(pointer: str, quantity: Decimal, lot_quantity: Decimal) -> FieldError | None:
    """A quantity that is no whole number of lots, or more of them than can be counted."""
    lots = lots_of(quantity, lot_quantity)
    if lots is None:
        below, above = (format(one.normalize(), "f") for one in nearest(quantity, lot_quantity))
        params = {"step": format(lot_quantity.normalize(), "f"), "below": below, "above": above}
        message = N_("Quantities go in steps of {step}. The nearest are {below} and {above}.")
        return FieldError(pointer, "off-step", message, params)
    if lots > MOST_LOTS:
        message = N_("This is more than can be pooled: {most} lots at most.")
        return FieldError(pointer, "too-many-lots", message, {"most": MOST_LOTS})
    return None


def tier_errors(pointer: str, tiers: Sequence[TierIn], lot_quantity: Decimal) -> Iterator[FieldError]:
    """Tiers off the step, or not rising in quantity and falling in price."""
    for at, tier in enumerate(tiers):
        wrong = step_error(f"{pointer}/{at}/from_quantity", tier.from_quantity, lot_quantity)
        if wrong:
            yield wrong
        if at and tier.from_quantity <= tiers[at - 1].from_quantity:
            message = N_("Each tier begins at more than the one before.")
            yield FieldError(f"{pointer}/{at}/from_quantity", "tiers-out-of-order", message)
        if at and tier.price_minor >= tiers[at - 1].price_minor:
            message = N_("Each tier costs less than the one before.")
            yield FieldError(f"{pointer}/{at}/price_minor", "tiers-not-falling", message)


def _header(actor: Actor, form: CampaignIn, *, now: datetime) -> Iterator[FieldError]:
    if form.led_as != Leading.OPERATOR and form.led_as not in actor.organization_roles:
        message = N_("Your organization does not act as this.")
        yield FieldError("/led_as", "not-in-this-role", message)
    if (form.led_as == Leading.OPERATOR) and not actor.is_operator:
        message = N_("Your organization does not act as this.")
        yield FieldError("/led_as", "not-in-this-role", message)
    if not now < form.closes_at <= now + LONGEST:
        message = N_("Give a moment in the future, at most 180 days from now.")
        yield FieldError("/closes_at", "closing-out-of-range", message)
    yield from _competition(form)
    for at, place in enumerate(form.places):
        if reference.find_place(place) is None:
            message = N_("This place is not known. Give the UN/LOCODE of a place from the list of places.")
            yield FieldError(f"/places/{at}", "unknown-place", message)
        elif place in form.places[:at]:
            yield FieldError(f"/places/{at}", "place-repeated", N_("This place is named twice."))


def _competition(form: CampaignIn) -> Iterator[FieldError]:
    is_auction = form.competition == Competition.AUCTION
    if is_auction and form.led_as == Leading.SUPPLIER:
        message = N_("A supplier who leads publishes his prices; nobody bids.")
        yield FieldError("/competition", "supplier-leads", message)
    if is_auction != (form.auction is not None):
        message = N_("Give the rules of an auction with an auction, and with nothing else.")
        yield FieldError("/auction", "auction-rules", message)
    elif form.auction is not None and form.auction.round_minutes > form.auction.bidding_minutes:
        message = N_("A late bid extends the auction by no more than it lasts.")
        yield FieldError("/auction/round_minutes", "round-too-long", message)
    for at, item in enumerate(form.items):
        if item.floor_minor is not None and not is_auction:
            message = N_("Only bids of an auction have a floor.")
            yield FieldError(f"/items/{at}/floor_minor", "not-an-auction", message)


def _item(pointer: str, item: CampaignItemIn, form: CampaignIn) -> Iterator[FieldError]:
    if item.variant_id is None and item.specification is None:
        message = N_("Name an item of the catalogue, or say what is asked for.")
        yield FieldError(f"{pointer}/specification", "nothing-specified", message)
    for field in ("min_quantity", "member_min_quantity", "member_max_quantity"):
        quantity = getattr(item, field)
        wrong = step_error(f"{pointer}/{field}", quantity, item.lot_quantity) if quantity is not None else None
        if wrong:
            yield wrong
    least, most = item.member_min_quantity or item.lot_quantity, item.member_max_quantity
    if most is not None and most < least:
        message = N_("The most that a member takes is no less than the least.")
        yield FieldError(f"{pointer}/member_max_quantity", "most-below-least", message)
    yield from tier_errors(f"{pointer}/tiers", item.tiers, item.lot_quantity)
    yield from _published(pointer, item, form)


def _published(pointer: str, item: CampaignItemIn, form: CampaignIn) -> Iterator[FieldError]:
    if form.led_as != Leading.SUPPLIER:
        if item.published is not None:
            message = N_("Only a supplier who leads publishes an offer. Others let suppliers compete.")
            yield FieldError(f"{pointer}/published", "not-a-supplier", message)
        return
    if item.published is None or not item.tiers:
        message = N_("A supplier who leads publishes tiers, capacity and freight.")
        field = "tiers" if item.published is not None else "published"
        yield FieldError(f"{pointer}/{field}", "not-published", message)
        return
    yield from offer_errors(f"{pointer}/published", item.published.capacity, item.tiers, item.lot_quantity)
    yield from freight_errors(f"{pointer}/published/freight_minor", item.published.freight_minor, form.places)


def offer_errors(
    pointer: str, capacity: Decimal, tiers: Sequence[TierIn], lot_quantity: Decimal
) -> Iterator[FieldError]:
    """A capacity off the step, or less than the first tier asks for."""
    wrong = step_error(f"{pointer}/capacity", capacity, lot_quantity)
    if wrong:
        yield wrong
    elif tiers and capacity < tiers[0].from_quantity:
        message = N_("The capacity is less than the first tier asks for.")
        yield FieldError(f"{pointer}/capacity", "below-first-tier", message)


def freight_errors(pointer: str, freight_minor: dict[str, int], places: Sequence[str]) -> Iterator[FieldError]:
    """Freight to places that the campaign does not have."""
    for place in freight_minor:
        if place not in places:
            message = N_("The campaign has no place “{place}”.")
            yield FieldError(f"{pointer}/{place}", "unknown-place", message, {"place": place})
