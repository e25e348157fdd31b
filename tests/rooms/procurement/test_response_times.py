"""How quickly a supplier answers: measured from facts, shown from three cases on, telling nothing of a single one."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal, published, wait

Connection = psycopg.Connection[Any]


async def shown(market: Market, seller: Member) -> dict[str, Any] | None:
    """What everybody sees."""
    answer = await market.nobody.get(f"/v1/suppliers/{seller.firm.id}")
    assert answer.status_code == 200
    found: dict[str, Any] | None = answer.json()["response"]
    return found


async def asked(market: Market, buyer: Member, seller: Member) -> Deal:
    """One more inquiry to the same supplier."""
    deal = await published(market, suppliers=0, buyer=buyer, supplier_ids=[str(seller.firm.id)])
    return Deal(market, buyer, [seller], deal.inquiry)


async def test_the_median_of_first_answers_is_shown_from_three_ended_cases_on(market: Market) -> None:
    buyer, seller = await market.people("buyer", locale="de"), await market.people("supplier")
    quoted, declined, questioned, silent = [await asked(market, buyer, seller) for _ in range(4)]
    wait(market, buyer, seller, hours=2)
    question = {"question": "Which steel?", "locale": "en"}
    assert (await seller.post(f"{questioned.path}/questions", json=question)).status_code == 201
    wait(market, buyer, seller, hours=8)
    await quoted.quote(seller, 3_500_000)
    wait(market, buyer, seller, hours=20)
    refusal = {"reason": "No free capacity.", "locale": "en"}
    assert (await seller.post(f"{declined.path}/refusal", json=refusal)).status_code == 200
    # A later quote takes the refusal back; the first answer stays the first.
    await market.work()
    wait(market, buyer, seller, hours=10)
    await declined.quote(seller, 3_600_000)
    await questioned.quote(seller, 3_700_000)
    await market.work()
    assert await shown(market, seller) is None, "nothing is told of inquiries that still run"
    wait(market, buyer, seller, days=7)
    await market.work()
    found = await shown(market, seller)
    assert found is not None
    assert (found["cases"], found["answered_percent"], found["days"]) == (4, 75, 180)
    assert found["median_hours"] == "10"
    assert found["text"] == "75% of 4 inquiries answered, half of these within 10 hr"
    body = (await market.nobody.get(f"/v1/suppliers/{seller.firm.id}")).text
    assert not any(deal.inquiry["id"] in body for deal in (quoted, declined, questioned, silent))
    wait(market, buyer, seller, days=180)
    assert await shown(market, seller) is None


async def test_two_cases_are_too_few(market: Market) -> None:
    buyer, seller = await market.people("buyer"), await market.people("supplier")
    for _ in range(2):
        await (await asked(market, buyer, seller)).quote(seller, 3_500_000)
    await market.work()
    wait(market, buyer, seller, days=8)
    await market.work()
    assert await shown(market, seller) is None
    listed = (await market.nobody.get("/v1/suppliers")).json()["items"]
    assert [item["response"] for item in listed] == [None]


async def test_what_was_cancelled_counts_only_when_it_was_answered(market: Market, owner: Connection) -> None:
    buyer, seller = await market.people("buyer"), await market.people("supplier")
    answered, unanswered = await asked(market, buyer, seller), await asked(market, buyer, seller)
    await answered.quote(seller, 3_500_000)
    await market.work()
    for deal in (answered, unanswered):
        reason = {"reason": "The project was stopped.", "locale": "en"}
        assert (await buyer.post(f"{deal.path}/cancellation", json=reason)).status_code == 200
    await market.work()
    rows = owner.execute("SELECT answered_at IS NOT NULL, due_at <= app_now() FROM response_cases").fetchall()
    assert rows == [(True, True)]


async def test_more_time_to_quote_moves_the_end_of_a_case(market: Market, owner: Connection) -> None:
    buyer, seller = await market.people("buyer"), await market.people("supplier")
    deal = await asked(market, buyer, seller)
    await market.work()
    before = owner.execute("SELECT due_at FROM response_cases").fetchone()
    later = (market.clock.now() + timedelta(days=400)).isoformat()
    assert (await buyer.post(f"{deal.path}/extension", json={"closes_at": later})).status_code == 200
    await market.work()
    after = owner.execute("SELECT due_at FROM response_cases").fetchone()
    assert before and after and (after[0] - before[0]).days >= 365


async def test_nobody_reads_another_suppliers_cases(market: Market) -> None:
    buyer, seller = await market.people("buyer"), await market.people("supplier")
    await asked(market, buyer, seller)
    await market.work()
    for reader in (buyer.firm.id, (await market.firm("supplier")).id):
        async with market.db.transaction() as session:
            await act_for(session, reader)
            assert (await session.execute(text("SELECT count(*) FROM response_cases"))).scalar_one() == 0
    async with market.db.transaction() as session:
        await act_for(session, seller.firm.id)
        assert (await session.execute(text("SELECT count(*) FROM response_cases"))).scalar_one() == 1
    async with market.db.transaction(Role.READER) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("SELECT * FROM app_supplier_responses(ARRAY[]::uuid[])"))
