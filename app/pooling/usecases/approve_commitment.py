"""Commitments that wait for the agreement of those whom the member's rules name: asked for, given, refused, or come too late."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.outbox import announce
from app.parties import facade as parties
from app.pooling.deposits import queries as deposits
from app.pooling.deposits.states import DepositState
from app.pooling.events import CommitmentChanged
from app.pooling.models import Campaign, Commitment, CommitmentLimit
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import commitments as queries
from app.pooling.rules import at_most_minor
from app.pooling.schemas.commitments import CommitmentIn
from app.pooling.states import CommitmentState, Leading
from app.pooling.usecases.deposit import ask_to_move
from app.procurement import facade as procurement

SUBJECT = ENTITY = "commitment"


def at_most(row: Commitment, limit: CommitmentLimit) -> int:
    """The most that a commitment can cost, in minor units."""
    return at_most_minor(row.lots, limit.limit_minor, row.substitute_lots, limit.substitute_limit_minor)


async def ask_for_approval(
    session: AsyncSession,
    actor: Actor,
    campaign: Campaign,
    commitment_id: UUID,
    form: CommitmentIn,
    at_most_minor: int,
    *,
    now: datetime,
) -> UUID | None:
    """The request that must be agreed to before a commitment stands; None where no rule of the member asks for one.

    All that he has in the campaign is weighed together, as the orders of an award are. Call it in turn with his others.
    """
    if not await parties.has_approval_rules(session, actor.organization_id):
        return None
    live = await queries.live_of(session, campaign.id, actor.organization_id)
    amounts = [at_most(*pair) for pair in live if pair[0].id != commitment_id]
    # Who supplies is known before the clearing only where a supplier leads.
    known = campaign.led_as == Leading.SUPPLIER and await procurement.has_ordered_from(
        session, actor.organization_id, campaign.lead_id
    )
    subject = parties.ApprovalSubject(
        kind=SUBJECT,
        id=commitment_id,
        amount_minor=at_most_minor,
        currency=campaign.currency,
        category_codes=await _categories(session, campaign, form),
        counterparty_id=campaign.lead_id,
        new_counterparty=not known,
        title=f"{campaign.number} · {campaign.title}",
        award_amounts=tuple((minor, campaign.currency) for minor in (*amounts, at_most_minor)),
    )
    return await parties.request_approval(session, actor, subject, now=now)


async def _categories(session: AsyncSession, campaign: Campaign, form: CommitmentIn) -> frozenset[str]:
    """Of the catalogue items wished for, with those above them in the tree."""
    wished = {form.item_id, *([form.substitute.item_id] if form.substitute else [])}
    items = await campaign_queries.items(session, [campaign.id])
    variants = [item.variant_id for item in items if item.id in wished and item.variant_id is not None]
    found = await catalog.variants(session, variants) if variants else {}
    return frozenset(code for variant in found.values() for code in catalog.category_path(variant.category_code))


async def settle_approval(
    session: AsyncSession, commitment_id: UUID, approval_id: UUID, *, approved: bool
) -> Commitment | None:
    """What a decision means for the commitment that waits for it: it stands, or falls. None when it waits no more, or when its
    campaign takes nothing any more: then the freeze lets it lapse. Call it as the worker, acting for the member.
    """
    seen = await queries.commitment(session, commitment_id)
    campaign = await campaign_queries.campaign(session, seen.campaign_id) if seen else None
    if seen is None or campaign is None:
        return None
    is_open = await campaign_queries.hold_open(session, campaign.id)
    row = await queries.lock_commitment(session, commitment_id, seen.member_id)
    if row is None or row.state != CommitmentState.AWAITING or row.approval_id != approval_id or not is_open:
        return None
    row.state = CommitmentState.STANDING if approved else CommitmentState.REFUSED
    row.version += 1
    await session.flush()
    await _tell(session, row, "commitment.approve" if approved else "commitment.refuse")
    if campaign.deposit_bp:
        # Deposits are moved for the campaign's lead.
        async with acting_for(session, campaign.lead_id):
            if approved:
                await deposits.turn(
                    session, campaign.id, DepositState.WAITING, DepositState.PENDING, of=[commitment_id]
                )
            else:
                await deposits.let_go(session, campaign.id, of=[commitment_id])
            await ask_to_move(session, campaign)
    return row


async def end_waiting(session: AsyncSession, campaign_id: UUID) -> list[tuple[UUID, UUID]]:
    """(commitment, member) of those that lapsed with the freeze, or when the campaign was cancelled: whoever was asked to agree
    is asked no more. Call it as the worker, acting for the lead."""
    fallen = await queries.lapsed(session, campaign_id)
    for commitment_id, member_id in fallen:
        async with acting_for(session, member_id):
            row = await queries.commitment(session, commitment_id)
            assert row is not None
            await parties.end_approval(session, member_id, SUBJECT, commitment_id)
            await _tell(session, row, "commitment.lapse")
    return fallen


async def _tell(session: AsyncSession, row: Commitment, action: str) -> None:
    after = {"campaign_id": row.campaign_id, "state": row.state, "approval_id": row.approval_id}
    await audit.record(session, None, action, ENTITY, row.id, after=after, organization_id=row.member_id)
    event = CommitmentChanged(
        commitment_id=row.id, campaign_id=row.campaign_id, member_id=row.member_id, state=row.state
    )
    await announce(session, event, organizations=[row.member_id])
