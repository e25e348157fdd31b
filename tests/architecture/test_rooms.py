"""Across rooms only `facade` and `events` are imported; what else may be named stands here with its reason."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
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
PURE_PARTS = {
    "einvoicing": "pure computation, without tables or SQL: each of its modules is for whoever writes a document"
}
"""Parts of finance that have no door, each with the reason."""
COMMITTING = {
    "app/kit/db/engine.py": "transactions are opened and ended here",
    "app/demo/seed/history.py": "the whole demo market is one transaction of its own",
}


@cache
def sources() -> dict[str, str]:
    """Every source of the product, by its path."""
    return {
        file.relative_to(APP.parent).as_posix(): file.read_text(encoding="utf-8") for file in sorted(APP.rglob("*.py"))
    }


@cache
def import_statements(source: str) -> list[ast.Import | ast.ImportFrom]:
    """Those of a source text, inside functions and for types too. Read once: it takes longer than all that is asked of them."""
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports(source: str) -> Iterator[str]:
    """Every module that a source text imports, with imported names appended (they may be modules)."""
    for node in import_statements(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif node.module and node.level == 0:
            if node.module.count(".") == 1:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def imported(source: str) -> Iterator[str]:
    """Every name that a source text imports, with the module that it comes from."""
    for node in import_statements(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def through_walls(path: str, source: str) -> tuple[int, list[str]]:
    """(imports of other rooms looked at, those that do not go through a door)."""
    own = path.split("/")[1].removesuffix(".py")
    looked, wrong = 0, []
    for name in imports(source):
        parts = name.split(".")
        if parts[0] != "app" or len(parts) < 3 or parts[1] not in ROOMS or parts[1] == own:
            continue
        looked += 1
        played = path.startswith(PLAYERS) and not set(parts) & set(CLOSED_TO_PLAYERS)
        if parts[2] not in DOORS and not played and (path, ".".join(parts[:4])) not in ALLOWED:
            wrong.append(f"{path}: {name}")
    return looked, wrong


def test_other_rooms_are_entered_by_their_doors() -> None:
    looked, wrong = 0, []
    for path, source in sources().items():
        seen, found = through_walls(path, source)
        looked += seen
        wrong += found
    assert looked > 10
    assert wrong == []


def test_the_law_sees_a_hole_in_a_wall() -> None:
    _, wrong = through_walls("app/procurement/queries.py", "from app.parties.models import Organization\n")
    assert wrong == ["app/procurement/queries.py: app.parties.models"]
    _, wrong = through_walls("app/procurement/queries.py", "from app.parties import models\n")
    assert wrong == ["app/procurement/queries.py: app.parties.models"]


def between_parts(path: str, source: str) -> tuple[int, list[str]]:
    """(imports of finance's other parts looked at, those that do not go through a door), in a module of one of its parts."""
    own = path.split("/")[2].removesuffix(".py")
    looked, wrong = 0, []
    for name in imported(source):
        parts = name.split(".")
        if parts[:2] != ["app", "finance"] or len(parts) < 4 or parts[2] in (own, *DOORS) or parts[2] in PURE_PARTS:
            continue
        looked += 1
        # A player of the market stands at the parts' own routes, as at those of other rooms.
        played = path.startswith(PLAYERS) and not set(parts) & set(CLOSED_TO_PLAYERS)
        if parts[3] not in DOORS and not played:
            wrong.append(f"{path}: {name}")
    return looked, wrong


def test_parts_of_finance_enter_each_other_by_their_doors() -> None:
    looked, wrong = 0, []
    for path, source in sources().items():
        seen, found = between_parts(path, source) if path.startswith(("app/finance/", PLAYERS)) else (0, [])
        looked += seen
        wrong += found
    assert looked > 50
    assert wrong == []
    for source in ("from app.finance.ledger.queries import find", "from app.finance.ledger import facade, queries"):
        assert len(between_parts("app/finance/bank/views.py", source + "\n")[1]) == 1


def drawn(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Module → the modules of ours that it names, inside functions and for types too."""
    return {
        module: {name for name in {*imports(source), *imported(source)} if name in texts and name != module}
        for module, source in texts.items()
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = drawn(
        {
            path.removesuffix(".py").replace("/", "."): source
            for path, source in sources().items()
            if not path.endswith("/__init__.py")
        }
    )
    assert sum(map(len, graph.values())) > 1000
    TopologicalSorter(graph).prepare()


def test_the_law_sees_a_circle() -> None:
    graph = drawn({"app.a.b": "from app.a import c\n", "app.a.c": "def f():\n    from app.a.b import g\n"})
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_only_the_edge_commits() -> None:
    """`commit(` and `begin(` stand in the engine alone; nothing below the edge ends a transaction."""
    looked, wrong = 0, []
    for path, source in sources().items():
        if ".commit(" not in source and ".begin(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                looked += 1
                if node.func.attr in ("commit", "begin") and path not in COMMITTING:
                    wrong.append(f"{path}:{node.lineno}")
    assert looked > 20
    assert wrong == []
