"""The tables of pooled purchasing."""

from app.pooling.models.campaigns import (
    Campaign,
    CampaignCounter,
    CampaignInvitation,
    CampaignItem,
    CampaignPlace,
    CampaignSeed,
    GuideTier,
)
from app.pooling.models.clearings import Allotment, Clearing, ClearingInputs, ClearingPrice, SupplierShare
from app.pooling.models.commitments import CampaignTotal, Commitment, CommitmentEvent, CommitmentLimit
from app.pooling.models.offers import PoolOffer, PoolOfferTerms

__all__ = [
    "Allotment",
    "Campaign",
    "CampaignCounter",
    "CampaignInvitation",
    "CampaignItem",
    "CampaignPlace",
    "CampaignSeed",
    "CampaignTotal",
    "Clearing",
    "ClearingInputs",
    "ClearingPrice",
    "Commitment",
    "CommitmentEvent",
    "CommitmentLimit",
    "GuideTier",
    "PoolOffer",
    "PoolOfferTerms",
    "SupplierShare",
]
