"""Ask a partner to carry a leg; he takes it, or he does not."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics import queries
from app.logistics.errors import BookingEnded, LegTaken, OptionTaken, ShipmentCancelled
from app.logistics.events import BookingAnswered, BookingOffered
from app.logistics.freight.models import FreightOption
from app.logistics.freight.queries import quotes as freight
from app.logistics.models import Booking
from app.logistics.places import place_errors
from app.logistics.schemas import AcceptanceIn, BookingIn
from app.logistics.states import BOOKING_STATE_LABELS, BookingState
from app.logistics.usecases.account import note_booked
from app.parties import facade as parties

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _number() -> str:
    """A booking's number, which nobody guesses (60 bits): without letters that are read as others."""
    return "PL" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


async def offer_booking(
    session: AsyncSession, actor: Actor, shipment_id: UUID, form: BookingIn, *, now: datetime
) -> Booking:
    """Offer a leg to a logistics partner. Raises `NotFound`, `Invalid`, `LegTaken`, `OptionTaken`, `ShipmentCancelled`."""
    shipment = await queries.lock_shipment(session, actor.organization_id, shipment_id)
    if shipment is None:
        raise NotFound()
    if shipment.cancelled_at is not None:
        raise ShipmentCancelled()
    firms = await parties.organizations(session, [form.partner_id, actor.organization_id])
    partner, own = firms.get(form.partner_id), firms[actor.organization_id]
    errors = []
    carries = partner is not None and "logistics" in partner.roles and own.deals_with(partner)
    if not carries or form.partner_id == actor.organization_id:
        errors.append(FieldError("/partner_id", "no-partner", N_("Name a logistics partner that is registered here.")))
    if form.from_place == form.to_place:
        errors.append(FieldError("/to_place", "same-place", N_("The goods must go somewhere else.")))
    option = None
    if form.freight_option_id is not None:
        option = await freight.option(session, form.freight_option_id)
        errors += option_errors(option, form, shipment.shipper_id, now=now)
    errors += place_errors(own, {name: getattr(form, name) for name in ("from_place", "to_place")})
    if errors:
        raise Invalid(errors=errors)
    values = form.model_dump(exclude={"hours"}) | {
        "id": new_id(),
        "shipment_id": shipment.id,
        "shipper_id": shipment.shipper_id,
        "number": _number(),
        "expires_at": now + timedelta(hours=form.hours),
    }
    if option is not None:
        values |= {"price_minor": option.total_minor, "currency": option.currency}
    row = await queries.insert_booking(session, values)
    if row is None:
        if option is not None and not await queries.leg_is_taken(session, shipment.id, form.leg):
            raise OptionTaken()
        raise LegTaken()
    names = ("shipment_id", "shipper_id", "partner_id", "number", "mode", "from_place", "to_place", "expires_at")
    event = BookingOffered(booking_id=row.id, **{name: getattr(row, name) for name in names})
    await announce(session, event, organizations=[row.shipper_id, row.partner_id])
    await audit.record(session, actor, "booking.offer", "booking", row.id, after=form.model_dump(mode="json"))
    return row


def option_errors(
    option: FreightOption | None, form: BookingIn, shipper_id: UUID, *, now: datetime
) -> list[FieldError]:
    """What keeps a booking from costing what an option says. The database holds the same."""
    at = "/freight_option_id"
    if option is None or option.shipper_id != shipper_id:
        return [FieldError(at, "unknown-option", N_("Name an option of your own freight quotes."))]
    found = []
    if option.valid_until <= now:
        found.append(
            FieldError(at, "option-expired", N_("This option is not valid any more. Ask for a new freight quote."))
        )
    if option.partner_id != form.partner_id:
        found.append(FieldError(at, "option-of-another", N_("This option is of another partner.")))
    if option.mode != form.mode:
        found.append(FieldError(at, "option-other-mode", N_("This option is for another mode of transport.")))
    if not (_lies_in(form.from_place, option.from_place) and _lies_in(form.to_place, option.to_place)):
        found.append(FieldError(at, "option-other-lane", N_("This option is for another lane.")))
    return found


def _lies_in(place: str, named: str) -> bool:
    """Where an option names no UN/LOCODE, the country must be the same."""
    return place == named if len(named) == 5 and named[2] != "-" else place[:2] == named[:2]


async def accept_booking(
    session: AsyncSession, actor: Actor, booking_id: UUID, form: AcceptanceIn, *, now: datetime
) -> Booking:
    """Take what was offered, before it expires. A second time changes nothing. Raises `NotFound`, `BookingEnded`."""
    row = await _offered_to(session, actor, booking_id)
    if row.state == BookingState.ACCEPTED:
        return row
    _require_open(row, now=now)
    row.partner_reference, row.answer = form.partner_reference, form.answer
    await end_booking(session, actor, row, BookingState.ACCEPTED, now=now)
    await note_booked(session, row)
    return row


async def decline_booking(
    session: AsyncSession, actor: Actor, booking_id: UUID, answer: str, *, now: datetime
) -> Booking:
    """Do not take what was offered, and say why. Raises `NotFound`, `BookingEnded`."""
    row = await _offered_to(session, actor, booking_id)
    _require_open(row, now=now)
    row.answer = answer
    await end_booking(session, actor, row, BookingState.DECLINED, now=now)
    return row


async def withdraw_booking(session: AsyncSession, actor: Actor, booking_id: UUID, *, now: datetime) -> Booking:
    """The shipper takes his offer back. Raises `NotFound`, `BookingEnded`."""
    row = await queries.lock_booking(session, booking_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    if row.state != BookingState.OFFERED:
        raise BookingEnded(state=Labelled.of(row.state, BOOKING_STATE_LABELS))
    await end_booking(session, actor, row, BookingState.WITHDRAWN, now=now)
    return row


async def _offered_to(session: AsyncSession, actor: Actor, booking_id: UUID) -> Booking:
    row = await queries.lock_booking(session, booking_id)
    if row is None or row.partner_id != actor.organization_id:
        raise NotFound()
    return row


def _require_open(row: Booking, *, now: datetime) -> None:
    """An offer whose time has come has expired, whether or not it was noted already."""
    if row.state != BookingState.OFFERED or row.expires_at <= now:
        state = row.state if row.state != BookingState.OFFERED else BookingState.EXPIRED
        raise BookingEnded(state=Labelled.of(state, BOOKING_STATE_LABELS))


async def end_booking(
    session: AsyncSession, actor: Actor | None, row: Booking, state: BookingState, *, now: datetime
) -> None:
    """Take a booking to its next state and tell both sides."""
    before = row.state
    row.state = state
    row.ended_at = now
    row.version += 1
    await session.flush()
    event = BookingAnswered(
        booking_id=row.id,
        shipment_id=row.shipment_id,
        shipper_id=row.shipper_id,
        partner_id=row.partner_id,
        state=state,
    )
    await announce(session, event, organizations=[row.shipper_id, row.partner_id])
    organization_id = None if actor else row.shipper_id
    await audit.record(
        session, actor, f"booking.{state}", "booking", row.id, before={"state": before}, organization_id=organization_id
    )
