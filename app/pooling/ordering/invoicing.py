"""A supplier invoices all that members ordered under a framework order, each with the deposit that he has paid."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.pooling.deposits import queries as deposit_queries
from app.pooling.deposits.states import DepositState
from app.pooling.ordering import queries
from app.pooling.ordering.errors import NothingOrdered
from app.pooling.ordering.models import FrameworkLine, FrameworkOrder
from app.pooling.ordering.rules import prepaid_portions
from app.pooling.ordering.schemas import FrameworkInvoicesIn
from app.procurement.facade import PoolInvoices, invoice_pool

MOST_ORDERS = 500


async def invoice_framework(
    session: AsyncSession, actor: Actor, row: FrameworkOrder, form: FrameworkInvoicesIn, *, now: datetime
) -> PoolInvoices:
    """One invoice for each member. Raises `NothingOrdered`, what an issue is refused with, and `Invalid` for more than 500
    orders."""
    lines = [one for one in (await queries.lines_of(session, [row.id])).get(row.id, []) if one.order_id is not None]
    if len(lines) > MOST_ORDERS:
        message = N_("{most} orders at most are invoiced at once.")
        raise Invalid(errors=[FieldError("", "too-many-orders", message, {"most": MOST_ORDERS})])
    found = await invoice_pool(
        session,
        actor,
        row.id,
        prepaid_minor=await _prepaid(session, lines),
        delivered_on=form.delivered_on,
        terms_days=form.terms_days,
        now=now,
    )
    if not found.issued and not found.before:
        raise NothingOrdered()
    if found.issued:
        after = {"invoices": len(found.issued), "stood_before": len(found.before)}
        await audit.record(session, actor, "framework_order.invoice", "framework_order", row.id, after=after)
    return found


async def _prepaid(session: AsyncSession, lines: Sequence[FrameworkLine]) -> dict[UUID, int]:
    """By order: its part of the deposit that its member has paid. Of a commitment that several suppliers deliver each takes his
    share of it. What a member secured is his own to tell, so it is read while acting for him."""
    found: dict[UUID, int] = {}
    for member_id in sorted({line.member_id for line in lines}):
        commitments = {line.commitment_id for line in lines if line.member_id == member_id}
        async with acting_for(session, member_id):
            deposits = await deposit_queries.shown(session, commitments)
            portions = await queries.lines_of_commitments(session, commitments)
        for commitment_id, own in portions.items():
            deposit = deposits.get(commitment_id)
            if deposit is None or deposit.state != DepositState.CAPTURED:
                continue
            shares = prepaid_portions(deposit.amount_minor, [line.payment_minor for line in own])
            found |= {line.order_id: share for line, share in zip(own, shares, strict=True) if line.order_id}
    return found
