"""What `partingline verify` proves of this room: accounts say what their events say, and sandboxes are walled off."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.logistics.models import Shipment, TrackedShipment, TrackingEvent
from app.logistics.states import ShipmentState
from app.logistics.tracking.intake import read_again
from app.logistics.tracking.summary import pack, summarize
from app.logistics.tracking.track import state_of
from app.logistics.usecases.account import plan_of

BATCH = 200


@check("shipment accounts")
async def shipment_accounts(session: AsyncSession) -> tuple[int, list[str]]:
    """Fold all events of each shipment again and compare the summary, the number of events and the state."""
    looked = 0
    broken: list[str] = []
    last = None
    while True:
        statement = select(TrackedShipment, Shipment).join(Shipment, Shipment.id == TrackedShipment.shipment_id)
        statement = statement.order_by(TrackedShipment.shipment_id).limit(BATCH)
        rows = (await session.execute(statement.where(TrackedShipment.shipment_id > last) if last else statement)).all()
        if not rows:
            return looked, broken
        last = rows[-1][0].shipment_id
        looked += len(rows)
        for track, shipment in rows:
            sent = await session.scalars(
                select(TrackingEvent.event).where(TrackingEvent.shipment_id == track.shipment_id)
            )
            events = read_again(sent.all())
            state = state_of(events, plan_of(shipment)).state
            kept = track.state in (state, ShipmentState.CANCELLED) or (
                state == ShipmentState.PLANNED and track.state == ShipmentState.BOOKED
            )
            same = track.events == len(events) and (track.summary is None or track.summary == pack(summarize(events)))
            if not (kept and same):
                broken.append(f"account of shipment {track.shipment_id}")
        session.expunge_all()


@check("sandboxes apart from the market")
async def sandboxes_apart(session: AsyncSession) -> tuple[int, list[str]]:
    """Who sends and who receives, carries, or is asked for a price are on the real market both, or in the same sandbox both."""
    rows = await session.execute(
        text(
            "SELECT count(*), array_agg(sides.id) FILTER (WHERE a.sandbox_of IS DISTINCT FROM b.sandbox_of) "
            "FROM (SELECT id, shipper_id, partner_id AS other_id FROM bookings "
            "UNION ALL SELECT id, shipper_id, partner_id FROM freight_invitations "
            "UNION ALL SELECT id, shipper_id, consignee_id FROM shipments WHERE consignee_id IS NOT NULL) AS sides "
            "JOIN organizations a ON a.id = shipper_id JOIN organizations b ON b.id = other_id"
        )
    )
    looked, mixed = rows.one()
    return looked, [f"shipment, booking or invitation {one} between two worlds" for one in mixed or ()]
