"""Words of receivables: kinds of open items, what happens to them, why they are held."""

from enum import StrEnum

from app.kit.locales import NP_


class ItemKind(StrEnum):
    """An invoice is owed by its recipient, and so is a claim: damages for having paid an invoice late. A credit is owed by the
    issuer, until it is put towards what the recipient owes or paid back."""

    INVOICE = "invoice"
    CREDIT = "credit"
    CLAIM = "claim"


class EntryKind(StrEnum):
    """What happened to an open item. All but `undone` make it smaller."""

    PAYMENT = "payment"
    DISCOUNT = "discount"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    APPLIED = "applied"
    PAID_BACK = "paid_back"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


class Hold(StrEnum):
    """Why nobody is reminded of an item: its issuer waits, or a dispute is under way."""

    PAUSED = "paused"
    DISPUTED = "disputed"


class ItemState(StrEnum):
    """Where an item stands; it follows from what is left of it."""

    OPEN = "open"
    SETTLED = "settled"


class ItemRole(StrEnum):
    """On which side of an item somebody is."""

    ISSUED = "issued"
    RECEIVED = "received"


class Which(StrEnum):
    """Which items are asked for."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    SETTLED = "settled"
    ALL = "all"


UNDOABLE = frozenset({EntryKind.PAYMENT, EntryKind.PAID_BACK})
"""What can be undone by itself. A discount goes with the payment that it came with."""

ITEM_KIND_LABELS = {
    ItemKind.INVOICE: NP_("open item", "Invoice"),
    ItemKind.CREDIT: NP_("open item", "Credit balance"),
    ItemKind.CLAIM: NP_("open item", "Claim for late payment"),
}

ITEM_STATE_LABELS = {
    ItemState.OPEN: NP_("open item state", "Open"),
    ItemState.SETTLED: NP_("open item state", "Settled"),
}

ENTRY_LABELS = {
    EntryKind.PAYMENT: NP_("open item entry", "Payment"),
    EntryKind.DISCOUNT: NP_("open item entry", "Early-payment discount"),
    EntryKind.CREDIT_NOTE: NP_("open item entry", "Credit note"),
    EntryKind.WRITE_OFF: NP_("open item entry", "Written off"),
    EntryKind.APPLIED: NP_("open item entry", "Credit balance set off"),
    EntryKind.PAID_BACK: NP_("open item entry", "Credit balance paid back"),
    EntryKind.WITHDRAWN: NP_("open item entry", "Credit balance withdrawn"),
    EntryKind.UNDONE: NP_("open item entry", "Undone"),
}

CLAIM_ENTRY_LABELS = ENTRY_LABELS | {
    EntryKind.WRITE_OFF: NP_("claim for late payment entry", "Waived"),
    EntryKind.WITHDRAWN: NP_("claim for late payment entry", "Withdrawn"),
}
"""The same where they happen to a claim."""

HOLD_LABELS = {
    Hold.PAUSED: NP_("open item hold", "Paused"),
    Hold.DISPUTED: NP_("open item hold", "Disputed"),
}

ITEM_ROLE_LABELS = {
    ItemRole.ISSUED: NP_("side of an open item", "Issued by you"),
    ItemRole.RECEIVED: NP_("side of an open item", "Received by you"),
}
