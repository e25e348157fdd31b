"""Words of pooled purchasing: states of campaigns, commitments, offers and clearings, and what may follow what."""

from enum import StrEnum

from app.kit.locales import NP_


class CampaignState(StrEnum):
    """Draft → open → (bidding →) frozen → cleared → ordering → ordered; frozen → failed; cleared → frozen when somebody has not
    paid; a draft or an open one may be cancelled."""

    DRAFT = "draft"
    OPEN = "open"
    BIDDING = "bidding"
    FROZEN = "frozen"
    CLEARED = "cleared"
    ORDERING = "ordering"
    ORDERED = "ordered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Leading(StrEnum):
    """As what somebody opens a campaign."""

    OPERATOR = "operator"
    BUYER = "buyer"
    SUPPLIER = "supplier"


class Competition(StrEnum):
    """How suppliers compete: with sealed offers until the freeze, or with bids after members' freeze."""

    SEALED = "sealed"
    AUCTION = "auction"


class Shortfall(StrEnum):
    """What happens when less is bought than a campaign is for, or somebody who was served does not pay."""

    FAIL = "fail"
    LOWER_TIER = "lower_tier"
    BACKFILL = "backfill"


class Confidentiality(StrEnum):
    """What members learn of each other: sums alone, or also who they are."""

    TOTALS = "totals"
    NAMES = "names"


class CampaignAudience(StrEnum):
    """Who sees an open campaign and may take part: everybody, or whom its lead has invited."""

    EVERYBODY = "everybody"
    INVITED = "invited"


class CommitmentState(StrEnum):
    """(Awaiting approval ⇄) standing → withdrawn, until the freeze; awaiting → refused; awaiting → lapsed with the freeze."""

    AWAITING = "awaiting"
    STANDING = "standing"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    LAPSED = "lapsed"


LIVE = (CommitmentState.AWAITING, CommitmentState.STANDING)
"""Commitments that can be changed and withdrawn. Those that stand alone are pooled and cleared."""


class OfferState(StrEnum):
    """Standing → revised or withdrawn by its supplier, until the freeze."""

    STANDING = "standing"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"


class ClearingState(StrEnum):
    """Working → done or failed. Working begins again when a worker died."""

    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class ClearingFailure(StrEnum):
    """Why a clearing came to nothing."""

    NOTHING_BOUGHT = "nothing-bought"
    SOLVER_FAILED = "solver-failed"
    INTERRUPTED = "interrupted"


CAMPAIGN_STATE_LABELS = {
    CampaignState.DRAFT: NP_("campaign state", "Draft"),
    CampaignState.OPEN: NP_("campaign state", "Open"),
    CampaignState.BIDDING: NP_("campaign state", "Suppliers bid"),
    CampaignState.FROZEN: NP_("campaign state", "Frozen, being cleared"),
    CampaignState.CLEARED: NP_("campaign state", "Cleared"),
    CampaignState.ORDERING: NP_("campaign state", "Being ordered"),
    CampaignState.ORDERED: NP_("campaign state", "Ordered"),
    CampaignState.FAILED: NP_("campaign state", "Failed"),
    CampaignState.CANCELLED: NP_("campaign state", "Cancelled"),
}

LEADING_LABELS = {
    Leading.OPERATOR: NP_("who leads a campaign", "Operator"),
    Leading.BUYER: NP_("who leads a campaign", "Buyer"),
    Leading.SUPPLIER: NP_("who leads a campaign", "Supplier"),
}

COMPETITION_LABELS = {
    Competition.SEALED: NP_("how suppliers compete", "Sealed offers"),
    Competition.AUCTION: NP_("how suppliers compete", "Reverse auction"),
}

SHORTFALL_LABELS = {
    Shortfall.FAIL: NP_("shortfall rule", "Not bought"),
    Shortfall.LOWER_TIER: NP_("shortfall rule", "Bought at a lower tier"),
    Shortfall.BACKFILL: NP_("shortfall rule", "Filled from the waiting list"),
}

CONFIDENTIALITY_LABELS = {
    Confidentiality.TOTALS: NP_("confidentiality", "Members see totals alone"),
    Confidentiality.NAMES: NP_("confidentiality", "Members see who takes part"),
}

AUDIENCE_LABELS = {
    CampaignAudience.EVERYBODY: NP_("who may take part", "Everybody"),
    CampaignAudience.INVITED: NP_("who may take part", "Invited organizations alone"),
}

COMMITMENT_STATE_LABELS = {
    CommitmentState.AWAITING: NP_("commitment state", "Awaiting approval"),
    CommitmentState.STANDING: NP_("commitment state", "Standing"),
    CommitmentState.WITHDRAWN: NP_("commitment state", "Withdrawn"),
    CommitmentState.REFUSED: NP_("commitment state", "Not approved"),
    CommitmentState.LAPSED: NP_("commitment state", "Not approved in time"),
}

POOL_OFFER_STATE_LABELS = {
    OfferState.STANDING: NP_("pool offer state", "Standing"),
    OfferState.REVISED: NP_("pool offer state", "Revised"),
    OfferState.WITHDRAWN: NP_("pool offer state", "Withdrawn"),
}

CLEARING_STATE_LABELS = {
    ClearingState.WORKING: NP_("clearing state", "Being worked out"),
    ClearingState.DONE: NP_("clearing state", "Done"),
    ClearingState.FAILED: NP_("clearing state", "Failed"),
}
