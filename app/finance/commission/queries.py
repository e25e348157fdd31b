"""All the SQL on rules of commission and on what was agreed, locks included."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission.models import CommissionAgreement, CommissionRule
from app.finance.commission.rules import Bound, Rule
from app.finance.commission.states import RuleScope

_AGREED = text("SELECT * FROM commission_agreed(:kind, :id)").columns(*CommissionAgreement.__table__.columns)


def rule_of(row: CommissionRule) -> Rule:
    """A stored rule as deciding on it needs it."""
    return Rule(
        row.id,
        RuleScope(row.scope),
        row.rate_bp,
        {currency: Bound(one["least_minor"], one["most_minor"]) for currency, one in row.bounds.items()},
        row.campaign_id,
        row.supplier_id,
        row.category_code,
        row.valid_from,
        row.valid_until,
    )


def _holding(statement: Select[Any], day: date) -> Select[Any]:
    return statement.where(
        CommissionRule.withdrawn_at.is_(None),
        CommissionRule.valid_from <= day,
        or_(CommissionRule.valid_until.is_(None), CommissionRule.valid_until >= day),
    )


async def rules_on(session: AsyncSession, keys: Sequence[str], day: date) -> list[Rule]:
    """The rules about these things that hold on a day and that whoever acts may see."""
    statement = _holding(select(CommissionRule).where(CommissionRule.scope_key.in_(set(keys))), day)
    return [rule_of(row) for row in await session.scalars(statement)]


def rules(
    *, scope: RuleScope | None = None, supplier_id: UUID | None = None, on: date | None = None
) -> Select[CommissionRule]:
    """All rules, or those of a kind, of a supplier, of a day."""
    statement: Select[CommissionRule] = select(CommissionRule)
    if scope is not None:
        statement = statement.where(CommissionRule.scope == scope)
    if supplier_id is not None:
        statement = statement.where(CommissionRule.supplier_id == supplier_id)
    return statement if on is None else _holding(statement, on)


async def rule(session: AsyncSession, rule_id: UUID, *, lock: bool = False) -> CommissionRule | None:
    """One rule that whoever acts may see."""
    statement = select(CommissionRule).where(CommissionRule.id == rule_id).execution_options(populate_existing=True)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def is_first(session: AsyncSession, scope: RuleScope, campaign_id: UUID | None) -> bool:
    """Whether no rule has ever been made about this campaign, or about everything else."""
    found = exists().where(CommissionRule.scope == scope, CommissionRule.campaign_id.is_not_distinct_from(campaign_id))
    return not await session.scalar(select(found))


async def insert_rule(session: AsyncSession, values: Mapping[str, Any]) -> CommissionRule:
    """Add a rule. Raises IntegrityError where another one about the same holds on one of its days."""
    row = CommissionRule(**values)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def end_before(session: AsyncSession, key: str, day: date) -> None:
    """Let the rule about this that holds on a day, and began before, end on the day before it."""
    statement = _holding(select(CommissionRule).where(CommissionRule.scope_key == key), day).with_for_update()
    row = await session.scalar(statement.where(CommissionRule.valid_from < day))
    if row is not None:
        row.valid_until = day - timedelta(days=1)
        await session.flush()


async def end_rule(
    session: AsyncSession, row: CommissionRule, valid_until: date | None, withdrawn_at: datetime | None
) -> None:
    """Give a rule another last day, or withdraw it. Raises IntegrityError as above."""
    row.valid_until, row.withdrawn_at = valid_until, withdrawn_at
    await session.flush()


async def insert_agreement(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Freeze the terms of a deal, unless they are."""
    await session.execute(insert(CommissionAgreement).values(**values).on_conflict_do_nothing())


async def agreed(session: AsyncSession, deal: tuple[str, UUID]) -> CommissionAgreement | None:
    """The frozen terms of a deal, on whichever side of it the transaction acts."""
    found = select(CommissionAgreement).from_statement(_AGREED.bindparams(kind=deal[0], id=deal[1]))
    row: CommissionAgreement | None = await session.scalar(found.execution_options(populate_existing=True))
    return row


def agreements_of(supplier_id: UUID) -> Select[CommissionAgreement]:
    """What was agreed for a supplier's deals."""
    return select(CommissionAgreement).where(CommissionAgreement.supplier_id == supplier_id)
