"""A deal's invoices count as paid by what its milestones were paid: nobody is asked twice, or reminded of what he has paid."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing.facade import JustIssued
from app.finance.receivables import facade as receivables
from app.finance.schedules import queries
from app.finance.schedules.models import PaymentSchedule
from app.kit.ids import new_id

SOURCE = "milestones"


async def meet_invoices(session: AsyncSession, schedule: PaymentSchedule, day: date) -> None:
    """What the milestones of a deal were paid, and did not go back, is put towards its invoices, the oldest first; what went back
    is owed again, of the last payment first. Looks at all of the deal, and done again changes nothing.

    What is paid beyond the invoices waits for the next one. What of an invoice is more than the milestones stays open.
    """
    await queries.lock_deal(session, schedule.id)
    deal = (schedule.deal_kind, schedule.deal_id)
    items = [one for one in await receivables.items_of(session, deal) if one.currency == schedule.currency]
    if not items:
        return
    told = await receivables.payments_of(session, [one.invoice_id for one in items], SOURCE)
    parts = (await queries.milestones(session, [schedule.id]))[schedule.id]
    paid = sum(one.funded_minor - one.refunding_minor - one.refunded_minor - one.charged_back_minor for one in parts)
    left = paid - sum(one.amount_minor for one in told)
    while left < 0 and told:
        last = told.pop()
        await receivables.unsettle(
            session, invoice_id=last.invoice_id, source=(SOURCE, last.source_id), reason=schedule.deal_number, day=day
        )
        left += last.amount_minor
    if left <= 0:
        return
    for item in await receivables.items_of(session, deal):
        amount = min(left, item.open_minor) if item.currency == schedule.currency else 0
        if amount:
            source = (SOURCE, new_id())
            await receivables.settle(
                session,
                invoice_id=item.invoice_id,
                amount_minor=amount,
                day=day,
                source=source,
                reference=schedule.deal_number,
            )
            left -= amount


async def follow_invoices(session: AsyncSession, issued: Sequence[JustIssued]) -> None:
    """What was paid ahead is put towards an invoice when it is issued. What credit notes take back is the receivables' own."""
    asked: dict[tuple[str, UUID], date] = {
        (one.subject_kind, one.subject_id): one.issued_on for one in issued if one.preceding_id is None
    }
    for deal, day in sorted(asked.items()):
        schedule = await queries.schedule_of(session, deal)
        if schedule is not None:
            await meet_invoices(session, schedule, day)
