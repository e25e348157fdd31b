"""What `partingline verify` proves of incidents: that each stands where its history has led it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.logistics.cases import queries
from app.logistics.cases.models import IncidentEntry, ShipmentIncident
from app.logistics.cases.states import Act, state_after

BATCH = 500


@check("incidents and their histories")
async def incident_histories(session: AsyncSession) -> tuple[int, list[str]]:
    """Read each history again: state, owner, what was reopened and which deadlines were noted."""
    looked = 0
    broken: list[str] = []
    last = None
    while True:
        statement = select(ShipmentIncident).order_by(ShipmentIncident.id).limit(BATCH)
        rows = (await session.scalars(statement.where(ShipmentIncident.id > last) if last else statement)).all()
        if not rows:
            return looked, broken
        last = rows[-1].id
        looked += len(rows)
        entries = await queries.entries(session, [row.id for row in rows])
        broken += [f"incident {row.id}" for row in rows if not _stands(row, entries[row.id])]
        session.expunge_all()


def _stands(row: ShipmentIncident, entries: list[IncidentEntry]) -> bool:
    acts = [entry.act for entry in entries]
    if not acts or acts[0] != Act.OPENED or acts.count(Act.OPENED) != 1:
        return False
    # A deadline may be noted again for another owner, or once the incident was opened again.
    since = max((at for at, act in enumerate(acts) if act in (Act.ASSIGNED, Act.REOPENED)), default=0)
    anew = max((at for at, act in enumerate(acts) if act == Act.REOPENED), default=0)
    return (
        row.state == state_after(acts)
        and (row.owner_role, row.owner_id) == (entries[-1].owner_role, entries[-1].owner_id)
        and row.reopened == (acts.count(Act.REOPENED) == 1)
        and (row.answer_overdue_at is not None) == (acts[since:].count(Act.ANSWER_OVERDUE) == 1)
        and (row.settle_overdue_at is not None) == (acts[anew:].count(Act.SETTLE_OVERDUE) == 1)
        and row.opened_by in row.party_ids
    )
