"""Tell the catalogue how much there is of what is offered, in bands, where it was last told otherwise."""

from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.db.tenancy import act_for, acting_for
from app.warehousing.watching import queries
from app.warehousing.watching.queries import LevelChange
from app.warehousing.watching.rules import BANDS, level


async def push_levels(session: AsyncSession, most: int, *, now: datetime) -> int:
    """Tell it of at most so many variants; how many there were. Call it as the worker, acting for nobody."""
    await act_for(session, None, operator=True)
    changes = await queries.changed_levels(session, BANDS, most)
    await act_for(session, None)
    for organization_id, of_one in groupby(changes, key=lambda change: change.organization_id):
        async with acting_for(session, organization_id):
            await _push(session, organization_id, list(of_one), now=now)
    return len(changes)


async def _push(session: AsyncSession, organization_id: UUID, changes: list[LevelChange], *, now: datetime) -> None:
    shown: dict[UUID, catalog.StockShown | None] = {}
    rows = []
    for change in changes:
        if change.item_id is None or change.at_least is None or change.unit is None:
            shown[change.variant_id] = None
            continue
        called = level(change.at_least)
        shown[change.variant_id] = catalog.StockShown(called.value, change.at_least, change.unit)
        rows.append(
            {
                "variant_id": change.variant_id,
                "organization_id": organization_id,
                "item_id": change.item_id,
                "level": called.value,
                "at_least": change.at_least,
                "unit": change.unit,
                "pushed_at": now,
            }
        )
    await catalog.show_stock(session, organization_id, shown)
    await queries.put_levels(session, rows)
    await queries.drop_levels(session, [variant_id for variant_id, one in shown.items() if one is None])
