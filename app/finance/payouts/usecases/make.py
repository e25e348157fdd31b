"""Make payouts of what is due to a supplier: one for each currency and way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import creditor_reference
from app.finance.invoicing.facade import PaidAt, paid_at
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import AccountOf, Purpose
from app.finance.payouts import queries, settings_queries
from app.finance.payouts.events import PayoutSent, PayoutWaits
from app.finance.payouts.models import PayoutItem
from app.finance.payouts.queries import Position
from app.finance.payouts.rules import Terms, debt, is_enough, pays_on, set_off
from app.finance.payouts.states import ItemState, PayoutState, WaitReason, Way
from app.finance.payouts.terms import terms_of
from app.gateways.payments import AccountState
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce
from app.parties import facade as parties

MAKE_JOB = "finance.make_payouts"
SEND_JOB = "finance.send_payout"
REFERENCE = "PO"
ITEMS_AT_ONCE = 500
# What is still to be sent, what is asked back and the ledger's balance are read as they were at one moment. Whoever changes what
# is due meanwhile lets this fail, and the job comes again.
_ONE_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is due in one currency one way."""

    supplier_id: UUID
    currency: str
    way: Way
    items: tuple[PayoutItem, ...]


async def see_one_moment(session: AsyncSession) -> None:
    """Call it first in the transaction."""
    await session.execute(_ONE_MOMENT)


async def make_payouts(session: AsyncSession, supplier_id: UUID, *, now: datetime) -> None:
    """Make what is due today, and save the jobs that send it; tell the supplier once what waits for him.

    What he owes is made up for first. Acts for the supplier, in a transaction of its own that sees one moment.
    """
    today, terms = now.date(), await terms_of(session, supplier_id)
    due = await queries.lock_due(session, supplier_id, today, ITEMS_AT_ONCE)
    batches = _batches(supplier_id, [row for row in due if pays_on(terms, row.due_on) <= today], terms)
    if not batches:
        return
    positions = await queries.positions(session, supplier_id)
    bank = await paid_at(session, supplier_id)
    owes: dict[str, int] = {}
    for batch in batches:
        if batch.currency not in owes:
            owes[batch.currency] = await _debt(session, batch, positions[batch.currency])
        reason = await _obstacle(session, batch, bank)
        if reason is not None:
            await _tell_waiting(session, batch, reason)
            continue
        owes[batch.currency] -= await _make(session, batch, terms, owes[batch.currency], bank, now)


def _batches(supplier_id: UUID, items: Sequence[PayoutItem], terms: Terms) -> list[_Batch]:
    found: dict[tuple[str, Way], list[PayoutItem]] = {}
    for row in items:
        way = Way.BANK if row.by_bank else terms.way
        found.setdefault((row.currency, way), []).append(row)
    return [_Batch(supplier_id, currency, way, tuple(rows)) for (currency, way), rows in sorted(found.items())]


async def _debt(session: AsyncSession, batch: _Batch, position: Position) -> int:
    account = AccountOf(batch.supplier_id, Purpose.PAYABLE_TO_SUPPLIER, batch.currency)
    return debt(position.open_minor, position.asked_minor, await ledger.balance(session, account))


async def _obstacle(session: AsyncSession, batch: _Batch, bank: PaidAt | None) -> WaitReason | None:
    """Why nothing can be sent to the supplier this way."""
    if batch.way is Way.BANK:
        return WaitReason.NO_BANK_ACCOUNT if bank is None else None
    account = await settings_queries.account(session, batch.supplier_id)
    if account is None:
        return WaitReason.NO_ACCOUNT
    return None if account.state == AccountState.READY else WaitReason.NOT_READY


async def _tell_waiting(session: AsyncSession, batch: _Batch, reason: WaitReason) -> None:
    """Announce once that these wait for something that their supplier has to do."""
    if all(row.told for row in batch.items):
        return
    event = PayoutWaits(
        supplier_id=batch.supplier_id,
        currency=batch.currency,
        amount_minor=sum(row.open_minor for row in batch.items),
        reason=reason,
    )
    await announce(session, event, organizations=[batch.supplier_id])
    await queries.mark_told(session, [row.id for row in batch.items])


async def _make(
    session: AsyncSession, batch: _Batch, terms: Terms, debt_minor: int, bank: PaidAt | None, now: datetime
) -> int:
    """Make one payout, unless there is too little for one; what of the debt it made up for."""
    parts = set_off([row.open_minor for row in batch.items], debt_minor)
    amount = sum(row.open_minor for row in batch.items) - sum(parts)
    if not is_enough(terms, amount, batch.currency):
        return 0
    payout_id = new_id()
    values = {
        "id": payout_id,
        "supplier_id": batch.supplier_id,
        "way": batch.way,
        "currency": batch.currency,
        "amount_minor": amount,
        "state": PayoutState.SENDING if amount else PayoutState.SET_OFF,
        "made_on": now.date(),
        "ended_at": None if amount else now,
    }
    if batch.way is Way.BANK and bank is not None:
        firm = (await parties.organizations(session, [batch.supplier_id]))[batch.supplier_id]
        holder = bank.account_name or firm.legal_name_latin
        values |= {"bank_holder": holder, "bank_account": bank.account, "bank_bic": bank.bic}
        values["reference"] = creditor_reference(REFERENCE, payout_id)
    await queries.insert_payout(session, values)
    for row, part in zip(batch.items, parts, strict=True):
        row.set_off_minor, row.payout_id = part, payout_id
        row.state = ItemState.SENDING if row.open_minor else ItemState.SET_OFF
    await session.flush()
    if not amount:
        await _tell_set_off(session, batch, payout_id, sum(parts), now)
    elif batch.way is Way.PROVIDER:
        await defer(session, SEND_JOB, supplier_id=str(batch.supplier_id), payout_id=str(payout_id))
    return sum(parts)


async def _tell_set_off(
    session: AsyncSession, batch: _Batch, payout_id: UUID, set_off_minor: int, now: datetime
) -> None:
    event = PayoutSent(
        payout_id=payout_id,
        supplier_id=batch.supplier_id,
        way=batch.way,
        currency=batch.currency,
        sent_minor=0,
        set_off_minor=set_off_minor,
        sent_on=now.date(),
    )
    await announce(session, event, organizations=[batch.supplier_id])
