"""What follows when a campaign for a suggestion opens: those who asked for it are invited."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties
from app.pooling.events import CampaignOpened
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.reactions import named
from app.pooling.sensing import notices, queries
from app.pooling.sensing.states import SuggestionState
from app.pooling.states import CampaignAudience
from app.pooling.usecases.campaign_texts import ENTITY


@reaction(CampaignOpened, name="pooling.sensing.invite")
async def invite(session: AsyncSession, told: Told) -> None:
    """Tell each organization in the suggestion that still consents: its own people alone, and nobody how many they are.

    Only while the suggestion stands, only for a lead whom the operator has verified, and only to a campaign for everybody: where
    the lead invites, he would read who they are.
    """
    event: CampaignOpened = told.event
    async with acting_for(session, event.lead_id):
        campaign = await campaign_queries.campaign(session, event.campaign_id)
        lead = (await parties.organizations(session, [event.lead_id])).get(event.lead_id)
        if campaign is None or campaign.demand_suggestion_id is None or campaign.audience != CampaignAudience.EVERYBODY:
            return
        if lead is None or not lead.verified:
            return
        row = await queries.suggestion(session, campaign.demand_suggestion_id)
        if row is None or row.state != SuggestionState.CURRENT:
            return
        members = await queries.consenting_members(session, row.id)
    for member_id in members:
        if member_id == event.lead_id:
            continue
        async with acting_for(session, member_id):
            await messages.notify(
                session,
                organization_id=member_id,
                permission=Permission.ORDER,
                notice=notices.INVITED,
                params=await named(session, member_id, campaign) | {"closes_at": campaign.closes_at},
                entity=(ENTITY, campaign.id),
                dedupe=told.id,
            )
