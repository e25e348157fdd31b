"""How an import makes room for everybody else: small transactions, and pauses in proportion to the work while others work."""

import asyncio
import time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BUSY_A_SECOND = 5.0
"""From so many transactions of others a second on, somebody is waiting for answers."""

SHARE = 0.25
"""How long a pause is, of the work before it."""

LONGEST_PAUSE_S = 2.0

_COMMITS = text("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")


class Pacer:
    """Counts the transactions of this database between two pauses and takes off one's own."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._at = time.monotonic()
        self._own = 0
        self.paused_s = 0.0

    def own(self, transactions: int = 1) -> None:
        """Transactions of the import itself."""
        self._own += transactions

    async def rest(self, session: AsyncSession, worked_s: float) -> float:
        """The pause that is due after so much work, in seconds; 0 when nobody else works. Sleep outside the transaction."""
        total = int(await session.scalar(_COMMITS) or 0)
        now = time.monotonic()
        seen, self._seen = self._seen, total
        others = 0.0 if seen is None else (total - seen - self._own) / max(now - self._at, 0.001)
        self._at, self._own = now, 0
        return min(LONGEST_PAUSE_S, worked_s * SHARE) if others >= BUSY_A_SECOND else 0.0

    async def sleep(self, seconds: float) -> None:
        """Pause; even without one, others on this loop get their turn."""
        self.paused_s += seconds
        await asyncio.sleep(seconds)
