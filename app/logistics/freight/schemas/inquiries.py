"""What shippers ask partners, and what these answer."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.kit.schemas import Input, Instant, Labelled, Output
from app.logistics.freight.schemas.cards import Amount
from app.logistics.freight.schemas.quotes import EXAMPLE_QUOTE, ChargeOut, FreightAsked
from app.logistics.states import Mode
from app.reference.facade import AcceptedCurrency

Note = Annotated[str, StringConstraints(max_length=1000)]


class FreightInquiryIn(FreightAsked):
    """Ask partners for an offer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {name: value for name, value in EXAMPLE_QUOTE.items() if name != "currency"}
                | {
                    "closes_at": "2027-01-08T16:00:00Z",
                    "note": "Mould with lifting eyes M36; please quote to the quay.",
                }
            ]
        }
    )

    partner_ids: Annotated[list[UUID], Field(max_length=50)] = Field(
        default=[], description="Who is asked; every verified logistics partner when empty."
    )
    closes_at: Instant
    reference: Annotated[str, StringConstraints(max_length=80)] = ""
    note: Note = ""


class OfferedChargeIn(Input):
    """One charge of an offer."""

    code: str = Field(max_length=20, description="`FREIGHT`, `BASE`, `BAF`, `THC_ORIGIN`, `DOC`, `OTHER` …")
    amount_minor: Amount


class FreightOfferIn(Input):
    """A partner's answer. Sending another before the closing revises it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "sea_fcl",
                    "currency": "USD",
                    "lines": [{"code": "FREIGHT", "amount_minor": 139000}, {"code": "DOC", "amount_minor": 5500}],
                    "transit_days_min": 30,
                    "transit_days_max": 34,
                    "valid_until": "2027-01-31T23:00:00Z",
                    "note": "Sailing of week 4",
                }
            ]
        }
    )

    mode: Mode
    service: Annotated[str, StringConstraints(max_length=80)] = ""
    currency: AcceptedCurrency
    lines: Annotated[list[OfferedChargeIn], Field(min_length=1, max_length=50)]
    transit_days_min: int = Field(ge=0, le=365)
    transit_days_max: int = Field(ge=0, le=365)
    valid_until: Instant
    note: Note = ""


class FreightInquiryOut(Output):
    """A freight inquiry. Its shipper reads who was asked; a partner does not."""

    id: UUID
    shipper_id: UUID
    shipper_name: str
    reference: str
    asked: dict[str, Any] = Field(description="Goods, lane and day, as they were asked.")
    note: str
    closes_at: datetime
    state: Labelled
    ended_at: datetime | None
    partner_ids: list[UUID] = Field(description="Who was asked; for a partner, himself.")
    taken_offer_id: UUID | None = Field(description="The offer that was taken; a partner reads it where it is his own.")
    version: int
    created_at: datetime


class FreightOfferOut(Output):
    """One revision of a partner's offer."""

    id: UUID
    freight_inquiry_id: UUID
    partner_id: UUID
    partner_name: str
    revision: int
    mode: Labelled
    service: str
    transit_days_min: int
    transit_days_max: int
    currency: str
    total_minor: int
    lines: list[ChargeOut]
    valid_until: datetime
    note: str
    state: Labelled
    ended_at: datetime | None
    created_at: datetime
