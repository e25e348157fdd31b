"""What other systems rely on by name, as committed text: the codes of problems, and the names and fields of events.

Run as a program to renew both lists (`python -m tests.contracts.names`). A name that disappears from them breaks
somebody's program: add a new version beside it instead.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.kit.errors import Problem
from app.kit.outbox import Event
from tests.contracts.snapshot import schema

FOLDER = Path(__file__).parent
CODES = FOLDER / "error_codes.txt"
EVENTS = FOLDER / "events.json"


def problem_classes() -> list[type[Problem]]:
    """Every class of problem that the application may answer with."""
    schema()  # loads every room

    def below(cls: type[Problem]) -> Iterator[type[Problem]]:
        yield cls
        for child in cls.__subclasses__():
            yield from below(child)

    ours = {cls for cls in below(Problem) if cls is not Problem and cls.__module__.startswith("app.")}
    return sorted(ours, key=lambda cls: (cls.code, cls.__module__))


def codes() -> str:
    """One problem a line: code, status."""
    return "".join(f"{cls.code} {cls.status}\n" for cls in problem_classes())


def events() -> str:
    """The events by name: what they are about, and the schema of their data."""
    schema()
    found: dict[str, Any] = {
        name: {"subject": list(cls.subject), "data": _plain(cls.model_json_schema())}
        for name, cls in sorted(Event.known.items())
        if cls.__module__.startswith("app.")
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _plain(described: Any) -> Any:
    """Without titles and descriptions: words may be improved at any time."""
    if isinstance(described, dict):
        kept = {key: value for key, value in described.items() if key not in ("title", "description")}
        # A field may be called `title`; what is inside `properties` are names.
        if isinstance(described.get("properties"), dict):
            kept["properties"] = {name: _plain(value) for name, value in described["properties"].items()}
        return {key: value if key == "properties" else _plain(value) for key, value in kept.items()}
    if isinstance(described, list):
        return [_plain(item) for item in described]
    return described


if __name__ == "__main__":
    CODES.write_text(codes(), encoding="utf-8")
    EVENTS.write_text(events(), encoding="utf-8")
    sys.stdout.write(f"wrote {CODES.name}: {len(codes().splitlines())}, {EVENTS.name}: {len(json.loads(events()))}\n")
