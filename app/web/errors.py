"""What the storefront refuses by itself."""

from app.kit.errors import Problem
from app.kit.locales import N_


class SignInNeeded(Problem):
    """A page of somebody's own, asked for by nobody."""

    code = "sign-in-needed"
    status = 401
    title = N_("Please sign in")
    detail = N_("This page belongs to an organization. Sign in to see it.")


class FormNotOurs(Problem):
    """A form without this browser's token, or one that another site made the browser send."""

    code = "form-not-ours"
    status = 403
    title = N_("This form cannot be accepted")
    detail = N_("It has expired or was sent from another website. Open the page again and repeat what you did there.")


class BasketFull(Problem):
    """One more item than a basket holds."""

    code = "basket-full"
    status = 409
    title = N_("The inquiry basket is full")
    detail = N_("It holds {limit} items. Send what is in it, or take something out.")
