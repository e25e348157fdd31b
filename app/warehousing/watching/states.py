"""Words of what is watched."""

from enum import StrEnum


class StockLevel(StrEnum):
    """What the public sees of how much there is."""

    IN_STOCK = "in_stock"
    FEW_LEFT = "few_left"
    NONE = "none"
