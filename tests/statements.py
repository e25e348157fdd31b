"""How many SQL statements something takes: lists must take as many for twenty rows as for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.kit.db.engine import Database, Role


@contextmanager
def count_statements(database: Database, role: Role = Role.APP) -> Iterator[list[str]]:
    """Collect the statements that the role's engine sends within the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = database.engine(role).sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def count_reads(database: Database) -> Iterator[list[str]]:
    """Collect the statements that are sent under the role `reader` within the block."""
    seen: list[str] = []
    reading, ask = database.reading, database.reading.row

    async def noted(statement: str, *arguments: object, **options: Any) -> object:
        seen.append(statement)
        return await ask(statement, *arguments, **options)

    reading.row = noted  # type: ignore[assignment, method-assign]
    try:
        yield seen
    finally:
        reading.row = ask  # type: ignore[method-assign]
