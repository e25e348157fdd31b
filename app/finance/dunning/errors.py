"""What is refused about reminders."""

from app.kit.errors import Problem
from app.kit.locales import N_


class DunningNotReady(Problem):
    """Reminders are switched on before anybody could pay."""

    code = "dunning-not-ready"
    status = 409
    title = N_("Reminders cannot be sent yet")
    detail = N_("A reminder says where to pay. Say that first, under the invoicing details.")


class NotPaidLate(Problem):
    """Late payment is reckoned of what was not late, or of which everything is claimed."""

    code = "late-payment-nothing-to-claim"
    status = 409
    title = N_("There is nothing to claim")
    detail = N_("{number} is no invoice that was paid late, or all that its late payment has cost so far is claimed.")


class LateItemHeld(Problem):
    """Late payment is reckoned of an item that is paused or disputed."""

    code = "late-payment-item-held"
    status = 409
    title = N_("Nothing is claimed of this invoice for now")
    detail = N_("{number} is paused or disputed. What its late payment costs can be claimed when that has ended.")


class NoKnownLaw(Problem):
    """Late payment is reckoned for a creditor in a country of which the house does not know what the law gives."""

    code = "late-payment-law-unknown"
    status = 409
    title = N_("It is not known here what your law gives for late payment")
    detail = N_("Claims are reckoned by Directive 2011/7/EU, for issuers in the European Union. Yours is in {country}.")


class NoKnownRate(Problem):
    """Late payment is reckoned over a half-year whose reference rate is not known."""

    code = "late-payment-rate-unknown"
    status = 409
    title = N_("A reference rate is missing")
    detail = N_("The reference rate of the half-year from {first_on} is not known here yet. The operator loads it.")


class AlreadyClaimed(Problem):
    """Late payment of an invoice is claimed while a claim for it is open."""

    code = "late-payment-already-claimed"
    status = 409
    title = N_("Late payment of this invoice is claimed already")
    detail = N_("A claim for {number} is open. When it is settled or withdrawn, what came since can be claimed.")


class NoticeNotPrinted(Problem):
    """The letter stands, and its page could not be drawn."""

    code = "dunning-notice-not-printed"
    status = 503
    title = N_("The letter could not be printed now")
    detail = N_("The letter stands. Please ask for its PDF again in a moment.")
