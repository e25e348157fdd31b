"""The one transaction in which the demo market's past happens, each thing at its own moment.

PostgreSQL's `app_now()` is the beginning of the transaction plus the offset in `clock_offset`, which only `owner` may
write. Here the offset is written, used and removed inside one uncommitted transaction: no other session ever sees it, so
nothing has to be shut down meanwhile, and a seeding that is interrupted leaves nothing behind. Everything else is done
under `app` and `worker`, behind the same walls as requests and jobs.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.kit.actor import Actor
from app.kit.db.engine import Role, admin_url
from app.kit.db.tenancy import act_for
from app.kit.dispatch import react_at_once
from app.kit.ids import ids_from
from app.settings import Settings

# Any number will do, as long as every copy of this program uses the same.
_LOCK = 7_241_180_005
# Before anything that people do here, so that what they make sorts after the sample data.
_FIRST_MS = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)


def sample_ids() -> Iterator[UUID]:
    """UUIDv7s that are the same in every installation, in order, one a millisecond."""
    for number in count():
        noise = int.from_bytes(sha256(f"partingline demo market {number}".encode()).digest()[:10])
        value = (_FIRST_MS + number) << 80 | noise
        value = value & ~(0xF << 76) | 0x7 << 76
        yield UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


class History:
    """The transaction, who acts in it, and the moment that it is in."""

    def __init__(self, session: AsyncSession, today: datetime) -> None:
        self.session = session
        self.today = today
        self.now = today
        self._settled: UUID | None = None

    async def go_to(self, moment: datetime) -> None:
        """Let everything from here on happen at this moment."""
        await self.session.flush()
        self.session.expunge_all()
        await self._play(Role.OWNER)
        await self.session.execute(
            text(
                "INSERT INTO clock_offset (moved_by) VALUES (:by) "
                "ON CONFLICT (only_row) DO UPDATE SET moved_by = excluded.moved_by"
            ),
            {"by": moment - self.today},
        )
        await self._play(Role.APP)
        self.now = moment

    async def days_ago(self, days: float) -> None:
        """The same, counted back from the beginning of the seeding."""
        await self.go_to(self.today - timedelta(days=days))

    async def let(self, actor: Actor) -> AsyncSession:
        """Let somebody act; the session to act in."""
        await self.session.flush()
        await act_for(self.session, actor.organization_id, person_id=actor.person_id, operator=actor.is_operator)
        return self.session

    async def settle(self) -> None:
        """Let all that was announced have its consequences now: notices are as old as what they tell of."""
        await self.as_worker()
        self._settled = await react_at_once(self.session, after=self._settled)
        await self.session.flush()
        self.session.expunge_all()
        await self._play(Role.APP)

    async def as_worker(self) -> AsyncSession:
        """Go on as the job worker does, acting for nobody."""
        await self.session.flush()
        await self._play(Role.WORKER)
        await act_for(self.session, None)
        return self.session

    async def _play(self, role: Role) -> None:
        await self.session.execute(text(f"SET LOCAL ROLE {role.login}"))

    async def begin(self) -> None:
        """Wait for another seeding to end; take on the application's role."""
        await self.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        self.today = self.now = (await self.session.execute(text("SELECT now()"))).scalar_one().astimezone(UTC)
        for role in (Role.APP, Role.WORKER):
            await self._may_play(role)
        await self._play(Role.APP)

    async def end(self) -> None:
        """Give the clock and the borrowed roles back."""
        await self.session.flush()
        await self._play(Role.OWNER)
        await self.session.execute(text("DELETE FROM clock_offset"))
        await self.session.execute(text("RESET ROLE"))
        for role in self._borrowed:
            await self.session.execute(text(f"REVOKE {role.login} FROM CURRENT_USER"))

    _borrowed: tuple[Role, ...] = ()

    async def _may_play(self, role: Role) -> None:
        """An administrator who is no superuser made these roles and may grant them to himself for a while."""
        statement = text("SELECT pg_has_role(current_user, :role, 'SET')")
        if not (await self.session.execute(statement, {"role": role.login})).scalar_one():
            await self.session.execute(text(f"GRANT {role.login} TO CURRENT_USER"))
            self._borrowed = (*self._borrowed, role)


@asynccontextmanager
async def history(settings: Settings) -> AsyncIterator[History]:
    """The transaction, under the administrative URL; committed when the block ends, rolled back when it raises."""
    engine = create_async_engine(admin_url(settings), connect_args={"application_name": "partingline seed"})
    numbers = sample_ids()
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            told = History(session, datetime.now(UTC))
            await told.begin()
            with ids_from(lambda: next(numbers)):
                yield told
            await told.end()
    finally:
        await engine.dispose()
