"""A supplier bids: a whole offer, better than his former one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.locales import N_
from app.kit.outbox import announce
from app.pooling.auctions import queries
from app.pooling.auctions.errors import AuctionEnded, AuctionNotBegun, NotAnAuction, TooManyBids
from app.pooling.auctions.events import AuctionBidMade
from app.pooling.auctions.models import Auction, AuctionBid
from app.pooling.auctions.rules import highest_that_counts, reference, worsened
from app.pooling.auctions.schemas import BidIn
from app.pooling.limits import MOST_BIDS
from app.pooling.models import Campaign
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import offers as offer_queries
from app.pooling.rules import OfferedItem
from app.pooling.states import CampaignState, Competition
from app.pooling.usecases.offer import ENTITY, offered_item, place_offer, understood_offer
from app.pooling.usecases.too_late import closed
from app.pooling.work import FREEZE_JOB


async def place_bid(
    session: AsyncSession, actor: Actor, campaign: Campaign, form: BidIn, *, now: datetime
) -> AuctionBid:
    """Take a bid, in turn with all others and with the close: the database's clock decides, once it is the bid's turn.

    Raises `NotAnAuction`, `Invalid`, `CampaignClosed`, `AuctionNotBegun`, `AuctionEnded`, `NotOnThisSide`, `TooManyBids`.
    """
    if campaign.competition != Competition.AUCTION:
        raise NotAnAuction()
    if campaign.state == CampaignState.CANCELLED:
        raise closed(campaign, now=now)
    items = await understood_offer(session, campaign, form)
    # Looked at before it is one's turn: whoever comes too early must not hold up members who commit themselves.
    if await queries.auction(session, campaign.id) is None:
        raise AuctionNotBegun(closes_at=campaign.closes_at)
    moment = await queries.hold(session, campaign.id)
    auction = await queries.auction(session, campaign.id)
    assert auction is not None
    if moment is None:
        raise AuctionEnded(ends_at=auction.ends_at)
    former = await queries.last_bid(session, campaign.id, actor.organization_id)
    prices = await _prices(session, campaign, items, former)
    try:
        offer = await place_offer(session, actor, campaign, items)
        values = {"id": new_id(), "campaign_id": campaign.id, "supplier_id": actor.organization_id}
        row = await queries.insert_bid(session, {**values, "offer_id": offer.id, "prices": prices})
    except DBAPIError as error:
        raise _meant(error, auction) from error
    await _tell(session, actor, campaign, row)
    return row


def _meant(error: DBAPIError, auction: Auction) -> Exception:
    if refused_by(error, "pool_offers_in_time", "auction_bids_in_time"):
        return AuctionEnded(ends_at=auction.ends_at)
    if refused_by(error, "auction_bids_of_supplier"):
        return TooManyBids(most=MOST_BIDS)
    return error


async def _prices(
    session: AsyncSession, campaign: Campaign, items: Sequence[OfferedItem], former: AuctionBid | None
) -> dict[str, int]:
    """Reference prices by item. Raises `Invalid` with every reason why the bid does not count."""
    floors = {item.id: item.floor_minor for item in await campaign_queries.items(session, [campaign.id])}
    pooled = await queries.pooled(session, campaign.id)
    terms = (await offer_queries.terms(session, [former.offer_id])).get(former.offer_id, []) if former else []
    earlier = {one.item_id: offered_item(one) for one in terms}
    own = {UUID(item_id): minor for item_id, minor in former.prices.items()} if former else {}
    errors: list[FieldError] = []
    prices: dict[str, int] = {}
    is_better = False
    for at, one in enumerate(items):
        pointer = f"/items/{at}"
        landed = reference(one, pooled.get(one.item_id, {}))
        if landed is None:
            errors.append(_without_price(pointer, one, pooled.get(one.item_id, {})))
            continue
        prices[str(one.item_id)] = landed.minor
        is_better = is_better or one.item_id not in own or landed.minor < own[one.item_id]
        errors += _steps(pointer, landed.minor, own.get(one.item_id), campaign.step_bp or 0, floors.get(one.item_id))
        if one.item_id in earlier:
            errors += _worse(pointer, earlier[one.item_id], one)
    errors += _left_out(items, earlier)
    if not errors and not is_better:
        message = N_(
            "This betters nothing: lower the reference price of one item by a step at least, or offer one item more."
        )
        errors.append(FieldError("/items", "not-better", message))
    if errors:
        raise Invalid(errors=errors[:100])
    return prices


def _without_price(pointer: str, one: OfferedItem, pooled: Mapping[str, int]) -> FieldError:
    if not any(place in one.freight_minor for place in pooled):
        message = N_("Nothing of this item is pooled where you deliver.")
        return FieldError(f"{pointer}/freight_minor", "nothing-pooled", message)
    message = N_("Your first tier asks for more than is pooled where you deliver, as far as your capacity goes.")
    return FieldError(f"{pointer}/tiers/0/from_quantity", "below-first-tier", message)


def _steps(
    pointer: str, minor: int, own_minor: int | None, step_bp: int, floor_minor: int | None
) -> Iterator[FieldError]:
    """A reference price below the floor, or not by a step below the former one."""
    if floor_minor is not None and minor < floor_minor:
        message = N_("A lot comes to {price_minor} minor units landed, which is below the floor of {floor_minor}.")
        yield FieldError(pointer, "below-floor", message, {"price_minor": minor, "floor_minor": floor_minor})
    if own_minor is None or minor == own_minor:
        return
    highest = highest_that_counts(own_minor, step_bp)
    if minor > highest:
        message = N_(
            "A lot comes to {price_minor} minor units landed. Your standing price is {own_minor}: leave it as it is, or come to "
            "{highest_minor} at most."
        )
        told = {"price_minor": minor, "own_minor": own_minor, "highest_minor": highest}
        yield FieldError(pointer, "not-a-step", message, told)


def _worse(pointer: str, former: OfferedItem, one: OfferedItem) -> Iterator[FieldError]:
    message = N_("This is worse than in your former bid for some quantity or place. A bid only gets better.")
    for field in worsened(former, one):
        yield FieldError(f"{pointer}/{field}", "worse-than-before", message)


def _left_out(items: Sequence[OfferedItem], earlier: Mapping[UUID, OfferedItem]) -> Iterator[FieldError]:
    if set(earlier) - {one.item_id for one in items}:
        message = N_("Your former bid holds an item that is missing here. A bid binds: offer it again.")
        yield FieldError("/items", "item-left-out", message)


async def _tell(session: AsyncSession, actor: Actor, campaign: Campaign, row: AuctionBid) -> None:
    # Without its prices: they are its supplier's own.
    after = {"bid_id": row.id, "campaign_id": campaign.id, "at": row.at, "extended_to": row.extended_to}
    await audit.record(session, actor, "campaign_offer.bid", ENTITY, row.offer_id, after=after)
    event = AuctionBidMade(
        bid_id=row.id,
        campaign_offer_id=row.offer_id,
        campaign_id=campaign.id,
        supplier_id=row.supplier_id,
        extended_to=row.extended_to,
    )
    await announce(session, event, organizations=[row.supplier_id])
    if row.extended_to is None:
        return
    await defer(session, FREEZE_JOB, at=row.extended_to, lead_id=str(campaign.lead_id), campaign_id=str(campaign.id))
