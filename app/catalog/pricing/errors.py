"""What is refused about price lists and confirmed prices."""

from app.kit.errors import Problem
from app.kit.locales import N_


class PriceListCodeTaken(Problem):
    """A code that this supplier uses for another price list."""

    code = "price-list-code-taken"
    status = 409
    title = N_("This price list code is taken")
    detail = N_("You have a price list “{taken}” already. Make its successor, or choose another code.")


class PriceListStateConflict(Problem):
    """The state of the price list does not allow this."""

    code = "price-list-state-conflict"
    status = 409
    title = N_("The price list does not allow this in its present state")
    detail = N_(
        "Its state is “{state}”. A draft is edited and activated; an active list only ends, and a successor brings other prices."
    )


class PriceListIncomplete(Problem):
    """An activation of a list that would give nobody a price; `errors` names what is missing."""

    code = "price-list-incomplete"
    status = 422
    title = N_("This price list cannot be activated yet")
    detail = N_("It stays a draft. Complete what is named below and activate it again.")


class EditionsOverlap(Problem):
    """Another edition of the same list is in force on one of its days."""

    code = "price-list-editions-overlap"
    status = 409
    title = N_("Another edition is valid on some of these days")
    detail = N_("Two editions of one price list are never valid on the same day. End the other one, or begin later.")


class SuccessorExists(Problem):
    """A second draft of the next edition."""

    code = "price-list-successor-exists"
    status = 409
    title = N_("There is a draft of the next edition already")
    detail = N_("Edit or delete the draft of the next edition of “{code_of_list}” before you make another one.")


class PriceChanged(Problem):
    """A price list or a listing changed between reading the price and confirming it."""

    code = "price-changed"
    status = 409
    title = N_("The price changed at this very moment")
    detail = N_("The supplier changed this price while it was being confirmed. Ask for it again.")
