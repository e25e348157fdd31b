"""Reads problems and writes what came of them, as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson
from pydantic import ValidationError

from app.clearing import schemas
from app.clearing.certificate import Cleared, Part, Proof
from app.clearing.limits import MAX_FILE_BYTES, MAX_VALUE_MINOR
from app.clearing.outcome import bought, offers_by_key
from app.clearing.pricing import Settlement, settle
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier
from app.clearing.telling import SENTENCES, Reason, Told, reasons, rounded
from app.kit.errors import BodyTooLarge, FieldError, Invalid
from app.kit.findings import from_validation
from app.kit.locales import N_, translate


def read(data: bytes) -> Problem:
    """A problem from JSON. Raises `BodyTooLarge`, `MalformedBody`, or `Invalid` with a JSON pointer for each finding."""
    if len(data) > MAX_FILE_BYTES:
        raise BodyTooLarge(limit_bytes=MAX_FILE_BYTES)
    try:
        form = schemas.ClearingIn.model_validate_json(data)
    except ValidationError as error:
        raise from_validation(error) from None
    return understood(form)


def understood(form: schemas.ClearingIn) -> Problem:
    """What a problem says. Raises `Invalid` for what no field can know alone."""
    findings = [*_items_and_offers(form), *_members(form)]
    if findings:
        raise Invalid(errors=findings[:100])
    return Problem(
        form.seed,
        tuple(Item(one.id, one.min_lots, int(one.min_share_pct * 100), one.max_suppliers) for one in form.items),
        tuple(
            Offer(
                one.supplier,
                one.item,
                tuple(Tier(tier.from_lots, tier.price_minor) for tier in one.tiers),
                one.capacity_lots,
                one.freight_minor,
                one.setup_minor,
            )
            for one in form.offers
        ),
        tuple(
            Member(one.id, tuple(Bid(bid.item, bid.place, bid.lots, bid.limit_minor) for bid in one.bids))
            for one in form.members
        ),
    )


_TWICE = N_("The id “{id}” is used twice.")
_UNKNOWN_ITEM = N_("There is no item “{id}” in this file.")


def _items_and_offers(form: schemas.ClearingIn) -> Iterator[FieldError]:
    items: set[str] = set()
    for at, item in enumerate(form.items):
        if item.id in items:
            yield FieldError(f"/items/{at}/id", "id-repeated", _TWICE, {"id": item.id})
        items.add(item.id)
    offers: set[tuple[str, str]] = set()
    for at, offer in enumerate(form.offers):
        if offer.item not in items:
            yield FieldError(f"/offers/{at}/item", "unknown-item", _UNKNOWN_ITEM, {"id": offer.item})
        if (offer.supplier, offer.item) in offers:
            message = N_("A supplier makes one offer for an item.")
            yield FieldError(f"/offers/{at}/supplier", "offer-repeated", message)
        offers.add((offer.supplier, offer.item))
        starts = [tier.from_lots for tier in offer.tiers]
        if starts != sorted(set(starts)):
            message = N_("Each tier begins at more lots than the one before.")
            yield FieldError(f"/offers/{at}/tiers", "tiers-out-of-order", message)
        elif offer.capacity_lots < starts[0]:
            message = N_("The capacity is less than the first tier asks for.")
            yield FieldError(f"/offers/{at}/capacity_lots", "below-first-tier", message)


def _members(form: schemas.ClearingIn) -> Iterator[FieldError]:
    items = {item.id for item in form.items}
    members: set[str] = set()
    value: dict[str, int] = {}
    for at, member in enumerate(form.members):
        if member.id in members:
            yield FieldError(f"/members/{at}/id", "id-repeated", _TWICE, {"id": member.id})
        members.add(member.id)
        for which, bid in enumerate(member.bids):
            if bid.item not in items:
                pointer = f"/members/{at}/bids/{which}/item"
                yield FieldError(pointer, "unknown-item", _UNKNOWN_ITEM, {"id": bid.item})
            value[bid.item] = value.get(bid.item, 0) + bid.lots * bid.limit_minor
        if len({bid.item for bid in member.bids}) < len(member.bids):
            message = N_("A substitute is of another item.")
            yield FieldError(f"/members/{at}/bids/1/item", "same-item", message)
    if any(one > MAX_VALUE_MINOR for one in value.values()):
        message = N_("These are more goods than can be reckoned with here. Divide them.")
        yield FieldError("/members", "too-much", message)


def digest(problem: Problem) -> str:
    """The hash of a problem in canonical order: the same whatever order it came in."""
    problem = problem.canonical()
    told = {
        "seed": problem.seed,
        "items": [[one.id, one.min_lots, one.min_share_bp, one.max_suppliers] for one in problem.items],
        "offers": [
            [
                one.supplier_id,
                one.item_id,
                [[tier.from_lots, tier.price_minor] for tier in one.tiers],
                one.capacity_lots,
                one.setup_minor,
                dict(one.freight_minor),
            ]
            for one in problem.offers
        ],
        "members": [
            [one.id, [[bid.item_id, bid.place, bid.lots, bid.limit_minor] for bid in one.bids]]
            for one in problem.members
        ],
    }
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def written(problem: Problem) -> dict[str, Any]:
    """A problem as JSON values: what `understood` reads."""
    return {
        "seed": problem.seed,
        "items": [
            {
                "id": one.id,
                "min_lots": one.min_lots,
                "min_share_pct": str(Decimal(one.min_share_bp) / 100),
                "max_suppliers": one.max_suppliers,
            }
            for one in problem.items
        ],
        "offers": [
            {
                "supplier": one.supplier_id,
                "item": one.item_id,
                "tiers": [{"from_lots": tier.from_lots, "price_minor": tier.price_minor} for tier in one.tiers],
                "capacity_lots": one.capacity_lots,
                "setup_minor": one.setup_minor,
                "freight_minor": dict(one.freight_minor),
            }
            for one in problem.offers
        ],
        "members": [
            {
                "id": one.id,
                "bids": [
                    {"item": bid.item_id, "place": bid.place, "lots": bid.lots, "limit_minor": bid.limit_minor}
                    for bid in one.bids
                ],
            }
            for one in problem.members
        ],
    }


def worked_out(cleared: Cleared) -> dict[str, Any]:
    """A clearing as JSON values: who is served, who sends what, and what was proven of each part."""
    return {
        "served": dict(cleared.outcome.served),
        "flows": [[flow.supplier_id, flow.item_id, flow.place, flow.lots] for flow in cleared.outcome.flows],
        "parts": [
            {
                "items": list(part.items),
                "aims": [{"aim": one.aim, "value": one.value, "bound": one.bound} for one in part.proofs],
            }
            for part in cleared.parts
        ],
    }


def proven(parts: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    """What was proven, from the parts that `worked_out` tells."""
    return tuple(
        Part(
            tuple(part["items"]),
            tuple(Proof(one["aim"], one["value"], one["bound"]) for one in part["aims"]),
        )
        for part in parts
    )


def told(problem: Problem, cleared: Cleared, locale: str) -> schemas.ClearingOut:
    """What came of a problem, for a reader."""
    problem = problem.canonical()
    settlement = settle(problem, cleared.outcome)
    why = reasons(problem, cleared.outcome, settlement, cleared.parts)
    return schemas.ClearingOut(
        inputs_sha256=digest(problem),
        lots=cleared.worth.lots,
        cost_minor=cleared.worth.cost_minor,
        payments_minor=sum(settlement.payments_minor.values()),
        remainder_minor=settlement.remainder_minor,
        prices=[
            schemas.PlacePriceOut(
                item=one.item_id,
                place=one.place,
                lots=one.lots,
                price_minor=rounded(one.exact),
                setup_minor=rounded(one.setup),
            )
            for one in settlement.prices
        ],
        winners=_winners(problem, cleared, settlement),
        members=[
            _member(member, cleared, settlement, why[member.id], locale)
            for member in sorted(problem.members, key=lambda one: one.id)
        ],
        certificate=[_part(one) for one in cleared.parts],
    )


def _winners(problem: Problem, cleared: Cleared, settlement: Settlement) -> list[schemas.WinnerOut]:
    offers = offers_by_key(problem)
    to: dict[tuple[str, str], dict[str, int]] = {}
    for flow in cleared.outcome.flows:
        to.setdefault((flow.supplier_id, flow.item_id), {})[flow.place] = flow.lots
    return [
        schemas.WinnerOut(
            supplier=key[0],
            item=key[1],
            lots=lots,
            price_minor=offers[key].price_minor(lots) or 0,
            to=dict(sorted(to[key].items())),
            paid_minor=settlement.paid_minor[key],
        )
        for key, lots in sorted(bought(cleared.outcome).items())
    ]


def _member(member: Member, cleared: Cleared, settlement: Settlement, why: Told, locale: str) -> schemas.MemberOut:
    which = cleared.outcome.served.get(member.id)
    bid = member.bids[which] if which is not None else None
    outcome = {None: "not_served", 0: "served"}.get(which, "substitute")
    return schemas.MemberOut(
        id=member.id,
        outcome=outcome,  # type: ignore[arg-type]
        reason=why.reason,
        explanation=explained(why, locale),
        item=bid.item_id if bid else None,
        lots=bid.lots if bid else 0,
        payment_minor=settlement.payments_minor.get(member.id, 0),
    )


def explained(why: Told, locale: str) -> str:
    """A reason as a sentence; prices and limits in minor units."""
    return translate(SENTENCES[Reason(why.reason)], locale, **why.params)


def _part(part: Part) -> schemas.PartOut:
    return schemas.PartOut(
        items=list(part.items),
        aims=[
            schemas.AimOut(
                aim=one.aim,
                value=one.value,
                bound=None if one.bound is None else Decimal(str(round(one.bound, 6))).normalize(),
                gap_pct=None if one.gap is None else Decimal(str(round(100 * one.gap, 4))).normalize(),
            )
            for one in part.proofs
        ],
    )
