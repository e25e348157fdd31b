"""The foundation under the application's own roles: tenancy, append-only logs, events and their reactions."""

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.kit import audit
from app.kit.db.engine import Database
from app.kit.db.tenancy import act_for, acting_for
from app.kit.verify import verify_all
from app.parties.models import Membership
from tests.market import Market


async def test_without_a_tenant_no_membership_is_seen(market: Market) -> None:
    member = await market.people("buyer")
    async with market.db.transaction() as session:
        assert (await session.scalars(select(Membership))).all() == []
        await act_for(session, member.firm.id)
        assert len((await session.scalars(select(Membership))).all()) == 1


async def test_acting_for_somebody_ends_with_the_block(market: Market) -> None:
    one, other = await market.people("buyer"), await market.people("buyer")
    names = ("organization_id", "person_id", "operator")
    said = text("SELECT " + ", ".join(f"current_setting('app.{name}', true)" for name in names))
    async with market.db.transaction() as session:
        await act_for(session, one.firm.id, person_id=one.person_id)
        as_one = (str(one.firm.id), str(one.person_id), "")
        async with acting_for(session, other.firm.id):
            assert (await session.execute(said)).one() == (str(other.firm.id), "", "")
            async with acting_for(session, None, operator=True):
                assert (await session.execute(said)).one() == ("", "", "on")
            assert (await session.execute(said)).one() == (str(other.firm.id), "", "")
        assert (await session.execute(said)).one() == as_one


async def test_a_row_of_another_organization_cannot_be_written(market: Market) -> None:
    one, other = await market.people("buyer"), await market.people("buyer")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with market.db.transaction() as session:
            await act_for(session, one.firm.id)
            session.add(Membership(person_id=one.person_id, organization_id=other.firm.id, roles=["owner"]))


async def test_audit_rows_cannot_be_changed_even_by_their_owner(
    market: Market, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    member = await market.people("buyer")
    async with market.db.transaction() as session:
        await act_for(session, member.firm.id)
        await audit.record(session, None, "test.act", "thing", None, organization_id=member.firm.id, after={"n": 1})
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute("UPDATE audit_entries SET action = 'other'")


async def test_verify_proves_the_chain_and_finds_a_forgery(
    market: Market, db: Database, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    member = await market.people("buyer")
    async with db.transaction() as session:
        await act_for(session, member.firm.id)
        for n in range(3):
            await audit.record(session, None, "test.act", "thing", None, organization_id=member.firm.id, after={"n": n})
    await market.chain_audit()
    chain = next(f for f in await verify_all(db) if f.check == "audit chain")
    assert chain.holds and chain.looked_at == 3
    owner.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")
    owner.execute(
        "UPDATE audit_entries SET action = 'forged' WHERE id = (SELECT min(id::text)::uuid FROM audit_entries)"
    )
    chain = next(f for f in await verify_all(db) if f.check == "audit chain")
    assert not chain.holds


async def test_forgetting_a_person_leaves_the_chain_intact(
    market: Market, db: Database, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    member = await market.people("buyer")
    async with db.transaction() as session:
        await act_for(session, member.firm.id)
        await audit.record(
            session, None, "test.act", "person", None, organization_id=member.firm.id, after={"name": "E"}
        )
    await market.chain_audit()
    async with db.transaction() as session:
        await act_for(session, None, operator=True)
        await session.execute(text("DELETE FROM audit_values"))
    chain = next(f for f in await verify_all(db) if f.check == "audit chain")
    assert chain.holds


async def test_readiness_and_an_unknown_address(market: Market, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    assert (await market.nobody.get("/readyz")).status_code == 200
    for schema, status in (("20261123_0900", 503), ("20991231_2359", 200)):
        owner.execute("UPDATE alembic_version SET version_num = %s", (schema,))
        assert (await market.nobody.get("/readyz")).status_code == status
    answer = await market.nobody.get("/v1/nothing", headers={"Accept-Language": "de"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "de"
    assert answer.json()["code"] == "not-found"


async def test_whoever_only_reads_sees_one_moment_and_whoever_writes_what_is_there(market: Market) -> None:
    member = await market.people("buyer")
    counted = select(func.count()).select_from(Membership)

    async def grew(*, readonly: bool) -> bool:
        async with market.db.transaction(readonly=readonly) as session, acting_for(session, member.firm.id):
            before = await session.scalar(counted)
            await market.member(member.firm)
            return await session.scalar(counted) != before

    assert not await grew(readonly=True)
    assert await grew(readonly=False)
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with market.db.transaction(readonly=True) as session:
            await act_for(session, member.firm.id)
            await audit.record(session, None, "test.act", "thing", None, organization_id=member.firm.id, after={})
