"""The lines of a freight quote. Each line is rounded by itself, half a minor unit up, and the total is their sum.

Freight comes first: the weight or the containers, and the base charge. Then the surcharges by shipment, container, package and
quantity; then percentages of the freight; at last percentages of everything before them, which are not reckoned on one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Literal

from app.logistics.chargeable import Chargeable, chargeable, weight_rule
from app.logistics.rates.cards import Basis, RateCard, ShipmentFacts, Surcharge, WeightBreak
from app.logistics.rates.fitting import shipping_day
from app.logistics.states import Mode

_HALF = Fraction(1, 2)

Bound = Literal["minimum", "maximum"]


@dataclass(frozen=True, slots=True)
class Line:
    """One charge: `quantity` of the basis at `rate` (minor units, or percent of `of_minor`) makes `amount_minor`.

    `bound`: the amount is the least or the greatest charge instead of the product. `container_type` where it is charged for
    containers of one type.
    """

    code: str
    basis: Basis
    quantity: Decimal
    rate: Decimal
    amount_minor: int
    of_minor: int | None = None
    container_type: str | None = None
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """All lines of a shipment under a card, in the card's currency."""

    chargeable: Chargeable
    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)


def rounded_minor(amount: Fraction) -> int:
    """Whole minor units, halves up."""
    return floor(amount + _HALF)


def price(card: RateCard, facts: ShipmentFacts, *, on: date) -> Priced:
    """The charges of a shipment under a card that fits it."""
    rule = weight_rule(card.mode, card.weight_rule)
    charged = chargeable(facts.packages, rule, containers=sum(facts.containers.values()))
    freight = _container_lines(card, facts) if card.mode == Mode.SEA_FCL else [_weight_line(card, charged.quantity)]
    if card.per_shipment_minor:
        base = Decimal(card.per_shipment_minor)
        freight.append(Line("BASE", Basis.SHIPMENT, Decimal(1), base, card.per_shipment_minor))
    due = [one for one in card.surcharges if _is_due(one, card, facts, on=on)]
    lines = list(freight)
    for one in due:
        if one.basis not in (Basis.PERCENT_OF_FREIGHT, Basis.PERCENT_OF_ALL):
            lines += _amount_line(one, facts, charged)
    freight_minor = sum(line.amount_minor for line in freight)
    lines += [_percent_line(one, freight_minor) for one in due if one.basis == Basis.PERCENT_OF_FREIGHT]
    all_minor = sum(line.amount_minor for line in lines)
    lines += [_percent_line(one, all_minor) for one in due if one.basis == Basis.PERCENT_OF_ALL]
    return Priced(charged, tuple(lines))


def cheapest_break(breaks: Sequence[WeightBreak], quantity: Decimal) -> tuple[Decimal, WeightBreak]:
    """(quantity charged, the break that it is charged at).

    As in air tariffs (TACT Rules 3.9), a shipment is charged at the least quantity of a higher break where that is cheaper than
    its own quantity at its own rate. Where both cost the same, its own quantity stands.
    """
    reached = max(
        (one for one in breaks if one.from_quantity <= quantity), key=lambda one: one.from_quantity, default=None
    )
    offers = [(one.from_quantity, one) for one in breaks if one.from_quantity > quantity]
    if reached is not None:
        offers.insert(0, (quantity, reached))
    return min(offers, key=lambda offer: offer[0] * offer[1].per_unit_minor)


def _weight_line(card: RateCard, quantity: Decimal) -> Line:
    charged, at = cheapest_break(card.breaks, quantity)
    product_minor = rounded_minor(Fraction(charged) * Fraction(at.per_unit_minor))
    amount_minor, bound = _bounded(product_minor, card.minimum_minor, None)
    return Line("FREIGHT", Basis.QUANTITY, charged, at.per_unit_minor, amount_minor, bound=bound)


def _container_lines(card: RateCard, facts: ShipmentFacts) -> list[Line]:
    lines = []
    for kind, count in sorted(facts.containers.items()):
        each = card.per_container_minor[kind]
        lines.append(Line("FREIGHT", Basis.CONTAINER, Decimal(count), Decimal(each), count * each, container_type=kind))
    return lines


def _is_due(one: Surcharge, card: RateCard, facts: ShipmentFacts, *, on: date) -> bool:
    day = shipping_day(facts, on)
    if not (one.valid_from or card.valid_from) <= day <= (one.valid_until or card.valid_until):
        return False
    if one.when.dangerous and not facts.dangerous:
        return False
    if not facts.packages:
        # Of what is in full containers nothing is known that would make it due.
        return one.when.mass_above_kg is None and one.when.length_above_mm is None
    return any(one.when.concerns(package) for package in facts.packages)


def _amount_line(one: Surcharge, facts: ShipmentFacts, charged: Chargeable) -> list[Line]:
    quantity = _quantity(one, facts, charged)
    if not quantity:
        return []
    product_minor = rounded_minor(Fraction(quantity) * Fraction(one.amount))
    amount_minor, bound = _bounded(product_minor, one.minimum_minor, one.maximum_minor)
    return [
        Line(one.code, one.basis, quantity, one.amount, amount_minor, container_type=one.container_type, bound=bound)
    ]


def _quantity(one: Surcharge, facts: ShipmentFacts, charged: Chargeable) -> Decimal:
    if one.basis == Basis.SHIPMENT:
        return Decimal(1)
    if one.basis == Basis.CONTAINER:
        kinds = [one.container_type] if one.container_type else list(facts.containers)
        return Decimal(sum(facts.containers.get(kind, 0) for kind in kinds))
    concerned = [package for package in facts.packages if one.when.concerns(package)]
    if one.basis == Basis.PACKAGE:
        return Decimal(sum(package.count for package in concerned))
    if one.basis == Basis.MASS:
        return sum((package.count * package.mass_kg for package in concerned), Decimal(0))
    return charged.quantity


def _percent_line(one: Surcharge, of_minor: int) -> Line:
    product_minor = rounded_minor(Fraction(one.amount) * of_minor / 100)
    amount_minor, bound = _bounded(product_minor, one.minimum_minor, one.maximum_minor)
    return Line(one.code, one.basis, Decimal(1), one.amount, amount_minor, of_minor=of_minor, bound=bound)


def _bounded(amount_minor: int, minimum_minor: int, maximum_minor: int | None) -> tuple[int, Bound | None]:
    """An amount within its bounds, and which of them it met. Where they contradict each other, the greatest charge holds."""
    if maximum_minor is not None and max(amount_minor, minimum_minor) > maximum_minor:
        return maximum_minor, "maximum"
    return (minimum_minor, "minimum") if amount_minor < minimum_minor else (amount_minor, None)
