"""Across rooms only `facade` and `events` are imported; what else may be named stands here with its reason."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from app.wiring import ROOMS

APP = Path(__file__).resolve().parents[2] / "app"
DOORS = ("facade", "events")
ALLOWED = {
    ("app/main.py", "app.parties.usecases.resolve_actor"): "the edge is handed the one resolver of actors",
    (
        "app/commands/invoicing.py",
        "app.finance.einvoicing.facade",
    ): "the rules that judge invoices take a second to load: no door that the server passes leads to them",
}
# Seed and tour play the people of the market: they call what a room's own routes call, with their forms and queries. They name no
# table and write no SQL of their own.
PLAYERS = "app/demo/"
CLOSED_TO_PLAYERS = ("models", "secrets")
COMMITTING = {
    "app/kit/db/engine.py": "transactions are opened and ended here",
    "app/demo/seed/history.py": "the whole demo market is one transaction of its own",
}


def imports(source: str) -> Iterator[str]:
    """Every module that a source text imports, with imported names appended (they may be modules)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module.count(".") == 1:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def through_walls(path: str, source: str) -> tuple[int, list[str]]:
    """(imports of other rooms looked at, those that do not go through a door)."""
    own = path.split("/")[1].removesuffix(".py")
    looked, wrong = 0, []
    for name in imports(source):
        parts = name.split(".")
        if parts[0] != "app" or len(parts) < 3 or parts[1] not in ROOMS or parts[1] == own:
            continue
        looked += 1
        played = path.startswith(PLAYERS) and parts[2] not in CLOSED_TO_PLAYERS
        if parts[2] not in DOORS and not played and (path, ".".join(parts[:4])) not in ALLOWED:
            wrong.append(f"{path}: {name}")
    return looked, wrong


def test_other_rooms_are_entered_by_their_doors() -> None:
    looked, wrong = 0, []
    for file in APP.rglob("*.py"):
        path = file.relative_to(APP.parent).as_posix()
        seen, found = through_walls(path, file.read_text(encoding="utf-8"))
        looked += seen
        wrong += found
    assert looked > 10
    assert wrong == []


def test_the_law_sees_a_hole_in_a_wall() -> None:
    _, wrong = through_walls("app/procurement/queries.py", "from app.parties.models import Organization\n")
    assert wrong == ["app/procurement/queries.py: app.parties.models"]
    _, wrong = through_walls("app/procurement/queries.py", "from app.parties import models\n")
    assert wrong == ["app/procurement/queries.py: app.parties.models"]


def drawn(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Module → the modules of ours that it names, inside functions and for types too."""
    found: dict[str, set[str]] = {}
    for module, source in sources.items():
        named = set(imports(source))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                named |= {f"{node.module}.{alias.name}" for alias in node.names}
        found[module] = {name for name in named if name in sources and name != module}
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    sources = {
        ".".join(file.relative_to(APP.parent).with_suffix("").parts): file.read_text(encoding="utf-8")
        for file in APP.rglob("*.py")
        if file.name != "__init__.py"
    }
    graph = drawn(sources)
    assert sum(map(len, graph.values())) > 1000
    TopologicalSorter(graph).prepare()


def test_the_law_sees_a_circle() -> None:
    graph = drawn({"app.a.b": "from app.a import c\n", "app.a.c": "def f():\n    from app.a.b import g\n"})
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_only_the_edge_commits() -> None:
    """`commit(` and `begin(` stand in the engine alone; nothing below the edge ends a transaction."""
    looked, wrong = 0, []
    for file in APP.rglob("*.py"):
        path = file.relative_to(APP.parent).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                looked += 1
                if node.func.attr in ("commit", "begin") and path not in COMMITTING:
                    wrong.append(f"{path}:{node.lineno}")
    assert looked > 100
    assert wrong == []
