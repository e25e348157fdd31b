"""A buyer pays a milestone, when it is due or before, or withdraws a bank transfer that has not come."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import queries
from app.finance.schedules.errors import MilestoneFrozen, NothingToPay, NoTransferAwaited, PaymentUnderWay
from app.finance.schedules.models import MilestonePayment, PaymentMilestone
from app.finance.schedules.schemas import MilestonePaymentIn
from app.finance.schedules.states import PaymentStep, PaymentWay
from app.finance.schedules.usecases.go_on import owed
from app.finance.schedules.usecases.progress import ENTITY
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.locales import N_
from app.parties import facade as parties

MOVE_JOB = "finance.move_milestone_payment"


async def pay(session: AsyncSession, actor: Actor, milestone_id: UUID, form: MilestonePaymentIn) -> PaymentMilestone:
    """Have what is still owed of a milestone taken, or say where it is to be sent; the worker asks the provider.

    Raises `Invalid`, `MilestoneFrozen`, `NothingToPay`, `PaymentUnderWay`: nothing is charged while it is not known what became
    of the payment before.
    """
    if (form.way is PaymentWay.METHOD) != (form.payment_method is not None):
        message = N_("Give a payment method, or pay by a bank transfer without one.")
        fault = FieldError("/payment_method", "payment-method-or-transfer", message)
        raise Invalid(errors=[fault])
    row = await _locked(session, milestone_id)
    if row.frozen_by is not None:
        raise MilestoneFrozen()
    amount = owed(row)
    if not amount:
        raise NothingToPay()
    country = form.country
    if form.way is PaymentWay.TRANSFER and country is None:
        country = (await parties.organizations(session, [row.buyer_id]))[row.buyer_id].country
    values = {
        "id": new_id(),
        "milestone_id": row.id,
        "buyer_id": row.buyer_id,
        "supplier_id": row.supplier_id,
        "currency": row.currency,
        "way": form.way,
        "amount_minor": amount,
        "country": country if form.way is PaymentWay.TRANSFER else None,
        "token": form.payment_method,
        "asked_by": actor.person_id,
    }
    [number] = await queries.next_steps(session, row, 1)
    made = await queries.insert_payment(session, values | {"number": number})
    if made is None:
        raise PaymentUnderWay()
    after = {"payment_id": made.id, "way": made.way, "amount_minor": amount, "currency": row.currency}
    await audit.record(session, actor, "payment_milestone.pay", ENTITY, row.id, after=after)
    await _ask(session, made)
    return row


async def withdraw_transfer(session: AsyncSession, actor: Actor, milestone_id: UUID) -> PaymentMilestone:
    """Await a bank transfer no more, so that the milestone can be paid otherwise. What comes all the same is kept, and given
    back where nobody owes it. Raises `NoTransferAwaited`."""
    row = await _locked(session, milestone_id)
    awaited = await queries.under_way(session, row.id)
    if awaited is None or awaited.way != PaymentWay.TRANSFER or awaited.state != PaymentStep.PROCESSING:
        raise NoTransferAwaited()
    awaited.state = PaymentStep.WITHDRAWING
    await session.flush()
    await audit.record(
        session, actor, "payment_milestone.withdraw_transfer", ENTITY, row.id, after={"payment_id": awaited.id}
    )
    await _ask(session, awaited)
    return row


async def _locked(session: AsyncSession, milestone_id: UUID) -> PaymentMilestone:
    row = await queries.lock_milestone(session, milestone_id)
    if row is None:
        raise NotFound()
    return row


async def _ask(session: AsyncSession, payment: MilestonePayment) -> None:
    await defer(session, MOVE_JOB, payment_id=str(payment.id), buyer_id=str(payment.buyer_id))
