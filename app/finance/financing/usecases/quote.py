"""A financier quotes for an offer, or withdraws his quote. What he asks for nobody but the supplier reads."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries
from app.finance.financing.errors import OfferClosed, QuoteClosed, QuotedAlready
from app.finance.financing.events import FinancingQuoted
from app.finance.financing.models import FinancingOffer, FinancingQuote
from app.finance.financing.schemas import FinancingQuoteIn
from app.finance.financing.states import ChargeKind, OfferState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce

ENTITY = "financing_quote"


async def quote(
    session: AsyncSession, actor: Actor, offer: FinancingOffer, form: FinancingQuoteIn, *, now: datetime
) -> FinancingQuote:
    """Quote for an open offer. An offer that is closed at the same moment leaves a quote that nobody can accept.

    Raises `OfferClosed`, `QuotedAlready`, `Invalid` unless there is either a rate or a fee.
    """
    if (form.rate_bp is None) == (form.fee_minor is None):
        message = N_("Give either a rate or a fee.")
        raise Invalid(errors=[FieldError("/rate_bp", "rate-or-fee", message)])
    if offer.state != OfferState.OPEN or offer.expires_at <= now:
        raise OfferClosed()
    values = {
        "id": new_id(),
        "offer_id": offer.id,
        "supplier_id": offer.supplier_id,
        "financier_id": actor.organization_id,
        "currency": offer.currency,
        "kind": ChargeKind.FEE if form.rate_bp is None else ChargeKind.RATE,
        "rate_bp": form.rate_bp,
        "fee_minor": form.fee_minor,
        "advance_bp": form.advance_bp,
        "recourse": form.recourse,
        "expires_at": now + timedelta(days=form.open_days),
        "created_by": actor.person_id,
    }
    row = await queries.insert_quote(session, values)
    if row is None:
        raise QuotedAlready()
    event = FinancingQuoted(
        financing_offer_id=offer.id,
        financing_quote_id=row.id,
        supplier_id=row.supplier_id,
        financier_id=row.financier_id,
    )
    await announce(session, event, organizations=[row.supplier_id, row.financier_id])
    await audit.record(session, actor, "financing_quote.give", ENTITY, row.id, after={"financing_offer_id": offer.id})
    return row


async def withdraw(session: AsyncSession, actor: Actor, quote_id: UUID, *, now: datetime) -> FinancingQuote:
    """Take a quote back that nobody has accepted. Raises `QuoteClosed`."""
    row = await queries.end_quote(session, quote_id, now, accepted=False)
    if row is None:
        raise QuoteClosed()
    await audit.record(session, actor, "financing_quote.withdraw", ENTITY, row.id, after={"withdrawn_at": now})
    return row
