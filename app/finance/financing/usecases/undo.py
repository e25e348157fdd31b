"""A financier has money back without a call of ours: his bank took it, or it was given back at the provider's desk.

What of it is the advance he is owed no more, and the supplier brings it; what he was repaid or has lost before, and what never
became an advance, he brings himself: his payable falls below nothing, and is set off.
"""

from datetime import date, datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import booking, queries, rules
from app.finance.financing.models import Financing, FinancingPayment
from app.finance.financing.moving import stands
from app.finance.financing.rules import Division, Parts
from app.finance.financing.states import UNDER_WAY, DisputeStep, FinancingState, FundingStep, MoveKind
from app.finance.financing.usecases.fund import locked, record_funding
from app.finance.financing.usecases.move import ended, make_good, reckon, write
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import CauseKind, FactKind
from app.finance.payouts import facade as payouts
from app.finance.provider.facade import HeardTooEarly
from app.finance.schedules.facade import Receivable
from app.gateways.payments import Dispute, DisputeState, Payment

log = structlog.get_logger(__name__)

_STATES = {
    DisputeState.TO_ANSWER: DisputeStep.OPEN,
    DisputeState.LOOKED_AT: DisputeStep.OPEN,
    DisputeState.WON: DisputeStep.WON,
    DisputeState.LOST: DisputeStep.LOST,
}


async def follow_funding(session: AsyncSession, payment_id: UUID, payment: Payment, *, now: datetime) -> None:
    """A financier's payment as it stands now. Acts for him. What was given back of it at the provider's desk he has back."""
    await record_funding(session, payment_id, stands(payment), now=now)
    found = await locked(session, payment_id)
    if found is None or found[1].state != FundingStep.CAPTURED:
        return
    row, paid, _ = found
    parts = _parts(row, paid, payment.refunded_minor - paid.refunded_minor)
    if not parts.whole_minor:
        return
    paid.refunded_minor += parts.whole_minor
    paid.changed_at = now
    # What is given back at the desk stays so: with the last of the advance its charge falls away.
    await _undo(session, row, parts, FactKind.REFUND, now.date(), for_good=True)


async def follow_dispute(session: AsyncSession, payment_id: UUID, dispute: Dispute, *, now: datetime) -> None:
    """A dispute at the provider as it stands now. Acts for the financier. Told twice, or late, it changes nothing.

    Raises `HeardTooEarly` while it is not written down that the payment has come.
    """
    found = await locked(session, payment_id)
    if found is None:
        return
    row, paid, owed = found
    becomes = _STATES[dispute.state]
    is_new = paid.dispute != dispute.reference
    if is_new and (becomes is DisputeStep.WON or not await _begin(session, row, paid, dispute, now=now)):
        return
    if becomes is DisputeStep.OPEN or paid.dispute_state != DisputeStep.OPEN:
        return
    paid.dispute_state, paid.changed_at = becomes, now
    if becomes is DisputeStep.WON:
        parts = Parts(paid.taken_supplier_minor, paid.taken_financier_minor)
        paid.taken_supplier_minor = paid.taken_financier_minor = 0
        await _renew(session, row, paid, parts, owed, now.date())
        return
    await session.flush()
    if row.state == FinancingState.RUNNING and not row.principal_minor:
        reckon(row, now.date())
        await write(session, row, MoveKind.UNDONE, Division(0, row.charge_minor), now.date())


async def _begin(
    session: AsyncSession, row: Financing, paid: FinancingPayment, dispute: Dispute, *, now: datetime
) -> bool:
    """The bank takes what there is of the payment; whether anything was taken."""
    if paid.state in UNDER_WAY:
        raise HeardTooEarly(dispute.reference)
    again = paid.dispute_state in (DisputeStep.OPEN, DisputeStep.LOST)
    if paid.state != FundingStep.CAPTURED or again:
        if again:
            log.error("funding_disputed_twice", payment_id=str(paid.id))
        return False
    parts = _parts(row, paid, dispute.amount.minor)
    if not parts.whole_minor:
        return False
    paid.dispute, paid.dispute_state, paid.changed_at = dispute.reference, DisputeStep.OPEN, now
    paid.taken_supplier_minor, paid.taken_financier_minor = parts.supplier_minor, parts.financier_minor
    await _undo(session, row, parts, FactKind.CHARGED_BACK, now.date(), for_good=False)
    return True


def _parts(row: Financing, paid: FinancingPayment, minor: int) -> Parts:
    """Whose it is, as far as there is something of the payment left."""
    gone = paid.refunded_minor + paid.taken_supplier_minor + paid.taken_financier_minor
    left = max(0, min(minor, paid.captured_minor - gone))
    if left < minor:
        log.error("funding_back_beyond_payment", payment_id=str(paid.id), missing_minor=minor - left)
    his_own_before = gone - row.taken_minor if paid.advanced_minor else gone
    own = max(0, paid.captured_minor - paid.advanced_minor - his_own_before)
    return rules.parts_back(left, own, row.principal_minor if paid.advanced_minor else 0)


async def _undo(
    session: AsyncSession, row: Financing, parts: Parts, kind: FactKind, day: date, *, for_good: bool
) -> None:
    """Book it, and take from the supplier what of the advance he was given last first."""
    taken = parts.supplier_minor
    given = rules.advances_back(row.funded_minor, await queries.undone_since(session, row.id), taken)
    if taken:
        reckon(row, day)
        forgone = row.charge_minor if for_good and taken == row.principal_minor else 0
        number = (await write(session, row, MoveKind.UNDONE, Division(taken, forgone), day)).number
    else:
        number = await _numbered(session, row)
    await ledger.post(session, booking.gone(row, kind, parts, number, day))
    cause = (CauseKind.FINANCING, row.id)
    for occasion, amount in given:
        await payouts.take_back(session, cause=cause, occasion=occasion, amount_minor=amount, day=day)


async def _renew(
    session: AsyncSession, row: Financing, paid: FinancingPayment, parts: Parts, owed: Receivable, day: date
) -> None:
    """The bank gave it back. The advance is the supplier's again; what the buyer has paid meanwhile went to the supplier, who
    makes good what is missing because of it."""
    given = parts.supplier_minor
    if given:
        reckon(row, day)
        number = (await write(session, row, MoveKind.RENEWED, Division(given, 0), day)).number
    else:
        number = await _numbered(session, row)
    await ledger.post(session, booking.came_again(row, parts, number, day))
    if not given:
        return
    await payouts.owe(
        session,
        supplier_id=row.supplier_id,
        payment_reference=paid.payment,
        amount=(given, row.currency),
        cause=(CauseKind.FINANCING, row.id),
        occasion=number,
        day=day,
    )
    missing = row.principal_minor + row.charge_minor - owed.open_minor
    if missing > 0:
        await make_good(session, row, min(missing, owed.at_supplier_minor), day)
    if owed.nothing_comes:
        await ended(session, row.milestone_id, row.supplier_id, day)


async def _numbered(session: AsyncSession, row: Financing) -> int:
    """A number for what changes nothing of the advance."""
    row.moves += 1
    row.version += 1
    await session.flush()
    return row.moves
