"""Let refusals of moves name the places of another form."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from app.kit.errors import Invalid
from app.warehousing.errors import MoveRefused


@contextmanager
def repointed(lines: str | None, places: Mapping[str, str]) -> Iterator[None]:
    """Within the block, what is wrong at `/moves/3/<place>` is told at `/<lines>/3/<other place>`; without `lines`, at
    `/<other place>` alone. `places` maps the places of a move to those of the form."""
    try:
        yield
    except (Invalid, MoveRefused) as problem:
        errors = []
        for error in problem.errors:
            _, _, number, place = (*error.pointer.split("/", 3), "")[:4]
            pointer = f"/{lines}/{number}" if lines else ""
            known = places.get(place, place)
            errors.append(replace(error, pointer=f"{pointer}/{known}" if known else pointer))
        raise type(problem)(errors=errors) from problem
