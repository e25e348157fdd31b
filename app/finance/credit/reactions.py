"""What follows from invoices in their own transaction, and whom news about credit lines are told."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import notices
from app.finance.credit.events import CreditLineGranted, CreditLineResumed, CreditLineSuspended
from app.finance.credit.states import Suspension
from app.finance.credit.usecases.grant import ENTITY
from app.finance.credit.usecases.take import follow_invoices
from app.finance.invoicing.facade import follows_invoices
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties

follows_invoices("credit", follow_invoices)


@reaction(CreditLineGranted, CreditLineSuspended, CreditLineResumed, name="finance.tell_buyer_of_credit_line")
async def tell_buyer_of_credit_line(session: AsyncSession, told: Told) -> None:
    """Tell whoever orders for the buyer."""
    event = told.event
    if isinstance(event, CreditLineSuspended):
        notice = notices.SUSPENDED_OVERDUE if event.cause == Suspension.OVERDUE else notices.SUSPENDED
    else:
        notice = notices.GRANTED if isinstance(event, CreditLineGranted) else notices.RESUMED
    await _tell(session, told, event.buyer_id, event.supplier_id, Permission.ORDER, notice)


@reaction(CreditLineSuspended, name="finance.tell_supplier_of_credit_line")
async def tell_supplier_of_credit_line(session: AsyncSession, told: Told) -> None:
    """Tell whoever invoices for the supplier that his rule took effect."""
    event: CreditLineSuspended = told.event
    if event.cause == Suspension.OVERDUE:
        await _tell(session, told, event.supplier_id, event.buyer_id, Permission.INVOICE, notices.OWN_SUSPENDED)


async def _tell(
    session: AsyncSession, told: Told, reader_id: UUID, about_id: UUID, permission: Permission, notice: str
) -> None:
    async with acting_for(session, reader_id):
        firms = await parties.organizations(session, [about_id])
        if about_id not in firms:
            return
        await messages.notify(
            session,
            organization_id=reader_id,
            permission=permission,
            notice=notice,
            params={
                "credit_line_id": told.event.credit_line_id,
                "firm": firms[about_id].legal_name_local,
                "currency": told.event.currency,
            },
            entity=(ENTITY, told.event.credit_line_id),
            dedupe=told.id,
        )
