"""All that others may call."""

from app.clearing.checking import violations
from app.clearing.documents import digest, explained, read, told, understood, worked_out, written
from app.clearing.limits import MAX_FILE_BYTES
from app.clearing.outcome import Flow, Outcome
from app.clearing.pricing import Settlement, settle
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier
from app.clearing.schemas import ClearingIn, ClearingOut
from app.clearing.solving import Broken, Cleared, Effort, clear
from app.clearing.telling import Reason, Told, reasons, rounded

__all__ = [
    "MAX_FILE_BYTES",
    "Bid",
    "Broken",
    "Cleared",
    "ClearingIn",
    "ClearingOut",
    "Effort",
    "Flow",
    "Item",
    "Member",
    "Offer",
    "Outcome",
    "Problem",
    "Reason",
    "Settlement",
    "Tier",
    "Told",
    "clear",
    "digest",
    "explained",
    "read",
    "reasons",
    "rounded",
    "settle",
    "told",
    "understood",
    "violations",
    "worked_out",
    "written",
]
