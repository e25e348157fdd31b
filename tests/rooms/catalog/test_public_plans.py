"""How public statements are run under the role `reader` above many listings, and what happens when they cannot be."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import psycopg
import pytest

from app.catalog.definitions import categories
from app.catalog.reading import PageAsked, Reader, detail, detail_statement, page_of, page_statement
from app.kit.db.engine import Database, Role, role_url
from app.kit.db.reading import SESSION, Reading
from app.kit.errors import Unavailable
from app.settings import Settings
from tests import conftest as house
from tests.market import Market
from tests.rooms.catalog.test_listings import LEAF, published

Owner = psycopg.Connection[tuple[object, ...]]
# Without foreign keys: nothing but the documents matters here.
MANY = """
SET session_replication_role = replica;
INSERT INTO public_products
    (product_id, supplier_id, category_path, document, card, digest)
SELECT uuidv7(), ('01900000-0000-7000-8000-' || lpad((n % 40)::text, 12, '0'))::uuid, c.path, '{}',
       jsonb_build_object('code', 'x' || n, 'filler', repeat('x', 200)), md5(n::text)
FROM generate_series(1, 60000) n
JOIN (SELECT path, row_number() OVER (ORDER BY code) - 1 AS number, count(*) OVER () AS total FROM categories
      WHERE code NOT IN (SELECT unnest(path[1:cardinality(path) - 1]) FROM categories)) c ON c.number = n % c.total;
SET session_replication_role = origin;
ANALYZE public_products;
"""


@pytest.fixture(scope="module")
async def reader(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[asyncpg.Connection]:
    """The role's connection, planning as the application's own does, above sixty thousand listings. It changes nothing, so
    one market is enough for all tests."""
    server = house._server()
    name = server.clone()
    settings = house.settings_at(server.url(name), tmp_path_factory.mktemp("many"))
    with psycopg.connect(server.url(name), autocommit=True) as owner:
        owner.execute(MANY)
    url = role_url(settings, Role.READER).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, server_settings=SESSION)
    yield connection
    await connection.close()
    server.drop(name)


async def plan(connection: asyncpg.Connection, statement: str, types: str, values: str) -> str:
    """The generic plan of a prepared statement."""
    await connection.execute(f"PREPARE asked ({types}) AS {statement}")
    rows = await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE asked ({values})")
    await connection.execute("DEALLOCATE asked")
    return "\n".join(row[0] for row in rows)


SHOWN = "text, text, text, bigint, text[]"
ID = "'01900000-0000-7000-8000-000000000000'"


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("bucket", [20, 100])
async def test_a_page_reads_its_index_and_sorts_nothing(
    reader: asyncpg.Connection, level: int, after: bool, bucket: int
) -> None:
    types = SHOWN + (", text" if level else "") + (", uuid" if after else "")
    values = "'de', 'metric', NULL, 20, '{}'" + (", 'ejection'" if level else "") + (f", {ID}" if after else "")
    found = await plan(reader, page_statement(level, False, after, bucket), types, values)
    index = f"ix_public_products_category_{level}" if level else "pk_public_products"
    assert f"Index Scan Backward using {index} on public_products" in found, found
    page = found[: found.index("SubPlan")] if "SubPlan" in found else found
    assert "Sort" not in page and "Seq Scan on public_products" not in found


async def test_a_suppliers_page_and_a_document_are_found_by_index(reader: asyncpg.Connection) -> None:
    found = await plan(
        reader, page_statement(0, True, True, 20), f"{SHOWN}, uuid, uuid", f"'de','metric',NULL,20,'{{}}',{ID},{ID}"
    )
    assert "Index Scan Backward using ix_public_products_supplier_id_product_id" in found, found
    found = await plan(
        reader, detail_statement(), "uuid, text, text, text, text[]", f"{ID}, 'de', 'metric', NULL, '{{}}'"
    )
    assert "Index Scan using pk_public_products" in found, found
    assert "Seq Scan on public_products" not in found
    # Each name is one look into an index: nothing is hashed or sorted for a handful of them.
    assert "Hash" not in found


async def test_the_role_reads_public_documents_and_nothing_private(settings: Settings, market: Market) -> None:
    await published(market, await market.people("supplier"))
    reading = market.db.reading
    row = await reading.row("SELECT count(*) FROM public_products")
    assert row is not None and row[0] == 1
    for table in ("products", "variants", "price_tiers", "people", "texts", "purchase_orders"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reading.row(f"SELECT * FROM {table}")
    with pytest.raises(asyncpg.PostgresError):
        await reading.row("DELETE FROM public_products")


async def test_a_connection_that_the_server_closed_is_replaced(market: Market, owner: Owner) -> None:
    product_id = await published(market, await market.people("supplier"))
    reading, shown = market.db.reading, Reader("en")
    assert await detail(reading, product_id, shown) is not None
    ended = owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'partingline reader' "
        "AND datname = current_database()"
    ).fetchall()
    assert len(ended) == 1
    assert await detail(reading, product_id, shown) is not None


async def _noted(reading: Reading, order: list[int], number: int, *, ahead: bool) -> None:
    await reading.row("SELECT pg_sleep($1)", 0.01 if ahead else 0.3, ahead=ahead)
    order.append(number)


async def test_more_readers_than_connections_wait_their_turn(settings: Settings, market: Market) -> None:
    await published(market, await market.people("supplier"))
    small = Database(settings.model_copy(update={"pool_size": 2}))
    try:
        pages = await asyncio.gather(
            *(page_of(small.reading, PageAsked(category=LEAF), Reader("de")) for _ in range(30))
        )
        assert len({answer.etag for answer, _ in pages}) == 1
        rows = await asyncio.gather(*(small.reading.row("SELECT pg_backend_pid()") for _ in range(30)))
        assert len({row[0] for row in rows if row}) == 2
        # The second question of who has waited already goes before the first of others.
        busy = [asyncio.create_task(small.reading.row("SELECT pg_sleep(0.2)")) for _ in range(2)]
        await asyncio.sleep(0)
        order: list[int] = []
        later = [asyncio.create_task(_noted(small.reading, order, number, ahead=number == 3)) for number in range(4)]
        await asyncio.gather(*busy, *later)
        assert order[0] == 3 and sorted(order) == [0, 1, 2, 3]
        # A question that is given up leaves nothing behind it.
        given_up = asyncio.create_task(small.reading.row("SELECT pg_sleep(5)"))
        await asyncio.sleep(0.1)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        assert len(await asyncio.gather(*(small.reading.row("SELECT 1") for _ in range(10)))) == 10
    finally:
        await small.close()


async def test_what_takes_too_long_or_cannot_be_reached_is_unavailable(settings: Settings, market: Market) -> None:
    url = role_url(settings, Role.READER).set(drivername="postgresql")
    slow = Reading(
        settings.model_copy(update={"statement_timeout_ms": 100, "pool_size": 1}),
        url.render_as_string(hide_password=False),
        patience_s=0.2,
    )
    with pytest.raises(Unavailable):
        await slow.row("SELECT pg_sleep(2)")
    patient = slow.row("SELECT pg_sleep(0.09)"), slow.row("SELECT 1")
    assert len(await asyncio.gather(*patient)) == 2
    await slow.close()
    away = Reading(settings, url.set(port=1).render_as_string(hide_password=False), patience_s=0.2)
    for _ in range(settings.pool_size + 1):
        with pytest.raises(Unavailable):
            await away.row("SELECT 1")


def test_every_leaf_has_a_level_that_is_indexed() -> None:
    assert {len(category.path) for category in categories().values()} == {1, 2, 3}
