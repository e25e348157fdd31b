"""What `partingline verify` proves of commission."""

from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance.commission import queries
from app.finance.commission.models import CommissionAgreement, CommissionRule
from app.finance.commission.rules import Asked, decide, terms_of
from app.finance.commission.usecases.agree import terms_in
from app.kit.verify import check

BATCH = 500

_TWICE = text(
    "SELECT a.id, b.id AS other FROM commission_rules a JOIN commission_rules b ON b.scope_key = a.scope_key AND b.id > a.id "
    "AND daterange(b.valid_from, b.valid_until, '[]') && daterange(a.valid_from, a.valid_until, '[]') "
    "WHERE a.withdrawn_at IS NULL AND b.withdrawn_at IS NULL"
)
_COUNT = text("SELECT count(*) FROM commission_rules WHERE withdrawn_at IS NULL")


@check("commissions")
async def commissions(session: AsyncSession) -> tuple[int, list[str]]:
    """No two rules about the same hold on one day; each deal's terms are those of the rule that goes before all others of its
    day, of those that were there when it was made. Looked at are rules that were not withdrawn, and deals."""
    looked = int(await session.scalar(_COUNT) or 0)
    broken = [f"rules {row.id} and {row.other} hold on one day" for row in (await session.execute(_TWICE)).all()]
    rows = await _after(session, None)
    while rows:
        looked += len(rows)
        broken += [f"terms of {row.deal_kind} {row.deal_id}" for row in rows if not await _holds(session, row)]
        last = rows[-1].id
        session.expunge_all()
        rows = await _after(session, last)
    return looked, broken


async def _after(session: AsyncSession, last: UUID | None) -> list[CommissionAgreement]:
    statement = select(CommissionAgreement).order_by(CommissionAgreement.id).limit(BATCH)
    return list(await session.scalars(statement.where(CommissionAgreement.id > last) if last else statement))


async def _holds(session: AsyncSession, row: CommissionAgreement) -> bool:
    path = catalog.category_path(row.category_code) if row.category_code else ()
    asked = Asked(row.supplier_id, path, row.campaign_id)
    found = await session.scalars(
        queries.rules(on=row.agreed_on).where(
            CommissionRule.scope_key.in_(asked.candidates()),
            or_(CommissionRule.created_at <= row.agreed_at, CommissionRule.id == row.rule_id),
        )
    )
    rule = decide([queries.rule_of(one) for one in found], asked).rule
    return terms_of(rule, row.currency) == terms_in(row)
