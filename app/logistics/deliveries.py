"""Planned shipments by what they were planned for: how far each is, for those who send and who receive."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.schemas import labelled
from app.logistics import queries
from app.logistics.inbound import Delivery, Way
from app.logistics.models import Shipment, TrackedShipment
from app.logistics.states import MODE_LABELS, SHIPMENT_STATE_LABELS
from app.logistics.usecases.account import account_of


async def deliveries_out(session: AsyncSession, planned: Mapping[UUID, UUID]) -> dict[UUID, Delivery]:
    """Shipments by the keys that shippers had them planned under: {key: shipper}."""
    if not planned:
        return {}
    rows = await queries.planned_under(session, planned)
    tracks = await queries.tracks(session, [row.id for row in rows.values()])
    inbound = await queries.inbound_of_all(session, [row.id for row in rows.values() if row.inbound_id is not None])
    return {
        key: Delivery(
            shipment_id=row.id,
            reference=row.reference,
            way=_way(row, tracks[row.id]),
            inbound=_way(*inbound[row.id]) if row.id in inbound else None,
        )
        for key, row in rows.items()
    }


def _way(plan: Shipment, track: TrackedShipment) -> Way:
    eta = account_of(track, plan).eta
    return Way(
        mode=labelled(plan.mode, MODE_LABELS),
        state=labelled(track.state, SHIPMENT_STATE_LABELS),
        origin=plan.origin,
        destination=plan.destination,
        ready_on=plan.ready_on,
        eta=eta.at if eta else None,
        last_event_at=track.last_event_at,
    )
