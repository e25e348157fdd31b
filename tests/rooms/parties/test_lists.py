"""Invitations, and the rates that the operator loads, take as many statements for twenty rows as for one."""

from collections.abc import Awaitable, Callable

import pytest

from tests.market import Market, Member
from tests.statements import count_statements

Filler = Callable[[Market, Member, int], Awaitable[None]]


async def _invitation(market: Market, owner: Member, number: int) -> None:
    form = {"email": f"guest{number}@example.com", "roles": ["viewer"]}
    assert (await owner.post("/v1/invitations", json=form)).status_code == 201


async def _rate(market: Market, owner: Member, number: int) -> None:
    rate = {"base": "EUR", "quote": "USD", "on_date": f"2026-01-{number + 1:02}", "rate": "1.08"}
    assert (await owner.post("/v1/reference/fx-rates", json={"source": "ECB", "rates": [rate]})).status_code == 201


@pytest.mark.parametrize(
    ("path", "filler"),
    [
        ("/v1/invitations", _invitation),
        ("/v1/reference/fx-rates", _rate),
    ],
)
async def test_a_list_takes_as_many_statements_for_twenty_as_for_one(market: Market, path: str, filler: Filler) -> None:
    owner = await market.people("operator", "buyer")
    counts = []
    made = 0
    for rows in (1, 20):
        while len((await owner.get(path, params={"limit": 20})).json()["items"]) < rows:
            await filler(market, owner, made)
            made += 1
        with count_statements(market.db) as seen:
            page = await owner.get(path, params={"limit": rows})
        assert len(page.json()["items"]) == rows
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0
