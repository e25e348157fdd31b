"""Clear a problem: part by part, and in each part one aim after the other, keeping what was reached before.

When a gap is allowed, most lots and least cost are approached; then who is served is drawn place by place.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

from app.clearing.approaching import Near, approach
from app.clearing.certificate import AIMS, Broken, Cleared, Effort, Part, Proof
from app.clearing.checking import violations
from app.clearing.drawing import redrawn
from app.clearing.highs import Highs, Solver
from app.clearing.model import Formulation, formulate, negated
from app.clearing.outcome import Outcome, Worth, worth
from app.clearing.problem import Problem, parts


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
    if effort.gap > 0:
        near = approach(part, effort=effort, solver=solver) or _aim_after_aim(form, AIMS[:2], effort, solver)
        outcome, bounds = redrawn(part, near.outcome), (*near.bounds, None)
    else:
        best = _aim_after_aim(form, AIMS, effort, solver)
        outcome, bounds = best.outcome, best.bounds
    cleared = _judged(part, outcome, ())
    values = (cleared.worth.lots, cleared.worth.cost_minor, cleared.worth.drawn)
    proofs = tuple(Proof(*one) for one in zip(AIMS, values, bounds, strict=True))
    return replace(cleared, parts=(Part(items, proofs),))


def _aim_after_aim(form: Formulation, aims: Sequence[str], effort: Effort, solver: Solver) -> Near:
    """Solve the program for one aim after the other, keeping what was reached."""
    program = form.program
    objectives = {"lots": negated(form.lots), "cost_minor": form.cost, "drawn": negated(form.drawn)}
    bounds: list[float] = []
    values: list[int] = []
    told: list[int] = []
    for aim in aims:
        solved = solver.minimise(program, objectives[aim], gap=effort.gap, nodes=effort.nodes)
        sign = 1 if aim == "cost_minor" else -1
        told.append(sign * solved.objective)
        bounds.append(sign * solved.bound)
        program = program.keeping(objectives[aim], most=solved.objective)
        values = solved.values
    outcome = form.outcome(values)
    reached = worth(form.problem, outcome)
    # A tier may be chosen whose price is another's too; never does the whole cost more than the program says.
    if reached.lots != told[0] or reached.cost_minor > told[1] or (len(told) > 2 and reached.drawn != told[2]):
        raise Broken(f"{reached} is not {told}")
    return Near(outcome, tuple(bounds))


def _judged(problem: Problem, outcome: Outcome, proven: tuple[Part, ...]) -> Cleared:
    broken = violations(problem, outcome)
    if broken:
        raise Broken("; ".join(broken[:5]))
    return Cleared(outcome, worth(problem, outcome), proven)
