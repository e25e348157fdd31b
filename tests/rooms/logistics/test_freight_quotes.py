"""Instant freight quotes over HTTP: options with their charges, why others do not fit, and bookings at their prices."""

from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from app.logistics.freight import checks
from tests.market import Market, Member
from tests.rooms.logistics.freight import booking_form, shipment_form
from tests.rooms.logistics.prices import CRATE, day, fcl_card, known_rates, lcl_card, quote_form
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements


async def _cards(partner: Member, *cards: dict[str, Any]) -> None:
    answer = await partner.post("/v1/rate-card-batches", json={"cards": cards})
    assert answer.json()["accepted"] == len(cards), answer.text


async def test_options_come_with_their_charges_and_reasons(market: Market) -> None:
    await known_rates(market)
    dear, cheap = await market.people("logistics"), await market.people("logistics")
    await _cards(dear, fcl_card(market), fcl_card(market, reference="JPY", currency="JPY"))
    await _cards(
        cheap,
        lcl_card(market),
        fcl_card(market, reference="heavy", limits={"package_mass_kg": "500"}, containers={"40HC": 1}),
        fcl_card(market, reference="later", valid_from=day(market, 30)),
        lcl_card(market, reference="elsewhere", to_place="DEBRV"),
    )
    shipper = await market.people("supplier", locale="de")
    quote = await made(shipper, "/v1/freight-quotes", quote_form(market))
    lcl, fcl = quote["options"]
    # 2 × 1.2 m³ against 1.7 t: 2.4 W/M at 80.00 EUR.
    assert (lcl["total_minor"], lcl["currency"], lcl["partner_id"]) == (19200, "EUR", str(cheap.firm.id))
    chargeable = lcl["chargeable"]
    assert (chargeable["quantity"], chargeable["decisive"]["code"], chargeable["unit"]["code"]) == (
        "2.400",
        "volume",
        "wm",
    )
    assert (chargeable["mass_kg"], chargeable["volume_m3"], chargeable["weight_rule"]) == (
        "1700.000",
        "2.400",
        "sea_lcl",
    )
    # 1,200.00 + 150.00 + 55.00 USD, of which one buys 0.8 EUR.
    assert (fcl["total_minor"], fcl["converted"]["total_minor"], fcl["converted"]["currency"]) == (
        140500,
        112400,
        "EUR",
    )
    assert (fcl["converted"]["rate"], fcl["converted"]["rate_on"]) == ("0.800000000000", day(market, -3))
    assert [(one["charge"]["code"], one["amount_minor"]) for one in fcl["lines"]] == [
        ("FREIGHT", 120000), ("BAF", 15000), ("DOC", 5500),
    ]  # fmt: skip
    assert fcl["lines"][0]["charge"]["label"] == "Fracht"
    assert fcl["lines"][0]["container_type"]["label"] == "20-Fuß-Standardcontainer"
    unfit = {(one["mode"]["code"], one["code"]): one["cards"] for one in quote["unfit"]}
    assert unfit == {
        ("sea_fcl", "rate-container-not-offered"): 1,
        ("sea_fcl", "rate-package-too-heavy"): 1,
        ("sea_fcl", "rate-not-valid"): 1,
        ("sea_fcl", "rate-not-convertible"): 1,
    }
    # Neither whose cards do not fit, nor their days, limits and currencies.
    told = str(quote["unfit"])
    assert all(secret not in told for secret in ("500", "JPY", "later", day(market, 30), str(dear.firm.id)))
    quick = (await shipper.get(f"/v1/freight-quotes/{quote['id']}?sort=transit")).json()
    assert [one["id"] for one in quick["options"]] == [fcl["id"], lcl["id"]]
    # What becomes of a card changes nothing of what was quoted.
    await made(dear, "/v1/rate-cards", fcl_card(market, version=2, containers={"20DC": 1}))
    assert (await shipper.get(f"/v1/freight-options/{fcl['id']}")).json() == fcl
    for other in (dear, cheap, await market.people("supplier")):
        assert (await other.get(f"/v1/freight-quotes/{quote['id']}")).status_code == 404
        assert (await other.get(f"/v1/freight-options/{fcl['id']}")).status_code == 404
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert await checks.freight_prices(session) == (2, [])


async def test_full_containers_and_doors(market: Market) -> None:
    partner, shipper = await market.people("logistics"), await market.people("buyer")
    road: dict[str, Any] = {
        "mode": "road",
        "reference": "HAM-58",
        "from_place": "DEHAM",
        "to_place": "DE-58",
        "containers": {},
        "currency": "EUR",
    }
    road |= {
        "surcharges": [],
        "breaks": [{"from_quantity": "0", "per_unit_minor": "20"}],
        "transit_days_min": 1,
        "transit_days_max": 2,
    }
    await _cards(partner, fcl_card(market, currency="EUR"), fcl_card(market, **road))
    full = await made(shipper, "/v1/freight-quotes", quote_form(market, goods={"containers": {"22G1": 2}}))
    # Twice 1,200.00 and 150.00, once 55.00; what is in them need not be known.
    assert [one["total_minor"] for one in full["options"]] == [275500]
    assert full["options"][0]["chargeable"]["quantity"] == "2"
    crates = {**CRATE, "quantity": 4, "stackable": True}
    door = quote_form(
        market,
        **{"from": {"place": "DEHAM"}, "to": {"country": "DE", "postal_code": "58507"}},
        goods={"packages": [crates]},
    )
    found = await made(shipper, "/v1/freight-quotes", door)
    # 3,400 kg against 4.8 m³ × 333 kg and 4 crates two high: 1 loading metre × 1,750 kg.
    assert [(one["to_place"], one["total_minor"]) for one in found["options"]] == [("DE-58507", 68000)]
    no_containers = await made(
        shipper, "/v1/freight-quotes", quote_form(market, goods={"packages": [CRATE]}, modes=["sea_fcl"])
    )
    assert [one["code"] for one in no_containers["unfit"]] == ["rate-needs-containers"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"goods": {"packages": [CRATE | {"mass_kg": "-1"}]}}, "/goods/packages/0/mass_kg"),
    ({"goods": {"packages": [CRATE | {"length_mm": 0}]}}, "/goods/packages/0/length_mm"),
    ({"goods": {"packages": [CRATE | {"quantity": 10000, "mass_kg": "1001"}]}}, "/goods/packages"),
    ({"goods": {}}, "/goods"),
    ({"goods": {"containers": {"TRUCK-7.5": 1}}}, "/goods/containers/TRUCK-7.5"),
    ({"from": {"place": "CNZZZ"}}, "/from/place"),
    ({"from": {"place": "CNNGB", "country": "DE"}}, "/from"),
    ({"from": {}}, "/from"),
    ({"to": {"place": "CNNGB"}}, "/to"),
    ({"modes": ["balloon"]}, "/modes/0"),
    ({"currency": "ABC"}, "/currency"),
    ({"ready_on": "9999-12-31"}, "/ready_on"),
]


async def test_wrong_questions_are_named(market: Market) -> None:
    shipper = await market.people("supplier")
    for change, pointer in WRONG:
        answer = await shipper.post("/v1/freight-quotes", json=quote_form(market, **change))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_a_booking_costs_what_was_quoted(market: Market) -> None:
    partner, rival, shipper = (
        await market.people("logistics"),
        await market.people("logistics"),
        await market.people("supplier"),
    )
    receiver = await market.people("buyer")
    await _cards(partner, fcl_card(market, currency="EUR"))
    option = (await made(shipper, "/v1/freight-quotes", quote_form(market)))["options"][0]
    shipment = await made(shipper, "/v1/shipments", shipment_form(market, consignee_id=str(receiver.firm.id)))
    path = f"/v1/shipments/{shipment['id']}/bookings"
    stolen = await made(await market.people("supplier"), "/v1/freight-quotes", quote_form(market))
    for change, carrier, code in (
        ({}, rival, "option-of-another"),
        ({"mode": "rail"}, partner, "option-other-mode"),
        ({"to_place": "DEBRV"}, partner, "option-other-lane"),
        ({"freight_option_id": stolen["options"][0]["id"]}, partner, "unknown-option"),
    ):
        form = booking_form(carrier, **{"freight_option_id": option["id"], **change})
        refused = await shipper.post(path, json=form)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    booking = await made(shipper, path, booking_form(partner, freight_option_id=option["id"]))
    assert (booking["price_minor"], booking["currency"]) == (140500, "EUR")
    twice = await shipper.post(path, json=booking_form(partner, leg=2, freight_option_id=option["id"]))
    assert (twice.status_code, twice.json()["code"]) == (409, "option-taken")
    seen = (await partner.get(f"/v1/bookings/{booking['id']}")).json()
    assert (seen["price_minor"], (await partner.get(f"/v1/freight-options/{option['id']}")).status_code) == (
        140500,
        200,
    )
    # Whoever receives the goods reads the shipment and nothing of the price.
    assert "140500" not in (await receiver.get(f"/v1/shipments/{shipment['id']}")).text
    assert (await receiver.get(f"/v1/bookings/{booking['id']}")).status_code == 404
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    other = '{"id": "01900000-0000-7000-8000-000000000001", "number": "PL000000000000", "leg": 3, "price_minor": 1}'
    dearer = f"INSERT INTO bookings SELECT (jsonb_populate_record(b, '{other}')).* FROM bookings b"
    for statement in ("UPDATE bookings SET price_minor = 1", "UPDATE bookings SET currency = 'USD'", dearer):
        with psycopg.connect(url) as app, pytest.raises(psycopg.errors.CheckViolation):
            app.execute(f"SET app.organization_id = '{shipper.firm.id}'")  # type: ignore[arg-type]
            app.execute(statement)  # type: ignore[arg-type]
    # An option ends.
    await shipper.post(f"/v1/bookings/{booking['id']}/withdrawal")
    market.move_clock(days=8)
    shipper = await market.member(shipper.firm)
    late = await shipper.post(path, json=booking_form(partner, freight_option_id=option["id"]))
    assert late.json()["errors"][0]["code"] == "option-expired"


async def test_lists_and_quotes_take_as_many_statements_for_many_as_for_one(market: Market) -> None:
    partner, shipper = await market.people("logistics"), await market.people("supplier")
    await _cards(partner, lcl_card(market))

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await shipper.get("/v1/freight-quotes?limit=100")
        return len(seen), len(answer.json()["items"])

    key = {"Idempotency-Key": "once"}
    for _ in range(2):
        answer = await shipper.post("/v1/freight-quotes", json=quote_form(market), headers=key)
        assert answer.status_code == 201
    few, rows = await asked()
    assert rows == 1
    with count_statements(market.db) as seen:
        await shipper.post("/v1/freight-quotes", json=quote_form(market))
    cost = len(seen)
    await _cards(partner, *(lcl_card(market, reference=f"n{at}") for at in range(20)))
    with count_statements(market.db) as seen:
        answer = await shipper.post("/v1/freight-quotes", json=quote_form(market))
    assert (len(answer.json()["options"]), len(seen)) == (21, cost)
    for _ in range(4):
        await made(shipper, "/v1/freight-quotes", quote_form(market))
    assert await asked() == (few, 7)
    reused = await shipper.post("/v1/freight-quotes", json=quote_form(market, currency="USD"), headers=key)
    assert reused.json()["code"] == "idempotency-key-reused"
