"""A partner answers a freight inquiry, revises, withdraws; the shipper takes one offer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics.freight.errors import FreightInquiryEnded, FreightInquiryOpen, FreightOfferEnded
from app.logistics.freight.events import FreightOffered, FreightTaken
from app.logistics.freight.goods import end_of, name_of
from app.logistics.freight.models import FreightInvitation, FreightOffer, FreightOption
from app.logistics.freight.queries import inquiries as queries
from app.logistics.freight.queries import quotes as quote_queries
from app.logistics.freight.schemas.inquiries import FreightOfferIn
from app.logistics.freight.schemas.quotes import EndIn, FreightAsked
from app.logistics.freight.states import FREIGHT_INQUIRY_STATE_LABELS, FreightInquiryState, FreightOfferState
from app.logistics.freight.usecases.ask_freight import end_inquiry, own_inquiry
from app.logistics.rates.cards import CHARGE_LABELS, Basis

_CLOSED = Labelled.of(FreightInquiryState.CLOSED, FREIGHT_INQUIRY_STATE_LABELS)


async def offer_freight(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: FreightOfferIn, *, now: datetime
) -> FreightOffer:
    """Make an offer or revise it, while the inquiry is open. Raises `NotFound`, `Invalid`, `FreightInquiryEnded`."""
    invitation = await queries.invitation(session, inquiry_id, actor.organization_id)
    inquiry = await queries.inquiry(session, inquiry_id)
    if invitation is None or inquiry is None:
        raise NotFound()
    errors = _errors(form, FreightAsked.model_validate(inquiry.asked), closes_at=inquiry.closes_at, now=now)
    if errors:
        raise Invalid(errors=errors)
    if not await queries.hold_open(session, inquiry_id):
        raise FreightInquiryEnded(state=_CLOSED)
    partner_id = actor.organization_id
    await queries.end_offers(session, inquiry_id, FreightOfferState.REVISED, partner_id=partner_id)
    values = form.model_dump(exclude={"lines"})
    row = FreightOffer(
        id=new_id(),
        inquiry_id=inquiry_id,
        shipper_id=invitation.shipper_id,
        partner_id=partner_id,
        revision=await queries.last_revision(session, inquiry_id, partner_id) + 1,
        total_minor=sum(line.amount_minor for line in form.lines),
        lines=[_line(line.code, line.amount_minor) for line in form.lines],
        **values,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await _tell(session, invitation, row)
    # Without its price: it is between the two.
    await audit.record(session, actor, "freight_offer.make", "freight_offer", row.id, after={"revision": row.revision})
    return row


def _errors(form: FreightOfferIn, asked: FreightAsked, *, closes_at: datetime, now: datetime) -> list[FieldError]:
    found = []
    for at, line in enumerate(form.lines):
        if line.code not in CHARGE_LABELS:
            message = N_("This charge is not known. Choose one of: {expected}.")
            found.append(FieldError(f"/lines/{at}/code", "unknown-charge", message, {"expected": list(CHARGE_LABELS)}))
    if form.transit_days_max < form.transit_days_min:
        message = N_("The longest transit time must not be shorter than the shortest.")
        found.append(FieldError("/transit_days_max", "transit-reversed", message))
    if asked.modes and form.mode not in asked.modes:
        found.append(FieldError("/mode", "other-mode", N_("This mode of transport was not asked for.")))
    if form.valid_until <= now:
        found.append(FieldError("/valid_until", "datetime-future", N_("Give a moment in the future.")))
    elif form.valid_until <= closes_at:
        # Nobody could take it: offers are taken after the closing.
        message = N_("Let it stand beyond the closing of the inquiry.")
        found.append(FieldError("/valid_until", "ends-before-closing", message))
    return found


def _line(code: str, amount_minor: int) -> dict[str, Any]:
    return {
        "code": code,
        "basis": Basis.SHIPMENT,
        "quantity": "1",
        "rate": str(amount_minor),
        "amount_minor": amount_minor,
        "of_minor": None,
        "container_type": None,
        "bound": None,
    }


async def _tell(session: AsyncSession, invitation: FreightInvitation, row: FreightOffer) -> None:
    event = FreightOffered(
        invitation_id=invitation.id,
        freight_inquiry_id=row.inquiry_id,
        freight_offer_id=row.id,
        shipper_id=row.shipper_id,
        partner_id=row.partner_id,
        revision=row.revision,
        state=row.state,
    )
    await announce(session, event, organizations=[row.shipper_id, row.partner_id])


async def withdraw_offer(session: AsyncSession, actor: Actor, offer_id: UUID) -> FreightOffer:
    """Take an offer back while the inquiry is open. A second time changes nothing. Raises `NotFound`, `FreightOfferEnded`,
    `FreightInquiryEnded`."""
    seen = await queries.offer(session, offer_id)
    if seen is None or seen.partner_id != actor.organization_id:
        raise NotFound()
    is_open = await queries.hold_open(session, seen.inquiry_id)
    row = await queries.lock_offer(session, offer_id)
    if row is None or row.state == FreightOfferState.REVISED:
        raise FreightOfferEnded()
    if row.state == FreightOfferState.WITHDRAWN:
        return row
    if not is_open:
        raise FreightInquiryEnded(state=_CLOSED)
    await queries.end_offers(session, row.inquiry_id, FreightOfferState.WITHDRAWN, partner_id=row.partner_id)
    await session.refresh(row)
    invitation = await queries.invitation(session, row.inquiry_id, row.partner_id)
    if invitation is not None:
        await _tell(session, invitation, row)
    await audit.record(session, actor, "freight_offer.withdraw", "freight_offer", row.id)
    return row


async def take_offer(session: AsyncSession, actor: Actor, offer_id: UUID, *, now: datetime) -> FreightOption:
    """Take one offer of a closed inquiry; the others are told that theirs was not. A second time changes nothing.

    What comes of it is an option to book at. Raises `NotFound`, `FreightInquiryOpen`, `FreightInquiryEnded`,
    `FreightOfferEnded`.
    """
    seen = await queries.offer(session, offer_id)
    if seen is None or seen.shipper_id != actor.organization_id:
        raise NotFound()
    inquiry = await own_inquiry(session, actor, seen.inquiry_id)
    taken = await quote_queries.option_of_offer(session, offer_id)
    if taken is not None:
        return taken
    if inquiry.state == FreightInquiryState.OPEN:
        if now < inquiry.closes_at:
            raise FreightInquiryOpen()
        await end_inquiry(session, actor, inquiry, FreightInquiryState.CLOSED, now=now)
    if inquiry.state != FreightInquiryState.CLOSED:
        raise FreightInquiryEnded(state=Labelled.of(inquiry.state, FREIGHT_INQUIRY_STATE_LABELS))
    offer = await queries.lock_offer(session, offer_id)
    if offer is None or offer.state != FreightOfferState.OFFERED or offer.valid_until <= now:
        raise FreightOfferEnded()
    offer.state, offer.ended_at = FreightOfferState.TAKEN, now
    await session.flush()
    others = await queries.end_offers(session, inquiry.id, FreightOfferState.NOT_TAKEN)
    inquiry.state, inquiry.taken_offer_id = FreightInquiryState.TAKEN, offer.id
    inquiry.version += 1
    await session.flush()
    option_id = new_id()
    await quote_queries.insert_options(session, [_option(option_id, offer, inquiry.asked)])
    invitations = (await queries.invitations(session, [inquiry.id]))[inquiry.id]
    answered = {one.partner_id: one for one in (offer, *others)}
    for invitation in invitations:
        if invitation.partner_id in answered:
            await _tell_taken(session, invitation, answered[invitation.partner_id])
    after = {"freight_offer_id": str(offer.id)}
    await audit.record(session, actor, "freight_inquiry.take", "freight_inquiry", inquiry.id, after=after)
    option = await quote_queries.option(session, option_id)
    assert option is not None
    return option


def _option(option_id: UUID, offer: FreightOffer, asked: dict[str, Any]) -> dict[str, Any]:
    same = (
        *("shipper_id", "partner_id", "mode", "service", "transit_days_min", "transit_days_max"),
        *("currency", "total_minor", "lines", "valid_until"),
    )
    ends = [name_of(end_of(EndIn.model_validate(asked[name]))) for name in ("from", "to")]
    values = {name: getattr(offer, name) for name in same}
    return values | {
        "id": option_id,
        "offer_id": offer.id,
        "from_place": ends[0],
        "to_place": ends[1],
    }


async def _tell_taken(session: AsyncSession, invitation: FreightInvitation, offer: FreightOffer) -> None:
    event = FreightTaken(
        invitation_id=invitation.id,
        freight_inquiry_id=offer.inquiry_id,
        freight_offer_id=offer.id,
        shipper_id=offer.shipper_id,
        partner_id=offer.partner_id,
        taken=offer.state == FreightOfferState.TAKEN,
    )
    await announce(session, event, organizations=[offer.shipper_id, offer.partner_id])
