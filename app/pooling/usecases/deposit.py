"""The deposit of a commitment: asked for with it, changed with it, given back with it; paid otherwise when it was declined."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.gateways.payments import payable_step_minor
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.locales import N_
from app.pooling.deposits import queries
from app.pooling.deposits.states import MOVING, DepositState
from app.pooling.errors import DepositNotDeclined, DepositUnderWay, NoDepositDue
from app.pooling.models import Campaign, Commitment
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import commitments as commitment_queries
from app.pooling.rules import deposit_minor
from app.pooling.states import CampaignState, CommitmentState
from app.pooling.work import MOVE_JOB


def method_errors(campaign: Campaign, token: str | None, *, is_new: bool) -> list[FieldError]:
    """A payment method that is missing, or that nobody needs."""
    if campaign.deposit_bp and is_new and token is None:
        message = N_("This campaign takes a deposit. Give a payment method.")
        return [FieldError("/payment_method", "payment-method-missing", message)]
    if not campaign.deposit_bp and token is not None:
        message = N_("This campaign takes no deposit. Leave the payment method out.")
        return [FieldError("/payment_method", "no-deposit", message)]
    return []


async def ask_for_deposit(
    session: AsyncSession, campaign: Campaign, row: Commitment, at_most_minor: int, token: str | None
) -> None:
    """Secure the deposit of a new commitment, or of one that was changed: with the method it has, or with another. Of one that
    awaits approval nothing is asked of the provider before it is given.

    Raises `Invalid` where there is no method, `DepositUnderWay` where it is not known yet what becomes of it.
    """
    if not campaign.deposit_bp:
        return
    amount = deposit_minor(campaign.deposit_bp, at_most_minor, payable_step_minor(campaign.currency))
    waits = row.state == CommitmentState.AWAITING
    former = await queries.standing(session, row.id)
    if former is not None and token is None and former.amount_minor == amount:
        if former.state == DepositState.WAITING and not waits:
            await queries.turn(session, campaign.id, DepositState.WAITING, DepositState.PENDING, of=[row.id])
            await ask_to_move(session, campaign)
        return
    if former is not None and token is None and former.state in MOVING:
        # A method that goes over meanwhile would be forgotten with the former deposit.
        raise DepositUnderWay()
    method, shown = None, None
    if former is not None and token is None:
        method, shown, token = former.method, former.shown, former.token
    if token is None and method is None:
        # What was declined when it was saved left nothing that could be used again.
        raise Invalid(errors=method_errors(campaign, None, is_new=True))
    await queries.let_go(session, campaign.id, of=[row.id], keeping_method=method is not None)
    deposit_id = new_id()
    await queries.insert_deposit(
        session,
        {
            "id": deposit_id,
            "state": DepositState.WAITING if waits else DepositState.PENDING,
            "commitment_id": row.id,
            "campaign_id": campaign.id,
            "lead_id": campaign.lead_id,
            "member_id": row.member_id,
            "currency": row.currency,
            "amount_minor": amount,
            "token": token,
            "method": method,
            "shown": shown,
        },
    )
    await ask_to_move(session, campaign)


async def give_deposit_back(session: AsyncSession, campaign: Campaign, row: Commitment) -> None:
    """Of a commitment that was withdrawn."""
    if campaign.deposit_bp:
        await queries.let_go(session, campaign.id, of=[row.id])
        await ask_to_move(session, campaign)


async def ask_to_move(session: AsyncSession, campaign: Campaign) -> None:
    """Let the worker ask the provider for whatever the campaign's deposits are waiting for."""
    await defer(session, MOVE_JOB, lead_id=str(campaign.lead_id), campaign_id=str(campaign.id))


async def pay_otherwise(
    session: AsyncSession, actor: Actor, commitment_id: UUID, token: str, *, now: datetime
) -> Commitment:
    """Give another payment method for a deposit that was declined, as long as there is time. Raises `DepositNotDeclined`."""
    row = await commitment_queries.lock_commitment(session, commitment_id, actor.organization_id)
    campaign = await campaign_queries.campaign(session, row.campaign_id) if row else None
    if row is None or campaign is None:
        raise NotFound()
    deposit = await queries.standing(session, row.id)
    goes_on = (CampaignState.OPEN, CampaignState.BIDDING, CampaignState.FROZEN, CampaignState.CLEARED)
    ended = campaign.state not in goes_on
    late = deposit is None or (deposit.due_at is not None and deposit.due_at <= now)
    if deposit is None or deposit.state != DepositState.DECLINED or late or ended:
        raise DepositNotDeclined()
    if row.state != CommitmentState.STANDING:
        raise DepositNotDeclined()
    deposit.state, deposit.token, deposit.method, deposit.payment = DepositState.PENDING, token, None, None
    deposit.attempt += 1
    deposit.version += 1
    await session.flush()
    await audit.record(
        session, actor, "deposit.pay_otherwise", "commitment", row.id, after={"attempt": deposit.attempt}
    )
    await ask_to_move(session, campaign)
    return row


async def decline_to_pay(session: AsyncSession, actor: Actor, commitment_id: UUID, *, now: datetime) -> Commitment:
    """Say that a deposit that was declined will not be paid: the time for it ends now, and nobody else waits for it.

    A second time changes nothing. Raises `NoDepositDue` when nothing is to be paid: nobody gets out of what he has secured.
    """
    row = await commitment_queries.lock_commitment(session, commitment_id, actor.organization_id)
    campaign = await campaign_queries.campaign(session, row.campaign_id) if row else None
    if row is None or campaign is None:
        raise NotFound()
    deposit = await queries.standing(session, row.id)
    if deposit is None:
        last = (await queries.shown(session, [row.id])).get(row.id)
        if last is not None and last.state == DepositState.DEFAULTED:
            return row
        raise NoDepositDue()
    if deposit.state != DepositState.DECLINED or deposit.due_at is None or campaign.state != CampaignState.CLEARED:
        raise NoDepositDue()
    if deposit.due_at > now:
        deposit.due_at = now
        deposit.version += 1
        await session.flush()
        await audit.record(session, actor, "deposit.not_pay", "commitment", row.id, after={"due_at": now})
        await ask_to_move(session, campaign)
    return row
