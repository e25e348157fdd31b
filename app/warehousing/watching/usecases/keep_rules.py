"""Say when an item is to be ordered again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.locales import N_
from app.warehousing import queries as stock
from app.warehousing.watching import queries
from app.warehousing.watching.errors import ReorderRuleExists
from app.warehousing.watching.models import ReorderRule
from app.warehousing.watching.schemas import ReorderRuleChange, ReorderRuleIn

ENTITY = "reorder_rule"


def _require_target(row: ReorderRule | ReorderRuleIn) -> None:
    if row.target_quantity <= row.reorder_point:
        message = N_("The target is more than the reorder point.")
        raise Invalid(errors=[FieldError("/target_quantity", "target-too-low", message)])


async def make_rule(session: AsyncSession, actor: Actor, item_id: UUID, form: ReorderRuleIn) -> ReorderRule:
    """A new rule. Raises `Invalid`, `ReorderRuleExists`."""
    _require_target(form)
    if form.warehouse_id is not None and await stock.warehouse(session, form.warehouse_id) is None:
        message = N_("Name a warehouse of yours, or one that your goods lie in.")
        raise Invalid(errors=[FieldError("/warehouse_id", "unknown-warehouse", message)])
    values = form.model_dump() | {"item_id": item_id, "organization_id": actor.organization_id}
    row = await queries.insert_rule(session, values)
    if row is None:
        raise ReorderRuleExists()
    after = form.model_dump(mode="json") | {"item_id": item_id}
    await audit.record(session, actor, "reorder_rule.create", ENTITY, row.id, after=after)
    return row


async def change_rule(
    session: AsyncSession, actor: Actor, rule_id: UUID, form: ReorderRuleChange, *, expected: int | None
) -> ReorderRule:
    """Raises `NotFound`, `PreconditionFailed`, `Invalid`."""
    row = await _locked(session, actor, rule_id, expected)
    before = {"reorder_point": row.reorder_point, "target_quantity": row.target_quantity}
    for name, value in form.model_dump(exclude_none=True).items():
        setattr(row, name, value)
    _require_target(row)
    row.version += 1
    await session.flush()
    await session.refresh(row)
    after = form.model_dump(mode="json", exclude_none=True)
    await audit.record(session, actor, "reorder_rule.change", ENTITY, row.id, before=before, after=after)
    return row


async def end_rule(session: AsyncSession, actor: Actor, rule_id: UUID, *, expected: int | None, now: datetime) -> None:
    """Watch no longer; an open alert is closed. Raises `NotFound`, `PreconditionFailed`."""
    row = await _locked(session, actor, rule_id, expected)
    row.ended_at = now
    row.version += 1
    await session.flush()
    await queries.close_alerts(session, row.id, now)
    await audit.record(session, actor, "reorder_rule.end", ENTITY, row.id)


async def _locked(session: AsyncSession, actor: Actor, rule_id: UUID, expected: int | None) -> ReorderRule:
    row = await queries.rule(session, actor.organization_id, rule_id, lock=True)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    return row
