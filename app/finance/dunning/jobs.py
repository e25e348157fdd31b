"""Letters are written at night: one transaction a debtor."""

from app.finance.dunning import queries
from app.finance.dunning.usecases.write_letters import write_letter
from app.finance.receivables import facade as receivables
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime, job


@job("finance.write_reminders", cron="11 4 * * *")
async def write_reminders(runtime: Runtime) -> None:
    """Remind whoever has let something become overdue, of those issuers who want that. A second run finds what the first left."""
    today = runtime.clock.now().date()
    async with runtime.database.transaction(Role.WORKER) as session:
        issuers = await queries.active_issuers(session)
    for issuer_id in issuers:
        async with runtime.database.transaction(Role.WORKER) as session, acting_for(session, issuer_id):
            debtors = await receivables.debtors(session, issuer_id, today)
        for recipient_id in debtors:
            async with runtime.database.transaction(Role.WORKER) as session, acting_for(session, issuer_id):
                await write_letter(session, issuer_id, recipient_id, today)
