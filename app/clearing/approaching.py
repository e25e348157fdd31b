"""A clearing that falls short of the best by no more than is allowed, and by how much at most.

The bound comes from the relaxation in `pooled.py`. What it chooses is a hint: with no other choices, the program of `model.py` is
small, and what solves it is a clearing. Whether that is good enough, value and bound tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from app.clearing.certificate import Effort
from app.clearing.highs import Solver, Unsolved
from app.clearing.model import Formulation, Program, Row, formulate, negated
from app.clearing.outcome import Outcome
from app.clearing.pooled import pooled
from app.clearing.problem import Bid, Item, Problem, Tier

SHARES = (0.7, 0.2)
"""So much of the gap may be taken up by the search for a bound, the rest by members who cannot be divided; less at a second
try."""
MILLIONTH = 1e-6
"""So much of a bound may be owed to the solver's tolerances."""


@dataclass(frozen=True, slots=True)
class Near:
    """An outcome, and what of each aim nothing could surpass."""

    outcome: Outcome
    bounds: tuple[float, ...]


def approach(part: Problem, *, effort: Effort, solver: Solver) -> Near | None:
    """An outcome of a part in canonical order within the gap by lots, then by cost; None when none was found in this way."""
    search = _Search(formulate(part), pooled(part), solver, effort)
    exact, loose = search.exact, search.loose
    if not loose.lots:
        return Near(Outcome({}, ()), (0, 0))
    lots = search.least(negated(exact.lots), negated(loose.lots))
    cost = lots and search.least(exact.cost, loose.cost)
    if lots is None or cost is None:
        return None
    return Near(exact.outcome(cost.values), (-lots.bound, cost.bound))


@dataclass(frozen=True, slots=True)
class _Found:
    values: list[int]
    bound: int


@dataclass(slots=True)
class _Search:
    """The program of a part and its relaxation; whatever is found, both keep. `taken` is what hints chose."""

    exact: Formulation
    loose: Formulation
    solver: Solver
    effort: Effort
    taken: set[object] = field(default_factory=set)

    def least(self, objective: Row, pooled_objective: Row) -> _Found | None:
        """Values of the program's columns within the gap of the least there is, and a bound of that."""
        for share in SHARES:
            gap, nodes = share * self.effort.gap, self.effort.nodes
            try:
                hint = self.solver.estimate(self.loose.program, pooled_objective, gap=gap, nodes=nodes)
                self.taken |= {key for key, column in self._choices(self.loose) if hint.values[column]}
                found = self.solver.minimise(
                    self._as_taken(), objective, gap=(1 - share) * self.effort.gap / 2, nodes=nodes
                )
            except Unsolved:
                continue
            # Objectives are whole numbers.
            bound = ceil(hint.bound - MILLIONTH * max(1, abs(hint.bound)))
            if bound <= found.objective <= bound + self.effort.gap * abs(found.objective):
                self.exact.program = self.exact.program.keeping(objective, most=found.objective)
                self.loose.program = self.loose.program.keeping(pooled_objective, most=found.objective)
                return _Found(found.values, bound)
        return None

    def _as_taken(self) -> Program:
        others = [column for key, column in self._choices(self.exact) if key not in self.taken]
        return self.exact.program.without(others)

    def _choices(self, form: Formulation) -> Iterator[tuple[object, int]]:
        """What both programs choose: tiers, levels, and of what is served to those who would take either."""
        yield from (((Tier, *key), column) for key, column in form.tiers.items())
        yield from (((Item, *key), column) for key, column in form.levels.items())
        yield from (((Bid, *key), column) for key, column in form.bids.items() if key in self.loose.bids)
