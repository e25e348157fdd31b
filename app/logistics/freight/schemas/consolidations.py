"""Containers that several shippers share."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, PlainDecimal, PriceMinor
from app.logistics.freight.schemas.cards import ContainerType
from app.logistics.freight.states import SharingBasis
from app.reference.facade import AcceptedCurrency

Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$"), Field(description="UN/LOCODE.")]
Reference = Annotated[str, StringConstraints(max_length=80)]
NumberText = Annotated[str, StringConstraints(min_length=11, max_length=15)]
Measure = Annotated[PlainDecimal, Field(ge=0, le=10**6, max_digits=10, decimal_places=3)]

EXAMPLE: dict[str, Any] = {
    "reference": "CONSOL 2027-03",
    "container_type": "40HC",
    "from_place": "CNNGB",
    "to_place": "DEHAM",
    "currency": "USD",
    "cost_minor": 312000,
    "basis": "goods",
}


class ConsolidationIn(Input):
    """A container to be shared."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    reference: Reference = ""
    container_type: ContainerType
    container_number: NumberText | None = None
    from_place: Place
    to_place: Place
    currency: AcceptedCurrency
    cost_minor: PriceMinor
    basis: SharingBasis = SharingBasis.GOODS


class ConsolidationChange(Input):
    """What changes while it is open; what is absent stays."""

    reference: Reference | None = None
    container_number: NumberText | None = None
    cost_minor: PriceMinor | None = None
    basis: SharingBasis | None = None


class MemberIn(Input):
    """An LCL booking that you accepted, and what its goods measure."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"booking_id": "01930000-0000-7000-8000-000000000000", "volume_m3": "6.4", "mass_kg": "5200"}]
        }
    )

    booking_id: UUID
    volume_m3: Measure
    mass_kg: Measure


class ConsolidationMemberOut(Output):
    """A booking in the container."""

    id: UUID
    booking_id: UUID
    shipper_id: UUID
    shipper_name: str
    volume_m3: PlainDecimal
    mass_kg: PlainDecimal
    share_minor: int | None


class ConsolidationOut(Output):
    """A shared container, as its partner sees it. The shares sum to the cost."""

    id: UUID
    reference: str
    container_type: Labelled
    container_number: str | None
    from_place: str
    to_place: str
    currency: str
    cost_minor: int
    basis: Labelled
    state: Labelled
    ended_at: datetime | None
    members: list[ConsolidationMemberOut]
    version: int
    created_at: datetime


class ConsolidationSummary(Output):
    """A shared container in a list."""

    id: UUID
    reference: str
    container_type: Labelled
    container_number: str | None
    from_place: str
    to_place: str
    currency: str
    cost_minor: int
    state: Labelled
    version: int
    created_at: datetime


class FreightShareOut(Output):
    """What one of your bookings pays of a container that it shares."""

    id: UUID
    booking_id: UUID
    partner_id: UUID
    partner_name: str
    volume_m3: PlainDecimal
    mass_kg: PlainDecimal
    share_minor: int
    currency: str
