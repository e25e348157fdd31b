"""A supplier's price lists: who sees them, what they do to prices, and what may still change when."""

from typing import Any

import psycopg
import pytest

from app.catalog.pricing.states import TRANSITIONS
from app.kit.locales import LOCALES
from tests.market import Market, Member
from tests.rooms.catalog.prices import (
    CONFIRMATIONS,
    LISTS,
    PRICES,
    activated,
    discount,
    drafted,
    in_days,
    line_for,
    list_form,
    listed,
    steps,
)
from tests.rooms.catalog.test_listings import LEAF
from tests.rooms.procurement.deals import wait
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]
PUBLIC = [("10", 420, "public"), ("100", 350, "public")]


async def test_the_closest_line_of_the_latest_list_wins(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    product_id, variant_id = await listed(market, seller)
    assert await steps(buyer, product_id) == PUBLIC
    await activated(market, seller, [buyer], [discount(1000)], code="range")
    assert await steps(buyer, product_id) == [("10", 378, "range"), ("100", 315, "range")]
    await activated(market, seller, [buyer], [discount(2000, LEAF), discount(2500, LEAF, "500")], code="category")
    assert await steps(buyer, product_id) == [
        ("10", 336, "category"),
        ("100", 280, "category"),
        ("500", 263, "category"),
    ]
    await activated(market, seller, [buyer], [line_for(variant_id, 400, "50")], code="pins")
    # The line for the variant is the closest, though it is dearer; below its first step it says nothing.
    assert await steps(buyer, product_id) == [("10", 336, "category"), ("50", 400, "pins")]
    await activated(market, seller, [buyer], [line_for(variant_id, 300, "200")], code="later")
    assert await steps(buyer, product_id) == [("10", 336, "category"), ("50", 400, "pins"), ("200", 300, "later")]
    assert await steps(buyer, product_id, "USD") == [("10", 480, "public")]


async def test_prices_say_where_they_come_from_and_are_kept_by_nobody(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer", locale="de")
    product_id, variant_id = await listed(market, seller)
    made = await activated(market, seller, [buyer], [line_for(variant_id, 399)], valid_until=in_days(market, 30))
    public = (await market.nobody.get(f"/v1/catalog/products/{product_id}")).content
    answer = await buyer.get(PRICES, params={"product_id": product_id}, headers={"Accept-Language": "de"})
    assert answer.headers["Cache-Control"] == "private, no-store"
    item = answer.json()["items"][0]
    assert (item["sku"], item["minimum_order"]["value"]) == ("EP-6X100", "10")
    step = next(step for step in item["prices"] if step["currency"] == "EUR")
    assert (step["text"], step["min_quantity"]) == ("3,99\xa0€", "1")
    assert step["source"] == {
        "code": "contract", "label": step["source"]["label"], "price_list_id": made["id"], "price_list_code": "frame-2026",
        "price_list_edition": 1, "price_list_name": "Rahmenvertrag 2026", "valid_from": in_days(market, 0),
        "valid_until": in_days(market, 30),
    }  # fmt: skip
    # The public document is the same for everybody, byte by byte.
    assert (await market.nobody.get(f"/v1/catalog/products/{product_id}")).content == public


async def test_nobody_else_learns_of_a_list(market: Market) -> None:
    seller, buyer, other = await market.people("supplier"), await market.people("buyer"), await market.people("buyer")
    rival = await market.people("supplier", "buyer")
    product_id, variant_id = await listed(market, seller)
    draft = await drafted(market, seller, [buyer], [line_for(variant_id, 399)])
    path = f"{LISTS}/{draft['id']}"
    assert (await buyer.get(path)).status_code == 404
    assert (await buyer.get(LISTS)).json()["items"] == []
    assert (await seller.post(f"{path}/activation")).status_code == 200
    mine = (await buyer.get(path)).json()
    assert (mine["line_count"], mine["buyers"], mine["state"]["code"]) == (1, [], "active")
    lines = (await buyer.get(f"{path}/lines")).json()["items"]
    assert [(line["sku"], line["price_minor"]) for line in lines] == [("EP-6X100", 399)]
    assert [row["id"] for row in (await buyer.get(LISTS)).json()["items"]] == [draft["id"]]
    for stranger in (other, rival):
        for address in (path, f"{path}/lines", f"{path}/lines.csv"):
            assert (await stranger.get(address)).status_code == 404
        for side in ("buyer", "supplier"):
            assert (await stranger.get(LISTS, params={"side": side})).json()["items"] == []
        assert await steps(stranger, product_id) == PUBLIC
        assert (await stranger.get("/v1/catalog/contract-products")).json()["items"] == []
    assert (await seller.post(f"{path}/ending")).json()["state"]["code"] == "ended"
    assert (await buyer.get(path)).status_code == 404
    assert (await seller.get(path)).json()["buyers"][0]["id"] == str(buyer.firm.id)
    assert await steps(buyer, product_id) == PUBLIC


async def test_the_database_hides_lists_from_everybody_else(market: Market, owner: Owner) -> None:
    """Through counts too, under the application's own role, and with no word of the query about whose it is."""
    seller, buyer, other = await market.people("supplier"), await market.people("buyer"), await market.people("buyer")
    _, variant_id = await listed(market, seller)
    made = await activated(market, seller, [buyer, other], [line_for(variant_id, 399)])
    assert (await buyer.post("/v1/catalog/price-confirmations", json={
        "items": [{"variant_id": variant_id, "quantity": "10"}], "currency": "EUR"})).status_code == 201  # fmt: skip
    third = await market.people("buyer", "supplier")
    tables = ("price_lists", "price_list_lines", "price_list_grants", "price_confirmations")

    def counts(who: Member | None) -> list[int]:
        with psycopg.connect(owner.info.dsn, autocommit=False, password=owner.info.password) as connection:
            connection.execute("SET LOCAL ROLE partingline_app")
            connection.execute("SELECT set_config('app.organization_id', %s, true)", (str(who.firm.id) if who else "",))
            return [
                int(str(row[0]))
                for table in tables
                for row in connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # type: ignore[arg-type]
            ]

    assert counts(seller) == [1, 1, 2, 1]
    assert counts(buyer) == [1, 1, 1, 1]
    assert counts(other) == [1, 1, 1, 0]
    assert counts(third) == counts(None) == [0, 0, 0, 0]
    assert (await seller.post(f"{LISTS}/{made['id']}/ending")).status_code == 200
    assert counts(buyer) == [0, 0, 0, 1]


async def test_only_the_supplier_with_the_permission_writes(market: Market, owner: Owner) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    viewer = await market.member(seller.firm, "viewer")
    _, variant_id = await listed(market, seller)
    form = list_form(market, [buyer], [line_for(variant_id, 399)])
    for caller, status in ((market.nobody, 401), (buyer, 403), (viewer, 403)):
        assert (await caller.post(LISTS, json=form)).status_code == status
    assert owner.execute("SELECT count(*) FROM price_lists").fetchone() == (0,)
    draft = await drafted(market, seller, [buyer], [line_for(variant_id, 399)])
    path, match = f"{LISTS}/{draft['id']}", {"If-Match": "*"}
    head = {name: value for name, value in form.items() if name not in ("code", "lines")}
    before = owner.execute("SELECT * FROM price_lists").fetchall()
    for caller, status in ((market.nobody, 401), (buyer, 404), (viewer, 403)):
        for sent in (
            await caller.put(path, json=head, headers=match),
            await caller.put(f"{path}/lines", json={"lines": []}, headers=match),
            await caller.put(f"{path}/lines.csv", content=b"x", headers={**match, "Content-Type": "text/csv"}),
            await caller.delete(path, headers=match),
            await caller.post(f"{path}/activation"),
            await caller.post(f"{path}/ending"),
            await caller.post(f"{path}/successors", json={"valid_from": in_days(market, 1)}),
        ):
            assert sent.status_code == status, sent.text
    assert owner.execute("SELECT * FROM price_lists").fetchall() == before
    assert owner.execute("SELECT count(*) FROM price_list_lines").fetchone() == (1,)
    # What was granted can be read by the buyer and written by him as little.
    assert (await seller.post(f"{path}/activation")).status_code == 200
    assert (await buyer.post(f"{path}/ending")).status_code == 404


async def test_an_active_list_is_never_edited(market: Market, owner: Owner) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    _, variant_id = await listed(market, seller)
    made = await activated(market, seller, [buyer], [line_for(variant_id, 399)])
    path, match = f"{LISTS}/{made['id']}", {"If-Match": "*"}
    head = {"name": "Cheaper", "currency": "EUR", "valid_from": in_days(market, 0), "buyer_ids": []}
    for answer in (
        await seller.put(path, json=head, headers=match),
        await seller.put(f"{path}/lines", json={"lines": []}, headers=match),
        await seller.delete(path, headers=match),
        await seller.post(f"{path}/activation"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "price-list-state-conflict"), answer.text
    forbidden = {
        "price_list_fixed": ["UPDATE price_lists SET name = 'x'", "UPDATE price_lists SET valid_from = valid_from - 1",
                             "UPDATE price_lists SET code = 'x'"],
        "price_list_transition": ["UPDATE price_lists SET state = 'draft', activated_at = NULL",
                                  "INSERT INTO price_lists SELECT (jsonb_populate_record(p, jsonb_build_object('id', uuidv7(), "
                                  "'edition', 7))).* FROM price_lists p"],
        "price_list_draft": ["DELETE FROM price_lists", "DELETE FROM price_list_lines", "DELETE FROM price_list_grants",
                             "UPDATE price_list_lines SET price_minor = 1",
                             "UPDATE price_list_grants SET buyer_id = supplier_id"],
    }  # fmt: skip
    for guard, statements in forbidden.items():
        for statement in statements:
            with pytest.raises(psycopg.errors.CheckViolation) as refused, owner.transaction():
                owner.execute(statement)  # type: ignore[arg-type]
            assert refused.value.diag.constraint_name == guard, statement


async def test_a_successor_ends_the_edition_before_it(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    product_id, variant_id = await listed(market, seller)
    made = await activated(market, seller, [buyer], [line_for(variant_id, 399)])
    path = f"{LISTS}/{made['id']}"
    answer = await seller.post(f"{path}/successors", json={"valid_from": in_days(market, 10)})
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    assert (draft["edition"], draft["succeeds_id"], draft["line_count"], len(draft["buyers"])) == (2, made["id"], 1, 1)
    again = await seller.post(f"{path}/successors", json={"valid_from": in_days(market, 20)})
    assert (again.status_code, again.json()["code"]) == (409, "price-list-successor-exists")
    lines = {"lines": [line_for(variant_id, 299)]}
    assert (await seller.put(f"{LISTS}/{draft['id']}/lines", json=lines, headers={"If-Match": "*"})).status_code == 200
    assert (await seller.post(f"{LISTS}/{draft['id']}/activation")).status_code == 200
    assert (await seller.get(path)).json()["valid_until"] == in_days(market, 9)
    assert (await steps(buyer, product_id))[0] == ("1", 399, "frame-2026")
    wait(market, seller, buyer, days=10)
    assert (await steps(buyer, product_id))[0] == ("1", 299, "frame-2026")
    assert (await seller.get(path)).json()["state"]["code"] == "ended"
    for state, editions in (("active", [2]), ("ended", [1]), ("draft", [])):
        for who, side in ((seller, "supplier"), (buyer, "buyer")):
            found = (await who.get(LISTS, params={"state": state, "side": side})).json()["items"]
            assert [row["edition"] for row in found] == editions, (state, side)
    third = (await seller.post(f"{LISTS}/{draft['id']}/successors", json={"valid_from": in_days(market, 0)})).json()
    assert (await seller.post(f"{LISTS}/{third['id']}/activation")).status_code == 200
    assert (await seller.get(f"{LISTS}/{draft['id']}")).json()["ended_at"] is not None


async def test_an_incomplete_or_past_list_is_not_activated(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    _, variant_id = await listed(market, seller)
    draft = await drafted(market, seller, [], [])
    answer = await seller.post(f"{LISTS}/{draft['id']}/activation")
    assert (answer.status_code, answer.json()["code"]) == (422, "price-list-incomplete")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/buyer_ids", "/lines"}
    past = await drafted(market, seller, [buyer], [line_for(variant_id, 1)], code="past",
                         valid_from=in_days(market, -9), valid_until=in_days(market, -1))  # fmt: skip
    answer = await seller.post(f"{LISTS}/{past['id']}/activation")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/valid_until"]


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        ({"scope": "variant", "price_minor": 1}, "/lines/0/variant_id", "unknown-variant"),
        (
            {"scope": "category", "category_code": "none", "discount_bp": 1},
            "/lines/0/category_code",
            "unknown-category",
        ),
        ({"scope": "range", "price_minor": 5}, "/lines/0/discount_bp", "discount-wanted"),
        ({"scope": "range", "discount_bp": 5, "category_code": LEAF}, "/lines/0/category_code", "not-for-this-scope"),
        ({"scope": "range", "discount_bp": 10000}, "/lines/0/discount_bp", "less-than"),
    ],
)
async def test_wrong_lines_are_named(market: Market, line: dict[str, Any], pointer: str, code: str) -> None:
    seller = await market.people("supplier")
    answer = await seller.post(LISTS, json=list_form(market, [], [line]))
    assert answer.status_code == 422
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}, answer.text


async def test_another_suppliers_variants_and_strange_buyers_are_refused(market: Market) -> None:
    seller, rival, buyer = (
        await market.people("supplier"),
        await market.people("supplier"),
        await market.people("buyer"),
    )
    _, variant_id = await listed(market, rival)
    form = list_form(market, [seller, rival], [line_for(variant_id, 1)], valid_until=in_days(market, -1))
    answer = await seller.post(LISTS, json=form)
    found = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert found == {("/buyer_ids/0", "not-a-buyer"), ("/buyer_ids/1", "not-a-buyer"), ("/valid_until", "validity-reversed"),
                     ("/lines/0/variant_id", "unknown-variant")}  # fmt: skip
    assert (await seller.post(LISTS, json=list_form(market, [buyer], []))).status_code == 201
    answer = await seller.post(LISTS, json=list_form(market, [buyer], []))
    assert (answer.status_code, answer.json()["code"]) == (409, "price-list-code-taken")


async def test_edits_name_the_version_they_are_of(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    draft = await drafted(market, seller, [buyer], [discount(500)])
    path = f"{LISTS}/{draft['id']}"
    head = {"name": "Frame 2027", "currency": "USD", "valid_from": in_days(market, 3), "buyer_ids": []}
    tag = (await seller.get(path)).headers["ETag"]
    assert (await seller.put(path, json=head)).status_code == 428
    assert (await seller.put(path, json=head, headers={"If-Match": tag})).json()["currency"] == "USD"
    assert (await seller.put(path, json=head, headers={"If-Match": tag})).status_code == 412
    assert (await seller.delete(path, headers={"If-Match": tag})).status_code == 412
    assert (await seller.delete(path, headers={"If-Match": "*"})).status_code == 204
    assert (await seller.get(path)).status_code == 404


async def test_buyers_are_told_in_their_languages(market: Market) -> None:
    seller = await market.people("supplier")
    buyers = [await market.people("buyer", locale=locale) for locale in LOCALES]
    _, variant_id = await listed(market, seller)
    made = await activated(market, seller, buyers, [line_for(variant_id, 399)])
    await market.work()
    subjects = set()
    for buyer in buyers:
        found = (await buyer.get("/v1/notifications")).json()["items"]
        told = next(one for one in found if one["notice"] == "catalog.price_list_activated")
        words = told["subject"] + told["body"]
        assert "Rahmenvertrag 2026" in words and "399" not in words
        subjects.add(str(told.get("subject") or told.get("title")))
    assert len(subjects) == len(LOCALES)
    assert (await seller.post(f"{LISTS}/{made['id']}/ending")).status_code == 200
    await market.work()
    found = (await buyers[0].get("/v1/notifications")).json()["items"]
    assert "catalog.price_list_ended" in {one["notice"] for one in found}


async def test_contract_products_are_those_with_prices_for_the_reader(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    rival = await market.people("supplier")
    first, variant_id = await listed(market, seller)
    second, _ = await listed(market, seller, "second", "EP-8X100")
    await listed(market, rival, "third", "EP-6X100")
    address = "/v1/catalog/contract-products"

    async def found(**params: str) -> list[str]:
        answer = await buyer.get(address, params=params)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
        return [row["product_id"] for row in answer.json()["items"]]

    assert await found() == []
    await activated(market, seller, [buyer], [line_for(variant_id, 399)], code="one")
    assert await found() == [first]
    await activated(market, seller, [buyer], [discount(100, LEAF)], code="yen", currency="JPY")
    assert await found() == [first]
    made = await activated(market, seller, [buyer], [discount(100, LEAF)], code="two")
    assert await found() == [second, first]
    assert await found(category=LEAF, supplier_id=str(seller.firm.id)) == [second, first]
    assert await found(supplier_id=str(rival.firm.id)) == []
    assert await found(category="complete-moulds") == []
    page = (await buyer.get(address, params={"limit": 1})).json()
    rest = (await buyer.get(address, params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [row["product_id"] for row in page["items"] + rest["items"]] == [second, first]
    await seller.post(f"{LISTS}/{made['id']}/ending")
    assert await found() == [first]
    await seller.post(f"/v1/products/{first}/archive")
    assert await found() == []


async def test_lists_take_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    # All addresses in one test: twenty listings take longer to publish than all of them to read.
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    product_id, variant_id = await listed(market, seller)
    made = await activated(market, seller, [buyer], [discount(100)], code="first")
    confirm: dict[str, Any] = {"items": [{"variant_id": variant_id, "quantity": "10"}], "currency": "EUR"}
    await buyer.post(CONFIRMATIONS, json=confirm)
    ids = [product_id]

    async def statements(path: str) -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await buyer.get(path, params={"product_id": ids} if path == PRICES else {"limit": 100})
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    addresses = [PRICES, "/v1/catalog/contract-products", LISTS, f"{LISTS}/{made['id']}/lines", CONFIRMATIONS]
    few = [await statements(address) for address in addresses]
    assert [rows for _, rows in few] == [1] * 5
    for number in range(20):
        product, _ = await listed(market, seller, f"more-{number}", f"EP-{number}")
        ids.append(product)
    assert await statements(PRICES) == (few[0][0], 21)
    assert await statements(addresses[1]) == (few[1][0], 21)
    long = [discount(100, min_quantity=str(number)) for number in range(1, 22)]
    made = await activated(market, seller, [buyer], long, code="long")
    assert await statements(f"{LISTS}/{made['id']}/lines") == (few[3][0], 21)
    for number in range(19):
        await activated(market, seller, [buyer], [discount(100)], code=f"list-{number}")
    assert await statements(LISTS) == (few[2][0], 21)
    form = {**confirm, "items": confirm["items"] * 20}
    assert (await buyer.post(CONFIRMATIONS, json=form)).status_code == 201
    assert await statements(CONFIRMATIONS) == (few[4][0], 21)


def test_python_and_the_database_allow_the_same_steps(owner: Owner) -> None:
    row = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = 'price_list_guard'").fetchone()
    allowed = {(str(was), str(becomes)) for was, after in TRANSITIONS.items() for becomes in after}
    assert allowed == {("draft", "active"), ("active", "ended")}
    assert row is not None and "(('draft', 'active'), ('active', 'ended'))" in str(row[0])
