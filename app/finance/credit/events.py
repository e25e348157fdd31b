"""What is announced about credit lines, to both sides. Neither limit nor exposure leaves the house."""

from uuid import UUID

from app.kit.outbox import Event


class CreditLineGranted(Event, name="finance.credit_line_granted.v1", subject=("credit_line", "credit_line_id")):
    """A supplier grants a buyer credit."""

    credit_line_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    currency: str


class CreditLineChanged(Event, name="finance.credit_line_changed.v1", subject=("credit_line", "credit_line_id")):
    """Its limit, its days or its terms are others now."""

    credit_line_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    currency: str


class CreditLineSuspended(Event, name="finance.credit_line_suspended.v1", subject=("credit_line", "credit_line_id")):
    """Nothing is taken on it for now. `cause`: the supplier, or something that is overdue."""

    credit_line_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    currency: str
    cause: str


class CreditLineResumed(Event, name="finance.credit_line_resumed.v1", subject=("credit_line", "credit_line_id")):
    """It can be used again."""

    credit_line_id: UUID
    supplier_id: UUID
    buyer_id: UUID
    currency: str
