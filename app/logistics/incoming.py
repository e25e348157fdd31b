"""What is done with the messages that partners' systems send: the same as at the routes for them, with the same permissions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor, Permission
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.logistics import queries
from app.logistics.models import Booking
from app.logistics.schemas import AcceptanceIn, RefusalIn, TrackingEventsIn
from app.logistics.tracking.intake import Problem, Refusal
from app.logistics.usecases.book import accept_booking, decline_booking
from app.logistics.usecases.take_events import Taken, take_events
from app.logistics.views import result_out
from app.messages.facade import handles_message

MOST_NAMED = 100
"""Refused events of a message that are remembered by name; of the rest the number is."""

Number = Annotated[str, StringConstraints(pattern=r"^PL[0-9A-Z]{12}$")]


class BookingAccepted(AcceptanceIn):
    """The partner takes the booking of this number."""

    number: Number


class BookingDeclined(RefusalIn):
    """The partner does not take the booking of this number."""

    number: Number


def told_result(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What became of the events of a message, in the reader's language."""
    refused = tuple(
        Refusal(one["index"], one["event_id"], tuple(Problem(**problem) for problem in one["problems"]))
        for one in outcome["refused"]
    )
    told = result_out(Taken(outcome["accepted"], outcome["known"], refused)).model_dump(mode="json")
    return told | {"refused_total": outcome["refused_total"]}


@handles_message("tracking.events", TrackingEventsIn, shown=told_result)
async def take_told_events(
    session: AsyncSession, actor: Actor, form: TrackingEventsIn, *, now: datetime
) -> dict[str, Any]:
    """Take in events; each is judged by itself. Raises `Forbidden`."""
    actor.require(Permission.FULFIL)
    taken = await take_events(session, actor, form.events, now=now)
    return {
        "accepted": taken.accepted,
        "known": taken.known,
        "refused_total": len(taken.refused),
        "refused": [
            {
                "index": one.index,
                "event_id": one.event_id,
                "problems": [{"code": problem.code, "field": problem.field} for problem in one.problems],
            }
            for one in taken.refused[:MOST_NAMED]
        ],
    }


@handles_message("booking.accepted", BookingAccepted)
async def take_acceptance(
    session: AsyncSession, actor: Actor, form: BookingAccepted, *, now: datetime
) -> dict[str, Any]:
    """Accept a booking by its number. Raises `Invalid`, `Forbidden`, `BookingEnded`."""
    offered = await _offered(session, actor, form.number)
    answer = AcceptanceIn(partner_reference=form.partner_reference, answer=form.answer)
    return _told(await accept_booking(session, actor, offered.id, answer, now=now))


@handles_message("booking.declined", BookingDeclined)
async def take_refusal(session: AsyncSession, actor: Actor, form: BookingDeclined, *, now: datetime) -> dict[str, Any]:
    """Decline a booking by its number. Raises `Invalid`, `Forbidden`, `BookingEnded`."""
    offered = await _offered(session, actor, form.number)
    return _told(await decline_booking(session, actor, offered.id, form.answer, now=now))


async def _offered(session: AsyncSession, actor: Actor, number: str) -> Booking:
    """Unknown before forbidden, as at the routes."""
    booking = await queries.booking_offered_to(session, actor.organization_id, number)
    if booking is None:
        message = N_("Name the number of a booking that was offered to you.")
        raise Invalid(errors=[FieldError("/data/number", "unknown-booking", message)])
    actor.require(Permission.FULFIL)
    return booking


def _told(booking: Booking) -> dict[str, Any]:
    return {"booking_id": str(booking.id), "number": booking.number, "state": booking.state}
