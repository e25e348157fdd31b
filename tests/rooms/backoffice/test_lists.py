"""Lists are paged, searched, sorted, and take as many statements for many rows as for one."""

import re

import psycopg
import pytest

from app.backoffice.cells import masked, shown
from app.kit.db.engine import Role
from tests.market import Market
from tests.rooms.backoffice.browser import operating
from tests.statements import count_statements


def rows(page: str) -> list[str]:
    """The keys of the rows on a page."""
    return re.findall(r'data-sa-pk="([^"]+)"', page)


async def test_lists_are_paged_newest_first(market: Market) -> None:
    async with operating(market) as (opened, operator):
        firms = [operator.firm, *[await market.firm("supplier") for _ in range(29)]]
        newest_first = sorted((str(firm.id) for firm in firms), reverse=True)
        first = (await opened.get("/organizations/list")).text
        second = (await opened.get("/organizations/list", params={"page": "2"})).text
        assert rows(first) + rows(second) == newest_first
        assert len(rows(first)) == 25
        assert (await opened.get("/organizations/list", params={"page_size": "100000"})).status_code == 400
        assert rows((await opened.get("/organizations/list", params={"page": "99"})).text) == []


async def test_lists_are_searched_by_id_and_by_short_texts(market: Market) -> None:
    async with operating(market) as (opened, operator):
        other = await market.firm("supplier")
        for term in (str(other.id), other.code, other.code.upper()):
            assert str(other.id) in rows((await opened.get("/organizations/list", params={"q": term})).text)
        members = (await opened.get("/memberships/list", params={"q": str(operator.person_id)})).text
        assert len(rows(members)) == 1
        # A wildcard is a letter like any other.
        assert rows((await opened.get("/organizations/list", params={"q": "%"})).text) == []


async def test_lists_take_as_many_statements_for_many_rows(market: Market) -> None:
    async with operating(market) as (opened, operator):
        counts = []
        for more in (0, 20):
            for _ in range(more):
                await market.member(operator.firm)
            with count_statements(market.db, Role.BACKOFFICE) as seen:
                assert (await opened.get("/people/list")).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 4


@pytest.mark.parametrize(
    "path",
    [
        "/organizations/detail?pk=nonsense",
        "/organizations/detail",
        "/audit_chain/detail?pk=1",
        "/audit_chain/detail?pk=x,y",
        "/procrastinate_jobs/detail?pk=99999999999999999999999",
        "/nonsense/list",
        "/organizations/nonsense",
    ],
)
async def test_what_is_not_there_is_not_found(market: Market, path: str) -> None:
    async with operating(market) as (opened, _):
        assert (await opened.get(path)).status_code in (400, 404)


@pytest.mark.parametrize(
    "query",
    ["q=%00", "page=0", "page=x", "sort=x__y", "filter=((", "filter=code__eq=x", "filter=created_at__eq=x", "cols=,"],
)
async def test_bad_questions_are_answered(market: Market, query: str) -> None:
    async with operating(market) as (opened, _):
        assert (await opened.get(f"/organizations/list?{query}")).status_code in (200, 400)


def test_addresses_are_masked_wherever_they_stand() -> None:
    assert masked("erika.mustermann@firm.example") == "e•••@firm.example"
    assert shown({"after": {"email": "王@firm.example", "n": 1}}) == '{"after":{"email":"王•••@firm.example","n":1}}'
    assert shown(["a.b@c.example", "d"]) == "a•••@c.example, d"
    assert shown(b"\x01\xff") == "01ff"
    assert masked("no address @ all") == "no address @ all"


async def test_jobs_are_filtered_by_their_state(market: Market, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    for state in ("failed", "todo"):
        owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('q', 't', '{}', %s)", (state,)
        )
    async with operating(market) as (opened, _):
        asked = await opened.get("/procrastinate_jobs/list", params={"filter": "status__eq=failed"})
        assert len(rows(asked.text)) == 1
        wrong = await opened.get("/procrastinate_jobs/list", params={"filter": "status__eq=nonsense"})
        assert wrong.status_code == 400
        assert len(rows((await opened.get("/procrastinate_jobs/list", params={"q": "failed"})).text)) == 1
