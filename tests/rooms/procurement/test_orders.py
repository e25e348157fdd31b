"""Purchase orders: approved by four eyes, seen from their issue on, answered by the supplier, and adding up."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.verify import verify_all
from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal, draft
from tests.rooms.procurement.orders import TERMS, Ordered, award, opened, ordered, under_way
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]
REASON = {"reason": "Kapazität reicht nicht"}


async def state(found: Ordered) -> str:
    """The order's state."""
    return str((await found.read())["state"]["code"])


async def needing_approval(market: Market, **rule: Any) -> tuple[Ordered, Member]:
    """An order that waits for an approver's agreement, and the approver."""
    deal, quotes = await opened(market)
    approver = await market.member(deal.buyer.firm, "approver", locale="es")
    form = {"name": "Über 10.000 €", "above_minor": 1000000, "currency": "EUR"} | rule
    form |= {"approver_ids": [str(approver.person_id)]}
    assert (await deal.buyer.post("/v1/approval-rules", json=form)).status_code == 201
    made = await award(deal, quotes[0], terms=TERMS)
    order = (await deal.buyer.get(f"/v1/orders/{made['orders'][0]['id']}")).json()
    return Ordered(deal, deal.buyer, deal.suppliers[0], order), approver


async def decide(approver: Member, verb: str, **form: Any) -> None:
    """The approver's word."""
    [waiting] = (await approver.get("/v1/approvals?view=mine")).json()["items"]
    answer = await approver.post(f"/v1/approvals/{waiting['id']}/{verb}", json=form)
    assert answer.status_code == 200, answer.text


async def test_an_approved_order_is_issued_and_only_then_seen(market: Market, db: Database) -> None:
    found, approver = await needing_approval(market)
    assert await state(found) == "awaiting_approval"
    assert (await found.supplier.get(found.path)).status_code == 404
    assert (await found.supplier.get("/v1/orders?side=supplier")).json()["items"] == []
    tables = ("purchase_orders", "order_lines", "order_milestones", "order_events", "award_lines")
    for role in (Role.APP, Role.WORKER):
        async with db.transaction(role) as session:
            await act_for(session, found.supplier.firm.id)
            seen = [(await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in tables]
        assert seen == [0] * 5
    [waiting] = (await approver.get("/v1/approvals?view=mine")).json()["items"]
    own = await found.buyer.post(f"/v1/approvals/{waiting['id']}/approve", json={})
    assert own.status_code in (403, 404, 409) and await state(found) == "awaiting_approval"
    await decide(approver, "approve")
    await market.work()
    assert await state(found) == "issued"
    seen_by_supplier = await found.read(found.supplier)
    assert seen_by_supplier["approval"] is None and (await found.read())["approval"] is not None
    assert [step["state"]["code"] for step in seen_by_supplier["history"]] == ["issued"]
    steps = [step["state"]["code"] for step in (await found.read())["history"]]
    assert steps == ["draft", "awaiting_approval", "issued"]
    assert all(row["due_on"] for row in seen_by_supplier["milestones"])


async def test_an_order_that_was_not_approved_is_a_draft_again_with_the_reason(market: Market) -> None:
    found, approver = await needing_approval(market)
    await decide(approver, "reject", comment="Budget erst im Januar")
    await market.work()
    order = await found.read()
    assert order["state"]["code"] == "draft" and order["approval"]["comment"] == "Budget erst im Januar"
    assert (await found.supplier.get(found.path)).status_code == 404
    again = await found.buyer.post(f"{found.path}/submission")
    assert again.json()["state"]["code"] == "awaiting_approval"
    await decide(approver, "approve")
    await market.work()
    assert await state(found) == "issued"


async def test_a_new_supplier_needs_approval_and_a_known_one_does_not(market: Market) -> None:
    found, approver = await needing_approval(market, above_minor=None, currency=None, new_counterparty=True)
    assert await state(found) == "awaiting_approval"
    await decide(approver, "approve")
    await market.work()
    other = await market.people("supplier", country="CN", locale="zh-Hans")
    again = await draft(market, found.buyer, [found.supplier, other])
    published = (await found.buyer.post(f"/v1/inquiries/{again['id']}/publication")).json()
    deal = Deal(market, found.buyer, [found.supplier, other], published)
    quotes = [(await deal.quote(supplier))["id"] for supplier in deal.suppliers]
    await deal.open()
    made = await award(
        deal,
        {"quote_id": quotes[0], "line_ids": [deal.lines[0]]},
        {"quote_id": quotes[1], "line_ids": [deal.lines[1]]},
    )
    states = {row["supplier"]["id"]: row["state"]["code"] for row in made["orders"]}
    assert states == {str(found.supplier.firm.id): "issued", str(other.firm.id): "awaiting_approval"}


async def test_cancelling_a_waiting_order_withdraws_the_question_and_frees_the_lines(market: Market) -> None:
    found, approver = await needing_approval(market)
    answer = await found.buyer.post(f"{found.path}/cancellation", json=REASON)
    assert answer.json()["state"]["code"] == "cancelled"
    assert (await approver.get("/v1/approvals?view=mine")).json()["items"] == []
    await market.work()
    assert (await found.supplier.get(found.path)).status_code == 404
    notices = (await found.supplier.get("/v1/notifications")).json()["items"]
    assert "procurement.order_cancelled" not in {row["notice"] for row in notices}
    quotes = (await found.buyer.get(f"{found.deal.path}/quotes")).json()["items"]
    assert (await award(found.deal, quotes[0]["id"]))["orders"][0]["state"]["code"] == "awaiting_approval"


async def test_the_supplier_takes_the_order_and_the_buyer_can_no_longer_leave(market: Market, owner: Owner) -> None:
    found = await ordered(market, terms=TERMS)
    day = (market.clock.now() + timedelta(days=70)).date()
    late = {"confirmed_delivery_on": (market.clock.now() - timedelta(days=1)).date().isoformat()}
    refused = await found.supplier.post(f"{found.path}/acknowledgement", json=late)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/confirmed_delivery_on"
    form = {"confirmed_delivery_on": day.isoformat(), "note": "模具钢已备库"}
    answer = await found.supplier.post(f"{found.path}/acknowledgement", json=form)
    assert answer.status_code == 200 and answer.json()["state"]["code"] == "acknowledged"
    assert answer.json()["answer"]["locale"] == "zh-Hans"
    await market.work()
    order = await found.read()
    assert order["confirmed_delivery_on"] == day.isoformat()
    assert order["answer"]["text"] == "模具钢已备库" and order["answer"]["translation"]["locale"] == "de"
    assert order["terms"]["text"] == TERMS
    assert (await found.read(found.supplier))["terms"]["translation"]["locale"] == "zh-Hans"
    for who, verb in ((found.buyer, "cancellation"), (found.supplier, "rejection")):
        late_answer = await who.post(f"{found.path}/{verb}", json=REASON)
        assert (late_answer.status_code, late_answer.json()["code"]) == (409, "order-state-conflict")
        assert late_answer.json()["state"] == "acknowledged"
    again = await found.supplier.post(f"{found.path}/acknowledgement", json=form)
    assert again.status_code == 409
    notices = (await found.buyer.get("/v1/notifications")).json()["items"]
    assert "procurement.order_acknowledged" in {row["notice"] for row in notices}


async def test_a_rejection_tells_the_buyer_why(market: Market) -> None:
    found = await ordered(market)
    answer = await found.supplier.post(f"{found.path}/rejection", json={"reason": "产能不足"})
    assert answer.json()["state"]["code"] == "rejected"
    await market.work()
    told = [
        row
        for row in (await found.buyer.get("/v1/notifications")).json()["items"]
        if row["notice"] == "procurement.order_rejected"
    ]
    assert len(told) == 1 and "不足" in told[0]["body"]
    assert (await found.buyer.post(f"{found.path}/cancellation", json=REASON)).status_code == 409


async def test_a_draft_is_edited_by_version_and_nothing_else_is(market: Market) -> None:
    found = await ordered(market, issue=False)
    assert await state(found) == "draft"
    read = await found.buyer.get(found.path)
    tag = read.headers["ETag"]
    assert (await found.buyer.patch(found.path, json={"terms": TERMS})).status_code == 428
    form = {"terms": TERMS, "buyer_reference": "4500012345", "milestone_template": "split_50_40_10"}
    answer = await found.buyer.patch(found.path, json=form, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    assert answer.json()["buyer_reference"] == "4500012345"
    assert len(answer.json()["milestones"]) == 8
    assert sum(row["amount"]["minor"] for row in answer.json()["milestones"]) == answer.json()["total"]["minor"]
    stale = await found.buyer.patch(found.path, json=form, headers={"If-Match": tag})
    assert stale.status_code == 412
    wrong = await found.buyer.patch(found.path, json={"milestone_template": "x"}, headers={"If-Match": "*"})
    assert wrong.status_code == 422
    assert (await found.buyer.post(f"{found.path}/submission")).json()["state"]["code"] == "issued"
    late = await found.buyer.patch(found.path, json={"terms": "x"}, headers={"If-Match": "*"})
    assert (late.status_code, late.json()["code"]) == (409, "order-not-draft")
    assert (await found.read(found.supplier))["terms"]["text"] == TERMS


async def test_who_may_do_what_with_an_order(market: Market, owner: Owner) -> None:
    found = await ordered(market, issue=False)
    viewer = await market.member(found.buyer.firm, "viewer")
    stranger = await market.people("buyer", "supplier")
    loser = found.deal.suppliers[1]
    edit: dict[str, Any] = {"json": {"terms": "x"}, "headers": {"If-Match": "*"}}
    for who, status in ((market.nobody, 401), (stranger, 404), (found.supplier, 404), (viewer, 403)):
        assert (await who.patch(found.path, **edit)).status_code == status
        assert (await who.post(f"{found.path}/submission")).status_code == status
        assert (await who.post(f"{found.path}/cancellation", json=REASON)).status_code == status
        assert (await who.post(f"{found.path}/closing")).status_code == status
    await found.buyer.post(f"{found.path}/submission")
    warehouse = await market.member(found.supplier.firm, "warehouse")
    taking = {"confirmed_delivery_on": "2099-01-01"}
    for who, status in ((market.nobody, 401), (stranger, 404), (loser, 404), (found.buyer, 404), (warehouse, 403)):
        assert (await who.post(f"{found.path}/acknowledgement", json=taking)).status_code == status
        assert (await who.post(f"{found.path}/rejection", json=REASON)).status_code == status
    assert (await loser.get(found.path)).status_code == (await stranger.get(found.path)).status_code == 404
    assert (await viewer.get(found.path)).status_code == (await warehouse.get(found.path)).status_code == 200
    assert owner.execute("SELECT state, version FROM purchase_orders").fetchall() == [("issued", 2)]


async def copies(owner: Owner, found: Ordered, count: int) -> None:
    """Further orders like this one, straight into the database."""
    owner.execute("SET session_replication_role = replica")
    columns = [
        str(row[0])
        for row in owner.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'purchase_orders' "
            "AND column_name NOT IN ('id', 'number')"
        ).fetchall()
    ]
    listed = ", ".join(columns)
    for number in range(count):
        owner.execute(
            f"INSERT INTO purchase_orders (id, number, {listed}) SELECT %s, %s, {listed} FROM purchase_orders WHERE id = %s",
            (new_id(), f"PO-COPY-{number}", found.order["id"]),
        )
    owner.execute("SET session_replication_role = origin")


async def test_both_sides_list_their_orders(market: Market, db: Database, owner: Owner) -> None:
    found = await ordered(market)
    both = ((found.buyer, "buyer"), (found.supplier, "supplier"))
    one: list[int] = []
    for who, side in both:
        with count_statements(db) as seen:
            items = (await who.get(f"/v1/orders?side={side}")).json()["items"]
        assert [row["id"] for row in items] == [found.order["id"]]
        one.append(len(seen))
        assert (await who.get(f"/v1/orders?side={side}&state=closed")).json()["items"] == []
        other = "supplier" if side == "buyer" else "buyer"
        assert (await who.get(f"/v1/orders?side={other}")).json()["items"] == []
    await copies(owner, found, 20)
    for (who, side), statements in zip(both, one, strict=True):
        with count_statements(db) as seen:
            page = await who.get(f"/v1/orders?side={side}")
        assert len(page.json()["items"]) == 20 and len(seen) == statements
        assert 'rel="next"' in page.headers["Link"]
        rest = (await who.get(f"/v1/orders?side={side}&cursor={page.json()['next_cursor']}")).json()
        assert len(rest["items"]) == 1 and rest["next_cursor"] is None


async def test_orders_as_a_table(market: Market, owner: Owner) -> None:
    found = await ordered(market)
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE purchase_orders SET title = '=1+1'")
    owner.execute("DELETE FROM texts")
    answer = await found.buyer.get("/v1/orders.csv?state=issued")
    assert answer.headers["Content-Type"].startswith("text/csv") and answer.content.startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert len(heading) == len(row) == 10
    assert row[2] == "'=1+1" and row[5:7] == ["35300.00", "EUR"]
    assert (await market.nobody.get("/v1/orders.csv")).status_code == 401
    empty = await found.supplier.get("/v1/orders.csv")
    assert len(empty.content.decode("utf-8-sig").splitlines()) == 1


@pytest.mark.parametrize(
    ("side", "change", "refusal"),
    [
        ("buyer", "state = 'acknowledged', acknowledged_at = now(), confirmed_delivery_on = now()", "the supplier's"),
        ("buyer", "state = 'closed', closed_at = now()", "cannot go from"),
        ("buyer", "total_minor = total_minor + 1", "what was ordered"),
        ("buyer", "terms = 'cheaper', terms_locale = 'en'", "only a draft"),
        ("buyer", "issued_at = now() + interval '1 day'", "issued once"),
        ("supplier", "state = 'cancelled', cancelled_at = now()", "the buyer's"),
        ("supplier", "answer_note = 'x'", "the buyer's"),
        ("supplier", "state = 'shipped'", "cannot go from"),
    ],
)
async def test_the_database_refuses_what_the_rules_refuse(
    market: Market, db: Database, side: str, change: str, refusal: str
) -> None:
    found = await ordered(market)
    acting = found.buyer.firm.id if side == "buyer" else found.supplier.firm.id
    with pytest.raises(DBAPIError, match=refusal):
        async with db.transaction() as session:
            await act_for(session, acting)
            await session.execute(text(f"UPDATE purchase_orders SET {change}"))


async def test_an_order_that_does_not_add_up_is_never_committed(market: Market, db: Database) -> None:
    found = await ordered(market, issue=False)
    added = (
        "INSERT INTO order_lines (id, order_id, buyer_id, supplier_id, position, kind, description, quantity, unit, "
        "price_minor, per_quantity, total_minor) SELECT gen_random_uuid(), id, buyer_id, supplier_id, 9, 'extra', 'x', 1, "
        "'H87', 1, 1, 1 FROM purchase_orders"
    )
    for statement in (added, "DELETE FROM order_milestones WHERE code = 'shipped'", "DELETE FROM order_milestones"):
        with pytest.raises(DBAPIError, match="milestones"):
            async with db.transaction() as session:
                await act_for(session, found.buyer.firm.id)
                await session.execute(text(statement))
                # The check finds the order whoever the transaction acts for at its end.
                await act_for(session, None)
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        async with db.transaction() as session:
            await act_for(session, found.buyer.firm.id)
            await session.execute(text("UPDATE order_lines SET total_minor = 1"))


async def test_strangers_see_nothing_of_an_order_in_the_database(market: Market, db: Database) -> None:
    found = await under_way(market)
    await found.show("design_approved", note="设计已完成")
    tables = (
        "purchase_orders",
        "order_lines",
        "order_milestones",
        "milestone_events",
        "order_events",
        "order_counters",
    )
    stranger = await market.firm("buyer", "supplier")
    for role in (Role.APP, Role.WORKER):
        for firm_id in (stranger.id, found.deal.suppliers[1].firm.id, None):
            async with db.transaction(role) as session:
                await act_for(session, firm_id)
                for table in tables:
                    assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


async def test_verification_finds_an_order_that_was_tampered_with(market: Market, db: Database, owner: Owner) -> None:
    await ordered(market)
    names = ("orders add up", "awards are ordered")
    findings = {finding.check: finding for finding in await verify_all(db)}
    assert all(findings[name].holds for name in names)
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE order_milestones SET amount_minor = amount_minor + 1 WHERE share_bp > 0")
    owner.execute("UPDATE award_lines SET released_at = now()")
    findings = {finding.check: finding for finding in await verify_all(db)}
    assert not any(findings[name].holds for name in names)


async def test_templates_are_listed_in_the_readers_language(market: Market) -> None:
    buyer = await market.people("buyer", locale="ja")
    listed = (await buyer.get("/v1/milestone-templates", headers={"Accept-Language": "ja"})).json()
    assert len(listed["items"]) >= 6
    assert all(sum(step["share_percent"] for step in row["milestones"]) == 100 for row in listed["items"])
    assert {row["code"]: row["name"] for row in listed["items"]}["on_shipment"] == "標準部品:出荷時一括"
    assert (await market.nobody.get("/v1/milestone-templates")).status_code == 401
    assert date.fromisoformat(f"{listed['edition']}-01")
