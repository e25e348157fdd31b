"""What the ledger refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class PeriodClosed(Problem):
    """A posting dated into a month that is closed."""

    code = "ledger-period-closed"
    status = 409
    title = N_("This month is closed")
    detail = N_("Nothing is posted into a closed month, and none is opened again. Post it on a later day.")


class PeriodNotReady(Problem):
    """A month that cannot be closed: it is not over, is closed already, or one before it is open."""

    code = "ledger-period-not-ready"
    status = 409
    title = N_("This month cannot be closed now")
    detail = N_("Months are closed once each, in their order, when they are over.")


class AlreadyReversed(Problem):
    """A posting is reversed once."""

    code = "ledger-already-reversed"
    status = 409
    title = N_("This posting was reversed before")
    detail = N_("A posting is reversed once. If that was wrong, reverse the reversal.")


class BelowFloor(Problem):
    """An account of other people's money would fall below nothing."""

    code = "ledger-below-floor"
    status = 409
    title = N_("The account does not hold that much")
    detail = N_("Nothing was posted: an account that holds somebody's money would fall below zero.")


class DayAhead(Problem):
    """A posting dated into the future."""

    code = "ledger-day-ahead"
    status = 422
    title = N_("This day is still to come")
    detail = N_("Post on a day that has begun (UTC).")


class StatementTooLong(Problem):
    """More lines than a file of this kind is written with."""

    code = "ledger-statement-too-long"
    status = 422
    title = N_("There are too many entries for one file")
    detail = N_("A file of this kind has {most} entries at most. Ask for fewer days, or for CSV.")
