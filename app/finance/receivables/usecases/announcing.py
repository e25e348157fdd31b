"""Tell both sides when nothing is open of an invoice any more, or something is again."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.receivables import queries
from app.finance.receivables.events import OpenItemReopened, OpenItemSettled
from app.finance.receivables.models import OpenItem
from app.finance.receivables.states import ItemKind
from app.kit.outbox import announce


async def announce_settled(session: AsyncSession, item_id: UUID) -> OpenItem:
    """The item as it is now; if nothing is open of an invoice, that is told."""
    item = await queries.item(session, item_id)
    assert item is not None
    if item.kind == ItemKind.INVOICE and item.closed_on is not None:
        event = OpenItemSettled(
            open_item_id=item.id,
            invoice_id=item.invoice_id,
            issuer_id=item.issuer_id,
            recipient_id=item.recipient_id,
            number=item.number,
            currency=item.currency,
            amount_minor=item.amount_minor,
            settled_on=item.closed_on,
        )
        await announce(session, event, organizations=[item.issuer_id, item.recipient_id])
    return item


async def announce_reopened(session: AsyncSession, item_id: UUID) -> OpenItem:
    """The item as it is now, of which something is open again."""
    item = await queries.item(session, item_id)
    assert item is not None
    event = OpenItemReopened(
        open_item_id=item.id,
        invoice_id=item.invoice_id,
        issuer_id=item.issuer_id,
        recipient_id=item.recipient_id,
        number=item.number,
        currency=item.currency,
        open_minor=item.open_minor,
    )
    await announce(session, event, organizations=[item.issuer_id, item.recipient_id])
    return item
