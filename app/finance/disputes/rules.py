"""What may be disputed, who may do what when, and until when. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.finance.disputes.limits import ANSWER_DAYS, ESCALATE_DAYS
from app.finance.disputes.states import ACTIVE, PARTIES, STEPS, Act, DisputeState, Side

PLANNED = "planned"
"""The progress of a milestone of which nothing was shown yet."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when the supplier answers, and when the dispute goes before the operator by itself."""

    answer_due_at: datetime
    escalates_at: datetime


def deadlines(opened_at: datetime) -> Deadlines:
    """Both, counted from the opening."""
    return Deadlines(opened_at + timedelta(days=ANSWER_DAYS), opened_at + timedelta(days=ESCALATE_DAYS))


def is_disputable(*, escrow_minor: int, outstanding_minor: int, progress: str) -> bool:
    """Whether a milestone can be disputed: something of it is held, or is to be paid and was at least shown. What was released
    already is not the matter of a dispute."""
    return escrow_minor > 0 or (outstanding_minor > 0 and progress != PLANNED)


def may(act: Act, side: Side | None, state: DisputeState) -> bool:
    """Whether somebody may do something while a dispute stands so. The clock is no side."""
    if state not in ACTIVE:
        return False
    match act:
        case Act.MESSAGE:
            return side is not None
        case Act.PROPOSED | Act.TAKEN_BACK | Act.DECLINED | Act.ACCEPTED:
            return side in PARTIES
        case Act.WITHDRAWN:
            return side is Side.BUYER
        case Act.ANSWER_OVERDUE:
            return side is None and state is DisputeState.OPEN
        case Act.ESCALATED:
            return side is not Side.OPERATOR and DisputeState.ESCALATED in STEPS[state]
        case Act.DECIDED:
            return side is Side.OPERATOR and state is DisputeState.ESCALATED
        case _:
            return False


def may_escalate(state: DisputeState, answer_due_at: datetime, *, now: datetime) -> bool:
    """Whether a side may bring it before the operator: once the supplier has answered, or has not in time."""
    return may(Act.ESCALATED, Side.BUYER, state) and (state is DisputeState.ANSWERED or now >= answer_due_at)


def is_split(disputed_minor: int, release_minor: int, refund_minor: int) -> bool:
    """Whether both parts come to what is disputed, and neither is negative."""
    return min(release_minor, refund_minor) >= 0 and release_minor + refund_minor == disputed_minor
