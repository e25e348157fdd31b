"""`partingline verify`: recompute what the database claims about itself, under the `auditor` role.

Rooms register checks. A check that looked at no rows fails: it proves nothing. On an empty installation say `--empty-ok`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.db.engine import Database, Role


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw."""

    check: str
    looked_at: int
    broken: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """It looked at something and found nothing broken."""
        return self.looked_at > 0 and not self.broken


Check = Callable[[AsyncSession], Awaitable[tuple[int, list[str]]]]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register `async def check(session) -> (rows looked at, what is broken)`."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


check("audit chain")(audit.broken_links)


async def verify_all(database: Database) -> list[Finding]:
    """Run every check in one repeatable-read transaction each."""
    findings = []
    for name, function in CHECKS.items():
        async with database.transaction(Role.AUDITOR, readonly=True) as session:
            looked_at, broken = await function(session)
        findings.append(Finding(name, looked_at, tuple(broken)))
    return findings
