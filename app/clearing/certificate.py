"""How good a clearing must be, and what was proven of it."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from app.clearing.outcome import Outcome, Worth

AIMS = ("lots", "cost_minor", "drawn")


@dataclass(frozen=True, slots=True)
class Effort:
    """How good a clearing must be: `gap` is the share by which lots and cost may fall short of their bounds; when it is not zero,
    the draw decides within each item and place. `nodes` ends the search for an aim wherever it is. So many parts are worked at at
    once as there are `workers`: that changes nothing but the time."""

    gap: float = 0.0
    nodes: int | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Proof:
    """What was reached of an aim, and what nothing could surpass; None where no such bound is proven, as of the draw when a gap
    was allowed."""

    aim: str
    value: int
    bound: float | None

    @property
    def gap(self) -> float | None:
        """The share by which the value may fall short."""
        return None if self.bound is None else abs(self.bound - self.value) / max(1, abs(self.value))


@dataclass(frozen=True, slots=True)
class Part:
    """Items that were cleared together, with what was proven of each aim; no proofs where no bid could be met."""

    items: tuple[str, ...]
    proofs: tuple[Proof, ...]

    @property
    def short_pct(self) -> Decimal | None:
        """By how many percent lots or cost may fall short of the best; None when neither does."""
        # Both are whole numbers: less than one below the bound is the best.
        gaps = [
            one.gap
            for one in self.proofs
            if one.aim != "drawn" and one.bound is not None and one.gap is not None and abs(one.bound - one.value) >= 1
        ]
        if not gaps:
            return None
        short = Decimal(str(100 * max(gaps))).quantize(Decimal("0.0001"), ROUND_UP)
        return short.quantize(Decimal(1)) if short == short.to_integral_value() else short.normalize()


@dataclass(frozen=True, slots=True)
class Cleared:
    """An outcome with its worth, and what was proven of its parts."""

    outcome: Outcome
    worth: Worth
    parts: tuple[Part, ...]


class Broken(Exception):
    """The solver's answer does not stand in integers: a fault of ours, never of the input."""
