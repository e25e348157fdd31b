"""What happens to a container, in the form of DCSA Track & Trace 2.2."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Leg:
    """A booked leg, as its carrier knows it: the booking's number, the container, the ports."""

    booking: str
    container: str
    load: str
    discharge: str
    vessel: str
    mode: str = "VESSEL"

    def event(self, kind: str, code: str, at: datetime, place: str, *, classifier: str = "ACT", **more: Any) -> Json:
        """One event. Keep what you send: sent again, an event must be the same to the letter."""
        event: Json = {
            "eventID": str(uuid4()),
            "eventCreatedDateTime": datetime.now(UTC).isoformat(),
            "eventType": kind,
            "eventClassifierCode": classifier,
            "eventDateTime": at.isoformat(),
            "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": self.booking}],
            "transportCall": {
                "transportCallID": f"{self.vessel} {place}",
                "UNLocationCode": place,
                "modeOfTransport": self.mode,
            },
        }
        if kind == "TRANSPORT":
            return event | {"transportEventTypeCode": code} | more
        return event | {
            "equipmentEventTypeCode": code,
            "equipmentReference": self.container,
            "emptyIndicatorCode": "LADEN",
        }


def loaded_and_sailed(leg: Leg, gate_in: datetime, eta: datetime) -> list[Json]:
    """Through the gate, on board, off; and when the ship is expected."""
    return [
        leg.event("EQUIPMENT", "GTIN", gate_in, leg.load),
        leg.event("EQUIPMENT", "LOAD", gate_in + timedelta(hours=20), leg.load),
        leg.event("TRANSPORT", "DEPA", gate_in + timedelta(hours=30), leg.load),
        leg.event("TRANSPORT", "ARRI", eta, leg.discharge, classifier="EST"),
    ]


def delayed(leg: Leg, eta: datetime, reason: str) -> Json:
    """A later arrival than was said before, and why (a code of SMDG's list, such as WEA for weather)."""
    return leg.event("TRANSPORT", "ARRI", eta, leg.discharge, classifier="EST", delayReasonCode=reason)


def arrived(leg: Leg, at: datetime) -> list[Json]:
    """At the quay, and off the ship."""
    return [
        leg.event("TRANSPORT", "ARRI", at, leg.discharge),
        leg.event("EQUIPMENT", "DISC", at + timedelta(hours=9), leg.discharge),
    ]
