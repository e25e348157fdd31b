"""What must stay hidden is hidden: on every page, in every export, and from the role itself."""

import html
import re

import psycopg
import pytest
from sqlalchemy import text

from app import wiring
from app.backoffice import cells
from app.backoffice.exposure import HIDDEN_COLUMNS, HIDDEN_TABLES, LABELS, is_shown
from app.backoffice.queue import QueueTable
from app.kit.db.base import Base
from tests.market import Market
from tests.rooms.backoffice.browser import operating
from tests.rooms.backoffice.sentinels import FORBIDDEN, MASKED, SENTINEL, seed

Owner = psycopg.Connection[tuple[object, ...]]
HARMLESS = {"campaign_counters", "clock_offset", "inquiry_counters", "order_counters", "outbox_sequences"}
# Published anyway; the digest of a text that is shown beside it; a seed is there from the freeze on, for everybody to read.
PUBLIC = {
    ("campaigns", "seed"),
    ("public_products", "card"),
    ("public_products", "document"),
    ("texts", "source_digest"),
}
SHOWN = sorted({*wiring.metadata().tables, *QueueTable.metadata.tables} - set(HIDDEN_TABLES))


def leaks(answer: str) -> list[str]:
    """Which of the forbidden values an answer holds."""
    plain = html.unescape(answer)
    return [word for word in FORBIDDEN if word in plain]


async def test_no_page_and_no_export_shows_what_is_hidden(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, _):
        filled = seed(owner)
        hiding = {table.name for table in Base.metadata.tables.values() if not all(map(is_shown, table.columns))}
        masked = searched = 0
        assert len(SHOWN) > 40
        for number, table in enumerate(SHOWN):
            page = await opened.get(f"/{table}/list")
            assert page.status_code == 200, f"{table}: {page.text[-300:]}"
            assert leaks(page.text) == [], table
            keys = re.findall(r'data-sa-pk="([^"]+)"', page.text)
            # Texts in no circulation are kept from the role by their policy.
            assert keys or table not in filled - {"texts"}, f"{table} shows no row"
            for key in keys[:1]:
                detail = await opened.get(f"/{table}/detail", params={"pk": html.unescape(key)})
                assert detail.status_code == 200, f"{table}: {detail.text[-300:]}"
                assert leaks(detail.text) == [], table
                masked += MASKED in html.unescape(detail.text)
            # Both formats are made of the same cells: every other table is taken out in the one or in the other.
            file_format = ("csv", "json")[number % 2]
            export = await opened.post(
                f"/_api/{table}/action", params={"name": "export"}, data={"format": file_format, "scope": "page"}
            )
            assert export.status_code == 200, f"{table}: {export.text[-300:]}"
            assert export.headers["content-type"].startswith(("text/csv", "application/json"))
            assert leaks(export.text) == [], table
            # What a table does not hold cannot be found in it.
            if keys and table in hiding:
                searched += 1
                found = await opened.get(f"/{table}/list", params={"q": SENTINEL})
                assert re.findall(r'data-sa-pk="', found.text) == [], table
        assert masked > 4 and searched > 10
        assert leaks((await opened.get("/")).text + (await opened.get("/verification")).text) == []


async def test_hidden_tables_have_no_screen(market: Market) -> None:
    async with operating(market) as (opened, _):
        for table in HIDDEN_TABLES:
            for path in (f"/{table}/list", f"/{table}/detail?pk=1"):
                assert (await opened.get(path)).status_code == 404
            answer = await opened.post(f"/_api/{table}/action", params={"name": "export"}, data={"format": "csv"})
            assert answer.status_code == 404


async def test_hidden_columns_cannot_be_asked_for(market: Market) -> None:
    async with operating(market) as (opened, operator):
        plain = re.findall(r'data-sa-pk="([^"]+)"', (await opened.get("/people/list")).text)
        await market.member(operator.firm)
        by_mail = [(await opened.get("/people/list", params={"sort": f"email__{way}"})).text for way in ("asc", "desc")]
        orders = [re.findall(r'data-sa-pk="([^"]+)"', page) for page in by_mail]
        assert len(plain) == 1
        assert orders[0] == orders[1]
        assert re.findall('data-sa-pk="', (await opened.get("/people/list", params={"q": operator.email})).text) == []
        for tried in ("email__contains=person1", "email__eq=x", "email__starts_with=p", "email__gt=p"):
            page = await opened.get("/people/list", params={"filter": tried})
            assert page.status_code == 400, tried
        page = await opened.get("/invitations/list", params={"cols": "token_digest", "sort": "token_digest__asc"})
        assert "token_digest" not in re.sub(
            r"<script.*?</script>|href=\"[^\"]+\"|value=\"[^\"]+\"", "", page.text, flags=re.S
        )


def test_every_table_is_shown_or_hidden_with_a_reason(owner: Owner) -> None:
    assert set(HIDDEN_TABLES) <= set(Base.metadata.tables)
    assert all(len(reason) > 10 for reason in [*HIDDEN_TABLES.values(), *HIDDEN_COLUMNS.values()])
    assert {name for _, name in HIDDEN_COLUMNS} <= {c.name for t in Base.metadata.tables.values() for c in t.columns}
    assert [table for table in SHOWN if table not in LABELS] == []


def test_the_roles_grants_are_what_is_shown(owner: Owner) -> None:
    looked, wrong = 0, []
    for table in [*Base.metadata.tables.values(), *QueueTable.metadata.tables.values()]:
        for column in table.columns:
            looked += 1
            place = (table.name, column.name)
            row = owner.execute(
                "SELECT has_column_privilege('partingline_backoffice', %s, %s, 'SELECT')", place
            ).fetchone()
            assert row is not None
            shown = table.name not in HIDDEN_TABLES and is_shown(column)
            excused = table.name in HARMLESS or place in PUBLIC
            if bool(row[0]) != shown and not (row[0] and excused):
                wrong.append(f"{'granted' if row[0] else 'not granted'}: {table.name}.{column.name}")
    assert looked > 300
    assert wrong == []


async def test_the_screens_look_through_a_read_only_transaction(market: Market, owner: Owner) -> None:
    seen: list[tuple[str, str]] = []
    mounted = next(route for route in market.app.routes if getattr(route, "name", "") == "backoffice")
    view = next(view for view in mounted.app.state.admin._model_views if view.key == "people")
    original = view.count

    async def count(request: object, **options: object) -> int:
        session = request.state.session  # type: ignore[attr-defined]
        row = (await session.execute(text("SELECT current_user, current_setting('transaction_read_only')"))).one()
        seen.append((row[0], row[1]))
        return int(await original(request, **options))

    view.count = count
    try:
        async with operating(market) as (opened, _):
            assert (await opened.get("/people/list")).status_code == 200
    finally:
        del view.count
    assert seen == [("partingline_backoffice", "on")]


async def test_the_role_cannot_write_a_thing(market: Market, owner: Owner) -> None:
    rows = owner.execute(
        """
        SELECT c.relname, p FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
          AND (has_table_privilege('partingline_backoffice', c.oid, p)
               OR (p IN ('INSERT', 'UPDATE') AND has_any_column_privilege('partingline_backoffice', c.oid, p)))
        """
    ).fetchall()
    assert rows == []
    function = owner.execute(
        "SELECT has_function_privilege('partingline_backoffice', 'app_retry_failed_job(bigint)', 'EXECUTE')"
    ).fetchone()
    assert function == (False,)


async def test_the_law_sees_a_leak(market: Market, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_ADDRESS", re.compile("(nothing) (like it)"))
    async with operating(market) as (opened, _):
        seed(owner)
        assert leaks((await opened.get("/people/list")).text) == ["hidden.person@"]
        assert leaks((await opened.get("/audit_values/list")).text) == ["hidden.person@"]
