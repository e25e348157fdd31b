"""From Ningbo to Bremen by two partners' systems: compared, booked, told of, late, delivered with proof."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from app.demo.tour.sending import boxes, plain
from app.demo.tour.stage import BUYER_OWNER, CHINESE, HAULIER, OCEAN_CARRIER, PURCHASER, Stage, texts
from app.demo.tour.visitors import Answer, Visitor

LOAD, DISCHARGE, DOOR = "CNNGB", "DEHAM", "DEBRE"
CONTAINER = "TGHU7599330"
VOYAGE_DAYS, LATE_DAYS = 31, 3
SCOPES = ["read", "fulfil", "upload"]


def ship(stage: Stage) -> None:
    """Freight, bookings, the voyage, the delay, the delivery."""
    option = _compare(stage)
    _plan(stage)
    _book(stage, option)
    _leave(stage)
    _sail(stage)
    _delay(stage)
    _deliver(stage)


def _compare(stage: Stage) -> Answer:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("What would it cost?")
    packages = [
        {"mass_kg": str(box["mass_kg"]), **{side: box[side] for side in ("length_mm", "width_mm", "height_mm")}}
        for box in boxes()
    ]
    form = {
        "from": {"place": LOAD},
        "to": {"place": DISCHARGE},
        "ready_on": _ready(),
        "goods": {"packages": packages, "containers": {"20DC": 1}},
        "modes": ["sea_fcl", "sea_lcl"],
        "currency": "EUR",
    }
    answer = maker.post("/v1/freight-quotes", form)
    tell.acts(maker.role, "asks all rate cards at once")
    stage.must("priced line by line", answer.status_code == 201, answer.text)
    options = answer.json()["options"]
    rows = [
        [
            option["partner_name"],
            option["mode"]["label"],
            f"{option['total_minor'] / 100:,.2f} {option['currency']}",
            f"{option['transit_days_min']}–{option['transit_days_max']}",
        ]
        for option in options
    ]
    tell.table(["partner", "by", "total", "days"], rows)
    carrier_id = str(stage.visitor(OCEAN_CARRIER).signed_in().organization_id)
    ours = [one for one in options if one["partner_id"] == carrier_id and one["mode"]["code"] == "sea_fcl"]
    stage.must("the ocean carrier is among them", bool(ours), str(rows))
    return dict(ours[0])


def _ready() -> str:
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def _plan(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("The shipment is planned, with its packages")
    buyer_id = str(stage.visitor(PURCHASER).organization_id)
    form = {
        "mode": "sea_fcl",
        "load": LOAD,
        "discharge": DISCHARGE,
        "destination": DOOR,
        "ready_on": _ready(),
        "consignee_id": buyer_id,
        "reference": stage.number,
        "containers": [CONTAINER],
    }
    answer = maker.post("/v1/shipments", form)
    stage.must(f"{LOAD} to {DISCHARGE}, door in {DOOR}", answer.status_code == 201, answer.text)
    stage.shipment_id = answer.json()["id"]
    stage.things.add(stage.shipment_id)
    crate = texts()["crate"]
    mould = {
        "package_type": "7B",
        "gross_mass_kg": str(crate["mass_kg"]),
        "description": "Injection mould for plastics, EG-2041",
        "hs_code": "848071",
        "container": CONTAINER,
        "marks": f"{stage.number} 2/2",
        **{side: crate[side] for side in ("length_mm", "width_mm", "height_mm")},
    }
    spares = {
        "package_id": stage.case["id"],
        "description": "Spare parts for an injection mould",
        "hs_code": "848071",
        "container": CONTAINER,
    }
    path = f"/v1/shipments/{stage.shipment_id}/packages"
    listed = maker.get(path)
    for method, package in (("PUT", mould), ("POST", spares)):
        headers = {"If-Match": listed.headers["ETag"]}
        listed = maker.request(method, path, json={"packages": [package]}, headers=headers)
        stage.must("listed", listed.is_success, listed.text)
    tell.acts(maker.role, "lists the mould in its crate, and the case as the warehouse packed it")
    lines = maker.get(path).json()["items"]
    tell.check("the case keeps its number", lines[1]["sscc"] == stage.case["sscc"], str(lines))
    stage.must("two packages, one container", listed.json()["pieces"] == 2, listed.text)


def _book(stage: Stage, option: Answer) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("Two partners are asked, and their systems accept")
    legs: tuple[tuple[str, int, str, str, str, Answer], ...] = (
        (OCEAN_CARRIER, 1, "sea_fcl", LOAD, DISCHARGE, {"freight_option_id": option["id"]}),
        (HAULIER, 2, "road", DISCHARGE, DOOR, {}),
    )
    for email, leg, mode, origin, target, more in legs:
        partner = stage.visitor(email).signed_in()
        form = {
            "partner_id": str(partner.organization_id),
            "leg": leg,
            "mode": mode,
            "from_place": origin,
            "to_place": target,
        }
        form |= more
        offered = maker.post(f"/v1/shipments/{stage.shipment_id}/bookings", form)
        stage.must(f"leg {leg}, {origin} to {target}: offered", offered.is_success, offered.text)
        booking = offered.json()
        stage.things.add(booking["id"])
        machine = partner.machine("Forwarding system", SCOPES)
        stage.machines[email], stage.bookings[email] = machine, booking["number"]
        taken = machine.post(f"/v1/bookings/{booking['id']}/acceptance", {"partner_reference": f"REF-{leg}"})
        tell.acts(partner.role, f"its machine accepts {booking['number']}")
        stage.must("accepted", taken.is_success and taken.json()["state"]["code"] == "accepted", taken.text)
    other = stage.machines[HAULIER].get(f"/v1/shipments/{stage.shipment_id}").json()
    price = str(option["total_minor"])
    tell.check(
        "the second partner does not learn the first one's price", price not in str(other["bookings"]), str(other)
    )


def _leave(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("The goods leave the warehouse")
    form = {
        "package_ids": [stage.case["id"]],
        "reference": stage.number,
        "country": "DE",
        "shipment": {"kind": "shipment", "id": stage.shipment_id},
    }
    answer = maker.post(f"/v1/warehouses/{stage.keeps['id']}/dispatches", form)
    tell.acts(maker.role, "hands the case to the truck")
    stage.must("out of stock in the same moment", answer.status_code == 201, answer.text)
    stage.things.add(answer.json()["id"])
    units = maker.get(f"/v1/dispatches/{answer.json()['id']}/packing-list").json()["units"]
    for content in units[0]["contents"]:
        tell.says(f"{plain(content['quantity'])} × {content['name']}")
    tell.check("the packing list names every part", len(units[0]["contents"]) == len(stage.parts), str(units))


def event(stage: Stage, email: str, kind: str, code: str, at: datetime, place: str, **more: Any) -> Answer:
    """One event in the form of DCSA Track & Trace 2.2, as a partner's system sends it."""
    sent: Answer = {
        "eventID": str(uuid4()),
        "eventCreatedDateTime": datetime.now(UTC).isoformat(),
        "eventType": kind,
        "eventClassifierCode": more.pop("classifier", "ACT"),
        "eventDateTime": at.isoformat(),
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": stage.bookings[email]}],
    }
    if kind == "SHIPMENT":
        return sent | {"shipmentEventTypeCode": code} | more
    mode = more.pop("mode", "VESSEL")
    sent["transportCall"] = {"transportCallID": f"call {place}", "UNLocationCode": place, "modeOfTransport": mode}
    if kind == "TRANSPORT":
        return sent | {"transportEventTypeCode": code} | more
    return (
        sent | {"equipmentEventTypeCode": code, "equipmentReference": CONTAINER, "emptyIndicatorCode": "LADEN"} | more
    )


def told(stage: Stage, email: str, *events: Answer) -> Answer:
    """Events that a partner's machine tells; what became of them."""
    answer = stage.machines[email].post("/v1/tracking-events", {"events": list(events)})
    stage.must("taken in", answer.is_success, answer.text)
    return dict(answer.json())


def _sail(stage: Stage) -> None:
    tell, carrier = stage.narrator, stage.visitor(OCEAN_CARRIER)
    tell.step("Five weeks at sea, told by the carrier's system")
    tell.notes("The tour cannot wait so long: the voyage is told as one that began five weeks ago.")
    begins = stage.sailed_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=VOYAGE_DAYS + LATE_DAYS + 2)
    eta = begins + timedelta(days=VOYAGE_DAYS)
    events = [
        event(stage, OCEAN_CARRIER, "EQUIPMENT", "GTIN", begins - timedelta(days=2), LOAD),
        event(stage, OCEAN_CARRIER, "EQUIPMENT", "LOAD", begins - timedelta(hours=8), LOAD),
        event(stage, OCEAN_CARRIER, "TRANSPORT", "DEPA", begins, LOAD),
        event(stage, OCEAN_CARRIER, "TRANSPORT", "ARRI", eta, DISCHARGE, classifier="EST"),
    ]
    future = event(stage, OCEAN_CARRIER, "EQUIPMENT", "DISC", datetime.now(UTC) + timedelta(days=3), DISCHARGE)
    result = told(stage, OCEAN_CARRIER, *reversed(events), future)
    tell.acts(carrier.role, "sends five events, out of order; one has happened in the future")
    tell.check("four stand", result["accepted"] == len(events), str(result))
    refused = result["refused"]
    tell.says("; ".join(problem["detail"] for bad in refused for problem in bad["problems"]))
    tell.check("the bad one is named", [bad["index"] for bad in refused] == [len(events)], str(result))
    again = told(stage, OCEAN_CARRIER, *events)
    tell.check("sent again, nothing changes", (again["accepted"], again["known"]) == (0, len(events)), str(again))
    foreign = stage.machines[HAULIER].post("/v1/tracking-events", {"events": [events[0] | {"eventID": str(uuid4())}]})
    tell.check("the other partner cannot speak for this leg", len(foreign.json()["refused"]) == 1, foreign.text)


def _delay(stage: Stage) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("The ship is late, and the buyer knows")
    eta = stage.sailed_at + timedelta(days=VOYAGE_DAYS + LATE_DAYS)
    told(
        stage,
        OCEAN_CARRIER,
        event(stage, OCEAN_CARRIER, "TRANSPORT", "ARRI", eta, DISCHARGE, classifier="EST", delayReasonCode="WEA"),
    )
    track = purchaser.get(f"/v1/shipments/{stage.shipment_id}").json()["track"]
    tell.acts(purchaser.role, "reads when the mould is expected, and what was said before")
    said = [entry for entry in track["eta_history"] if entry["classifier"] == "EST"]
    for entry in said:
        tell.says(f"{entry['at'][:10]} {entry['reason']}".rstrip())
    days = (datetime.fromisoformat(said[-1]["at"]) - datetime.fromisoformat(said[0]["at"])).days
    tell.check(f"both words are kept: {LATE_DAYS} days later", days == LATE_DAYS, str(said))
    for incident in track["incidents"]:
        tell.says(f"{incident['kind']['label']} – {incident['owner']['label']}")
    tell.check("somebody has to act on it", bool(track["incidents"]), str(track["incidents"]))


def _deliver(stage: Stage) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("Off the ship, onto the truck, at the door, signed for")
    arrived = stage.sailed_at + timedelta(days=VOYAGE_DAYS + LATE_DAYS)
    told(
        stage,
        OCEAN_CARRIER,
        event(stage, OCEAN_CARRIER, "TRANSPORT", "ARRI", arrived, DISCHARGE),
        event(stage, OCEAN_CARRIER, "EQUIPMENT", "DISC", arrived + timedelta(hours=9), DISCHARGE),
    )
    hauled = {"mode": "TRUCK"}
    told(
        stage,
        HAULIER,
        event(stage, HAULIER, "EQUIPMENT", "GTOT", arrived + timedelta(hours=30), DISCHARGE, **hauled),
        event(stage, HAULIER, "EQUIPMENT", "DROP", arrived + timedelta(hours=34), DOOR, **hauled),
        event(stage, HAULIER, "SHIPMENT", "RECE", arrived + timedelta(hours=34), DOOR, documentTypeCode="POD",
              documentID=f"POD {stage.number}"),
    )  # fmt: skip
    _attach_proof(stage, stage.machines[HAULIER])
    shipment = purchaser.get(f"/v1/shipments/{stage.shipment_id}").json()
    tell.acts(purchaser.role, f"sees: {shipment['state']['label']}")
    reached = [milestone["milestone"]["label"] for milestone in shipment["track"]["milestones"] if milestone["actual"]]
    tell.says(" → ".join(reached))
    delivered = shipment["state"]["code"] == "delivered" and shipment["track"]["proved"]
    tell.check("delivered, with proof", delivered, str(shipment["track"])[:300])


def _attach_proof(stage: Stage, machine: Visitor) -> None:
    """The signed delivery note, which shipper and consignee may open."""
    note = texts()["files"]["pod"].format(number=stage.number, container=CONTAINER)
    document = machine.upload("POD.txt", note.encode(), "text/plain")
    form = {"document_id": document["id"], "type": "proof_of_delivery", "number": f"POD {stage.number}"}
    attached = machine.post(f"/v1/shipments/{stage.shipment_id}/documents", form)
    stage.must("the haulier attaches the signed note", attached.status_code == 201, attached.text)
    papers = stage.visitor(BUYER_OWNER).get(f"/v1/shipments/{stage.shipment_id}/documents").json()["items"]
    opened = stage.visitor(BUYER_OWNER).get(papers[0]["file"]["url"])
    stage.narrator.check("the buyer can open it", opened.is_success and opened.text == note, opened.text[:200])
