"""Record what the provider answered, and what the operator's bank did: in the item, in its payout, in the ledger."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import queries
from app.finance.payouts.booking import book_sent, book_taken_back
from app.finance.payouts.events import PayoutFailed, PayoutSent
from app.finance.payouts.models import Payout, PayoutItem
from app.finance.payouts.moving import Refused
from app.finance.payouts.states import ItemState, PayoutState, TakeBackState, WaitReason, Way
from app.finance.payouts.usecases.make import tell_waiting
from app.finance.payouts.usecases.owe import REVERSE_JOB, tell_taken_back
from app.gateways.payments import Reversal, Transfer
from app.kit.jobs import defer
from app.kit.outbox import announce


async def record_transfer(
    session: AsyncSession, was: PayoutItem, outcome: Transfer | Refused, *, now: datetime
) -> None:
    """What became of an item; nothing is recorded when it is not any more as it was when the provider was asked."""
    if was.payout_id is None:
        return
    if isinstance(outcome, Refused):
        recorded = await _refused(session, was, outcome, now.date())
    else:
        values = {"state": ItemState.SENT, "sent_minor": was.open_minor, "sent_on": now.date()}
        values["transfer"] = outcome.reference
        recorded = await queries.change_item(session, was.id, ItemState.SENDING, was.attempt, values)
    if not recorded:
        return
    row = await queries.item(session, was.id)
    assert row is not None
    if row.state == ItemState.SENT:
        await book_sent(session, [row], Way.PROVIDER, now.date())
        await defer_reversals(session, row)
    await queries.add_sent(session, was.payout_id, row.sent_minor)
    await _end(session, was.payout_id, now=now)


async def _refused(session: AsyncSession, was: PayoutItem, outcome: Refused, today: date) -> bool:
    """It waits for another day, or for the operator; what was set off in it is set off anew then."""
    values = {
        "state": ItemState.REFUSED if outcome.for_good else ItemState.WAITING,
        "payout_id": None,
        "set_off_minor": 0,
        "attempt": was.attempt + 1,
        "problem": outcome.code,
        "due_on": today + timedelta(days=1),
        "told": outcome.waits_for_supplier,
    }
    if not await queries.change_item(session, was.id, ItemState.SENDING, was.attempt, values):
        return False
    await forgo_reversals(session, was.id, today)
    if outcome.waits_for_supplier:
        await tell_waiting(session, [was], WaitReason.NOT_READY)
    return True


async def defer_reversals(session: AsyncSession, row: PayoutItem) -> None:
    """Ask for what was taken back while the transfer was being made."""
    if any(one.state == TakeBackState.ASKED for one in await queries.take_backs_of(session, [row.id])):
        await defer(session, REVERSE_JOB, supplier_id=str(row.supplier_id))


async def forgo_reversals(session: AsyncSession, item_id: UUID, today: date) -> None:
    """There is no transfer to be reversed: what is owed no more is set off when the item is sent after all."""
    for one in await queries.take_backs_of(session, [item_id]):
        await queries.end_take_back(session, one.id, state=TakeBackState.OWED, problem="not_sent", ended_on=today)


async def record_bank(
    session: AsyncSession, payout: Payout, rows: Sequence[PayoutItem], day: date, bank_reference: str, *, now: datetime
) -> None:
    """The operator's bank has sent a payout. Raises `PeriodClosed`, `DayAhead`."""
    for row in rows:
        row.sent_minor, row.sent_on, row.state = row.open_minor, day, ItemState.SENT
    await session.flush()
    await book_sent(session, rows, Way.BANK, day)
    await queries.add_sent(session, payout.id, sum(row.sent_minor for row in rows))
    await _end(session, payout.id, now=now, bank_reference=bank_reference)


async def record_bank_failure(
    session: AsyncSession, payout: Payout, rows: Sequence[PayoutItem], *, now: datetime
) -> None:
    """The operator's bank did not send it: what is owed waits for another payout."""
    for row in rows:
        row.state, row.payout_id, row.set_off_minor, row.told = ItemState.WAITING, None, 0, False
        row.due_on = now.date() + timedelta(days=1)
    await session.flush()
    await _end(session, payout.id, now=now)


async def _end(session: AsyncSession, payout_id: UUID, *, now: datetime, bank_reference: str | None = None) -> None:
    """End the payout when nothing is left to be sent of it, and tell the supplier."""
    row = await queries.end_payout(session, payout_id, now=now, bank_reference=bank_reference)
    if row is None:
        return
    event: PayoutSent | PayoutFailed
    if row.state == PayoutState.SENT:
        event = PayoutSent(
            payout_id=row.id,
            supplier_id=row.supplier_id,
            way=row.way,
            currency=row.currency,
            sent_minor=row.sent_minor,
            set_off_minor=(await queries.set_off_in(session, [row.id])).get(row.id, 0),
            sent_on=now.date(),
        )
    else:
        event = PayoutFailed(
            payout_id=row.id,
            supplier_id=row.supplier_id,
            way=row.way,
            currency=row.currency,
            amount_minor=row.amount_minor,
        )
    await announce(session, event, organizations=[row.supplier_id])


async def record_reversal(
    session: AsyncSession, take_back_id: UUID, outcome: Reversal | Refused, *, now: datetime
) -> None:
    """What became of a reversal: it came back, or the supplier owes it from now on."""
    today = now.date()
    if isinstance(outcome, Refused):
        state, values = TakeBackState.OWED, {"problem": outcome.code}
    else:
        state, values = TakeBackState.DONE, {"reference": outcome.reference}
    if not await queries.end_take_back(session, take_back_id, state=state, ended_on=today, **values):
        return
    row = await queries.take_back(session, take_back_id)
    item = await queries.item(session, row.item_id) if row else None
    assert row is not None and item is not None
    if state is TakeBackState.DONE:
        await queries.add_reversed(session, row.item_id, row.amount_minor)
        await book_taken_back(session, row, today)
    await tell_taken_back(session, item, row.amount_minor, state)
