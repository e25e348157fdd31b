"""A forwarder's system at Partingline: rates up, booking in, events out, webhooks verified.

Start `make demo`, then: .venv/bin/python examples/forwarder/forwarder.py [address of the API]
Needs httpx and standardwebhooks. The machine is given access by the sample owner of a forwarder; a maker's purchaser, played by
the last lines of each step, asks for the freight. Everything else is what a partner's own program would do.
"""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from client import Api, Refused
from hooks import Receiver
from rates import tariff, wrong_card
from voyage import Leg, arrived, delayed, loaded_and_sailed

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
PASSWORD = "two-plate mould 2738"  # noqa: S105 - everybody's in the demo
FORWARDER = "xiaodong.he@pearl-bridge-freight.example"
MAKER = "wei@hengfeng-mould.example"
SCOPES = ["read", "fulfil", "upload"]
GOODS = {
    "packages": [{"mass_kg": "2450", "length_mm": 1400, "width_mm": 1100, "height_mm": 950}],
    "containers": {"20DC": 1},
}
Json = dict[str, Any]


def say(text: str) -> None:
    """Print a line; text stays UTF-8 on every terminal."""
    sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.buffer.flush()


def given_access(owner: Api) -> Api:
    """Once, by hand: the owner makes an API client. Its secret is shown this one time; keep it where secrets are kept."""
    made = owner.post("/v1/api-clients", {"name": f"Forwarding system {uuid4().hex[:6]}", "scopes": SCOPES})
    say("1. The owner gives a machine access")
    say(f"   scopes: {', '.join(made['client']['scopes'])}")
    return Api.machine(ADDRESS, made["client"]["id"], made["client_secret"])


def listening(owner: Api, receiver: Receiver) -> str:
    """Once, by hand: where webhooks go. The ping shows that the way is open; a forged delivery is turned away."""
    say("2. Webhooks are verified")
    form = {"url": receiver.address, "event_types": ["logistics.*", "messages.*"], "description": "Forwarding system"}
    made = owner.post("/v1/webhook-endpoints", form)
    receiver.trust(made["secret"])
    endpoint_id: str = made["id"]
    owner.post(f"/v1/webhook-endpoints/{endpoint_id}/ping")
    event = receiver.wait_for("messages.webhook_endpoint_pinged.v1")
    say(f"   {event['type']}: signature verified")
    forged = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,Zm9yZ2Vk"}
    say(f"   a forged one: {receiver.take(b'{}', forged)}")
    return endpoint_id


def upload_rates(machine: Api) -> None:
    """Cards are judged one by one: the good ones stand, the bad one is named. Sent again, nothing changes."""
    say("3. Rates are uploaded")
    version = int(datetime.now(UTC).timestamp()) // 60
    cards = [*tariff(version), wrong_card()]
    told = machine.post("/v1/rate-card-batches", {"cards": cards})
    say(f"   {told['accepted']} stand, {len(told['refused'])} refused")
    for card in told["refused"]:
        for problem in card["problems"]:
            say(f"   {card['reference']} {problem['field']}: {problem['detail']}")
    say(f"   once more: {machine.post('/v1/rate-card-batches', {'cards': cards})['known']} known already")


def asked_by_a_maker(maker: Api, partner_id: str) -> tuple[str, str]:
    """Somebody compares freight and books ours; the shipment's id and the booking's."""
    say("4. A maker compares freight and books")
    ready = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    asked = {"from": {"place": "CNNGB"}, "to": {"place": "DEHAM"}, "ready_on": ready, "goods": GOODS}
    quote = maker.post("/v1/freight-quotes", asked | {"modes": ["sea_fcl"], "currency": "EUR"})
    ours = next(
        option
        for option in quote["options"]
        if option["service"].startswith("Example") and option["partner_id"] == partner_id
    )
    say(
        f"   {ours['service']}: {ours['total_minor'] / 100:.2f} {ours['currency']} in {ours['transit_days_max']} days at most"
    )
    for line in ours["lines"]:
        say(f"     {line['charge']['label']}: {line['amount_minor'] / 100:.2f}")
    shipment = maker.post(
        "/v1/shipments",
        {"mode": "sea_fcl", "load": "CNNGB", "discharge": "DEHAM", "ready_on": ready, "containers": ["CSQU3054383"]},
    )
    leg = {"partner_id": partner_id, "leg": 1, "mode": "sea_fcl", "from_place": "CNNGB", "to_place": "DEHAM"}
    booking = maker.post(f"/v1/shipments/{shipment['id']}/bookings", leg | {"freight_option_id": ours["id"]})
    return shipment["id"], booking["id"]


def accept(machine: Api, receiver: Receiver, booking_id: str) -> Json:
    """The webhook brings the offer. What it says is looked up again, since deliveries may overtake one another."""
    say("5. The offer arrives by webhook and is accepted")
    event = receiver.wait_for("logistics.booking_offered.v1", booking_id=booking_id)
    booking: Json = machine.get(f"/v1/bookings/{event['data']['booking_id']}")
    say(f"   {booking['from_place']} to {booking['to_place']}: {booking['state']['label']}")
    taken: Json = machine.post(f"/v1/bookings/{booking['id']}/acceptance", {"partner_reference": "EX-4711"})
    say(f"   {taken['state']['label']}")
    return taken


def tell(machine: Api, booking: Json) -> None:
    """Events in a batch, out of order, one of them wrong, and all of it twice."""
    say("6. The voyage is told")
    leg = Leg(booking["number"], "CSQU3054383", booking["from_place"], booking["to_place"], "EXAMPLE STAR 012W")
    now = datetime.now(UTC).replace(microsecond=0)
    begins = now - timedelta(days=34)
    events = loaded_and_sailed(leg, begins, begins + timedelta(days=31))
    events.append(delayed(leg, begins + timedelta(days=33), "WEA"))
    events += arrived(leg, now - timedelta(hours=20))
    tomorrow = leg.event("EQUIPMENT", "GTOT", now + timedelta(days=1), leg.discharge)
    for round_ in ("first", "again"):
        told = machine.post("/v1/tracking-events", {"events": [*reversed(events), tomorrow]})
        say(f"   {round_}: {told['accepted']} new, {told['known']} known, {len(told['refused'])} refused")
    for bad in told["refused"]:
        say(f"   event {bad['index']}: {bad['problems'][0]['detail']}")


def look(maker: Api, shipment_id: str) -> None:
    """What the shipper sees of it."""
    say("7. The shipper sees")
    shipment = maker.get(f"/v1/shipments/{shipment_id}")
    track = shipment["track"]
    say(
        f"   {shipment['state']['label']}: {', '.join(m['milestone']['label'] for m in track['milestones'] if m['actual'])}"
    )
    first, *_, last = [eta for eta in track["eta_history"] if eta["classifier"] == "EST"]
    days = (datetime.fromisoformat(last["at"]) - datetime.fromisoformat(first["at"])).days
    say(f"   the arrival was put off by {days} days: {last['reason']}")


def main() -> None:
    """The whole way, once."""
    owner, maker = Api.person(ADDRESS, FORWARDER, PASSWORD), Api.person(ADDRESS, MAKER, PASSWORD)
    receiver = Receiver()
    machine = given_access(owner)
    endpoint_id = listening(owner, receiver)
    try:
        upload_rates(machine)
        shipment_id, booking_id = asked_by_a_maker(maker, machine.organization_id)
        tell(machine, accept(machine, receiver, booking_id))
        look(maker, shipment_id)
    finally:
        owner.delete(f"/v1/webhook-endpoints/{endpoint_id}")
        receiver.close()
        for api in (owner, maker, machine):
            api.close()


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        sys.exit(f"{refusal.status} {refusal.code}: {refusal}")
