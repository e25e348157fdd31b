"""Freeze what a supplier pays for a deal, when it is made."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance.commission import queries
from app.finance.commission.models import CommissionAgreement
from app.finance.commission.rules import Asked, Terms, decide, terms_of
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id


async def agree(
    session: AsyncSession,
    *,
    deal: tuple[str, UUID],
    supplier_id: UUID,
    currency: str,
    category_code: str | None,
    campaign_id: UUID | None,
    day: date,
) -> Terms:
    """The terms of a deal: those that hold on `day` the first time, and the same ever after.

    Raises `ValueError` for a deal whose terms were frozen for another supplier or in another currency.
    """
    row = await queries.agreed(session, deal)
    if row is None:
        async with acting_for(session, supplier_id):
            asked = Asked(supplier_id, catalog.category_path(category_code) if category_code else (), campaign_id)
            rule = decide(await queries.rules_on(session, asked.candidates(), day), asked).rule
            terms = terms_of(rule, currency)
            values = {
                "id": new_id(),
                "deal_kind": deal[0],
                "deal_id": deal[1],
                "supplier_id": supplier_id,
                "category_code": category_code,
                "campaign_id": campaign_id,
                "rule_id": terms.rule_id,
                "currency": currency,
                "rate_bp": terms.rate_bp,
                "least_minor": terms.least_minor,
                "most_minor": terms.most_minor,
                "agreed_on": day,
            }
            await queries.insert_agreement(session, values)
        row = await queries.agreed(session, deal)
        assert row is not None
    if (row.supplier_id, row.currency) != (supplier_id, currency):
        raise ValueError(f"the terms of {deal[0]} {deal[1]} were frozen for another supplier or currency")
    return terms_in(row)


def terms_in(row: CommissionAgreement) -> Terms:
    """What a stored agreement says."""
    return Terms(row.rate_bp, row.least_minor, row.most_minor, row.currency, row.rule_id)
