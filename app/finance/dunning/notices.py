"""The mail that brings a letter."""

from app.finance.dunning.states import Tone
from app.kit.locales import N_
from app.messages.facade import register_notice

BY_TONE = {tone: f"finance.reminded_{tone}" for tone in Tone}
_PATH = "/dunning-notices/{dunning_notice_id}"

register_notice(
    BY_TONE[Tone.FRIENDLY],
    subject=N_("{firm} reminds you of open invoices"),
    body=N_(
        "Perhaps it was overlooked. Overdue invoices of {firm}: {invoices}, the oldest due since {oldest_on}. "
        "The letter with all of them is in your language."
    ),
    path=_PATH,
)
register_notice(
    BY_TONE[Tone.FIRM],
    subject=N_("Reminder: invoices of {firm} are overdue"),
    body=N_(
        "Overdue invoices of {firm}: {invoices}, the oldest due since {oldest_on}. "
        "Please pay them, or say what keeps you from it. The letter with all of them is in your language."
    ),
    path=_PATH,
)
register_notice(
    BY_TONE[Tone.LAST],
    subject=N_("Last reminder: invoices of {firm} are overdue"),
    body=N_(
        "Overdue invoices of {firm}: {invoices}, the oldest due since {oldest_on}. "
        "This is the last reminder. The letter with all of them is in your language."
    ),
    path=_PATH,
)
