"""Approval rules, requests, decisions by four eyes, deputies."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.kit.actor import Actor
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.outbox import OutboxEvent
from app.parties import facade
from app.parties.approval_rules import ApprovalSubject, asks_for_approval, decides_for
from app.parties.models import Approval, ApprovalStep
from app.reference import facade as reference
from tests.market import Caller, Market, Member
from tests.statements import count_statements


def subject(counterparty: UUID, **changes: Any) -> ApprovalSubject:
    values: dict[str, Any] = {
        "kind": "order",
        "id": new_id(),
        "amount_minor": 5_000_000,
        "currency": "EUR",
        "category_codes": frozenset({"mould-bases"}),
        "counterparty_id": counterparty,
        "new_counterparty": False,
        "title": "Order 4711",
    }
    return ApprovalSubject(**(values | changes))


async def request(market: Market, requester: Member, what: ApprovalSubject) -> UUID | None:
    actor = Actor(requester.firm.id, frozenset(), frozenset({"buyer"}), person_id=requester.person_id)
    async with market.db.transaction() as session:
        await act_for(session, requester.firm.id, person_id=requester.person_id)
        return await facade.request_approval(session, actor, what, now=market.clock.now())


async def make_rule(caller: Member, *approvers: Member, **fields: Any) -> dict[str, Any]:
    form = {"name": "Large orders", "approver_ids": [str(person.person_id) for person in approvers]} | fields
    answer = await caller.post("/v1/approval-rules", json=form)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


class Office:
    """A buyer with an owner, two approvers and a purchaser; and a supplier."""

    def __init__(self, owner: Member, one: Member, two: Member, purchaser: Member, supplier: Member) -> None:
        self.owner, self.one, self.two, self.purchaser, self.supplier = owner, one, two, purchaser, supplier


async def office(market: Market) -> Office:
    owner = await market.people("buyer")
    people = [await market.member(owner.firm, role) for role in ("approver", "approver", "purchaser")]
    return Office(owner, *people, await market.people("supplier"))


async def pending(market: Market, at: Office, *approvers: Member) -> str:
    await make_rule(at.owner, *(approvers or (at.one,)))
    made = await request(market, at.purchaser, subject(at.supplier.firm.id))
    assert made is not None
    return f"/v1/approvals/{made}"


async def test_only_those_who_may_write_rules(market: Market) -> None:
    at = await office(market)
    form = {"name": "All", "approver_ids": [str(at.one.person_id)]}
    assert (await market.nobody.post("/v1/approval-rules", json=form)).status_code == 401
    assert (await at.purchaser.post("/v1/approval-rules", json=form)).status_code == 403
    for wrong in (at.purchaser, at.supplier):
        refused = await at.owner.post("/v1/approval-rules", json=form | {"approver_ids": [str(wrong.person_id)]})
        assert refused.json()["errors"][0]["pointer"] == "/approver_ids/0"
    assert (await at.owner.post("/v1/approval-rules", json=form | {"above_minor": 5})).status_code == 422
    path = f"/v1/approval-rules/{(await make_rule(at.owner, at.one))['id']}"
    tag = {"If-Match": (await at.owner.get(path)).headers["etag"]}
    changed = form | {"name": "Some", "above_minor": 100, "currency": "EUR"}
    for caller, status in [(market.nobody, 401), (at.supplier, 404), (at.purchaser, 403)]:
        assert (await caller.put(path, json=changed, headers=tag)).status_code == status
        assert (await caller.delete(path)).status_code == status
    assert (await at.owner.put(path, json=changed)).status_code == 428
    assert (await at.owner.put(path, json=changed, headers=tag)).json()["name"] == "Some"
    assert (await at.owner.put(path, json=changed, headers=tag)).status_code == 412
    assert (await at.owner.delete(path)).status_code == 204
    assert (await at.owner.get("/v1/approval-rules")).json()["items"] == []
    assert await request(market, at.purchaser, subject(at.supplier.firm.id)) is None


async def test_amounts_are_compared_by_the_days_rate(market: Market) -> None:
    at = await office(market)
    await make_rule(at.owner, at.one, above_minor=10_000_00, currency="EUR")
    yuan = subject(at.supplier.firm.id, amount_minor=70_000_00, currency="CNY")
    assert await request(market, at.purchaser, yuan) is not None, "without a rate, one question too many"
    async with market.db.transaction() as session:
        await act_for(session, None, operator=True)
        day = market.clock.now().date()
        rate = {"base": "EUR", "quote": "CNY", "on_date": day, "rate": Decimal("7.8"), "source": "ECB"}
        await reference.load_rates(session, [rate])
    assert (
        await request(market, at.purchaser, subject(at.supplier.firm.id, amount_minor=70_000_00, currency="CNY"))
        is None
    )
    assert await request(market, at.purchaser, subject(at.supplier.firm.id, amount_minor=80_000_00, currency="CNY"))
    assert await request(market, at.purchaser, subject(at.supplier.firm.id, amount_minor=10_000_00)) is None


async def test_a_request_is_made_once_and_can_be_withdrawn(market: Market) -> None:
    at = await office(market)
    await make_rule(at.owner, at.one)
    what = subject(at.supplier.firm.id)
    first = await request(market, at.purchaser, what)
    assert first == await request(market, at.purchaser, what)
    actor = Actor(at.owner.firm.id, frozenset(), frozenset(), person_id=at.purchaser.person_id)
    async with market.db.transaction() as session:
        await act_for(session, at.owner.firm.id)
        assert await facade.withdraw_approval(session, actor, what.kind, what.id)
        assert not await facade.withdraw_approval(session, actor, what.kind, what.id)
    late = await at.one.post(f"/v1/approvals/{first}/approve", json={})
    assert late.status_code == 409 and late.json()["code"] == "already-decided"


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_who_decides(market: Market, verb: str) -> None:
    at = await office(market)
    path = f"{await pending(market, at)}/{verb}"
    form = {"comment": "As budgeted"}
    for caller, status in [
        (market.nobody, 401),
        (at.supplier, 404),
        (at.purchaser, 403),
        (at.two, 403),
        (at.owner, 403),
    ]:
        assert (await caller.post(path, json=form)).status_code == status
    assert (await at.owner.get(path.rpartition("/")[0])).json()["state"]["code"] == "pending"
    decided = await at.one.post(path, json=form)
    assert decided.status_code == 200 and decided.json()["state"]["code"] == f"{verb}ed".replace("eed", "ed")
    assert (await at.one.post(path, json=form)).status_code == 200
    other = path.replace(verb, "reject" if verb == "approve" else "approve")
    assert (await at.one.post(other, json=form)).json()["code"] == "already-decided"
    async with market.db.transaction(Role.WORKER) as session:
        events = (
            await session.scalars(select(OutboxEvent.data).where(OutboxEvent.type == "parties.approval_decided.v1"))
        ).all()
    assert [event["approved"] for event in events] == [verb == "approve"]


async def test_nobody_approves_his_own(market: Market) -> None:
    at = await office(market)
    await make_rule(at.owner, at.one)
    made = await request(market, at.one, subject(at.supplier.firm.id))
    assert (await at.one.post(f"/v1/approvals/{made}/approve", json={})).json()["code"] == "not-your-decision"
    # The only one named is the requester, so any other approver may.
    assert (await at.two.post(f"/v1/approvals/{made}/approve", json={})).status_code == 200


@pytest.mark.parametrize("table", [Approval, ApprovalStep])
async def test_the_database_knows_four_eyes_and_one_decision(market: Market, table: Any) -> None:
    at = await office(market)
    path = await pending(market, at)
    decision = {"state": "approved", "decided_at": market.clock.now()}
    with pytest.raises(DBAPIError, match="four_eyes"):
        async with market.db.transaction() as session:
            await act_for(session, at.owner.firm.id)
            await session.execute(update(table).values(decided_by=at.purchaser.person_id, **decision))
    assert (await at.one.post(f"{path}/approve", json={})).status_code == 200
    with pytest.raises(DBAPIError, match="decided once"):
        async with market.db.transaction() as session:
            await act_for(session, at.owner.firm.id)
            await session.execute(update(table).values(state="rejected"))


async def test_of_two_decisions_at_once_one_counts(market: Market) -> None:
    at = await office(market)
    path = await pending(market, at, at.one, at.two)
    answers = await asyncio.gather(
        at.one.post(f"{path}/approve", json={}), at.two.post(f"{path}/reject", json={"comment": "No budget"})
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    async with market.db.transaction(Role.WORKER) as session:
        kinds = (await session.scalars(select(OutboxEvent.type))).all()
    assert kinds.count("parties.approval_decided.v1") == 1


async def test_every_rule_that_asks_is_answered(market: Market) -> None:
    at = await office(market)
    await make_rule(at.owner, at.two, name="New suppliers", new_counterparty=True)
    await make_rule(at.owner, at.one, name="Mould bases", category_codes=["mould-bases"])
    await make_rule(at.owner, at.owner, name="Awards", subject_kind="award")
    made = await request(market, at.purchaser, subject(at.supplier.firm.id, new_counterparty=True))
    path = f"/v1/approvals/{made}"
    mine = [(await person.get("/v1/approvals?view=mine")).json()["items"] for person in (at.one, at.two, at.owner)]
    assert [len(items) for items in mine] == [1, 1, 0]
    assert (await at.one.post(f"{path}/approve", json={})).json()["state"]["code"] == "pending"
    assert (await at.one.get("/v1/approvals?view=mine")).json()["items"] == []
    settled = (await at.two.post(f"{path}/approve", json={"comment": "Fine"})).json()
    assert settled["state"]["code"] == "approved" and settled["decided_by"] == str(at.two.person_id)
    assert {step["state"]["code"] for step in settled["steps"]} == {"approved"}


async def delegation(caller: Caller, to: Member, market: Market, **change: Any) -> Any:
    ends_at = (market.clock.now() + timedelta(days=14)).isoformat()
    return await caller.post(
        "/v1/approval-delegations", json={"to_person_id": str(to.person_id), "ends_at": ends_at} | change
    )


async def test_a_deputy_decides_until_the_day(market: Market) -> None:
    at = await office(market)
    viewer = await market.member(at.owner.firm, "viewer")
    path = await pending(market, at)
    assert (await delegation(market.nobody, viewer, market)).status_code == 401
    assert (await delegation(at.purchaser, viewer, market)).status_code == 403
    for wrong in (at.one, at.supplier):
        assert (await delegation(at.one, wrong, market)).json()["errors"][0]["pointer"] == "/to_person_id"
    past = (market.clock.now() - timedelta(days=1)).isoformat()
    assert (await delegation(at.one, viewer, market, ends_at=past)).json()["errors"][0]["pointer"] == "/ends_at"
    assert (await viewer.post(f"{path}/approve", json={})).status_code == 403
    assert (await delegation(at.one, viewer, market)).status_code == 201
    assert len((await viewer.get("/v1/approvals?view=mine")).json()["items"]) == 1
    async with market.db.transaction() as session:
        await act_for(session, at.owner.firm.id)
        who = await facade.approvers_of(session, UUID(path.rpartition("/")[2]), now=market.clock.now())
    assert {person.id for person in who} == {at.one.person_id, viewer.person_id}
    decided = (await viewer.post(f"{path}/approve", json={})).json()
    assert decided["steps"][0]["decided_for"] == str(at.one.person_id)
    second = await request(market, at.purchaser, subject(at.supplier.firm.id))
    market.move_clock(days=15)
    tokens = await market.member(at.owner.firm, "viewer")
    assert (await tokens.get("/v1/approval-delegations")).json()["items"] == []
    async with market.db.transaction() as session:
        await act_for(session, at.owner.firm.id)
        who = await facade.approvers_of(session, second or new_id(), now=market.clock.now())
    assert {person.id for person in who} == {at.one.person_id}


async def test_a_deputy_never_decides_what_he_requested(market: Market) -> None:
    at = await office(market)
    path = await pending(market, at)
    assert (await delegation(at.one, at.purchaser, market)).status_code == 201
    assert (await at.purchaser.post(f"{path}/approve", json={})).json()["code"] == "not-your-decision"
    assert (await at.purchaser.get("/v1/approvals?view=mine")).json()["items"] == []


async def test_a_delegation_is_ended_by_its_giver_or_a_manager(market: Market) -> None:
    at = await office(market)
    made = (await delegation(at.one, at.two, market)).json()
    path = f"/v1/approval-delegations/{made['id']}"
    for caller, status in [
        (market.nobody, 401),
        (at.supplier, 404),
        (at.purchaser, 403),
        (at.one, 204),
        (at.owner, 204),
    ]:
        assert (await caller.delete(path)).status_code == status


async def test_a_machine_asks_in_the_name_of_its_maker(market: Market) -> None:
    at = await office(market)
    await make_rule(at.owner, at.owner, at.one)
    made = (await at.owner.post("/v1/api-clients", json={"name": "ERP", "scopes": ["order"]})).json()
    actor = Actor(at.owner.firm.id, frozenset(), frozenset(), client_id=UUID(made["client"]["id"]))
    async with market.db.transaction() as session:
        await act_for(session, at.owner.firm.id)
        what = subject(at.supplier.firm.id)
        approval_id = await facade.request_approval(session, actor, what, now=market.clock.now())
    assert (await at.owner.post(f"/v1/approvals/{approval_id}/approve", json={})).status_code == 403
    assert (await at.one.post(f"/v1/approvals/{approval_id}/approve", json={})).status_code == 200


async def test_the_list_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    at = await office(market)
    await pending(market, at)
    with count_statements(market.db) as one:
        await at.one.get("/v1/approvals?view=mine")
    for _ in range(19):
        await request(market, at.purchaser, subject(at.supplier.firm.id))
    with count_statements(market.db) as many:
        page = await at.one.get("/v1/approvals?view=mine&limit=20")
    assert len(page.json()["items"]) == 20 and len(one) == len(many)
    assert (await at.supplier.get("/v1/approvals")).json()["items"] == []


async def test_the_database_refuses_amounts_that_are_none(
    market: Market, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    await pending(market, await office(market))
    for change in ("amount_minor = -1", "currency = 'eur'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE approvals SET {change}")  # type: ignore[arg-type]


PEOPLE = [UUID(int=number) for number in range(1, 6)]
people = st.sets(st.sampled_from(PEOPLE)).map(frozenset)
deputies = st.dictionaries(st.sampled_from(PEOPLE), people)


@given(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), people, people, deputies)
def test_four_eyes_always(
    person: UUID, requester: UUID, named: frozenset[UUID], able: frozenset[UUID], deputy_of: dict[UUID, frozenset[UUID]]
) -> None:
    voice = decides_for(person, requested_by=requester, named=named, able=able, deputy_of=deputy_of)
    if voice is None:
        return
    assert requester not in (person, voice)
    assert voice in able
    assert voice == person or voice in deputy_of[person] & named


@given(st.sampled_from(PEOPLE), people, people.filter(bool))
def test_somebody_decides_whenever_another_approver_exists(
    requester: UUID, named: frozenset[UUID], able: frozenset[UUID]
) -> None:
    found = [
        person
        for person in PEOPLE
        if decides_for(person, requested_by=requester, named=named, able=able, deputy_of={}) is not None
    ]
    assert bool(found) == bool(able - {requester})


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_higher_amount_never_asks_for_less(amount: int, more: int) -> None:
    rule: Any = SimpleNamespace(
        subject_kind=None, above_minor=10_000_00, currency="EUR", category_codes=[], new_counterparty=False
    )

    def asks(minor: int) -> bool:
        what = subject(UUID(int=1), amount_minor=minor)
        return asks_for_approval(rule, what, lambda value, _source, _target: value)

    assert not asks(amount) or asks(amount + more)


async def test_a_rule_in_a_currency_without_rates_is_refused(market: Market) -> None:
    at = await office(market)
    form = {"name": "Old money", "approver_ids": [str(at.one.person_id)], "above_minor": 100, "currency": "DEM"}
    refused = await at.owner.post("/v1/approval-rules", json=form)
    assert refused.status_code == 422, refused.text
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/currency", "unknown-currency")
    ]
