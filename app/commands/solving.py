"""`partingline solve`: planning problems from a file, solved without a database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from app.kit.errors import Problem
    from app.logistics.facade import LoadProblem, Plan, Violation

solve_cli = typer.Typer(no_args_is_help=True, help="Solve planning problems from a file. Needs no database.")

UNREADABLE = 2
T = TypeVar("T")


class Format(StrEnum):
    """What the file holds."""

    JSON = "json"
    THPACK = "thpack"


@solve_cli.callback()
def solve() -> None:
    """Solve planning problems from a file. Needs no database."""


@solve_cli.command()
def load(
    file: Annotated[Path, typer.Argument(help="The file with boxes and load spaces.")],
    form: Annotated[
        Format,
        typer.Option("--format", help="json: a load request. thpack: instances of the OR-Library."),
    ] = Format.JSON,
    seconds: Annotated[float, typer.Option(min=0.0, max=600.0, help="How long to search for each plan.")] = 2.0,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Search so many rounds instead: the same plan on every machine.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides what is drawn by lot.")] = 1,
    svg: Annotated[
        Path | None, typer.Option(help="Draw each load here; more than one gets a number before the suffix.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the plans here, as JSON: an object, or a list for thpack.")
    ] = None,
) -> None:
    """Plan what stands where in containers and on trucks, and in which order it goes in.

    Every box is supported in full. Each plan is judged by a checker that shares nothing with the search; were it to find
    a broken rule, the command would say so and end with 1. The exit code is 2 when the file cannot be read.

    Example: `partingline solve load examples/load-plan.json --svg plan.svg --out plan.json`
    """
    from math import isfinite

    from app.commands.failures import told_in_sentences

    if not isfinite(seconds):
        raise typer.BadParameter("Give a finite number of seconds.")
    with told_in_sentences():
        problems = _problems(file, form)
        solved = _solved(problems, seconds, rounds, seed)
        _show(solved)
        if out is not None:
            write_text(out, _as_json(solved, as_list=form is Format.THPACK))
        if svg is not None:
            _draw(solved, svg)
    if any(one.violations for one in solved):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Solved:
    problem: "LoadProblem"
    plan: "Plan"
    violations: Sequence["Violation"]
    seconds: float

    @property
    def volume_share(self) -> float:
        """Of all load spaces that were used."""
        room = sum(each.space.volume_mm3 for each in self.plan.loads)
        return sum(each.volume_mm3 for each in self.plan.loads) / room if room else 0.0


def _problems(file: Path, form: Format) -> "list[LoadProblem]":
    from app.logistics import facade as logistics

    def read(data: bytes) -> "list[LoadProblem]":
        return logistics.load_problems(data, file.name, published=form is Format.THPACK)

    return read_file(file, logistics.MAX_FILE_BYTES, read)


def read_file(file: Path, most_bytes: int, read: Callable[[bytes], T]) -> T:
    """What a file holds. Ends the command with `UNREADABLE`, and says why, when it cannot be read or holds something else.

    One byte more than allowed is handed on, so that `read` refuses what is too long.
    """
    from app.commands.failures import errors
    from app.kit.errors import Problem

    try:
        with file.open("rb") as opened:
            return read(opened.read(most_bytes + 1))
    except OSError as error:
        errors.print(f"{file} cannot be read: {error.strerror}.", style="red", markup=False)
    except Problem as problem:
        errors.print(_sentences(problem), style="red", markup=False)
    raise typer.Exit(UNREADABLE)


def _sentences(problem: "Problem") -> str:
    """A refusal with everything that is wrong, one finding a line."""
    from app.kit.problems import render

    document = render(problem, locale="en")
    lines = [f"{document['title']} ({document['code']}). {document['detail']}"]
    lines += [f"  {each['pointer']}: {each['detail']} ({each['code']})" for each in document["errors"]]
    return "\n".join(lines)


def _solved(problems: "Sequence[LoadProblem]", seconds: float, rounds: int | None, seed: int) -> list[_Solved]:
    import time

    from app.logistics import facade as logistics

    if rounds is None:
        # What is compiled at the first run ever is not taken from the time for the first plan.
        logistics.plan_load(problems[0], rounds=1)
    solved = []
    for one in problems:
        began = time.perf_counter()
        plan = logistics.plan_load(one, seconds=seconds, rounds=rounds, seed=seed)
        took = time.perf_counter() - began
        solved.append(_Solved(one, plan, logistics.check_load(one, plan), took))
    return solved


def _show(solved: Sequence[_Solved]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    table = Table("problem", "containers", "boxes", "left over", "volume use", "seconds", "checked")
    for one in solved:
        loaded = sum(len(each.placed) for each in one.plan.loads)
        left = sum(each.count for each in one.plan.left_over)
        checked = "holds" if not one.violations else f"{len(one.violations)} broken"
        used = f"{100 * one.volume_share:.2f} %"
        row = (escape(one.problem.name), str(len(one.plan.loads)), str(loaded), str(left), used, f"{one.seconds:.2f}")
        table.add_row(*row, checked, style="red" if one.violations else None)
    console.print(table)
    for one in solved:
        for entry in one.plan.left_over if len(solved) == 1 else ():
            console.print(f"left over: {entry.count} × {entry.box.key}: {entry.reason}", markup=False)
        for violation in one.violations[:20]:
            text = f"broken: {violation.fault} {', '.join(violation.boxes)} {violation.figures}"
            console.print(text, markup=False)
    mean = sum(one.volume_share for one in solved) / len(solved)
    console.print(f"{len(solved)} planned, mean volume use {100 * mean:.2f} %")


def _as_json(solved: Sequence[_Solved], *, as_list: bool) -> str:
    import json

    from app.logistics import facade as logistics

    plans = [logistics.told_load(one.plan, "en") for one in solved]
    return json.dumps(plans if as_list else plans[0], indent=2, ensure_ascii=False) + "\n"


def _draw(solved: Sequence[_Solved], path: Path) -> None:
    from app.logistics import facade as logistics

    loads = [each for one in solved for each in one.plan.loads]
    for number, each in enumerate(loads, 1):
        own = path if len(loads) == 1 else path.with_stem(f"{path.stem}-{number}")
        write_text(own, logistics.draw_load(each, "en"))


def write_text(path: Path, text: str) -> None:
    """Write a file. Raises `CommandError`."""
    from app.commands.failures import CommandError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
