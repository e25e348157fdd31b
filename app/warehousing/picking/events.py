"""What is announced of goods going out and coming back."""

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from app.kit.outbox import Event


class HeldFor(BaseModel):
    """What stock was held for, in the words of whoever held it: an order, for example."""

    kind: str
    id: UUID


class PickedShort(Event, name="warehousing.picked_short.v1", subject=("wave", "wave_id")):
    """Less was there than the books say. What is missing is on quality hold in its bin until somebody has counted."""

    wave_id: UUID
    keeper_id: UUID
    owner_id: UUID
    warehouse_id: UUID
    bin_id: UUID
    item_id: UUID
    missing: Decimal


class GoodsDispatched(Event, name="warehousing.goods_dispatched.v1", subject=("dispatch", "dispatch_id")):
    """Packages left for their consignee. `organization_id` is whom they were held for, `held_for` what for."""

    dispatch_id: UUID
    keeper_id: UUID
    warehouse_id: UUID
    organization_id: UUID
    package_ids: list[UUID]
    held_for: list[HeldFor]
    shipment_kind: str | None
    shipment_id: UUID | None


class GoodsReturned(Event, name="warehousing.goods_returned.v1", subject=("return", "return_id")):
    """Some of what was dispatched came back and is on quality hold."""

    return_id: UUID
    dispatch_id: UUID
    keeper_id: UUID
    organization_id: UUID
    reason: str
