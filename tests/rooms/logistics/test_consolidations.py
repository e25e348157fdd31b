"""Shared containers over HTTP: who is in one, what each pays, and that shares sum to the cost to the minor unit."""

from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from app.logistics.freight import checks
from tests.market import Market
from tests.rooms.logistics.prices import carried, consolidation_form
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements


async def test_shippers_share_a_container_and_read_their_own_part(market: Market) -> None:
    carrier = await market.people("logistics")
    heavy, heavy_booking = await carried(market, carrier)
    light, light_booking = await carried(market, carrier)
    _, full_booking = await carried(market, carrier, mode="sea_fcl")
    _, rivals_booking = await carried(market, await market.people("logistics"))
    one = await made(carrier, "/v1/consolidations", consolidation_form(container_number="CSQU 305438 3"))
    path = f"/v1/consolidations/{one['id']}"
    assert (one["container_number"], one["state"]["code"]) == ("CSQU3054383", "open")

    async def put(booking_id: str, volume_m3: str, mass_kg: str, at: str = path) -> Any:
        form = {"booking_id": booking_id, "volume_m3": volume_m3, "mass_kg": mass_kg}
        return await carrier.post(f"{at}/members", json=form)

    for booking_id in (full_booking, rivals_booking):
        refused = await put(booking_id, "1", "1")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "no-lcl-booking")
    assert (await put(heavy_booking, "0", "0")).json()["errors"][0]["code"] == "nothing-measured"
    assert (await put(heavy_booking, "-1", "1")).status_code == 422
    assert (await put(heavy_booking, "1", "26581")).json()["code"] == "consolidation-full"
    assert (await carrier.post(f"{path}/closure")).json()["code"] == "nothing-to-share"
    assert (await put(heavy_booking, "2", "9000")).status_code == 201
    again = await put(heavy_booking, "2", "9000")
    assert (again.status_code, again.json()["code"]) == (409, "booking-consolidated")
    inside = (await put(light_booking, "8", "1000")).json()
    removed = await carrier.delete(f"{path}/members/{inside['members'][1]['id']}")
    assert removed.status_code == 204
    assert (await carrier.delete(f"{path}/members/{inside['members'][1]['id']}")).status_code == 404
    inside = (await put(light_booking, "8", "1000")).json()
    changed = await carrier.patch(path, json={"cost_minor": 100001}, headers={"If-Match": f'"{inside["version"]}"'})
    assert changed.json()["cost_minor"] == 100001, changed.text
    stale = await carrier.patch(path, json={"cost_minor": 1}, headers={"If-Match": f'"{inside["version"]}"'})
    assert stale.status_code == 412
    assert (await heavy.get("/v1/freight-shares")).json()["items"] == []
    closed = (await carrier.post(f"{path}/closure")).json()
    assert (await carrier.post(f"{path}/closure")).json() == closed
    # Nine tenths of the mass against eight tenths of the room: 9/17 and 8/17 of 1,000.01.
    assert [member["share_minor"] for member in closed["members"]] == [52942, 47059]
    assert (await put(rivals_booking, "1", "1")).json()["code"] == "consolidation-ended"
    for shipper, booking_id, share in ((heavy, heavy_booking, 52942), (light, light_booking, 47059)):
        answer = await shipper.get("/v1/freight-shares")
        assert [(item["booking_id"], item["share_minor"]) for item in answer.json()["items"]] == [(booking_id, share)]
        assert "100001" not in answer.text and str(52942 + 47059 - share) not in answer.text
        assert (await shipper.get(path)).status_code == 404
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert await checks.freight_shares(session) == (1, [])
    other = await made(carrier, "/v1/consolidations", consolidation_form())
    for _ in range(2):
        gone = await carrier.post(f"/v1/consolidations/{other['id']}/cancellation")
        assert gone.json()["state"]["code"] == "cancelled"


async def test_the_database_lets_no_share_be_wrong(market: Market) -> None:
    carrier = await market.people("logistics")
    one = await made(carrier, "/v1/consolidations", consolidation_form(cost_minor=1000))
    for _ in range(2):
        _, booking_id = await carried(market, carrier)
        form = {"booking_id": booking_id, "volume_m3": "1", "mass_kg": "1"}
        await made(carrier, f"/v1/consolidations/{one['id']}/members", form)
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    close = "UPDATE consolidations SET state = 'closed', ended_at = now()"
    for statements in (
        ["UPDATE consolidation_members SET share_minor = 499, currency = 'USD'", close],
        ["UPDATE consolidation_members SET share_minor = 500, currency = 'EUR'", close],
        ["UPDATE consolidation_members SET share_minor = 500, currency = 'USD'"],
        [close],
        [close, "UPDATE consolidation_members SET share_minor = 500, currency = 'USD'"],
        ["UPDATE consolidation_members SET mass_kg = 2"],
        ["UPDATE bookings SET state = 'accepted'", "UPDATE consolidations SET currency = 'EUR'"],
    ):
        with psycopg.connect(url) as app:
            app.execute(f"SET app.organization_id = '{carrier.firm.id}'")  # type: ignore[arg-type]
            with pytest.raises(psycopg.errors.CheckViolation):
                for statement in statements:
                    app.execute(statement)  # type: ignore[arg-type]
                app.commit()
    assert (await carrier.post(f"/v1/consolidations/{one['id']}/closure")).status_code == 200
    # What was closed stays, and the check sees what the database would not have let happen.
    with psycopg.connect(market.settings.database_url.get_secret_value()) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE consolidation_members SET share_minor = share_minor + 1")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert await checks.freight_shares(session) == (1, [f"shares of consolidation {one['id']}"])


async def test_who_is_not_booked_any_more_shares_nothing(market: Market) -> None:
    carrier = await market.people("logistics")
    one = await made(carrier, "/v1/consolidations", consolidation_form())
    for at in range(2):
        shipper, booking_id = await carried(market, carrier)
        await made(
            carrier,
            f"/v1/consolidations/{one['id']}/members",
            {"booking_id": booking_id, "volume_m3": "1", "mass_kg": "1"},
        )
        if at:
            shipment_id = (await shipper.get(f"/v1/bookings/{booking_id}")).json()["shipment_id"]
            assert (await shipper.post(f"/v1/shipments/{shipment_id}/cancellation")).status_code == 200
    refused = await carrier.post(f"/v1/consolidations/{one['id']}/closure")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing-to-share")


async def test_lists_take_as_many_statements_for_many_as_for_one(market: Market) -> None:
    carrier = await market.people("logistics")
    shipper, other = await market.people("supplier"), await market.people("supplier")

    async def asked() -> list[tuple[int, int]]:
        found = []
        for who, path in ((carrier, "/v1/consolidations"), (shipper, "/v1/freight-shares")):
            with count_statements(market.db) as seen:
                answer = await who.get(f"{path}?limit=100")
            found.append((len(seen), len(answer.json()["items"])))
        return found

    async def another() -> None:
        one = await made(carrier, "/v1/consolidations", consolidation_form())
        for who in (shipper, other):
            _, booking_id = await carried(market, carrier, who)
            form = {"booking_id": booking_id, "volume_m3": "1", "mass_kg": "1"}
            await made(carrier, f"/v1/consolidations/{one['id']}/members", form)
        assert (await carrier.post(f"/v1/consolidations/{one['id']}/closure")).status_code == 200

    await another()
    few = await asked()
    await another()
    for _ in range(3):
        await made(carrier, "/v1/consolidations", consolidation_form())
    assert await asked() == [(few[0][0], 5), (few[1][0], 2)]
