"""What suppliers are told about payouts."""

from app.kit.locales import N_
from app.messages.facade import register_notice

SENT = "finance.payout_sent"
SENT_LESS = "finance.payout_sent_less"
SET_OFF = "finance.payout_set_off"
FAILED = "finance.payout_failed"
WAITS = "finance.payout_waits"
ACCOUNT_READY = "finance.payout_account_ready"
ACCOUNT_RESTRICTED = "finance.payout_account_restricted"
TAKEN_BACK = "finance.payout_taken_back"
OWED = "finance.payout_owed"

register_notice(
    SENT,
    subject=N_("A payout of {sent} is on its way"),
    body=N_("{sent} were sent to you. The statement names the orders and milestones behind it."),
    path="/payouts/{payout_id}",
)
register_notice(
    SENT_LESS,
    subject=N_("A payout of {sent} is on its way"),
    body=N_("{sent} were sent to you. {set_off} were set off against what you owed because of refunds."),
    path="/payouts/{payout_id}",
)
register_notice(
    SET_OFF,
    subject=N_("{set_off} were set off against your debt"),
    body=N_(
        "What was due to you, {set_off}, was set off in full against what you owed because of refunds. Nothing is sent."
    ),
    path="/payouts/{payout_id}",
)
register_notice(
    FAILED,
    subject=N_("A payout of {amount} could not be sent"),
    body=N_(
        "Nothing is lost: {amount} will be sent with another payout. Please check your bank account and your payout account."
    ),
    path="/payouts/{payout_id}",
)
register_notice(
    WAITS,
    subject=N_("{amount} wait for you"),
    body=N_("{amount} are due to you and cannot be sent yet. {reason}"),
    path="/payout-account",
)
register_notice(
    ACCOUNT_READY,
    subject=N_("Your payout account is ready"),
    body=N_("The payment provider has all that it needs. What is due to you is sent on the next day of your calendar."),
    path="/payout-account",
)
register_notice(
    ACCOUNT_RESTRICTED,
    subject=N_("Your payout account is restricted"),
    body=N_("The payment provider needs more details from you. Until it has them, nothing is sent to you."),
    path="/payout-account",
)
register_notice(
    TAKEN_BACK,
    subject=N_("{amount} were taken back from your payout account"),
    body=N_(
        "Your customer was refunded after you had been paid. {amount} came back from your account at the payment provider."
    ),
    path="/payouts",
)
register_notice(
    OWED,
    subject=N_("{amount} will be set off against your next payouts"),
    body=N_(
        "Your customer was refunded after you had been paid. {amount} will be set off against what you are owed next."
    ),
    path="/payouts",
)
