"""Tell suppliers in time that other terms will hold for them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance.commission import notices, queries
from app.finance.commission.rules import Asked, Decision, Rule, decide
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.messages import facade as messages

ENTITY = "commission_rule"


async def terms_by_category(session: AsyncSession, supplier_id: UUID, day: date) -> dict[str | None, Decision]:
    """What a supplier pays on a day: by the categories of his listings, and for anything else (None). Acts for him."""
    async with acting_for(session, supplier_id):
        codes: list[str | None] = [*await catalog.listed_categories(session, supplier_id), None]
        wanted = {code: Asked(supplier_id, catalog.category_path(code) if code else ()) for code in codes}
        rules = await queries.rules_on(session, [key for asked in wanted.values() for key in asked.candidates()], day)
    return {code: decide(rules, asked) for code, asked in wanted.items()}


async def tell_supplier(
    session: AsyncSession, supplier_id: UUID, *, rule_id: UUID, first_day: date, told: UUID
) -> bool:
    """Tell a supplier's people if from a day on he pays otherwise than on the day before."""
    before = await terms_by_category(session, supplier_id, first_day - timedelta(days=1))
    after = await terms_by_category(session, supplier_id, first_day)
    if [charged(one.rule) for one in before.values()] == [charged(one.rule) for one in after.values()]:
        return False
    async with acting_for(session, supplier_id):
        await messages.notify(
            session,
            organization_id=supplier_id,
            permission=Permission.LEDGER_READ,
            notice=notices.CHANGES,
            params={
                "changes_on": first_day,
                "before_percent": highest_percent(list(before.values())),
                "after_percent": highest_percent(list(after.values())),
            },
            entity=(ENTITY, rule_id),
            dedupe=told,
        )
    return True


def charged(rule: Rule | None) -> object:
    """What a rule comes to; None for nothing."""
    return None if rule is None or rule.charges == (0, {}) else rule.charges


def highest_percent(decisions: Sequence[Decision]) -> str:
    """The highest rate of some terms, in per cent."""
    rate_bp = max((one.rule.rate_bp for one in decisions if one.rule is not None), default=0)
    return format((Decimal(rate_bp) / 100).normalize(), "f")
