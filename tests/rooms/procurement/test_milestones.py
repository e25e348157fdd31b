"""Milestones: evidence from the supplier, the buyer's word on it, in the template's order, with nothing rewritten."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Database
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from tests.market import Market
from tests.rooms.procurement.orders import Ordered, ordered, under_way, uploaded
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]
REASON = {"reason": "Grat an der Trennebene; bitte tuschieren."}


def milestone(order: dict[str, Any], code: str) -> dict[str, Any]:
    """One milestone of an order."""
    return dict(next(row for row in order["milestones"] if row["code"] == code))


async def code_of(found: Ordered) -> str:
    """The order's state."""
    return str((await found.read())["state"]["code"])


async def test_evidence_is_read_in_the_buyers_language_with_its_files(market: Market) -> None:
    found = await under_way(market)
    await found.show("design_approved", note="模架设计已完成,请确认。")
    await market.work()
    order = await found.read()
    shown = milestone(order, "design_approved")
    assert shown["state"]["code"] == "submitted"
    [entry] = shown["entries"]
    assert entry["side"]["code"] == "supplier" and entry["note"]["text"] == "模架设计已完成,请确认。"
    assert entry["note"]["translation"]["locale"] == "de"
    [document] = entry["documents"]
    assert document["filename"] == "T1-report.pdf"
    assert (await found.buyer.get(document["url"])).status_code == 200
    assert (await found.deal.suppliers[1].get(document["url"])).status_code == 404
    told = (await found.buyer.get("/v1/notifications")).json()["items"]
    [news] = [row for row in told if row["notice"] == "procurement.evidence_submitted"]
    assert found.order["number"] in news["subject"]


async def test_returned_evidence_is_given_again_and_every_round_stays(market: Market) -> None:
    found = await under_way(market)
    await found.show("design_approved")
    path = found.milestone("design_approved")
    answer = await found.buyer.post(f"{path}/return", json=REASON)
    assert milestone(answer.json(), "design_approved")["state"]["code"] == "returned"
    await market.work()
    told = (await found.supplier.get("/v1/notifications")).json()["items"]
    assert "procurement.milestone_returned" in {row["notice"] for row in told}
    await found.show("design_approved", note="已修改")
    order = await found.accept("design_approved")
    accepted = milestone(order, "design_approved")
    assert [entry["act"]["code"] for entry in accepted["entries"]] == ["submitted", "returned", "submitted", "accepted"]
    assert accepted["decided_at"] and accepted["state"]["code"] == "accepted"
    for verb, form in (("acceptance", {}), ("return", REASON), ("waiver", REASON)):
        late = await found.buyer.post(f"{path}/{verb}", json=form)
        assert (late.status_code, late.json()["code"]) == (409, "milestone-state-conflict")


async def test_the_template_says_what_comes_first(market: Market) -> None:
    found = await under_way(market)
    document = await uploaded(found.supplier)
    early = await found.supplier.post(f"{found.milestone('t1')}/evidence", json={"document_ids": [document]})
    assert (early.status_code, early.json()["code"]) == (409, "milestone-waits")
    assert len(early.json()["milestones"]) == 2
    await found.reach("design_approved", "steel_ordered")
    assert milestone(await found.read(), "t1")["waits_for"] == []
    assert await code_of(found) == "in_production"
    await found.show("t1")


async def test_the_whole_way_to_a_closed_order(market: Market) -> None:
    found = await under_way(market, milestone_template="split_50_30_20")
    await found.reach("design_approved", "steel_ordered")
    early = await found.buyer.post(f"{found.path}/closing")
    assert (early.status_code, early.json()["code"]) == (409, "order-state-conflict")
    for code in ("machining", "t0", "t2"):
        waived = await found.buyer.post(f"{found.milestone(code)}/waiver", json={"reason": "Nicht nötig"})
        assert waived.status_code == 200, waived.text
    assert (await found.reach("t1", "fai_approved", "shipped"))["state"]["code"] == "shipped"
    assert (await found.reach("run_off_accepted"))["state"]["code"] == "accepted"
    closed = await found.buyer.post(f"{found.path}/closing")
    assert closed.json()["state"]["code"] == "closed" and closed.json()["closed_at"]
    steps = [step["state"]["code"] for step in (await found.read(found.supplier))["history"]]
    assert steps == ["issued", "acknowledged", "in_production", "shipped", "accepted", "closed"]
    document = await uploaded(found.supplier)
    late = await found.supplier.post(f"{found.milestone('t1')}/evidence", json={"document_ids": [document]})
    assert (late.status_code, late.json()["code"]) == (409, "order-state-conflict")
    await market.work()
    told = {row["notice"] for row in (await found.supplier.get("/v1/notifications?limit=100")).json()["items"]}
    assert {"procurement.milestone_accepted", "procurement.milestone_waived", "procurement.order_closed"} <= told


async def test_only_what_is_optional_is_waived(market: Market) -> None:
    found = await under_way(market)
    refused = await found.buyer.post(f"{found.milestone('design_approved')}/waiver", json=REASON)
    assert (refused.status_code, refused.json()["code"]) == (409, "milestone-not-optional")


async def test_trials_are_repeated_until_the_part_is_good(market: Market) -> None:
    found = await under_way(market)
    asked = {"reason": "Einfallstellen an Rippe 3 beseitigen"}
    early = await found.buyer.post(f"{found.path}/trials", json=asked)
    assert (early.status_code, early.json()["code"]) == (409, "no-further-trial")
    await found.reach("design_approved", "steel_ordered")
    await found.show("t1")
    for code in ("t2", "t3"):
        added = await found.buyer.post(f"{found.path}/trials", json=asked)
        assert added.status_code == 201, added.text
        found.order = added.json()
        trial = milestone(found.order, code)
        assert trial["share_percent"] == "0" and code.upper() in str(trial["name"])
        await found.show(code)
    codes = [row["code"] for row in found.order["milestones"]]
    assert codes == ["design_approved", "steel_ordered", "t1", "t2", "t3", "fai_approved", "shipped"]
    assert milestone(await found.read(), "fai_approved")["waits_for"] == ["t1", "t2", "t3"]
    for code in ("t1", "t2", "t3"):
        await found.accept(code)
    assert (await found.reach("fai_approved", "shipped"))["state"]["code"] == "accepted"
    await market.work()
    told = (await found.supplier.get("/v1/notifications?limit=100")).json()["items"]
    assert sum(row["notice"] == "procurement.trial_added" for row in told) == 2


async def test_who_may_do_what_at_a_milestone(market: Market, owner: Owner) -> None:
    found = await under_way(market)
    path = found.milestone("design_approved")
    evidence = {"document_ids": [await uploaded(found.supplier)]}
    stranger = await market.people("buyer", "supplier")
    viewer = await market.member(found.supplier.firm, "viewer")
    loser = found.deal.suppliers[1]
    for who, status in ((market.nobody, 401), (stranger, 404), (loser, 404), (found.buyer, 404), (viewer, 403)):
        assert (await who.post(f"{path}/evidence", json=evidence)).status_code == status
    foreign = {"document_ids": [await uploaded(loser)]}
    assert (await found.supplier.post(f"{path}/evidence", json=foreign)).status_code == 422
    assert (await found.supplier.post(f"{path}/evidence", json={"document_ids": []})).status_code == 422
    unknown = f"{found.path}/milestones/{new_id()}"
    assert (await found.supplier.post(f"{unknown}/evidence", json=evidence)).status_code == 404
    await found.supplier.post(f"{path}/evidence", json=evidence)
    sales = await market.member(found.buyer.firm, "finance")
    verbs = (("acceptance", {}), ("return", REASON), ("waiver", REASON))
    for who, status in ((market.nobody, 401), (stranger, 404), (found.supplier, 404), (sales, 403)):
        for verb, form in verbs:
            assert (await who.post(f"{path}/{verb}", json=form)).status_code == status
        assert (await who.post(f"{found.path}/trials", json=REASON)).status_code == status
    assert owner.execute("SELECT count(*) FROM milestone_events").fetchone() == (1,)
    approver = await market.member(found.buyer.firm, "approver")
    assert (await approver.post(f"{path}/acceptance", json={})).status_code == 200
    who_and_when = owner.execute("SELECT decided_by, decided_at FROM order_milestones WHERE state = 'accepted'")
    [(decided_by, decided_at)] = who_and_when.fetchall()
    assert decided_by == approver.person_id and decided_at is not None


async def test_no_evidence_before_the_order_is_taken(market: Market) -> None:
    found = await ordered(market)
    form = {"document_ids": [await uploaded(found.supplier)]}
    answer = await found.supplier.post(f"{found.milestone('design_approved')}/evidence", json=form)
    assert (answer.status_code, answer.json()["code"]) == (409, "order-state-conflict")


async def test_reading_an_order_takes_as_many_statements_with_a_long_history(market: Market, db: Database) -> None:
    found = await under_way(market)
    await found.show("design_approved", note="1")
    with count_statements(db) as short:
        await found.read()
    for number in range(4):
        await found.buyer.post(f"{found.milestone('design_approved')}/return", json=REASON)
        await found.show("design_approved", note=str(number))
    with count_statements(db) as long:
        order = await found.read()
    assert len(milestone(order, "design_approved")["entries"]) == 9
    assert len(long) == len(short)


@pytest.mark.parametrize(
    ("side", "change", "refusal"),
    [
        ("supplier", "state = 'accepted', decided_at = now()", "cannot go from|the buyer's"),
        ("buyer", "state = 'submitted'", "the supplier's"),
        ("buyer", "amount_minor = amount_minor + 1", "not rewritten"),
        ("buyer", "decided_at = now()", "not rewritten"),
        ("supplier", "due_on = due_on + 7", "not rewritten"),
        ("buyer", "state = 'waived', decided_at = now()", "only_shareless_waived"),
    ],
)
async def test_the_database_guards_milestones(
    market: Market, db: Database, side: str, change: str, refusal: str
) -> None:
    found = await under_way(market)
    acting = found.buyer.firm.id if side == "buyer" else found.supplier.firm.id
    with pytest.raises(DBAPIError, match=refusal):
        async with db.transaction() as session:
            await act_for(session, acting)
            await session.execute(text(f"UPDATE order_milestones SET {change} WHERE code = 'design_approved'"))


async def test_the_history_of_a_milestone_is_append_only_and_nobody_speaks_for_the_other(
    market: Market, db: Database, owner: Owner
) -> None:
    found = await under_way(market)
    await found.show("design_approved", note="完成")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute("UPDATE milestone_events SET note = 'x'")
    copy = (
        "INSERT INTO milestone_events (id, milestone_id, order_id, buyer_id, supplier_id, act, organization_id) "
        "SELECT gen_random_uuid(), milestone_id, order_id, buyer_id, supplier_id, 'accepted', buyer_id FROM milestone_events"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with db.transaction() as session:
            await act_for(session, found.supplier.firm.id)
            await session.execute(text(copy))
