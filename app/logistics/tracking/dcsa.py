"""Events as partners send them: DCSA Track & Trace 2.2, bounded. Public names are DCSA's own.

Two things go beyond 2.2, and a partner who does not know them never meets them: `retractedEventID` is taken over from version 3,
and `modeOfTransport` may be `AIR`, since moulds fly too. The form of a delivery's proof is a received document of type `POD`.
"""

from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from app.reference.facade import check_cargo_number

MAX_EVENTS = 10_000
"""Events of one batch."""

_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

EventId = Annotated[str, StringConstraints(pattern=_UUID, to_lower=True)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Remark = Annotated[str, StringConstraints(max_length=250)]
UnLocode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
Classifier = Literal["PLN", "EST", "ACT"]


@lru_cache(maxsize=65_536)
def _container_number(number: str) -> str:
    checked = check_cargo_number("container", number)
    if not checked.ok:
        raise PydanticCustomError("container_number", "no container number")
    return checked.normalized


def _iso_text(value: object) -> object:
    """Times come as ISO 8601 text: a bare number could be seconds or milliseconds, and pydantic would guess."""
    if not isinstance(value, str) or len(value) < 16 or value[10] not in "Tt":
        raise PydanticCustomError("iso_time", "no time of ISO 8601")
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_iso_text)]
ContainerNumber = Annotated[str, StringConstraints(min_length=11, max_length=15), AfterValidator(_container_number)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False)


class Address(_Part):
    """A postal address."""

    name: Name | None = None
    street: Name | None = None
    street_number: Name | None = None
    floor: Name | None = None
    post_code: Code | None = None
    city: Name | None = None
    state_region: Name | None = None
    country: Name | None = None


class Location(_Part):
    """A place by its UN/LOCODE, name, position or address."""

    location_name: Name | None = None
    latitude: Code | None = None
    longitude: Code | None = None
    un_location_code: UnLocode | None = Field(None, alias="UNLocationCode")
    facility_code: Code | None = None
    facility_code_list_provider: Literal["BIC", "SMDG"] | None = None
    address: Address | None = None


class Vessel(_Part):
    """The ship of a transport call."""

    vessel_imo_number: Annotated[str, StringConstraints(pattern=r"^\d{7}$")] | None = Field(
        None, alias="vesselIMONumber"
    )
    vessel_name: Name | None = None
    vessel_flag: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    vessel_call_sign_number: Code | None = None
    vessel_operator_carrier_code: Code | None = None
    vessel_operator_carrier_code_list_provider: Literal["SMDG", "NMFTA"] | None = None


class TransportCall(_Part):
    """The call of a ship, truck, train, barge or aircraft at a place."""

    transport_call_id: Name = Field(alias="transportCallID")
    carrier_service_code: Code | None = None
    carrier_voyage_number: Name | None = None
    export_voyage_number: Name | None = None
    import_voyage_number: Name | None = None
    transport_call_sequence_number: int | None = Field(None, ge=0, le=10_000)
    un_location_code: UnLocode | None = Field(None, alias="UNLocationCode")
    facility_code: Code | None = None
    facility_code_list_provider: Literal["BIC", "SMDG"] | None = None
    facility_type_code: Literal["BOCR", "CLOC", "COFS", "COYA", "OFFD", "DEPO", "INTE", "POTE", "RAMP"] | None = None
    other_facility: Name | None = None
    mode_of_transport: Literal["VESSEL", "RAIL", "TRUCK", "BARGE", "AIR"]
    location: Location | None = None
    vessel: Vessel | None = None


class Reference(_Part):
    """A number by which one of the parties knows the shipment."""

    reference_type: Literal["FF", "SI", "PO", "CR", "AAO", "EQ", "ECR", "CSI", "BPR", "BID"]
    reference_value: Name


class DocumentReference(_Part):
    """A booking, transport document or the like that the event belongs to."""

    document_reference_type: Literal["CBR", "BKG", "SHI", "SRM", "TRD", "ARN", "VGM"]
    document_reference_value: Name


class Seal(_Part):
    """A seal on a container."""

    seal_number: Name
    seal_source: Literal["CAR", "SHI", "PHY", "VET", "CUS"] | None = None
    seal_type: Literal["KLP", "BLT", "WIR"] | None = None


_EXAMPLE: dict[str, Any] = {
    "eventID": "84db923d-2a19-4eb0-beb5-446c1ec57d34",
    "eventCreatedDateTime": "2026-09-14T20:05:00+08:00",
    "eventClassifierCode": "ACT",
    "eventDateTime": "2026-09-14T20:00:00+08:00",
    "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "PL7K2M9QX4TWAB"}],
}
_CALL: dict[str, Any] = {
    "transportCallID": "EVER-1204E-CNSZX",
    "carrierVoyageNumber": "1204E",
    "UNLocationCode": "CNSZX",
    "facilityTypeCode": "POTE",
    "modeOfTransport": "VESSEL",
    "vessel": {"vesselIMONumber": "9811000", "vesselName": "EVER GIVEN"},
}


def _example(**more: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [_EXAMPLE | more]})


class _Event(_Part):
    event_id: EventId = Field(alias="eventID", description="A UUID of the event's own; a correction has another one.")
    event_created_date_time: Time = Field(
        description="When this was said, with its offset from UTC: of two statements about the same thing the later stands."
    )
    event_classifier_code: Classifier = Field(description="PLN planned, EST expected, ACT has happened.")
    event_date_time: Time = Field(
        description="When it happens or happened, with the offset of the place. What happened is not in the future."
    )
    retracted_event_id: EventId | None = Field(
        None,
        alias="retractedEventID",
        description="The event of yours that this one takes back; it says nothing else then. From version 3 of the standard.",
    )
    references: tuple[Reference, ...] = Field((), max_length=50)
    document_references: tuple[DocumentReference, ...] = Field(
        (), max_length=50, description="One of type BKG names the number of your booking."
    )
    # Deprecated in 2.2 and still sent by carriers; nothing is read from it.
    event_type_code: Code | None = Field(None, json_schema_extra={"deprecated": True})


class ShipmentEvent(_Event):
    """News about a document or an authority's decision: a booking confirmed, a container held by customs."""

    model_config = _example(
        eventType="SHIPMENT",
        shipmentEventTypeCode="HOLD",
        documentTypeCode="CUS",
        documentID="26DE586600123456J7",
        reason="Certificate of origin missing",
    )

    event_type: Literal["SHIPMENT"]
    shipment_event_type_code: Literal[
        "RECE", "DRFT", "PENA", "PENU", "PENC", "REJE", "APPR", "ISSU", "SURR", "SUBM", "VOID", "CONF", "REQS", "CMPL",
        "HOLD", "RELS", "CANC",
    ] = Field(
        description=(
            "Received, drafted, pending approval, pending update, pending confirmation, rejected, approved, issued, "
            "surrendered, submitted, void, confirmed, requested, completed, on hold, released, cancelled."
        )
    )  # fmt: skip
    document_type_code: Literal[
        "CBR", "BKG", "SHI", "SRM", "TRD", "ARN", "VGM", "CAS", "CUS", "DGD", "OOG", "POD"
    ] = Field(
        description=(
            "Carrier booking request, booking, shipping instruction, shipment release message, transport document, arrival "
            "notice, verified gross mass, cargo survey, customs inspection, dangerous goods declaration, out of gauge; POD, "
            "proof of delivery, goes beyond the standard."
        )
    )  # fmt: skip
    document_id: Name = Field(alias="documentID")
    reason: Remark | None = None


class TransportEvent(_Event):
    """A means of transport arrives at a place or leaves it."""

    model_config = _example(eventType="TRANSPORT", transportEventTypeCode="DEPA", transportCall=_CALL)

    event_type: Literal["TRANSPORT"]
    transport_event_type_code: Literal["ARRI", "DEPA"]
    transport_call: TransportCall
    delay_reason_code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,4}$")] | None = None
    change_remark: Remark | None = None


class EquipmentEvent(_Event):
    """Something happens to a container (or, without a number, to all of the shipment's equipment)."""

    model_config = _example(
        eventType="EQUIPMENT",
        equipmentEventTypeCode="LOAD",
        equipmentReference="CSQU3054383",
        ISOEquipmentCode="45G1",
        emptyIndicatorCode="LADEN",
        transportCall=_CALL,
    )

    event_type: Literal["EQUIPMENT"]
    equipment_event_type_code: Literal[
        "LOAD", "DISC", "GTIN", "GTOT", "STUF", "STRP", "PICK", "DROP", "INSP", "RSEA", "RMVD"
    ] = Field(
        description=(
            "Loaded, discharged, gate in, gate out, stuffed, stripped, picked up, dropped off, inspected, resealed, "
            "removed."
        )
    )  # fmt: skip
    equipment_reference: ContainerNumber | None = None
    iso_equipment_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}$")] | None = Field(
        None, alias="ISOEquipmentCode"
    )
    empty_indicator_code: Literal["EMPTY", "LADEN"]
    transport_call: TransportCall
    event_location: Location | None = None
    seals: tuple[Seal, ...] = Field((), max_length=50)


TrackingEvent = Annotated[ShipmentEvent | TransportEvent | EquipmentEvent, Field(discriminator="event_type")]


_EVENT = TypeAdapter(TrackingEvent)


class _Described:
    """Gives a value of any kind the description of an event."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(_EVENT.core_schema)


AnyEvent = Annotated[Any, _Described()]
"""An event as it is sent: described by the standard, and not looked at before each event is judged by itself."""
