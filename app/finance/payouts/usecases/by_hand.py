"""What the operator does by hand: payouts by bank that were sent or were not, amounts that the provider refused."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import queries
from app.finance.payouts.errors import PayoutItemNotRefused, PayoutNotByBank
from app.finance.payouts.models import Payout, PayoutItem
from app.finance.payouts.schemas import BankReturnedIn
from app.finance.payouts.states import ItemState, PayoutState, Way
from app.finance.payouts.usecases.record import record_bank, record_bank_failure, record_return
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for, acting_for
from app.kit.errors import NotFound


async def _standing(session: AsyncSession, payout_id: UUID) -> tuple[Payout, list[PayoutItem]]:
    """A payout by bank that is still to be sent, with its items; acting for its supplier."""
    rows = await queries.items_to_send(session, payout_id)
    payout = await queries.payout(session, payout_id)
    if payout is None or payout.way != Way.BANK or payout.state != PayoutState.SENDING or not rows:
        raise PayoutNotByBank()
    return payout, rows


async def mark_sent(
    session: AsyncSession, actor: Actor, payout: Payout, bank_reference: str, day: date, *, now: datetime
) -> None:
    """The bank has sent it on this day. Raises `PayoutNotByBank`, `PeriodClosed`, `DayAhead`."""
    # Not by `acting_for`: after a refusal of the ledger nothing can be asked of the transaction any more.
    await act_for(session, payout.supplier_id)
    standing, rows = await _standing(session, payout.id)
    await record_bank(session, standing, rows, day, bank_reference, now=now)
    await _act_again(session, actor)
    after = {"bank_reference": bank_reference, "sent_on": day}
    await audit.record(session, actor, "payout.sent", "payout", payout.id, after=after)


async def _act_again(session: AsyncSession, actor: Actor) -> None:
    await act_for(session, actor.organization_id, person_id=actor.person_id, operator=actor.is_operator)


async def mark_failed(session: AsyncSession, actor: Actor, payout: Payout, reason: str, *, now: datetime) -> None:
    """The bank did not send it: what is owed goes into another payout. Raises `PayoutNotByBank`."""
    await act_for(session, payout.supplier_id)
    standing, rows = await _standing(session, payout.id)
    await record_bank_failure(session, standing, rows, now=now)
    await _act_again(session, actor)
    await audit.record(session, actor, "payout.fail", "payout", payout.id, after={"reason": reason})


async def mark_returned(
    session: AsyncSession, actor: Actor, payout: Payout, form: BankReturnedIn, day: date, *, now: datetime
) -> None:
    """The supplier's bank has sent it back on this day: what is owed goes into another payout. Raises `PayoutNotReturnable`,
    `PeriodClosed`, `DayAhead`."""
    await act_for(session, payout.supplier_id)
    await record_return(session, payout, day, now=now, reason=form.reason, kept_minor=form.kept_minor)
    await _act_again(session, actor)
    after = {"reason": form.reason, "returned_on": day, "kept_minor": form.kept_minor}
    await audit.record(session, actor, "payout.return", "payout", payout.id, after=after)


async def release(session: AsyncSession, actor: Actor, item_id: UUID, *, by_bank: bool, today: date) -> PayoutItem:
    """Let an amount that the provider refused go into another payout, by bank if so decided. Raises `PayoutItemNotRefused`."""
    found = await queries.item(session, item_id)
    if found is None:
        raise NotFound()
    async with acting_for(session, found.supplier_id):
        values = {"state": ItemState.WAITING, "due_on": today, "told": False}
        values |= {"by_bank": True} if by_bank else {}
        if not await queries.change_item(session, item_id, ItemState.REFUSED, found.attempt, values):
            raise PayoutItemNotRefused()
        row = await queries.item(session, item_id)
        assert row is not None
    await audit.record(session, actor, "payout_item.release", "payout_item", item_id, after={"by_bank": by_bank})
    return row
