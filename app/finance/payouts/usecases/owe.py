"""Write down what a supplier is owed, and what of it is owed no more."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind
from app.finance.payouts import queries
from app.finance.payouts.events import PayoutTakenBack
from app.finance.payouts.models import PayoutItem
from app.finance.payouts.rules import pays_on
from app.finance.payouts.states import ItemState, TakeBackState, Way
from app.finance.payouts.terms import terms_of
from app.finance.payouts.usecases.make import MAKE_JOB
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce

REVERSE_JOB = "finance.reverse_transfers"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of an amount that is owed no more: kept, since it was not sent yet; to be reversed, by the provider; owed by
    the supplier, who was sent it by bank or made up for a debt with it."""

    kept_minor: int
    to_reverse_minor: int
    owed_minor: int


async def owe(
    session: AsyncSession,
    *,
    supplier_id: UUID,
    payment_reference: str | None,
    amount: tuple[int, str],
    cause: tuple[CauseKind, UUID],
    occasion: int,
    day: date,
) -> UUID:
    """An amount is to be sent on, at once where it is due today. Told again it stands as it is. Raises `ValueError` where it was
    told otherwise before."""
    async with acting_for(session, supplier_id):
        terms = await terms_of(session, supplier_id)
        due_on = day + timedelta(days=terms.hold_days)
        says = {
            "supplier_id": supplier_id,
            "payment": payment_reference,
            "currency": amount[1],
            "amount_minor": amount[0],
        }
        values = {
            "id": new_id(),
            "cause_kind": cause[0],
            "cause_id": cause[1],
            "occasion": occasion,
            "by_bank": payment_reference is None,
            "released_on": day,
            "due_on": due_on,
        }
        made = await queries.insert_item(session, values | says)
        if made is not None:
            if pays_on(terms, due_on) <= day:
                await defer(session, MAKE_JOB, supplier_id=str(supplier_id))
            return made
        row = await queries.item_of(session, cause, occasion)
    if row is None or {name: getattr(row, name) for name in says} != says:
        raise ValueError(f"{cause[0]} {cause[1]} was owed before, and otherwise")
    return row.id


async def take_back(
    session: AsyncSession, *, cause: tuple[CauseKind, UUID], occasion: int, amount_minor: int, day: date
) -> TakenBack:
    """So much of what is owed by a cause and occasion is owed no more.

    Whoever is sending it just now is waited for. Raises `LookupError` for what was never owed, `ValueError` for more than is left
    of it.
    """
    supplier_id = await queries.supplier_of(session, cause, occasion)
    if supplier_id is None:
        raise LookupError(f"nothing is owed by {cause[0]} {cause[1]}, {occasion}")
    async with acting_for(session, supplier_id):
        row = await queries.lock_item_of(session, cause, occasion)
        assert row is not None
        before = await queries.take_backs_of(session, [row.id])
        left = row.amount_minor - row.taken_back_minor - sum(one.amount_minor for one in before)
        if not 0 < amount_minor <= left:
            raise ValueError(f"{left} is left of {cause[0]} {cause[1]}, and not {amount_minor}")
        if row.state in (ItemState.WAITING, ItemState.REFUSED):
            await _keep(session, row, amount_minor)
            return TakenBack(amount_minor, 0, 0)
        pending = sum(one.amount_minor for one in before if one.state != TakeBackState.OWED)
        reversible = await _sent_by_provider(session, row) - pending
        to_reverse = min(amount_minor, max(0, reversible))
        owed = amount_minor - to_reverse
        if to_reverse:
            await _ask(session, row, len(before) + 1, to_reverse, TakeBackState.ASKED, day)
            await defer(session, REVERSE_JOB, supplier_id=str(supplier_id))
        if owed:
            await _ask(session, row, len(before) + 1 + bool(to_reverse), owed, TakeBackState.OWED, day)
            await tell_taken_back(session, row, owed, TakeBackState.OWED)
        return TakenBack(0, to_reverse, owed)


async def _keep(session: AsyncSession, row: PayoutItem, amount_minor: int) -> None:
    row.taken_back_minor += amount_minor
    if not row.open_minor:
        row.state = ItemState.DROPPED
    await session.flush()


async def _sent_by_provider(session: AsyncSession, row: PayoutItem) -> int:
    """What a transfer brings or brought to the supplier's account."""
    if row.payout_id is None or row.state not in (ItemState.SENDING, ItemState.SENT):
        return 0
    payout = await queries.payout(session, row.payout_id)
    if payout is None or payout.way != Way.PROVIDER:
        return 0
    return row.open_minor if row.state == ItemState.SENDING else row.sent_minor


async def _ask(
    session: AsyncSession, row: PayoutItem, number: int, amount_minor: int, state: TakeBackState, day: date
) -> None:
    values = {
        "id": new_id(),
        "item_id": row.id,
        "number": number,
        "supplier_id": row.supplier_id,
        "currency": row.currency,
        "amount_minor": amount_minor,
        "state": state,
        "asked_on": day,
        "ended_on": day if state is TakeBackState.OWED else None,
    }
    await queries.insert_take_back(session, values)


async def tell_taken_back(session: AsyncSession, row: PayoutItem, amount_minor: int, outcome: TakeBackState) -> None:
    """Announce what came of it to the supplier."""
    event = PayoutTakenBack(
        item_id=row.id,
        supplier_id=row.supplier_id,
        cause_kind=row.cause_kind,
        cause_id=row.cause_id,
        currency=row.currency,
        amount_minor=amount_minor,
        outcome=outcome,
    )
    await announce(session, event, organizations=[row.supplier_id])
