"""Builders of tracking events as partners send them."""

from typing import Any
from uuid import UUID

from app.logistics.tracking.dcsa import EquipmentEvent, ShipmentEvent, TransportEvent
from app.logistics.tracking.intake import judge
from app.logistics.tracking.milestones import Plan
from tests.rooms.logistics import moments

PLAN = Plan("CNSZX", "DEHAM", "VESSEL", origin="CNDGG", destination="DESTR")
BOX = "CSQU3054383"
OTHER_BOX = "TASU1170000"

Event = ShipmentEvent | TransportEvent | EquipmentEvent


def number(n: int) -> str:
    """An event's number."""
    return str(UUID(int=n))


def base(
    n: int, kind: str, at: str, *, said: str | None = None, classifier: str = "ACT", **more: Any
) -> dict[str, Any]:
    """What all events have."""
    return {
        "eventID": number(n),
        "eventType": kind,
        "eventCreatedDateTime": said or at,
        "eventDateTime": at,
        "eventClassifierCode": classifier,
        **more,
    }


def call(place: str, mode: str = "VESSEL", **more: Any) -> dict[str, Any]:
    """A transport call."""
    return {"transportCallID": f"{place}-{mode}", "UNLocationCode": place, "modeOfTransport": mode, **more}


def document(n: int, code: str, kind: str, at: str, *, document_id: str = "D1", **more: Any) -> dict[str, Any]:
    """News about a document."""
    return base(n, "SHIPMENT", at, shipmentEventTypeCode=code, documentTypeCode=kind, documentID=document_id, **more)


def transport(n: int, code: str, place: str, at: str, *, mode: str = "VESSEL", **more: Any) -> dict[str, Any]:
    """An arrival or departure."""
    return base(n, "TRANSPORT", at, transportEventTypeCode=code, transportCall=call(place, mode), **more)


def equipment(
    n: int, code: str, place: str, at: str, *, mode: str = "TRUCK", box: str | None = BOX, empty: bool = False,
    facility: str | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """Something happens to a container."""
    where = call(place, mode, **({"facilityTypeCode": facility} if facility else {}))
    return base(
        n, "EQUIPMENT", at, equipmentEventTypeCode=code, transportCall=where,
        emptyIndicatorCode="EMPTY" if empty else "LADEN", **({"equipmentReference": box} if box else {}), **more,
    )  # fmt: skip


def read(*events: dict[str, Any]) -> tuple[Event, ...]:
    """The events, which must all be good."""
    judged = judge(events, now=moments.NOW)
    assert judged.refused == ()
    return judged.accepted


def journey() -> list[dict[str, Any]]:
    """A door-to-door journey of one container that goes as planned, but for a day at customs."""
    return [
        document(1, "CONF", "BKG", "2026-09-01T08:00:00Z"),
        equipment(2, "GTOT", "CNDGG", "2026-09-10T09:00:00+08:00", empty=True, facility="DEPO"),
        equipment(3, "STUF", "CNDGG", "2026-09-11T09:00:00+08:00"),
        equipment(4, "GTIN", "CNSZX", "2026-09-12T09:00:00+08:00", facility="POTE"),
        document(5, "RELS", "CUS", "2026-09-13T02:00:00Z", document_id="EX1"),
        equipment(6, "LOAD", "CNSZX", "2026-09-14T09:00:00+08:00", mode="VESSEL"),
        transport(7, "DEPA", "CNSZX", "2026-09-14T20:00:00+08:00"),
        transport(8, "ARRI", "SGSIN", "2026-09-19T20:00:00+08:00"),
        transport(9, "DEPA", "SGSIN", "2026-09-20T20:00:00+08:00"),
        transport(10, "ARRI", "DEHAM", "2026-10-15T06:00:00+02:00", classifier="PLN", said="2026-09-01T08:00:00Z"),
        transport(11, "ARRI", "DEHAM", "2026-10-15T18:00:00+02:00", classifier="EST", said="2026-09-20T08:00:00Z"),
        transport(12, "ARRI", "DEHAM", "2026-10-15T17:00:00+02:00"),
        equipment(13, "DISC", "DEHAM", "2026-10-16T02:00:00+02:00", mode="VESSEL"),
        document(14, "HOLD", "CUS", "2026-10-16T08:00:00Z", document_id="IM1", reason="documents checked"),
        document(15, "RELS", "CUS", "2026-10-17T08:00:00Z", document_id="IM1"),
        equipment(16, "GTOT", "DEHAM", "2026-10-18T08:00:00+02:00", facility="POTE"),
        equipment(17, "DROP", "DESTR", "2026-10-19T08:00:00+02:00", facility="CLOC"),
        document(18, "RECE", "POD", "2026-10-19T09:00:00Z"),
        equipment(19, "GTIN", "DEHAM", "2026-10-21T08:00:00+02:00", empty=True, facility="DEPO"),
    ]  # fmt: skip
