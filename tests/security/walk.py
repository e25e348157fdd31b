"""Walk every operation of an API's description as somebody, and collect what should not be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from psycopg import sql

from tests.market import Caller
from tests.security.forms import options
from tests.world import World

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REMEMBERED = frozenset({"audit_entries", "audit_values"})
"""Where a refused look at something guarded leaves its trace."""


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    method: str
    path: str

    @property
    def label(self) -> str:
        """As people write it."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method in WRITES


def operations(description: dict[str, Any]) -> list[Operation]:
    """Everything that the description offers."""
    return [Operation(method.upper(), path) for path, methods in description["paths"].items() for method in methods]


@dataclass
class Walk:
    """A walk through the API by one caller. `findings` are sentences; none means that all was as it should be."""

    world: World
    description: dict[str, Any]
    written: Callable[[], set[str]] = set
    findings: list[str] = field(default_factory=list)
    seen: list[tuple[Operation, httpx.Response]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.written()

    async def send(self, caller: Caller, operation: Operation) -> httpx.Response:
        """A valid request for the operation, with the world's ids in its path."""
        given = options(self.world, self.description, operation.method, operation.path)
        answer = await caller.request(operation.method, self.world.fill(operation.path), **given)
        self.seen.append((operation, answer))
        return answer

    async def refused(self, caller: Caller, operation: Operation, status: int) -> None:
        """The caller must be refused with this status, and nothing may have been written."""
        answer = await self.send(caller, operation)
        if answer.status_code != status:
            self.findings.append(f"{operation.label}: {answer.status_code} instead of {status}: {answer.text[:300]}")
        # Nothing else happens meanwhile: the worker does not run.
        written = self.written() - (frozenset() if operation.writes else REMEMBERED)
        if written:
            self.findings.append(
                f"{operation.label}: answered {answer.status_code}, and yet wrote to {sorted(written)}"
            )

    async def hides(self, caller: Caller, operation: Operation) -> None:
        """Whatever is answered, no private id of the world may occur in it."""
        answer = await self.send(caller, operation)
        self.written()
        leaked = sorted(one for one in self.world.private if one in answer.text and one not in str(answer.url))
        if leaked:
            self.findings.append(f"{operation.label}: shows {leaked}")
        if answer.status_code >= 500:
            self.findings.append(f"{operation.label}: {answer.status_code}: {answer.text[:300]}")

    async def answers(self, caller: Caller, operation: Operation) -> None:
        """Whatever is answered, it is no fault of ours."""
        answer = await self.send(caller, operation)
        if answer.status_code >= 500:
            self.findings.append(f"{operation.label}: {answer.status_code}: {answer.text[:300]}")

    def end(self) -> None:
        """Fail with all findings."""
        assert not self.findings, "\n" + "\n".join(self.findings)


def watched(connection: psycopg.Connection[Any]) -> Callable[[], set[str]]:
    """Watch every table of this test's own database, once: what is given back tells which were written to since the last asking.

    A row that was written and taken back by its transaction is none; one that was written as it was is one.
    """
    connection.execute(
        """
        CREATE SCHEMA watch;
        CREATE TABLE watch.writes (place text NOT NULL);
        CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            'BEGIN INSERT INTO watch.writes VALUES (TG_ARGV[0]); RETURN NULL; END';
        """
    )
    tables = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        # What is put upon a table in parts is upon each part.
        "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'watch')"
    ).fetchall()
    assert len(tables) > 40, "too few tables are watched"
    for kind, events in (("ROW", "INSERT OR UPDATE OR DELETE"), ("STATEMENT", "TRUNCATE")):
        for schema, table in tables:
            connection.execute(
                sql.SQL("CREATE TRIGGER {} AFTER {} ON {} FOR EACH {} EXECUTE FUNCTION watch.note({})").format(
                    sql.Identifier(f"zz_watched_{kind.lower()}"),
                    sql.SQL(events),  # type: ignore[arg-type]
                    sql.Identifier(schema, table),
                    sql.SQL(kind),  # type: ignore[arg-type]
                    sql.Literal(table),
                )
            )

    def written() -> set[str]:
        return {str(place) for (place,) in connection.execute("DELETE FROM watch.writes RETURNING place")}

    return written
