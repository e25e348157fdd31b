"""What was picked is packed, numbered, sent, and may come back."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from app.kit.db.tenancy import act_for
from app.reference.facade import check_cargo_number
from app.warehousing import facade
from tests.market import Market
from tests.rooms.warehousing.outgoing import OF_GOODS_OUT, closed, package, pallet, parts, picked, proved
from tests.rooms.warehousing.stock import Store, counted, made, move
from tests.rooms.warehousing.test_moves import between

Connection = psycopg.Connection[tuple[object, ...]]
STATES = ("open", "closed", "dispatched")


async def refused(answer: Any) -> tuple[int, str, str]:
    """(status, code of the problem, pointer and code of its first error)."""
    told = answer.json()
    first = next(iter(told.get("errors") or [{}]))
    return answer.status_code, told["code"], f"{first.get('pointer', '')} {first.get('code', '')}".strip()


async def test_packages_are_numbered_filled_and_closed(market: Market, owner: Connection) -> None:
    at, buyer, done, _ = await picked(market)
    plain = await package(at, done, "2")
    assert (plain["number"], plain["sscc"], plain["state"]["code"]) == ("P-000001", None, "open")
    settings = {"gs1_prefix": "9521234", "extension_digit": 3}
    answer = await at.keeper.put("/v1/packing-settings", json=settings, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    stale = await at.keeper.put("/v1/packing-settings", json=settings, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    numbered = [await package(at, done, "1") for _ in range(2)]
    assert [one["sscc"] for one in numbered] == ["395212340000000014", "395212340000000021"]
    assert all(check_cargo_number("sscc", one["sscc"]).ok for one in numbered)
    path, at_package = f"/v1/warehouses/{at.id}/packages", f"/v1/packages/{plain['id']}"
    line = {"pick_line_id": parts(done)[0]["id"], "quantity": "7"}

    async def tried(**changes: Any) -> tuple[int, str, str]:
        form = {"organization_id": str(buyer.firm.id), "type": "CT", **changes}
        return await refused(await at.keeper.post(path, json=form))

    assert await tried(contents=[line]) == (409, "packed-too-much", "/contents/0/quantity not-picked")
    other = await market.people("buyer")
    wrong = {"organization_id": str(other.firm.id), "contents": [line | {"quantity": "1"}]}
    assert (await tried(**wrong))[2] == "/contents/0/pick_line_id not-picked-for-them"
    assert (await tried(contents=[line | {"quantity": "1"}] * 2))[2] == "/contents/1/pick_line_id named-twice"
    assert (await tried(contents=[line | {"quantity": "0.5"}]))[2] == "/contents/0/quantity not-whole"
    assert (await tried(type="7A"))[:2] == (422, "invalid")
    assert (await tried(tare_kg="-1"))[:2] == (422, "invalid")
    assert (await tried(tare_kg="5", gross_kg="4"))[2] == "/gross_kg less-than-tare"
    # Changed while it is open: by whoever has read it last.
    content = {"contents": [line | {"quantity": "6"}]}
    answer = await at.keeper.put(f"{at_package}/contents", json=content, headers={"If-Match": '"7"'})
    assert answer.status_code == 412
    answer = await at.keeper.put(f"{at_package}/contents", json=content, headers={"If-Match": "*"})
    assert answer.json()["contents"][0]["quantity"] == "6.000"
    light = await at.keeper.patch(at_package, json={"gross_kg": "9.4"}, headers={"If-Match": "*"})
    assert light.status_code == 200, light.text
    answer = await at.keeper.post(f"{at_package}/closing")
    assert await refused(answer) == (409, "package-not-ready", "/gross_kg less-than-contents")
    await at.keeper.patch(at_package, json={"gross_kg": None}, headers={"If-Match": "*"})
    weighed = await closed(at, plain)
    assert (weighed["gross_kg"], weighed["state"]["code"]) == ("9.500", "closed")
    assert (await closed(at, plain))["version"] == weighed["version"]
    for answer in (
        await at.keeper.patch(at_package, json={"marks": "X"}, headers={"If-Match": "*"}),
        await at.keeper.put(f"{at_package}/contents", json=content, headers={"If-Match": "*"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "package-closed")
    empty = await at.keeper.post(f"/v1/packages/{(await pallet(at, buyer))['id']}/closing")
    assert await refused(empty) == (409, "package-not-ready", "/contents empty")
    assert await proved(market) == []
    _what_is_closed_stays(market, at, plain["id"])


def _what_is_closed_stays(market: Market, at: Store, package_id: str) -> None:
    """Not even whoever can write SQL as the application changes it, or what was counted."""
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    for statement in (
        f"UPDATE packages SET gross_kg = 1000 WHERE id = '{package_id}'",
        f"UPDATE packages SET state = 'open', closed_at = NULL WHERE id = '{package_id}'",
        f"DELETE FROM package_contents WHERE package_id = '{package_id}'",
        "UPDATE pick_lines SET packed = 0",
        "UPDATE pick_lines SET picked = 0, state = 'open'",
        "UPDATE packing_counters SET next_value = 1",
        "UPDATE package_contents SET quantity = 1",
    ):
        refusals = (psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)
        with psycopg.connect(url) as app, pytest.raises(refusals):
            app.execute(f"SET app.organization_id = '{at.keeper.firm.id}'")  # type: ignore[arg-type]
            app.execute(statement)  # type: ignore[arg-type]


async def test_packages_are_nested_three_deep_and_none_is_in_itself(market: Market) -> None:
    at, buyer, done, _ = await picked(market)
    outer = await pallet(at, buyer)
    box = await package(at, done, "2", parent_id=outer["id"])
    inner = await package(at, done, "1", parent_id=box["id"], gross_kg="3")

    async def put(what: dict[str, Any], into: dict[str, Any] | None) -> tuple[int, str, str]:
        form = {"parent_id": into["id"] if into else None}
        answer = await at.keeper.patch(f"/v1/packages/{what['id']}", json=form, headers={"If-Match": "*"})
        return (200, "", "") if answer.status_code == 200 else await refused(answer)

    bag = await package(at, done, "1", gross_kg="3")
    assert await put(bag, inner) == (422, "invalid", "/parent_id too-deep")
    assert await put(outer, inner) == (422, "invalid", "/parent_id too-deep")
    assert await put(outer, outer) == (422, "invalid", "/parent_id unknown-package")
    stranger = await pallet(at, await market.people("buyer"))
    assert await put(bag, stranger) == (422, "invalid", "/parent_id unknown-package")
    assert (await put(bag, box))[0] == 200
    # A whole tree moves along.
    assert (await put(box, None))[0] == 200
    assert (await put(await pallet(at, buyer), outer))[0] == 200
    assert (await put(box, outer))[0] == 200
    answer = await at.keeper.post(f"/v1/packages/{box['id']}/closing")
    assert await refused(answer) == (409, "package-not-ready", "/contents inner-open")
    await closed(at, inner)
    # What is closed is still put onto a pallet and taken off it, but not into what is closed.
    assert (await put(inner, outer))[0] == 200
    await closed(at, bag)
    await closed(at, box)
    assert (await put(inner, box))[:2] == (409, "package-closed")
    assert (await put(bag, outer))[:2] == (409, "package-closed")


async def test_closed_packages_leave_and_are_told_of(market: Market, owner: Connection) -> None:
    at, buyer, done, item_id = await picked(market, tracking="none")
    outer = await pallet(at, buyer, marks="EP 4711 / 1-1")
    boxes = [await package(at, done, "3", parent_id=outer["id"]), await package(at, done, "5")]
    path = f"/v1/warehouses/{at.id}/dispatches"

    async def send(*packages: dict[str, Any], **more: Any) -> Any:
        return await at.keeper.post(path, json={"package_ids": [one["id"] for one in packages], **more})

    assert await refused(await send(boxes[1])) == (409, "package-not-ready", "/package_ids/0 not-closed")
    for one in (*boxes, outer):
        await closed(at, one)
    assert await refused(await send(boxes[0])) == (409, "package-not-ready", "/package_ids/0 inside-another")
    # What somebody has moved out of the packing bin does not leave.
    away = between(item_id, "9", at.bins["PACK-01"], at.bins["DISP-01"], "transfer")
    await move(at.keeper, away)
    assert await refused(await send(outer, boxes[1])) == (409, "move-refused", "/package_ids not-enough")
    await move(at.keeper, between(item_id, "9", at.bins["DISP-01"], at.bins["PACK-01"], "transfer"))
    carried = {"kind": "shipment", "id": str(buyer.firm.id)}
    answer = await send(outer, boxes[1], country="DE", address="Hagen", reference="LS 17", shipment=carried)
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    assert (sent["packages"], sent["gross_kg"], sent["organization_id"]) == (2, "110.000", str(buyer.firm.id))
    assert (await send(boxes[1])).json()["errors"][0]["code"] == "not-closed"
    assert await counted(at.keeper, item_id) == ("12", "0", "10")
    listed = (await buyer.get(f"/v1/dispatches/{sent['id']}/packing-list")).json()
    assert [(unit["type"]["code"], unit["marks"], len(unit["contents"])) for unit in listed["units"]] == [
        ("PX", "EP 4711 / 1-1", 0), ("CT", "", 1), ("CT", "", 1)
    ]  # fmt: skip
    assert [one["id"] for one in (await buyer.get("/v1/dispatches")).json()["items"]] == [sent["id"]]
    stranger = await market.people("buyer")
    assert (await stranger.get(f"/v1/dispatches/{sent['id']}/packing-list")).status_code == 404
    for reader, found in ((buyer, 2), (at.keeper, 2), (stranger, 0)):
        async with market.db.transaction() as session:
            await act_for(session, reader.firm.id)
            packages = await facade.packed_packages(session, [UUID(one["id"]) for one in (outer, *boxes)])
        assert len(packages) == found
    await market.work()
    told = [one["subject"] for one in (await buyer.get("/v1/notifications")).json()["items"]]
    assert any("dispatched" in one for one in told), told
    row = owner.execute("SELECT data FROM outbox_events WHERE type = 'warehousing.goods_dispatched.v1'").fetchone()
    assert row is not None and [one["kind"] for one in row[0]["held_for"]] == ["order"]  # type: ignore[index]
    assert len(row[0]["package_ids"]) == 3  # type: ignore[index]
    assert await proved(market) == []
    # What somebody with more rights would do is seen, by each check.
    owner.execute("ALTER TABLE packages DISABLE TRIGGER USER")
    owner.execute("UPDATE packages SET sscc = '395212340000000019' WHERE type = 'PX'")
    owner.execute("UPDATE package_contents SET quantity = quantity - 1, returned = 1")
    broken = await proved(market)
    for sign in ("is no SSCC", "packed of wave line", "packed, ", "returned of content"):
        assert any(sign in one for one in broken), (sign, broken)
    assert len(OF_GOODS_OUT) == 4


async def test_what_was_sent_comes_back_once_and_waits_to_be_looked_at(market: Market, owner: Connection) -> None:
    at, buyer, done, item_id = await picked(market)
    box = await closed(at, await package(at, done, "4"))
    sent = await made(at.keeper, f"/v1/warehouses/{at.id}/dispatches", {"package_ids": [box["id"]]})
    path, content = f"/v1/dispatches/{sent['id']}/returns", box["contents"][0]["id"]

    def form(quantity: str) -> dict[str, Any]:
        return {"reason": "wrong_item", "lines": [{"content_id": content, "quantity": quantity}]}

    assert (await buyer.post(path, json=form("1"))).status_code == 404
    assert await refused(await at.keeper.post(path, json=form("5"))) == (
        409, "returned-too-much", "/lines/0/quantity not-sent"
    )  # fmt: skip
    first = await made(at.keeper, path, form("3"))
    too_much = await at.keeper.post(path, json=form("2"))
    assert too_much.json()["code"] == "returned-too-much"
    second = await made(at.keeper, path, form("1"))
    cancelled = await at.keeper.post(f"/v1/goods-returns/{second['id']}/cancellation")
    assert cancelled.json()["state"]["code"] == "cancelled"
    line = first["lines"][0]["id"]
    receipt = f"/v1/goods-returns/{first['id']}/receipt"
    more = await at.keeper.post(receipt, json={"lines": [{"line_id": line, "quantity": "4"}]})
    assert (await refused(more))[2] == "/lines/0/quantity more-than-authorised"
    elsewhere = await at.keeper.post(receipt, json={"bin_id": at.bins["STOR-01"]})
    assert (await refused(elsewhere))[2] == "/bin_id no-returns-bin"
    two = {"lines": [{"line_id": line, "quantity": "2"}]}
    owner.execute("UPDATE warehouse_bins SET max_mass_kg = 2.9 WHERE id = %s", (at.bins["RETN-01"],))
    assert await refused(await at.keeper.post(receipt, json=two)) == (409, "move-refused", "/bin_id bin-too-heavy")
    owner.execute("UPDATE warehouse_bins SET max_mass_kg = 3 WHERE id = %s", (at.bins["RETN-01"],))
    came = await made(at.keeper, receipt, two, 200)
    assert (came["state"]["code"], came["lines"][0]["received"]) == ("received", "2.000")
    again = await at.keeper.post(receipt, json={})
    assert (again.status_code, again.json()["code"]) == (409, "return-ended")
    # Two came, so two more may.
    assert (await at.keeper.post(path, json=form("3"))).status_code == 409
    await made(at.keeper, path, form("2"))
    held = (await at.keeper.get("/v1/stock?status=quality_hold")).json()["items"]
    assert [(row["bin"], row["on_hand"]) for row in held] == [("RETN-01", "2.000")]
    assert await counted(at.keeper, item_id) == ("18", "0", "10")
    assert len((await buyer.get("/v1/goods-returns")).json()["items"]) == 3
    assert await proved(market) == []


async def test_what_is_said_of_a_return_is_looked_at_line_by_line(market: Market) -> None:
    at, buyer, done, _ = await picked(market)
    box = await closed(at, await package(at, done, "4"))
    listed = f"/v1/warehouses/{at.id}/packages"
    seen = [[one["id"] for one in (await at.keeper.get(f"{listed}?state={state}")).json()["items"]] for state in STATES]
    assert seen == [[], [box["id"]], []] and (await buyer.get(listed)).status_code == 404
    assert (await at.keeper.get("/v1/packing-settings")).json()["gs1_prefix"] is None
    wave = await at.keeper.get(f"/v1/waves/{done['id']}")
    assert wave.json()["id"] == done["id"] and (await buyer.get(f"/v1/waves/{done['id']}")).status_code == 404
    sent = await made(at.keeper, f"/v1/warehouses/{at.id}/dispatches", {"package_ids": [box["id"]]})
    path, content = f"/v1/dispatches/{sent['id']}/returns", box["contents"][0]["id"]
    wrong = (
        ([{"content_id": content, "quantity": "1"}] * 2, "/lines/1/content_id unknown-content"),
        ([{"content_id": box["id"], "quantity": "1"}], "/lines/0/content_id unknown-content"),
        ([{"content_id": content, "quantity": "1.5"}], "/lines/0/quantity not-whole"),
    )
    for lines, where in wrong:
        answer = await at.keeper.post(path, json={"reason": "damaged", "lines": lines})
        assert await refused(answer) == (422, "invalid", where)
    authorised = {"reason": "damaged", "lines": [{"content_id": content, "quantity": "3"}]}
    back = await made(at.keeper, path, authorised)
    one = f"/v1/goods-returns/{back['id']}"
    assert (await buyer.get(one)).json()["reason"]["code"] == "damaged"
    assert (await (await market.people("buyer")).get(one)).status_code == 404
    line = back["lines"][0]["id"]
    wrong = (
        ([{"line_id": line, "quantity": "1"}] * 2, "/lines/1/line_id unknown-line"),
        ([{"line_id": line, "quantity": "0.5"}], "/lines/0/quantity not-whole"),
        ([{"line_id": line, "quantity": "0"}], "/lines nothing-came"),
    )
    for lines, where in wrong:
        assert await refused(await at.keeper.post(f"{one}/receipt", json={"lines": lines})) == (422, "invalid", where)
    assert (await buyer.post(f"{one}/receipt", json={})).status_code == 404
    assert (await made(at.keeper, f"{one}/receipt", {}, 200))["lines"][0]["received"] == "3.000"
    assert await proved(market) == []
