"""A buyer pays a milestone, when it is due or before, or withdraws a bank transfer that has not come."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.methods import facade as methods
from app.finance.methods.facade import SavedMethod
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
    saved = await _saved(session, actor.organization_id, form)
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
        "method": saved.reference if saved else None,
        "shown": saved.shown if saved else None,
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


async def _saved(session: AsyncSession, organization_id: UUID, form: MilestonePaymentIn) -> SavedMethod | None:
    """The saved method that is charged; None for a transfer, and for a method that is given for this payment alone. Raises
    `Invalid` for two ways at once, and where nothing is saved."""
    given = (form.payment_method is not None) + (form.payment_method_id is not None)
    if given > (form.way is PaymentWay.METHOD):
        message = N_("Give a payment method, or pay by a bank transfer without one.")
        raise Invalid(errors=[FieldError("/payment_method", "payment-method-or-transfer", message)])
    if form.way is PaymentWay.TRANSFER or form.payment_method is not None:
        return None
    if form.payment_method_id is None:
        found = await methods.charge_method(session, organization_id)
        message = N_("Give a payment method: your organization has saved none.")
        fault = FieldError("/payment_method", "no-payment-method", message)
    else:
        found = await methods.find(session, organization_id, form.payment_method_id)
        fault = FieldError(
            "/payment_method_id", "payment-method-unknown", N_("Your organization has saved no such payment method.")
        )
    if found is None:
        raise Invalid(errors=[fault])
    return found


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
