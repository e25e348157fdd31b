"""A supplier offers a receivable, withdraws the offer, or its time is over."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries
from app.finance.financing.errors import FinancedAlready, NotFinanceable, OfferClosed
from app.finance.financing.events import FinancingOffered, FinancingOfferEnded
from app.finance.financing.models import FinancingOffer
from app.finance.financing.schemas import FinancingOfferIn
from app.finance.financing.states import OfferState
from app.finance.schedules.facade import receivable
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

ENTITY = "financing_offer"


async def offer(session: AsyncSession, actor: Actor, form: FinancingOfferIn, *, now: datetime) -> FinancingOffer:
    """Offer what is still owed of a milestone. Locks it, so that it is not paid, frozen or offered at the same time.

    Raises `NotFound` for another's, `NotFinanceable`, `FinancedAlready`, `Invalid` for those who are no financiers.
    """
    owed = await receivable(session, form.milestone_id, lock=True)
    if owed is None or owed.supplier_id != actor.organization_id:
        raise NotFound()
    if not owed.financeable or owed.pay_by is None:
        raise NotFinanceable()
    firms = await parties.organizations(session, [actor.organization_id, owed.buyer_id, *(form.financier_ids or [])])
    _require_financiers(form.financier_ids or [], firms, actor.organization_id, owed.buyer_id)
    for ended in await queries.end_overdue(session, owed.milestone_id, now):
        await _tell_end(session, ended)
    values = {
        "id": new_id(),
        "supplier_id": owed.supplier_id,
        "milestone_id": owed.milestone_id,
        "currency": owed.currency,
        "amount_minor": owed.outstanding_minor,
        "pay_by": owed.pay_by,
        "shown_buyer_id": owed.buyer_id if form.shows_buyer else None,
        "buyer_country": firms[owed.buyer_id].country,
        "buyer_size": form.buyer_size,
        "financier_ids": sorted(set(form.financier_ids)) if form.financier_ids else None,
        "expires_at": now + timedelta(days=form.open_days),
        "created_by": actor.person_id,
    }
    row = None if await queries.financed(session, owed.milestone_id) else await queries.insert_offer(session, values)
    if row is None:
        raise FinancedAlready()
    event = FinancingOffered(
        financing_offer_id=row.id,
        supplier_id=row.supplier_id,
        currency=row.currency,
        amount_minor=row.amount_minor,
        expires_at=row.expires_at,
    )
    await announce(session, event, organizations=[row.supplier_id, *(row.financier_ids or [])])
    after = {"milestone_id": row.milestone_id, "amount_minor": row.amount_minor, "currency": row.currency}
    await audit.record(session, actor, "financing_offer.make", ENTITY, row.id, after=after)
    return row


async def withdraw(session: AsyncSession, actor: Actor, offer_id: UUID) -> FinancingOffer:
    """Let nobody quote any more. Raises `OfferClosed`."""
    row = await queries.offer(session, offer_id, lock=True)
    if row is None or row.state != OfferState.OPEN:
        raise OfferClosed()
    await end(session, row, OfferState.WITHDRAWN)
    await audit.record(session, actor, "financing_offer.withdraw", ENTITY, row.id, after={"state": row.state})
    return row


async def expire(session: AsyncSession, offer_id: UUID, *, now: datetime) -> None:
    """Let an offer that nobody accepted in time stand as expired."""
    row = await queries.offer(session, offer_id, lock=True)
    if row is not None and row.state == OfferState.OPEN and row.expires_at <= now:
        await end(session, row, OfferState.EXPIRED)


async def end(session: AsyncSession, row: FinancingOffer, state: OfferState) -> None:
    """Close a locked offer, and tell of it unless it was accepted."""
    row.state = state
    row.version += 1
    await session.flush()
    if state is not OfferState.ASSIGNED:
        await _tell_end(session, row)


async def _tell_end(session: AsyncSession, row: FinancingOffer) -> None:
    event = FinancingOfferEnded(financing_offer_id=row.id, supplier_id=row.supplier_id, state=row.state)
    await announce(session, event, organizations=[row.supplier_id, *(row.financier_ids or [])])


def _require_financiers(
    chosen: list[UUID], firms: dict[UUID, OrganizationRef], supplier_id: UUID, buyer_id: UUID
) -> None:
    for at, one in enumerate(chosen):
        firm = firms.get(one)
        is_one = firm is not None and "financier" in firm.roles and firm.deals_with(firms[supplier_id])
        if not is_one or one in (supplier_id, buyer_id):
            message = N_("This organization does not finance here.")
            raise Invalid(errors=[FieldError(f"/financier_ids/{at}", "not-a-financier", message)])
