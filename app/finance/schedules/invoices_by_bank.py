"""Invoices on the statements of the house's bank: what comes for one is passed on to its issuer, and of a deal that is paid by
milestones it pays those first."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import MOST_OFFERED, Awaited, MatchIsFinal, Received
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.finance.payouts import facade as payouts
from app.finance.receivables import facade as receivables
from app.finance.receivables.facade import ItemToPay
from app.finance.schedules import bank_queries, queries
from app.finance.schedules.errors import NothingToPay
from app.finance.schedules.usecases.by_bank import pay_by_bank, unpay_by_bank
from app.kit.db.tenancy import acting_for

NAME = "finance.invoices"
SUBJECT = "invoice"
SOURCE = "bank"


async def find(session: AsyncSession, references: Sequence[str], /) -> Sequence[Awaited]:
    """What is open of invoices."""
    return [_awaited(one) for one in await receivables.items_known_by(session, references)]


async def fits(session: AsyncSession, amount_minor: int, currency: str, leaves: bool, /) -> Sequence[Awaited]:
    """Invoices of which so much is open; none is paid by what leaves."""
    if leaves:
        return []
    return [_awaited(one) for one in await receivables.items_owing(session, amount_minor, currency, MOST_OFFERED)]


def _awaited(one: ItemToPay) -> Awaited:
    """All of what is open, less a discount in time, or what a person says."""
    return Awaited(
        one.reference,
        (SUBJECT, one.invoice_id),
        one.open_minor,
        one.currency,
        takes_parts=False,
        asks=True,
        early=one.early,
    )


async def settle(session: AsyncSession, received: Received, /, *, now: datetime) -> None:
    """Pay the milestones of the invoice's deal, as far as they are owed, and the invoice by them; the rest settles the invoice
    itself, and is owed to its issuer. Raises `NothingToPay`."""
    item = await _item(session, received)
    if item is None:
        raise NothingToPay()
    left = received.amount_minor
    schedule_id = (await bank_queries.schedules_of(session, [item.subject])).get(item.subject)
    for milestone_id, owed_minor in await bank_queries.owing(session, schedule_id) if schedule_id else []:
        part = min(left, owed_minor)
        if part:
            await pay_by_bank(session, milestone_id, received.match_id, part, now=now)
            left -= part
    if left:
        await _pass_on(session, received, item, left)


async def _item(session: AsyncSession, received: Received) -> ItemToPay | None:
    return next(iter(await receivables.items_known_by(session, [received.reference])), None)


async def _pass_on(session: AsyncSession, received: Received, item: ItemToPay, amount_minor: int) -> None:
    cause, supplier_id = (CauseKind.PAYMENT, received.match_id), item.issuer_id
    legs = (debit(received.account, amount_minor), credit(_payable(item), amount_minor))
    async with acting_for(session, supplier_id):
        await ledger.post(session, Posting(FactKind.PAYMENT_RECEIVED, cause, received.day, legs))
        await receivables.settle(
            session,
            invoice_id=item.invoice_id,
            amount_minor=amount_minor,
            day=await _day(session, received),
            source=(SOURCE, received.match_id),
            reference=received.reference,
        )
        await payouts.owe(
            session,
            supplier_id=supplier_id,
            payment_reference=None,
            amount=(amount_minor, item.currency),
            cause=cause,
            occasion=1,
            day=received.day,
        )


async def _day(session: AsyncSession, received: Received) -> date:
    """When the bank had it, which decides on discounts; of a month that is closed here, the first day after it."""
    open_from = await ledger.first_open_day(session)
    return received.received_on if open_from is None else max(received.received_on, open_from)


def _payable(item: ItemToPay) -> AccountOf:
    return AccountOf(item.issuer_id, Purpose.PAYABLE_TO_SUPPLIER, item.currency)


async def undo(session: AsyncSession, received: Received, /, *, now: datetime) -> None:
    """It was not for this invoice, nor for the milestones that it paid: what was passed on to its issuer is taken back, and all
    of them are open again. Raises what `unpay_by_bank` does, and `CreditUsed`."""
    item = await _item(session, received)
    if item is None:
        raise MatchIsFinal()
    passed_on = received.amount_minor
    for milestone_id, amount_minor in await _milestones(session, received, item):
        await unpay_by_bank(session, milestone_id, received.match_id, now=now)
        passed_on -= amount_minor
    if passed_on:
        await _take_back(session, received, item, passed_on)


async def _milestones(session: AsyncSession, received: Received, item: ItemToPay) -> list[tuple[UUID, int]]:
    schedule_id = (await bank_queries.schedules_of(session, [item.subject])).get(item.subject)
    schedule = await queries.schedule(session, schedule_id) if schedule_id else None
    if schedule is None:
        return []
    async with acting_for(session, schedule.buyer_id):
        return await bank_queries.paid_by(session, received.match_id)


async def _take_back(session: AsyncSession, received: Received, item: ItemToPay, amount_minor: int) -> None:
    cause = (CauseKind.PAYMENT, received.match_id)
    legs = (credit(received.account, amount_minor), debit(_payable(item), amount_minor))
    async with acting_for(session, item.issuer_id):
        await ledger.post(session, Posting(FactKind.SETTLEMENT_UNDONE, cause, received.day, legs))
        source: tuple[str, UUID] = (SOURCE, received.match_id)
        await receivables.unsettle(
            session, invoice_id=item.invoice_id, source=source, reason=received.reference, day=received.day
        )
        await payouts.take_back(session, cause=cause, occasion=1, amount_minor=amount_minor, day=received.day)
