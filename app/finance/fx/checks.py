"""What `partingline verify` proves of money in two currencies."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.fx.models import FxRevaluation
from app.finance.fx.rules import gain_of
from app.finance.fx.usecases.lock_rate import AGREED
from app.finance.ledger.facade import FactKind
from app.kit.verify import check
from app.reference import facade as reference

MOST_TIMES = 5

_RATES = text("SELECT count(*) FROM fx_rates")
_LOCKED = text(
    "SELECT deal_kind, deal_id, base, quote, source <> :agreed AND locked_on - rate_on > :days AS too_old FROM fx_locked_rates"
)
# A slip of the decimal point, or a pair turned round: no currency moves so far within the days for which a rate counts.
_JUMPING = text(
    "SELECT source, base, quote, on_date FROM (SELECT source, base, quote, on_date, rate, "
    "lag(rate) OVER told AS before, on_date - lag(on_date) OVER told AS days "
    "FROM fx_rates WINDOW told AS (PARTITION BY source, base, quote ORDER BY on_date)) r "
    "WHERE days <= :days AND (rate > before * :times OR before > rate * :times) LIMIT 100"
)
# Whatever is gained or lost is a revaluation, or what an exchange left: then it has legs in two currencies, and positions take
# the rest. Of one of them nothing may be left, when as little as half a minor unit was rounded.
_GAINS = text(
    "SELECT p.id, p.kind, r.id IS NOT NULL AS revalued, "
    "count(DISTINCT a.currency) AS currencies, bool_or(a.purpose = 'fx_position') AS has_position "
    "FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id "
    "LEFT JOIN fx_revaluations r ON r.posting_id = p.id WHERE p.reverses_id IS NULL "
    "GROUP BY p.id, r.id HAVING bool_or(a.purpose = 'fx_gain_loss')"
)
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
    """No source contradicts itself or jumps; no rate was locked that was too old; each revaluation comes to what its positions
    and rates say, and that is what was posted; all other gains and losses come of an exchange."""
    limits = {"days": reference.MOST_DAYS_OLD, "times": MOST_TIMES}
    broken = [
        f"{row.source} tells {row.base} and {row.quote} of {row.on_date} otherwise than turned round"
        for row in (await session.execute(_CONTRADICTING)).all()
    ]
    broken += [
        f"{row.source} tells {row.base} and {row.quote} of {row.on_date} more than {MOST_TIMES} times otherwise than before"
        for row in (await session.execute(_JUMPING, limits)).all()
    ]
    locked = (await session.execute(_LOCKED, {"agreed": AGREED, "days": reference.MOST_DAYS_OLD})).all()
    broken += [
        f"{row.base} and {row.quote} of {row.deal_kind} {row.deal_id} were locked at an old rate"
        for row in locked
        if row.too_old
    ]
    gains = (await session.execute(_GAINS)).all()
    broken += [f"gain or loss of posting {row.id}" for row in gains if not _has_come_of_something(row)]
    posted = {row.id: (-row.posted, row.legs) for row in (await session.execute(_POSTED)).all()}
    rows = (await session.scalars(select(FxRevaluation))).all()
    for row in rows:
        positions = {currency: int(one["position_minor"]) for currency, one in row.positions.items()}
        rates = {currency: Decimal(one["rate"]) for currency, one in row.positions.items()}
        comes_to = gain_of(positions, rates, row.currency)
        stands = posted.get(row.posting_id, (0, 2)) if row.posting_id else (0, 2)
        if (comes_to, 2) != (row.gain_minor, stands[1]) or stands[0] != row.gain_minor:
            broken.append(f"revaluation of {row.period:%Y-%m}")
    return int(await session.scalar(_RATES) or 0) + len(locked) + len(gains) + len(rows), broken


def _has_come_of_something(row: Any) -> bool:
    return bool(row.revalued) if row.kind == FactKind.CURRENCY_REVALUED else row.currencies >= 2 and row.has_position
