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
    digest: Callable[[], dict[str, str]] = dict
    findings: list[str] = field(default_factory=list)
    seen: list[tuple[Operation, httpx.Response]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows = self.digest()

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
        changed = self._changed()
        if set(changed) - (frozenset() if operation.writes else REMEMBERED):
            self.findings.append(f"{operation.label}: answered {answer.status_code}, and yet wrote to {changed}")

    def _changed(self) -> list[str]:
        """The tables that changed since the last look. Nothing else happens meanwhile: the worker does not run."""
        before, self._rows = self._rows, self.digest()
        return [table for table, rows in self._rows.items() if rows != before[table]]

    async def hides(self, caller: Caller, operation: Operation) -> None:
        """Whatever is answered, no private id of the world may occur in it."""
        answer = await self.send(caller, operation)
        self._changed()
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


def rows(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """A digest of every table's rows, seen by the superuser."""
    connection.execute("SET max_parallel_workers_per_gather = 0")
    names = connection.execute(
        "SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    ).fetchall()
    parts = [
        # Whatever changes a row changes the sum: that needs no order, and half the time of a digest of them all in theirs.
        sql.SQL(
            "SELECT {}, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {} AS t"
        ).format(sql.Literal(table), sql.SQL(name))
        for name, table in names
    ]
    found = connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()
    assert len(found) > 40, "the digest looked at too few tables"
    return {str(table): str(digest) for table, digest in found}
