"""What `partingline verify` proves of campaigns: sums are those of the log and of what stands; clearings are what they say."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clearing import facade as clearing
from app.clearing.facade import Flow, Outcome
from app.kit.verify import check
from app.pooling.models import Allotment, Clearing, ClearingInputs, SupplierShare
from app.pooling.states import ClearingState

BATCH = 20


@check("pooled sums")
async def pooled_sums(session: AsyncSession) -> tuple[int, list[str]]:
    """What is pooled of each item is the sum of the log, and of the commitments that stand."""
    statement = text(
        "SELECT t.item_id, (t.lots, t.commitments) = (coalesce(e.lots, 0), coalesce(e.counted, 0)) "
        "AND (t.lots, t.commitments) = (coalesce(c.lots, 0), coalesce(c.counted, 0)) AS holds "
        "FROM campaign_totals t "
        "LEFT JOIN (SELECT item_id, sum(lots) AS lots, sum(counted) AS counted FROM commitment_events GROUP BY 1) e "
        "USING (item_id) "
        "LEFT JOIN (SELECT item_id, sum(lots) AS lots, count(*) AS counted FROM commitments WHERE state = 'standing' "
        "GROUP BY 1) c USING (item_id)"
    )
    rows = (await session.execute(statement)).all()
    return len(rows), [f"item {row.item_id}" for row in rows if not row.holds]


@check("clearings")
async def clearings(session: AsyncSession) -> tuple[int, list[str]]:
    """Each clearing that is done keeps every rule of what it was put, and allots and pays what its problem says."""
    looked = 0
    broken: list[str] = []
    last: UUID | None = None
    while True:
        statement = (
            select(Clearing, ClearingInputs.problem)
            .join(ClearingInputs, ClearingInputs.clearing_id == Clearing.id)
            .where(Clearing.state == ClearingState.DONE)
            .order_by(Clearing.id)
            .limit(BATCH)
        )
        rows = (await session.execute(statement.where(Clearing.id > last) if last else statement)).all()
        if not rows:
            return looked, broken
        for row, problem in rows:
            last = row.id
            looked += 1
            if not await _holds(session, row, problem):
                broken.append(f"clearing {row.id}")
        session.expunge_all()


async def _holds(session: AsyncSession, row: Clearing, document: Any) -> bool:
    problem = clearing.understood(clearing.ClearingIn.model_validate(document)).canonical()
    allotted = list(await session.scalars(select(Allotment).where(Allotment.clearing_id == row.id)))
    shares = list(await session.scalars(select(SupplierShare).where(SupplierShare.clearing_id == row.id)))
    served = {str(one.commitment_id): one.wish for one in allotted if one.served and one.wish is not None}
    flows = tuple(
        Flow(str(share.supplier_id), str(share.item_id), place, lots)
        for share in shares
        for place, lots in share.to_places.items()
    )
    outcome = Outcome(served, flows)
    if clearing.violations(problem, outcome) or bytes.fromhex(clearing.digest(problem)) != row.inputs_sha256:
        return False
    settled = clearing.settle(problem, outcome)
    payments = {str(one.commitment_id): one.payment_minor for one in allotted if one.served}
    paid = {(str(share.supplier_id), str(share.item_id)): share.paid_minor for share in shares}
    return payments == settled.payments_minor and paid == settled.paid_minor


@check("pooled orders")
async def pooled_orders(session: AsyncSession) -> tuple[int, list[str]]:
    """Each framework order comes to what its supplier is paid, and its lines to the orders of members that stand for them."""
    statement = text(
        "SELECT f.id, f.members_minor = sum(l.payment_minor) AND f.lots = sum(l.lots) "
        "AND f.total_minor = (SELECT sum(s.paid_minor) FROM supplier_shares s "
        "WHERE s.clearing_id = f.clearing_id AND s.supplier_id = f.supplier_id) "
        "AND bool_and(l.order_id IS NULL AND c.state = 'ordering' OR coalesce(o.total_minor = l.payment_minor "
        "AND o.buyer_id = l.member_id AND o.pool_id = f.id, false)) AS holds "
        "FROM framework_orders f JOIN campaigns c ON c.id = f.campaign_id "
        "LEFT JOIN framework_lines l ON l.framework_id = f.id LEFT JOIN purchase_orders o ON o.id = l.order_id "
        "GROUP BY f.id"
    )
    rows = (await session.execute(statement)).all()
    return len(rows), [f"framework order {row.id}" for row in rows if not row.holds]


@check("deposits in the ledger")
async def deposits_in_the_ledger(session: AsyncSession) -> tuple[int, list[str]]:
    """Of each deposit the ledger holds what its state says: authorized while it is held, money once it was taken, and nothing
    of one that is given back, nor of the part of one that was too much. While one is being given back it may be either."""
    statement = text(
        "WITH posted AS ("
        "SELECT coalesce(o.cause_id, p.cause_id) AS deposit_id, a.organization_id, a.currency, "
        "-coalesce(sum(e.amount_minor) FILTER (WHERE a.purpose = 'deposit_authorized'), 0) AS authorized, "
        "-coalesce(sum(e.amount_minor) FILTER (WHERE a.purpose = 'deposit_held' "
        "AND coalesce(o.kind, p.kind) <> 'deposit_used'), 0) AS taken "
        "FROM ledger_postings p LEFT JOIN ledger_postings o ON o.id = p.reverses_id "
        "JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id "
        "WHERE coalesce(o.cause_kind, p.cause_kind) = 'deposit' AND a.purpose IN ('deposit_authorized', 'deposit_held') "
        "GROUP BY 1, 2, 3) "
        "SELECT coalesce(d.id, p.deposit_id) AS id, d.state, p.authorized, p.taken FROM pool_deposits d "
        "FULL JOIN posted p ON (p.deposit_id, p.organization_id, p.currency) = (d.id, d.member_id, d.currency) "
        "WHERE d.id IS NULL OR (coalesce(p.authorized, 0), coalesce(p.taken, 0)) NOT IN ("
        "(CASE WHEN d.state IN ('held', 'capturing') THEN d.amount_minor ELSE 0 END, "
        "CASE d.state WHEN 'captured' THEN d.amount_minor "
        "- CASE WHEN d.surplus_refund IS NULL THEN 0 ELSE d.surplus_minor END ELSE 0 END), "
        "(CASE d.state WHEN 'releasing' THEN d.amount_minor ELSE 0 END, 0), "
        "(0, CASE d.state WHEN 'releasing' THEN d.amount_minor ELSE 0 END))"
    )
    looked = await session.scalar(text("SELECT count(*) FROM pool_deposits")) or 0
    rows = (await session.execute(statement)).all()
    return looked, [f"deposit {row.id} is {row.state}: {row.authorized} authorized, {row.taken} taken" for row in rows]
