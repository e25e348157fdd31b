"""What is announced about disputes, to both sides. No event carries what somebody wrote."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event


class DisputeOpened(Event, name="finance.dispute_opened.v1", subject=("dispute", "dispute_id")):
    """A buyer disputes a milestone, which is frozen from now on. Amounts are minor units."""

    dispute_id: UUID
    milestone_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    reason: str
    currency: str
    disputed_minor: int
    answer_due_at: datetime
    escalates_at: datetime


class DisputeContinued(Event, name="finance.dispute_continued.v1", subject=("dispute", "dispute_id")):
    """Something was said, proposed, taken back or declined, no answer came in time, or it went before the operator.

    `side` is empty where the clock did it.
    """

    dispute_id: UUID
    entry_id: UUID
    milestone_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    act: str
    side: str | None
    state: str


class DisputeEnded(Event, name="finance.dispute_ended.v1", subject=("dispute", "dispute_id")):
    """Agreed or decided, with the split; or withdrawn, without one. The milestone is frozen no longer. In minor units."""

    dispute_id: UUID
    entry_id: UUID
    milestone_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    state: str
    currency: str
    release_minor: int | None
    refund_minor: int | None
