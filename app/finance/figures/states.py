"""Words of figures: on which side they are read, what lines are, and which figures they add up to."""

from enum import StrEnum

from app.kit.locales import NP_


class FigureSide(StrEnum):
    """Whose view it is: of whoever is paid, or of whoever pays."""

    PAYEE = "payee"
    PAYER = "payer"


class Every(StrEnum):
    """How long a period of a forecast is. Weeks begin on Monday (ISO 8601)."""

    WEEK = "week"
    MONTH = "month"


class Period(StrEnum):
    """Periods of a forecast that have no first day: expected before today, after the last period, or on no day that is known."""

    EARLIER = "earlier"
    LATER = "later"
    UNDATED = "undated"


class LineKind(StrEnum):
    """What a line of a forecast is. Of a milestone: its contract amount; what is held and goes to the supplier when it is
    accepted; what is retained of that; what is still to be paid, and what of that will be retained; commission on each."""

    CONTRACT = "contract"
    HELD = "held"
    RETAINED = "retained"
    DUE = "due"
    DUE_RETAINED = "due_retained"
    COMMISSION_ON_HELD = "commission_on_held"
    COMMISSION_ON_DUE = "commission_on_due"
    COMMISSION_ON_RETAINED = "commission_on_retained"
    ASSIGNED = "assigned"
    FINANCED = "financed"
    REFUND = "refund"
    INVOICE = "invoice"
    CREDIT = "credit"
    PAYOUT = "payout"
    DEBT = "debt"
    CLAIM = "claim"


class Column(StrEnum):
    """A figure of a forecast: the sum of lines of some kinds."""

    CONTRACT = "contract"
    HELD = "held"
    DUE = "due"
    COMMISSION = "commission"
    RETENTION = "retention"
    PAYOUTS = "payouts"
    ASSIGNED = "assigned"
    REFUNDS = "refunds"
    NET = "net"


_COMMISSION = (LineKind.COMMISSION_ON_HELD, LineKind.COMMISSION_ON_DUE, LineKind.COMMISSION_ON_RETAINED)

KINDS: dict[FigureSide, dict[Column, tuple[LineKind, ...]]] = {
    FigureSide.PAYEE: {
        Column.CONTRACT: (LineKind.CONTRACT,),
        Column.HELD: (LineKind.HELD, LineKind.RETAINED),
        Column.DUE: (LineKind.DUE, LineKind.DUE_RETAINED, LineKind.INVOICE, LineKind.CLAIM, LineKind.CREDIT),
        Column.COMMISSION: _COMMISSION,
        Column.RETENTION: (LineKind.RETAINED, LineKind.DUE_RETAINED),
        Column.PAYOUTS: (LineKind.PAYOUT, LineKind.DEBT),
        Column.ASSIGNED: (LineKind.ASSIGNED, LineKind.FINANCED),
        Column.REFUNDS: (),
        Column.NET: (
            LineKind.HELD, LineKind.RETAINED, LineKind.DUE, LineKind.DUE_RETAINED, LineKind.INVOICE, LineKind.CLAIM,
            LineKind.CREDIT, *_COMMISSION, LineKind.PAYOUT, LineKind.DEBT, LineKind.ASSIGNED, LineKind.FINANCED,
        ),
    },
    FigureSide.PAYER: {
        Column.CONTRACT: (LineKind.CONTRACT,),
        Column.HELD: (LineKind.HELD, LineKind.RETAINED),
        Column.DUE: (LineKind.DUE, LineKind.INVOICE, LineKind.CLAIM, LineKind.CREDIT),
        Column.COMMISSION: (),
        Column.RETENTION: (LineKind.RETAINED,),
        Column.PAYOUTS: (),
        Column.ASSIGNED: (),
        Column.REFUNDS: (LineKind.REFUND,),
        Column.NET: (LineKind.DUE, LineKind.INVOICE, LineKind.CLAIM, LineKind.CREDIT, LineKind.REFUND),
    },
}  # fmt: skip
"""Which lines a figure is the sum of. What reaches a payee has its sign from his side, what a payer pays from his: so a net is a
plain sum too."""


class Source(StrEnum):
    """What a line is about."""

    MILESTONE = "payment_milestone"
    OPEN_ITEM = "open_item"
    PAYOUT_ITEM = "payout_item"
    ACCOUNT = "ledger_account"
    FINANCING = "financing"


SOURCES = {
    LineKind.ASSIGNED: Source.FINANCING,
    LineKind.FINANCED: Source.FINANCING,
    LineKind.INVOICE: Source.OPEN_ITEM,
    LineKind.CREDIT: Source.OPEN_ITEM,
    LineKind.CLAIM: Source.OPEN_ITEM,
    LineKind.PAYOUT: Source.PAYOUT_ITEM,
    LineKind.DEBT: Source.ACCOUNT,
}
"""What lines of a kind are about; all others are about milestones."""


class FileForm(StrEnum):
    """What lines are written as."""

    CSV = "csv"
    XLSX = "xlsx"


SIDE_LABELS = {
    FigureSide.PAYEE: NP_("side of figures", "Owed to you"),
    FigureSide.PAYER: NP_("side of figures", "Owed by you"),
}
LINE_LABELS = {
    LineKind.CONTRACT: NP_("line of a forecast", "Contract amount"),
    LineKind.HELD: NP_("line of a forecast", "Held until acceptance"),
    LineKind.RETAINED: NP_("line of a forecast", "Retention held"),
    LineKind.DUE: NP_("line of a forecast", "Still to be paid"),
    LineKind.DUE_RETAINED: NP_("line of a forecast", "Retention of what is still to be paid"),
    LineKind.COMMISSION_ON_HELD: NP_("line of a forecast", "Commission on what is held"),
    LineKind.COMMISSION_ON_DUE: NP_("line of a forecast", "Commission on what is still to be paid"),
    LineKind.COMMISSION_ON_RETAINED: NP_("line of a forecast", "Commission on the retention"),
    LineKind.ASSIGNED: NP_("line of a forecast", "Assigned to a financier"),
    LineKind.FINANCED: NP_("line of a forecast", "Advance to be repaid"),
    LineKind.REFUND: NP_("line of a forecast", "Being given back"),
    LineKind.INVOICE: NP_("line of a forecast", "Invoice beyond milestones"),
    LineKind.CREDIT: NP_("line of a forecast", "Credit balance"),
    LineKind.CLAIM: NP_("line of a forecast", "Claim for late payment"),
    LineKind.PAYOUT: NP_("line of a forecast", "Payout under way"),
    LineKind.DEBT: NP_("line of a forecast", "Set off against payouts"),
}
PERIOD_LABELS = {
    Period.EARLIER: NP_("period of a forecast", "Expected before today"),
    Period.LATER: NP_("period of a forecast", "Later"),
    Period.UNDATED: NP_("period of a forecast", "On no known day"),
}
