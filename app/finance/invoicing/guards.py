"""Who may come near an invoice: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.invoicing import queries
from app.finance.invoicing.models import Invoice
from app.finance.invoicing.states import InvoiceRole
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class AtInvoice:
    """An actor at an invoice, on one of its sides."""

    actor: Actor
    row: Invoice

    @property
    def role(self) -> InvoiceRole:
        """Whether his organization issued or received it."""
        return InvoiceRole.ISSUED if self.row.issuer_id == self.actor.organization_id else InvoiceRole.RECEIVED


def _sides(row: Invoice | None) -> tuple[UUID, ...]:
    return (row.issuer_id, row.recipient_id) if row else ()


async def at_invoice(invoice_id: UUID, actor: CurrentActor, session: Session) -> AtInvoice:
    """Whoever issued or received it."""
    row = await queries.invoice(session, invoice_id)
    if row is None or actor.organization_id not in _sides(row):
        raise NotFound()
    actor.require(Permission.READ)
    return AtInvoice(actor, row)


async def own_invoice(invoice_id: UUID, actor: CurrentActor, session: Session) -> AtInvoice:
    """Its issuer's people who may invoice. For the recipient the verb does not exist."""
    row = await queries.invoice(session, invoice_id)
    if row is None or row.issuer_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return AtInvoice(actor, row)


SeenInvoice = Annotated[AtInvoice, Depends(at_invoice)]
OwnInvoice = Annotated[AtInvoice, Depends(own_invoice)]
