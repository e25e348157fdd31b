"""The financier pays the advance: asked for by him, written down as the provider says, and passed on to the supplier."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import booking, queries
from app.finance.financing.errors import NothingToFund
from app.finance.financing.events import FinancingFunded, FundingDeclined
from app.finance.financing.models import Financing, FinancingPayment
from app.finance.financing.schemas import FundingIn
from app.finance.financing.states import FUNDING_STEPS, FinancingState, FundingStep
from app.finance.financing.usecases.accept import ENTITY
from app.finance.financing.usecases.move import make_good
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import CauseKind
from app.finance.methods import facade as methods
from app.finance.payouts import facade as payouts
from app.finance.schedules.facade import PaymentWay, Receivable, receivable
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties

FUND_JOB = "finance.move_financing_payment"


async def fund(session: AsyncSession, actor: Actor, financing_id: UUID, form: FundingIn) -> Financing:
    """Have the advance taken, or say where it is to be sent; the worker asks the provider.

    Without a token the organization's saved method is used. Raises `NothingToFund`, `Invalid` where there is none.
    """
    row = await queries.financing(session, financing_id, lock=True)
    if row is None or row.state != FinancingState.FUNDING or await queries.under_way(session, row.id):
        raise NothingToFund()
    values: dict[str, Any] = {
        "id": new_id(),
        "financing_id": row.id,
        "supplier_id": row.supplier_id,
        "financier_id": row.financier_id,
        "currency": row.currency,
        "way": form.way,
        "amount_minor": row.advance_minor,
        "asked_by": actor.person_id,
        **(await _means(session, row.financier_id, form)),
    }
    made = await queries.insert_payment(session, values)
    if made is None:
        raise NothingToFund()
    after = {"payment_id": made.id, "way": made.way, "amount_minor": made.amount_minor, "currency": made.currency}
    await audit.record(session, actor, "financing.fund", ENTITY, row.id, after=after)
    await defer(session, FUND_JOB, payment_id=str(made.id), financier_id=str(made.financier_id))
    return row


async def _means(session: AsyncSession, financier_id: UUID, form: FundingIn) -> dict[str, Any]:
    if form.way is PaymentWay.TRANSFER:
        if form.payment_method is not None:
            message = N_("Give a payment method, or pay by a bank transfer without one.")
            raise Invalid(errors=[FieldError("/payment_method", "payment-method-or-transfer", message)])
        firm = (await parties.organizations(session, [financier_id]))[financier_id]
        return {"country": form.country or firm.country}
    if form.payment_method is not None:
        return {"token": form.payment_method}
    saved = await methods.charge_method(session, financier_id)
    if saved is None:
        message = N_("Save a payment method, or give one that your browser was handed.")
        raise Invalid(errors=[FieldError("/payment_method", "no-payment-method", message)])
    return {"method": saved.reference, "shown": saved.shown}


async def record_funding(session: AsyncSession, payment_id: UUID, values: Mapping[str, Any], *, now: datetime) -> None:
    """What the provider answered or told. Acts for the financier. News that are none, or that come too late, change nothing."""
    found = await locked(session, payment_id)
    if found is None:
        return
    row, payment, owed = found
    becomes = FundingStep(values["state"])
    if becomes not in FUNDING_STEPS[FundingStep(payment.state)]:
        return
    for name, value in values.items():
        setattr(payment, name, value)
    payment.changed_at = now
    await session.flush()
    if becomes is FundingStep.CAPTURED:
        await _came(session, row, payment, owed, now=now)
    elif becomes is FundingStep.DECLINED:
        event = FundingDeclined(
            financing_id=row.id,
            financier_id=row.financier_id,
            currency=row.currency,
            amount_minor=payment.amount_minor,
            reason=payment.reason or "generic",
        )
        await announce(session, event, organizations=[row.financier_id])


async def locked(session: AsyncSession, payment_id: UUID) -> tuple[Financing, FinancingPayment, Receivable] | None:
    """The milestone first, as everybody does; then the financing and its payment."""
    seen = await queries.payment(session, payment_id)
    known = await queries.financing(session, seen.financing_id) if seen else None
    if known is None:
        return None
    async with acting_for(session, known.supplier_id):
        owed = await receivable(session, known.milestone_id, lock=True)
    row = await queries.financing(session, known.id, lock=True)
    payment = await queries.payment(session, payment_id, lock=True)
    if row is None or payment is None or owed is None:
        return None
    return row, payment, owed


async def _came(
    session: AsyncSession, row: Financing, payment: FinancingPayment, owed: Receivable, *, now: datetime
) -> None:
    """The advance goes to the supplier. Of what comes too late, or is too much, nobody but the financier is owed anything."""
    day = now.date()
    advance, number = 0, 1
    if row.state == FinancingState.FUNDING:
        advance = min(row.advance_minor, payment.captured_minor)
        row.state, row.funded_on, row.reckoned_on = FinancingState.RUNNING, day, day
        row.funded_minor = row.principal_minor = payment.advanced_minor = advance
        row.charge_minor = row.fee_minor or 0
        row.version += 1
    else:
        row.moves += 1
        number = row.moves
    await session.flush()
    await ledger.post(session, booking.came(row, payment.captured_minor, advance, number, day))
    cause = (CauseKind.FINANCING, row.id)
    beyond = payment.captured_minor - advance
    if advance:
        await payouts.owe(
            session,
            supplier_id=row.supplier_id,
            payment_reference=payment.payment,
            amount=(advance, row.currency),
            cause=cause,
            occasion=number,
            day=day,
        )
        event = FinancingFunded(
            financing_id=row.id,
            supplier_id=row.supplier_id,
            financier_id=row.financier_id,
            currency=row.currency,
            amount_minor=advance,
        )
        await announce(session, event, organizations=[row.supplier_id, row.financier_id])
    if beyond:
        if advance:
            row.moves += 1
            number = row.moves
            await session.flush()
        await payouts.owe(
            session,
            supplier_id=row.financier_id,
            payment_reference=payment.payment,
            amount=(beyond, row.currency),
            cause=cause,
            occasion=number,
            day=day,
        )
    # What the buyer paid before the advance came went to the supplier.
    missing = row.amount_minor - owed.open_minor
    if advance and missing > 0:
        await make_good(session, row, missing, day)
