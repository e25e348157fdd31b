"""What bids come to and which of them count: against plain reckoning, and against what the database says."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from app.pooling.auctions.rules import extended, highest_that_counts, reference, worsened
from app.pooling.rules import OfferedItem, TierStep
from tests.market import Market
from tests.rooms.pooling.auctions import bidding

PLACES = ("DEHAM", "ESBCN", "CNSHA")
ITEM = uuid4()


@st.composite
def offers(draw: st.DrawFn) -> OfferedItem:
    """Few lots and small prices, so that what touches each other is found."""
    starts = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=3)))
    prices = sorted(draw(st.sets(st.integers(1, 60), min_size=len(starts), max_size=len(starts))), reverse=True)
    freight = draw(st.dictionaries(st.sampled_from(PLACES), st.integers(0, 20), min_size=1))
    tiers = tuple(TierStep(*pair) for pair in zip(starts, prices, strict=True))
    return OfferedItem(
        ITEM, tiers, draw(st.integers(1, 14)), draw(st.integers(0, 30)), freight, draw(st.integers(1, 9))
    )


pooled = st.dictionaries(st.sampled_from(PLACES), st.integers(0, 8))


def price_at(offered: OfferedItem, lots: int) -> int | None:
    """What a lot costs when so many are bought, before freight; None when so many are not sold."""
    if lots > offered.capacity_lots:
        return None
    return min((tier.price_minor for tier in offered.tiers if tier.from_lots <= lots), default=None)


@given(offers(), pooled)
def test_a_reference_price_is_what_a_lot_costs_on_average(offered: OfferedItem, lots_at: dict[str, int]) -> None:
    landed = reference(offered, lots_at)
    there = [place for place, lots in lots_at.items() for _ in range(lots) if place in offered.freight_minor]
    lots = min(len(there), offered.capacity_lots)
    goods = price_at(offered, lots) if lots else None
    if goods is None:
        assert landed is None
        return
    assert landed is not None
    freight = Fraction(sum(offered.freight_minor[place] for place in there), len(there))
    exact = goods + Fraction(offered.setup_minor, lots) + freight
    assert exact <= landed.minor < exact + 1
    assert landed.minor >= goods + min(offered.freight_minor.values())


@given(offers(), offers(), pooled)
def test_what_is_no_worse_costs_nobody_more(former: OfferedItem, offered: OfferedItem, lots_at: dict[str, int]) -> None:
    found = worsened(former, offered)
    falls = all(
        (now := price_at(offered, lots)) is not None and now <= was
        for lots in range(1, former.capacity_lots + 1)
        if (was := price_at(former, lots)) is not None
    )
    if not found:
        assert falls
        assert all(offered.freight_minor.get(place, 99) <= minor for place, minor in former.freight_minor.items())
    if set(offered.freight_minor) == set(former.freight_minor) and offered.capacity_lots == former.capacity_lots:
        before, after = reference(former, lots_at), reference(offered, lots_at)
        assert found or before is None or (after is not None and after.minor <= before.minor)
    assert worsened(former, former) == []


@given(st.integers(1, 10**11), st.integers(1, 5000))
def test_a_step_is_a_step(own: int, step_bp: int) -> None:
    highest = highest_that_counts(own, step_bp)
    assert highest < own
    assert highest <= own * Fraction(10_000 - step_bp, 10_000) < highest + 1


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 20), st.integers(0, 4))
def test_an_auction_ends_however_often_somebody_bids(gaps: list[int], minutes: int, most: int) -> None:
    began = now = datetime(2026, 11, 26, tzinfo=UTC)
    first = ends_at = began + timedelta(minutes=20)
    extensions = 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        if now >= ends_at:
            break
        later = extended(now, ends_at, round_minutes=minutes, extensions=extensions, most_extensions=most)
        is_late = ends_at - now <= timedelta(minutes=minutes)
        assert (later is not None) == (is_late and extensions < most)
        if later is not None:
            assert later - now > timedelta(minutes=minutes), "who comes next at once does not extend it again"
            ends_at, extensions = later, extensions + 1
    assert ends_at <= first + most * timedelta(minutes=minutes)


async def test_the_database_reckons_as_the_rules_do(market: Market, owner: psycopg.Connection[Any]) -> None:
    campaign = await bidding(market, await market.people("buyer"))
    item_id, lots_at = UUID(campaign["items"][0]["id"]), {"DEHAM": 10, "ESBCN": 5}
    looked: set[bool] = set()
    owner.execute("SET row_security = on")

    @settings(max_examples=60)
    @given(offers())
    def same(offered: OfferedItem) -> None:
        row = owner.execute(
            "SELECT auction_reference(ROW(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)::pool_offer_terms)",
            (
                uuid4(),
                item_id,
                UUID(campaign["id"]),
                uuid4(),
                Jsonb([[tier.from_lots, tier.price_minor] for tier in offered.tiers]),
                offered.capacity_lots,
                offered.setup_minor,
                Jsonb(dict(offered.freight_minor)),
                offered.lead_time_days,
                bytes(32),
            ),
        ).fetchone()
        assert row is not None
        landed = reference(offered, lots_at)
        looked.add(landed is None)
        assert row[0] == (landed.minor if landed else None)

    same()
    assert looked == {True, False}
