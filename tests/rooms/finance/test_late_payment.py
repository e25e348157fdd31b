"""Claims for late payment: what the law gives is reckoned part by part, claimed once, paid, set off, waived or withdrawn."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from sqlalchemy import select

from app.finance.dunning.events import LatePaymentClaimWithdrawn
from app.finance.dunning.late_payment import half_year, late_payment
from app.finance.dunning.reckoning import Part, late_parts, periods
from app.finance.dunning.rules import interest_minor
from app.finance.figures import checks as figures
from app.kit.db.engine import Role
from app.kit.ids import new_id
from app.kit.outbox import OutboxEvent
from tests.market import Market
from tests.rooms.finance.invoices import GROSS, issuer, to_invoice
from tests.rooms.finance.late_payment import (
    claimed,
    cost,
    days_after,
    days_in,
    rates_known,
    reckoned,
    verified_claims,
    withdrawn,
)
from tests.rooms.finance.open_items import of_invoice, owed, paid, read_item, settled, verified_items
from tests.rooms.finance.test_dunning import letters, night, reminding
from tests.rooms.procurement.deals import wait
from tests.rooms.reference.rate_files import table
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

CSV = {"Content-Type": "text/csv"}
Owner = psycopg.Connection[tuple[Any, ...]]


async def test_what_was_paid_late_is_claimed_line_by_line(market: Market, owner: Owner) -> None:
    supplier, buyer, rates = await issuer(market), await market.people("buyer", locale="de"), await rates_known(market)
    item = await owed(market, buyer, supplier, terms_days=0)
    due = date.fromisoformat(item["due_on"])
    assert (await reckoned(supplier, item, 409))["code"] == "late-payment-nothing-to-claim"
    wait(market, buyer, supplier, days=10)
    await paid(supplier, item, 100_000, market.clock.now().date())
    wait(market, buyer, supplier, days=190)
    today = market.clock.now().date()
    told = await reckoned(supplier, item)
    owed_on = days_after(due, 10, GROSS) | days_after(due + timedelta(days=10), 190, GROSS - 100_000)
    assert (told["days_late"], told["interest"]["minor"]) == (200, cost(rates, owed_on))
    lines = {
        day: (one["owed"]["minor"], one["rate_bp"])
        for one in told["lines"]
        for day in days_after(date.fromisoformat(one["first_on"]) - timedelta(days=1), one["days"], 0)
    }
    assert lines == {day: (minor, rates[half_year(day)]) for day, minor in owed_on.items()}
    assert 3 <= len(told["lines"]) <= 4
    assert sum(one["interest"]["minor"] for one in told["lines"]) == told["interest"]["minor"]
    assert (told["fixed_sum"]["minor"], told["fixed_by"]["code"], told["may_state_fixed_sum"]) == (4000, "law", False)

    refused = await claimed(supplier, item, 422, fixed_sum_minor=5000)
    assert refused["errors"][0]["code"] == "fixed-sum-by-law"
    claim = await claimed(supplier, item)
    total = told["interest"]["minor"] + 4000
    assert (claim["lines"], claim["total"]["minor"], claim["state"]["code"]) == (told["lines"], total, "open")
    assert (await claimed(supplier, item, 409))["code"] == "late-payment-nothing-to-claim"
    await market.work()
    mails = (await buyer.get("/v1/notifications?limit=100")).json()["items"]
    [mail] = [one for one in mails if one["notice"] == "finance.late_payment_claimed"]
    assert item["number"] in mail["subject"] and "40,00" in mail["body"]

    # It is an open item of its own: no invoice, but part of what is owed, in figures and books too.
    own = await read_item(buyer, claim["id"])
    assert (own["kind"]["code"], own["open"]["minor"], own["invoice_id"]) == ("claim", total, item["invoice_id"])
    assert [one["id"] for one in (await buyer.get("/v1/open-items?kind=claim")).json()["items"]] == [claim["id"]]
    assert await _all_true(market, claims=1) == []
    listed = (await supplier.get("/v1/open-items.csv")).text
    assert listed.count(item["number"]) == 2

    # A part is waived, a part paid; then it cannot be withdrawn. The rest is set off against a credit balance.
    path = f"/v1/open-items/{claim['id']}"
    await made(supplier, f"{path}/write-off", {"reason": "Kulanz", "amount_minor": 1000}, 200)
    await paid(supplier, own, 500, today)
    assert (await withdrawn(supplier, claim, 409))["code"] == "late-payment-claim-paid"
    assert [one["kind"]["code"] for one in (await read_item(buyer, claim["id"]))["entries"]] == ["write_off", "payment"]
    over = await settled(market, supplier, item["invoice_id"], GROSS - 100_000 + 900, new_id())
    assert over.credit_minor == 900
    [credit] = (await supplier.get("/v1/open-items?kind=credit")).json()["items"]
    await made(supplier, f"/v1/open-items/{credit['id']}/applications", {"open_item_id": claim["id"]}, 200)
    own = await read_item(supplier, claim["id"])
    assert own["open"]["minor"] == total - 2400
    await paid(supplier, own, total - 2400, today)
    assert (await buyer.get(f"/v1/late-payment-claims/{claim['id']}")).json()["state"]["code"] == "settled"
    assert await _all_true(market, claims=1) == []
    await _checked(market, owner, claim["id"])


async def _all_true(market: Market, claims: int) -> list[str]:
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await figures.figures_of_open_items(session)
    assert looked > 0
    return [*await verified_claims(market, claims), *await verified_items(market), *broken]


async def _checked(market: Market, owner: Owner, claim_id: str) -> None:
    """What the database refuses; and the check is seen to fail."""
    owner.execute("SET row_security = on")
    for refused in ("UPDATE late_payment_claims SET fixed_minor = 1", "DELETE FROM late_payment_claim_lines"):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
            owner.execute(refused)
    owner.execute("SET session_replication_role = replica")
    for change, count in (
        ("UPDATE late_payment_claim_lines SET interest_minor = interest_minor + 1 WHERE position = 1", 1),
        # The sum is right again, its lines are not.
        ("UPDATE late_payment_claim_lines SET interest_minor = interest_minor - 1 WHERE position = 2", 1),
        (
            "UPDATE late_payment_claim_lines "
            "SET interest_minor = interest_minor - (position = 1)::int + (position = 2)::int",
            0,
        ),
        ("UPDATE late_payment_claims SET fixed_minor = fixed_minor + 1", 2),
        ("DELETE FROM late_payment_claims", 1),
    ):
        owner.execute(change)
        found = await verified_claims(market, 0 if change.startswith("DELETE") else 1)
        assert len(found) == count and all(claim_id in one for one in found), found


def _copied(owner: Owner, claim_id: str, **changes: Any) -> None:
    """Another open item like that of a claim."""
    owner.execute("SET row_security = on")
    owner.execute(
        "INSERT INTO open_items SELECT (jsonb_populate_record(o, jsonb_build_object('id', uuidv7()) || %s)).* "
        "FROM open_items o WHERE id = %s",
        (Jsonb(changes), claim_id),
    )


async def test_claims_follow_each_other(market: Market, owner: Owner) -> None:
    supplier, buyer, rates = await issuer(market), await market.people("buyer"), await rates_known(market)
    item = await owed(market, buyer, supplier, terms_days=0)
    due = date.fromisoformat(item["due_on"])
    wait(market, buyer, supplier, days=20)
    viewer, stranger = await market.member(supplier.firm, "viewer"), await market.people("buyer", "supplier")
    path = f"/v1/open-items/{item['id']}/late-payment"
    for caller, read, write in (
        (market.nobody, 401, 401), (stranger, 404, 404), (buyer, 404, 404), (viewer, 200, 403),
    ):  # fmt: skip
        assert ((await caller.get(path)).status_code, (await caller.post(path, json={})).status_code) == (read, write)
    first = await claimed(supplier, item)
    end = f"/v1/late-payment-claims/{first['id']}/withdrawal"
    for caller, status in ((market.nobody, 401), (stranger, 404), (buyer, 404), (viewer, 403)):
        assert (await caller.post(end, json={"reason": "Kulanz"})).status_code == status
    assert (await stranger.get(f"/v1/late-payment-claims/{first['id']}")).status_code == 404
    with pytest.raises(psycopg.errors.UniqueViolation):
        _copied(owner, first["id"])
    wait(market, buyer, supplier, days=10)
    assert (await claimed(supplier, item, 409))["code"] == "late-payment-already-claimed"
    assert days_in(await reckoned(supplier, item)) == 10
    await withdrawn(supplier, first)
    assert (await withdrawn(supplier, first, 409))["code"] == "open-item-settled"
    entry = (await read_item(buyer, first["id"]))["entries"][0]
    assert (entry["kind"]["label"], entry["reason"]) == ("Withdrawn", "Aus Kulanz.")
    with pytest.raises(psycopg.errors.CheckViolation, match="a claim is what its lines come to"):
        _copied(owner, first["id"], settled_minor=0, entries=0, closed_on=None)

    # What was withdrawn may be claimed anew; what was paid counts, and so does the fixed sum.
    await made(supplier, f"/v1/open-items/{item['id']}/pause", {"reason": "Zugesagt"}, 200)
    assert (await reckoned(supplier, item, 409))["code"] == "late-payment-item-held"
    await made(supplier, f"/v1/open-items/{item['id']}/resumption", {}, 200)
    second = await claimed(supplier, item)
    assert (second["days_late"], second["fixed_sum"]["minor"], days_in(second)) == (30, 4000, 30)
    await paid(supplier, await read_item(supplier, second["id"]), second["total"]["minor"], market.clock.now().date())
    wait(market, buyer, supplier, days=5)
    third = await claimed(supplier, item)
    assert (third["days_late"], days_in(third), third["fixed_sum"]["minor"]) == (35, 5, 0)
    assert third["interest"]["minor"] == cost(rates, days_after(due + timedelta(days=30), 5, GROSS))
    assert await _all_true(market, claims=3) == []
    for query, count in (("", 3), ("?made=false", 0), (f"?partner_id={buyer.firm.id}", 3), ("?limit=1", 1)):
        assert len((await supplier.get(f"/v1/late-payment-claims{query}")).json()["items"]) == count
    counts = []
    for limit in (1, 20):
        with count_statements(market.db) as seen:
            await buyer.get(f"/v1/late-payment-claims?limit={limit}")
        counts.append(len(seen))
    assert counts[0] == counts[1]

    # A letter claims what came since, and tells the claim.
    await reminding(supplier, steps=[{"days_overdue": 36, "tone": "last", "charges": "statutory"}])
    wait(market, buyer, supplier, days=4)
    await night(market)
    [letter] = await letters(buyer)
    assert [(one["number"], one["open"]["minor"]) for one in letter["claims"]] == [
        (item["number"], third["total"]["minor"])
    ]
    line = letter["lines"][0]
    assert line["fixed_sum"]["minor"] == 0
    assert line["interest"]["minor"] == cost(rates, days_after(due + timedelta(days=35), 4, GROSS))
    pdf = await buyer.get(f"/v1/dunning-notices/{letter['id']}/pdf")
    assert pdf.content[:5] == b"%PDF-"


async def test_the_payment_of_a_claim_is_undone_once_no_later_one_is_open(market: Market) -> None:
    supplier, buyer = await issuer(market), await market.people("buyer")
    await rates_known(market)
    item = await owed(market, buyer, supplier, terms_days=0)
    wait(market, buyer, supplier, days=20)
    first = await claimed(supplier, item)
    own = await read_item(supplier, first["id"])
    done = await paid(supplier, own, first["total"]["minor"], market.clock.now().date())
    wait(market, buyer, supplier, days=1)
    later = await claimed(supplier, item)
    undo = f"/v1/open-items/{first['id']}/payments/{done['entries'][0]['id']}/reversal"
    refused = await made(supplier, undo, {"reason": "Rücklastschrift"}, 409)
    assert refused["code"] == "later-claim-open" and item["number"] in refused["detail"]
    assert len((await read_item(supplier, first["id"]))["entries"]) == 1

    # Of the later one a part was given up before: its withdrawal tells what was left.
    total = later["total"]["minor"]
    await made(supplier, f"/v1/open-items/{later['id']}/write-off", {"reason": "Kulanz", "amount_minor": 10}, 200)
    await withdrawn(supplier, later)
    async with market.db.transaction(Role.WORKER) as session:
        events = select(OutboxEvent.data).where(OutboxEvent.type == LatePaymentClaimWithdrawn.event_name)
        [told] = (await session.scalars(events)).all()
    assert told["amount_minor"] == total - 10
    await made(supplier, undo, {"reason": "Rücklastschrift"}, 200)
    assert (await read_item(buyer, first["id"]))["open"]["minor"] == first["total"]["minor"]
    assert await _all_true(market, claims=2) == []


async def test_what_the_law_does_not_say_is_refused_or_stated(market: Market) -> None:
    buyer, chinese = await market.people("buyer"), await issuer(market, country="CN")
    await rates_known(market)
    item = await owed(market, buyer, chinese, terms_days=0)
    wait(market, buyer, chinese, days=20)
    refused = await reckoned(chinese, item, 409)
    assert refused["code"] == "late-payment-law-unknown" and "China" in refused["detail"]
    supplier = await issuer(market)
    operator = await market.people("operator")
    rate = table(f"EUR,USD,{market.clock.now().date()},1.15,Bank")
    assert (await operator.put("/v1/operator/fx-rates/table", content=rate, headers=CSV)).status_code == 200
    order_id, _ = await to_invoice(market, buyer, supplier, currency="USD")
    invoice = await made(supplier, f"/v1/orders/{order_id}/invoices", {"terms_days": 0})
    item = await of_invoice(supplier, invoice["id"])
    wait(market, buyer, supplier, days=30)
    told = await reckoned(supplier, item)
    assert (told["fixed_sum"]["minor"], told["may_state_fixed_sum"]) == (0, True)
    claim = await claimed(supplier, item, fixed_sum_minor=4500)
    assert (claim["fixed_sum"]["minor"], claim["fixed_by"]["code"]) == (4500, "issuer")
    # Nothing ships for half-years long after the release.
    far = await owed(market, buyer, supplier, terms_days=0)
    wait(market, buyer, supplier, days=900)
    assert (await reckoned(supplier, far, 409))["code"] == "late-payment-rate-unknown"
    # What was credited was never owed.
    await made(supplier, f"/v1/invoices/{far['invoice_id']}/credit-notes", {"reason": "Rost"})
    assert (await claimed(supplier, far, 409))["code"] == "late-payment-nothing-to-claim"


DUE = date(2025, 3, 1)


@given(st.lists(st.tuples(st.integers(-20, 300), st.integers(1, 10**10)), max_size=6), st.integers(0, 10**10))
def test_periods_are_the_sum_of_their_parts(paid_on: list[tuple[int, int]], left: int) -> None:
    """Each part for itself, to the day of its payment, comes to the same but for rounding."""
    law, today = late_payment(), DUE + timedelta(days=300)
    parts = late_parts(DUE, left, [(DUE + timedelta(days=days), minor) for days, minor in paid_on], today)
    assert all(one.last_on > DUE for one in parts)
    found = periods(parts, DUE + timedelta(days=1), law.rate_bp)
    alone = [interest_minor(one.amount_minor, DUE, one.last_on, law.rate_bp) or 0 for one in parts]
    assert abs(sum(one.interest_minor for one in found) - sum(alone)) <= len(parts)
    assert all(one.interest_minor >= 0 and one.principal_minor > 0 for one in found)
    assert [one.first_on - timedelta(days=1) for one in found[1:]] == [one.last_on for one in found[:-1]]
    assert periods([Part(1, DUE)], DUE + timedelta(days=1), law.rate_bp) == []
