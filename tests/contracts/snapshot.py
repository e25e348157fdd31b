"""The API's description as committed text; run as a program to renew the snapshot."""

import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.main import create_app
from app.settings import Settings

SNAPSHOT = Path(__file__).parent / "openapi.json"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The description that the code gives."""
    return create_app(Settings(environment="development", log_level="error")).openapi()


@lru_cache(maxsize=1)
def kept() -> dict[str, Any]:
    """The committed description, which a test of its own compares with the code's: making that takes seconds in each process."""
    found: dict[str, Any] = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return found


def current() -> str:
    """The same as text, in a stable order."""
    return json.dumps(schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(current(), encoding="utf-8")
    sys.stdout.write(f"wrote {SNAPSHOT.name}: {len(schema()['paths'])} paths\n")
