"""What follows from news about payouts: the supplier's people are told, in their languages."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import notices
from app.finance.payouts.events import PayoutAccountChanged, PayoutFailed, PayoutSent, PayoutTakenBack, PayoutWaits
from app.finance.payouts.states import WAIT_TEXTS, TakeBackState, WaitReason
from app.gateways.payments import AccountState
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages

_Params = dict[str, messages.Param]


async def _tell(
    session: AsyncSession, told: Told, supplier_id: UUID, notice: str, params: _Params, entity: tuple[str, UUID]
) -> None:
    async with acting_for(session, supplier_id):
        await messages.notify(
            session,
            organization_id=supplier_id,
            permission=Permission.PAYMENTS_MANAGE,
            notice=notice,
            params=params,
            entity=entity,
            dedupe=told.id,
        )


@reaction(PayoutSent, name="finance.tell_of_payout")
async def tell_of_payout(session: AsyncSession, told: Told) -> None:
    """Money is on its way, or made up for a debt."""
    event: PayoutSent = told.event
    sent: _Params = {"sent": {"minor": event.sent_minor, "currency": event.currency}}
    set_off: _Params = {"set_off": {"minor": event.set_off_minor, "currency": event.currency}}
    notice, params = notices.SENT, sent
    if not event.sent_minor:
        notice, params = notices.SET_OFF, set_off
    elif event.set_off_minor:
        notice, params = notices.SENT_LESS, sent | set_off
    entity = ("payout", event.payout_id)
    await _tell(session, told, event.supplier_id, notice, params | {"payout_id": event.payout_id}, entity)


@reaction(PayoutFailed, name="finance.tell_of_failed_payout")
async def tell_of_failed_payout(session: AsyncSession, told: Told) -> None:
    """Nothing of it was sent."""
    event: PayoutFailed = told.event
    params: _Params = {
        "amount": {"minor": event.amount_minor, "currency": event.currency},
        "payout_id": event.payout_id,
    }
    await _tell(session, told, event.supplier_id, notices.FAILED, params, ("payout", event.payout_id))


@reaction(PayoutWaits, name="finance.tell_of_waiting_payout")
async def tell_of_waiting_payout(session: AsyncSession, told: Told) -> None:
    """Something is due, and he has to do something first."""
    event: PayoutWaits = told.event
    params: _Params = {
        "amount": {"minor": event.amount_minor, "currency": event.currency},
        "reason": {"i18n": [WAIT_TEXTS[WaitReason(event.reason)]]},
    }
    await _tell(session, told, event.supplier_id, notices.WAITS, params, ("organization", event.supplier_id))


@reaction(PayoutAccountChanged, name="finance.tell_of_payout_account")
async def tell_of_payout_account(session: AsyncSession, told: Told) -> None:
    """It is ready, or the provider wants to know more. What lies between is no news."""
    event: PayoutAccountChanged = told.event
    notice = {AccountState.READY: notices.ACCOUNT_READY, AccountState.RESTRICTED: notices.ACCOUNT_RESTRICTED}.get(
        AccountState(event.state)
    )
    if notice is not None:
        await _tell(session, told, event.supplier_id, notice, {}, ("organization", event.supplier_id))


@reaction(PayoutTakenBack, name="finance.tell_of_taken_back_payout")
async def tell_of_taken_back_payout(session: AsyncSession, told: Told) -> None:
    """What was refunded came back, or is owed."""
    event: PayoutTakenBack = told.event
    notice = notices.TAKEN_BACK if event.outcome == TakeBackState.DONE else notices.OWED
    params: _Params = {"amount": {"minor": event.amount_minor, "currency": event.currency}}
    await _tell(session, told, event.supplier_id, notice, params, ("payout_item", event.item_id))
