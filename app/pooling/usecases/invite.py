"""Whom a lead invites to a campaign that is not for everybody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.pooling.errors import CampaignForEverybody, InvitationStands, TooManyInvitations
from app.pooling.events import CampaignInvited
from app.pooling.limits import MOST_INVITED
from app.pooling.models import CampaignInvitation
from app.pooling.queries import campaigns as queries
from app.pooling.rules import takes_part
from app.pooling.states import CampaignAudience, CampaignState
from app.pooling.usecases.campaign_texts import ENTITY, share_with
from app.pooling.usecases.too_late import closed

SIDES = frozenset({"buyer", "supplier"})


async def invite(
    session: AsyncSession, actor: Actor, campaign_id: UUID, organization_id: UUID, *, now: datetime
) -> CampaignInvitation:
    """Let an organization see a campaign and take part, as long as anybody may. A second time changes nothing.

    Raises `CampaignForEverybody`, `CampaignClosed`, `TooManyInvitations`, `Invalid`.
    """
    campaign = await queries.lock_campaign(session, campaign_id)
    if campaign is None:
        raise NotFound()
    if campaign.audience != CampaignAudience.INVITED:
        raise CampaignForEverybody()
    if campaign.state != CampaignState.DRAFT and not takes_part(campaign.state, campaign.closes_at, now=now):
        raise closed(campaign, now=now)
    found = await parties.organizations(session, [organization_id, actor.organization_id])
    invited, own = found.get(organization_id), found[actor.organization_id]
    if invited is None or invited is own or not invited.deals_with(own) or not SIDES & invited.roles:
        message = N_("There is no such buyer or supplier.")
        raise Invalid(errors=[FieldError("/organization_id", "unknown-organization", message)])
    owned = {"campaign_id": campaign.id, "lead_id": campaign.lead_id}
    try:
        row, is_new = await queries.invite(session, {"id": new_id(), "organization_id": organization_id, **owned})
    except DBAPIError as error:
        raise (
            TooManyInvitations(most=MOST_INVITED) if refused_by(error, "campaign_invitations_most") else error
        ) from error
    if is_new:
        after = {"campaign_id": campaign.id, "organization_id": organization_id}
        await audit.record(session, actor, "campaign.invite", ENTITY, campaign.id, after=after)
        if campaign.state == CampaignState.OPEN:
            await share_with(session, campaign, organization_id)
            await tell_invited(session, row)
    return row


async def tell_invited(session: AsyncSession, row: CampaignInvitation) -> None:
    """Announce an invitation to an open campaign to whom it concerns."""
    event = CampaignInvited(campaign_id=row.campaign_id, invitation_id=row.id, organization_id=row.organization_id)
    await announce(session, event, organizations=[row.lead_id, row.organization_id])


async def revoke_invitation(session: AsyncSession, actor: Actor, row: CampaignInvitation) -> None:
    """Take an invitation back before the first commitment. An offer that was made meanwhile falls with it, unseen by the lead.

    Raises `InvitationStands`.
    """
    campaign_id, organization_id = row.campaign_id, row.organization_id
    await queries.lock_campaign(session, campaign_id)
    try:
        await queries.revoke(session, row.id)
    except DBAPIError as error:
        raise (InvitationStands() if refused_by(error, "campaign_invitations_stand") else error) from error
    before = {"campaign_id": campaign_id, "organization_id": organization_id}
    await audit.record(session, actor, "campaign.revoke_invitation", ENTITY, campaign_id, before=before)
