"""What goes out about framework orders."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Output
from app.pooling.schemas.campaigns import PlaceCode
from app.procurement.facade import FirmOut, MoneyOut, OrderInvoiceOut, QuantityOut, SuppliedOn, TermsDays


class FrameworkShipmentIn(Input):
    """How all of a framework order is sent: over the main leg to a hub, and by road from there to each place."""

    mode: Annotated[str, StringConstraints(pattern="^(sea_fcl|sea_lcl|air|road|rail|courier)$")]
    load: PlaceCode
    discharge: PlaceCode
    origin: PlaceCode | None = Field(None, description="The door that goods are picked up at; `load` when absent.")
    hub: PlaceCode | None = Field(None, description="Where goods are divided; `discharge` when absent.")
    hub_keeper_id: UUID | None = Field(None, description="Who receives them at the hub: a forwarder, a warehouse.")
    ready_on: date
    containers: Annotated[
        list[Annotated[str, StringConstraints(min_length=11, max_length=15)]], Field(max_length=100)
    ] = []


class FrameworkShipmentOut(Output):
    """The shipment that brings a framework order; its onward ones are told there."""

    framework_id: UUID
    shipment_id: UUID
    created_at: datetime


class FrameworkInvoicesIn(Input):
    """How the orders under a framework order are invoiced."""

    delivered_on: SuppliedOn | None = Field(
        None, description="The day of supply, which decides on the tax; today if absent."
    )
    terms_days: TermsDays = 30


class MemberInvoiceOut(OrderInvoiceOut):
    """The invoice of a member."""

    member: FirmOut


class FrameworkInvoicesOut(Output):
    """All invoices over a framework order."""

    framework_id: UUID
    issued: int = Field(description="How many were issued now.")
    before: int = Field(description="How many stood before.")
    invoices: list[MemberInvoiceOut]


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
    shipment_id: UUID | None = Field(description="What brings all of it to the hub, once it is planned.")
    lines_url: str = Field(
        description="Where its lines are listed, for the supplier's eyes; the lead finds none there."
    )
