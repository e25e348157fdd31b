"""Rate cards over HTTP: who uploads them, what is refused by index, what replaces what, and that competitors read nothing."""

from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.db.engine import Role, role_url
from app.logistics.freight.goods import keys_of
from app.logistics.rates.cards import End
from tests.market import Market, Member
from tests.rooms.logistics.prices import day, fcl_card, lcl_card, quote_form
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements


async def test_a_card_is_uploaded_replaced_and_withdrawn(market: Market) -> None:
    partner = await market.people("logistics")
    machine = await market.machine(partner, "read", "fulfil")
    first = await made(machine, "/v1/rate-cards", fcl_card(market, containers={"22G1": 120000, "40HC": 200000}))
    # Codes of ISO 6346 are kept as the house's own; the same card in other spellings is the same.
    assert (first["state"]["code"], first["containers"]) == ("current", {"20DC": 120000, "40HC": 200000})
    surcharges = [{"code": "BAF", "basis": "container", "amount": "15000.0"}, fcl_card(market)["surcharges"][1]]
    again = await partner.post("/v1/rate-cards", json=fcl_card(market, surcharges=surcharges))
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    differs = await partner.post("/v1/rate-cards", json=fcl_card(market, containers={"20DC": 1}))
    assert (differs.status_code, differs.json()["code"]) == (409, "card-differs")
    second = await made(partner, "/v1/rate-cards", fcl_card(market, version=3, containers={"20DC": 118000}))
    old = await partner.post("/v1/rate-cards", json=fcl_card(market, version=2))
    assert (old.status_code, old.json()["code"], old.json()["version"]) == (409, "card-outdated", 3)
    kept = (await partner.get(f"/v1/rate-cards/{first['id']}")).json()
    assert (kept["state"]["code"], kept["containers"]["20DC"]) == ("replaced", 120000)
    for _ in range(2):
        withdrawn = await partner.post(f"/v1/rate-cards/{second['id']}/withdrawal")
        assert withdrawn.json()["state"]["code"] == "withdrawn"
    listed = (await partner.get("/v1/rate-cards?reference=NGB-HAM-FCL")).json()["items"]
    assert [one["version"] for one in listed] == [3, 1]
    assert (await partner.get("/v1/rate-cards?state=current&mode=air")).json()["items"] == []


async def test_nobody_else_reads_or_makes_cards(market: Market) -> None:
    partner, rival, shipper = (
        await market.people("logistics"),
        await market.people("logistics"),
        await market.people("supplier"),
    )
    card = await made(partner, "/v1/rate-cards", fcl_card(market))
    for other in (rival, shipper):
        assert (await other.get(f"/v1/rate-cards/{card['id']}")).status_code == 404
        assert (await other.post(f"/v1/rate-cards/{card['id']}/withdrawal")).status_code == 404
        assert (await other.get("/v1/rate-cards")).json()["items"] == []
    refused = await shipper.post("/v1/rate-cards", json=fcl_card(market))
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-logistics-partner")
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    asked = "SELECT count(*) FROM freight_cards('{CNNGB}', '{DEHAM}', '{sea_fcl}', CURRENT_DATE, 10)"
    for member, seen, priced in ((partner, 1, 1), (rival, 0, 0), (shipper, 0, 1), (None, 0, 0)):
        with psycopg.connect(url) as app:
            app.execute(f"SET app.organization_id = '{member.firm.id if member else ''}'")  # type: ignore[arg-type]
            rows = app.execute("SELECT count(*) FROM rate_cards").fetchone()
            found = app.execute(asked).fetchone()
        assert (rows, found) == ((seen,), (priced,))
    with psycopg.connect(url) as app, pytest.raises(psycopg.errors.CheckViolation):
        app.execute(f"SET app.organization_id = '{partner.firm.id}'")  # type: ignore[arg-type]
        app.execute("UPDATE rate_cards SET currency = 'EUR'")


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"containers": {"20DC": -1}}, "/containers/20DC", "greater-than-equal"),
    ({"containers": {"MEGA-13.6": 1}}, "/containers", "unknown-container"),
    ({"containers": {}}, "/containers", "priced-by-mode"),
    ({"from_place": "CNZZZ"}, "/from_place", "unknown-place"),
    ({"from_place": "Ningbo"}, "/from_place", "string-pattern-mismatch"),
    ({"to_place": "QQ-58"}, "/to_place", "unknown-place"),
    ({"to_place": "CNNGB"}, "/to_place", "same-place"),
    ({"valid_until": "2020-01-01"}, "/valid_until", "validity-reversed"),
    ({"valid_until": "9999-12-31"}, "/valid_until", "less-than-equal"),
    ({"transit_days_max": 2}, "/transit_days_max", "transit-reversed"),
    ({"currency": "XXX"}, "/currency", "unknown-currency"),
    ({"mode": "balloon"}, "/mode", "enum"),
    ({"weight_rule": "air"}, "/weight_rule", "unknown-weight-rule"),
    ({"surcharges": [{"code": "TIP", "basis": "shipment", "amount": "1"}]}, "/surcharges/0/code", "unknown-surcharge"),
    (
        {"surcharges": [{"code": "BAF", "basis": "shipment", "amount": "-1"}]},
        "/surcharges/0/amount",
        "greater-than-equal",
    ),
    (
        {"surcharges": [{"code": "BAF", "basis": "percent_of_all", "amount": "1001"}]},
        "/surcharges/0/amount",
        "percent-too-high",
    ),
    (
        {"surcharges": [{"code": "BAF", "basis": "shipment", "amount": "1", "minimum_minor": 5, "maximum_minor": 4}]},
        "/surcharges/0/maximum_minor",
        "bounds-reversed",
    ),
    ({"colour": "red"}, "/colour", "extra-forbidden"),
]
LCL_WRONG: list[tuple[dict[str, Any], str, str]] = [
    (
        {"breaks": [{"from_quantity": "0", "per_unit_minor": "9"}, {"from_quantity": "0", "per_unit_minor": "8"}]},
        "/breaks/1/from_quantity",
        "breaks-overlap",
    ),
    ({"breaks": [{"from_quantity": "0", "per_unit_minor": "NaN"}]}, "/breaks/0/per_unit_minor", "finite-number"),
    ({"breaks": []}, "/breaks", "priced-by-mode"),
]


async def test_a_batch_keeps_the_good_and_names_the_bad(market: Market) -> None:
    partner = await market.people("logistics")
    bad = [fcl_card(market, reference=f"bad-{at}", **change) for at, (change, _, _) in enumerate(WRONG)]
    bad += [lcl_card(market, reference=f"lcl-{at}", **change) for at, (change, _, _) in enumerate(LCL_WRONG)]
    good = [fcl_card(market), lcl_card(market)]
    twin = fcl_card(market, version=2)
    batch = [*bad, *good, "no card", twin, good[0]]
    answer = await partner.post("/v1/rate-card-batches", json={"cards": batch})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["accepted"], told["known"], len(told["refused"])) == (2, 1, len(bad) + 2)
    wanted = [(pointer, code) for _, pointer, code in (*WRONG, *LCL_WRONG)]
    found = [[(one["field"], one["code"]) for one in refused["problems"]] for refused in told["refused"]]
    for index, (expected, problems) in enumerate(zip(wanted, found, strict=False)):
        assert expected in problems, (index, expected, problems)
    assert [one["index"] for one in told["refused"][-2:]] == [len(bad) + 2, len(bad) + 3]
    assert told["refused"][-1]["problems"][0]["code"] == "reference-twice"
    # Sent again: the good ones stand already, and what is refused for itself is refused again.
    again = (await partner.post("/v1/rate-card-batches", json={"cards": [*good, twin]})).json()
    assert (again["accepted"], again["known"], again["refused"]) == (1, 2, [])
    too_many = await partner.post("/v1/rate-card-batches", json={"cards": [{}] * 1001})
    assert too_many.status_code == 422


async def test_a_thousand_cards_take_few_statements_and_the_list_no_more_for_twenty(market: Market) -> None:
    partner = await market.people("logistics")

    async def listed() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await partner.get("/v1/rate-cards?limit=100")
        return len(seen), len(answer.json()["items"])

    async def sent(many: int) -> int:
        cards = [fcl_card(market, reference=f"{many}-{at}") for at in range(many)]
        with count_statements(market.db) as seen:
            answer = await partner.post("/v1/rate-card-batches", json={"cards": cards})
        assert answer.json()["accepted"] == many, answer.text
        return len(seen)

    few = await sent(1)
    one, _ = await listed()
    # The rows go in batches of the driver's.
    assert await sent(1000) <= few + 3
    assert await listed() == (one, 100)


async def test_a_lane_is_found_by_its_index_under_the_applications_role(market: Market) -> None:
    partner, shipper = await market.people("logistics"), await market.people("supplier")
    await made(partner, "/v1/rate-cards", fcl_card(market))
    many = """
        INSERT INTO rate_cards
        SELECT (jsonb_populate_record(c, jsonb_build_object('id', uuidv7(), 'reference', 'n' || n, 'from_place', 'CN-' || n))).*
        FROM rate_cards c, generate_series(1, 4000) n
    """
    with psycopg.connect(market.settings.database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute(many)
        owner.execute("ANALYZE rate_cards")
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    asked = "SELECT * FROM freight_cards('{CNNGB,CN}', '{DEHAM,DE}', '{sea_fcl,air}', CURRENT_DATE, 500)"
    with psycopg.connect(url) as app:
        app.execute(f"SET app.organization_id = '{shipper.firm.id}'")  # type: ignore[arg-type]
        app.execute(asked)  # type: ignore[arg-type]
        plan = "\n".join(
            str(row[0]) for row in app.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) {asked}")
        )  # type: ignore[arg-type]
    assert "rows=1" in plan
    touched = sum(
        int(part.split("=")[1]) for part in plan.splitlines()[1].split() if part.startswith(("hit=", "read="))
    )
    # The table has some hundred pages; its index is a few levels high.
    assert 0 < touched < 60, plan


@settings(max_examples=20, deadline=None)
@given(st.text("0159AKZ -", min_size=1, max_size=10), st.integers(1, 7))
def test_every_key_of_an_end_is_a_place_that_it_lies_in(postal_code: str, length: int) -> None:
    end = End("DE", "DEHAM", postal_code)
    keys = keys_of(end)
    assert {"DE", "DEHAM"} <= set(keys) and all(end.lies_in(key) for key in keys)
    letters = postal_code.replace(" ", "").replace("-", "")[:length]
    assert not letters or (f"DE-{letters}" in keys and end.lies_in(f"DE-{letters}"))


async def _quoted(shipper: Member, market: Market) -> int:
    return len((await made(shipper, "/v1/freight-quotes", quote_form(market)))["options"])


async def test_rivals_are_quoted_of_their_own_cards_alone(market: Market) -> None:
    partner, rival, shipper = (
        await market.people("logistics"),
        await market.people("logistics", "buyer"),
        await market.people("buyer"),
    )
    for one in (partner, rival):
        cards = [lcl_card(market), fcl_card(market, currency="EUR", valid_from=day(market, 1))]
        answer = await one.post("/v1/rate-card-batches", json={"cards": cards})
        assert answer.json()["accepted"] == 2, answer.text
    assert (await _quoted(shipper, market), await _quoted(rival, market), await _quoted(partner, market)) == (4, 2, 2)
