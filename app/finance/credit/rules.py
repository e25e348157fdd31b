"""What can be taken on a line. Pure; amounts are minor units."""

from datetime import date

from app.finance.credit.states import LineState


def overdue_too_long(after_days: int | None, oldest_due: date | None, today: date) -> bool:
    """Whether what was due first has been overdue for more days than a supplier lets pass."""
    return after_days is not None and oldest_due is not None and (today - oldest_due).days > after_days


def state_of(valid_from: date, valid_until: date | None, suspended: bool, today: date) -> LineState:
    """What can be taken on a day."""
    if today < valid_from:
        return LineState.TO_COME
    if valid_until is not None and valid_until < today:
        return LineState.ENDED
    return LineState.SUSPENDED if suspended else LineState.ACTIVE


def left_minor(limit_minor: int, exposure_minor: int) -> int:
    """What can still be taken; nothing above the limit."""
    return max(0, limit_minor - exposure_minor)
