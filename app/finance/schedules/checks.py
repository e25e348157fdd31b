"""What `partingline verify` proves of payment schedules."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import CauseKind, FactKind, Purpose
from app.finance.schedules import queries
from app.finance.schedules.models import PaymentMilestone
from app.finance.schedules.states import NEVER_COUNTED
from app.finance.schedules.usecases.go_on import held_of
from app.kit.db.base import one_of
from app.kit.verify import check

BATCH = 500
MOST_TOLD = 100

_SHARES = text("""
SELECT s.id, s.deal_number, s.total_minor, sum(m.amount_minor) AS amounts, sum(m.share_bp) AS shares,
    bool_and((m.buyer_id, m.supplier_id, m.currency) = (s.buyer_id, s.supplier_id, s.currency)) AS same_sides
FROM payment_schedules s LEFT JOIN payment_milestones m ON m.schedule_id = s.id GROUP BY s.id ORDER BY s.id
""")
_SUMS = text(f"""
SELECT m.id FROM payment_milestones m
LEFT JOIN (SELECT milestone_id, sum(captured_minor) AS came FROM milestone_payments GROUP BY 1) p ON p.milestone_id = m.id
LEFT JOIN (SELECT milestone_id, sum(amount_minor) AS went FROM milestone_releases GROUP BY 1) r ON r.milestone_id = m.id
LEFT JOIN (
    SELECT milestone_id, sum(from_supplier_minor) AS from_supplier,
        sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE state = 'done') AS done,
        sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE state <> 'done') AS put_aside,
        sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE kind IN ({one_of(NEVER_COUNTED)})) AS surplus
    FROM milestone_refunds WHERE state <> 'failed' GROUP BY 1
) f ON f.milestone_id = m.id
LEFT JOIN (
    SELECT milestone_id, sum(from_escrow_minor + from_supplier_minor) AS charged, sum(from_supplier_minor) AS from_supplier
    FROM milestone_chargebacks WHERE state <> 'won' GROUP BY 1
) c ON c.milestone_id = m.id
WHERE (m.funded_minor, m.released_minor, m.refunded_minor, m.refunding_minor, m.surplus_minor, m.charged_back_minor,
       m.taken_back_minor)
   <> (coalesce(p.came, 0), coalesce(r.went, 0), coalesce(f.done, 0), coalesce(f.put_aside, 0), coalesce(f.surplus, 0),
       coalesce(c.charged, 0), coalesce(f.from_supplier, 0) + coalesce(c.from_supplier, 0))
ORDER BY m.id LIMIT :most
""")  # noqa: S608 - no value is put into it


@check("payment schedules")
async def payment_schedules(session: AsyncSession) -> tuple[int, list[str]]:
    """The milestones of every schedule share all of its total, between the same two sides."""
    rows = (await session.execute(_SHARES)).all()
    broken = [
        f"payment schedule {row.deal_number} ({row.id})"
        for row in rows
        if (row.amounts, row.shares, row.same_sides) != (row.total_minor, 10_000, True)
    ]
    return len(rows), broken


@check("milestone sums")
async def milestone_sums(session: AsyncSession) -> tuple[int, list[str]]:
    """What stands at a milestone is the sum of its payments, releases, refunds and chargebacks."""
    looked = int(await session.scalar(text("SELECT count(*) FROM payment_milestones")) or 0)
    rows = (await session.execute(_SUMS, {"most": MOST_TOLD})).all()
    return looked, [f"milestone {row.id}" for row in rows]


@check("milestones in the ledger")
async def milestones_in_the_ledger(session: AsyncSession) -> tuple[int, list[str]]:
    """What was paid, released, refunded and charged back of each milestone was posted; what is held of it, and what is set aside
    for refunds, is in escrow; and of what its supplier was given the house has its commission."""
    looked: int = 0
    broken: list[str] = []
    rows = await queries.after(session, None, BATCH)
    while rows:
        looked += len(rows)
        told = await ledger.totals_of_causes(session, CauseKind.MILESTONE, [row.id for row in rows])
        passed_on = await queries.passed_on(session, [row.id for row in rows])
        broken += [
            f"milestone {row.id}"
            for row in rows
            if not _agrees(row, told.get(row.id, {}), passed_on.get(row.id, (0, 0)))
        ]
        last: UUID = rows[-1].id
        session.expunge_all()
        rows = await queries.after(session, last, BATCH)
    return looked, broken[:MOST_TOLD]


def _agrees(row: PaymentMilestone, told: dict[tuple[FactKind, Purpose], int], passed_on: tuple[int, int]) -> bool:
    def cash(kind: FactKind) -> int:
        return told.get((kind, Purpose.CASH_AT_PROVIDER), 0) - told.get((kind, Purpose.UNASSIGNED), 0)

    escrow = sum(amount for (_, purpose), amount in told.items() if purpose is Purpose.ESCROW)
    out_of_escrow = -told.get((FactKind.MILESTONE_RELEASED, Purpose.ESCROW), 0)
    kept = told.get((FactKind.COMMISSION, Purpose.COMMISSION_INCOME), 0)
    kept += told.get((FactKind.COMMISSION_RETURNED, Purpose.COMMISSION_INCOME), 0)
    return (
        cash(FactKind.MILESTONE_FUNDED) == row.funded_minor
        and out_of_escrow == row.released_minor
        and -cash(FactKind.REFUND) == row.refunded_minor
        and -cash(FactKind.CHARGED_BACK) - cash(FactKind.CHARGEBACK_WON) == row.charged_back_minor
        and escrow == held_of(row) + row.refunding_minor
        and (row.released_minor - row.taken_back_minor, kept) == passed_on
    )
