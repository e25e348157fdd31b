"""What follows from news of shipments: everybody who sees one learns of it, and people are told in their languages."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.logistics import notices, queries
from app.logistics.events import BookingAnswered, BookingOffered, ShipmentMoved
from app.logistics.incidents import INCIDENT_KINDS, INCIDENT_LABELS, OWNER_LABELS, Incident
from app.logistics.models import Shipment
from app.logistics.states import MODE_LABELS, SHIPMENT_STATE_LABELS, BookingState, ShipmentState
from app.logistics.telling import NOBODY, firm, named, place, tell_people
from app.logistics.usecases.account import pass_on
from app.logistics.usecases.furnish_sandbox import furnish_sandbox, price_sandbox
from app.messages import facade as messages
from app.parties import facade as parties
from app.parties.events import SandboxOpened

BOOKING, SHIPMENT = "booking", "shipment"
Params = dict[str, messages.Param]

TOLD_STATES = frozenset(
    {
        ShipmentState.PICKED_UP,
        ShipmentState.IN_TRANSIT,
        ShipmentState.ARRIVED,
        ShipmentState.OUT_FOR_DELIVERY,
        ShipmentState.DELIVERED,
    }
)
"""Of the others nobody needs a mail; that customs hold the goods is told as what hinders them."""

LATE = timedelta(days=1)
"""An arrival that moves by more than this is told to people."""

_ANSWERS = {
    BookingState.ACCEPTED: notices.ACCEPTED,
    BookingState.DECLINED: notices.DECLINED,
    BookingState.EXPIRED: notices.EXPIRED,
    BookingState.WITHDRAWN: notices.WITHDRAWN,
}


@reaction(ShipmentMoved, name="logistics.pass_on_move")
async def pass_on_move(session: AsyncSession, told: Told) -> None:
    """Tell those as well whom the one who told events does not know: the partners of other legs."""
    event: ShipmentMoved = told.event
    # What was passed on is not addressed to the shipper, and is passed on no further.
    if event.shipper_id not in told.organization_ids:
        return
    async with acting_for(session, event.shipper_id):
        await pass_on(session, event.shipment_id, told.organization_ids)


@reaction(BookingOffered, name="logistics.tell_partner")
async def tell_partner(session: AsyncSession, told: Told) -> None:
    """Tell the partner's people that they are asked to carry a leg."""
    event: BookingOffered = told.event
    async with acting_for(session, event.partner_id):
        shipment = await queries.shipment(session, event.shipment_id)
        if shipment is None:
            return
        params: Params = {
            "firm": await firm(session, event.shipper_id),
            "from_place": place(event.from_place),
            "to_place": place(event.to_place),
            "mode": {"i18n": list(MODE_LABELS[event.mode])},  # type: ignore[index]
            "ready_on": shipment.ready_on,
            "number": event.number,
            "expires_at": event.expires_at,
        }
        await tell_people(session, told, event.partner_id, notices.OFFERED, params, (BOOKING, event.booking_id))


@reaction(BookingAnswered, name="logistics.tell_of_answer")
async def tell_of_answer(session: AsyncSession, told: Told) -> None:
    """Tell the shipper's people what became of an offer, or the partner's that it was withdrawn."""
    event: BookingAnswered = told.event
    state = BookingState(event.state)
    withdrawn = state == BookingState.WITHDRAWN
    reader_id, about_id = event.shipper_id, event.partner_id
    if withdrawn:
        reader_id, about_id = about_id, reader_id
    async with acting_for(session, reader_id):
        booking = await queries.booking(session, event.booking_id)
        if booking is None:
            return
        params: Params = {
            "firm": await firm(session, about_id),
            "number": booking.number,
            "from_place": place(booking.from_place),
            "to_place": place(booking.to_place),
        }
        if not withdrawn:
            shipment = await queries.shipment(session, event.shipment_id)
            params["shipment"] = named(shipment) if shipment else NOBODY
        if state == BookingState.DECLINED:
            params["reason"] = booking.answer or NOBODY
        await tell_people(session, told, reader_id, _ANSWERS[state], params, (BOOKING, booking.id))


@reaction(ShipmentMoved, name="logistics.tell_of_move")
async def tell_of_move(session: AsyncSession, told: Told) -> None:
    """Tell the people of who sends and who receives what they wait for, and what stands in the way."""
    event: ShipmentMoved = told.event
    if event.shipper_id not in told.organization_ids:
        return
    async with acting_for(session, event.shipper_id):
        shipment = await queries.shipment(session, event.shipment_id)
        onward = await queries.onward_of(session, event.shipment_id)
    if shipment is None:
        return
    texts = _news(event)
    if notices.MOVED in texts:
        await _tell_onward(session, told, shipment, onward, texts[notices.MOVED])
    for reader_id in filter(None, (shipment.shipper_id, shipment.consignee_id)):
        async with acting_for(session, reader_id):
            for notice, more in texts.items():
                params: Params = {"shipment": named(shipment), "destination": place(shipment.destination)}
                if notice != notices.EXPECTED:
                    params["origin"] = place(shipment.origin)
                await tell_people(session, told, reader_id, notice, params | more, (SHIPMENT, shipment.id))


async def _tell_onward(
    session: AsyncSession, told: Told, inbound: Shipment, onward: Sequence[Shipment], news: Params
) -> None:
    """Tell those whose goods go on from where a shipment ends; each of his own, and of nobody else's."""
    waiting: dict[UUID, list[Shipment]] = {}
    for one in onward:
        if one.consignee_id is not None and one.cancelled_at is None:
            waiting.setdefault(one.consignee_id, []).append(one)
    for reader_id, rows in waiting.items():
        params = {"shipment": ", ".join(map(named, rows[:5])), "hub": place(inbound.destination), **news}
        async with acting_for(session, reader_id):
            await tell_people(session, told, reader_id, notices.INBOUND_MOVED, params, (SHIPMENT, rows[0].id))


def _news(event: ShipmentMoved) -> dict[str, Params]:
    """The notices that a change is worth, with what they say of it."""
    news: dict[str, Params] = {}
    state = ShipmentState(event.state)
    if event.state != event.state_before and state in TOLD_STATES:
        news[notices.MOVED] = {"state": {"i18n": list(SHIPMENT_STATE_LABELS[state])}}
    # Of several things in one batch, the one whose time runs out first.
    new = sorted(
        (Incident(one) for one in event.new_incidents), key=lambda one: INCIDENT_KINDS[one].answer_within_hours
    )
    if new:
        news[notices.HINDERED] = {
            "incident": {"i18n": list(INCIDENT_LABELS[new[0]])},
            "owner": {"i18n": list(OWNER_LABELS[INCIDENT_KINDS[new[0]].owner])},
        }
    if event.eta and event.eta_before and abs(event.eta - event.eta_before) > LATE:
        news[notices.EXPECTED] = {"eta_at": event.eta, "before_at": event.eta_before}
    return news


@reaction(SandboxOpened, name="logistics.furnish_sandbox")
async def furnish_new_sandbox(session: AsyncSession, told: Told) -> None:
    """Shipments of the sandbox's shipper, and an offer to its partner."""
    event: SandboxOpened = told.event
    async with acting_for(session, event.shipper_id):
        shipper = await parties.machine_actor(
            session, event.shipper_id, parties.SANDBOX_SCOPES, client_id=event.shipper_client_id
        )
        if shipper is not None:
            await furnish_sandbox(session, shipper, event, now=told.occurred_at)
    async with acting_for(session, event.partner_id):
        partner = await parties.machine_actor(
            session, event.partner_id, parties.SANDBOX_SCOPES, client_id=event.partner_client_id
        )
        if partner is not None:
            await price_sandbox(session, partner, now=told.occurred_at)
