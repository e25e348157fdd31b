"""All that others may call."""

from app.clearing.certificate import Broken, Cleared, Effort, Part, Proof
from app.clearing.checking import violations
from app.clearing.documents import digest, explained, proven, read, told, understood, worked_out, written
from app.clearing.limits import MAX_FILE_BYTES
from app.clearing.outcome import Flow, Outcome
from app.clearing.pricing import Settlement, settle
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier
from app.clearing.schemas import ClearingIn, ClearingOut
from app.clearing.solving import clear
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
    "Part",
    "Problem",
    "Proof",
    "Reason",
    "Settlement",
    "Tier",
    "Told",
    "clear",
    "digest",
    "explained",
    "proven",
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
