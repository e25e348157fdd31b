"""What purchase orders and milestones allow, and how money is divided. Pure: no session, no clock, no I/O."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol

from app.finance.facade import shared
from app.procurement.order_states import (
    MILESTONE_TRANSITIONS,
    ORDER_TRANSITIONS,
    MilestoneState,
    OrderState,
    Side,
)

WHOLE_BP = 10_000
"""A whole in basis points: shares are kept in hundredths of a percent."""

LARGEST_TOTAL_MINOR = 10**15
LAST_TRIAL = 20

_TRIAL = re.compile(r"t(\d{1,2})")
_DONE = frozenset({MilestoneState.ACCEPTED, MilestoneState.WAIVED})
_STARTS_PRODUCTION = frozenset({"steel_ordered", "machining", "t0", "t1"})
_WAY = (
    OrderState.ACKNOWLEDGED,
    OrderState.IN_PRODUCTION,
    OrderState.SHIPPED,
    OrderState.ACCEPTED,
)


class Milestone(Protocol):
    """What the rules look at."""

    code: str
    position: int
    state: str
    after: list[str]
    optional: bool
    share_bp: int


def order_may_become(state: str, wanted: OrderState, side: Side) -> bool:
    """Whether this side may take an order from one state to another."""
    return ORDER_TRANSITIONS.get((OrderState(state), wanted)) is side


def milestone_may_become(state: str, wanted: MilestoneState, side: Side) -> bool:
    """Whether this side may take a milestone from one state to another."""
    return MILESTONE_TRANSITIONS.get((MilestoneState(state), wanted)) is side


def quote_stands(valid_until: date, *, today: date) -> bool:
    """Whether a quote binds its supplier today: through the whole of its last day (UTC)."""
    return today <= valid_until


def split_minor(total_minor: int, shares_bp: Sequence[int], step_minor: int = 1) -> list[int]:
    """Divide a total by shares that sum to 10,000 basis points, by the largest remainder; the parts sum to the total.

    Of equal remainders the earlier share gets the odd unit. A share of nothing gets nothing. Where money can be paid only in
    steps of a few minor units each part is so many of them, and the last share gets what is left of the total less than one.
    """
    if total_minor < 0 or any(share < 0 for share in shares_bp) or sum(shares_bp) != WHOLE_BP:
        raise ValueError("shares must sum to a whole, and nothing may be negative")
    return shared(total_minor, list(shares_bp), step_minor)


def due_on(issued_on: date, offset_weeks: int) -> date:
    """When a milestone is due, counted from the day on which the order was issued."""
    return issued_on + timedelta(weeks=offset_weeks)


def is_done(state: str) -> bool:
    """Whether nothing is left to do at a milestone."""
    return MilestoneState(state) in _DONE


def trial_number(code: str) -> int | None:
    """2 for `t2`; None for what is no trial."""
    found = _TRIAL.fullmatch(code)
    return int(found[1]) if found else None


def waits_for(milestone: Milestone, everything: Iterable[Milestone]) -> list[str]:
    """Codes of the milestones that must come first, in their order; empty when evidence may be submitted.

    What a template names in `after` must be accepted or waived. Whatever waits for a trial waits for every trial before
    it, repeated ones too. A trial itself waits only until the trials before it have been made, not until they are liked.
    """
    earlier = [other for other in everything if other.position < milestone.position]
    after_trials = any(trial_number(code) is not None for code in milestone.after)
    is_trial = trial_number(milestone.code) is not None
    found = []
    for other in sorted(earlier, key=lambda other: other.position):
        other_is_trial = trial_number(other.code) is not None
        named = other.code in milestone.after or (after_trials and other_is_trial)
        if (named and not is_done(other.state)) or (
            is_trial and other_is_trial and other.state == MilestoneState.PLANNED
        ):
            found.append(other.code)
    return found


def may_waive(milestone: Milestone) -> bool:
    """Whether the buyer may do without it: only where the template says so, and never where money hangs on it."""
    return milestone.optional and milestone.share_bp == 0


def next_trial(everything: Sequence[Milestone]) -> tuple[str, int] | None:
    """(code, position) of the trial that may be added now, or None.

    One may be added when the last trial has been made, and nothing after the trials has been accepted yet.
    """
    trials = sorted(
        (other for other in everything if trial_number(other.code) is not None), key=lambda other: other.position
    )
    if not trials:
        return None
    last = trials[-1]
    number = max(trial_number(other.code) or 0 for other in trials) + 1
    later = [other for other in everything if other.position > last.position]
    if last.state == MilestoneState.PLANNED or number > LAST_TRIAL or any(is_done(other.state) for other in later):
        return None
    return f"t{number}", last.position + 1


def states_on_the_way(state: str, everything: Sequence[Milestone]) -> list[OrderState]:
    """The states that an order enters, one after the other, by what has been accepted of it.

    Steel ordered, machining or a first trial accepted → in production; shipment accepted → shipped; run-off accepted, or
    everything done where the template ends without a run-off → accepted.
    """
    accepted = {other.code for other in everything if other.state == MilestoneState.ACCEPTED}
    has_run_off = any(other.code == "run_off_accepted" for other in everything)
    reached = OrderState.ACKNOWLEDGED
    if accepted & _STARTS_PRODUCTION:
        reached = OrderState.IN_PRODUCTION
    if "shipped" in accepted:
        reached = OrderState.SHIPPED
    if "run_off_accepted" in accepted or (not has_run_off and all(is_done(other.state) for other in everything)):
        reached = OrderState.ACCEPTED
    if OrderState(state) not in _WAY:
        return []
    return list(_WAY[_WAY.index(OrderState(state)) + 1 : _WAY.index(reached) + 1])


def may_close(state: str, everything: Iterable[Milestone]) -> bool:
    """Whether the buyer may close the order: accepted, and nothing left to do."""
    return state == OrderState.ACCEPTED and all(is_done(other.state) for other in everything)


def order_number(year: int, count: int) -> str:
    """`PO-2026-0042`. PO is what the trade calls it in every language."""
    return f"PO-{year}-{count:04d}"
