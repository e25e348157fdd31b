"""Shipments and bookings over HTTP: who asks whom, what is answered, and who sees it."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from app.kit.jobs import Runtime
from app.logistics.checks import shipment_accounts
from app.logistics.jobs import expire_bookings
from tests.market import Market
from tests.rooms.logistics.freight import booking_form, planned, sent, shipment_form
from tests.rooms.warehousing.stock import made


async def test_a_partner_is_asked_and_takes_it(market: Market) -> None:
    shipper, shipment = await planned(market, containers=["CSQU 305438 3"])
    assert (shipment["state"]["code"], shipment["containers"]) == ("planned", ["CSQU3054383"])
    carrier = await market.people("logistics")
    path = f"/v1/shipments/{shipment['id']}/bookings"
    booking = await made(shipper, path, booking_form(carrier, note="Lift at the eyebolts only"))
    assert (await carrier.get(f"/v1/bookings/{booking['id']}")).json()["note"] == "Lift at the eyebolts only"
    again = await shipper.post(path, json=booking_form(await market.people("logistics")))
    assert (again.status_code, again.json()["code"]) == (409, "leg-taken")
    taken = await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={"partner_reference": "HL-1"})
    assert taken.json()["state"]["code"] == "accepted"
    assert (await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={})).status_code == 200
    shown = (await shipper.get(f"/v1/shipments/{shipment['id']}")).json()
    assert (shown["state"]["code"], shown["bookings"][0]["partner_reference"]) == ("booked", "HL-1")
    late = await carrier.post(f"/v1/bookings/{booking['id']}/refusal", json={"answer": "No space"})
    assert (late.status_code, late.json()["code"]) == (409, "booking-ended")


async def test_a_declined_leg_is_offered_to_another(market: Market) -> None:
    shipper, shipment = await planned(market)
    first, second = await market.people("logistics"), await market.people("logistics")
    path_of_bookings = f"/v1/shipments/{shipment['id']}/bookings"
    booking = await made(shipper, path_of_bookings, booking_form(first))
    declined = await first.post(f"/v1/bookings/{booking['id']}/refusal", json={"answer": "No crane in Ningbo"})
    assert declined.json()["state"]["code"] == "declined"
    other = await made(shipper, path_of_bookings, booking_form(second))
    withdrawn = await shipper.post(f"/v1/bookings/{other['id']}/withdrawal")
    assert withdrawn.json()["state"]["code"] == "withdrawn"
    assert (await second.post(f"/v1/bookings/{other['id']}/acceptance", json={})).json()["code"] == "booking-ended"
    # Who has declined knows what he declined, and reads nothing further of the shipment.
    assert (await first.get(f"/v1/bookings/{booking['id']}")).json()["answer"] == "No crane in Ningbo"
    for path in (f"/v1/shipments/{shipment['id']}", f"/v1/shipments/{shipment['id']}/events"):
        assert (await first.get(path)).status_code == 404
    assert (await first.get("/v1/shipments")).json()["items"] == []
    third = await market.people("logistics")
    open_one = await made(shipper, path_of_bookings, booking_form(third))
    # Each partner sees his own offer alone.
    seen = (await third.get(f"/v1/shipments/{shipment['id']}")).json()["bookings"]
    assert [one["id"] for one in seen] == [open_one["id"]]
    assert len((await shipper.get(f"/v1/shipments/{shipment['id']}")).json()["bookings"]) == 3


async def test_an_offer_runs_out(market: Market) -> None:
    shipper, shipment = await planned(market)
    carrier = await market.people("logistics")
    booking = await made(shipper, f"/v1/shipments/{shipment['id']}/bookings", booking_form(carrier, hours=2))
    market.move_clock(hours=3)
    # Their tokens have run out too.
    shipper, carrier = await market.member(shipper.firm), await market.member(carrier.firm)
    late = await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={})
    assert (late.status_code, late.json()["code"]) == (409, "booking-ended")
    await expire_bookings(Runtime(market.settings, market.db, market.clock))
    assert (await shipper.get(f"/v1/bookings/{booking['id']}")).json()["state"]["code"] == "expired"
    await made(shipper, f"/v1/shipments/{shipment['id']}/bookings", booking_form(carrier))


async def test_what_has_not_left_is_cancelled(market: Market) -> None:
    one = await sent(market)
    cancelled = await one.shipper.post(f"{one.path}/cancellation")
    assert (cancelled.json()["state"]["code"], cancelled.json()["bookings"][0]["state"]["code"]) == (
        "cancelled",
        "withdrawn",
    )
    assert (await one.shipper.post(f"{one.path}/cancellation")).status_code == 200
    more = await one.shipper.post(f"{one.path}/bookings", json=booking_form(one.carrier))
    assert more.json()["code"] == "shipment-cancelled"
    other = await sent(market)
    now = market.clock.now()
    await other.tell(other.event("TRANSPORT", "DEPA", now - timedelta(hours=1)))
    assert (await other.read())["state"]["code"] == "in_transit"
    late = await other.shipper.post(f"{other.path}/cancellation")
    assert (late.status_code, late.json()["code"]) == (409, "shipment-under-way")


async def test_what_changes_of_a_shipment_is_told_from_the_same_events(market: Market) -> None:
    one = await sent(market, containers=["CSQU3054383"])
    now = market.clock.now()
    named = {"equipmentReference": "CSQU3054383"}
    await one.tell(one.event("EQUIPMENT", "LOAD", now - timedelta(hours=5), **named))
    await one.tell(one.event("TRANSPORT", "DEPA", now - timedelta(hours=4)))
    before = await one.read()

    async def change(version: Any, **form: Any) -> Any:
        return await one.shipper.patch(one.path, json=form, headers={"If-Match": f'"{version}"'})

    wrong = await change(before["version"], containers=["CSQU 305438 3", "CSQU3054384"])
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/containers/1")
    ready = (now + timedelta(days=9)).date().isoformat()
    changed = (await change(before["version"], reference="PO 4711", ready_on=ready)).json()
    assert (changed["reference"], changed["ready_on"], changed["containers"]) == ("PO 4711", ready, ["CSQU3054383"])
    assert (await change(before["version"], reference="stale")).status_code == 412
    # Another container: the same events are looked at anew, and what is told of the way stays.
    changed = (await change(changed["version"], containers=["msku 907032 3", "MSKU9070323"])).json()
    assert (changed["containers"], changed["state"]["code"]) == (["MSKU9070323"], before["state"]["code"])
    assert (await one.read())["reference"] == "PO 4711"
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert await shipment_accounts(session) == (1, [])


async def test_strangers_and_consignees(market: Market) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id))
    assert (await one.read(buyer))["id"] == one.id
    assert (await buyer.get("/v1/shipments")).json()["items"][0]["id"] == one.id
    for stranger in (await market.people("logistics"), await market.people("supplier", "buyer")):
        for path in (one.path, f"{one.path}/events", f"/v1/bookings/{one.booking_id}"):
            assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(f"/v1/bookings/{one.booking_id}/acceptance", json={})).status_code == 404
    # Who receives it reads it and changes nothing.
    for verb in ("cancellation", "bookings"):
        assert (await buyer.post(f"{one.path}/{verb}", json=booking_form(one.carrier))).status_code == 404
    assert (await one.carrier.patch(one.path, json={"reference": "x"}, headers={"If-Match": "*"})).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"discharge": "CNNGB"}, "/discharge"),
        ({"containers": ["CSQU3054384"]}, "/containers/0"),
        ({"consignee_id": "01900000-0000-7000-8000-000000000000"}, "/consignee_id"),
        ({"load": "Ningbo"}, "/load"),
    ],
)
async def test_wrong_shipments_are_named(market: Market, change: dict[str, Any], pointer: str) -> None:
    shipper = await market.people("supplier")
    answer = await shipper.post("/v1/shipments", json=shipment_form(market, **change))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_database_knows_who_may_take_a_booking_where(market: Market) -> None:
    shipper, shipment = await planned(market)
    carrier = await market.people("logistics")
    booking = await made(shipper, f"/v1/shipments/{shipment['id']}/bookings", booking_form(carrier))
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    told = (
        "INSERT INTO tracking_events "
        "(event_id, shipment_id, booking_id, partner_id, classifier, event_at, said_at, event, digest) "
        "SELECT uuidv7(), shipment_id, id, partner_id, 'ACT', now(), now(), '{}', sha256('') FROM bookings"
    )
    with psycopg.connect(url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"SET app.organization_id = '{carrier.firm.id}'")  # type: ignore[arg-type]
        app.execute(told)  # type: ignore[arg-type]
    for who, change in (
        (shipper, "state = 'accepted', ended_at = now()"),
        (carrier, "state = 'withdrawn', ended_at = now()"),
        (carrier, "state = 'expired', ended_at = now()"),
        (carrier, "note = 'cheaper'"),
    ):
        with psycopg.connect(url) as app, pytest.raises(psycopg.errors.CheckViolation):
            app.execute(f"SET app.organization_id = '{who.firm.id}'")  # type: ignore[arg-type]
            app.execute(f"UPDATE bookings SET {change} WHERE id = '{booking['id']}'")  # type: ignore[arg-type]
