"""Words of financing: where an offer, a quote and a financing stand, and how a financier is paid for it."""

from enum import StrEnum

from app.kit.locales import NP_


class OfferState(StrEnum):
    """Open → assigned, withdrawn or expired."""

    OPEN = "open"
    ASSIGNED = "assigned"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class QuoteState(StrEnum):
    """Where a quote stands; told by its moments."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class FinancingState(StrEnum):
    """Funding → cancelled or running; running → repaid, made good by the supplier, lost, or reversed: the financier has his
    advance back. What has ended may be due again."""

    FUNDING = "funding"
    CANCELLED = "cancelled"
    RUNNING = "running"
    REPAID = "repaid"
    MADE_GOOD = "made_good"
    LOST = "lost"
    REVERSED = "reversed"


class ChargeKind(StrEnum):
    """A rate for a year (Actual/360), or one fee."""

    RATE = "rate"
    FEE = "fee"


class MoveKind(StrEnum):
    """What happens to an advance: the buyer's money repays it, is taken back again, the supplier makes it good, it is lost; it is
    undone by the financier's bank or at the provider's desk, and renewed when the bank gives it back."""

    REPAID = "repaid"
    RETURNED = "returned"
    RECOURSE = "recourse"
    LOST = "lost"
    UNDONE = "undone"
    RENEWED = "renewed"


class FundingStep(StrEnum):
    """Pending → (processing →) captured or declined."""

    PENDING = "pending"
    PROCESSING = "processing"
    CAPTURED = "captured"
    DECLINED = "declined"


UNDER_WAY = (FundingStep.PENDING, FundingStep.PROCESSING)

FUNDING_STEPS: dict[FundingStep, tuple[FundingStep, ...]] = {
    FundingStep.PENDING: (FundingStep.PROCESSING, FundingStep.CAPTURED, FundingStep.DECLINED),
    FundingStep.PROCESSING: (FundingStep.CAPTURED, FundingStep.DECLINED),
    # Money that comes all the same is booked.
    FundingStep.DECLINED: (FundingStep.CAPTURED,),
    FundingStep.CAPTURED: (),
}
"""What may follow what; the database's guard says the same."""


class DisputeStep(StrEnum):
    """The financier's bank took back what he had paid; who was right is open, or was found."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class FinancingRole(StrEnum):
    """On which side somebody is."""

    SUPPLIER = "supplier"
    FINANCIER = "financier"


class SizeBand(StrEnum):
    """How many people work for the debtor."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    VERY_LARGE = "very_large"


OFFER_LABELS = {
    OfferState.OPEN: NP_("financing offer", "Open for quotes"),
    OfferState.ASSIGNED: NP_("financing offer", "Assigned"),
    OfferState.WITHDRAWN: NP_("financing offer", "Withdrawn"),
    OfferState.EXPIRED: NP_("financing offer", "Expired"),
}

QUOTE_LABELS = {
    QuoteState.OPEN: NP_("financing quote", "Open"),
    QuoteState.ACCEPTED: NP_("financing quote", "Accepted"),
    QuoteState.WITHDRAWN: NP_("financing quote", "Withdrawn"),
    QuoteState.EXPIRED: NP_("financing quote", "Expired"),
}

FINANCING_LABELS = {
    FinancingState.FUNDING: NP_("financing", "To be paid out"),
    FinancingState.CANCELLED: NP_("financing", "Cancelled"),
    FinancingState.RUNNING: NP_("financing", "Running"),
    FinancingState.REPAID: NP_("financing", "Repaid"),
    FinancingState.MADE_GOOD: NP_("financing", "Made good by the supplier"),
    FinancingState.LOST: NP_("financing", "Lost"),
    FinancingState.REVERSED: NP_("financing", "Advance taken back"),
}

CHARGE_LABELS = {
    ChargeKind.RATE: NP_("financing charge", "Rate per year, Actual/360"),
    ChargeKind.FEE: NP_("financing charge", "Fixed fee"),
}

MOVE_LABELS = {
    MoveKind.REPAID: NP_("financing move", "Repaid out of the buyer’s payment"),
    MoveKind.RETURNED: NP_("financing move", "Taken back with the buyer’s payment"),
    MoveKind.RECOURSE: NP_("financing move", "Made good by the supplier"),
    MoveKind.LOST: NP_("financing move", "Lost"),
    MoveKind.UNDONE: NP_("financing move", "Advance given back to the financier"),
    MoveKind.RENEWED: NP_("financing move", "Advance paid again by the financier’s bank"),
}

FUNDING_LABELS = {
    FundingStep.PENDING: NP_("payment state", "Being asked for"),
    FundingStep.PROCESSING: NP_("payment state", "Under way"),
    FundingStep.CAPTURED: NP_("payment state", "Paid"),
    FundingStep.DECLINED: NP_("payment state", "Declined"),
}

SIZE_LABELS = {
    SizeBand.MICRO: NP_("employees", "1 to 9 people"),
    SizeBand.SMALL: NP_("employees", "10 to 49 people"),
    SizeBand.MEDIUM: NP_("employees", "50 to 249 people"),
    SizeBand.LARGE: NP_("employees", "250 to 999 people"),
    SizeBand.VERY_LARGE: NP_("employees", "1,000 people or more"),
}

ROLE_LABELS = {
    FinancingRole.SUPPLIER: NP_("side of a financing", "You are financed"),
    FinancingRole.FINANCIER: NP_("side of a financing", "You finance"),
}
