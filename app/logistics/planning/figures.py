"""The figures of a plan that lists show. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from app.logistics.loading.cargo import Plan

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Figures:
    """`volume_use_pct` is of the load spaces that are used, to two digits; masses in kg to the gram."""

    loaded: int
    left_over: int
    spaces_used: int
    mass_kg: Decimal
    volume_use_pct: Decimal


def figures_of(plan: Plan) -> Figures:
    """What a plan amounts to."""
    room = sum(load.space.volume_mm3 for load in plan.loads)
    filled = sum(load.volume_mm3 for load in plan.loads)
    return Figures(
        loaded=sum(len(load.placed) for load in plan.loads),
        left_over=sum(one.count for one in plan.left_over),
        spaces_used=len(plan.loads),
        mass_kg=Decimal(sum(load.mass_g for load in plan.loads)) / 1000,
        volume_use_pct=(Decimal(100 * filled) / room).quantize(_HUNDREDTH) if room else Decimal(0),
    )
