"""What quantities and moves must be like. Pure."""

from decimal import Decimal

from app.warehousing.states import MoveReason, Outside, StockStatus

COUNTED_UNITS = frozenset({"H87", "C62", "EA", "NIU", "SET", "PR", "DZN"})
"""Units (UN/CEFACT Recommendation 20) whose things are counted: half of one does not exist."""

FREE = StockStatus.AVAILABLE
HELD = (StockStatus.QUALITY_HOLD, StockStatus.DAMAGED)

INTO: dict[MoveReason, frozenset[Outside]] = {
    MoveReason.RECEIPT: frozenset({Outside.SUPPLIER}),
    MoveReason.RETURN: frozenset({Outside.CUSTOMER}),
    MoveReason.COUNT: frozenset({Outside.COUNT}),
}
"""Where goods that come into a bin come from, by reason."""

OUT_OF: dict[MoveReason, frozenset[Outside]] = {
    MoveReason.DISPATCH: frozenset({Outside.CUSTOMER}),
    MoveReason.RETURN: frozenset({Outside.SUPPLIER}),
    MoveReason.COUNT: frozenset({Outside.COUNT}),
    MoveReason.SCRAP: frozenset({Outside.SCRAP}),
}
"""Where goods that leave a bin go to, by reason."""

BETWEEN_BINS = frozenset({MoveReason.PUT_AWAY, MoveReason.PICK, MoveReason.TRANSFER, MoveReason.INSPECTION})


def is_whole(quantity: Decimal, unit: str) -> bool:
    """Whether so many can exist: things that are counted come in whole numbers."""
    return unit not in COUNTED_UNITS or quantity == quantity.to_integral_value()


def fits(reason: MoveReason, origin: Outside | None, target: Outside | None) -> bool:
    """Whether a reason goes with where goods come from and go to; None stands for a bin."""
    if origin is None and target is None:
        return reason in BETWEEN_BINS or reason == MoveReason.TITLE
    if target is None:
        return origin in INTO.get(reason, frozenset())
    return origin is None and target in OUT_OF.get(reason, frozenset())
