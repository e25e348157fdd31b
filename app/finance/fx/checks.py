"""What `partingline verify` proves of money in two currencies."""

from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.fx.models import FxRevaluation
from app.finance.fx.rules import gain_of
from app.kit.verify import check

_COUNT = text("SELECT (SELECT count(*) FROM fx_rates) + (SELECT count(*) FROM fx_locked_rates)")
# A table may tell a pair both ways round; then the one is the other turned round.
_CONTRADICTING = text(
    "SELECT a.source, a.base, a.quote, a.on_date FROM fx_rates a JOIN fx_rates b "
    "ON (b.source, b.base, b.quote, b.on_date) = (a.source, a.quote, a.base, a.on_date) AND a.base < a.quote "
    "WHERE abs(a.rate * b.rate - 1) > 0.02 LIMIT 100"
)
_POSTED = text(
    "SELECT p.id, count(*) AS legs, "
    "coalesce(sum(e.amount_minor) FILTER (WHERE a.purpose = 'fx_gain_loss' AND a.currency = r.currency), 0) AS posted "
    "FROM fx_revaluations r JOIN ledger_postings p ON p.id = r.posting_id "
    "JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id GROUP BY p.id"
)


@check("foreign currency")
async def foreign_currency(session: AsyncSession) -> tuple[int, list[str]]:
    """No source contradicts itself; each revaluation comes to what its positions and rates say, and that is what was posted."""
    broken = [
        f"{row.source} tells {row.base} and {row.quote} of {row.on_date} otherwise than turned round"
        for row in (await session.execute(_CONTRADICTING)).all()
    ]
    posted = {row.id: (-row.posted, row.legs) for row in (await session.execute(_POSTED)).all()}
    rows = (await session.scalars(select(FxRevaluation))).all()
    for row in rows:
        positions = {currency: int(one["position_minor"]) for currency, one in row.positions.items()}
        rates = {currency: Decimal(one["rate"]) for currency, one in row.positions.items()}
        comes_to = gain_of(positions, rates, row.currency)
        stands = posted.get(row.posting_id, (0, 2)) if row.posting_id else (0, 2)
        if (comes_to, 2) != (row.gain_minor, stands[1]) or stands[0] != row.gain_minor:
            broken.append(f"revaluation of {row.period:%Y-%m}")
    return int(await session.scalar(_COUNT) or 0) + len(rows), broken
