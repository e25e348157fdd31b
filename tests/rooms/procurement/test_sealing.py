"""Sealed means stored so: under every role of the database, and against every hand that might alter a quote later."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.verify import verify_all
from tests.market import Market
from tests.rooms.procurement.deals import Deal, published

Owner = psycopg.Connection[tuple[object, ...]]
SEALED = ("quote_prices", "quote_terms")


async def seen(session: AsyncSession) -> list[int]:
    """How many rows of each sealed table the transaction can see."""
    return [int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()) for table in SEALED]


async def as_app(
    db: Database, organization_id: UUID | None, *, operator: bool = False, role: Role = Role.APP
) -> list[int]:
    """What a role sees while acting for an organization."""
    async with db.transaction(role) as session:
        await act_for(session, organization_id, operator=operator)
        return await seen(session)


async def refused(db: Database, role: Role) -> bool:
    """Whether the role may not even select from the sealed tables."""
    refusals = 0
    for table in SEALED:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with db.transaction(role) as session:
                await session.execute(text(f"SELECT count(*) FROM {table}"))
        refusals += 1
    return refusals == len(SEALED)


async def quoted(market: Market) -> Deal:
    """One submitted, one draft, one withdrawn quote, two prices each."""
    deal = await published(market, suppliers=3)
    await deal.quote(deal.suppliers[0], notes="Preise ohne Zoll")
    await deal.quote(deal.suppliers[1], submit=False)
    gone = await deal.quote(deal.suppliers[2])
    await deal.suppliers[2].post(f"/v1/quotes/{gone['id']}/withdrawal")
    return deal


async def test_before_the_opening_the_supplier_alone_sees_his_own(market: Market, db: Database) -> None:
    deal = await quoted(market)
    for supplier in deal.suppliers:
        assert await as_app(db, supplier.firm.id) == [2, 1]
    operator = await market.firm("operator")
    assert await as_app(db, deal.buyer.firm.id) == [0, 0]
    assert await as_app(db, operator.id, operator=True) == [0, 0]
    assert await as_app(db, None) == [0, 0]
    for firm in (deal.buyer.firm, deal.suppliers[0].firm, operator):
        assert await as_app(db, firm.id, role=Role.WORKER) == [0, 0]
        assert await as_app(db, firm.id, operator=True, role=Role.WORKER) == [0, 0]
    assert await as_app(db, deal.buyer.firm.id, role=Role.AUDITOR) == [0, 0]
    assert await refused(db, Role.READER) and await refused(db, Role.BACKOFFICE)


async def test_after_the_opening_the_buyer_sees_submitted_quotes_only(market: Market, db: Database) -> None:
    deal = await quoted(market)
    await deal.open()
    assert await as_app(db, deal.buyer.firm.id) == [2, 1]
    assert await as_app(db, deal.buyer.firm.id, role=Role.WORKER) == [2, 1]
    assert await as_app(db, None, role=Role.AUDITOR) == [2, 1]
    other, operator = await market.firm("buyer"), await market.firm("operator")
    assert await as_app(db, other.id) == [0, 0]
    assert await as_app(db, operator.id, operator=True) == [0, 0]
    for supplier in deal.suppliers:
        assert await as_app(db, supplier.firm.id) == [2, 1]


async def test_no_price_stands_anywhere_else(market: Market, owner: Owner) -> None:
    deal = await published(market)
    await deal.quote(deal.suppliers[0], 918273645, 546372819, notes="Geheimnotiz", extras=[
        {"label": "Sonderposten", "price_minor": 192837465}])  # fmt: skip
    await market.work()
    secrets = ("918273645", "546372819", "192837465", "Geheimnotiz", "Sonderposten")
    tables = [
        str(row[0])
        for row in owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    ]
    assert len(tables) > 30
    holding = set()
    for table in tables:
        rows = owner.execute(f"SELECT t::text FROM {table} t").fetchall()  # type: ignore[arg-type]
        bodies = [str(row[0]) for row in rows]
        if table == "idempotency_answers":
            bodies += [
                str(row[0]) for row in owner.execute("SELECT convert_from(body, 'UTF8') FROM idempotency_answers")
            ]
        if any(secret in body for body in bodies for secret in secrets):
            holding.add(table)
    assert holding == set(SEALED)


LATE: list[tuple[str, str]] = [
    ("a new quote", "INSERT INTO quotes (id, inquiry_id, buyer_id, supplier_id, revision) "
                    "SELECT gen_random_uuid(), inquiry_id, buyer_id, supplier_id, 9 FROM quotes WHERE state = 'withdrawn'"),
    ("a submission", "UPDATE quotes SET state = 'submitted', digest = sha256('x'), submitted_at = app_now() "
                     "WHERE state = 'draft'"),
    ("a withdrawal", "UPDATE quotes SET state = 'withdrawn', withdrawn_at = app_now() WHERE state = 'submitted'"),
]  # fmt: skip


@pytest.mark.parametrize("statement", [row[1] for row in LATE], ids=[row[0] for row in LATE])
async def test_the_database_refuses_what_comes_late(market: Market, db: Database, statement: str) -> None:
    deal = await quoted(market)
    deal.wait(days=5, seconds=1)
    refusals = []
    for supplier in deal.suppliers:
        try:
            async with db.transaction() as session:
                await act_for(session, supplier.firm.id)
                changed = await session.execute(text(statement))
                assert changed.rowcount == 0  # type: ignore[attr-defined]
        except DBAPIError as error:
            refusals.append(str(error.orig))
    assert len(refusals) == 1 and "takes no quotes" in refusals[0]


ALTERED = [
    "UPDATE quote_prices SET price_minor = 1",
    "DELETE FROM quote_prices",
    "UPDATE quote_terms SET lead_time_days = 1",
    "DELETE FROM quote_terms",
    "UPDATE quotes SET digest = sha256('other')",
    "UPDATE quotes SET supplier_id = buyer_id",
    "UPDATE quotes SET state = 'draft', digest = NULL, submitted_at = NULL",
]


@pytest.mark.parametrize("statement", ALTERED)
@pytest.mark.parametrize("closed", [False, True])
async def test_a_submitted_quote_cannot_be_altered_even_by_the_superuser(
    market: Market, db: Database, owner: Owner, statement: str, closed: bool
) -> None:
    deal = await published(market, suppliers=1)
    await deal.quote(deal.suppliers[0])
    if closed:
        deal.wait(days=6)
    with pytest.raises(DBAPIError):
        async with db.transaction() as session:
            await act_for(session, deal.suppliers[0].firm.id)
            await session.execute(text(statement))
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(statement)  # type: ignore[arg-type]


async def test_the_opening_is_refused_before_its_time_and_never_taken_back(
    market: Market, db: Database, owner: Owner
) -> None:
    deal = await quoted(market)

    async def open_as(organization_id: UUID, buyer_id: UUID) -> None:
        async with db.transaction() as session:
            await act_for(session, organization_id)
            await session.execute(
                text("INSERT INTO inquiry_openings (inquiry_id, buyer_id) VALUES (:inquiry_id, :buyer_id)"),
                {"inquiry_id": deal.inquiry["id"], "buyer_id": buyer_id},
            )

    buyer, supplier = deal.buyer.firm.id, deal.suppliers[0].firm.id
    await deal.buyer.post(f"{deal.path}/closing")
    with pytest.raises(DBAPIError, match="opening time"):
        await open_as(buyer, buyer)
    with pytest.raises(psycopg.errors.CheckViolation, match="opening time"):
        owner.execute(
            "INSERT INTO inquiry_openings (inquiry_id, buyer_id) VALUES (%s, %s)", (deal.inquiry["id"], buyer)
        )
    await deal.open()
    with pytest.raises(DBAPIError):
        await open_as(supplier, supplier)
    for statement in ("UPDATE inquiry_openings SET opened_at = now()", "DELETE FROM inquiry_openings"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute(statement)


async def test_no_application_role_moves_the_clock(market: Market, db: Database) -> None:
    for role in Role:
        if role is Role.OWNER:
            continue
        with pytest.raises(DBAPIError, match="permission denied"):
            async with db.transaction(role) as session:
                await session.execute(text("INSERT INTO clock_offset (moved_by) VALUES ('1 year')"))


TIMES: list[tuple[str, Callable[[str], str]]] = [
    ("opening earlier", lambda i: f"UPDATE inquiries SET opens_at = opens_at - interval '1 minute' WHERE id = '{i}'"),
    ("closing earlier", lambda i: f"UPDATE inquiries SET closes_at = closes_at - interval '1 day' WHERE id = '{i}'"),
    ("a new title", lambda i: f"UPDATE inquiries SET title = 'other' WHERE id = '{i}'"),
    ("back to draft", lambda i: f"UPDATE inquiries SET state = 'draft' WHERE id = '{i}'"),
    ("an award before opening", lambda i: f"UPDATE inquiries SET state = 'awarded' WHERE id = '{i}'"),
    ("a line less", lambda i: f"DELETE FROM inquiry_lines WHERE inquiry_id = '{i}'"),
    ("another quantity", lambda i: f"UPDATE inquiry_lines SET quantity = 7 WHERE inquiry_id = '{i}'"),
]


@pytest.mark.parametrize("statement", [row[1] for row in TIMES], ids=[row[0] for row in TIMES])
async def test_a_published_inquiry_is_held_by_the_database(
    market: Market, db: Database, owner: Owner, statement: Callable[[str], str]
) -> None:
    deal = await published(market, suppliers=1)
    with pytest.raises(DBAPIError):
        async with db.transaction() as session:
            await act_for(session, deal.buyer.firm.id)
            await session.execute(text(statement(deal.inquiry["id"])))
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(statement(deal.inquiry["id"]))  # type: ignore[arg-type]


async def test_a_supplier_locks_the_inquiry_and_cannot_change_it(market: Market, db: Database) -> None:
    deal = await published(market)
    supplier = deal.suppliers[0].firm.id
    async with db.transaction() as session:
        await act_for(session, supplier)
        locked = await session.execute(text("SELECT id FROM inquiries FOR SHARE"))
        assert len(locked.all()) == 1
    for statement in ("UPDATE inquiries SET state = 'closed'", "UPDATE inquiries SET version = version + 1"):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with db.transaction() as session:
                await act_for(session, supplier)
                await session.execute(text(statement))


async def test_an_uninvited_supplier_cannot_quote_behind_the_application(market: Market, db: Database) -> None:
    deal = await published(market)
    stranger = await market.people("supplier")
    with pytest.raises(DBAPIError):
        async with db.transaction() as session:
            await act_for(session, stranger.firm.id)
            await session.execute(
                text(
                    "INSERT INTO quotes (id, inquiry_id, buyer_id, supplier_id, revision) "
                    "VALUES (gen_random_uuid(), :inquiry_id, :buyer_id, :supplier_id, 1)"
                ),
                {
                    "inquiry_id": deal.inquiry["id"],
                    "buyer_id": deal.buyer.firm.id,
                    "supplier_id": stranger.firm.id,
                },
            )


async def test_verify_recomputes_the_seals_and_finds_an_altered_price(
    market: Market, db: Database, owner: Owner
) -> None:
    deal = await quoted(market)
    seals = next(found for found in await verify_all(db) if found.check == "quote seals")
    assert seals.looked_at == 0
    await deal.open()
    seals = next(found for found in await verify_all(db) if found.check == "quote seals")
    assert seals.holds and seals.looked_at == 1
    owner.execute("ALTER TABLE quote_prices DISABLE TRIGGER USER")
    owner.execute("UPDATE quote_prices SET price_minor = price_minor - 1 WHERE position = 1")
    seals = next(found for found in await verify_all(db) if found.check == "quote seals")
    assert not seals.holds and len(seals.broken) == 1
