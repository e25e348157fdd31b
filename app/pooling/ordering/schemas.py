"""What goes out about framework orders."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Output
from app.procurement.facade import FirmOut, MoneyOut, QuantityOut


class FrameworkLineOut(Output):
    """What is delivered of one commitment."""

    member: FirmOut
    item_id: UUID
    place: str
    lots: int
    quantity: QuantityOut
    payment: MoneyOut = Field(description="What the member pays for it.")
    order_id: UUID | None = Field(description="The member's purchase order, once it is placed.")


class FrameworkOrderOut(Output):
    """All that is bought of one supplier in a campaign."""

    id: UUID
    number: str
    campaign_id: UUID
    clearing_id: UUID
    supplier: FirmOut
    lots: int
    total: MoneyOut = Field(description="What the supplier is paid: goods, set-up and freight.")
    members_total: MoneyOut = Field(
        description="What members pay under it. All at an item and a place pay one price, so the difference is evened out among "
        "the suppliers of the campaign."
    )
    lead_time_days: int
    created_at: datetime
    lines: list[FrameworkLineOut] = Field(description="For the supplier's eyes; empty for the lead.")
