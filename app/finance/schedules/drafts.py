"""What deals tell of their payments, and what they are told: frozen, and without a word of what a deal is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.finance.schedules.states import Evidence


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """What both sides agreed on. `retention_bp` of each milestone stay held for `retention_days` after its acceptance; evidence
    on which the buyer says nothing for `silence_days` is accepted; what is due is paid within `payment_days`."""

    retention_bp: int = 0
    retention_days: int = 0
    silence_days: int = 14
    payment_days: int = 14


@dataclass(frozen=True, slots=True)
class SchedulePart:
    """A milestone with its share of the price: the deal's own id and code of it, and the day on which the deal expects it to be
    reached."""

    part_id: UUID
    key: str
    share_bp: int
    evidence: Evidence
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """A schedule to be opened. The parts' shares come to 10,000 basis points. `category_code` and `campaign_id` say by which
    rules commission is agreed on, where the deal is of one category, or of a campaign."""

    deal: tuple[str, UUID]
    number: str
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    total_minor: int
    terms: PaymentTerms
    parts: Sequence[SchedulePart]
    category_code: str | None = None
    campaign_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """A milestone as others ask for it; amounts in minor units.

    `escrow_minor` is held for the buyer and promised to nobody; `open_minor` of it and of `outstanding_minor`, which is still to
    be paid, may come to the supplier; `at_supplier_minor` was released and not taken back.
    """

    id: UUID
    schedule_id: UUID
    deal: tuple[str, UUID]
    deal_number: str
    key: str
    position: int
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    amount_minor: int
    funded_minor: int
    released_minor: int
    refunded_minor: int
    escrow_minor: int
    open_minor: int
    at_supplier_minor: int
    outstanding_minor: int
    progress: str
    accepted_at: datetime | None
    due_on: date | None
    frozen_by: UUID | None


@dataclass(frozen=True, slots=True)
class Receivable:
    """What a supplier is still owed of a milestone: `outstanding_minor` is to be paid by `pay_by`, `open_minor` of it and of what
    is held may still come to him, `at_supplier_minor` has come and was not taken back."""

    milestone_id: UUID
    schedule_id: UUID
    deal_number: str
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    outstanding_minor: int
    open_minor: int
    at_supplier_minor: int
    pay_by: date | None
    accepted: bool
    frozen: bool

    @property
    def financeable(self) -> bool:
        """Accepted, not disputed, and not paid in full."""
        return self.accepted and not self.frozen and self.outstanding_minor > 0

    @property
    def nothing_comes(self) -> bool:
        """Accepted, not disputed, and nothing of it may still come."""
        return self.accepted and not self.frozen and not self.open_minor
