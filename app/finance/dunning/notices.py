"""The mails that bring a letter, a claim, or its end."""

from app.finance.dunning.states import Tone
from app.kit.locales import N_
from app.messages.facade import register_notice

BY_TONE = {tone: f"finance.reminded_{tone}" for tone in Tone}
CLAIMED, WITHDRAWN = "finance.late_payment_claimed", "finance.late_payment_claim_withdrawn"
_PATH = "/dunning-notices/{dunning_notice_id}"
_CLAIM_PATH = "/open-items/{late_payment_claim_id}"

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
register_notice(
    CLAIMED,
    subject=N_("{firm} claims {amount} for late payment of {number}"),
    body=N_(
        "Invoice {number} was not paid by its due day. For that {firm} claims interest of {interest} and a fixed sum of "
        "{fixed_sum}, {amount} in all. How it is reckoned, day by day, is on its page."
    ),
    path=_CLAIM_PATH,
)
register_notice(
    WITHDRAWN,
    subject=N_("{firm} withdraws its claim for late payment of {number}"),
    body=N_(
        "{firm} does not ask for the {amount} any more that were open of its claim for late payment of invoice {number}."
    ),
    path=_CLAIM_PATH,
)
