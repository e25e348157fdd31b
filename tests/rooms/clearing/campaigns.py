"""Campaigns drawn at random, the same for the same number."""

from random import Random

from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier


def small(number: int) -> Problem:
    """Up to 12 members and 4 suppliers, one or two items, up to three places; limits around what tiers cost, so that some of
    them are just met and some just missed."""
    chance = Random(number)
    places = ["DEHAM", "CNNGB", "ESBCN"][: chance.choice((1, 1, 2, 2, 3))]
    items = [
        Item(
            f"item-{at}",
            min_lots=chance.choice((0, 0, 3, 6)),
            min_share_bp=chance.choice((0, 0, 2500, 3333)),
            max_suppliers=chance.choice((None, 1, 2)),
        )
        for at in range(chance.choice((1, 1, 2)))
    ]
    offers = []
    for supplier in range(chance.randint(1, 4)):
        for item in items:
            if len(items) > 1 and chance.random() < 0.3:
                continue
            offers.append(_offer(chance, f"supplier-{supplier}", item.id, places))
    most = 12 if len(places) * len(items) == 1 else 8 if len(places) * len(items) < 4 else 6
    members = []
    for at in range(chance.randint(1, most)):
        bids = [_bid(chance, chance.choice(items).id, chance.choice(places))]
        if len(items) > 1 and chance.random() < 0.4:
            other = next(item.id for item in items if item.id != bids[0].item_id)
            bids.append(_bid(chance, other, bids[0].place))
        members.append(Member(f"member-{at}", tuple(bids)))
    return Problem(f"seed-{number}", tuple(items), tuple(offers), tuple(members))


def _offer(chance: Random, supplier: str, item: str, places: list[str]) -> Offer:
    price, start, tiers = chance.randint(20, 30), chance.choice((1, 1, 2, 4)), []
    for _ in range(chance.randint(1, 3)):
        tiers.append(Tier(start, price))
        start, price = start + chance.randint(1, 5), price - chance.randint(1, 5)
    freight = {place: chance.randint(0, 6) for place in places if chance.random() < 0.85}
    setup = chance.choice((0, 0, chance.randint(1, 25)))
    return Offer(supplier, item, tuple(tiers), start + chance.randint(0, 8), freight, setup)


def _bid(chance: Random, item: str, place: str) -> Bid:
    return Bid(item, place, chance.choice((1, 1, 1, 2, 2, 3)), chance.randint(14, 36))


def shuffled(problem: Problem, chance: Random) -> Problem:
    """The same in another order."""

    items, offers, members = (
        tuple(chance.sample(things, len(things))) for things in (problem.items, problem.offers, problem.members)
    )
    return Problem(problem.seed, items, offers, members)  # type: ignore[arg-type]
