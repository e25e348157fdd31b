"""Shipments, bookings and events as their readers see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import current_locale, translate
from app.kit.schemas import labelled
from app.logistics import queries
from app.logistics.cases import queries as cases
from app.logistics.cases.views import incidents_out
from app.logistics.incidents import INCIDENT_KINDS, INCIDENT_LABELS, OWNER_LABELS
from app.logistics.models import Booking, Shipment, TrackedShipment, TrackingEvent
from app.logistics.papers import queries as papers
from app.logistics.papers.views import cargo_out, papers_out
from app.logistics.schemas import (
    BookingOut,
    EtaOut,
    EventProblemOut,
    InboundOut,
    IncidentOut,
    MilestoneOut,
    RefusedEventOut,
    SeenOut,
    ShipmentOut,
    ShipmentSummary,
    TrackingEventOut,
    TrackingResultOut,
    TrackOut,
)
from app.logistics.states import BOOKING_STATE_LABELS, MODE_LABELS, SHIPMENT_STATE_LABELS
from app.logistics.tracking.intake import PROBLEM_TEXTS
from app.logistics.tracking.milestones import MILESTONE_LABELS
from app.logistics.usecases.account import account_of
from app.logistics.usecases.take_events import Taken
from app.parties import facade as parties

_NOBODY = "–"


async def _names(session: AsyncSession, ids: set[UUID]) -> Mapping[UUID, str]:
    return {one: firm.legal_name_local for one, firm in (await parties.organizations(session, ids)).items()}


async def bookings_out(session: AsyncSession, rows: Sequence[Booking]) -> list[BookingOut]:
    """Bookings, in as many statements for many as for one."""
    names = await _names(session, {one for row in rows for one in (row.shipper_id, row.partner_id)})
    return [_booking_out(row, names) for row in rows]


def _booking_out(row: Booking, names: Mapping[UUID, str]) -> BookingOut:
    values = {name: getattr(row, name) for name in BookingOut.model_fields if hasattr(row, name)}
    return BookingOut(
        **values
        | {
            "shipper_name": names.get(row.shipper_id, _NOBODY),
            "partner_name": names.get(row.partner_id, _NOBODY),
            "mode": labelled(row.mode, MODE_LABELS),
            "state": labelled(row.state, BOOKING_STATE_LABELS),
        }
    )


async def summaries(session: AsyncSession, rows: Sequence[Shipment]) -> list[ShipmentSummary]:
    """Shipments of a list."""
    tracks = await queries.tracks(session, (row.id for row in rows))
    names = await _names(session, {row.shipper_id for row in rows})
    return [ShipmentSummary(**_values(row, tracks[row.id], names)) for row in rows]


async def shipment_out(session: AsyncSession, row: Shipment) -> ShipmentOut:
    """A shipment with its bookings and what is told of it."""
    track = (await queries.tracks(session, [row.id]))[row.id]
    bookings = (await queries.bookings(session, [row.id])).get(row.id, [])
    names = await _names(session, {row.shipper_id, *(one.partner_id for one in bookings)})
    return ShipmentOut(
        **_values(row, track, names),
        bookings=[_booking_out(one, names) for one in bookings],
        cargo=cargo_out(await papers.cargo(session, row.id)),
        track=_track_out(track, row),
        incidents=await incidents_out(session, row, await cases.unresolved(session, row.id)),
        proofs=await papers_out(session, row, await papers.proofs(session, row.id)),
        inbound=await _inbound_out(session, row),
        onward_ids=[one.id for one in await queries.onward_of(session, row.id)],
    )


async def _inbound_out(session: AsyncSession, row: Shipment) -> InboundOut | None:
    found = await queries.inbound_of(session, row.id) if row.inbound_id is not None else None
    if found is None:
        return None
    plan, track = found
    values = {name: getattr(plan, name) for name in ("origin", "load", "discharge", "destination", "ready_on")}
    return InboundOut(
        **values,
        mode=labelled(plan.mode, MODE_LABELS),
        state=labelled(track.state, SHIPMENT_STATE_LABELS),
        track=_track_out(track, plan),
    )


def _values(row: Shipment, track: TrackedShipment, names: Mapping[UUID, str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ShipmentSummary.model_fields if hasattr(row, name)}
    return values | {
        "shipper_name": names.get(row.shipper_id, _NOBODY),
        "mode": labelled(row.mode, MODE_LABELS),
        "state": labelled(track.state, SHIPMENT_STATE_LABELS),
        "last_event_at": track.last_event_at,
    }


def _track_out(row: TrackedShipment, shipment: Shipment) -> TrackOut:
    account = account_of(row, shipment)
    seen = account.last_seen
    return TrackOut(
        milestones=[
            MilestoneOut(
                milestone=labelled(milestone, MILESTONE_LABELS),
                planned=times.planned,
                estimated=times.estimated,
                actual=times.actual,
            )
            for milestone, times in account.milestones.items()
        ],
        eta=EtaOut.model_validate(account.eta) if account.eta else None,
        eta_history=[EtaOut.model_validate(one) for one in account.eta_history],
        last_seen=SeenOut.model_validate(seen) if seen else None,
        incidents=[
            IncidentOut(
                kind=labelled(one.kind, INCIDENT_LABELS),
                owner=labelled(INCIDENT_KINDS[one.kind].owner, OWNER_LABELS),
                since=one.since,
                answer_due=one.answer_due,
                settle_due=one.settle_due,
                stops=INCIDENT_KINDS[one.kind].stops,
                container=one.container,
                reason=one.reason,
            )
            for one in account.incidents
        ],
        proved=account.proved,
        events=row.events,
        last_event_at=row.last_event_at,
    )


def events_out(rows: Sequence[TrackingEvent], reader_id: UUID, shipper_id: UUID) -> list[TrackingEventOut]:
    """Events as they were sent. Whose they are is told to the shipper and to whose they are, not to other partners."""
    shown = [TrackingEventOut.model_validate(row) for row in rows]
    for one in shown:
        if reader_id not in (shipper_id, one.partner_id):
            one.partner_id = None
    return shown


def result_out(taken: Taken) -> TrackingResultOut:
    """What became of a batch, in the partner's language."""
    locale = current_locale()
    return TrackingResultOut(
        accepted=taken.accepted,
        known=taken.known,
        refused=[
            RefusedEventOut(
                index=one.index,
                event_id=one.event_id,
                problems=[
                    EventProblemOut(
                        code=problem.code,
                        field=problem.field,
                        detail=translate(
                            PROBLEM_TEXTS[problem.code], locale, field=problem.field.rpartition("/")[2] or _NOBODY
                        ),
                    )
                    for problem in one.problems
                ],
            )
            for one in taken.refused
        ],
    )
