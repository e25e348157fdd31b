"""Attach a document to a shipment."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.documents.facade import DocumentRefused
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics import queries as shipments
from app.logistics.models import Booking, Shipment
from app.logistics.papers import queries
from app.logistics.papers.errors import PaperKnown
from app.logistics.papers.events import ShipmentDocumentAttached
from app.logistics.papers.models import ShipmentPaper
from app.logistics.papers.schemas import ShipmentDocumentIn
from app.logistics.papers.states import FOR_TWO, Audience

ENTITY = "shipment_document"
_FILE = "/document_id"


async def attach_paper(
    session: AsyncSession, actor: Actor, shipment: Shipment, form: ShipmentDocumentIn
) -> ShipmentPaper:
    """Attach an own file. Raises `Invalid`, `DocumentRefused`, `PaperKnown`.

    Who may open the file is nowhere written down: the database looks, at each opening, who has to do with the shipment then.
    """
    legs = await shipments.carried_legs(session, shipment.id)
    booking = _booking(actor, shipment, legs, form)
    values = form.model_dump(exclude={"booking_id"}) | {
        "id": new_id(),
        "shipment_id": shipment.id,
        "shipper_id": shipment.shipper_id,
        "owner_id": actor.organization_id,
        "booking_id": booking.id if booking else None,
        "partner_id": booking.partner_id if booking else None,
        "created_by": actor.person_id,
    }
    # The file is held first: only what is the actor's own, and was not refused, gets a row.
    try:
        await documents.attach(session, actor, [form.document_id], entity=(ENTITY, values["id"]))
    except (Invalid, DocumentRefused) as refused:
        refused.errors = tuple(FieldError(_FILE, one.code, one.message) for one in refused.errors)
        raise
    row = await queries.insert_paper(session, values)
    if row is None:
        raise PaperKnown()
    event = ShipmentDocumentAttached(
        shipment_document_id=row.id,
        shipment_id=row.shipment_id,
        shipper_id=row.shipper_id,
        type=row.type,
        audience=row.audience,
        number=row.number,
    )
    await announce(session, event, organizations=readers(row, shipment, legs))
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "shipment.attach", "shipment", shipment.id, after=after)
    return row


def readers(row: ShipmentPaper, shipment: Shipment, legs: list[Booking]) -> list[UUID]:
    """Whom a document is for, as far as the legs are seen."""
    found = {row.shipper_id, row.owner_id, row.partner_id}
    if row.audience == Audience.PARTIES:
        found |= {shipment.consignee_id, *(leg.partner_id for leg in legs)}
    return sorted(one for one in found if one is not None)


def _booking(actor: Actor, shipment: Shipment, legs: list[Booking], form: ShipmentDocumentIn) -> Booking | None:
    """The leg that a document is about. A partner sees his own legs alone."""
    errors = []
    found = None
    if form.booking_id is not None:
        found = next((leg for leg in legs if leg.id == form.booking_id), None)
        if found is None:
            message = N_("Name a booking of this shipment that was accepted.")
            errors.append(FieldError("/booking_id", "unknown-booking", message))
    elif actor.organization_id != shipment.shipper_id:
        found = legs[0]
    elif form.audience == Audience.TWO:
        message = N_("Say by its booking which partner it is for.")
        errors.append(FieldError("/booking_id", "partner-missing", message))
    if form.type in FOR_TWO and form.audience != Audience.TWO:
        message = N_("What tells a partner's prices is for the shipper and this partner alone: say `two`.")
        errors.append(FieldError("/audience", "not-for-all", message))
    if errors:
        raise Invalid(errors=errors)
    return found
