"""Clear a problem: part by part, and in each part one aim after the other, keeping what was reached before."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from app.clearing.checking import violations
from app.clearing.highs import Highs, Solver
from app.clearing.model import Formulation, Program, Row, formulate
from app.clearing.outcome import Outcome, Worth, worth
from app.clearing.problem import Problem, parts

AIMS = ("lots", "cost_minor", "drawn")


@dataclass(frozen=True, slots=True)
class Effort:
    """How good a clearing must be: `gap` is the share that an aim may fall short of its bound; `nodes` ends the search for an aim
    wherever it is. So many parts are worked at at once as there are `workers`: that changes nothing but the time."""

    gap: float = 0.0
    nodes: int | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Proof:
    """What was reached of an aim, and what nothing could surpass."""

    aim: str
    value: int
    bound: float

    @property
    def gap(self) -> float:
        """The share by which the value may fall short."""
        return abs(self.bound - self.value) / max(1, abs(self.value))


@dataclass(frozen=True, slots=True)
class Part:
    """Items that were cleared together, with what was proven of each aim; no proofs where no bid could be met."""

    items: tuple[str, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Cleared:
    """An outcome with its worth, and what was proven of its parts."""

    outcome: Outcome
    worth: Worth
    parts: tuple[Part, ...]


class Broken(Exception):
    """The solver's answer does not stand in integers: a fault of ours, never of the input."""


def clear(problem: Problem, effort: Effort | None = None, solver: Solver | None = None) -> Cleared:
    """Serve the most, at the least cost, by the lots drawn. Raises `Broken`, `Unsolved`."""
    problem, effort = problem.canonical(), effort or Effort()
    work = partial(clear_part, effort=effort, solver=solver or Highs())
    todo = parts(problem)
    if effort.workers == 1 or len(todo) == 1:
        return joined(problem, map(work, todo))
    with ProcessPoolExecutor(effort.workers, mp_context=get_context("spawn")) as pool:
        return joined(problem, pool.map(work, todo))


def joined(problem: Problem, found: Iterable[Cleared]) -> Cleared:
    """The parts as a whole, checked as one."""
    found = list(found)
    served = {member: bid for one in found for member, bid in one.outcome.served.items()}
    whole = Outcome(served, tuple(flow for one in found for flow in one.outcome.flows))
    return _judged(problem, whole, tuple(part for one in found for part in one.parts))


def clear_part(part: Problem, *, effort: Effort, solver: Solver) -> Cleared:
    """One part, in canonical order."""
    form = formulate(part)
    items = tuple(item.id for item in part.items)
    if not form.bids:
        return Cleared(Outcome({}, ()), Worth(0, 0, 0), (Part(items, ()),))
    program = form.program
    proofs = []
    values: list[int] = []
    for aim, objective in zip(AIMS, _objectives(form), strict=True):
        solved = solver.minimise(program, objective, gap=effort.gap, nodes=effort.nodes)
        sign = 1 if aim == "cost_minor" else -1
        proofs.append(Proof(aim, sign * solved.objective, sign * solved.bound))
        program = _keeping(program, objective, solved.objective)
        values = solved.values
    cleared = _judged(part, form.outcome(values), (Part(items, tuple(proofs)),))
    reached = (cleared.worth.lots, cleared.worth.cost_minor, cleared.worth.drawn)
    # A tier may be chosen whose price is another's too; never does the whole cost more than the program says.
    if reached[0] != proofs[0].value or reached[1] > proofs[1].value or reached[2] != proofs[2].value:
        raise Broken(f"{reached} is not {[proof.value for proof in proofs]}")
    return cleared


def _objectives(form: Formulation) -> tuple[Row, Row, Row]:
    return _negated(form.lots), form.cost, _negated(form.drawn)


def _negated(row: Row) -> Row:
    return {column: -value for column, value in row.items()}


def _keeping(program: Program, objective: Row, value: int) -> Program:
    return Program(program.upper, program.continuous, [*program.rows, (objective, float("-inf"), value)])


def _judged(problem: Problem, outcome: Outcome, proven: tuple[Part, ...]) -> Cleared:
    broken = violations(problem, outcome)
    if broken:
        raise Broken("; ".join(broken[:5]))
    return Cleared(outcome, worth(problem, outcome), proven)
