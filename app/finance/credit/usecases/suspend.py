"""Nothing is taken on a suspended line. Its supplier suspends it, or what is overdue does, by the rule that he has set."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import queries
from app.finance.credit.events import CreditLineResumed, CreditLineSuspended
from app.finance.credit.models import CreditLine
from app.finance.credit.rules import overdue_too_long
from app.finance.credit.states import Suspension
from app.finance.credit.usecases.grant import ENTITY, ids_of
from app.finance.receivables import facade as receivables
from app.kit import audit
from app.kit.actor import Actor
from app.kit.outbox import announce


async def suspend(session: AsyncSession, actor: Actor, line_id: UUID, reason: str, *, now: datetime) -> CreditLine:
    """The supplier suspends it until he says otherwise; a suspension that stands is his from now on."""
    row = await queries.lock_line(session, line_id)
    assert row is not None, "the guard found it"
    await _suspend(session, actor, row, Suspension.SUPPLIER, reason, now)
    return row


async def resume(session: AsyncSession, actor: Actor, line_id: UUID, *, now: datetime) -> CreditLine:
    """The supplier lets it be used again. While something is overdue beyond his own rule, nothing is taken all the same."""
    row = await queries.lock_line(session, line_id)
    assert row is not None, "the guard found it"
    if row.suspension is not None:
        await _resume(session, actor, row, now)
    return row


async def watch(session: AsyncSession, line_id: UUID, *, now: datetime) -> None:
    """Suspend a line of which something has been overdue for too long, and let it be used again when nothing is any more. What
    its supplier suspended stays so. Call it while acting for him."""
    row = await queries.lock_line(session, line_id)
    if row is None or row.suspension == Suspension.SUPPLIER:
        return
    oldest = await receivables.oldest_due(session, row.supplier_id, row.buyer_id, row.currency)
    late = overdue_too_long(row.suspend_after_days, oldest, now.date())
    if late and row.suspension is None:
        await _suspend(session, None, row, Suspension.OVERDUE, None, now)
    elif not late and row.suspension is not None:
        await _resume(session, None, row, now)


async def _suspend(
    session: AsyncSession, actor: Actor | None, row: CreditLine, cause: Suspension, reason: str | None, now: datetime
) -> None:
    row.suspension, row.suspension_reason, row.suspended_at = cause, reason, now
    await _keep(session, actor, row, "credit_line.suspend", {"cause": cause, "reason": reason}, now)
    event = CreditLineSuspended(**ids_of(row), cause=cause)  # type: ignore[arg-type]
    await announce(session, event, organizations=[row.supplier_id, row.buyer_id])


async def _resume(session: AsyncSession, actor: Actor | None, row: CreditLine, now: datetime) -> None:
    row.suspension, row.suspension_reason, row.suspended_at = None, None, None
    await _keep(session, actor, row, "credit_line.resume", {}, now)
    await announce(session, CreditLineResumed(**ids_of(row)), organizations=[row.supplier_id, row.buyer_id])


async def _keep(
    session: AsyncSession,
    actor: Actor | None,
    row: CreditLine,
    action: str,
    after: dict[str, str | None],
    now: datetime,
) -> None:
    row.version += 1
    row.changed_at = now
    await session.flush()
    await audit.record(session, actor, action, ENTITY, row.id, after=after, organization_id=row.supplier_id)
