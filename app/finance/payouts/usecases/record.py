"""Record what the provider answered, and what the operator's bank did: in the ledger, in the item, in its payout.

In this order, as whoever refunds does it: balances are locked before items, and nobody waits for somebody who waits for him.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import bank_queries, queries
from app.finance.payouts.booking import book_returned, book_sent, book_taken_back
from app.finance.payouts.errors import PayoutNotReturnable
from app.finance.payouts.events import PayoutFailed, PayoutSent
from app.finance.payouts.models import Payout, PayoutItem
from app.finance.payouts.moving import Refused
from app.finance.payouts.states import ItemState, PayoutState, TakeBackState, Way
from app.finance.payouts.usecases.owe import REVERSE_JOB, tell_taken_back
from app.gateways.payments import Reversal, Transfer
from app.kit.errors import Conflict
from app.kit.jobs import defer
from app.kit.outbox import announce

RETURNED_FOR = timedelta(days=3)
"""What came back is due again then: the supplier has time to correct his account."""


class RecordedMeanwhile(Exception):
    """Somebody else has recorded it while this was being recorded: nothing is written, and the job looks again."""


async def record_transfer(
    session: AsyncSession, was: PayoutItem, outcome: Transfer | Refused, *, now: datetime
) -> None:
    """What became of an item; nothing is recorded when it is not any more as it was when the provider was asked."""
    row = await queries.item(session, was.id)
    if row is None or was.payout_id is None or (row.state, row.attempt) != (ItemState.SENDING, was.attempt):
        return
    if isinstance(outcome, Refused):
        recorded, sent_minor = await _refused(session, was, outcome, now.date()), 0
    else:
        sent_minor = was.open_minor
        await book_sent(session, [(row, sent_minor)], Way.PROVIDER, now.date())
        values = {"state": ItemState.SENT, "sent_minor": sent_minor, "sent_on": now.date()}
        values["transfer"] = outcome.reference
        recorded = await queries.change_item(session, was.id, ItemState.SENDING, was.attempt, values)
    if not recorded:
        raise RecordedMeanwhile(f"payout item {was.id}")
    if sent_minor:
        await defer_reversals(session, row)
    await queries.add_sent(session, was.payout_id, sent_minor)
    await _end(session, was.payout_id, now=now, day=now.date())


async def _refused(session: AsyncSession, was: PayoutItem, outcome: Refused, today: date) -> bool:
    """It waits for another day, or for the operator; what was set off in it is set off anew then."""
    values = {
        "state": ItemState.REFUSED if outcome.for_good else ItemState.WAITING,
        "payout_id": None,
        "set_off_minor": 0,
        "attempt": was.attempt + 1,
        "problem": outcome.code,
        "due_on": today + timedelta(days=1),
        # He hears of the payout that failed, and of his account.
        "told": outcome.waits_for_supplier,
    }
    if not await queries.change_item(session, was.id, ItemState.SENDING, was.attempt, values):
        return False
    await forgo_reversals(session, was.id, today)
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
    session: AsyncSession,
    payout: Payout,
    rows: Sequence[PayoutItem],
    day: date,
    bank_reference: str,
    *,
    now: datetime,
    sent_on: date | None = None,
) -> None:
    """The operator's bank has sent a payout, which is posted on a day. Raises `PeriodClosed`, `DayAhead`, `Conflict`."""
    sent = [(row, row.open_minor) for row in rows]
    await book_sent(session, sent, Way.BANK, day)
    for row, sent_minor in sent:
        values = {"state": ItemState.SENT, "sent_minor": sent_minor, "sent_on": sent_on or day}
        if not await queries.change_item(session, row.id, ItemState.SENDING, row.attempt, values):
            raise Conflict()
    await queries.add_sent(session, payout.id, sum(sent_minor for _, sent_minor in sent))
    await _end(session, payout.id, now=now, day=sent_on or day, bank_reference=bank_reference)


async def record_return(
    session: AsyncSession,
    payout: Payout,
    day: date,
    *,
    now: datetime,
    reason: str | None = None,
    returned_on: date | None = None,
    kept_minor: int = 0,
) -> None:
    """A payout by bank came back: all of it is owed again, less what is taken back of it meanwhile, and posted on a day. Acts for
    the supplier. Raises `PayoutNotReturnable`, `PeriodClosed`, `DayAhead`, `Conflict`."""
    rows = await bank_queries.sent_items(session, payout.id)
    if payout.state != PayoutState.SENT or payout.way != Way.BANK or not 0 <= kept_minor < payout.sent_minor:
        raise PayoutNotReturnable()
    await book_returned(session, payout, rows, kept_minor, day)
    came = {"returned_on": returned_on or day, "return_reason": reason, "kept_minor": kept_minor}
    if not await bank_queries.return_payout(session, payout.id, **came):
        raise PayoutNotReturnable()
    for row in rows:
        values = {
            "state": ItemState.WAITING,
            "payout_id": None,
            "set_off_minor": 0,
            "sent_minor": 0,
            "sent_on": None,
            "told": False,
            "attempt": row.attempt + 1,
            "due_on": now.date() + RETURNED_FOR,
        }
        if not await queries.change_item(session, row.id, ItemState.SENT, row.attempt, values):
            raise Conflict()
    await _tell_failed(session, payout)


async def record_bank_failure(
    session: AsyncSession, payout: Payout, rows: Sequence[PayoutItem], *, now: datetime
) -> None:
    """The operator's bank did not send it: what is owed waits for another payout. Raises `Conflict`."""
    tomorrow = now.date() + timedelta(days=1)
    for row in rows:
        values = {"state": ItemState.WAITING, "payout_id": None, "set_off_minor": 0, "told": False, "due_on": tomorrow}
        if not await queries.change_item(session, row.id, ItemState.SENDING, row.attempt, values):
            raise Conflict()
    await queries.add_sent(session, payout.id, 0)
    await _end(session, payout.id, now=now, day=now.date())


async def _end(
    session: AsyncSession, payout_id: UUID, *, now: datetime, day: date, bank_reference: str | None = None
) -> None:
    """End the payout when nothing is left to be sent of it, and tell the supplier."""
    row = await queries.end_payout(session, payout_id, now=now, bank_reference=bank_reference)
    if row is None:
        return
    if row.state == PayoutState.SENT:
        event = PayoutSent(
            payout_id=row.id,
            supplier_id=row.supplier_id,
            way=row.way,
            currency=row.currency,
            sent_minor=row.sent_minor,
            set_off_minor=(await queries.set_off_in(session, [row.id])).get(row.id, 0),
            sent_on=day,
        )
        await announce(session, event, organizations=[row.supplier_id])
    else:
        await _tell_failed(session, row)


async def _tell_failed(session: AsyncSession, row: Payout) -> None:
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
    today, row = now.date(), await queries.take_back(session, take_back_id)
    item = await queries.item(session, row.item_id) if row else None
    if row is None or item is None or row.state != TakeBackState.ASKED:
        return
    values: dict[str, Any] = {"ended_on": today}
    if isinstance(outcome, Refused):
        state = TakeBackState.OWED
        values["problem"] = outcome.code
    else:
        state = TakeBackState.DONE
        values["reference"] = outcome.reference
        await book_taken_back(session, row, today)
    if not await queries.end_take_back(session, take_back_id, state=state, **values):
        raise RecordedMeanwhile(f"take-back {take_back_id}")
    if state is TakeBackState.DONE:
        await queries.add_reversed(session, row.item_id, row.amount_minor)
    await tell_taken_back(session, item, row.amount_minor, state)
