"""What follows from news about invoices: the recipient's people are told, in their languages."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing import notices, queries
from app.finance.invoicing.events import InvoiceIssued
from app.finance.invoicing.states import InvoiceKind
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties

ENTITY = "invoice"


@reaction(InvoiceIssued, name="finance.tell_of_invoice")
async def tell_of_invoice(session: AsyncSession, told: Told) -> None:
    """Tell whoever orders or pays for the recipient what is due and when, or what was taken back."""
    event: InvoiceIssued = told.event
    async with acting_for(session, event.recipient_id):
        firms = await parties.organizations(session, [event.issuer_id])
        if event.issuer_id not in firms:
            return
        notice, params = await _told(session, event, firms[event.issuer_id].legal_name_local)
        await messages.notify(
            session,
            organization_id=event.recipient_id,
            permission=Permission.ORDER,
            notice=notice,
            params=params,
            entity=(ENTITY, event.invoice_id),
            dedupe=told.id,
        )


async def _told(session: AsyncSession, event: InvoiceIssued, firm: str) -> tuple[str, dict[str, messages.Param]]:
    """The notice of this kind of invoice, and what it says."""
    params: dict[str, messages.Param] = {"invoice_id": event.invoice_id, "firm": firm, "number": event.number}
    gross = {"minor": event.gross_minor, "currency": event.currency}
    if event.kind == InvoiceKind.PRO_FORMA:
        return notices.PRO_FORMA, params | {"gross": gross}
    if event.preceding_id is not None:
        preceding = await queries.invoice(session, event.preceding_id)
        assert preceding is not None
        return notices.CREDITED, params | {"gross": gross, "preceding": preceding.number}
    payable = {"minor": event.payable_minor, "currency": event.currency}
    return notices.ISSUED, params | {"payable": payable, "due_on": event.due_on or event.issued_on}
