"""What partners' systems tell by webhooks: the same rules as at the routes."""

from tests.market import Market
from tests.rooms.logistics.freight import booking_form, event_of, planned
from tests.rooms.messages.sources import source_of
from tests.rooms.warehousing.stock import made


async def test_a_partner_who_only_sends_webhooks(market: Market) -> None:
    shipper, shipment = await planned(market)
    carrier, stranger = await market.people("logistics"), await market.people("logistics")
    path = f"/v1/shipments/{shipment['id']}/bookings"
    booking = await made(shipper, path, booking_form(carrier))
    number, now = booking["number"], market.clock.now()
    source = await source_of(market, carrier, "read", "fulfil")

    foreign, lacking = await source_of(market, stranger, "fulfil"), await source_of(market, carrier, "read")
    for one in (foreign, lacking):
        await one.send("booking.accepted", {"number": number})
    await market.work()
    assert (await foreign.log())[0]["problem"]["errors"][0]["code"] == "unknown-booking"
    assert (await lacking.log())[0]["problem"]["code"] == "forbidden"
    assert (await shipper.get(f"/v1/bookings/{booking['id']}")).json()["state"]["code"] == "offered"

    events = [
        event_of(number, "TRANSPORT", "DEPA", now, now=now),
        {"eventType": "TRANSPORT"},
        event_of("PL000000000000", "TRANSPORT", "DEPA", now, now=now),
    ]
    # Sent one after the other and handled in that order: the events find the booking accepted.
    await source.send("booking.accepted", {"number": number, "partner_reference": "HL-4711"})
    told = await source.handled("tracking.events", {"events": events})
    assert (told["state"]["code"], told["outcome"]["accepted"], told["outcome"]["known"]) == ("handled", 1, 0)
    assert [(one["index"], one["problems"][0]["code"]) for one in told["outcome"]["refused"]] == [
        (1, "event-malformed"),
        (2, "unknown-booking"),
    ]
    assert (told["outcome"]["refused_total"], "BKG" in told["outcome"]["refused"][1]["problems"][0]["detail"]) == (
        2,
        True,
    )
    seen = (await shipper.get(f"/v1/shipments/{shipment['id']}")).json()
    assert (seen["state"]["code"], seen["bookings"][0]["partner_reference"]) == ("in_transit", "HL-4711")
    acts = (await carrier.get("/v1/audit-entries?action=booking.accepted")).json()["items"]
    assert [one["actor"] for one in acts] == [f"webhook:{source.id}"]

    second = await made(shipper, path, booking_form(carrier, leg=2))
    await source.send("tracking.events", {"events": events[:1]})
    await source.send("booking.declined", {"number": number, "answer": "No crane in Ningbo"})
    await source.send("booking.declined", {"number": second["number"], "answer": "No crane in Ningbo"})
    await source.send("booking.accepted", {"number": "4711"})
    await source.send("tracking.events", {"events": [{}] * 150})
    await market.work()
    many, wrong, declined, late, again, *_ = await source.log()
    assert (again["outcome"]["accepted"], again["outcome"]["known"]) == (0, 1)
    assert (late["problem"]["code"], "Accepted" in late["problem"]["detail"]) == ("booking-ended", True)
    assert declined["outcome"] == {"booking_id": second["id"], "number": second["number"], "state": "declined"}
    assert (wrong["problem"]["code"], wrong["problem"]["errors"][0]["pointer"]) == ("invalid", "/data/number")
    assert (many["outcome"]["refused_total"], len(many["outcome"]["refused"])) == (150, 100)
