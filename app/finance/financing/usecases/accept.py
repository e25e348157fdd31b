"""The supplier accepts a quote: what the buyer owes is assigned to its financier, who pays the advance in time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries, rules
from app.finance.financing.errors import FinancedAlready, NotFinanceable, OfferClosed, QuoteClosed
from app.finance.financing.events import FinancingCancelled, ReceivableAssigned
from app.finance.financing.models import Financing, FinancingQuote
from app.finance.financing.states import FinancingState, OfferState
from app.finance.financing.usecases.offer import end
from app.finance.schedules.facade import receivable
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.outbox import announce

ENTITY = "financing"
FUND_WITHIN = timedelta(days=5)


async def accept(session: AsyncSession, actor: Actor, quote: FinancingQuote, *, now: datetime) -> Financing:
    """Assign the receivable on the terms of a quote. Of two acceptances at once one comes first: both lock the milestone.

    Raises `OfferClosed`, `QuoteClosed`, and `NotFinanceable` when less is owed by now than was offered, it is
    disputed, or the financier is the debtor.
    """
    seen = await queries.offer(session, quote.offer_id)
    owed = await receivable(session, seen.milestone_id, lock=True) if seen else None
    offer = await queries.offer(session, quote.offer_id, lock=True)
    if offer is None or owed is None:
        raise NotFound()
    if offer.state != OfferState.OPEN or offer.expires_at <= now:
        raise OfferClosed()
    # Nobody advances what he owes himself, though an offer to all is open to him.
    his_own_debt = quote.financier_id == owed.buyer_id
    if not owed.financeable or owed.outstanding_minor < offer.amount_minor or his_own_debt:
        raise NotFinanceable()
    accepted = await queries.end_quote(session, quote.id, now, accepted=True)
    advance = rules.advance_minor(offer.amount_minor, quote.advance_bp)
    if accepted is None or not advance:
        raise QuoteClosed()
    values = {
        "id": new_id(),
        "offer_id": offer.id,
        "quote_id": accepted.id,
        "milestone_id": owed.milestone_id,
        "schedule_id": owed.schedule_id,
        "supplier_id": offer.supplier_id,
        "buyer_id": owed.buyer_id,
        "financier_id": accepted.financier_id,
        "currency": offer.currency,
        "deal_number": owed.deal_number,
        "amount_minor": offer.amount_minor,
        "advance_minor": advance,
        "kind": accepted.kind,
        "rate_bp": accepted.rate_bp,
        "fee_minor": accepted.fee_minor,
        "recourse": accepted.recourse,
        "fund_by": now + FUND_WITHIN,
        "accepted_by": actor.person_id,
    }
    row = await queries.insert_financing(session, values)
    if row is None:
        raise FinancedAlready()
    await end(session, offer, OfferState.ASSIGNED)
    await announce(session, ReceivableAssigned(**named(row)), organizations=_all(row))
    after = {"financing_quote_id": accepted.id, "financier_id": row.financier_id, "amount_minor": row.amount_minor}
    await audit.record(session, actor, "financing.assign", ENTITY, row.id, after=after)
    return row


async def cancel(session: AsyncSession, financing_id: UUID, *, now: datetime) -> None:
    """Undo an assignment whose advance did not come in time. Call it while acting for the financier, who knows whether money is
    under way."""
    row = await queries.financing(session, financing_id, lock=True)
    if row is None or row.state != FinancingState.FUNDING or row.fund_by > now:
        return
    if await queries.under_way(session, row.id):
        return
    row.state = FinancingState.CANCELLED
    row.version += 1
    await session.flush()
    await announce(session, FinancingCancelled(**named(row)), organizations=_all(row))


def named(row: Financing) -> dict[str, Any]:
    """What events say of an assignment to all three."""
    return {
        "financing_id": row.id,
        "milestone_id": row.milestone_id,
        "schedule_id": row.schedule_id,
        "supplier_id": row.supplier_id,
        "buyer_id": row.buyer_id,
        "financier_id": row.financier_id,
        "currency": row.currency,
        "amount_minor": row.amount_minor,
    }


def _all(row: Financing) -> list[UUID]:
    return [row.supplier_id, row.buyer_id, row.financier_id]
