"""What is refused about credit."""

from app.kit.errors import Problem
from app.kit.locales import N_


class CreditExceeded(Problem):
    """More than is left of a line; `left_minor` says what is."""

    code = "credit-exceeded"
    status = 409
    title = N_("That is more than the credit line allows")
    detail = N_("This comes to {amount}. Of the credit line over {limit}, {left} are left.")


class NoCreditLine(Problem):
    """Nothing is granted in this currency now."""

    code = "no-credit-line"
    status = 409
    title = N_("There is no credit line for this")
    detail = N_(
        "The supplier grants you no credit in {currency} today. Pay by milestones, or ask him for a credit line."
    )


class CreditSuspended(Problem):
    """A line on which nothing is taken for now."""

    code = "credit-suspended"
    status = 409
    title = N_("The credit line is suspended")
    detail = N_("Nothing can be ordered on account for now. Pay what is overdue, or ask the supplier.")


class CreditLineExists(Problem):
    """A second line for the same pair and currency."""

    code = "credit-line-exists"
    status = 409
    title = N_("There is a credit line already")
    detail = N_("You grant this buyer one credit line for each currency. Change the one that there is.")
