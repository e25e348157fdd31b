"""Payment methods as their organization sees them."""

from app.finance.methods.models import PaymentMethod
from app.finance.methods.schemas import PaymentMethodOut
from app.finance.methods.states import KIND_LABELS, SavedKind
from app.kit.schemas import labelled


def method_out(row: PaymentMethod) -> PaymentMethodOut:
    """One method."""
    return PaymentMethodOut(
        id=row.id,
        kind=labelled(SavedKind(row.kind), KIND_LABELS),
        brand=row.brand,
        last_digits=row.last_digits,
        expires_on=row.expires_on,
        is_default=row.is_default,
        can_hold=row.can_hold,
        saved_at=row.saved_at,
    )
