"""Background work: finding out what entries are for."""

from uuid import UUID

from app.finance.bank.usecases.import_statements import MATCH_ENTRIES
from app.finance.bank.usecases.match_entries import match_entries
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job

BEFORE_ALL = UUID(int=0)


@job(MATCH_ENTRIES)
async def match_bank_entries(runtime: Runtime, *, after: str | None = None) -> None:
    """Look at some entries; a job for the next ones is saved with what was found."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        last = await match_entries(session, UUID(after) if after else None, now=runtime.clock.now())
        if last is not None:
            await defer(session, MATCH_ENTRIES, after=str(last) if after else None)


@job("finance.match_bank_entries_again", cron="11 4 * * *")
async def match_bank_entries_again(runtime: Runtime) -> None:
    """Every night look once more at entries whose reference nobody awaited: some are paid before they are asked for. What is new
    and was lost with its worker is looked at too."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await defer(session, MATCH_ENTRIES)
        await defer(session, MATCH_ENTRIES, after=str(BEFORE_ALL))
