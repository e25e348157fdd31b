"""Words of payouts: accounts, calendars, what is owed, what was sent, what was taken back."""

from enum import StrEnum

from app.gateways.payments import AccountState
from app.kit.locales import N_, NP_


class Rhythm(StrEnum):
    """How often a supplier is sent what he is owed."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Way(StrEnum):
    """How money goes to a supplier: by transfers of the payment provider, or by the operator's bank."""

    PROVIDER = "provider"
    BANK = "bank"


class ItemState(StrEnum):
    """Waiting → sending → sent; refused waits for the operator. Set off: all of it made up for a debt. Dropped: all of it was
    taken back before it was sent."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    SET_OFF = "set_off"
    DROPPED = "dropped"


class PayoutState(StrEnum):
    """Sending → sent or failed; set off when nothing was left to be sent. Returned: what was sent by bank came back."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SET_OFF = "set_off"
    RETURNED = "returned"


class TakeBackState(StrEnum):
    """Asked → done, when the transfer was reversed; owed, when there is none to be reversed or it cannot be: then it is set off
    against what follows."""

    ASKED = "asked"
    DONE = "done"
    OWED = "owed"


UNSENT = (ItemState.WAITING, ItemState.SENDING, ItemState.REFUSED)
"""Items of which something is still to be sent."""

WAY_OF_ITEMS: dict[ItemState, tuple[ItemState, ...]] = {
    ItemState.WAITING: (ItemState.SENDING, ItemState.SET_OFF, ItemState.DROPPED),
    ItemState.SENDING: (ItemState.SENT, ItemState.WAITING, ItemState.REFUSED),
    ItemState.REFUSED: (ItemState.WAITING, ItemState.DROPPED),
    # By bank, when it came back.
    ItemState.SENT: (ItemState.WAITING,),
    ItemState.SET_OFF: (),
    ItemState.DROPPED: (),
}
"""What may follow what; the database's guard says the same."""


class WaitReason(StrEnum):
    """Why nothing is sent although it is due."""

    NO_ACCOUNT = "no_account"
    NOT_READY = "not_ready"
    NO_BANK_ACCOUNT = "no_bank_account"


ACCOUNT_STATE_LABELS = {
    AccountState.NEW: NP_("payout account", "Details missing"),
    AccountState.CHECKED: NP_("payout account", "Being checked"),
    AccountState.READY: NP_("payout account", "Ready"),
    AccountState.RESTRICTED: NP_("payout account", "Restricted"),
}

RHYTHM_LABELS = {
    Rhythm.DAILY: NP_("payout calendar", "Every day"),
    Rhythm.WEEKLY: NP_("payout calendar", "Every week"),
    Rhythm.MONTHLY: NP_("payout calendar", "Every month"),
}

WAY_LABELS = {
    Way.PROVIDER: NP_("payout", "By the payment provider"),
    Way.BANK: NP_("payout", "By bank transfer"),
}

ITEM_STATE_LABELS = {
    ItemState.WAITING: NP_("payout item", "Waiting"),
    ItemState.SENDING: NP_("payout item", "Being sent"),
    ItemState.SENT: NP_("payout item", "Sent"),
    ItemState.REFUSED: NP_("payout item", "Under review"),
    ItemState.SET_OFF: NP_("payout item", "Set off"),
    ItemState.DROPPED: NP_("payout item", "Taken back before it was sent"),
}

PAYOUT_STATE_LABELS = {
    PayoutState.SENDING: NP_("payout state", "Being sent"),
    PayoutState.SENT: NP_("payout state", "Sent"),
    PayoutState.FAILED: NP_("payout state", "Failed"),
    PayoutState.SET_OFF: NP_("payout state", "Set off"),
    PayoutState.RETURNED: NP_("payout state", "Came back"),
}

WAIT_TEXTS = {
    WaitReason.NO_ACCOUNT: N_("Open your payout account and tell the payment provider who you are."),
    WaitReason.NOT_READY: N_("The payment provider still needs details from you, or is checking them."),
    WaitReason.NO_BANK_ACCOUNT: N_("Say in your invoicing details at which bank you are paid."),
}
