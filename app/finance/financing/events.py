"""What is announced about financing. Of quotes no price is told: they are sealed to other financiers."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event

_OFFER = ("financing_offer", "financing_offer_id")
_OF = ("financing", "financing_id")


class FinancingOffered(Event, name="finance.financing_offered.v1", subject=_OFFER):
    """A receivable is offered; told to the supplier and to the financiers that he chose."""

    financing_offer_id: UUID
    supplier_id: UUID
    currency: str
    amount_minor: int
    expires_at: datetime


class FinancingOfferEnded(Event, name="finance.financing_offer_ended.v1", subject=_OFFER):
    """An offer was withdrawn, or nobody accepted in time. `state`: withdrawn, expired."""

    financing_offer_id: UUID
    supplier_id: UUID
    state: str


class FinancingQuoted(Event, name="finance.financing_quoted.v1", subject=_OFFER):
    """A financier has quoted. For him and the supplier."""

    financing_offer_id: UUID
    financing_quote_id: UUID
    supplier_id: UUID
    financier_id: UUID


class ReceivableAssigned(Event, name="finance.receivable_assigned.v1", subject=_OF):
    """The supplier assigned what the buyer owes for a milestone. Told to all three, the buyer as the debtor."""

    financing_id: UUID
    milestone_id: UUID
    schedule_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    financier_id: UUID
    currency: str
    amount_minor: int


class FinancingFunded(Event, name="finance.financing_funded.v1", subject=_OF):
    """The advance came, and is the supplier's. For him and the financier."""

    financing_id: UUID
    supplier_id: UUID
    financier_id: UUID
    currency: str
    amount_minor: int


class FundingDeclined(Event, name="finance.funding_declined.v1", subject=_OF):
    """The financier's payment came to nothing. For him alone."""

    financing_id: UUID
    financier_id: UUID
    currency: str
    amount_minor: int
    reason: str


class FinancingCancelled(Event, name="finance.financing_cancelled.v1", subject=_OF):
    """The advance did not come in time: the receivable is the supplier's again. Told to all three."""

    financing_id: UUID
    milestone_id: UUID
    schedule_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    financier_id: UUID
    currency: str
    amount_minor: int


class FinancingMoved(Event, name="finance.financing_moved.v1", subject=_OF):
    """Something was repaid, taken back, made good or lost. `kind` says which, `state` where the financing stands since. For
    the supplier and the financier."""

    financing_id: UUID
    supplier_id: UUID
    financier_id: UUID
    currency: str
    kind: str
    principal_minor: int
    charge_minor: int
    state: str
