"""Disputes over HTTP: one milestone is frozen, both sides speak and propose, and it ends by agreement, withdrawal or decision."""

import asyncio
from typing import Any

import psycopg
import pytest

from app.finance.disputes.jobs import dispute_deadlines
from app.finance.disputes.limits import ANSWER_DAYS, ESCALATE_DAYS
from app.gateways.payments import DisputeState as BankDisputeState
from app.kit.db.engine import Role
from app.kit.jobs import Runtime
from tests.copies import asks_as_often
from tests.market import Market
from tests.rooms.documents.uploads import ready
from tests.rooms.finance.disputes import (
    CHECKS,
    DISPUTED,
    codes,
    dispute_form,
    disputed,
    history,
    opened_about,
    proposed,
    proved,
    read,
    step,
    subjects,
)
from tests.rooms.finance.milestones import charged_back, milestone_of, payment_milestone
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[Any, ...]]


async def test_both_sides_talk_propose_and_agree(market: Market) -> None:
    buyer, supplier = await market.people("buyer", locale="de"), await market.people("supplier", locale="fr")
    photo, report = await ready(market, buyer), await ready(market, supplier, name="report.pdf")
    milestone_id = await payment_milestone(market, buyer, supplier, amount_minor=DISPUTED)
    told = await opened_about(buyer, milestone_id, document_ids=[photo])
    assert (told["state"]["code"], told["reason"]["code"], told["disputed"]["minor"]) == (
        "open", "dimension", DISPUTED,
    )  # fmt: skip
    assert told["may"] == ["message", "proposed", "withdrawn"]
    assert str((await milestone_of(market, buyer, milestone_id)).frozen_by) == told["id"]
    again = await opened_about(buyer, milestone_id, 409)
    assert again["code"] == "already-disputed"

    said = await step(supplier, told, "messages", 201, text="Nous mesurons 12,01.", document_ids=[report])
    assert (said["state"]["code"], said["side"]["code"]) == ("answered", "supplier") and said["answered_at"]
    assert "escalated" in said["may"] and "withdrawn" not in said["may"]
    first = await proposed(supplier, told, 290_000)
    second = await proposed(supplier, told, 280_000, text="Dernière offre.")
    [standing] = second["proposals"]
    assert (standing["mine"], standing["split"]["refund"]["minor"]) == (True, 20_000)
    gone = first["proposals"][0]["id"]
    assert (await step(buyer, told, f"proposals/{gone}/acceptance", 409))["code"] == "dispute-proposal-closed"
    assert (await buyer.post(f"/v1/disputes/{told['id']}/proposals/{standing['id']}/withdrawal")).status_code == 404
    assert (await supplier.post(f"/v1/disputes/{told['id']}/proposals/{standing['id']}/acceptance")).status_code == 404
    await step(buyer, told, f"proposals/{standing['id']}/refusal", text="Zu wenig.")
    own = await proposed(buyer, told, 200_000)
    assert len(own["proposals"]) == 1
    wrong = await step(buyer, told, "proposals", 422, release_minor=1, refund_minor=2)
    assert wrong["errors"][0]["code"] == "split-not-whole"
    await step(buyer, told, f"proposals/{own['proposals'][0]['id']}/withdrawal")
    last = await proposed(buyer, told, 250_000)
    await proposed(supplier, told, 270_000)
    ended = await step(supplier, told, f"proposals/{last['proposals'][0]['id']}/acceptance")
    assert (ended["state"]["code"], ended["split"]["release"]["minor"], ended["may"]) == ("agreed", 250_000, [])
    assert ended["proposals"] == [] and ended["ended_at"]
    found = await milestone_of(market, buyer, milestone_id)
    assert (found.frozen_by, found.released_minor, found.refunded_minor) == (None, 250_000, 50_000)
    assert (await step(buyer, told, "messages", 409, text="x"))["code"] == "dispute-state-conflict"

    entries = await history(buyer, told)
    assert codes(entries) == [
        ("opened", "buyer"), ("message", "supplier"), ("proposed", "supplier"), ("proposed", "supplier"),
        ("declined", "buyer"), ("proposed", "buyer"), ("taken_back", "buyer"), ("proposed", "buyer"),
        ("proposed", "supplier"), ("accepted", "supplier"),
    ]  # fmt: skip
    assert [file["id"] for file in entries[1]["documents"]] == [report]
    assert (await buyer.get(entries[1]["documents"][0]["url"])).status_code == 200
    assert (await supplier.get(entries[0]["documents"][0]["url"])).status_code == 200
    await market.work()
    assert await proved(market) == []
    heard = [one for one in await subjects(supplier) if "litige" in one or "conteste un paiement" in one]
    assert len(heard) == 6 and all("PO-2026-0042" in one for one in heard), heard


async def test_nobody_else_sees_it_and_colleagues_need_the_permission(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    stranger = await market.people("buyer", "supplier")
    milestone_id = await payment_milestone(market, buyer, supplier)
    path = f"/v1/payment-milestones/{milestone_id}/disputes"
    viewer = await market.member(buyer.firm, "viewer")
    asked = [await one.post(path, json=dispute_form()) for one in (market.nobody, stranger, supplier, viewer)]
    assert [one.status_code for one in asked] == [401, 404, 404, 403]
    assert (await milestone_of(market, buyer, milestone_id)).frozen_by is None
    file = await ready(market, buyer)
    told = await opened_about(buyer, milestone_id, document_ids=[file])
    home = f"/v1/disputes/{told['id']}"
    for path_of in (home, f"{home}/entries", path, f"/v1/documents/{file}"):
        assert (await stranger.get(path_of)).status_code == 404, path_of
    assert (await stranger.get("/v1/disputes")).json()["items"] == []
    assert (await supplier.get(path)).json()["items"][0]["id"] == told["id"]
    split = {"release_minor": 0, "refund_minor": DISPUTED}
    posts: dict[str, dict[str, Any]] = {
        f"{home}/messages": {"text": "x"},
        f"{home}/proposals": split,
        f"{home}/escalation": {},
    }
    buyers_word: dict[str, dict[str, Any]] = {f"{home}/withdrawal": {}}
    for where, form in (posts | buyers_word).items():
        wall = [await one.post(where, json=form) for one in (market.nobody, stranger, viewer)]
        assert [one.status_code for one in wall] == [401, 404, 403], where
    quiet = await market.member(supplier.firm, "finance")
    for where, form in posts.items():
        assert (await quiet.post(where, json=form)).status_code == 403, where
    assert (await supplier.post(f"{home}/withdrawal", json={})).status_code == 404
    decision = f"/v1/operator/disputes/{told['id']}/decision"
    reasons = {**split, "reason": "x"}
    wall = [await one.post(decision, json=reasons) for one in (market.nobody, stranger, buyer, supplier)]
    assert [one.status_code for one in wall] == [401, 403, 403, 403]
    assert len(await history(buyer, told)) == 1 and (await read(supplier, told))["version"] == 1
    assert (await stranger.get("/v1/operator/disputes")).status_code == 403


async def test_without_an_agreement_the_operator_decides_with_reasons(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    operator = await market.people("operator")
    told = await disputed(market, buyer, supplier)
    early = await step(buyer, told, "escalation", 409)
    assert early["code"] == "escalation-too-early"
    decision = f"/v1/operator/disputes/{told['id']}/decision"
    form = {"release_minor": 100_000, "refund_minor": 200_000, "reason": "The report shows 12.08 mm.", "locale": "en"}
    assert (await operator.post(decision, json=form)).json()["code"] == "dispute-state-conflict"
    runtime = Runtime(market.settings, market.db, market.clock)
    market.move_clock(days=ANSWER_DAYS, minutes=1)
    buyer, supplier, operator = [await market.member(one.firm) for one in (buyer, supplier, operator)]
    for _ in range(2):
        await dispute_deadlines(runtime)
    late = await read(buyer, told)
    assert (late["state"]["code"], late["answer_overdue"]) == ("open", True) and "escalated" in late["may"]
    market.move_clock(days=ESCALATE_DAYS - ANSWER_DAYS)
    await market.work()
    buyer, supplier, operator = [await market.member(one.firm) for one in (buyer, supplier, operator)]
    for _ in range(2):
        await dispute_deadlines(runtime)
    [waiting] = (await operator.get("/v1/operator/disputes", params={"state": "escalated"})).json()["items"]
    assert waiting["id"] == told["id"]
    await market.work()
    assert [one for one in await subjects(operator) if "to be decided" in one]
    await step(operator, told, "messages", 201, text="Please send the measuring report.")
    evidence = await ready(market, supplier)
    await step(supplier, told, "messages", 201, text="Here it is.", document_ids=[evidence])
    assert (await operator.get(f"/v1/documents/{evidence}/content")).status_code == 200
    assert (await step(operator, told, "proposals", 404, release_minor=0, refund_minor=DISPUTED))["code"] == "not-found"
    await proposed(supplier, told, 150_000)
    short = await operator.post(decision, json=form | {"refund_minor": 1})
    assert short.json()["errors"][0]["code"] == "split-not-whole"
    assert (await operator.post(decision, json={**form, "reason": ""})).status_code == 422
    made = await operator.post(decision, json=form)
    assert made.status_code == 200, made.text
    assert (made.json()["state"]["code"], made.json()["may"]) == ("decided", [])
    found = await milestone_of(market, buyer, told["milestone_id"])
    assert (found.frozen_by, found.released_minor, found.refunded_minor) == (None, 100_000, 200_000)
    assert (await operator.post(decision, json=form)).json()["code"] == "dispute-state-conflict"
    entries = await history(supplier, told)
    assert codes(entries) == [
        ("opened", "buyer"), ("answer_overdue", None), ("escalated", None), ("message", "operator"),
        ("message", "supplier"), ("proposed", "supplier"), ("decided", "operator"),
    ]  # fmt: skip
    assert entries[-1]["text"]["text"] == form["reason"] and entries[-1]["split"]["release"]["minor"] == 100_000
    await market.work()
    assert "The dispute over PO-2026-0042 is decided" in await subjects(buyer)
    assert await proved(market) == []


async def test_a_buyer_withdraws_and_may_dispute_again(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    milestone_id = await payment_milestone(market, buyer, supplier)
    told = await opened_about(buyer, milestone_id)
    await proposed(supplier, told, 0)
    assert (await step(buyer, told, "escalation"))["state"]["code"] == "escalated"
    ended = await step(buyer, told, "withdrawal", text="It was our gauge.")
    assert (ended["state"]["code"], ended["split"]) == ("withdrawn", None)
    found = await milestone_of(market, buyer, milestone_id)
    assert (found.frozen_by, found.released_minor, found.refunded_minor) == (None, 0, 0)
    second = await opened_about(buyer, milestone_id, reason="surface")
    listed = (await buyer.get(f"/v1/payment-milestones/{milestone_id}/disputes")).json()["items"]
    assert [one["id"] for one in listed] == [second["id"], told["id"]]
    await asks_as_often(market.db, buyer, f"/v1/payment-milestones/{milestone_id}/disputes")
    active = (await supplier.get("/v1/disputes", params={"active": "true"})).json()["items"]
    assert [one["id"] for one in active] == [second["id"]]
    assert await proved(market) == []
    for other in (
        await payment_milestone(market, buyer, supplier, progress="planned", paid=False),
        await payment_milestone(market, buyer, supplier, progress="accepted", released=True),
    ):
        assert (await opened_about(buyer, other, 409))["code"] == "nothing-to-dispute"
        assert (await milestone_of(market, buyer, other)).frozen_by is None
    owed = await payment_milestone(market, buyer, supplier, progress="accepted", paid=False)
    unpaid = await opened_about(buyer, owed)
    assert unpaid["disputed"]["minor"] == DISPUTED
    await step(buyer, unpaid, "withdrawal")
    assert (await milestone_of(market, buyer, owed)).outstanding_minor == DISPUTED


async def test_less_is_owed_of_an_unpaid_milestone_by_an_agreement_or_a_decision(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    operator = await market.people("operator")
    owed = await payment_milestone(market, buyer, supplier, progress="accepted", paid=False)
    told = await opened_about(buyer, owed)
    wanted = await step(supplier, told, "proposals", 422, release_minor=1, refund_minor=0)
    assert wanted["errors"][0]["code"] == "split-not-whole"
    offer = await proposed(supplier, told, 250_000)
    # Nothing but a settlement lowers what is owed, not even while the milestone is disputed.
    for set_to in ("reduced_minor = 1", "reduced_minor = 300001, frozen_by = NULL"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE payment_milestones SET {set_to} WHERE id = %s", [owed])
        owner.rollback()
    await step(buyer, told, f"proposals/{offer['proposals'][0]['id']}/acceptance")
    found = await milestone_of(market, buyer, owed)
    assert (found.frozen_by, found.outstanding_minor, found.released_minor) == (None, 250_000, 0)
    seen = (await buyer.get(f"/v1/payment-milestones/{owed}")).json()
    assert (seen["amount"]["minor"], seen["reduced"]["minor"], seen["outstanding"]["minor"]) == (
        DISPUTED,
        50_000,
        250_000,
    )
    await made(buyer, f"/v1/payment-milestones/{owed}/pay", {"payment_method": "tok_visa"}, 202)
    found = await milestone_of(market, buyer, owed)
    assert (found.funded_minor, found.released_minor, found.outstanding_minor) == (250_000, 250_000, 0)

    shown = await payment_milestone(market, buyer, supplier, paid=False)
    told = await opened_about(buyer, shown)
    await step(supplier, told, "messages", 201, text="x")
    await step(supplier, told, "escalation")
    form = {"release_minor": 0, "refund_minor": DISPUTED, "reason": "Nothing was delivered.", "locale": "en"}
    decided = await operator.post(f"/v1/operator/disputes/{told['id']}/decision", json=form)
    assert decided.status_code == 200, decided.text
    found = await milestone_of(market, buyer, shown)
    assert (found.progress, found.outstanding_minor, found.open_minor) == ("accepted", 0, 0)
    assert (await made(buyer, f"/v1/payment-milestones/{shown}/pay", {"payment_method": "tok_visa"}, 409))["code"]
    assert await proved(market) == []
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE payment_milestones SET reduced_minor = 60000 WHERE id = %s", [owed])
    owner.commit()
    assert await proved(market) == [f"milestone {owed} is reduced by 60000, and not by 50000"]


async def test_what_the_bank_took_back_meanwhile_is_not_refunded_again(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    told = await disputed(market, buyer, supplier)
    offer = await proposed(supplier, told, 200_000)
    await charged_back(market, buyer, told["milestone_id"], 50_000)
    await step(buyer, told, f"proposals/{offer['proposals'][0]['id']}/acceptance")
    found = await milestone_of(market, buyer, told["milestone_id"])
    assert (found.released_minor, found.refunded_minor, found.frozen_by) == (200_000, 50_000, None)
    # He owes nothing because of it, and gets the rest when the bank finds that it was wrong.
    assert (found.outstanding_minor, found.open_minor) == (0, 0)
    await charged_back(market, buyer, told["milestone_id"], 50_000, state=BankDisputeState.WON)
    found = await milestone_of(market, buyer, told["milestone_id"])
    assert (found.released_minor, found.refunded_minor, found.outstanding_minor) == (200_000, 100_000, 0)


async def test_of_two_who_end_it_one_is_first(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    milestone_id = await payment_milestone(market, buyer, supplier)
    path = f"/v1/payment-milestones/{milestone_id}/disputes"
    made = await asyncio.gather(*(buyer.post(path, json=dispute_form()) for _ in range(3)))
    assert sorted(one.status_code for one in made) == [201, 409, 409]
    told = next(one.json() for one in made if one.status_code == 201)
    offer = await proposed(buyer, told, 200_000)
    accepting = f"/v1/disputes/{told['id']}/proposals/{offer['proposals'][0]['id']}/acceptance"
    ends = await asyncio.gather(
        supplier.post(accepting),
        buyer.post(f"/v1/disputes/{told['id']}/withdrawal", json={}),
        supplier.post(accepting),
    )
    assert sorted(one.status_code for one in ends) == [200, 409, 409]
    found = await milestone_of(market, buyer, milestone_id)
    agreed = (await read(buyer, told))["state"]["code"] == "agreed"
    assert (found.released_minor, found.refunded_minor) == ((200_000, 100_000) if agreed else (0, 0))
    assert await proved(market) == []


async def test_words_are_read_in_the_readers_language(market: Market) -> None:
    buyer, supplier = await market.people("buyer", locale="de"), await market.people("supplier", locale="en")
    told = await disputed(market, buyer, supplier, text="Die Schieber und die Auswerferstifte klemmen.")
    await market.work()
    [entry] = await history(supplier, told)
    assert entry["text"]["locale"] == "de" and entry["text"]["text"].startswith("Die Schieber")
    translated = entry["text"]["translation"]
    assert translated["locale"] == "en" and translated["state"] == "machine"
    [own] = await history(buyer, told)
    assert own["text"]["translation"] is None


async def test_lists_take_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    operator = await market.people("operator")
    told = await disputed(market, buyer, supplier)
    lists = (
        (buyer, "/v1/disputes"),
        (operator, "/v1/operator/disputes"),
        (supplier, f"/v1/disputes/{told['id']}/entries"),
    )
    counted: dict[str, list[int]] = {}
    for more in (0, 19):
        for _ in range(more):
            await disputed(market, buyer, supplier)
            await step(supplier, told, "messages", 201, text="x")
        for who, path in lists:
            with count_statements(market.db) as seen:
                answer = await who.get(path)
            assert answer.status_code == 200
            counted.setdefault(path, []).append(len(seen))
    assert all(len(set(found)) == 1 for found in counted.values()), counted
    page = (await buyer.get("/v1/disputes?limit=5")).json()
    assert len(page["items"]) == 5 and page["next_cursor"]


BROKEN = {
    "UPDATE payment_disputes SET state = 'decided', ended_at = app_now(), version = version + 1": "payment_disputes_way",
    "UPDATE payment_disputes SET disputed_minor = 1, version = version + 1": "payment_disputes_stay",
    "UPDATE payment_disputes SET escalates_at = app_now() + interval '9 days'": "payment_disputes_stay",
    "DELETE FROM payment_disputes": None,
    "UPDATE payment_dispute_entries SET text = 'x'": None,
    "DELETE FROM payment_dispute_entries": None,
    "UPDATE payment_dispute_proposals SET release_minor = 0, refund_minor = 300000": "payment_dispute_proposals_way",
    "UPDATE payment_dispute_proposals SET state = 'accepted', closed_at = app_now()": "payment_dispute_proposals_way",
    "DELETE FROM payment_dispute_proposals": None,
}


async def test_the_database_keeps_what_was_said_and_how_it_ended(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    told = await disputed(market, buyer, supplier)
    await proposed(supplier, told, 100_000)
    for table in ("payment_disputes", "payment_dispute_proposals", "payment_dispute_entries"):
        owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement, guard in BROKEN.items():
        with pytest.raises(psycopg.Error) as refused:
            owner.execute(statement)
        owner.rollback()
        if guard is not None:
            assert refused.value.diag.constraint_name == guard, (statement, refused.value)
    assert await proved(market) == []


async def test_verification_finds_what_triggers_keep_out(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    told = await disputed(market, buyer, supplier)
    offer = await proposed(supplier, told, 100_000)
    await step(buyer, told, f"proposals/{offer['proposals'][0]['id']}/acceptance")
    other = await disputed(market, buyer, supplier)
    assert await proved(market) == []
    # One proposal was made in two disputes: that one was looked at.
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert [(await check(session))[0] for check in CHECKS] == [2, 1, 2, 2]
    owner.execute("SET session_replication_role = replica")
    owner.execute(
        "UPDATE payment_disputes SET state = 'answered', answered_at = app_now() WHERE id = %s", [other["id"]]
    )
    owner.execute("UPDATE payment_disputes SET release_minor = 0, refund_minor = 300000 WHERE id = %s", [told["id"]])
    owner.execute("UPDATE payment_milestones SET frozen_by = NULL WHERE id = %s", [other["milestone_id"]])
    owner.commit()
    assert sorted(await proved(market)) == sorted(
        [
            f"dispute {told['id']}",
            f"dispute {other['id']}",
            f"proposals of dispute {told['id']}",
            f"milestone {other['milestone_id']} of dispute {other['id']}",
            f"milestone {told['milestone_id']} is reduced by 200000, and not by 300000",
        ]
    )
