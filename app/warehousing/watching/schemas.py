"""What comes in and goes out about reorder rules and alerts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Input, Output, PlainDecimal
from app.warehousing.schemas import Quantity

Point = Annotated[PlainDecimal, Field(ge=0, le=10**9, max_digits=13, decimal_places=3)]


class ReorderRuleIn(Input):
    """When to order an item again, and up to how much."""

    warehouse_id: UUID | None = Field(default=None, description="In this warehouse alone; in all together when absent.")
    reorder_point: Point = Field(description="When no more than this is available, an alert opens.")
    target_quantity: Quantity = Field(description="What stock is brought up to; more than the reorder point.")


class ReorderRuleChange(Input):
    """What changes of a rule; what is absent stays."""

    reorder_point: Point | None = None
    target_quantity: Quantity | None = None


class ReorderRuleOut(Output):
    """A reorder rule."""

    id: UUID
    item_id: UUID
    sku: str
    name: str
    unit: str
    warehouse_id: UUID | None
    reorder_point: PlainDecimal
    target_quantity: PlainDecimal
    version: int


class StockAlertOut(Output):
    """That stock was low, from when to when; the figures are those of the moment that it was noticed."""

    id: UUID
    reorder_rule_id: UUID
    item_id: UUID
    sku: str
    name: str
    unit: str
    warehouse_id: UUID | None
    available: PlainDecimal
    reorder_point: PlainDecimal
    target_quantity: PlainDecimal
    to_order: PlainDecimal = Field(description="What was missing to the target.")
    opened_at: datetime
    closed_at: datetime | None
