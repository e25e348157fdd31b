"""Who pays what of a container that several shipments share. Exact to the minor unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Part:
    """One shipment in a shared container: its volume and its gross mass."""

    part_id: str
    volume_m3: Decimal
    mass_kg: Decimal

    def __post_init__(self) -> None:
        measures = (self.volume_m3, self.mass_kg)
        if not all(one.is_finite() and one >= 0 for one in measures) or not any(measures):
            raise ValueError("a part has a volume and a mass, of which one may be nothing")


@dataclass(frozen=True, slots=True)
class Share:
    """What one shipment pays. `weight` is its part of the whole before rounding: the weights of all add up to one."""

    part_id: str
    amount_minor: int
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the container holds; without it, volume and mass are taken as parts of what is in it."""

    volume_m3: Decimal
    mass_kg: Decimal

    def __post_init__(self) -> None:
        if not (self.volume_m3 > 0 and self.mass_kg > 0):
            raise ValueError("a container holds a volume and a mass")


def split(total_minor: int, parts: Sequence[Part], *, capacity: Capacity | None = None) -> tuple[Share, ...]:
    """Share a container's cost among the shipments in it; the shares come in the order of `part_id` and add up to the total.

    The rule of revenue tons: a shipment counts with the larger of two fractions, its part of all volume and its part of all mass
    (or of the container's volume and payload, which is what makes the one or the other scarce); these are then scaled to add up
    to one. So a heavy mould pays for the payload that it takes and light goods pay for the room.

    Rounding is by the largest remainder: every share is first rounded down, and the minor units left over go one each to the
    largest remainders, equal ones by `part_id`. Nobody pays less than nothing or more than one minor unit off the exact share.
    """
    if total_minor < 0 or not parts:
        raise ValueError("there is something to share, among someone")
    if len({part.part_id for part in parts}) < len(parts):
        raise ValueError("each part stands once")
    ordered = sorted(parts, key=lambda part: part.part_id)
    weights = _weights(ordered, capacity)
    exact = [total_minor * weight for weight in weights]
    amounts = [int(one) for one in exact]
    left = total_minor - sum(amounts)
    by_remainder = sorted(range(len(ordered)), key=lambda index: (amounts[index] - exact[index], index))
    for index in by_remainder[:left]:
        amounts[index] += 1
    return tuple(
        Share(part.part_id, amount, weight) for part, amount, weight in zip(ordered, amounts, weights, strict=True)
    )


def _weights(parts: Sequence[Part], capacity: Capacity | None) -> list[Fraction]:
    volume_m3 = (
        Fraction(capacity.volume_m3) if capacity else sum((Fraction(one.volume_m3) for one in parts), Fraction())
    )
    mass_kg = Fraction(capacity.mass_kg) if capacity else sum((Fraction(one.mass_kg) for one in parts), Fraction())
    larger = [
        max(
            Fraction(one.volume_m3) / volume_m3 if volume_m3 else Fraction(),
            Fraction(one.mass_kg) / mass_kg if mass_kg else Fraction(),
        )
        for one in parts
    ]
    whole = sum(larger, Fraction())
    return [one / whole for one in larger]
