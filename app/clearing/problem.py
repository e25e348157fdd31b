"""What is to be cleared: items, suppliers' offers in tiers, members' bids.

Quantities are lots, money is minor units of one currency. A lot is the step in which an item is asked for and offered, such as
100 kg or 10 pieces; prices are for one lot. Whatever comes in is put into an order that depends on the seed and the ids alone:
`sha256(seed ‖ kind ‖ id)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """What is bought together. Less than `min_lots` in all is not bought; each supplier who wins has at least `min_share_bp`
    ten-thousandths of it; at most `max_suppliers` win (None: any number)."""

    id: str
    min_lots: int = 0
    min_share_bp: int = 0
    max_suppliers: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many lots on, a lot costs so much: all lots, not only those beyond."""

    from_lots: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A supplier's offer for an item. Less than the first tier is not sold, nor more than `capacity_lots`.

    `setup_minor` is paid once, if anything is bought. `freight_minor` is for a lot to a place; elsewhere he does not deliver.
    """

    supplier_id: str
    item_id: str
    tiers: tuple[Tier, ...]
    capacity_lots: int
    freight_minor: Mapping[str, int]
    setup_minor: int = 0

    def price_minor(self, lots: int) -> int | None:
        """What a lot costs when so many are bought; None when so many are not sold."""
        if lots > self.capacity_lots:
            return None
        return min((tier.price_minor for tier in self.tiers if tier.from_lots <= lots), default=None)


@dataclass(frozen=True, slots=True)
class Bid:
    """So many lots to a place, all or none, at no more than `limit_minor` a lot, freight and set-up included."""

    item_id: str
    place: str
    lots: int
    limit_minor: int


@dataclass(frozen=True, slots=True)
class Member:
    """One who asks: what he wishes, and perhaps what else he would take. At most one of his bids is served.

    `priority` is what the lots drawn make of him: the greater, the sooner he is served when all else is equal.
    """

    id: str
    bids: tuple[Bid, ...]
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that a clearing depends on."""

    seed: str
    items: tuple[Item, ...]
    offers: tuple[Offer, ...]
    members: tuple[Member, ...]

    def canonical(self) -> "Problem":
        """The same in the order of lots drawn: whatever order it came in."""
        drawn = Draw(self.seed)
        return Problem(
            self.seed,
            tuple(sorted(self.items, key=lambda one: drawn.of("item", one.id))),
            tuple(
                sorted(
                    self.offers, key=lambda one: (drawn.of("supplier", one.supplier_id), drawn.of("item", one.item_id))
                )
            ),
            tuple(
                replace(member, priority=len(self.members) - place)
                for place, member in enumerate(sorted(self.members, key=lambda one: drawn.of("member", one.id)))
            ),
        )


@dataclass(slots=True)
class Draw:
    """Lots drawn by a seed that nobody could choose after he knew the ids."""

    seed: str
    _known: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def of(self, kind: str, key: str) -> tuple[str, str]:
        """The place of a thing in the order: what is drawn for it, then (nobody will ever see it) its id."""
        found = self._known.get((kind, key))
        if found is None:
            digest = sha256(f"{self.seed}\x1f{kind}\x1f{key}".encode()).hexdigest()
            found = self._known[kind, key] = (digest, key)
        return found


def parts(problem: Problem) -> list[Problem]:
    """The parts of a problem that have nothing to do with one another: items that no member would take for each other.

    Each is in canonical order, and so are they.
    """
    problem = problem.canonical()
    root = {item.id: item.id for item in problem.items}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for member in problem.members:
        for bid in member.bids[1:]:
            root[find(bid.item_id)] = find(member.bids[0].item_id)
    return [
        Problem(
            problem.seed,
            tuple(item for item in problem.items if find(item.id) == key),
            tuple(offer for offer in problem.offers if find(offer.item_id) == key),
            tuple(member for member in problem.members if member.bids and find(member.bids[0].item_id) == key),
        )
        for key in dict.fromkeys(find(item.id) for item in problem.items)
    ]


def cheapest(problem: Problem) -> dict[tuple[str, str], int]:
    """The least that a lot could cost, by item and place: at the deepest tier, without set-up. Absent is what nobody delivers."""
    found: dict[tuple[str, str], int] = {}
    for offer in problem.offers:
        price = min(tier.price_minor for tier in offer.tiers)
        for place, freight in offer.freight_minor.items():
            at = (offer.item_id, place)
            found[at] = min(found.get(at, price + freight), price + freight)
    return found
