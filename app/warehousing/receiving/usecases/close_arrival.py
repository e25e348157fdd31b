"""Say that nothing more is expected of an arrival, and how what came differs from what was announced."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.warehousing.receiving import queries
from app.warehousing.receiving.errors import ArrivalEnded
from app.warehousing.receiving.events import ArrivalReceived
from app.warehousing.receiving.models import Arrival
from app.warehousing.receiving.rules import Came, differences
from app.warehousing.receiving.states import ARRIVAL_STATE_LABELS, ArrivalState, DifferenceKind
from app.warehousing.states import StockStatus


async def close_arrival(session: AsyncSession, actor: Actor, arrival_id: UUID, *, now: datetime) -> Arrival:
    """Close an arrival, also one of which nothing came. A second time changes nothing. Raises `NotFound`, `ArrivalEnded`."""
    row = await queries.lock_arrival(session, arrival_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    if row.state == ArrivalState.RECEIVED:
        return row
    if row.state == ArrivalState.CANCELLED:
        raise ArrivalEnded(state=Labelled.of(row.state, ARRIVAL_STATE_LABELS))
    lines = await queries.arrival_lines(session, row.id)
    came = [
        Came(one.line_id, one.item_id, one.quantity, StockStatus(one.status))
        for one in await queries.standing_lines(session, row.id)
    ]
    found = differences([(line.id, line.item_id, line.quantity) for line in lines], came)
    row.state, row.ended_at = ArrivalState.RECEIVED, now
    row.version += 1
    await session.flush()
    whose = {"sender_id": row.sender_id, "keeper_id": row.keeper_id, "owner_id": row.owner_id}
    stated: list[dict[str, Any]] = [
        {
            **whose,
            "id": new_id(),
            "arrival_id": row.id,
            "line_id": one.line_id,
            "item_id": one.item_id,
            "kind": one.kind.value,
            "quantity": one.quantity,
        }
        for one in found
    ]
    await queries.insert_differences(session, stated)
    counts = Counter(one.kind for one in found)
    event = ArrivalReceived(arrival_id=row.id, **whose, **{kind.value: counts[kind] for kind in DifferenceKind})
    await announce(session, event, organizations=sorted(set(whose.values())))
    after = {kind.value: number for kind, number in counts.items()}
    await audit.record(session, actor, "arrival.close", "arrival", row.id, after=after)
    return row
