"""Looks at an outcome without knowing how it was found: every rule again, in integers."""

from collections import defaultdict

from app.clearing.outcome import Outcome
from app.clearing.problem import BASIS_POINTS, Problem


def violations(problem: Problem, outcome: Outcome) -> list[str]:
    """What an outcome breaks; nothing, when it may stand."""
    found: list[str] = []
    members = {member.id: member for member in problem.members}
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    lowest: dict[tuple[str, str], int] = {}
    for member_id, place_of_bid in outcome.served.items():
        if member_id not in members or not 0 <= place_of_bid < len(members[member_id].bids):
            found.append(f"{member_id} has no bid {place_of_bid}")
            continue
        bid = members[member_id].bids[place_of_bid]
        wanted[bid.item_id, bid.place] += bid.lots
        lowest[bid.item_id, bid.place] = min(lowest.get((bid.item_id, bid.place), bid.limit_minor), bid.limit_minor)
    sent: dict[tuple[str, str], int] = defaultdict(int)
    by_supplier: dict[tuple[str, str], int] = defaultdict(int)
    for flow in outcome.flows:
        if flow.lots <= 0:
            found.append(f"{flow} sends nothing")
        sent[flow.item_id, flow.place] += flow.lots
        by_supplier[flow.item_id, flow.supplier_id] += flow.lots
    found += [
        f"{sent[at]} lots are sent to {at}, {wanted.get(at, 0)} are wanted"
        for at in sent
        if sent[at] != wanted.get(at, 0)
    ]
    found += [f"nothing is sent to {at}" for at in wanted if at not in sent]
    offers = {(offer.item_id, offer.supplier_id): offer for offer in problem.offers}
    cost_at: dict[tuple[str, str], int] = defaultdict(int)
    for flow in outcome.flows:
        offer = offers.get((flow.item_id, flow.supplier_id))
        price = offer.price_minor(by_supplier[flow.item_id, flow.supplier_id]) if offer else None
        if offer is None or price is None or flow.place not in offer.freight_minor:
            found.append(f"{flow} is not offered")
            continue
        cost_at[flow.item_id, flow.place] += flow.lots * (price + offer.freight_minor[flow.place])
    for item in problem.items:
        lots = sum(quantity for at, quantity in wanted.items() if at[0] == item.id)
        winners = {key[1]: quantity for key, quantity in by_supplier.items() if key[0] == item.id}
        if 0 < lots < item.min_lots:
            found.append(f"{lots} lots of {item.id} are too few")
        if item.max_suppliers is not None and len(winners) > item.max_suppliers:
            found.append(f"{len(winners)} suppliers of {item.id} are too many")
        found += [
            f"{supplier} has too small a share of {item.id}"
            for supplier, quantity in winners.items()
            if quantity * BASIS_POINTS < item.min_share_bp * lots
        ]
        spare = 0
        for at in [at for at in wanted if at[0] == item.id]:
            room = lowest[at] * wanted[at] - cost_at[at]
            if room < 0:
                found.append(f"{at} would pay more than it accepts")
            spare += room
        setup = sum(offers[item.id, one].setup_minor for one in winners if (item.id, one) in offers)
        if spare < setup:
            found.append(f"the members of {item.id} accept less than all costs")
    return found
