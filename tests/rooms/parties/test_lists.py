"""Every list of this room, and the rates that its operator loads, take as many statements for twenty rows as for one."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.kit.db.tenancy import act_for
from app.parties.models import ApprovalDelegation, SignIn
from tests.market import Market, Member
from tests.statements import count_statements

Filler = Callable[[Market, Member, int], Awaitable[None]]


async def _colleague(market: Market, owner: Member, number: int) -> None:
    await market.member(owner.firm, "viewer")


async def _invitation(market: Market, owner: Member, number: int) -> None:
    form = {"email": f"guest{number}@example.com", "roles": ["viewer"]}
    assert (await owner.post("/v1/invitations", json=form)).status_code == 201


async def _client(market: Market, owner: Member, number: int) -> None:
    form = {"name": f"ERP {number}", "scopes": ["read"]}
    assert (await owner.post("/v1/api-clients", json=form)).status_code == 201


async def _rule(market: Market, owner: Member, number: int) -> None:
    form = {"name": f"Rule {number}", "approver_ids": [str(owner.person_id)]}
    assert (await owner.post("/v1/approval-rules", json=form)).status_code == 201


async def _delegation(market: Market, owner: Member, number: int) -> None:
    deputy = await market.member(owner.firm, "viewer")
    now = market.clock.now()
    async with market.db.transaction() as session:
        await act_for(session, owner.firm.id, person_id=owner.person_id)
        session.add(
            ApprovalDelegation(
                organization_id=owner.firm.id,
                from_person_id=owner.person_id,
                to_person_id=deputy.person_id,
                starts_at=now,
                ends_at=now + timedelta(days=1),
            )
        )


async def _session(market: Market, owner: Member, number: int) -> None:
    async with market.db.transaction() as session:
        await act_for(session, owner.firm.id, person_id=owner.person_id)
        expires_at = market.clock.now() + timedelta(days=1)
        session.add(SignIn(person_id=owner.person_id, organization_id=owner.firm.id, expires_at=expires_at))


async def _firm(market: Market, owner: Member, number: int) -> None:
    await market.firm("supplier")


async def _rate(market: Market, owner: Member, number: int) -> None:
    rate = {"base": "EUR", "quote": "USD", "on_date": f"2026-01-{number + 1:02}", "rate": "1.08"}
    assert (await owner.post("/v1/reference/fx-rates", json={"source": "ECB", "rates": [rate]})).status_code == 201


@pytest.mark.parametrize(
    ("path", "filler"),
    [
        ("/v1/members", _colleague),
        ("/v1/invitations", _invitation),
        ("/v1/api-clients", _client),
        ("/v1/approval-rules", _rule),
        ("/v1/approval-delegations", _delegation),
        ("/v1/me/sessions", _session),
        ("/v1/operator/organizations", _firm),
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
