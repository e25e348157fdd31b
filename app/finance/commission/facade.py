"""All that other rooms may call, each in the caller's own transaction."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission import queries
from app.finance.commission.postings import posting_of, posting_of_return
from app.finance.commission.registry import ChargedDeal, tells_deals
from app.finance.commission.rules import Terms, commission_of, returned
from app.finance.commission.usecases.agree import agree as _agree
from app.finance.commission.usecases.agree import terms_in
from app.kit.errors import NotFound

__all__ = [
    "ChargedDeal",
    "Terms",
    "agree",
    "agreed",
    "commission_of",
    "posting_of",
    "posting_of_return",
    "returned",
    "tells_deals",
]


async def agree(
    session: AsyncSession,
    *,
    deal: tuple[str, UUID],
    supplier_id: UUID,
    currency: str,
    category_code: str | None = None,
    campaign_id: UUID | None = None,
    day: date,
) -> Terms:
    """Freeze what a supplier pays for a deal by the rules of a day; asked again, what was frozen. Without a rule, nothing.

    `deal` is (kind, id). Rules go: campaign, supplier, nearest category, everything else. Raises `ValueError` where the deal's
    terms were frozen for another supplier or in another currency.
    """
    return await _agree(
        session,
        deal=deal,
        supplier_id=supplier_id,
        currency=currency,
        category_code=category_code,
        campaign_id=campaign_id,
        day=day,
    )


async def agreed(session: AsyncSession, deal: tuple[str, UUID]) -> Terms:
    """The frozen terms of a deal, on whichever side of it the transaction acts. Raises `NotFound` before `agree`."""
    row = await queries.agreed(session, deal)
    if row is None:
        raise NotFound()
    return terms_in(row)
