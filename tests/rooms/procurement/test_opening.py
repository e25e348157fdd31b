"""Peeking is refused and remembered; the opening happens once, when its time has come."""

from hashlib import sha256

import orjson
import psycopg

from app.kit.jobs import Runtime
from app.procurement.jobs import close_due_inquiries
from tests.market import Market
from tests.rooms.procurement.deals import published

Owner = psycopg.Connection[tuple[object, ...]]


def audited(owner: Owner, action: str) -> list[tuple[object, ...]]:
    """Entries of one action with what they hold."""
    return owner.execute(
        "SELECT e.organization_id, e.actor, v.values->'after' FROM audit_entries e JOIN audit_values v ON v.entry_id = e.id "
        "WHERE e.action = %s ORDER BY e.id",
        (action,),
    ).fetchall()


async def test_a_whole_sealed_tender(market: Market, owner: Owner) -> None:
    deal = await published(market, suppliers=3)
    first = await deal.quote(deal.suppliers[0])
    await deal.quote(deal.suppliers[1], 3600000, 11000)

    # The buyer knows that quotes came, and what their seals are; every way to a price is shut and remembered.
    receipts = (await deal.buyer.get(f"{deal.path}/quotes")).json()["items"]
    assert {row["digest"] for row in receipts} >= {first["digest"]}
    for path in (f"/v1/quotes/{first['id']}", f"{deal.path}/comparison", f"{deal.path}/comparison.csv"):
        peek = await deal.buyer.get(path)
        assert (peek.status_code, peek.json()["code"]) == (409, "quotes-sealed"), peek.text
        assert "3500000" not in peek.text and peek.json()["opens_at"]
    peeks = audited(owner, "quotes.peek_refused")
    assert [row[0] for row in peeks] == [deal.buyer.firm.id] * 3
    assert {str(row[1]) for row in peeks} == {f"person:{deal.buyer.person_id}"}

    # Another supplier finds nothing at all, and nothing is remembered of him: he learned nothing.
    assert (await deal.suppliers[1].get(f"/v1/quotes/{first['id']}")).status_code == 404

    # Closing early does not open early.
    early = await deal.buyer.post(f"{deal.path}/opening")
    assert (early.status_code, early.json()["code"]) == (409, "opening-too-early")
    await deal.buyer.post(f"{deal.path}/closing")
    still = await deal.buyer.post(f"{deal.path}/opening")
    assert (still.status_code, still.json()["code"]) == (409, "opening-too-early")
    assert len(audited(owner, "quotes.opening_refused")) == 2
    late = await deal.suppliers[2].post(f"{deal.path}/quotes", json=deal.quote_form())
    assert (late.status_code, late.json()["code"]) == (409, "inquiry-closed")

    # Between closing and opening it is still sealed; then it opens, once.
    deal.wait(days=5, minutes=30)
    assert (await deal.buyer.post(f"{deal.path}/opening")).status_code == 409
    deal.wait(minutes=31)
    opened = await deal.buyer.post(f"{deal.path}/opening")
    assert opened.status_code == 200 and opened.json()["quotes"] == 2
    again = await deal.buyer.post(f"{deal.path}/opening")
    assert again.json() == opened.json()
    assert len(audited(owner, "quotes.open")) == 1
    shown = await deal.buyer.get(f"/v1/quotes/{first['id']}")
    assert shown.json()["total"]["minor"] == 3530000
    assert (await deal.suppliers[1].get(f"/v1/quotes/{first['id']}")).status_code == 404


async def test_the_seal_can_be_recomputed_by_anybody_who_may_read_the_quote(market: Market) -> None:
    deal = await published(market)
    receipt = await deal.quote(deal.suppliers[0], reference="Q-17", notes="Ohne Zoll")
    await deal.open()
    shown = (await deal.buyer.get(f"/v1/quotes/{receipt['id']}")).json()
    document = {
        "seal": "partingline.quote.v1",
        "quote_id": shown["id"],
        "inquiry_id": shown["inquiry_id"],
        "supplier_id": shown["supplier"]["id"],
        "revision": shown["revision"],
        "currency": shown["currency"],
        "lead_time_days": shown["lead_time_days"],
        "valid_until": shown["valid_until"],
        "incoterm": shown["incoterm"]["code"],
        "incoterm_place": shown["incoterm"]["place"],
        "reference": shown["reference"],
        "notes": shown["notes"]["text"],
        "prices": [
            {
                "line_id": row["line_id"],
                "label": None,
                "price_minor": row["price"]["minor"],
                "per_quantity": row["per_quantity"],
            }
            for row in shown["prices"]
        ],
    }
    text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    assert sha256(bytes.fromhex(shown["salt"]) + text).hexdigest() == receipt["digest"]


async def test_a_withdrawn_quote_is_never_shown_to_the_buyer(market: Market) -> None:
    deal = await published(market)
    gone = await deal.quote(deal.suppliers[0])
    await deal.suppliers[0].post(f"/v1/quotes/{gone['id']}/withdrawal")
    await deal.open()
    assert (await deal.buyer.get(f"/v1/quotes/{gone['id']}")).status_code == 404
    assert (await deal.buyer.get(f"{deal.path}/comparison")).json()["quotes"] == []
    assert (await deal.suppliers[0].get(f"/v1/quotes/{gone['id']}")).status_code == 200


async def test_sealed_quotes_of_a_cancelled_inquiry_stay_sealed(market: Market) -> None:
    deal = await published(market)
    await deal.quote(deal.suppliers[0])
    await deal.buyer.post(f"{deal.path}/cancellation", json={"reason": "Projekt gestoppt"})
    deal.wait(days=9)
    answer = await deal.buyer.post(f"{deal.path}/opening")
    assert (answer.status_code, answer.json()["code"]) == (409, "inquiry-state-conflict")
    assert (await deal.buyer.get(f"{deal.path}/comparison")).status_code == 409


async def test_the_closing_job_closes_what_is_due_and_nothing_else(market: Market, owner: Owner) -> None:
    due, open_still = await published(market), await published(market)
    await open_still.buyer.post(f"{open_still.path}/extension", json={"closes_at": "2090-01-01T00:00:00Z"})
    due.wait(days=5, seconds=1)
    runtime = Runtime(market.settings, market.db, market.clock)
    await close_due_inquiries(runtime)
    await close_due_inquiries(runtime)
    states = dict(owner.execute("SELECT id::text, state FROM inquiries").fetchall())  # type: ignore[arg-type]
    assert states == {due.inquiry["id"]: "closed", open_still.inquiry["id"]: "published"}
    assert len(audited(owner, "inquiry.close")) == 1
    closed = (await due.buyer.get(due.path)).json()
    assert closed["closed_at"] == closed["closes_at"]


async def test_an_opening_closes_what_no_job_has_closed(market: Market, owner: Owner) -> None:
    deal = await published(market)
    await deal.quote(deal.suppliers[0])
    await deal.open()
    assert [row[1] for row in audited(owner, "inquiry.close")] == ["system"]
    assert (await deal.buyer.get(deal.path)).json()["opened_at"] is not None


async def test_an_opening_that_only_the_database_finds_too_early_is_remembered(market: Market, owner: Owner) -> None:
    deal = await published(market)
    await deal.buyer.post(f"{deal.path}/closing")
    deal.wait(days=6)
    owner.execute("UPDATE clock_offset SET moved_by = '0'")
    answer = await deal.buyer.post(f"{deal.path}/opening")
    assert (answer.status_code, answer.json()["code"]) == (409, "opening-too-early")
    assert len(audited(owner, "quotes.opening_refused")) == 1
    assert (await deal.buyer.get(f"{deal.path}/comparison")).status_code == 409
