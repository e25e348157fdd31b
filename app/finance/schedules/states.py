"""Words of payment schedules: where a milestone stands, what shows it, and where a payment, refund or chargeback stands."""

from enum import StrEnum
from typing import Literal, get_args

from app.kit.locales import N_, NP_


class Progress(StrEnum):
    """Planned → evidenced → accepted, or returned for other evidence. Once accepted it stays so."""

    PLANNED = "planned"
    EVIDENCED = "evidenced"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Evidence(StrEnum):
    """What has to be shown before a milestone is accepted."""

    NONE = "none"
    ORDER_ACKNOWLEDGED = "order_acknowledged"
    DESIGN_APPROVED = "design_approved"
    T1_REPORT = "t1_report"
    FIRST_ARTICLE = "first_article"
    BILL_OF_LADING = "bill_of_lading"
    RUN_OFF_ACCEPTED = "run_off_accepted"


AT_OPENING = frozenset({Evidence.NONE, Evidence.ORDER_ACKNOWLEDGED})
"""Needs nothing but the deal itself: accepted when the schedule opens."""


class AcceptedBy(StrEnum):
    """How a milestone came to be accepted: by the buyer, by his silence, by the terms of the deal, by a settled dispute."""

    BUYER = "buyer"
    SILENCE = "silence"
    TERMS = "terms"
    DISPUTE = "dispute"


class PaymentWay(StrEnum):
    """How a buyer pays: with a card or a debit of his account, by a transfer that he makes at his bank, or by one that came to
    the house's own bank account."""

    METHOD = "method"
    TRANSFER = "transfer"
    BANK = "bank"


AskedWay = Literal[PaymentWay.METHOD, PaymentWay.TRANSFER]
"""How somebody may ask to pay: what comes to the house's bank account is not asked for."""


ASKED_WAYS: tuple[PaymentWay, ...] = get_args(AskedWay)


class PaymentStep(StrEnum):
    """Pending → (processing →) captured or declined. An awaited transfer may be withdrawn."""

    PENDING = "pending"
    PROCESSING = "processing"
    CAPTURED = "captured"
    DECLINED = "declined"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


TO_ASK = (PaymentStep.PENDING, PaymentStep.WITHDRAWING)
"""Something is to be asked of the payment provider."""

UNDER_WAY = (PaymentStep.PENDING, PaymentStep.PROCESSING, PaymentStep.WITHDRAWING)
"""Whether money comes is not known: of a milestone, one payment at a time."""

STEPS: dict[PaymentStep, tuple[PaymentStep, ...]] = {
    PaymentStep.PENDING: (PaymentStep.PROCESSING, PaymentStep.CAPTURED, PaymentStep.DECLINED),
    PaymentStep.PROCESSING: (
        PaymentStep.CAPTURED,
        PaymentStep.DECLINED,
        PaymentStep.WITHDRAWING,
        PaymentStep.WITHDRAWN,
    ),
    PaymentStep.WITHDRAWING: (PaymentStep.WITHDRAWN, PaymentStep.CAPTURED, PaymentStep.DECLINED),
    # Money that comes all the same is booked, and given back when nobody owes it.
    PaymentStep.DECLINED: (PaymentStep.CAPTURED,),
    PaymentStep.WITHDRAWN: (PaymentStep.CAPTURED,),
    PaymentStep.CAPTURED: (),
}
"""What may follow what; the database's guard says the same."""


class ReleaseReason(StrEnum):
    """Why money goes to the supplier: the milestone is accepted, what was retained is free, a dispute was settled so."""

    ACCEPTED = "accepted"
    RETENTION = "retention"
    DISPUTE = "dispute"


class RefundKind(StrEnum):
    """Why money goes back: somebody decided so, a dispute was settled so, more came than was owed, it was given back at the
    provider without a call of ours, or what came by bank was assigned to the milestone by mistake."""

    DECISION = "decision"
    DISPUTE = "dispute"
    SURPLUS = "surplus"
    FOREIGN = "foreign"
    MISTAKEN = "mistaken"


NEVER_COUNTED = (RefundKind.SURPLUS, RefundKind.DISPUTE, RefundKind.MISTAKEN)
"""What goes back so was no payment of what the milestone is worth: it is not missing, or is owed again. The database's sums say
the same."""


class RefundStep(StrEnum):
    """Pending → (processing →) done, or failed: then nothing was given back."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


class ChargebackStep(StrEnum):
    """The payer's bank took the money back; who was right is open, or was found."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ScheduleRole(StrEnum):
    """On which of the two sides of a schedule somebody is."""

    BUYER = "buyer"
    SUPPLIER = "supplier"


PROGRESS_LABELS = {
    Progress.PLANNED: NP_("payment milestone", "Planned"),
    Progress.EVIDENCED: NP_("payment milestone", "Evidence shown"),
    Progress.RETURNED: NP_("payment milestone", "Evidence returned"),
    Progress.ACCEPTED: NP_("payment milestone", "Accepted"),
}

EVIDENCE_LABELS = {
    Evidence.NONE: NP_("payment evidence", "None"),
    Evidence.ORDER_ACKNOWLEDGED: NP_("payment evidence", "Acknowledged order"),
    Evidence.DESIGN_APPROVED: NP_("payment evidence", "Design approval"),
    Evidence.T1_REPORT: NP_("payment evidence", "T1 report"),
    Evidence.FIRST_ARTICLE: NP_("payment evidence", "First article inspection (FAI)"),
    Evidence.BILL_OF_LADING: NP_("payment evidence", "Bill of lading"),
    Evidence.RUN_OFF_ACCEPTED: NP_("payment evidence", "Run-off acceptance"),
}

ACCEPTED_BY_LABELS = {
    AcceptedBy.BUYER: NP_("acceptance", "By the buyer"),
    AcceptedBy.SILENCE: NP_("acceptance", "By silence"),
    AcceptedBy.TERMS: NP_("acceptance", "By the terms of the deal"),
    AcceptedBy.DISPUTE: NP_("acceptance", "By the settlement of a dispute"),
}

WAY_LABELS = {
    PaymentWay.METHOD: NP_("way of payment", "Payment method"),
    PaymentWay.TRANSFER: NP_("way of payment", "Bank transfer"),
    PaymentWay.BANK: NP_("way of payment", "Bank transfer to the marketplace"),
}

STEP_LABELS = {
    PaymentStep.PENDING: NP_("payment state", "Being asked for"),
    PaymentStep.PROCESSING: NP_("payment state", "Under way"),
    PaymentStep.CAPTURED: NP_("payment state", "Paid"),
    PaymentStep.DECLINED: NP_("payment state", "Declined"),
    PaymentStep.WITHDRAWING: NP_("payment state", "Being withdrawn"),
    PaymentStep.WITHDRAWN: NP_("payment state", "Withdrawn"),
}

REFUND_LABELS = {
    RefundStep.PENDING: NP_("refund state", "Being given back"),
    RefundStep.PROCESSING: NP_("refund state", "Under way"),
    RefundStep.DONE: NP_("refund state", "Given back"),
    RefundStep.FAILED: NP_("refund state", "Failed"),
}

MISTAKEN_LABELS = {RefundStep.DONE: NP_("refund state", "Taken off again")}
"""Nothing was given back: the house has it, for what it was meant."""

REFUND_KIND_LABELS = {
    RefundKind.DECISION: NP_("refund kind", "Agreed"),
    RefundKind.DISPUTE: NP_("refund kind", "Settlement of a dispute"),
    RefundKind.SURPLUS: NP_("refund kind", "Paid in excess"),
    RefundKind.FOREIGN: NP_("refund kind", "Given back at the payment provider"),
    RefundKind.MISTAKEN: NP_("refund kind", "Not meant for this milestone"),
}

ROLE_LABELS = {
    ScheduleRole.BUYER: NP_("side of a payment schedule", "You pay"),
    ScheduleRole.SUPPLIER: NP_("side of a payment schedule", "You are paid"),
}

DECLINE_TEXTS = {
    "generic": N_("The bank declined the payment without a reason."),
    "insufficient_funds": N_("There is not enough money."),
    "expired_method": N_("The card has expired."),
    "authentication_required": N_("The bank wants you to confirm. Give the payment method once more."),
    "limit_exceeded": N_("The amount is over a limit of the bank."),
    "blocked_method": N_("The payment method is blocked."),
    "not_saved": N_("The payment method is not known. Give it once more."),
    "no_transfer": N_("No bank transfer can be awaited in this currency or country."),
    "not_in_steps": N_(
        "In this currency cards and debits take only amounts whose third decimal is a zero. Pay this one by bank transfer."
    ),
}
"""Why a payment was declined."""
