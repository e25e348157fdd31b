"""The one place where a supplier's money is passed on and taken back: what is subtracted for the house, what is sent on, and what
comes back of both.

Each function writes down what a step means for the supplier, and gives the moves that follow: `carry_out` posts them first and
then tells payouts, so that balances are locked before what is to be sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission import facade as commission
from app.finance.commission.facade import Terms
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import CauseKind, Posting
from app.finance.payouts import facade as payouts
from app.finance.schedules import booking, queries, rules
from app.finance.schedules.assigning import Diverted, Left, claimed
from app.finance.schedules.models import (
    MilestoneChargeback,
    MilestonePart,
    MilestoneRefund,
    MilestoneRelease,
    PaymentMilestone,
)
from app.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Owed:
    """So much, net of commission, is to be sent to the supplier out of a payment; `number` is the occasion."""

    number: int
    payment: str | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NotOwed:
    """So much of what was owed by an occasion is owed no more."""

    number: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class OwedElsewhere:
    """So much is to be sent to whom it was assigned, or, with a negative amount, is owed to him no more."""

    claim: Diverted
    payment: str | None
    amount_minor: int


Move = Posting | Owed | NotOwed | OwedElsewhere


async def carry_out(session: AsyncSession, milestone: PaymentMilestone, moves: Sequence[Move], day: date) -> None:
    """Post what is posted, then say what is owed and what is not any more: to the supplier, and to whom he has assigned it."""
    cause = (CauseKind.MILESTONE, milestone.id)
    found = await _assigned(session, milestone, moves, day)
    await ledger.post(session, *(one for one in found if isinstance(one, Posting)))
    for one in found:
        if isinstance(one, Owed):
            await payouts.owe(
                session,
                supplier_id=milestone.supplier_id,
                payment_reference=one.payment,
                amount=(one.amount_minor, milestone.currency),
                cause=cause,
                occasion=one.number,
                day=day,
            )
        elif isinstance(one, NotOwed):
            await payouts.take_back(session, cause=cause, occasion=one.number, amount_minor=one.amount_minor, day=day)
        elif isinstance(one, OwedElsewhere):
            await _elsewhere(session, milestone.currency, one, day)


async def _elsewhere(session: AsyncSession, currency: str, one: OwedElsewhere, day: date) -> None:
    claim = one.claim
    if one.amount_minor < 0:
        taken = -one.amount_minor
        await payouts.take_back(session, cause=claim.cause, occasion=claim.occasion, amount_minor=taken, day=day)
        return
    await payouts.owe(
        session,
        supplier_id=claim.holder_id,
        payment_reference=one.payment,
        amount=(one.amount_minor, currency),
        cause=claim.cause,
        occasion=claim.occasion,
        day=day,
    )


async def _assigned(session: AsyncSession, milestone: PaymentMilestone, moves: Sequence[Move], day: date) -> list[Move]:
    """The moves, with what was assigned taken out of the supplier's. What is taken of former steps is asked for first: what goes
    back of one payment is made up for by what comes again of another."""
    made = {one.number for one in moves if isinstance(one, Owed)}
    known: dict[int, Diverted | None] = {}
    for at, one in enumerate(moves):
        if isinstance(one, NotOwed) and one.number not in made:
            known[at] = await _claim(session, milestone, one, day)
    found: list[Move] = []
    for at, one in enumerate(moves):
        if not isinstance(one, Owed | NotOwed):
            found.append(one)
            continue
        given = isinstance(one, Owed)
        claim = known[at] if at in known else await _claim(session, milestone, one, day)
        if claim is None:
            found.append(one)
            continue
        found += claim.facts
        rest = one.amount_minor - claim.amount_minor
        if rest:
            found.append(replace(one, amount_minor=rest))
        if not claim.made_good:
            payment = one.payment if isinstance(one, Owed) else None
            found.append(OwedElsewhere(claim, payment, claim.amount_minor if given else -claim.amount_minor))
    return found


async def _claim(session: AsyncSession, milestone: PaymentMilestone, one: Owed | NotOwed, day: date) -> Diverted | None:
    given = isinstance(one, Owed)
    left = one.amount_minor if given else await queries.left_by(session, milestone.id, one.number)
    asked = Left(milestone.id, milestone.supplier_id, one.number, given, left, one.amount_minor, day)
    return await claimed(session, asked)


async def released(
    session: AsyncSession, milestone: PaymentMilestone, releases: Sequence[MilestoneRelease]
) -> list[Move]:
    """Parts of payments went to the supplier, less the commission on them."""
    terms = await _terms(session, milestone)
    moves: list[Move] = []
    for one in releases:
        moves.append(booking.released(milestone, one))
        before = await queries.released_before(session, one)
        fee = rules.commission_minor(terms, before, one.amount_minor)
        moves += await _give(session, milestone, one, one.amount_minor, fee, one.released_on)
    return moves


async def set_aside(
    session: AsyncSession, milestone: PaymentMilestone, refund: MilestoneRefund, day: date
) -> list[Move]:
    """A refund is about to be given back. What of it the supplier has goes back into escrow, with its share of commission, and is
    sent to him no more."""
    if not refund.from_supplier_minor:
        return []
    return [
        booking.set_aside(milestone, refund, day),
        *await _take(session, milestone, refund, refund.from_supplier_minor, day),
    ]


async def refunded(
    session: AsyncSession, milestone: PaymentMilestone, refund: MilestoneRefund, day: date
) -> list[Move]:
    """A refund is done: it leaves escrow, where all of it was put aside."""
    return [booking.refunded(milestone, refund, day)]


async def not_refunded(
    session: AsyncSession, milestone: PaymentMilestone, refund: MilestoneRefund, day: date
) -> list[Move]:
    """A refund has failed: what of it was taken from the supplier is owed to him again."""
    if not refund.from_supplier_minor:
        return []
    return [booking.not_refunded(milestone, refund, day), *await _again(session, milestone, refund, day)]


async def charged_back(
    session: AsyncSession, milestone: PaymentMilestone, chargeback: MilestoneChargeback, day: date
) -> list[Move]:
    """The payer's bank took money back. What of it had been released the supplier owes, less its share of commission."""
    moves: list[Move] = [booking.charged_back(milestone, chargeback, day)]
    if chargeback.from_supplier_minor:
        moves += await _take(session, milestone, chargeback, chargeback.from_supplier_minor, day)
    return moves


async def chargeback_won(
    session: AsyncSession, milestone: PaymentMilestone, chargeback: MilestoneChargeback, day: date
) -> list[Move]:
    """The payer's bank gave it back: what was taken from the supplier is owed to him again."""
    moves: list[Move] = [booking.chargeback_won(milestone, chargeback, day)]
    if chargeback.from_supplier_minor:
        moves += await _again(session, milestone, chargeback, day)
    return moves


async def _terms(session: AsyncSession, milestone: PaymentMilestone) -> Terms:
    """Those of the deal, frozen when its schedule was opened; of an older one, those of that day."""
    schedule = await queries.schedule(session, milestone.schedule_id)
    assert schedule is not None, "a foreign key says so"
    return await commission.agree(
        session,
        deal=(schedule.deal_kind, schedule.deal_id),
        supplier_id=milestone.supplier_id,
        currency=milestone.currency,
        day=schedule.opened_at.date(),
    )


Step = MilestoneRelease | MilestoneRefund | MilestoneChargeback


async def _give(
    session: AsyncSession, milestone: PaymentMilestone, step: Step, amount: int, fee: int, day: date
) -> list[Move]:
    """So much is the supplier's by a step, and of it so much is the house's."""
    await _write(session, milestone, step, step.number, amount, fee)
    moves: list[Move] = []
    if fee:
        moves.append(booking.commission(milestone, fee, step.number, day))
    if amount > fee:
        payment = await queries.payment(session, step.payment_id)
        assert payment is not None, "a foreign key says so"
        moves.append(Owed(step.number, payment.payment, amount - fee))
    return moves


async def _take(session: AsyncSession, milestone: PaymentMilestone, step: Step, amount: int, day: date) -> list[Move]:
    """So much of a payment is not the supplier's any more: of what he was given last first, with its share of commission."""
    known = await queries.parts(session, step.payment_id)
    moves: list[Move] = []
    fees = 0
    for part, taken in rules.taken_of_parts(known, amount):
        fee = rules.commission_back(part, taken)
        await _write(session, milestone, step, part.number, -taken, -fee)
        fees += fee
        if taken > fee:
            moves.append(NotOwed(part.number, taken - fee))
    if fees:
        moves.insert(0, booking.commission_returned(milestone, fees, step.number, day))
    return moves


async def _again(session: AsyncSession, milestone: PaymentMilestone, step: Step, day: date) -> list[Move]:
    """What a step took from the supplier is his again, and the commission on it the house's."""
    amount, fee = await queries.taken_by(session, milestone.id, step.number)
    return await _give(session, milestone, step, amount, fee, day)


async def _write(
    session: AsyncSession, milestone: PaymentMilestone, step: Step, owed_by: int, amount: int, fee: int
) -> None:
    row = MilestonePart(
        id=new_id(),
        milestone_id=milestone.id,
        buyer_id=milestone.buyer_id,
        supplier_id=milestone.supplier_id,
        currency=milestone.currency,
        payment_id=step.payment_id,
        number=step.number,
        owed_by=owed_by,
        amount_minor=amount,
        commission_minor=fee,
    )
    session.add(row)
    await session.flush()
