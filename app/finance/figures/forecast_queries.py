"""All the SQL of the forecast: lines of milestones, invoices, payouts and financings, and what they come to. It reads the tables
of other parts and writes none; row-level security says whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, String, TextClause, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures.queries import Whose, whose_items
from app.finance.figures.rules import Days
from app.finance.figures.states import Every, FigureSide, LineKind

NO_DAY = date(9999, 12, 31)
"""Stands for no known day where lines are put in order."""

# What schedules/models.py has indexes for, word for word.
_NOT_DONE = (
    "(m.amount_minor - m.reduced_minor > m.released_minor - m.taken_back_minor "
    "OR m.funded_minor - m.released_minor - m.refunded_minor - m.charged_back_minor + m.taken_back_minor > 0)"
)
# The same as commission_of() in commission/rules.py; whole tens of thousands apart, so that no product is beyond a bigint.
_FEE = "({amount}) / 10000 * coalesce(rate_bp, 0) + (2 * (({amount}) % 10000) * coalesce(rate_bp, 0) + 10000) / 20000"
_BOUNDED = "least(greatest(" + _FEE + ", coalesce(least_minor, 0)), most_minor, {amount})"

# Milestones of which something is to be paid, held or given back. Nobody knows when what is disputed will be decided.
_MILESTONES = """
WITH m AS (
    SELECT m.id, m.buyer_id, m.supplier_id, m.currency, m.amount_minor - m.reduced_minor AS amount_minor, m.refunding_minor,
        s.deal_kind, s.deal_id, s.deal_number, s.payment_days, s.retention_days, c.rate_bp, c.least_minor, c.most_minor,
        greatest(0, m.amount_minor - m.reduced_minor - (m.funded_minor - m.charged_back_minor - m.surplus_minor)) AS owed,
        m.funded_minor - m.released_minor - m.refunding_minor - m.refunded_minor - m.charged_back_minor
            + m.taken_back_minor AS held,
        m.released_minor - m.taken_back_minor AS had,
        CASE WHEN m.retention_settled THEN 0 ELSE m.retention_minor END AS kept,
        CASE WHEN m.frozen_by IS NULL THEN coalesce((m.accepted_at AT TIME ZONE 'UTC')::date,
            (m.silent_at AT TIME ZONE 'UTC')::date, m.expected_on) END AS accepted_on,
        CASE WHEN m.frozen_by IS NULL THEN m.pay_by END AS pay_by,
        CASE WHEN m.frozen_by IS NULL THEN m.free_on END AS free_on
    FROM payment_milestones m JOIN payment_schedules s ON s.id = m.schedule_id
    LEFT JOIN commission_agreements c ON (c.deal_kind, c.deal_id) = (s.deal_kind, s.deal_id)
    WHERE {not_done} AND {whose}
), d AS (
    SELECT m.*, least(kept, held) AS retained, least(kept, held + owed) - least(kept, held) AS due_retained,
        coalesce(pay_by, accepted_on + payment_days) AS paid_on, coalesce(free_on, accepted_on + retention_days) AS freed_on
    FROM m
), k AS MATERIALIZED (
    SELECT d.*, {fee_had} AS fee_had, {fee_held} AS fee_held, {fee_due} AS fee_due, {fee_all} AS fee_all FROM d
)"""
_PAYEE_VALUES = """
    ('contract', accepted_on, amount_minor), ('held', accepted_on, held - retained), ('retained', freed_on, retained),
    ('due', paid_on, owed - due_retained), ('due_retained', greatest(paid_on, freed_on), due_retained),
    ('commission_on_held', accepted_on, fee_had - fee_held), ('commission_on_due', paid_on, fee_held - fee_due),
    ('commission_on_retained', freed_on, fee_due - fee_all)"""
_PAYER_VALUES = """
    ('contract', accepted_on, amount_minor), ('held', accepted_on, held - retained), ('retained', freed_on, retained),
    ('due', paid_on, owed), ('refund', NULL, -refunding_minor)"""
_OF_MILESTONES = """
    SELECT l.kind, k.id, l.day, k.currency, l.minor::bigint AS minor, k.buyer_id AS payer_id, k.supplier_id AS payee_id,
        k.deal_number AS number
    FROM k CROSS JOIN LATERAL (VALUES {values}) l (kind, day, minor) WHERE l.minor <> 0"""
# What a deal's milestones will be paid is put towards its invoices, the oldest first: what of them is more comes besides.
_ITEMS = """, o AS (
    SELECT id, issuer_id, recipient_id, kind, number, currency, issued_on, subject_kind, subject_id,
        CASE WHEN hold IS DISTINCT FROM 'disputed' THEN due_on END AS day, amount_minor - settled_minor AS minor
    FROM open_items WHERE closed_on IS NULL AND {whose}
), g AS (
    SELECT deal_kind, deal_id, buyer_id, supplier_id, currency, sum(owed) AS owed FROM m GROUP BY 1, 2, 3, 4, 5
), b AS (
    SELECT o.*, least(o.minor, greatest(0, sum(o.minor) OVER (
        PARTITION BY o.issuer_id, o.recipient_id, o.subject_kind, o.subject_id, o.currency ORDER BY o.issued_on, o.id
    ) - g.owed)) AS beyond
    FROM o JOIN g ON (g.deal_kind, g.deal_id, g.buyer_id, g.supplier_id, g.currency)
        = (o.subject_kind, o.subject_id, o.recipient_id, o.issuer_id, o.currency)
    WHERE o.kind = 'invoice'
)"""
_OF_ITEMS = """
    UNION ALL
    SELECT 'invoice', id, day, currency, beyond::bigint, recipient_id, issuer_id, number FROM b WHERE beyond > 0
    UNION ALL
    SELECT 'invoice', id, day, currency, minor, recipient_id, issuer_id, number FROM o
    WHERE kind = 'invoice' AND NOT EXISTS (SELECT 1 FROM g WHERE (g.deal_kind, g.deal_id, g.buyer_id, g.supplier_id, g.currency)
        = (o.subject_kind, o.subject_id, o.recipient_id, o.issuer_id, o.currency))
    UNION ALL
    SELECT 'claim', id, day, currency, minor, recipient_id, issuer_id, number FROM o WHERE kind = 'claim'
    UNION ALL
    SELECT 'credit', id, NULL, currency, -minor, recipient_id, issuer_id, number FROM o WHERE kind = 'credit'"""
# A debt is by how much the books fall short of what is to be sent, as payouts reckon it; it is set off against the first of it.
_OF_PAYOUTS = """
    UNION ALL
    SELECT 'payout', id, CASE WHEN state <> 'refused' THEN due_on END, currency,
        amount_minor - taken_back_minor - set_off_minor - sent_minor, NULL, supplier_id, NULL
    FROM payout_items WHERE state IN ('waiting', 'sending', 'refused') AND {payee}
    UNION ALL
    SELECT 'debt', a.id, u.day, a.currency,
        -(coalesce(u.minor, 0) - coalesce(t.minor, 0) + w.balance_minor)::bigint, NULL, a.organization_id, NULL
    FROM ledger_accounts a JOIN ledger_balances w ON w.account_id = a.id
    LEFT JOIN (
        SELECT supplier_id, currency, min(due_on) AS day,
            sum(amount_minor - taken_back_minor - set_off_minor - sent_minor) AS minor
        FROM payout_items WHERE state IN ('waiting', 'sending', 'refused') AND {payee} GROUP BY 1, 2
    ) u ON (u.supplier_id, u.currency) = (a.organization_id, a.currency)
    LEFT JOIN (
        SELECT supplier_id, currency, sum(amount_minor) AS minor FROM payout_take_backs
        WHERE state = 'asked' AND {payee} GROUP BY 1, 2
    ) t ON (t.supplier_id, t.currency) = (a.organization_id, a.currency)
    WHERE a.purpose = 'payable_to_supplier' AND {holder}
        AND coalesce(u.minor, 0) - coalesce(t.minor, 0) + w.balance_minor > 0"""
# Of what the buyer pays, so much goes to the financier. He does not see the milestone, nor when it will be paid.
_OF_FINANCINGS = """
    UNION ALL
    SELECT 'assigned', f.id, d.paid_on, f.currency, -least(f.principal_minor + f.charge_minor, d.held + d.owed), f.financier_id,
        f.supplier_id, f.deal_number
    FROM financings f JOIN d ON d.id = f.milestone_id
    WHERE f.state = 'running' AND least(f.principal_minor + f.charge_minor, d.held + d.owed) > 0
    UNION ALL
    SELECT 'financed', id, NULL, currency, principal_minor + charge_minor, buyer_id, financier_id, deal_number
    FROM financings WHERE state = 'running' AND principal_minor + charge_minor > 0 AND {financier}"""
_SUMS = """
SELECT CASE WHEN day IS NULL THEN 'undated' WHEN day < :today THEN 'earlier' WHEN day >= :horizon THEN 'later'
        ELSE CAST(date_trunc(:every, day::timestamp)::date AS text) END AS period,
    currency, kind, sum(minor)::bigint AS minor, count(*) AS lines
FROM lines GROUP BY 1, 2, 3
"""
_PAGE = """
SELECT kind, id, day, currency, minor, payer_id, payee_id, number FROM lines
WHERE kind = ANY (:kinds) AND (CAST(:currency AS text) IS NULL OR currency = :currency) AND {days} {after}
ORDER BY coalesce(day, DATE '9999-12-31'), kind COLLATE "C", id LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class ForecastSum:
    """What lines of one kind in one period and currency come to, and how many they are."""

    period: str
    currency: str
    kind: LineKind
    minor: int
    lines: int


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """One line. Payouts come from the house, and have no payer."""

    kind: LineKind
    id: UUID
    day: date | None
    currency: str
    minor: int
    payer_id: UUID | None
    payee_id: UUID | None
    number: str | None


def _fee(amount: str) -> str:
    return _BOUNDED.format(amount=amount)


@lru_cache(maxsize=8)
def lines_of(side: FigureSide, *, everybody: bool) -> str:
    """The lines of a side, as a common table expression `lines`."""
    payee = side is FigureSide.PAYEE
    own = "supplier_id" if payee else "buyer_id"
    items = whose_items(Whose(side, None if everybody else UUID(int=0)))
    of_payee = "true" if everybody else "supplier_id = :organization"
    head = _MILESTONES.format(
        not_done=_NOT_DONE,
        whose="true" if everybody else f"m.{own} = :organization",
        fee_had=_fee("had"),
        fee_held=_fee("had + held - retained"),
        fee_due=_fee("had + held - retained + owed - due_retained"),
        fee_all=_fee("had + held + owed"),
    ) + _ITEMS.format(whose=items)
    body = _OF_MILESTONES.format(values=_PAYEE_VALUES if payee else _PAYER_VALUES) + _OF_ITEMS
    if payee:
        body += _OF_PAYOUTS.format(
            payee=of_payee, holder="true" if everybody else "a.organization_id = :organization"
        ) + _OF_FINANCINGS.format(financier="true" if everybody else "financier_id = :organization")
    return f"{head}, lines AS ({body}\n)"


@lru_cache(maxsize=64)
def _prepared(sql: str) -> TextClause:
    found = text(sql)
    ids = [name for name in ("organization", "after_id") if f":{name}" in sql]
    found = found.bindparams(*(bindparam(name, type_=Uuid) for name in ids))
    return found.bindparams(bindparam("kinds", type_=ARRAY(String))) if ":kinds" in sql else found


async def forecast_sums(
    session: AsyncSession, whose: Whose, *, today: date, every: Every, horizon: date
) -> list[ForecastSum]:
    """What all lines come to by period, currency and kind."""
    sql = lines_of(whose.side, everybody=whose.organization_id is None) + _SUMS
    rows = await _rows(session, sql, whose, {"today": today, "every": every.value, "horizon": horizon})
    return [ForecastSum(row[0], row[1], LineKind(row[2]), row[3], row[4]) for row in rows]


async def forecast_lines(
    session: AsyncSession,
    whose: Whose,
    *,
    kinds: Sequence[LineKind],
    currency: str | None,
    days: Days | None,
    after: tuple[date, str, UUID] | None,
    most: int,
) -> list[ForecastLine]:
    """Lines of some kinds, those of no known day last. `days` None: those alone."""
    values: dict[str, Any] = {"kinds": [kind.value for kind in kinds], "currency": currency, "most": most}
    conditions = ["day IS NULL"] if days is None else []
    for name, sign, day in (("first", ">=", days.first), ("last", "<=", days.last)) if days else ():
        if day is not None:
            conditions.append(f"day {sign} :{name}")
            values[name] = day
    beyond = ""
    if after is not None:
        beyond = "AND (coalesce(day, DATE '9999-12-31'), kind COLLATE \"C\", id) > (:after_day, :after_kind, :after_id)"
        values |= {"after_day": after[0], "after_kind": after[1], "after_id": after[2]}
    page = _PAGE.format(days=" AND ".join(conditions) or "true", after=beyond)
    rows = await _rows(session, lines_of(whose.side, everybody=whose.organization_id is None) + page, whose, values)
    return [ForecastLine(LineKind(row[0]), *row[1:]) for row in rows]


async def _rows(session: AsyncSession, sql: str, whose: Whose, values: dict[str, Any]) -> Sequence[Any]:
    if whose.organization_id is not None:
        values = {**values, "organization": whose.organization_id}
    return (await session.execute(_prepared(sql), values)).all()
