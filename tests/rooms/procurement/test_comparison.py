"""Opened quotes side by side: conversion, ranks, what is missing, and the spreadsheet."""

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from app.procurement.comparison import Offer, compare
from tests.market import Market
from tests.rooms.procurement.deals import Deal, published

Owner = psycopg.Connection[tuple[object, ...]]
TODAY = date(2027, 3, 1)


def add_rate(owner: Owner, base: str, quote: str, rate: str) -> None:
    """A rate of every third day."""
    owner.execute(
        "INSERT INTO fx_rates (base, quote, on_date, rate, source) "
        "SELECT %s, %s, current_date + day, %s, 'test' FROM generate_series(-3, 60, 3) day",
        (base, quote, rate),
    )


async def tender(market: Market) -> Deal:
    """Three quotes: in euros, in dollars without the second line, and one of another term with an extra."""
    deal = await published(market, suppliers=3)
    await deal.quote(deal.suppliers[0], 3000000, 20000, lead_time_days=70)
    await deal.quote(deal.suppliers[1], 2000000, currency="USD", lead_time_days=40)
    await deal.quote(
        deal.suppliers[2], 2900000, 10000, incoterm="DAP", incoterm_place="Hamburg", lead_time_days=50,
        extras=[{"label": "=Bemusterung T1", "price_minor": 75000}], notes="价格不含税",
    )  # fmt: skip
    await deal.open()
    return deal


async def test_a_missing_rate_names_the_pair(market: Market) -> None:
    deal = await tender(market)
    answer = await deal.buyer.get(f"{deal.path}/comparison")
    assert (answer.status_code, answer.json()["code"]) == (422, "exchange-rate-missing")
    assert (answer.json()["from_currency"], answer.json()["to_currency"]) == ("USD", "EUR")


async def test_quotes_are_compared_in_one_currency(market: Market, owner: Owner) -> None:
    add_rate(owner, "EUR", "USD", "1.25")
    deal = await tender(market)
    answer = await deal.buyer.get(f"{deal.path}/comparison")
    assert answer.headers["Cache-Control"] == "no-store"
    out = answer.json()
    assert out["rates"][0]["rate"] == "0.8" and out["currency"] == "EUR"
    first, second, third = out["quotes"]
    assert (first["rank"], first["converted"]["minor"], first["extras"]["minor"]) == (1, 3000000, 75000)
    assert first["incoterm_differs"] and first["notes"]["text"] == "价格不含税"
    assert (second["rank"], second["converted"]["minor"], second["incoterm_differs"]) == (2, 3050000, False)
    assert (third["rank"], third["complete"], third["missing_positions"]) == (None, False, [2])
    assert third["converted"]["minor"] == 1600000 and third["total"]["currency"] == "USD" and third["fastest"]
    offers = {line["position"]: {offer["quote_id"]: offer["best"] for offer in line["offers"]} for line in out["lines"]}
    assert offers[1][third["quote_id"]] and not offers[1][first["quote_id"]]
    assert offers[2] == {first["quote_id"]: True, second["quote_id"]: False}
    assert out["lines"][0]["target_price"]["minor"] == 4000000


async def test_another_currency_may_be_chosen(market: Market, owner: Owner) -> None:
    add_rate(owner, "EUR", "USD", "1.25")
    add_rate(owner, "EUR", "JPY", "160")
    deal = await tender(market)
    out = (await deal.buyer.get(f"{deal.path}/comparison?currency=JPY")).json()
    assert out["quotes"][0]["converted"] == {"minor": 4800000, "currency": "JPY", "text": "4.800.000\u00a0¥"}
    assert (await deal.buyer.get(f"{deal.path}/comparison?currency=XXX")).status_code == 422


async def test_the_spreadsheet(market: Market, owner: Owner) -> None:
    add_rate(owner, "EUR", "USD", "1.25")
    deal = await tender(market)
    answer = await deal.buyer.get(f"{deal.path}/comparison.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1
    # Five prices, and extras and total of three quotes.
    assert len(rows) == 1 + 5 + 6
    assert "30000.00" in rows[1] or "30000.00" in rows[2]
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row if cell)


async def test_notes_are_released_for_translation_at_the_opening(market: Market, owner: Owner) -> None:
    deal = await published(market)
    receipt = await deal.quote(deal.suppliers[0], notes="价格不含税")
    await market.work()
    held = "SELECT count(*) FROM texts WHERE entity_kind = 'quote' AND entity_id = %s"
    assert owner.execute(held, (receipt["id"],)).fetchone() == (0,)
    await deal.open()
    await market.work()
    assert owner.execute(held + " AND is_source", (receipt["id"],)).fetchone() == (1,)
    shown = (await deal.buyer.get(f"/v1/quotes/{receipt['id']}")).json()
    assert (shown["notes"]["text"], shown["notes"]["locale"]) == ("价格不含税", "zh-Hans")


async def test_extras_are_named_in_the_suppliers_language_with_a_translation(market: Market) -> None:
    deal = await published(market)
    supplier, extras = deal.suppliers[0], [{"label": "试模材料", "price_minor": 90000}]
    receipt = await deal.quote(supplier, extras=extras, notes=None)
    await market.work()
    text = f"/v1/texts/quote/{receipt['id']}/extra_3/de"
    assert (await supplier.put(text, json={"text": "x"})).status_code == 404, "sealed words are nowhere else"
    await deal.open()
    await market.work()
    await supplier.put(text, json={"text": "Material für die Bemusterung"}, headers={"If-Match": "*"})
    (extra,) = (await deal.buyer.get(f"/v1/quotes/{receipt['id']}")).json()["extras"]
    assert (extra["label"], extra["text"]["locale"]) == ("试模材料", "zh-Hans")
    assert extra["text"]["translation"]["text"] == "Material für die Bemusterung"


async def test_a_viewer_of_the_buyer_reads_the_opened_quotes(market: Market, owner: Owner) -> None:
    add_rate(owner, "EUR", "USD", "1.25")
    deal = await tender(market)
    viewer: Any = await market.member(deal.buyer.firm, "viewer")
    assert (await viewer.get(f"{deal.path}/comparison")).status_code == 200
    assert (await viewer.post(f"{deal.path}/opening")).status_code == 403


LINES = [uuid4() for _ in range(3)]


@st.composite
def an_offer(draw: st.DrawFn) -> Offer:
    """An offer for some of three lines."""
    priced = draw(st.lists(st.sampled_from(LINES), unique=True))
    return Offer(
        quote_id=uuid4(),
        line_minor={line: draw(st.integers(0, 50)) for line in priced},
        extras_minor=draw(st.integers(0, 5)),
        lead_time_days=draw(st.integers(1, 5)),
        valid_until=draw(st.sampled_from([date(2027, 2, 28), TODAY, date(2027, 3, 2)])),
        incoterm=draw(st.sampled_from(["FCA", "DAP"])),
        incoterm_place=draw(st.sampled_from(["Ningbo", " ningbo ", "Hamburg"])),
    )


@given(st.lists(an_offer(), max_size=6))
def test_ranking_is_fair(offers: list[Offer]) -> None:
    found = compare(LINES, offers, incoterm="FCA", incoterm_place="Ningbo", today=TODAY)
    by_id: dict[UUID, Offer] = {offer.quote_id: offer for offer in offers}
    assert {one.quote_id for one in found.standings} == set(by_id)
    ranked = [one for one in found.standings if one.rank is not None]
    for one in found.standings:
        offer = by_id[one.quote_id]
        assert (one.rank is None) == (len(offer.line_minor) < 3 or offer.valid_until < TODAY)
        assert one.incoterm_differs == (offer.incoterm != "FCA" or "amburg" in offer.incoterm_place)
        if one.rank is not None:
            assert one.rank == 1 + sum(other.total_minor < one.total_minor for other in ranked)
    for line in LINES:
        valid = [offer for offer in offers if offer.valid_until >= TODAY and line in offer.line_minor]
        cheapest = min((offer.line_minor[line] for offer in valid), default=None)
        assert found.best[line] == {offer.quote_id for offer in valid if offer.line_minor[line] == cheapest}
