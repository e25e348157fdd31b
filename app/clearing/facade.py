"""All that others may call."""

from app.clearing.documents import digest, explained, read, told, understood
from app.clearing.limits import MAX_FILE_BYTES
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier
from app.clearing.schemas import ClearingIn, ClearingOut
from app.clearing.solving import Broken, Cleared, Effort, clear

__all__ = [
    "MAX_FILE_BYTES",
    "Bid",
    "Broken",
    "Cleared",
    "ClearingIn",
    "ClearingOut",
    "Effort",
    "Item",
    "Member",
    "Offer",
    "Problem",
    "Tier",
    "clear",
    "digest",
    "explained",
    "read",
    "told",
    "understood",
]
