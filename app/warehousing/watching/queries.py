"""All the SQL on reorder rules, alerts and the levels that are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.warehousing.watching.models import ReorderRule, ShownLevel, StockAlert


async def insert_rule(session: AsyncSession, values: Mapping[str, Any]) -> ReorderRule | None:
    """Insert a rule; None when the item has one for this warehouse."""
    statement = insert(ReorderRule).values(id=new_id(), **values).on_conflict_do_nothing().returning(ReorderRule)
    found: ReorderRule | None = await session.scalar(statement)
    return found


def rules_of(organization_id: UUID, item_id: UUID | None) -> Select[ReorderRule]:
    """An organization's rules."""
    statement = select(ReorderRule).where(
        ReorderRule.organization_id == organization_id, ReorderRule.ended_at.is_(None)
    )
    return statement.where(ReorderRule.item_id == item_id) if item_id else statement


async def rule(
    session: AsyncSession, organization_id: UUID, rule_id: UUID, *, lock: bool = False
) -> ReorderRule | None:
    """One of an organization's own, locked for a change when asked."""
    statement = rules_of(organization_id, None).where(ReorderRule.id == rule_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(statement)


def alerts_of(organization_id: UUID, item_id: UUID | None, is_open: bool | None) -> Select[StockAlert]:
    """An organization's alerts."""
    statement = select(StockAlert).where(StockAlert.organization_id == organization_id)
    if item_id is not None:
        statement = statement.where(StockAlert.item_id == item_id)
    if is_open is not None:
        statement = statement.where(StockAlert.closed_at.is_(None) if is_open else StockAlert.closed_at.is_not(None))
    return statement


@dataclass(frozen=True, slots=True)
class Turned:
    """A rule whose item has become low, or is no longer (`alert_id` is the one that is open)."""

    rule_id: UUID
    organization_id: UUID
    item_id: UUID
    warehouse_id: UUID | None
    reorder_point: Decimal
    target_quantity: Decimal
    available: Decimal
    alert_id: UUID | None


# An owner's own goods in any open warehouse, whether or not buyers are offered them; what has expired is not there.
_TURNED = text("""
SELECT r.id, r.organization_id, r.item_id, r.warehouse_id, r.reorder_point, r.target_quantity, f.available, a.id
FROM stock_reorder_rules r
LEFT JOIN stock_alerts a ON a.rule_id = r.id AND a.closed_at IS NULL
CROSS JOIN LATERAL (
    SELECT coalesce(sum(b.on_hand - b.reserved), 0) AS available
    FROM stock_balances b
    JOIN warehouses h ON h.id = b.warehouse_id AND h.closed_at IS NULL
    LEFT JOIN stock_lots l ON l.id = b.lot_id
    WHERE b.item_id = r.item_id AND b.owner_id = r.organization_id AND b.status = 'available' AND b.on_hand > b.reserved
      AND (r.warehouse_id IS NULL OR b.warehouse_id = r.warehouse_id)
      AND (l.expires_on IS NULL OR l.expires_on > (app_now() AT TIME ZONE 'UTC')::date)
) f
WHERE r.ended_at IS NULL AND (f.available <= r.reorder_point) <> (a.id IS NOT NULL)
ORDER BY r.organization_id, r.id LIMIT :most
""")


async def turned(session: AsyncSession, most: int) -> list[Turned]:
    """Rules whose alert is to be opened or closed. Read as the operator: it is nobody's in particular."""
    return [Turned(*row) for row in await session.execute(_TURNED, {"most": most})]


async def open_alert(session: AsyncSession, found: Turned) -> UUID | None:
    """Open the one alert of a rule; None when it is open already."""
    names = ("organization_id", "rule_id", "item_id", "warehouse_id", "available", "reorder_point", "target_quantity")
    values = {name: getattr(found, name) for name in names}
    statement = insert(StockAlert).values(id=new_id(), **values).on_conflict_do_nothing().returning(StockAlert.id)
    alert_id: UUID | None = await session.scalar(statement)
    return alert_id


async def close_alerts(session: AsyncSession, rule_id: UUID, now: datetime) -> None:
    """Close the open alert of a rule, if any."""
    await session.execute(
        update(StockAlert)
        .where(StockAlert.rule_id == rule_id, StockAlert.closed_at.is_(None))
        .values(closed_at=now)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class LevelChange:
    """How much of an offered variant there is now (None: it is no longer offered), where the catalogue was told otherwise."""

    variant_id: UUID
    organization_id: UUID
    item_id: UUID | None
    at_least: int | None
    unit: str | None


# What `stock_available` counts, of everything that is offered; only the band is compared and only bands leave this room.
_CHANGED = text("""
WITH offered AS (
    SELECT i.variant_id, i.organization_id, i.id, i.unit, coalesce(sum(b.on_hand - b.reserved) FILTER (
        WHERE h.offers AND h.closed_at IS NULL
          AND (l.expires_on IS NULL OR l.expires_on > (app_now() AT TIME ZONE 'UTC')::date)), 0) AS free
    FROM stock_items i
    LEFT JOIN stock_balances b ON b.item_id = i.id AND b.owner_id = i.organization_id AND b.status = 'available'
        AND b.on_hand > b.reserved
    LEFT JOIN warehouses h ON h.id = b.warehouse_id
    LEFT JOIN stock_lots l ON l.id = b.lot_id
    WHERE i.offered AND i.variant_id IS NOT NULL
    GROUP BY i.id
), banded AS (
    SELECT o.*, (SELECT coalesce(max(s), 0) FROM unnest(CAST(:bands AS integer[])) s WHERE s <= o.free) AS at_least FROM offered o
)
SELECT coalesce(n.variant_id, p.variant_id), coalesce(n.organization_id, p.organization_id), n.id, n.at_least, n.unit
FROM banded n FULL JOIN stock_levels p ON p.variant_id = n.variant_id
WHERE (p.at_least, p.unit) IS DISTINCT FROM (n.at_least, n.unit)
ORDER BY 2, 1 LIMIT :most
""")


async def changed_levels(session: AsyncSession, bands: Sequence[int], most: int) -> list[LevelChange]:
    """Variants of which the catalogue was last told another band, by organization. Read as the operator."""
    return [LevelChange(*row) for row in await session.execute(_CHANGED, {"bands": list(bands), "most": most})]


async def put_levels(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember what the catalogue was told."""
    if rows:
        upsert = insert(ShownLevel).values(list(rows))
        names = ("organization_id", "item_id", "level", "at_least", "unit", "pushed_at")
        changed = {name: upsert.excluded[name] for name in names}
        await session.execute(upsert.on_conflict_do_update(index_elements=["variant_id"], set_=changed))


async def drop_levels(session: AsyncSession, variant_ids: Sequence[UUID]) -> None:
    """Forget what the catalogue was told of variants that are no longer offered."""
    if variant_ids:
        await session.execute(delete(ShownLevel).where(ShownLevel.variant_id.in_(variant_ids)))
