"""What people are told about the money of milestones."""

from app.kit.locales import N_
from app.messages.facade import register_notice

DUE = "finance.milestone_due"
TRANSFER = "finance.transfer_awaited"
DECLINED = "finance.milestone_payment_declined"
FUNDED = "finance.milestone_funded"
UNDONE = "finance.milestone_payment_undone"
RELEASED = "finance.milestone_released"
REFUNDED = "finance.milestone_refunded"
REFUND_FAILED = "finance.milestone_refund_failed"
CHARGED_BACK = "finance.milestone_charged_back"
CHARGEBACK_WON = "finance.chargeback_won"
CHARGEBACK_LOST = "finance.chargeback_lost"
REFUND_TO_SEND = "finance.refund_to_send"

_PATH = "/payment-schedules/{schedule_id}"

register_notice(
    DUE,
    subject=N_("{amount} are due for {number}"),
    body=N_("Milestone {position} of {number} with {firm} is accepted. Please pay {amount} by {pay_on}."),
    path=_PATH,
)
register_notice(
    TRANSFER,
    subject=N_("Bank transfer for {number}"),
    body=N_(
        "Please transfer {amount} for milestone {position} of {number}. "
        "The account and the remittance to give stand with the milestone."
    ),
    path=_PATH,
)
register_notice(
    DECLINED,
    subject=N_("The payment for {number} was declined"),
    body=N_(
        "The payment of {amount} for milestone {position} of {number} came to nothing: {reason} Please pay otherwise."
    ),
    path=_PATH,
)
register_notice(
    FUNDED,
    subject=N_("{firm} has paid {amount} for {number}"),
    body=N_(
        "{amount} for milestone {position} of {number} are held for you, and released once the milestone is accepted."
    ),
    path=_PATH,
)
register_notice(
    UNDONE,
    subject=N_("{amount} for {number} are open again"),
    body=N_(
        "A bank transfer of {amount} had been put towards milestone {position} of {number} with {firm}. It was not meant for it, "
        "and the milestone is open again by that much."
    ),
    path=_PATH,
)
register_notice(
    RELEASED,
    subject=N_("{amount} for {number} are released"),
    body=N_("{amount} for milestone {position} of {number} with {firm} are released to you."),
    path=_PATH,
)
register_notice(
    REFUNDED,
    subject=N_("{amount} for {number} are given back"),
    body=N_("{amount} of what you paid to {firm} for milestone {position} of {number} are given back to you."),
    path=_PATH,
)
register_notice(
    REFUND_FAILED,
    subject=N_("A refund for {number} failed"),
    body=N_(
        "{amount} for milestone {position} of {number} could not be given back. "
        "The money is where it was before; please try again."
    ),
    path=_PATH,
)
register_notice(
    CHARGED_BACK,
    subject=N_("A bank took back {amount} for {number}"),
    body=N_(
        "The bank of {firm} took back {amount} for milestone {position} of {number}. "
        "What of it had been released to you is set off."
    ),
    path=_PATH,
)
register_notice(
    CHARGEBACK_WON,
    subject=N_("{amount} for {number} are back"),
    body=N_("The bank of {firm} has given back {amount} for milestone {position} of {number}."),
    path=_PATH,
)
register_notice(
    CHARGEBACK_LOST,
    subject=N_("{amount} for {number} stay taken back"),
    body=N_("The bank of {firm} keeps the {amount} that it took back for milestone {position} of {number}."),
    path=_PATH,
)
register_notice(
    REFUND_TO_SEND,
    subject=N_("{amount} are to be sent back to {firm} by bank"),
    body=N_(
        "{firm} paid by bank transfer, and {amount} of it go back. "
        "Please send them from your bank with the reference {reference}: the statement closes the refund."
    ),
    path="/operator",
)
