"""What the warehousing room refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class StockShort(Problem):
    """There is not enough that may be held; `errors` says of each line how much there is."""

    code = "stock-short"
    status = 409
    title = N_("There is not enough in stock")
    detail = N_("Nothing was reserved. Ask for less, or let what is missing follow later.")


class MoveRefused(Problem):
    """The ledger does not take a move; `errors` says which and why. None of them was made."""

    code = "move-refused"
    status = 409
    title = N_("Stock cannot be moved so")
    detail = N_("None of the moves was made. Correct those named below and send all of them again.")


class ReservationEnded(Problem):
    """It was fulfilled, released or expired before."""

    code = "reservation-ended"
    status = 409
    title = N_("This reservation has ended")
    detail = N_("The reservation is {state} and cannot be released any more.")


class StockCodeTaken(Problem):
    """A code that must be unique stands already."""

    code = "stock-code-taken"
    status = 409
    title = N_("This code is taken")
    detail = N_("“{taken}” is in use already. Choose another code.")


class StockInTheWay(Problem):
    """A warehouse that has stock is not closed."""

    code = "stock-in-the-way"
    status = 409
    title = N_("There is still stock here")
    detail = N_("Move or dispatch everything that lies here first.")


class TooManyHolds(Problem):
    """An organization holds so much by hand that others would find nothing."""

    code = "too-many-holds"
    status = 409
    title = N_("Too many reservations")
    detail = N_("Your organization holds {most} reservations that nothing was ordered for. Release some of them first.")
