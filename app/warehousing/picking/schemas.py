"""What comes into picking, packing and sending, and what goes out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, PlainDecimal, ShortText
from app.reference.facade import Country, PackageTypeCode
from app.warehousing.picking.states import ReturnReason
from app.warehousing.schemas import Quantity

Found = Annotated[PlainDecimal, Field(ge=0, le=10**9, max_digits=13, decimal_places=3)]
OuterMm = Annotated[int, Field(gt=0, le=50_000, description="Outside, in millimetres.")]
PackageMass = Annotated[PlainDecimal, Field(gt=0, le=500_000, max_digits=9, decimal_places=3)]
Tare = Annotated[PlainDecimal, Field(ge=0, le=10**6, max_digits=9, decimal_places=3)]
Note = Annotated[str, StringConstraints(max_length=400)]
Ids = Annotated[list[UUID], Field(min_length=1, max_length=100)]


class DueOut(Output):
    """What is held in a warehouse and waits to be picked. What has no `expires_at` was ordered; the rest may be given up."""

    reservation_line_id: UUID
    reservation_id: UUID
    holder_kind: str
    holder_id: UUID
    organization_id: UUID
    organization_name: str
    owner_id: UUID
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: str | None
    zone: str
    bin: str
    quantity: PlainDecimal
    held_since: datetime
    expires_at: datetime | None


class WaveIn(Input):
    """What shall be picked in one walk: some reservations, or whatever was ordered, the oldest first."""

    reservation_ids: Ids | None = Field(default=None, description="By default all that were ordered.")
    most: int = Field(default=100, ge=1, le=200, description="So many lines at most.")
    packing_bin_id: UUID | None = Field(default=None, description="By default the first bin of a packing zone.")


class PickPartOut(Output):
    """A part of a stop: for which reservation. `packed` of what was picked is in packages already."""

    id: UUID
    reservation_id: UUID
    organization_id: UUID
    expected: PlainDecimal
    picked: PlainDecimal
    missing: PlainDecimal
    packed: PlainDecimal
    state: Labelled


class StopOut(Output):
    """A place where the picker stops, and how much he takes there of what. `quantity` is still to be picked."""

    stop: int
    zone: str
    bin_id: UUID
    bin: str
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: str | None
    owner_id: UUID
    quantity: PlainDecimal
    parts: list[PickPartOut]


class WaveHeadOut(Output):
    """A wave."""

    id: UUID
    warehouse_id: UUID
    packing_bin_id: UUID
    packing_bin: str
    state: Labelled
    version: int
    created_at: datetime
    ended_at: datetime | None


class WaveOut(WaveHeadOut):
    """A wave with its picking list, in walking order: by zone, then by bin."""

    stops: list[StopOut]


class PickIn(Input):
    """What was found at a stop. Less than asked for is a short pick: the rest waits for stock again, and what is missing is on
    quality hold in its bin until it is counted."""

    stop: int = Field(ge=1, le=32_000)
    quantity: Found


class PicksIn(Input):
    """Stops that were walked. Without any, everything that is still open was found as it stands in the list."""

    picks: Annotated[list[PickIn], Field(min_length=1, max_length=200)] | None = None


class PackingSettingsIn(Input):
    """What packages are numbered with. Without a company prefix of your own they have house numbers and no SSCC."""

    gs1_prefix: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")] | None = Field(
        description="Your organization's GS1 company prefix."
    )
    extension_digit: int = Field(default=0, ge=0, le=9)


class PackingSettingsOut(Output):
    """What packages are numbered with."""

    gs1_prefix: str | None
    extension_digit: int
    version: int


class ContentIn(Input):
    """So much of what was picked."""

    pick_line_id: UUID
    quantity: Quantity


class ContentsIn(Input):
    """Everything that is in a package."""

    contents: Annotated[list[ContentIn], Field(max_length=200)]


class PackageIn(Input):
    """A new package for somebody whose goods were picked."""

    organization_id: UUID = Field(description="For whom it was held, and whom it goes to.")
    type: PackageTypeCode = Field(description="UN/ECE Recommendation 21.")
    parent_id: UUID | None = Field(default=None, description="The package that it is in, such as its pallet.")
    length_mm: OuterMm | None = None
    width_mm: OuterMm | None = None
    height_mm: OuterMm | None = None
    tare_kg: Tare = Decimal(0)
    gross_kg: PackageMass | None = None
    marks: Note = Field(default="", description="What is written on it.")
    contents: Annotated[list[ContentIn], Field(max_length=200)] = []


class PackageChange(Input):
    """What changes of an open package; what is absent stays. A closed one may still be put onto a pallet, or taken off it."""

    type: PackageTypeCode | None = None
    parent_id: UUID | None = None
    length_mm: OuterMm | None = None
    width_mm: OuterMm | None = None
    height_mm: OuterMm | None = None
    tare_kg: Tare | None = None
    gross_kg: PackageMass | None = None
    marks: Note | None = None


class ContentOut(Output):
    """So much of an item, in a package."""

    id: UUID
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: str | None
    owner_id: UUID
    quantity: PlainDecimal
    returned: PlainDecimal


class PackageOut(Output):
    """A package. `parent_id` is the package that it is in."""

    id: UUID
    warehouse_id: UUID
    organization_id: UUID
    parent_id: UUID | None
    dispatch_id: UUID | None
    number: str
    sscc: str | None
    type: Labelled
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    tare_kg: PlainDecimal
    gross_kg: PlainDecimal | None
    marks: str
    state: Labelled
    version: int
    created_at: datetime
    closed_at: datetime | None
    contents: list[ContentOut]


class CarriedBy(Input):
    """What carries a dispatch, in the words of whoever carries it."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")] = "shipment"
    id: UUID


class DispatchIn(Input):
    """Closed packages of one consignee that leave together, with what is in them. The packages inside go along."""

    package_ids: Ids
    consignee_name: ShortText | None = Field(default=None, description="By default whom it was held for.")
    address: Note = ""
    country: Country | None = None
    reference: Annotated[str, StringConstraints(max_length=80)] = ""
    shipment: CarriedBy | None = None


class DispatchOut(Output):
    """Packages that left together. Masses and counts are those of the outer packages."""

    id: UUID
    warehouse_id: UUID
    keeper_id: UUID
    keeper_name: str
    organization_id: UUID
    consignee_name: str
    address: str
    country: str | None
    reference: str
    shipment_kind: str | None
    shipment_id: UUID | None
    dispatched_at: datetime
    packages: int
    gross_kg: PlainDecimal


class PackingListOut(DispatchOut):
    """A packing list: the packages, outer ones first, each with what is in it."""

    units: list[PackageOut]


class ReturnLineIn(Input):
    """So much of what was in a package."""

    content_id: UUID
    quantity: Quantity


class ReturnIn(Input):
    """What may come back of a dispatch, and why."""

    reason: ReturnReason
    note: Note = ""
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=100)]


class ReceivedIn(Input):
    """What did come back."""

    line_id: UUID
    quantity: Found


class ReturnReceiptIn(Input):
    """What came back, into a bin of a returns zone. Without lines, everything that was authorised."""

    bin_id: UUID | None = None
    lines: Annotated[list[ReceivedIn], Field(min_length=1, max_length=100)] | None = None


class ReturnLineOut(Output):
    """So much may come back, and so much did."""

    id: UUID
    content_id: UUID
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: str | None
    quantity: PlainDecimal
    received: PlainDecimal | None


class ReturnOut(Output):
    """Goods that come back, or came."""

    id: UUID
    dispatch_id: UUID
    warehouse_id: UUID
    keeper_id: UUID
    organization_id: UUID
    reason: Labelled
    note: str
    state: Labelled
    created_at: datetime
    ended_at: datetime | None
    lines: list[ReturnLineOut]
