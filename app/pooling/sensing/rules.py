"""What is alike, when a group may be told of, in which figures, and when they may change. Pure.

The README says why each rule is there and what it does not give.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import log, log10, sqrt
from typing import NamedTuple
from uuid import UUID

from app.reference import facade as reference

K = 5
"""So many organizations at least stand behind a suggestion."""

QUARTER = timedelta(days=92)
"""How far back inquiries and orders count, and how long an edition stands at most: by then nobody is in it for what he was."""

HISTORY = timedelta(days=365)
"""How far back orders tell how prices fall with quantity."""

CHANGED = 3
"""Editions of a quarter differ by so many organizations at least: of two, either could take his own from the difference."""

MOST_OF_ONE = Fraction(60, 100)
"""No buyer has more of the whole than this."""

REST_BESIDE_TWO = Fraction(15, 100)
"""What is left without the two largest, by the largest: else the second could work out the first (the p-percent rule)."""

PIECES_A_BUYER = 2
"""Of what is counted, so many on average: of five pieces for five buyers everybody would know that each asked for one."""

POINTS = 8
"""So many past orders at least, of `K` buyers, tell how prices fall with quantity."""

CERTAIN = 2
"""The slope is taken for real when it is so many times its standard error."""

BASE_UNITS = {"count": "H87", "set": "SET", "mass": "KGM", "length": "MTR"}
"""By dimension, the unit that a group is counted in. What is asked for in another dimension is not counted."""

COUNTED = ("H87", "SET")

MOST_PERCENT = 99
"""Nobody sells for nothing: a published price that says so must not keep the others' suggestions from being made."""

LEAST_QUANTITY, MOST_QUANTITY = Decimal("0.000001"), Decimal(10**12)
"""Between these a total can be kept. Five who ask for absurd quantities must not keep the others' suggestions from being made."""

_R10 = tuple(Decimal(one) for one in ("1", "1.25", "1.6", "2", "2.5", "3.15", "4", "5", "6.3", "8"))


class Kind(NamedTuple):
    """What things of one group have alike."""

    category_code: str
    steel: str
    unit: str
    size_steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one inquiry (or, together, all orders: `case_id` None) of a buyer has of a kind, in the kind's unit."""

    buyer_id: UUID
    case_id: UUID | None
    kind: Kind
    quantity: Fraction


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a supplier publishes for one item: from so many of the kind's unit on, one costs so much. Ordered by quantity."""

    supplier_id: UUID
    steps: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Bought:
    """A past order: of so many of the kind's unit, one cost so much."""

    buyer_id: UUID
    currency: str
    quantity: Fraction
    price: Fraction


def canonical_steel(code: str | None) -> str | None:
    """The designation that stands for all nominally equivalent ones: P20+Ni for 1.2738. None for what is no known steel.

    Makers' own grades and steels that only come near stand for themselves: nobody agreed to take one for the other.
    """
    found = reference.find_steel(code) if code is not None else None
    if found is None:
        return None
    return found.family if found.relation in (None, "nominal") else found.code


def designations(canonical: str) -> list[str]:
    """All designations that it stands for."""
    return [code for code in reference.steels() if canonical_steel(code) == canonical]


def size_step(measure_mm: Decimal) -> int:
    """The step of the R10 series of preferred numbers (ISO 3) that a measure is nearest to: within about 12 %."""
    return round(10 * log10(measure_mm))


def step_mm(step: int) -> Decimal:
    """The preferred number of a step: 27 is 500 mm."""
    return _plain(_R10[step % 10].scaleb(step // 10))


def size_steps(measures_mm: Iterable[Decimal]) -> tuple[int, ...]:
    """The steps of a thing's measures, the longest first: which of them is called its length does not matter."""
    return tuple(sorted((size_step(one) for one in measures_mm if one > 0), reverse=True))


def kind_of(category_code: str, steel: str | None, measures_mm: Iterable[Decimal], unit: str) -> Kind | None:
    """What a thing is alike in; None when its steel, its size, or a way to count it is not known."""
    canonical, steps = canonical_steel(steel), size_steps(measures_mm)
    base = BASE_UNITS.get(reference.unit(unit).dimension) if reference.is_known_unit(unit) else None
    if canonical is None or not steps or base is None:
        return None
    return Kind(category_code, canonical, base, steps)


def demand_by_kind(asked: Iterable[Asked]) -> dict[Kind, dict[UUID, Fraction]]:
    """How much each buyer needs of each kind.

    The same need is often asked of several suppliers and then ordered, so it is the most of: each inquiry, and all orders
    together. That is never more than was asked for.
    """
    cases: dict[tuple[Kind, UUID, UUID | None], Fraction] = {}
    for one in asked:
        place = (one.kind, one.buyer_id, one.case_id)
        cases[place] = cases.get(place, Fraction(0)) + one.quantity
    found: dict[Kind, dict[UUID, Fraction]] = {}
    for (kind, buyer_id, _), quantity in cases.items():
        needs = found.setdefault(kind, {})
        needs[buyer_id] = max(needs.get(buyer_id, Fraction(0)), quantity)
    return found


def may_be_told(kind: Kind, needs: Mapping[UUID, Fraction]) -> bool:
    """Whether a group is large and even enough that its total tells nobody's part."""
    if len(needs) < K:
        return False
    first, second, *_ = sorted(needs.values(), reverse=True)
    total = sum(needs.values(), Fraction(0))
    if not LEAST_QUANTITY <= two_digits(total) < MOST_QUANTITY:
        return False
    enough = kind.unit not in COUNTED or total >= PIECES_A_BUYER * len(needs)
    return enough and first <= MOST_OF_ONE * total and total - first - second >= REST_BESIDE_TWO * first


def two_digits(quantity: Fraction) -> Decimal:
    """A quantity as it is shown: two significant digits, half-even."""
    exact = Decimal(quantity.numerator) / Decimal(quantity.denominator)
    return _plain(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), ROUND_HALF_EVEN))


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def saving_by_tariffs(needs: Sequence[Fraction], tariffs: Iterable[Tariff]) -> Fraction | None:
    """What buying together saves at published prices: at each supplier 1 − Q·p(Q) / Σ qᵢ·p(qᵢ), where p(q) is the price of
    the last step that q reaches (the first, where it reaches none); his median over items and currencies; the median over
    suppliers. One price for every quantity tells nothing. None where nobody publishes steps.
    """
    total = sum(needs, Fraction(0))
    by_supplier: dict[UUID, list[Fraction]] = {}
    for tariff in tariffs:
        if len(tariff.steps) > 1:
            alone = sum((quantity * price_at(tariff, quantity) for quantity in needs), Fraction(0))
            saved = 1 - total * price_at(tariff, total) / alone
            by_supplier.setdefault(tariff.supplier_id, []).append(saved)
    return median([median(found) for found in by_supplier.values()]) if by_supplier else None


def price_at(tariff: Tariff, quantity: Fraction) -> Fraction:
    """What one costs at a quantity: at the last step that it reaches; the first, where it reaches none."""
    reached = [price for least, price in tariff.steps if least <= quantity]
    return reached[-1] if reached else tariff.steps[0][1]


def median(values: Sequence[Fraction]) -> Fraction:
    """Of an even number the mean of the two in the middle."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def saving_by_orders(needs: Sequence[Fraction], orders: Sequence[Bought]) -> Fraction | None:
    """The same where nobody publishes steps: by the line ln p = a + b·ln q through past orders in the currency that has most
    of them, 1 − Q·Q'ᵇ / Σ qᵢ·qᵢᵇ, where Q' is Q, but no more than anybody ever ordered.

    None unless there are `POINTS` orders of `K` buyers, and the price falls with certainty, and not faster than the quantity
    grows.
    """
    counts: dict[str, int] = {}
    for one in orders:
        counts[one.currency] = counts.get(one.currency, 0) + 1
    most = min(counts, key=lambda currency: (-counts[currency], currency), default=None)
    points = [one for one in orders if one.currency == most and one.price > 0]
    if len(points) < POINTS or len({one.buyer_id for one in points}) < K:
        return None
    slope = _slope(sorted((log(one.quantity), log(one.price)) for one in points))
    if slope is None or not -1 < slope < 0:
        return None
    total = float(sum(needs, Fraction(0)))
    reach = min(total, float(max(one.quantity for one in points)))
    alone = sum(float(quantity) ** (1 + slope) for quantity in needs)
    return Fraction(1 - total * reach**slope / alone)


def _slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Of the least squares; None when it cannot be told from none."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread < 1e-9:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    error = sqrt(rest / (count - 2) / spread)
    return slope if abs(slope) >= CERTAIN * error else None


def whole_percent(saving: Fraction) -> int:
    """Half-even, never negative; `MOST_PERCENT` of what seems to cost nothing."""
    return min(max(0, round(saving * 100)), MOST_PERCENT)


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition of a group. `members` are those who are still to be counted, `left` how many no longer are."""

    made_at: datetime
    is_current: bool
    members: frozenset[UUID]
    left: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is to happen: the edition that stands ends, another is made. Neither: what stands goes on, what ended rests."""

    ends: bool
    makes: bool


def _differing(shown: Shown, found: frozenset[UUID]) -> int:
    """By how many organizations two editions differ at least: those who left are forgotten, so as many of those who are new may
    be them again."""
    return len(shown.members - found) + abs(shown.left - len(found - shown.members))


def next_step(editions: Sequence[Shown], found: frozenset[UUID] | None, *, now: datetime) -> Step:
    """What becomes of a group whose demand is now that of `found` (None: it may not be told of).

    An edition ends at once when somebody in it takes his consent back. Another takes its place when it differs by `CHANGED`
    organizations from every one of the last quarter; in what was made before, nobody is any more for what he asked then.
    """
    current = next((one for one in editions if one.is_current), None)
    if found is None:
        return Step(ends=current is not None, makes=False)
    recent = [one for one in editions if now - one.made_at < QUARTER]
    if all(_differing(one, found) >= CHANGED for one in recent):
        return Step(ends=current is not None, makes=True)
    return Step(ends=current is not None and current.left > 0, makes=False)
