"""What follows the news of campaigns: people are told, each in his language."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.jobs import defer
from app.kit.outbox import Told, reaction
from app.language import facade as language
from app.messages import facade as messages
from app.parties import facade as parties
from app.parties.events import ApprovalDecided
from app.pooling import notices
from app.pooling.deposits import queries as deposit_queries
from app.pooling.deposits.states import DECLINE_TEXTS
from app.pooling.events import (
    BiddingBegun,
    CampaignEnded,
    CampaignFrozen,
    CampaignInvited,
    CampaignOfferCleared,
    CommitmentCleared,
    DepositDeclined,
    DepositDue,
    FrameworkOrdered,
    MemberDefaulted,
    WaitingEnded,
)
from app.pooling.guards import LEADS_BY
from app.pooling.models import Campaign
from app.pooling.ordering import queries as ordering_queries
from app.pooling.queries import campaigns as queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.rules import has_waiting_list
from app.pooling.states import CampaignState, Competition, Leading
from app.pooling.usecases.approve_commitment import ENTITY as COMMITMENT
from app.pooling.usecases.approve_commitment import SUBJECT, end_waiting, settle_approval
from app.pooling.usecases.campaign_texts import ENTITY, title_field
from app.pooling.work import TELL_WAITING_JOB


async def named(session: AsyncSession, reader_id: UUID, campaign: Campaign) -> dict[str, messages.Param]:
    """What every notice says of its campaign."""
    title = await in_words(session, reader_id, campaign.id, "title", campaign.title)
    return {"campaign_id": campaign.id, "number": campaign.number, "title": title}


async def in_words(session: AsyncSession, reader_id: UUID, campaign_id: UUID, field: str, written: str) -> str:
    """A text of a campaign in the language of the reading organization, as far as there is a translation yet."""
    reader = (await parties.organizations(session, [reader_id])).get(reader_id)
    if reader is None:
        return written
    shown = await language.shown_texts(session, [(ENTITY, campaign_id)], reader.locale)
    found = shown.get((ENTITY, campaign_id, field))
    return found.text if found else written


@reaction(CampaignFrozen, CampaignEnded, name="pooling.tell_lead")
async def tell_lead(session: AsyncSession, told: Told) -> None:
    """Tell the lead's people that it is frozen, and how it ended; what they did themselves they know."""
    event: Any = told.event
    ended = {CampaignState.CLEARED: notices.CLEARED, CampaignState.FAILED: notices.FAILED}
    state = getattr(event, "state", None)
    notice = ended.get(CampaignState(state)) if state else notices.FROZEN
    if notice is None:
        return
    async with acting_for(session, event.lead_id):
        campaign = await queries.campaign(session, event.campaign_id)
        if campaign is None:
            return
        params = await named(session, event.lead_id, campaign)
        if notice == notices.FROZEN:
            totals = await queries.totals(session, [campaign.id])
            params["commitments"] = sum(total.commitments for total in totals.values())
        await messages.notify(
            session,
            organization_id=event.lead_id,
            permission=LEADS_BY[Leading(campaign.led_as)],
            notice=notice,
            params=params,
            entity=(ENTITY, campaign.id),
            dedupe=told.id,
        )


@reaction(CampaignInvited, name="pooling.tell_invited")
async def tell_invited(session: AsyncSession, told: Told) -> None:
    """Tell the people of who is invited: those who order, or, of a supplier alone, who quote."""
    event: CampaignInvited = told.event
    async with acting_for(session, event.organization_id):
        campaign = await queries.campaign(session, event.campaign_id)
        if campaign is None:
            return
        firms = await parties.organizations(session, [event.organization_id, campaign.lead_id])
        buys = "buyer" in firms[event.organization_id].roles
        await messages.notify(
            session,
            organization_id=event.organization_id,
            permission=Permission.ORDER if buys else Permission.QUOTE,
            notice=notices.INVITED,
            params=await named(session, event.organization_id, campaign)
            | {"lead": firms[campaign.lead_id].legal_name_latin, "closes_at": campaign.closes_at},
            entity=(ENTITY, campaign.id),
            dedupe=told.id,
        )


@reaction(ApprovalDecided, name="pooling.settle_approval")
async def stand_or_fall(session: AsyncSession, told: Told) -> None:
    """Let an approved commitment stand; one that was not approved falls. Whoever asked is told by the parties."""
    event: ApprovalDecided = told.event
    if event.subject_kind != SUBJECT:
        return
    async with acting_for(session, event.organization_id):
        await settle_approval(session, event.subject_id, event.approval_id, approved=event.approved)


@reaction(BiddingBegun, CampaignFrozen, CampaignEnded, name="pooling.end_waiting")
async def tell_lapsed(session: AsyncSession, told: Told) -> None:
    """Tell the people of members whose commitments were not approved in time, and ask nobody any more to approve them."""
    event: Any = told.event
    if isinstance(event, CampaignEnded) and event.state != CampaignState.CANCELLED:
        return
    async with acting_for(session, event.lead_id):
        campaign = await queries.campaign(session, event.campaign_id)
        # In an auction they lapsed before suppliers bid, and were told then.
        if campaign is None or (told.type == CampaignFrozen.event_name and campaign.competition == Competition.AUCTION):
            return
        fallen = await end_waiting(session, campaign.id)
    for commitment_id, member_id in fallen:
        async with acting_for(session, member_id):
            await messages.notify(
                session,
                organization_id=member_id,
                permission=Permission.ORDER,
                notice=notices.LAPSED,
                params=await named(session, member_id, campaign) | {"commitment_id": commitment_id},
                entity=(COMMITMENT, commitment_id),
                dedupe=told.id,
            )


@reaction(CommitmentCleared, name="pooling.tell_member")
async def tell_member(session: AsyncSession, told: Told) -> None:
    """Tell a member's people what came of a commitment."""
    event: CommitmentCleared = told.event
    async with acting_for(session, event.member_id):
        campaign = await queries.campaign(session, event.campaign_id)
        found = (await clearing_queries.allotments(session, [event.commitment_id])).get(event.commitment_id)
        if campaign is None or found is None:
            return
        allotment, _ = found
        params = await named(session, event.member_id, campaign) | {"commitment_id": event.commitment_id}
        if allotment.served and allotment.item_id is not None:
            item = await queries.item(session, campaign.id, allotment.item_id)
            assert item is not None
            params |= {
                "item": await in_words(session, event.member_id, campaign.id, title_field(item.position), item.title),
                "lots": allotment.lots,
                "payment": {"minor": allotment.payment_minor, "currency": campaign.currency},
            }
        await messages.notify(
            session,
            organization_id=event.member_id,
            permission=Permission.ORDER,
            notice=notices.SERVED if allotment.served else _not_served(campaign),
            params=params,
            entity=(COMMITMENT, event.commitment_id),
            dedupe=told.id,
        )


def _not_served(campaign: Campaign) -> str:
    """Whoever is not served waits for his turn where somebody who does not pay is replaced."""
    return notices.WAITING if has_waiting_list(campaign.deposit_bp, campaign.shortfall) else notices.NOT_SERVED


@reaction(CampaignEnded, name="pooling.close_waiting_list")
async def close_waiting_list(session: AsyncSession, told: Told) -> None:
    """When all is ordered, let those who still wait be told."""
    event: CampaignEnded = told.event
    if event.state != CampaignState.ORDERED:
        return
    async with acting_for(session, event.lead_id):
        campaign = await queries.campaign(session, event.campaign_id)
        last = await clearing_queries.last(session, event.campaign_id)
        if campaign is None or last is None or not has_waiting_list(campaign.deposit_bp, campaign.shortfall):
            return
        await defer(
            session,
            TELL_WAITING_JOB,
            lead_id=str(event.lead_id),
            campaign_id=str(event.campaign_id),
            clearing_id=str(last.id),
        )


@reaction(WaitingEnded, name="pooling.tell_waiting")
async def tell_waiting(session: AsyncSession, told: Told) -> None:
    """Tell a member's people that his turn has not come."""
    event: WaitingEnded = told.event
    async with acting_for(session, event.member_id):
        campaign = await queries.campaign(session, event.campaign_id)
        if campaign is None:
            return
        await messages.notify(
            session,
            organization_id=event.member_id,
            permission=Permission.ORDER,
            notice=notices.WAITING_ENDED,
            params=await named(session, event.member_id, campaign) | {"commitment_id": event.commitment_id},
            entity=(COMMITMENT, event.commitment_id),
            dedupe=told.id,
        )


@reaction(CampaignOfferCleared, name="pooling.tell_supplier")
async def tell_supplier(session: AsyncSession, told: Told) -> None:
    """Tell a supplier's people whether anything is bought of them."""
    event: CampaignOfferCleared = told.event
    async with acting_for(session, event.supplier_id):
        campaign = await queries.campaign(session, event.campaign_id)
        if campaign is None:
            return
        await messages.notify(
            session,
            organization_id=event.supplier_id,
            permission=Permission.QUOTE,
            notice=notices.WON if event.won else notices.NOT_WON,
            params=await named(session, event.supplier_id, campaign),
            entity=(ENTITY, campaign.id),
            dedupe=told.id,
        )


_OF_DEPOSITS = {
    DepositDeclined.event_name: notices.DEPOSIT_DECLINED,
    DepositDue.event_name: notices.DEPOSIT_DUE,
    MemberDefaulted.event_name: notices.DEFAULTED,
}


@reaction(DepositDeclined, DepositDue, MemberDefaulted, name="pooling.tell_of_deposit")
async def tell_of_deposit(session: AsyncSession, told: Told) -> None:
    """Tell a member's people what becomes of a deposit."""
    event: Any = told.event
    async with acting_for(session, event.member_id):
        campaign = await queries.campaign(session, event.campaign_id)
        deposit = (await deposit_queries.shown(session, [event.commitment_id])).get(event.commitment_id)
        if campaign is None or deposit is None:
            return
        params = await named(session, event.member_id, campaign) | {"commitment_id": event.commitment_id}
        if isinstance(event, DepositDeclined):
            params["reason"] = {"i18n": [DECLINE_TEXTS[event.reason]]}
        if isinstance(event, DepositDue):
            params["amount"] = {"minor": deposit.amount_minor, "currency": deposit.currency}
            params["due_at"] = event.due_at
        await messages.notify(
            session,
            organization_id=event.member_id,
            permission=Permission.ORDER,
            notice=_OF_DEPOSITS[told.type],
            params=params,
            entity=(COMMITMENT, event.commitment_id),
            dedupe=told.id,
        )


@reaction(FrameworkOrdered, name="pooling.tell_of_framework")
async def tell_of_framework(session: AsyncSession, told: Told) -> None:
    """Tell a supplier's people what is bought of them."""
    event: FrameworkOrdered = told.event
    async with acting_for(session, event.supplier_id):
        campaign = await queries.campaign(session, event.campaign_id)
        row = await ordering_queries.framework(session, event.framework_id)
        if campaign is None or row is None:
            return
        figures: dict[str, messages.Param] = {
            "order": row.number,
            "lots": row.lots,
            "total": {"minor": row.total_minor, "currency": row.currency},
        }
        await messages.notify(
            session,
            organization_id=event.supplier_id,
            permission=Permission.FULFIL,
            notice=notices.FRAMEWORK_ORDERED,
            params=await named(session, event.supplier_id, campaign) | figures,
            entity=(ENTITY, campaign.id),
            dedupe=told.id,
        )
