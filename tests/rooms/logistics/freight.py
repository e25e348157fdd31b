"""Builders of shipments, bookings and events, over HTTP as those who send and carry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.documents.uploads import ready
from tests.rooms.warehousing.stock import made
from tests.scenes import kept


@dataclass
class Sent:
    """A shipment, who sends and who carries it, and the booking's number."""

    market: Market
    shipper: Member
    carrier: Member
    id: str
    number: str
    booking_id: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"/v1/shipments/{self.id}"

    async def read(self, who: Member | None = None) -> dict[str, Any]:
        """The shipment as somebody sees it."""
        answer = await (who or self.shipper).get(self.path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def event(self, kind: str, code: str, at: datetime, **more: Any) -> dict[str, Any]:
        """An event in DCSA's form that names this booking."""
        return event_of(self.number, kind, code, at, now=self.market.clock.now(), **more)

    async def tell(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Events that are taken in."""
        answer = await self.carrier.post("/v1/tracking-events", json={"events": list(events)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def shipment_form(market: Market, **overrides: Any) -> dict[str, Any]:
    """From Ningbo to Hamburg by sea."""
    ready = (market.clock.now() + timedelta(days=3)).date().isoformat()
    return {"mode": "sea_fcl", "load": "CNNGB", "discharge": "DEHAM", "ready_on": ready, **overrides}


def booking_form(carrier: Member, **overrides: Any) -> dict[str, Any]:
    """The main leg."""
    leg = {"leg": 1, "mode": "sea_fcl", "from_place": "CNNGB", "to_place": "DEHAM"}
    return {"partner_id": str(carrier.firm.id), **leg, **overrides}


def package_form(**overrides: Any) -> dict[str, Any]:
    """A case with parts of moulds."""
    case = {
        "package_type": "7B",
        "length_mm": 1200,
        "width_mm": 800,
        "height_mm": 500,
        "gross_mass_kg": "412.5",
        "description": "Ejector pins, hardened",
        "hs_code": "848071",
    }
    return {**case, **overrides}


async def packed(one: Sent, *packages: dict[str, Any]) -> dict[str, Any]:
    """The shipment consists of these."""
    headers = {"If-Match": "*"}
    answer = await one.shipper.put(f"{one.path}/packages", json={"packages": list(packages)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def second_leg(one: Sent, *, accepted: bool = True) -> Member:
    """Another partner, who carries the shipment on, or was only asked to."""
    carrier = await one.market.people("logistics")
    form = booking_form(carrier, leg=2, mode="road", from_place="DEHAM", to_place="DELUE")
    booking = await made(one.shipper, f"{one.path}/bookings", form)
    if accepted:
        answer = await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={})
        assert answer.status_code == 200, answer.text
    return carrier


async def attached(market: Market, who: Member, path: str, **overrides: Any) -> dict[str, Any]:
    """A document that somebody uploads and attaches to a shipment."""
    form = {"document_id": await ready(market, who), "type": "bill_of_lading", "number": "HLL 4711", **overrides}
    return await made(who, f"{path}/documents", form)


def load_plan_form(**overrides: Any) -> dict[str, Any]:
    """Two crates that fit and a bar that is too long, under a name that a drawing must not take for a tag."""
    crates = {"id": "<M>&1", "count": 2, "length_mm": 1150, "width_mm": 900, "height_mm": 1000, "mass_kg": "2350.5",
              "lifting_side": "height", "consignment": "PO-1"}  # fmt: skip
    bar = {"id": "LONG", "count": 1, "length_mm": 9000, "width_mm": 300, "height_mm": 300, "mass_kg": "10"}
    return {"containers": [{"type": "20DC"}], "boxes": [crates, bar], "name": "Caps", "seconds": 1, **overrides}


@kept
async def planned(market: Market, shipper: Member | None = None, **overrides: Any) -> tuple[Member, dict[str, Any]]:
    """A shipment that nobody was asked to carry."""
    shipper = shipper or await market.people("supplier")
    return shipper, await made(shipper, "/v1/shipments", shipment_form(market, **overrides))


@kept
async def sent(market: Market, **overrides: Any) -> Sent:
    """A shipment whose main leg a partner has accepted."""
    shipper, shipment = await planned(market, **overrides)
    carrier = await market.people("logistics")
    booking = await made(shipper, f"/v1/shipments/{shipment['id']}/bookings", booking_form(carrier))
    answer = await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={"partner_reference": "HL-4711"})
    assert answer.status_code == 200, answer.text
    return Sent(market, shipper, carrier, shipment["id"], booking["number"], booking["id"])


def event_of(
    number: str,
    kind: str,
    code: str,
    at: datetime,
    *,
    now: datetime,
    classifier: str = "ACT",
    place: str = "CNNGB",
    **more: Any,
) -> dict[str, Any]:
    """An event in DCSA's form that names a booking."""
    event: dict[str, Any] = {
        "eventID": str(new_id()),
        "eventCreatedDateTime": now.isoformat(),
        "eventClassifierCode": classifier,
        "eventDateTime": at.isoformat(),
        "eventType": kind,
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": number}],
    }
    call = {"transportCallID": f"call-{place}", "UNLocationCode": place, "modeOfTransport": "VESSEL"}
    match kind:
        case "TRANSPORT":
            event |= {"transportEventTypeCode": code, "transportCall": call}
        case "EQUIPMENT":
            event |= {"equipmentEventTypeCode": code, "transportCall": call, "emptyIndicatorCode": "LADEN"}
        case _:
            event |= {"shipmentEventTypeCode": code, "documentTypeCode": "CUS", "documentID": "MRN-1"}
    return event | more
