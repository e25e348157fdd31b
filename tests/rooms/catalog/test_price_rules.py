"""How prices are formed: the rules in Python, and the one statement of the database held against them."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalog.definitions import categories
from app.catalog.pricing.rules import (
    WHOLE_BP,
    Candidate,
    discounted_minor,
    effective_price,
    last_day_before,
    public_price,
    total_minor,
)
from tests.market import Market
from tests.rooms.catalog.prices import activated, discount, line_for, listed
from tests.rooms.catalog.test_listings import LEAF

Owner = psycopg.Connection[tuple[object, ...]]
PRICES = st.integers(1, 10**15)
TODAY = date(2026, 11, 26)


@given(PRICES, st.integers(1, WHOLE_BP - 1))
def test_a_discount_is_rounded_to_the_nearest_minor_unit_and_never_to_nothing(price: int, bp: int) -> None:
    found = discounted_minor(price, bp)
    exact = Decimal(price) * (WHOLE_BP - bp) / WHOLE_BP
    assert 1 <= found <= price
    assert found == 1 or abs(exact - found) <= Decimal("0.5")
    assert discounted_minor(price + 1, bp) >= found


def test_halves_are_rounded_up() -> None:
    assert (discounted_minor(350, 2500), discounted_minor(5, 1000), discounted_minor(1, 9999)) == (263, 5, 1)
    assert total_minor(333, Decimal("0.5")) == 167


@given(st.integers(1, 10**12), st.decimals("0.001", "99999", places=3))
def test_a_total_is_the_price_by_the_quantity_to_half_a_minor_unit(price: int, quantity: Decimal) -> None:
    assert abs(total_minor(price, quantity) - price * quantity) <= Decimal("0.5")


QUANTITIES = st.integers(1, 300).map(Decimal)
LINES = st.builds(
    Candidate,
    closeness=st.sampled_from((0, 1, 2, 1000)),
    valid_from=st.integers(0, 3).map(lambda days: TODAY - timedelta(days=days)),
    activated_at=st.sampled_from(("1", "2")),
    list_id=st.integers(1, 3).map(lambda number: UUID(int=number)),
    min_quantity=QUANTITIES,
    price_minor=st.integers(1, 1000),
)


@given(st.lists(LINES, max_size=8), st.lists(st.tuples(QUANTITIES, st.integers(1, 1000)), max_size=3), QUANTITIES)
def test_nothing_closer_or_later_is_left_behind(
    lines: list[Candidate], tiers: list[tuple[Decimal, int]], quantity: Decimal
) -> None:
    found = effective_price(lines, tiers, quantity)
    reached = [line for line in lines if line.min_quantity <= quantity]
    if not reached:
        base = public_price(tiers, quantity)
        assert found == (None if base is None else (base, None))
        return
    assert found is not None
    chosen = [line for line in reached if (line.price_minor, line.list_id) == found]
    rank = max((line.closeness, line.valid_from, line.activated_at) for line in chosen)
    assert rank == max((line.closeness, line.valid_from, line.activated_at) for line in reached)
    # More is asked: whatever held before and is not outranked still holds.
    assert effective_price(reached, tiers, quantity) == found


def test_a_discount_needs_a_public_price() -> None:
    line = Candidate(0, TODAY, "1", UUID(int=1), Decimal(1), discount_bp=1000)
    assert effective_price([line], [], Decimal(5)) is None
    assert effective_price([line], [(Decimal(10), 400)], Decimal(5)) is None
    assert effective_price([line], [(Decimal(10), 400)], Decimal(10)) == (360, UUID(int=1))


def test_an_edition_ends_the_day_before_the_next_begins() -> None:
    def last(starts: int, began: int = -10) -> date | None:
        found = TODAY + timedelta(days=starts)
        return last_day_before(found, valid_from=TODAY + timedelta(days=began), today=TODAY)

    assert last(5) == TODAY + timedelta(days=4)
    assert last(1) == TODAY
    assert last(0) is None
    assert last(5, began=5) is None


@pytest.mark.parametrize("seed", range(3))
async def test_the_database_prices_as_the_rules_do(market: Market, owner: Owner, seed: int) -> None:
    """Many lists of all kinds, and every quantity around their steps, in one statement and by the rules."""
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    _, variant_id = await listed(market, seller)
    path = categories()[LEAF].path
    shapes = _shapes(seed)
    candidates = []
    for number, found in enumerate(shapes):
        lines, of_list = [], []
        for kind, least, value in found:
            closeness = {"variant": 1000, "category": len(path), "parent": 1, "range": 0}[kind]
            line = {
                "variant": line_for(variant_id, value, str(least)),
                "category": discount(value, LEAF, str(least)),
                "parent": discount(value, path[0], str(least)),
                "range": discount(value, min_quantity=str(least)),
            }[kind]
            lines.append(line)
            of_list.append((closeness, Decimal(least), value, kind == "variant"))
        made = await activated(market, seller, [buyer], lines, code=f"list-{number}")
        activated_at = f"{number:04d}"
        candidates += [
            Candidate(closeness, TODAY, activated_at, UUID(made["id"]), least, price_minor=value if priced else None,
                      discount_bp=None if priced else value)
            for closeness, least, value, priced in of_list
        ]  # fmt: skip
    tiers = [(Decimal(10), 420), (Decimal(100), 350)]
    quantities = [Decimal(q) for q in (1, 9, 10, 11, 49, 50, 99, 100, 150, 200, 1000)]
    rows = _priced(market, buyer.firm.id, variant_id, quantities)
    expected = {quantity: effective_price(candidates, tiers, quantity) for quantity in quantities}
    assert rows == {quantity: price for quantity, price in expected.items() if price is not None}
    assert len(rows) >= 9


def _shapes(seed: int) -> list[list[tuple[str, int, int]]]:
    """Lists of lines; in one list no two lines for the same step."""
    random = Random(seed)
    kinds, steps = ("variant", "category", "parent", "range"), (1, 10, 50, 100, 200)
    every = [(kind, step) for kind in kinds for step in steps]
    return [[(*one, random.randint(1, 9999)) for one in random.sample(every, random.randint(1, 6))] for _ in range(5)]


def _priced(
    market: Market, buyer_id: UUID, variant_id: str, quantities: list[Decimal]
) -> dict[Decimal, tuple[int, UUID | None]]:
    with psycopg.connect(market.settings.database_url.get_secret_value()) as connection:
        connection.execute("SET LOCAL ROLE partingline_app")
        connection.execute("SELECT set_config('app.organization_id', %s, true)", (str(buyer_id),))
        rows = connection.execute(
            "SELECT quantity, price_minor, price_list_id FROM catalog_prices(NULL, %s::uuid[], %s::numeric[]) "
            "WHERE currency = 'EUR'",
            ([variant_id] * len(quantities), quantities),
        ).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(price=PRICES, bp=st.integers(1, WHOLE_BP - 1))
def test_the_database_rounds_as_the_rules_do(owner: Owner, price: int, bp: int) -> None:
    row = owner.execute(
        "SELECT greatest(1, div(%s::bigint::numeric * (10000 - %s) + 5000, 10000))::bigint", (price, bp)
    ).fetchone()
    assert row == (discounted_minor(price, bp),)
