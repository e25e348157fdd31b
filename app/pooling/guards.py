"""Who may come near campaigns, commitments and offers: authenticate, find in scope (404), permit (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.pooling.errors import NotABuyer, NotASupplier
from app.pooling.models import Campaign, CampaignInvitation, Commitment, PoolOffer
from app.pooling.queries import campaigns, commitments, offers
from app.pooling.states import Leading

LEADS_BY = {
    Leading.OPERATOR: Permission.OPERATE,
    Leading.BUYER: Permission.INQUIRE,
    Leading.SUPPLIER: Permission.QUOTE,
}
"""What permission it takes to lead a campaign as this."""


async def seen_campaign(campaign_id: UUID, actor: CurrentActor, session: Session) -> Campaign:
    """Everybody who is signed in, or is invited, once it was opened; before that its lead's people."""
    row = await campaigns.campaign(session, campaign_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def own_campaign(campaign_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its lead's people who may lead. For others the verbs do not exist."""
    row = await campaigns.campaign(session, campaign_id)
    if row is None or row.lead_id != actor.organization_id:
        raise NotFound()
    actor.require(LEADS_BY[Leading(row.led_as)])
    return actor


async def own_invitation(campaign_invitation_id: UUID, actor: CurrentActor, session: Session) -> CampaignInvitation:
    """People of the lead who invited. For who is invited the verbs do not exist."""
    row = await campaigns.invitation(session, campaign_invitation_id)
    campaign = await campaigns.campaign(session, row.campaign_id) if row else None
    if row is None or campaign is None or row.lead_id != actor.organization_id:
        raise NotFound()
    actor.require(LEADS_BY[Leading(campaign.led_as)])
    return row


async def committer(campaign_id: UUID, actor: CurrentActor, session: Session) -> Campaign:
    """People of a buyer who may place orders: a commitment binds."""
    row = await seen_campaign(campaign_id, actor, session)
    if "buyer" not in actor.organization_roles:
        raise NotABuyer()
    actor.require(Permission.ORDER)
    return row


async def offerer(campaign_id: UUID, actor: CurrentActor, session: Session) -> Campaign:
    """People of a supplier who may quote."""
    row = await seen_campaign(campaign_id, actor, session)
    if "supplier" not in actor.organization_roles:
        raise NotASupplier()
    actor.require(Permission.QUOTE)
    return row


async def own_commitment(commitment_id: UUID, actor: CurrentActor, session: Session) -> Commitment:
    """Its member's people, unless he is shut out of the campaign."""
    row = await commitments.commitment(session, commitment_id)
    if row is None or row.member_id != actor.organization_id or not await campaigns.campaign(session, row.campaign_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def commitment_changer(commitment_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its member's people who may place orders."""
    await own_commitment(commitment_id, actor, session)
    actor.require(Permission.ORDER)
    return actor


async def own_campaign_offer(campaign_offer_id: UUID, actor: CurrentActor, session: Session) -> PoolOffer:
    """Its supplier's people, unless he is shut out of the campaign."""
    row = await offers.offer(session, campaign_offer_id)
    if (
        row is None
        or row.supplier_id != actor.organization_id
        or not await campaigns.campaign(session, row.campaign_id)
    ):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def offer_withdrawer(campaign_offer_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its supplier's people who may quote."""
    await own_campaign_offer(campaign_offer_id, actor, session)
    actor.require(Permission.QUOTE)
    return actor


SeenCampaign = Annotated[Campaign, Depends(seen_campaign)]
CampaignLead = Annotated[Actor, Depends(own_campaign)]
OwnInvitation = Annotated[CampaignInvitation, Depends(own_invitation)]
Committer = Annotated[Campaign, Depends(committer)]
Offerer = Annotated[Campaign, Depends(offerer)]
OwnCommitment = Annotated[Commitment, Depends(own_commitment)]
CommitmentChanger = Annotated[Actor, Depends(commitment_changer)]
OwnCampaignOffer = Annotated[PoolOffer, Depends(own_campaign_offer)]
OfferWithdrawer = Annotated[Actor, Depends(offer_withdrawer)]
