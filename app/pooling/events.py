"""What pooled purchasing announces. No event carries a price, and none of a member's tells of another."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event

CAMPAIGN = ("campaign", "campaign_id")


class CampaignOpened(Event, name="pooling.campaign_opened.v1", subject=CAMPAIGN):
    """Members may commit themselves and suppliers may offer."""

    campaign_id: UUID
    lead_id: UUID
    closes_at: datetime


class CampaignInvited(Event, name="pooling.campaign_invited.v1", subject=CAMPAIGN):
    """An organization is invited to an open campaign: for its own eyes and the lead's."""

    campaign_id: UUID
    invitation_id: UUID
    organization_id: UUID


class CampaignExtended(Event, name="pooling.campaign_extended.v1", subject=CAMPAIGN):
    """The freeze comes later."""

    campaign_id: UUID
    lead_id: UUID
    closes_at: datetime


class BiddingBegun(Event, name="pooling.bidding_begun.v1", subject=CAMPAIGN):
    """In an auction: members' commitments do not change any more, suppliers bid."""

    campaign_id: UUID
    lead_id: UUID
    ends_at: datetime


class CampaignFrozen(Event, name="pooling.campaign_frozen.v1", subject=CAMPAIGN):
    """Nothing changes any more; the seed is told."""

    campaign_id: UUID
    lead_id: UUID
    seed: str


class CampaignEnded(Event, name="pooling.campaign_ended.v1", subject=CAMPAIGN):
    """It was cleared, it failed, or it was cancelled."""

    campaign_id: UUID
    lead_id: UUID
    state: str


class CommitmentChanged(Event, name="pooling.commitment_changed.v1", subject=("commitment", "commitment_id")):
    """A member committed himself, changed that or withdrew it: for his own eyes."""

    commitment_id: UUID
    campaign_id: UUID
    member_id: UUID
    state: str


class CommitmentCleared(Event, name="pooling.commitment_cleared.v1", subject=("commitment", "commitment_id")):
    """What came of a commitment: for its member's eyes."""

    commitment_id: UUID
    campaign_id: UUID
    clearing_id: UUID
    member_id: UUID
    served: bool


class WaitingEnded(Event, name="pooling.waiting_ended.v1", subject=("commitment", "commitment_id")):
    """All is ordered, and a commitment on the waiting list was not needed."""

    commitment_id: UUID
    campaign_id: UUID
    member_id: UUID


class DepositDeclined(Event, name="pooling.deposit_declined.v1", subject=("commitment", "commitment_id")):
    """The deposit of a commitment could not be secured or taken."""

    commitment_id: UUID
    campaign_id: UUID
    member_id: UUID
    reason: str


class DepositDue(Event, name="pooling.deposit_due.v1", subject=("commitment", "commitment_id")):
    """The deposit of a commitment that is served was declined: it is to be paid otherwise until then."""

    commitment_id: UUID
    campaign_id: UUID
    member_id: UUID
    due_at: datetime


class MemberDefaulted(Event, name="pooling.member_defaulted.v1", subject=("commitment", "commitment_id")):
    """A member has not paid in time: his commitment is left out."""

    commitment_id: UUID
    campaign_id: UUID
    member_id: UUID


class FrameworkOrdered(Event, name="pooling.framework_ordered.v1", subject=("framework_order", "framework_id")):
    """All that is bought of a supplier in a campaign is ordered."""

    framework_id: UUID
    campaign_id: UUID
    supplier_id: UUID


class CampaignOffered(Event, name="pooling.offered.v1", subject=("campaign_offer", "campaign_offer_id")):
    """A supplier offered, revised or withdrew: for his own eyes."""

    campaign_offer_id: UUID
    campaign_id: UUID
    supplier_id: UUID
    revision: int
    state: str


class CampaignOfferCleared(Event, name="pooling.offer_cleared.v1", subject=("campaign_offer", "campaign_offer_id")):
    """Whether anything is bought of a supplier: for his eyes."""

    campaign_offer_id: UUID
    campaign_id: UUID
    clearing_id: UUID
    supplier_id: UUID
    won: bool
