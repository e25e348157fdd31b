"""There is no generic way to create, edit, delete or import: no route, no permission, no row changed."""

import re

import psycopg
from psycopg import sql

from app import wiring
from app.backoffice.exposure import HIDDEN_TABLES
from tests.market import Market
from tests.rooms.backoffice.browser import browser, operating

Owner = psycopg.Connection[tuple[object, ...]]
ALLOWED = {
    ("GET", "/"),
    ("GET", "/login"),
    ("GET", "/verification"),
    ("GET", "/{key}/list"),
    ("GET", "/{key}/detail"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/verification/verify"),
    ("POST", "/_api/{key}/action"),
    ("POST", "/_api/{key}/row-action"),
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
GENERIC = (
    "/{key}/create",
    "/{key}/edit?pk={pk}",
    "/{key}/delete?pk={pk}",
    "/{key}/import",
    "/_api/{key}",
    "/_api/{key}/create",
    "/_api/{key}/edit?pk={pk}",
    "/_api/{key}/delete?pks={pk}",
    "/_api/{key}/import",
    "/_api/{key}/inline-edit?pk={pk}&field=id",
    "/_api/{key}/inline-edit/row?pk={pk}",
    "/_api/{key}/relation-lookup",
    "/_files/{key}/x",
)


def mounted(market: Market) -> object:
    """The library's application."""
    return next(route for route in market.app.routes if getattr(route, "name", "") == "backoffice").app  # type: ignore[attr-defined]


def contents(owner: Owner) -> dict[str, object]:
    """A digest of every table."""
    tables = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    ).fetchall()
    digests = {}
    for (table,) in tables:
        statement = sql.SQL("SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t")
        digests[str(table)] = owner.execute(statement.format(sql.Identifier(str(table)))).fetchone()
    return digests


async def test_the_routes_are_these_and_no_others(market: Market) -> None:
    found = set()
    for route in mounted(market).routes:  # type: ignore[attr-defined]
        if route.path == "/static":
            continue
        found |= {(method, route.path) for method in route.methods - {"HEAD"}}
    assert found == ALLOWED


async def test_the_menu_names_every_list_where_it_is(market: Market) -> None:
    async with operating(market) as (opened, _):
        page = await opened.get("/people/list")
    views = mounted(market).state.admin._model_views  # type: ignore[attr-defined]
    expected = {f"http://testserver{market.app.url_path_for('backoffice:list', key=view.key)}" for view in views}
    assert len(expected) > 40
    assert expected <= set(re.findall(r'href="([^"?]+)"', page.text))


async def test_nothing_generic_answers_and_nothing_changes(market: Market, owner: Owner) -> None:
    async with operating(market) as (opened, operator):
        await market.firm("supplier")
        before = contents(owner)
        assert len(before) > 40
        pk = operator.firm.id
        tried = 0
        views = {view.key for view in mounted(market).state.admin._model_views}  # type: ignore[attr-defined]
        assert len(views) > 40
        # Routes do not look at the key, so they are tried on two tables; actions belong to a table: deleting is tried on all.
        for key in sorted(views):
            thorough = key in ("organizations", "audit_entries")
            for path in GENERIC if thorough else ():
                for method in METHODS:
                    token = {"X-CSRFToken": opened.http.cookies["starlette_admin_csrftoken"]}
                    url = "/backoffice" + path.format(key=key, pk=pk)
                    data = {"code": "x", "email": "x", "name": "x"} if method != "GET" else None
                    answer = await opened.http.request(method, url, headers=token, data=data)
                    assert answer.status_code in (403, 404, 405), f"{method} {url}: {answer.status_code}"
                    tried += 1
            for action in ("delete", "edit", "create", "import") if thorough else ("delete",):
                row = await opened.act(key, action, pk)
                assert row.status_code == 400, f"{key} {action}"
                many = await opened.post(f"/_api/{key}/action", params={"name": action, "pks": str(pk)})
                assert many.status_code == 400, f"{key} {action}"
                everything = await opened.post(f"/_api/{key}/action", params={"name": action, "all": "1"})
                assert everything.status_code == 400, f"{key} {action}"
        assert tried == 2 * len(GENERIC) * len(METHODS)
        assert contents(owner) == before


async def test_lists_and_pages_take_no_other_method(market: Market) -> None:
    async with operating(market) as (opened, _):
        for path in ("/organizations/list", "/organizations/detail", "/", "/verification"):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                token = {"X-CSRFToken": opened.http.cookies["starlette_admin_csrftoken"]}
                answer = await opened.http.request(method, f"/backoffice{path}", headers=token)
                assert answer.status_code == 405


async def test_nobody_and_no_member_opens_a_page(market: Market, owner: Owner) -> None:
    """Access tokens, an operator's included, are for the API: here they are worth nothing."""
    buyer = await market.people("buyer")
    operator = await market.people("operator")
    firm = await market.firm("supplier", verified=False)
    views = sorted(set(wiring.metadata().tables) - set(HIDDEN_TABLES))
    pages = ["/", "/verification", "/nonsense", *(f"/{table}/list" for table in views), "/people/detail?pk=1"]
    before = contents(owner)
    async with browser(market) as opened:
        for headers in ({}, buyer.headers, operator.headers):
            for page in pages:
                answer = await opened.get(page, headers=headers)
                assert answer.status_code == 303, page
                assert answer.headers["location"].startswith("http://testserver/backoffice/login")
            for action in ("verify", "delete"):
                path = f"/_api/organizations/row-action?name={action}&pk={firm.id}"
                assert (await opened.post(path, data={"note": "n"}, headers=headers)).status_code == 401
            assert (await opened.post("/verification/verify", headers=headers)).status_code == 303
    assert contents(owner) == before
