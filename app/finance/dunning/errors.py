"""What is refused about reminders."""

from app.kit.errors import Problem
from app.kit.locales import N_


class DunningNotReady(Problem):
    """Reminders are switched on before anybody could pay."""

    code = "dunning-not-ready"
    status = 409
    title = N_("Reminders cannot be sent yet")
    detail = N_("A reminder says where to pay. Say that first, under the invoicing details.")


class NoticeNotPrinted(Problem):
    """The letter stands, and its page could not be drawn."""

    code = "dunning-notice-not-printed"
    status = 503
    title = N_("The letter could not be printed now")
    detail = N_("The letter stands. Please ask for its PDF again in a moment.")
