"""Ask partners what they would take; close and cancel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics.freight.errors import FreightInquiryEnded
from app.logistics.freight.events import FreightAskedOf, FreightClosed
from app.logistics.freight.goods import asked_errors, kept
from app.logistics.freight.models import FreightInquiry
from app.logistics.freight.queries import inquiries as queries
from app.logistics.freight.schemas.inquiries import FreightInquiryIn
from app.logistics.freight.states import FREIGHT_INQUIRY_STATE_LABELS, FreightInquiryState
from app.parties import facade as parties

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=90)
MOST_PARTNERS = 50


async def ask_freight(session: AsyncSession, actor: Actor, form: FreightInquiryIn, *, now: datetime) -> FreightInquiry:
    """Ask the partners named, or all verified ones. Raises `Invalid`."""
    errors = asked_errors(form)
    if not now + SHORTEST <= form.closes_at <= now + LONGEST:
        message = N_("Leave partners ten minutes at least and 90 days at most.")
        errors.append(FieldError("/closes_at", "closing-out-of-range", message))
    partner_ids, wrong = await _partners(session, actor, form.partner_ids)
    if errors or wrong:
        raise Invalid(errors=[*errors, *wrong])
    row = FreightInquiry(
        id=new_id(),
        shipper_id=actor.organization_id,
        reference=form.reference,
        asked=kept(form),
        note=form.note,
        closes_at=form.closes_at,
        created_by=actor.person_id,
    )
    session.add(row)
    await session.flush()
    asked = [
        {"id": new_id(), "inquiry_id": row.id, "shipper_id": row.shipper_id, "partner_id": one} for one in partner_ids
    ]
    await queries.insert_invitations(session, asked)
    for one in asked:
        event = FreightAskedOf(
            invitation_id=one["id"],
            freight_inquiry_id=row.id,
            shipper_id=row.shipper_id,
            partner_id=one["partner_id"],
            closes_at=row.closes_at,
        )
        await announce(session, event, organizations=[row.shipper_id, one["partner_id"]])
    await session.refresh(row)
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "freight_inquiry.ask", "freight_inquiry", row.id, after=after)
    return row


async def _partners(session: AsyncSession, actor: Actor, wanted: Sequence[UUID]) -> tuple[list[UUID], list[FieldError]]:
    """Who is asked, and what is wrong with the choice. Nobody in a sandbox is verified: there, partners are named."""
    known = await parties.organizations(session, {actor.organization_id, *wanted})
    own = known[actor.organization_id]
    if not wanted:
        found = await parties.verified_with_role(session, "logistics", MOST_PARTNERS)
        chosen = [one.id for one in found if one.id != own.id and one.deals_with(own)]
        message = N_("There is no verified logistics partner yet.")
        return chosen, [] if chosen else [FieldError("/partner_ids", "no-partner", message)]
    message = N_("Name a logistics partner that is registered here.")
    errors = []
    for at, one in enumerate(wanted):
        partner = known.get(one)
        if partner is None or "logistics" not in partner.roles or partner.id == own.id or not partner.deals_with(own):
            errors.append(FieldError(f"/partner_ids/{at}", "no-partner", message))
    return list(dict.fromkeys(wanted)), errors


async def close_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime) -> FreightInquiry:
    """Take no more offers, before the time. A second time changes nothing. Raises `NotFound`, `FreightInquiryEnded`."""
    row = await own_inquiry(session, actor, inquiry_id)
    if row.state == FreightInquiryState.OPEN:
        await end_inquiry(session, actor, row, FreightInquiryState.CLOSED, now=now)
    elif row.state != FreightInquiryState.CLOSED:
        raise FreightInquiryEnded(state=Labelled.of(row.state, FREIGHT_INQUIRY_STATE_LABELS))
    return row


async def cancel_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime) -> FreightInquiry:
    """Give it up; no offer is taken. A second time changes nothing. Raises `NotFound`, `FreightInquiryEnded`."""
    row = await own_inquiry(session, actor, inquiry_id)
    if row.state in (FreightInquiryState.OPEN, FreightInquiryState.CLOSED):
        await end_inquiry(session, actor, row, FreightInquiryState.CANCELLED, now=now)
    elif row.state != FreightInquiryState.CANCELLED:
        raise FreightInquiryEnded(state=Labelled.of(row.state, FREIGHT_INQUIRY_STATE_LABELS))
    return row


async def own_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID) -> FreightInquiry:
    """The actor's own, locked. Raises `NotFound`."""
    row = await queries.lock_inquiry(session, inquiry_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    return row


async def end_inquiry(
    session: AsyncSession, actor: Actor | None, row: FreightInquiry, state: FreightInquiryState, *, now: datetime
) -> None:
    """Close or cancel, and tell each partner by himself."""
    row.state, row.ended_at = state, now
    row.version += 1
    await session.flush()
    for one in (await queries.invitations(session, [row.id]))[row.id]:
        event = FreightClosed(
            invitation_id=one.id,
            freight_inquiry_id=row.id,
            shipper_id=row.shipper_id,
            partner_id=one.partner_id,
            state=state,
        )
        await announce(session, event, organizations=[row.shipper_id, one.partner_id])
    organization_id = None if actor else row.shipper_id
    action = f"freight_inquiry.{state}"
    await audit.record(session, actor, action, "freight_inquiry", row.id, organization_id=organization_id)
