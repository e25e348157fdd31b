"""Freight inquiries over HTTP: who reads what of them, how one offer is taken, and what the database holds of it."""

import asyncio

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from app.kit.jobs import Runtime
from app.logistics.freight.jobs import close_freight_inquiries
from tests.market import Market
from tests.rooms.logistics.freight import booking_form, shipment_form
from tests.rooms.logistics.prices import inquiry_form, offer_form
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements


async def test_partners_offer_sealed_from_one_another_and_one_is_taken(market: Market) -> None:
    shipper = await market.people("supplier", locale="de")
    first, second, third = [await market.people("logistics") for _ in range(3)]
    stranger = await market.people("logistics")
    inquiry = await made(shipper, "/v1/freight-inquiries", inquiry_form(market, first, second, third))
    path = f"/v1/freight-inquiries/{inquiry['id']}"
    assert len(inquiry["partner_ids"]) == 3
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(f"{path}/offers", json=offer_form(market))).status_code == 404
    assert (await first.get(path)).json()["partner_ids"] == [str(first.firm.id)]
    assert (await first.post(f"{path}/closure")).status_code == 404

    early = await made(first, f"{path}/offers", offer_form(market, 110000))
    revised = await made(first, f"{path}/offers", offer_form(market, 104000))
    dear = await made(second, f"{path}/offers", offer_form(market, 150000))
    assert (revised["revision"], revised["total_minor"]) == (2, 109000)
    withdrawn = await made(third, f"{path}/offers", offer_form(market, 1))
    for _ in range(2):
        gone = await third.post(f"/v1/freight-offers/{withdrawn['id']}/withdrawal")
        assert gone.json()["state"]["code"] == "withdrawn"
    seen = (await first.get(f"{path}/offers")).json()["items"]
    assert [(one["id"], one["state"]["code"]) for one in seen] == [(revised["id"], "offered"), (early["id"], "revised")]
    for rival in (first, stranger):
        assert (await rival.get(f"/v1/freight-offers/{dear['id']}")).status_code == 404
    assert len((await shipper.get(f"{path}/offers")).json()["items"]) == 4

    taking = f"/v1/freight-offers/{revised['id']}/taking"
    assert (await first.post(taking)).status_code == 404
    assert (await shipper.post(taking)).json()["code"] == "freight-inquiry-open"
    assert (await shipper.post(f"{path}/closure")).json()["state"]["code"] == "closed"
    late = await second.post(f"{path}/offers", json=offer_form(market, 90000))
    assert (late.status_code, late.json()["code"]) == (409, "freight-inquiry-ended")
    assert (await shipper.post(f"/v1/freight-offers/{early['id']}/taking")).json()["code"] == "freight-offer-ended"
    answer = await shipper.post(taking)
    assert answer.status_code == 200, answer.text
    option = answer.json()
    assert (await shipper.post(taking)).json() == option
    assert (option["total_minor"], option["currency"], option["freight_offer_id"]) == (109000, "USD", revised["id"])
    other = await shipper.post(f"/v1/freight-offers/{dear['id']}/taking")
    assert (other.status_code, other.json()["code"]) == (409, "freight-inquiry-ended")
    assert (await second.get(f"/v1/freight-offers/{dear['id']}")).json()["state"]["code"] == "not_taken"
    # Who was not taken learns that, and not whose offer was.
    told = (await second.get(path)).json()
    assert (told["state"]["code"], told["taken_offer_id"]) == ("taken", None)
    assert (await first.get(path)).json()["taken_offer_id"] == revised["id"]

    shipment = await made(shipper, "/v1/shipments", shipment_form(market))
    form = booking_form(first, freight_option_id=option["id"])
    booking = await made(shipper, f"/v1/shipments/{shipment['id']}/bookings", form)
    assert (booking["price_minor"], booking["currency"]) == (109000, "USD")

    await market.work()
    subjects = {
        one: [item["subject"] for item in (await member.get("/v1/notifications")).json()["items"]]
        for one, member in (("shipper", shipper), ("first", first), ("second", second), ("stranger", stranger))
    }
    assert (len(subjects["shipper"]), len(subjects["first"]), len(subjects["second"]), subjects["stranger"]) == (
        4,
        3,
        2,
        [],
    )
    # The last is the booking, which names its places in words.
    assert sum("CNNGB – DEHAM" in one for one in subjects["first"]) == 2
    assert "Ningbo (CNNGB) – Hamburg (DEHAM)" in subjects["first"][0]
    with psycopg.connect(market.settings.database_url.get_secret_value()) as owner:
        events = owner.execute(
            "SELECT type, data::text, organization_ids FROM outbox_events WHERE type LIKE 'logistics.freight%'"
        )
        rows = events.fetchall()
    assert len(rows) == 3 + 5 + 3 + 2
    assert all(len(row[2]) == 2 and "109000" not in row[1] for row in rows)


async def test_time_closes_and_nobody_is_asked_twice(market: Market) -> None:
    shipper, partner = await market.people("buyer"), await market.people("logistics")
    twice = inquiry_form(market, partner, partner)
    inquiry = await made(shipper, "/v1/freight-inquiries", twice)
    assert inquiry["partner_ids"] == [str(partner.firm.id)]
    path = f"/v1/freight-inquiries/{inquiry['id']}"
    everybody = await made(shipper, "/v1/freight-inquiries", inquiry_form(market))
    assert str(partner.firm.id) in everybody["partner_ids"]
    wrong = inquiry_form(market, shipper, closes_at=market.clock.now().isoformat())
    answer = await shipper.post("/v1/freight-inquiries", json=wrong)
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/closes_at", "/partner_ids/0"}
    for change, pointer in (
        ({"mode": "balloon"}, "/mode"),
        ({"lines": [{"code": "TIP", "amount_minor": 1}]}, "/lines/0/code"),
        ({"lines": [{"code": "FREIGHT", "amount_minor": -1}]}, "/lines/0/amount_minor"),
        ({"transit_days_max": 1}, "/transit_days_max"),
        ({"valid_until": market.clock.now().isoformat()}, "/valid_until"),
        ({"valid_until": inquiry["closes_at"]}, "/valid_until"),
    ):
        refused = await partner.post(f"{path}/offers", json=offer_form(market, **change))
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    # Two at once are two revisions, one after the other.
    both = await asyncio.gather(*(partner.post(f"{path}/offers", json=offer_form(market, at)) for at in (7, 8)))
    assert sorted(one.json()["revision"] for one in both) == [1, 2]
    standing = [
        one for one in (await partner.get(f"{path}/offers")).json()["items"] if one["state"]["code"] == "offered"
    ]
    assert len(standing) == 1
    market.move_clock(hours=3)
    shipper, partner = await market.member(shipper.firm), await market.member(partner.firm)
    assert (await shipper.get(path)).json()["state"]["code"] == "closed"
    assert (await partner.post(f"{path}/offers", json=offer_form(market))).json()["code"] == "freight-inquiry-ended"
    await close_freight_inquiries(Runtime(market.settings, market.db, market.clock))
    listed = (await shipper.get("/v1/freight-inquiries?state=closed")).json()["items"]
    assert len(listed) == 2
    for _ in range(2):
        assert (await shipper.post(f"{path}/cancellation")).json()["state"]["code"] == "cancelled"
    taking = await shipper.post(f"/v1/freight-offers/{standing[0]['id']}/taking")
    assert (taking.status_code, taking.json()["code"]) == (409, "freight-inquiry-ended")


async def test_the_database_knows_who_offers_and_who_takes(market: Market) -> None:
    shipper, partner, rival = (
        await market.people("supplier"),
        await market.people("logistics"),
        await market.people("logistics"),
    )
    inquiry = await made(shipper, "/v1/freight-inquiries", inquiry_form(market, partner, rival))
    await made(partner, f"/v1/freight-inquiries/{inquiry['id']}/offers", offer_form(market))
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    copied = "INSERT INTO freight_offers SELECT (jsonb_populate_record(o, '{change}')).* FROM freight_offers o"
    for who, statement in (
        (shipper, "UPDATE freight_offers SET state = 'taken', ended_at = now()"),
        (partner, "UPDATE freight_offers SET state = 'taken', ended_at = now()"),
        (partner, "UPDATE freight_offers SET total_minor = 1"),
        (shipper, "UPDATE freight_inquiries SET closes_at = now() + interval '9 days'"),
        (shipper, "UPDATE freight_inquiries SET state = 'taken', ended_at = now(), taken_offer_id = uuidv7()"),
        (
            partner,
            copied.replace(
                "{change}", '{"id": "01900000-0000-7000-8000-000000000001", "revision": 2, "total_minor": 9}'
            ),
        ),
    ):
        with psycopg.connect(url) as app, pytest.raises(psycopg.errors.CheckViolation):
            app.execute(f"SET app.organization_id = '{who.firm.id}'")  # type: ignore[arg-type]
            app.execute(statement)  # type: ignore[arg-type]
    with psycopg.connect(url) as app:
        app.execute(f"SET app.organization_id = '{rival.firm.id}'")  # type: ignore[arg-type]
        assert app.execute("SELECT count(*) FROM freight_offers").fetchone() == (0,)
        assert app.execute("SELECT count(*) FROM freight_invitations").fetchone() == (1,)


async def test_lists_take_as_many_statements_for_many_as_for_one(market: Market) -> None:
    shipper, partner = await market.people("supplier"), await market.people("logistics")
    first = await made(shipper, "/v1/freight-inquiries", inquiry_form(market, partner))
    offers = f"/v1/freight-inquiries/{first['id']}/offers"
    await made(partner, offers, offer_form(market))
    paths = ["/v1/freight-inquiries", offers]

    async def asked() -> list[tuple[int, int]]:
        found = []
        for path in paths:
            with count_statements(market.db) as seen:
                answer = await shipper.get(f"{path}?limit=100")
            found.append((len(seen), len(answer.json()["items"])))
        return found

    few = await asked()
    for _ in range(6):
        await made(partner, offers, offer_form(market))
        await made(shipper, "/v1/freight-inquiries", inquiry_form(market, partner))
    assert await asked() == [(statements, 7) for statements, _ in few]
