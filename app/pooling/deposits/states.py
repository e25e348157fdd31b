"""Words of deposits: where one stands, and what moves it."""

from enum import StrEnum

from app.kit.locales import N_, NP_


class DepositState(StrEnum):
    """(Waiting →) pending → held or saved → (charging or capturing →) captured; releasing → released; declined; defaulted."""

    WAITING = "waiting"
    PENDING = "pending"
    HELD = "held"
    SAVED = "saved"
    CHARGING = "charging"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    DECLINED = "declined"
    RELEASING = "releasing"
    RELEASED = "released"
    DEFAULTED = "defaulted"


MOVING = (DepositState.PENDING, DepositState.CHARGING, DepositState.CAPTURING, DepositState.RELEASING)
"""States in which something is to be asked of the payment provider."""

UNDECIDED = (DepositState.PENDING, DepositState.CHARGING)
"""A clearing waits for them: whether the commitment counts is not known."""

SECURED = (DepositState.HELD, DepositState.CAPTURED)
"""Those whose commitments are cleared."""

ENDED = (DepositState.RELEASING, DepositState.RELEASED, DepositState.DEFAULTED)
"""Those that another may stand in the place of."""

TRANSITIONS: dict[DepositState, tuple[DepositState, ...]] = {
    DepositState.WAITING: (DepositState.PENDING, DepositState.RELEASING),
    DepositState.PENDING: (DepositState.HELD, DepositState.SAVED, DepositState.DECLINED, DepositState.RELEASING),
    DepositState.HELD: (
        DepositState.CAPTURING,
        DepositState.RELEASING,
        # What happens at the provider without a call of ours: the hold ends, or is taken.
        DepositState.SAVED,
        DepositState.CAPTURED,
    ),
    DepositState.SAVED: (DepositState.CHARGING, DepositState.RELEASING),
    DepositState.CHARGING: (DepositState.CAPTURED, DepositState.DECLINED, DepositState.RELEASING),
    DepositState.CAPTURING: (DepositState.CAPTURED, DepositState.CHARGING, DepositState.DECLINED),
    DepositState.CAPTURED: (DepositState.RELEASING,),
    DepositState.DECLINED: (DepositState.PENDING, DepositState.RELEASING, DepositState.DEFAULTED),
    DepositState.RELEASING: (DepositState.RELEASED,),
    DepositState.RELEASED: (),
    DepositState.DEFAULTED: (),
}
"""What may follow what; the database's guard says the same."""

DEPOSIT_STATE_LABELS = {
    DepositState.WAITING: NP_("deposit state", "Secured once approved"),
    DepositState.PENDING: NP_("deposit state", "Being secured"),
    DepositState.HELD: NP_("deposit state", "Held"),
    DepositState.SAVED: NP_("deposit state", "Payment method saved"),
    DepositState.CHARGING: NP_("deposit state", "Being charged"),
    DepositState.CAPTURING: NP_("deposit state", "Being charged"),
    DepositState.CAPTURED: NP_("deposit state", "Paid"),
    DepositState.DECLINED: NP_("deposit state", "Declined"),
    DepositState.RELEASING: NP_("deposit state", "Being given back"),
    DepositState.RELEASED: NP_("deposit state", "Given back"),
    DepositState.DEFAULTED: NP_("deposit state", "Not paid"),
}

DECLINE_TEXTS = {
    "generic": N_("The bank declined the payment without a reason."),
    "insufficient_funds": N_("There is not enough money."),
    "expired_method": N_("The card has expired."),
    "authentication_required": N_("The bank wants you to confirm. Give the payment method once more."),
    "limit_exceeded": N_("The amount is over a limit of the bank."),
    "blocked_method": N_("The payment method is blocked."),
    "cannot_hold": N_("A deposit cannot be held by such a payment method. Give a card."),
    "not_in_steps": N_(
        "In this currency cards take only amounts whose third decimal is a zero. Commit to another quantity or limit."
    ),
    "not_saved": N_("The payment method is not known. Give it once more."),
}
"""Why a deposit was declined."""
