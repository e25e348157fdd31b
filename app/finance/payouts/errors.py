"""What is refused about payouts."""

from app.kit.errors import Problem
from app.kit.locales import N_


class PayoutCountryUnsupported(Problem):
    """A country in which the provider opens no accounts."""

    code = "payout-country-unsupported"
    status = 422
    title = N_("The payment provider opens no accounts in your country")
    detail = N_("Ask the operator of the marketplace to pay you by bank transfer instead.")


class PayoutNotByBank(Problem):
    """A payout that is not, or not any more, for the operator to send."""

    code = "payout-not-by-bank"
    status = 409
    title = N_("This payout is not to be sent by bank")
    detail = N_("Only payouts by bank that were neither sent nor given up are marked by hand.")


class PayoutNotReturnable(Problem):
    """A payout that cannot have come back: the bank did not send it, or it came back before."""

    code = "payout-not-returnable"
    status = 409
    title = N_("This payout cannot have come back")
    detail = N_(
        "Only payouts that your bank has sent come back, once each, and less than all of one is kept on the way."
    )


class PayoutItemNotRefused(Problem):
    """An item that nothing is to be decided about."""

    code = "payout-item-not-refused"
    status = 409
    title = N_("There is nothing to decide about this amount")
    detail = N_("Only amounts that the payment provider refused to send are released by hand.")


class PayoutStatementTooLong(Problem):
    """More lines than a statement of payouts is written with."""

    code = "payout-statement-too-long"
    status = 422
    title = N_("There are too many payouts for one file")
    detail = N_("A file has {most} lines at most. Ask for fewer days.")
