"""Goods of several who receive, as whoever has them sent tells of them: together to a hub, and from there to each; and how far
they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.kit.schemas import Labelled


@dataclass(frozen=True, slots=True)
class GoodsPackage:
    """Equal packages: measures (mm) and gross mass (kg) are of one piece, `package_type` a code of UN/ECE Recommendation 21."""

    description: str
    length_mm: int
    width_mm: int
    height_mm: int
    gross_mass_kg: Decimal
    package_type: str
    pieces: int = 1
    marks: str = ""
    hs_code: str | None = None
    stackable: bool = False


@dataclass(frozen=True, slots=True)
class OnwardPart:
    """What goes on to one who receives, at a place (UN/LOCODE). `key` names it, such as his order; `reference` is what people
    call it, such as his order's number. Without `packages` the shipper tells them later."""

    key: UUID
    consignee_id: UUID
    place: str
    reference: str
    packages: Sequence[GoodsPackage] = ()
    mode: str = "road"


@dataclass(frozen=True, slots=True)
class ConsolidatedShipment:
    """Goods of several, from the shipper's door at `origin` over the main leg `load` – `discharge` to a hub; all are UN/LOCODEs.

    `key` names the whole, and with `shipper_id` is planned once. `hub_keeper_id` receives it: a forwarder, a warehouse.
    """

    shipper_id: UUID
    key: UUID
    mode: str
    origin: str
    load: str
    discharge: str
    hub: str
    ready_on: date
    parts: Sequence[OnwardPart]
    hub_keeper_id: UUID | None = None
    reference: str = ""
    containers: Sequence[str] = ()
    created_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class ConsolidatedRef:
    """The shipments that were planned: the inbound one, and the onward ones by the keys of their parts."""

    shipment_id: UUID
    onward: Mapping[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Way:
    """How far goods are between two doors (UN/LOCODEs). `eta` is the last that was announced of their arrival."""

    mode: Labelled
    state: Labelled
    origin: str
    destination: str
    ready_on: date
    eta: datetime | None
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A shipment that was planned under a key, with what is told of the common one by which its goods come, if they do."""

    shipment_id: UUID
    reference: str
    way: Way
    inbound: Way | None
