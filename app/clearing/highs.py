"""HiGHS behind a Protocol: one thread, a fixed seed, ended by the gap or by the number of nodes, never by the clock."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import highspy
import numpy as np

from app.clearing.model import Program, Row

ABSOLUTE_GAP = 0.9
"""Objectives are whole numbers: less than one between value and bound proves the value."""

Options = Mapping[str, bool | float | str]
NOTHING: Options = {}
BOUND_FIRST: Options = {
    "mip_allow_restart": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
}
"""Where a solution is a hint only, looking for better ones in smaller programs and starting anew took half of the time."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Whole values of all columns (continuous ones rounded), what the objective is and what it could be at best."""

    values: list[int]
    objective: int
    bound: float
    nodes: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an objective is no less than; and values of whole columns that come near, of which nothing was checked."""

    values: list[int]
    bound: float
    nodes: int


class Unsolved(Exception):
    """The solver ended without a solution."""


class Solver(Protocol):
    """What clearing needs of a solver."""

    def minimise(self, program: Program, objective: Row, *, gap: float, nodes: int | None) -> Solved:
        """The least value of an objective. Raises `Unsolved`."""
        ...

    def estimate(self, program: Program, objective: Row, *, gap: float, nodes: int | None) -> Estimate:
        """What the least value is no less than, whatever its continuous columns. Raises `Unsolved`."""
        ...


class Highs:
    """The solver HiGHS."""

    def minimise(self, program: Program, objective: Row, *, gap: float, nodes: int | None) -> Solved:
        """The least value of an objective. Raises `Unsolved`."""
        for presolve in ("choose", "off"):
            solved = _run(program, objective, gap, nodes, presolve)
            # Nothing is believed that is not seen: what presolving hands back need not be a solution, nor a good one.
            proven = solved is not None and (nodes is not None or _is_within(solved, gap))
            if solved is not None and proven and all(_keeps(row, solved.values) for row in program.rows):
                return solved
        raise Unsolved()

    def estimate(self, program: Program, objective: Row, *, gap: float, nodes: int | None) -> Estimate:
        """What the least value is no less than, whatever its continuous columns. Raises `Unsolved`."""
        for presolve in ("choose", "off"):
            solved = _run(program, objective, gap, nodes, presolve, BOUND_FIRST)
            if solved is not None:
                return Estimate(solved.values, solved.bound, solved.nodes)
        raise Unsolved()


def _is_within(solved: Solved, gap: float) -> bool:
    short = solved.objective - solved.bound
    return short < 1 or short <= gap * abs(solved.objective) + ABSOLUTE_GAP


def _run(
    program: Program, objective: Row, gap: float, nodes: int | None, presolve: str, more: Options = NOTHING
) -> Solved | None:
    highs = _quiet()
    options: Options = {
        "output_flag": False,
        "presolve": presolve,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": gap,
        "mip_abs_gap": ABSOLUTE_GAP,
        "mip_feasibility_tolerance": 1e-9,
        "primal_feasibility_tolerance": 1e-9,
    }
    for name, value in {**options, **more, **({} if nodes is None else {"mip_max_nodes": nodes})}.items():
        highs.setOptionValue(name, value)
    highs.passModel(_linear(program, objective))
    highs.run()
    info = highs.getInfo()
    ended = highs.getModelStatus() in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kSolutionLimit)
    if not ended or info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    values = [round(value) for value in highs.getSolution().col_value]
    found = sum(weight * values[column] for column, weight in objective.items())
    return Solved(values, found, info.mip_dual_bound, int(info.mip_node_count))


def _quiet() -> Any:
    """A solver. The first of a process tells the licence on standard output, where others expect our own words."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        return highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _keeps(row: tuple[Row, float, float], values: Sequence[int]) -> bool:
    coefficients, least, most = row
    return least <= sum(weight * values[column] for column, weight in coefficients.items()) <= most


def _linear(program: Program, objective: Row) -> "highspy.HighsLp":
    model = highspy.HighsLp()
    columns, rows = len(program.upper), len(program.rows)
    model.num_col_, model.num_row_ = columns, rows
    cost = np.zeros(columns)
    for column, weight in objective.items():
        cost[column] = weight
    model.col_cost_ = cost
    model.col_lower_ = np.zeros(columns)
    model.col_upper_ = np.array(program.upper, dtype=float)
    model.row_lower_ = np.array([least for _, least, _ in program.rows], dtype=float)
    model.row_upper_ = np.array([most for _, _, most in program.rows], dtype=float)
    starts = np.zeros(rows + 1, dtype=np.int32)
    index, value = [], []
    for number, (coefficients, _, _) in enumerate(program.rows):
        for column, weight in coefficients.items():
            if weight:
                index.append(column)
                value.append(weight)
        starts[number + 1] = len(index)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = np.array(index, dtype=np.int32)
    model.a_matrix_.value_ = np.array(value, dtype=float)
    model.integrality_ = [
        highspy.HighsVarType.kContinuous if column in program.continuous else highspy.HighsVarType.kInteger
        for column in range(columns)
    ]
    return model
