"""How rates of exchange come in and are listed. Which one counts is said by `dated.py`."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.models import FxRate

LOADED_AT_ONCE = 10_000

_LOAD = text("""
INSERT INTO fx_rates (base, quote, on_date, rate, source, loaded_at)
SELECT base, quote, on_date, rate, source, coalesce(loaded_at, app_now())
FROM unnest(CAST(:base AS text[]), CAST(:quote AS text[]), CAST(:on_date AS date[]), CAST(:rate AS numeric[]),
            CAST(:source AS text[]), CAST(:loaded_at AS timestamptz[])) AS told (base, quote, on_date, rate, source, loaded_at)
ON CONFLICT (base, quote, on_date, source) DO UPDATE SET rate = excluded.rate, loaded_at = excluded.loaded_at
WHERE fx_rates.rate <> excluded.rate
""")
_COLUMNS = ("base", "quote", "on_date", "rate", "source", "loaded_at")


async def load_rates(session: AsyncSession, rates: Sequence[Mapping[str, object]]) -> int:
    """Store rates, and say how many are new or other than before; one that its source has told already for the pair and day is
    replaced. As the operator, or by the worker."""
    last = {(row["base"], row["quote"], row["on_date"], row["source"]): row for row in rates}
    wanted, changed = list(last.values()), 0
    for at in range(0, len(wanted), LOADED_AT_ONCE):
        rows = wanted[at : at + LOADED_AT_ONCE]
        done = await session.execute(_LOAD, {name: [row.get(name) for row in rows] for name in _COLUMNS})
        changed += max(0, done.rowcount)  # type: ignore[attr-defined]
    return changed


def rates_of(base: str | None, quote: str | None) -> Select[FxRate]:
    """The stored rates, all or of some pair."""
    statement = select(FxRate)
    if base:
        statement = statement.where(FxRate.base == base)
    return statement.where(FxRate.quote == quote) if quote else statement
