"""What lies on hold is measured and decided on, once, and goes where the decision says."""

import asyncio
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from tests.market import Market, Member
from tests.rooms.documents.uploads import ready, send
from tests.rooms.warehousing.arrivals import announced, arrival_line, came
from tests.rooms.warehousing.stock import Store, item, made, move, received, store
from tests.rooms.warehousing.test_receiving import codes, verified

DIAMETER = {"name": "Durchmesser d1", "nominal": "6", "lower_deviation": "-0.008", "upper_deviation": "0"}


async def on_hold(market: Market, sender: Member, at: Store, quantity: str = "10") -> tuple[dict[str, Any], str]:
    """An item of the sender's, of which so much has come on hold: the item, and the line of the receipt."""
    one = await item(sender, "EP-6", offered=False)
    shown = await announced(market, sender, at, arrival_line(one["id"], quantity))
    form = {"line_id": shown["lines"][0]["id"], "quantity": quantity, "status": "quality_hold"}
    return one, (await came(at, shown["id"], form))["lines"][0]["id"]


async def lying(at: Store) -> list[tuple[str, str, Decimal]]:
    """(bin, status, quantity) of all that lies in a keeper's warehouses."""
    rows = (await at.keeper.get("/v1/stock")).json()["items"]
    return sorted((row["bin"], row["status"]["code"], Decimal(row["on_hand"])) for row in rows)


async def test_goods_are_measured_and_accepted_under_concession(market: Market) -> None:
    at, sender = await store(await market.people("buyer")), await market.people("supplier", locale="de")
    one, line_id = await on_hold(market, sender, at)
    keeper = at.keeper
    photo = await ready(market, keeper)
    of = [DIAMETER | {"values": ["5.995"]}, DIAMETER | {"name": "Kopf", "lower_deviation": None}]
    form = {"receipt_line_id": line_id, "quantity": "8", "document_ids": [photo], "characteristics": of}
    begun = await keeper.post("/v1/inspections", json=form)
    assert begun.status_code == 201, begun.text
    path = f"/v1/inspections/{begun.json()['id']}"
    assert begun.json()["verdict"]["code"] == "not_measured"
    values = ["5.995", "5.996", "5.997", "6.001"]
    measured = {"measurements": [{"position": 1, "values": values}, {"position": 2, "values": ["6", "6"]}]}
    assert (await keeper.put(f"{path}/measurements", json=measured)).status_code == 428
    answer = await keeper.put(f"{path}/measurements", json=measured, headers={"If-Match": begun.headers["ETag"]})
    assert answer.status_code == 200, answer.text
    stale = await keeper.put(f"{path}/measurements", json=measured, headers={"If-Match": begun.headers["ETag"]})
    assert stale.status_code == 412
    first, second = answer.json()["characteristics"]
    assert (first["lower_limit"], first["upper_limit"], first["out_of_tolerance"]) == ("5.992000", "6.000000", 1)
    assert (first["mean"], first["deviation"], first["cp"], first["cpk"]) == ("5.997250", "0.002630", "0.507", "0.349")
    assert (second["deviation"], second["cp"], second["cpk"]) == ("0.000000", None, None)
    assert answer.json()["verdict"]["code"] == "out_of_tolerance"
    unsigned = await keeper.post(f"{path}/decision", json={"decision": "concede"})
    assert codes(unsigned) == {("/reason", "missing"), ("/conceded_by", "missing")}
    decision = {"decision": "concede", "reason": "Sitz wird nachgerieben", "conceded_by": "Dr. Weber, Konstruktion"}
    elsewhere = await keeper.post(f"{path}/decision", json=decision | {"bin_id": line_id})
    assert codes(elsewhere) == {("/bin_id", "unknown-bin")}
    decided = await asyncio.gather(*(keeper.post(f"{path}/decision", json=decision) for _ in range(2)))
    assert sorted(one.status_code for one in decided) == [200, 409]
    assert await lying(at) == [("RECV-01", "available", 8), ("RECV-01", "quality_hold", 2)]
    late = await keeper.put(f"{path}/measurements", json=measured, headers={"If-Match": "*"})
    assert (late.status_code, late.json()["code"]) == (409, "inspection-decided")
    # Whoever sent the goods reads what was found, photos too, and decides nothing.
    seen = (await sender.get(path)).json()
    assert (seen["conceded_by"], seen["state"]["code"], len(seen["documents"])) == (
        "Dr. Weber, Konstruktion", "conceded", 1
    )  # fmt: skip
    assert (await sender.get(seen["documents"][0]["url"])).status_code == 200
    assert (await sender.post(f"{path}/decision", json=decision)).status_code == 404
    await market.work()
    told = (await sender.get("/v1/notifications")).json()["items"]
    assert [one["path"] == path.removeprefix("/v1") for one in told if "EP-6" in one["body"]] == [True]
    ledger = (await keeper.get(f"/v1/stock-moves?item_id={one['id']}")).json()["items"]
    assert [row["reason"]["code"] for row in ledger] == ["inspection", "receipt"]
    assert await verified(market) == []


async def test_what_is_rejected_is_damaged_or_waits_on_hold(market: Market) -> None:
    at = await store(await market.people("buyer"))
    _, line_id = await on_hold(market, await market.people("supplier"), at)
    given_up = await made(at.keeper, "/v1/inspections", {"receipt_line_id": line_id, "quantity": "10"})
    for _ in range(2):
        ended = await made(at.keeper, f"/v1/inspections/{given_up['id']}/cancellation", {}, status=200)
        assert ended["state"]["code"] == "cancelled"
    late = await at.keeper.post(f"/v1/inspections/{given_up['id']}/decision", json={"decision": "accept"})
    assert (late.status_code, late.json()["code"]) == (409, "inspection-decided")
    ids = [
        (await made(at.keeper, "/v1/inspections", {"receipt_line_id": line_id, "quantity": q}))["id"] for q in "3511"
    ]
    forms = ({"decision": "reject", "reason": "Kopf gerissen"},
             {"decision": "reject", "reason": "falscher Stahl", "keep_on_hold": True, "bin_id": at.bins["RETN-01"]},
             {"decision": "reject", "reason": "Maß fehlt", "keep_on_hold": True}, {"decision": "accept"})  # fmt: skip
    for one, form in zip(ids, forms, strict=True):
        await made(at.keeper, f"/v1/inspections/{one}/decision", form, status=200)
    assert await lying(at) == [
        ("RECV-01", "available", 1), ("RECV-01", "damaged", 3), ("RECV-01", "quality_hold", 1), ("RETN-01", "quality_hold", 5)
    ]  # fmt: skip
    assert [one["state"]["code"] for one in (await at.keeper.get("/v1/inspections?state=rejected")).json()["items"]] == [
        "rejected", "rejected", "rejected"
    ]  # fmt: skip
    assert await verified(market) == []


async def test_only_what_lies_on_hold_is_inspected_and_the_form_makes_sense(market: Market) -> None:
    at = await store(await market.people("supplier"))
    one = await item(at.keeper)
    held = received(at, one["id"], "4", code="QUAL-01")
    held["target"]["status"] = "quality_hold"
    await move(at.keeper, held, received(at, one["id"], "4"))
    stock = {row["status"]["code"]: row["id"] for row in (await at.keeper.get("/v1/stock")).json()["items"]}
    for form, status, code in (
        ({"balance_id": stock["available"], "quantity": "1"}, 409, "not-on-hold"),
        ({"balance_id": stock["quality_hold"], "quantity": "5"}, 409, "not-on-hold"),
        ({"balance_id": stock["quality_hold"]}, 422, "missing"),
        ({"balance_id": stock["quality_hold"], "quantity": "0.5"}, 422, "not-whole"),
        ({"balance_id": one["id"], "quantity": "1"}, 422, "unknown-balance"),
        ({"receipt_line_id": one["id"]}, 422, "unknown-line"),
        ({}, 422, "line-or-balance"),
    ):
        answer = await at.keeper.post("/v1/inspections", json=form)
        errors = [error["code"] for error in answer.json().get("errors", [])]
        assert (answer.status_code, code in [answer.json()["code"], *errors]) == (status, True), (form, answer.text)
    good = {"balance_id": stock["quality_hold"], "quantity": "4"}
    for change, code in (
        ({"upper_deviation": "-0.008"}, "band-not-positive"),
        ({"upper_deviation": "-0.01"}, "band-not-positive"),
        ({"upper_deviation": None, "lower_deviation": None}, "no-limit"),
        ({"values": ["6"] * 501}, "too-long"),
        ({"values": ["6.0000001"]}, "decimal-max-places"),
        ({"unit": "XXX"}, "unknown-unit"),
    ):
        answer = await at.keeper.post("/v1/inspections", json=good | {"characteristics": [DIAMETER | change]})
        assert answer.status_code == 422, answer.text
        assert code in {error["code"] for error in answer.json()["errors"]}, answer.text
    theirs = await ready(market, await market.people("supplier"))
    unchecked = (await send(at.keeper)).json()["id"]
    for document_id, code in ((unchecked, "document-not-checked"), (theirs, "unknown-document")):
        answer = await at.keeper.post("/v1/inspections", json=good | {"document_ids": [document_id]})
        assert codes(answer) == {("/document_ids/0", code)}
    assert (await at.keeper.get("/v1/inspections")).json()["items"] == []
    # Two inspections of the same goods: the ledger lets only one of them be decided.
    first, second = [(await made(at.keeper, "/v1/inspections", good))["id"] for _ in range(2)]
    await made(at.keeper, f"/v1/inspections/{first}/decision", {"decision": "accept"}, status=200)
    answer = await at.keeper.post(f"/v1/inspections/{second}/decision", json={"decision": "accept"})
    assert (answer.status_code, answer.json()["code"]) == (409, "move-refused")
    assert (await at.keeper.get(f"/v1/inspections/{second}")).json()["state"]["code"] == "open"
    assert await verified(market) == []


async def test_a_decision_stands_in_the_database(market: Market, owner: psycopg.Connection[Any]) -> None:
    at = await store(await market.people("buyer"))
    _, line_id = await on_hold(market, await market.people("supplier"), at)
    form = {"receipt_line_id": line_id, "characteristics": [DIAMETER]}
    shown = await made(at.keeper, "/v1/inspections", form)
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)

    def refused(statement: str) -> None:
        with psycopg.connect(url) as app, pytest.raises(psycopg.Error) as refusal:
            app.execute(f"SET app.organization_id = '{at.keeper.firm.id}'")  # type: ignore[arg-type]
            app.execute(statement)  # type: ignore[arg-type]
        assert isinstance(refusal.value, psycopg.errors.InsufficientPrivilege | psycopg.errors.CheckViolation), (
            statement
        )

    refused("UPDATE inspections SET quantity = 1")
    refused("UPDATE inspection_characteristics SET upper_deviation = 5")
    refused("UPDATE inspections SET state = 'conceded', decided_at = now(), reason = 'x'")
    await made(at.keeper, f"/v1/inspections/{shown['id']}/decision", {"decision": "accept"}, status=200)
    refused("UPDATE inspections SET state = 'rejected', reason = 'x'")
    refused("UPDATE inspections SET note = 'x'")
    refused("UPDATE inspection_characteristics SET measured = '{6}'")
    refused("DELETE FROM inspections")
    # What somebody with more rights would do is seen.
    assert await verified(market) == []
    owner.execute("ALTER TABLE inspections DISABLE TRIGGER USER")
    for change in (
        "quantity = 9",
        "quantity = 10, state = 'rejected', reason = 'x'",
        "state = 'open', decided_at = NULL",
    ):
        owner.execute(f"UPDATE inspections SET {change}")  # type: ignore[arg-type]
        assert len(await verified(market)) == 1, change
