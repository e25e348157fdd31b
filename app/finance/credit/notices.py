"""What both sides are told about credit lines."""

from app.kit.locales import N_
from app.messages.facade import register_notice

GRANTED = "finance.credit_line_granted"
SUSPENDED = "finance.credit_line_suspended"
SUSPENDED_OVERDUE = "finance.credit_line_suspended_overdue"
OWN_SUSPENDED = "finance.own_credit_line_suspended"
RESUMED = "finance.credit_line_resumed"

_PATH = "/credit-lines/{credit_line_id}"

register_notice(
    GRANTED,
    subject=N_("{firm} grants you credit"),
    body=N_("{firm} grants you a credit line in {currency}. You can now order on account there."),
    path=_PATH,
)
register_notice(
    SUSPENDED,
    subject=N_("{firm} has suspended your credit line"),
    body=N_("Your credit line in {currency} with {firm} is suspended. Orders that you have placed stand."),
    path=_PATH,
)
register_notice(
    SUSPENDED_OVERDUE,
    subject=N_("Your credit line with {firm} is suspended: something is overdue"),
    body=N_(
        "An invoice of {firm} has been overdue for too long, so your credit line in {currency} is suspended. "
        "It can be used again when what is overdue has been paid."
    ),
    path=_PATH,
)
register_notice(
    OWN_SUSPENDED,
    subject=N_("Credit line of {firm} suspended: something is overdue"),
    body=N_(
        "{firm} has been late with an invoice for longer than you allow. The credit line in {currency} is suspended."
    ),
    path=_PATH,
)
register_notice(
    RESUMED,
    subject=N_("Your credit line with {firm} can be used again"),
    body=N_("You can order on account of {firm} in {currency} again."),
    path=_PATH,
)
