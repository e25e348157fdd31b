"""Letters are written at night: one transaction a debtor."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries
from app.finance.dunning.usecases.write_letters import write_letter
from app.finance.receivables import facade as receivables
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, job
from app.kit.many import each

NAME = "finance.write_reminders"


@job(NAME, cron="11 4 * * *")
async def write_reminders(runtime: Runtime) -> None:
    """Remind whoever has let something become overdue, of those issuers who want that. A letter that cannot be written keeps no
    other back; a second run finds what the first left."""
    today = runtime.clock.now().date()
    late: list[tuple[UUID, UUID]] = []

    async def find(session: AsyncSession, issuer_id: UUID) -> None:
        await act_for(session, issuer_id)
        late.extend((issuer_id, one) for one in await receivables.debtors(session, issuer_id, today))

    async def write(session: AsyncSession, row: tuple[UUID, UUID]) -> None:
        issuer_id, recipient_id = row
        await act_for(session, issuer_id)
        await write_letter(session, issuer_id, recipient_id, today)

    async with runtime.database.transaction(Role.WORKER) as session:
        issuers = await queries.active_issuers(session)
    for issuer_id in issuers:
        late.clear()
        await each(runtime, NAME, [issuer_id], find)
        await each(runtime, NAME, list(late), write)
