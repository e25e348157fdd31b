"""What `partingline verify` proves of figures: by the statements that people's figures are read by, over everybody."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures.forecast_queries import lines_of
from app.finance.figures.queries import Whose, age_figures, by_partner
from app.finance.figures.states import FigureSide
from app.kit.verify import check

MOST_TOLD = 100
PURPOSES = {FigureSide.PAYEE: "receivable", FigureSide.PAYER: "trade_payable"}
_PATIENTLY = text("SET LOCAL statement_timeout = 0")

_BALANCES = """
    SELECT a.organization_id AS firm_id, a.currency, b.balance_minor * {sign} AS minor
    FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id WHERE a.purpose = '{purpose}'
"""
_COMPARED = """
SELECT coalesce(f.firm_id, l.firm_id) AS firm_id, coalesce(f.currency, l.currency) AS currency,
    coalesce(f.minor, 0) AS figure, coalesce(l.minor, 0) AS books, count(*) OVER () AS wrong
FROM ({figures}) f FULL JOIN ({balances}) l ON (l.firm_id, l.currency) = (f.firm_id, f.currency)
WHERE coalesce(f.minor, 0) <> coalesce(l.minor, 0) LIMIT :most
"""
_HELD = """
SELECT payer_id AS firm_id, currency, sum(CASE kind WHEN 'refund' THEN -minor ELSE minor END) AS minor
FROM lines WHERE kind IN ('held', 'retained', 'refund') GROUP BY 1, 2"""
_IN_CURRENCIES = text("""
SELECT a.currency, sum(b.balance_minor)::bigint FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
WHERE a.purpose = 'receivable' GROUP BY 1
""")
_ACCOUNTS = text("SELECT count(*) FROM ledger_accounts WHERE purpose = ANY (:purposes)")


@lru_cache(maxsize=4)
def _compared(figures: str, purpose: str, sign: int) -> TextClause:
    return text(_COMPARED.format(figures=figures, balances=_BALANCES.format(purpose=purpose, sign=sign)))


async def _differences(session: AsyncSession, figures: str, purpose: str, sign: int, today: date) -> list[str]:
    values = {"most": MOST_TOLD, "today": today} if ":today" in figures else {"most": MOST_TOLD}
    rows = (await session.execute(_compared(figures, purpose, sign), values)).all()
    return [f"{purpose} of {row.firm_id} in {row.currency}: figure {row.figure}, books {row.books}" for row in rows]


async def _accounts(session: AsyncSession, *purposes: str) -> int:
    return int(await session.scalar(_ACCOUNTS, {"purposes": list(purposes)}) or 0)


async def _today(session: AsyncSession) -> date:
    moment = (await session.execute(select(func.app_now()))).scalar_one()
    return date(moment.year, moment.month, moment.day)


@check("figures of open items")
async def figures_of_open_items(session: AsyncSession) -> tuple[int, list[str]]:
    """What firms are told is open, less credit balances, is what the ledger's accounts come to; so is the sum of all ages."""
    await session.execute(_PATIENTLY)
    today, broken = await _today(session), []
    for side, purpose in PURPOSES.items():
        told = by_partner(Whose(side, None))
        figures = f"SELECT partner_id AS firm_id, currency, open_minor - credit_minor AS minor FROM ({told}) p"  # noqa: S608
        broken += await _differences(session, figures, purpose, 1 if side is FigureSide.PAYEE else -1, today)
    aged: dict[str, int] = {}
    for row in await age_figures(session, Whose(FigureSide.PAYEE, None), today=today):
        aged[row.currency] = aged.get(row.currency, 0) + (-row.minor if row.kind == "credit" else row.minor)
    books = {row[0]: int(row[1]) for row in await session.execute(_IN_CURRENCIES)}
    broken += [f"ages in {one}: figure {a}, books {b}" for one, (a, b) in _unlike(aged, books).items()]
    return await _accounts(session, *PURPOSES.values()), broken


def _unlike(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    pairs = {key: (one.get(key, 0), other.get(key, 0)) for key in sorted({*one, *other})}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


@check("figures of what is held")
async def figures_of_what_is_held(session: AsyncSession) -> tuple[int, list[str]]:
    """What payers are told is held for them, and what is being given back to them, is what is in escrow."""
    await session.execute(_PATIENTLY)
    lines = lines_of(FigureSide.PAYER, everybody=True)
    broken = await _differences(session, lines + _HELD, "escrow", -1, await _today(session))
    return await _accounts(session, "escrow"), broken
