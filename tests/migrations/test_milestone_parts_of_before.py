"""Whoever was released a milestone before there was commission, and before anything was sent on, is owed it."""

from typing import Any

import psycopg
import pytest

from app.finance.facade import Evidence
from app.settings import Settings
from tests.market import Market
from tests.migrations.test_open_items_of_before import statements
from tests.rooms.finance.payouts import balance, broken, calendar, day_of_payouts, opened, payable, payouts
from tests.rooms.finance.schedules import opened_by_a_deal

Owner = psycopg.Connection[Any]
PARTS = (
    "SELECT number, owed_by, amount_minor, commission_minor FROM milestone_parts ORDER BY milestone_id, number, owed_by"
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while days pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def test_what_was_released_before_is_owed(market: Market, owner: Owner) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    paid = await opened_by_a_deal(market, supplier=supplier, split=((4000, Evidence.NONE), (6000, Evidence.NONE)))
    await paid.pay(1)
    await paid.pay(2)
    await paid.refund(1, amount_minor=10_000)
    before = owner.execute(PARTS).fetchall()
    assert sorted(row[2] for row in before) == [-10_000, 40_000, 60_000]
    owner.execute("SET session_replication_role = replica")
    for table in ("milestone_parts", "payout_items"):
        owner.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
    owner.execute("SET session_replication_role = origin")
    with pytest.raises(AssertionError):
        await paid.proved()
    [statement] = statements("kept_whole", "OF_BEFORE")
    for _ in range(2):
        owner.execute(statement)  # type: ignore[arg-type]
        assert owner.execute(PARTS).fetchall() == before
    await paid.proved()
    assert await broken(market) == []
    # It is sent on, and comes back, like what is released today.
    await day_of_payouts(market)
    assert await payouts(supplier) == [("sent", 90_000, 0)]
    await paid.refund(2, amount_minor=60_000)
    assert await balance(market, payable(supplier)) == 0
    await paid.proved()
    assert await broken(market) == []
