"""What the procurement room refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class InquiryNotDraft(Problem):
    """An edit of an inquiry that suppliers have read already."""

    code = "inquiry-not-draft"
    status = 409
    title = N_("This inquiry is published")
    detail = N_(
        "A published inquiry is not rewritten, because suppliers may be quoting on it. "
        "You can extend its closing time, invite more suppliers, answer questions, or cancel it."
    )


class InquiryIncomplete(Problem):
    """A draft that cannot be published yet; `errors` names what is missing."""

    code = "inquiry-incomplete"
    status = 422
    title = N_("This inquiry cannot be published yet")
    detail = N_("Nothing was sent. Complete the fields named below and publish again.")


class InquiryClosed(Problem):
    """Too late, or closed by the buyer."""

    code = "inquiry-closed"
    status = 409
    title = N_("This inquiry is closed for quotes")
    detail = N_("Quotes and changes to them were taken until {closes_at} (UTC), or until the buyer closed the inquiry.")


class InquiryStateConflict(Problem):
    """A step that the inquiry's state does not allow."""

    code = "inquiry-state-conflict"
    status = 409
    title = N_("The inquiry does not allow this in its present state")
    detail = N_("Its state is “{state}”. Read the inquiry again to see what can be done with it now.")


class OpeningTooEarly(Problem):
    """Nobody looks into quotes before the opening time. The attempt is remembered."""

    code = "opening-too-early"
    status = 409
    title = N_("It is too early to open the quotes")
    detail = N_("The quotes of this inquiry can be opened from {opens_at} (UTC) on, after it has closed.")


class QuotesSealed(Problem):
    """A look at sealed quotes. The attempt is remembered."""

    code = "quotes-sealed"
    status = 409
    title = N_("The quotes are still sealed")
    detail = N_(
        "Prices and terms can be read after the quotes have been opened, from {opens_at} (UTC) on. "
        "Until then only their suppliers can read them, and attempts are recorded."
    )


class AlreadyQuoted(Problem):
    """One live quote per supplier and inquiry."""

    code = "already-quoted"
    status = 409
    title = N_("You have a quote on this inquiry already")
    detail = N_("Change your draft, or withdraw your submitted quote and send a new one before the closing time.")


class QuoteNotDraft(Problem):
    """A change of a quote that is sealed or withdrawn."""

    code = "quote-not-draft"
    status = 409
    title = N_("This quote can no longer be changed")
    detail = N_("Only a draft can be changed or submitted. Withdraw a submitted quote and send a new one instead.")


class QuoteStands(Problem):
    """Declining while a submitted quote stands."""

    code = "quote-stands"
    status = 409
    title = N_("Your submitted quote still stands")
    detail = N_("Withdraw your quote before you decline the inquiry.")


class AlreadyAnswered(Problem):
    """A second answer to the same question."""

    code = "question-answered"
    status = 409
    title = N_("This question has been answered")
    detail = N_("Every invited supplier has read the answer, so it is not replaced.")


class RateMissing(Problem):
    """No rate of exchange of the opening day or of the week before it."""

    code = "exchange-rate-missing"
    status = 422
    title = N_("A rate of exchange is missing")
    detail = N_(
        "There is no rate from {from_currency} to {to_currency} of {on} or of the {most_days_old} days before. Choose another "
        "currency for the comparison, or ask the operator to load a rate of one of these days, between the two or of both "
        "against the euro."
    )
