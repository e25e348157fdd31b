"""What comes into the warehousing room and what goes out."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, LocaleTag, Output, PlainDecimal, PriceMinor, ShortText, TimeZoneName
from app.reference.facade import AcceptedCurrency, Country, UnitCode
from app.warehousing.states import (
    AllocationRule,
    MoveReason,
    Outside,
    StockStatus,
    Tracking,
    ZonePurpose,
)

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+([-_./][A-Z0-9]+)*$", min_length=1, max_length=40)]
Sku = Annotated[str, StringConstraints(pattern=r"^[!-~]+( [!-~]+)*$", min_length=1, max_length=80)]
LotCode = Annotated[str, StringConstraints(pattern=r"^[!-~]+( [!-~]+)*$", min_length=1, max_length=80)]
Quantity = Annotated[PlainDecimal, Field(gt=0, le=10**9, max_digits=13, decimal_places=3)]
Mass = Annotated[PlainDecimal, Field(gt=0, le=500_000, max_digits=12, decimal_places=4)]
Measure = Annotated[PlainDecimal, Field(gt=0, le=60_000, max_digits=10, decimal_places=2)]
Latitude = Annotated[PlainDecimal, Field(ge=-90, le=90, max_digits=8, decimal_places=5)]
Longitude = Annotated[PlainDecimal, Field(ge=-180, le=180, max_digits=8, decimal_places=5)]
Unlocode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
BinMass = Annotated[PlainDecimal, Field(gt=0, le=10**9, max_digits=14, decimal_places=4)]
BinVolume = Annotated[PlainDecimal, Field(gt=0, le=10**11, max_digits=16, decimal_places=4)]


class Position(Input):
    """A place on earth, in degrees (WGS 84)."""

    latitude: Latitude
    longitude: Longitude


class WarehouseIn(Input):
    """A new warehouse of your organization."""

    code: Code
    name: ShortText
    country: Country
    city: ShortText
    address: Annotated[str, StringConstraints(max_length=400)] = ""
    unlocode: Unlocode | None = None
    position: Position | None = Field(default=None, description="Needed to find the nearest warehouse.")
    time_zone: TimeZoneName = "UTC"
    handling_fee_minor: PriceMinor = Field(default=0, description="What one line costs that is sent from here.")
    currency: AcceptedCurrency = "EUR"
    priority: int = Field(default=100, ge=0, le=1000, description="Warehouses with lower numbers are taken from first.")
    offers: bool = Field(default=True, description="Whether buyers may reserve from here what is offered.")


class WarehouseChange(Input):
    """What changes of a warehouse; what is absent stays. `position: null` takes it away."""

    name: ShortText | None = None
    city: ShortText | None = None
    address: Annotated[str, StringConstraints(max_length=400)] | None = None
    unlocode: Unlocode | None = None
    position: Position | None = None
    time_zone: TimeZoneName | None = None
    handling_fee_minor: PriceMinor | None = None
    currency: AcceptedCurrency | None = None
    priority: int | None = Field(default=None, ge=0, le=1000)
    offers: bool | None = None
    closed: bool | None = Field(default=None, description="Only an empty warehouse is closed.")


class WarehouseOut(Output):
    """A warehouse."""

    id: UUID
    keeper_id: UUID
    keeper_name: str
    code: str
    name: str
    kind: Labelled
    country: str
    city: str
    address: str
    unlocode: str | None
    latitude: PlainDecimal | None
    longitude: PlainDecimal | None
    time_zone: str
    handling_fee_minor: int
    currency: str
    priority: int
    offers: bool
    closed_at: datetime | None
    version: int


class ZoneIn(Input):
    """A part of a warehouse."""

    code: Code
    purpose: ZonePurpose


class ZoneOut(Output):
    """A part of a warehouse."""

    id: UUID
    code: str
    purpose: Labelled


class BinIn(Input):
    """A place in a zone. Without a limit it bears whatever comes."""

    zone: Code = Field(description="Code of the zone.")
    code: Code
    max_mass_kg: BinMass | None = None
    max_volume_dm3: BinVolume | None = None


class BinsIn(Input):
    """New bins; those whose code exists are left as they are."""

    bins: Annotated[list[BinIn], Field(min_length=1, max_length=500)]


class BinsOut(Output):
    """What became of them."""

    made: int
    existing: int


class BinChange(Input):
    """What changes of a bin; what is absent stays."""

    max_mass_kg: BinMass | None = None
    max_volume_dm3: BinVolume | None = None
    blocked: bool | None = Field(default=None, description="Nothing is put into a blocked bin.")


class BinOut(Output):
    """A bin and what is in it by mass and volume."""

    id: UUID
    warehouse_id: UUID
    zone_id: UUID
    code: str
    max_mass_kg: PlainDecimal | None
    max_volume_dm3: PlainDecimal | None
    mass_kg: PlainDecimal
    volume_dm3: PlainDecimal
    blocked: bool
    version: int


class StockItemIn(Input):
    """What is to be stocked: a variant of your catalogue, or a thing of your own. Of a variant, what is absent is taken over."""

    variant_id: UUID | None = None
    sku: Sku | None = None
    name: ShortText | None = None
    locale: LocaleTag | None = Field(default=None, description="The language of the name; by default yours.")
    unit: UnitCode | None = None
    tracking: Tracking = Tracking.NONE
    expires: bool = False
    mass_kg: Mass | None = None
    length_mm: Measure | None = None
    width_mm: Measure | None = None
    height_mm: Measure | None = None
    offered: bool = Field(default=False, description="Whether buyers may reserve it out of your own stock.")


class StockItemChange(Input):
    """What changes of an item; what is absent stays. Unit and tracking stay once something was moved."""

    name: ShortText | None = None
    locale: LocaleTag | None = None
    unit: UnitCode | None = None
    tracking: Tracking | None = None
    expires: bool | None = None
    mass_kg: Mass | None = None
    length_mm: Measure | None = None
    width_mm: Measure | None = None
    height_mm: Measure | None = None
    offered: bool | None = None


class StockItemOut(Output):
    """An item with what its owner has of it."""

    id: UUID
    organization_id: UUID
    sku: str
    variant_id: UUID | None
    name: str
    locale: str
    unit: str
    tracking: Labelled
    expires: bool
    mass_kg: PlainDecimal | None
    length_mm: PlainDecimal | None
    width_mm: PlainDecimal | None
    height_mm: PlainDecimal | None
    offered: bool
    on_hand: PlainDecimal
    reserved: PlainDecimal
    available: PlainDecimal
    version: int


class LotOut(Output):
    """A lot or a serial number."""

    id: UUID
    code: str
    manufactured_on: date | None
    expires_on: date | None


class StockOut(Output):
    """How much of an item lies in one place, in one status."""

    id: UUID
    item_id: UUID
    sku: str
    name: str
    unit: str
    warehouse_id: UUID
    bin_id: UUID
    bin: str
    lot: LotOut | None
    owner_id: UUID
    keeper_id: UUID
    status: Labelled
    on_hand: PlainDecimal
    reserved: PlainDecimal
    available: PlainDecimal


class LotIn(Input):
    """A lot, or the serial number of one piece; made when the item has none of this code."""

    code: LotCode
    manufactured_on: date | None = None
    expires_on: date | None = None


class PlaceIn(Input):
    """Either a bin with a status, or outside."""

    bin_id: UUID | None = None
    status: StockStatus | None = Field(default=None, description="In a bin; available when absent.")
    outside: Outside | None = None


class MoveIn(Input):
    """A quantity from one place to another."""

    item_id: UUID
    quantity: Quantity
    lot: LotIn | None = None
    origin: PlaceIn
    target: PlaceIn
    owner_id: UUID | None = Field(default=None, description="Whose goods they are; yours when absent.")
    new_owner_id: UUID | None = Field(default=None, description="For `title`: whose they become.")
    reason: MoveReason
    reservation_line_id: UUID | None = Field(default=None, description="The line that it is picked for.")
    note: Annotated[str, StringConstraints(max_length=400)] = ""


class MovesIn(Input):
    """Moves that are made together, or not at all."""

    moves: Annotated[list[MoveIn], Field(min_length=1, max_length=200)]


class MovePlaceOut(Output):
    """Where goods came from or went to."""

    bin_id: UUID | None
    bin: str | None
    status: Labelled | None
    outside: Labelled | None


class MoveOut(Output):
    """A line of the ledger."""

    id: UUID
    item_id: UUID
    sku: str
    quantity: PlainDecimal
    unit: str
    lot: LotOut | None
    origin: MovePlaceOut
    target: MovePlaceOut
    from_owner_id: UUID
    to_owner_id: UUID
    reason: Labelled
    note: str
    moved_at: datetime


class MovesOut(Output):
    """The moves that were made, in the order given."""

    moves: list[MoveOut]


class ReservationLineIn(Input):
    """So much of an item."""

    item_id: UUID
    quantity: Quantity


class ReservationIn(Input):
    """Stock to be held for your organization for a while. All of it is, or nothing, unless the rest may follow."""

    lines: Annotated[list[ReservationLineIn], Field(min_length=1, max_length=100)]
    rule: AllocationRule = AllocationRule.PRIORITY
    destination: Position | None = Field(default=None, description="For `nearest`: where it is wanted.")
    split: bool = Field(default=False, description="Whether it may come from several warehouses.")
    backorder: bool = Field(default=False, description="Whether what is missing may follow when there is some.")
    minutes: int = Field(default=15, ge=1, le=1440, description="How long it is held.")


class ReservationLineOut(Output):
    """So much of an item, held in a warehouse; without a warehouse it waits for stock."""

    id: UUID
    position: int
    item_id: UUID
    owner_id: UUID
    warehouse_id: UUID | None
    quantity: PlainDecimal
    picked: PlainDecimal
    released: PlainDecimal
    open: PlainDecimal
    waits: bool


class ReservationOut(Output):
    """Stock that is or was held."""

    id: UUID
    state: Labelled
    holder_kind: str
    holder_id: UUID
    expires_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    lines: list[ReservationLineOut]


class AvailabilityOut(Output):
    """How much of a variant may be reserved now."""

    variant_id: UUID
    item_id: UUID
    available: PlainDecimal


class AvailabilitiesOut(Output):
    """Variants that are offered from stock; others are absent."""

    items: list[AvailabilityOut]
