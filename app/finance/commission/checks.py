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
# Of a supplier, currency and month: commission by the ledger, by cause, and what of it invoices and credit notes say.
_MONTHS = text("""
WITH posted AS (
    SELECT a.organization_id AS supplier_id, a.currency, p.period AS month, coalesce(u.cause_id, p.cause_id) AS cause_id,
        sum(e.amount_minor) AS minor
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_postings p ON p.id = e.posting_id
    LEFT JOIN ledger_postings u ON u.id = p.reverses_id
    WHERE a.purpose = 'payable_to_supplier' AND coalesce(u.kind, p.kind) IN ('commission', 'commission_returned')
    GROUP BY 1, 2, 3, 4
), told AS (
    SELECT c.supplier_id, c.currency, c.month, l.cause_id, sum(l.amount_minor) AS minor
    FROM commission_invoices c JOIN commission_invoice_lines l ON l.commission_invoice_id = c.id GROUP BY 1, 2, 3, 4
)
SELECT supplier_id, currency, month, coalesce(sum(posted.minor), 0) AS posted, coalesce(sum(told.minor), 0) AS told,
    bool_or(told.minor IS NOT NULL) AS invoiced,
    bool_or(coalesce(posted.minor, 0) <> coalesce(told.minor, 0)) AS differs
FROM posted FULL JOIN told USING (supplier_id, currency, month, cause_id) GROUP BY 1, 2, 3
""")
# Its lines, and the invoice or credit note that both sides have, come to the same; nothing else takes such an invoice back.
_SAID = text("""
SELECT c.id, i.number FROM commission_invoices c JOIN invoices i ON i.id = c.invoice_id
LEFT JOIN commission_invoices o ON o.id = c.credits_id
WHERE c.net_minor <> (
        SELECT coalesce(sum(l.amount_minor), 0) FROM commission_invoice_lines l WHERE l.commission_invoice_id = c.id
    )
    OR abs(c.net_minor) <> i.net_minor OR i.prepaid_minor <> i.net_minor
    OR (i.kind = 'credit_note') <> (c.net_minor < 0) OR i.preceding_id IS DISTINCT FROM o.invoice_id
    OR (c.credits_id IS NULL AND i.credited_net_minor <> (
        SELECT coalesce(-sum(n.net_minor), 0) FROM commission_invoices n WHERE n.credits_id = c.id
    ))
""")
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


@check("commission invoices")
async def commission_invoices(session: AsyncSession) -> tuple[int, list[str]]:
    """For every month that was invoiced, invoices less credit notes are the commission that the ledger tells of, by supplier,
    currency and cause; and each says the same as what both sides have. Looked at are all months with commission."""
    rows = (await session.execute(_MONTHS)).all()
    broken = [
        f"{row.month:%Y-%m} of {row.supplier_id} in {row.currency}: {row.told} invoiced is not {row.posted}"
        for row in rows
        if row.invoiced and row.differs
    ]
    broken += [f"{row.number} ({row.id}) says otherwise" for row in (await session.execute(_SAID)).all()]
    return len(rows), broken
