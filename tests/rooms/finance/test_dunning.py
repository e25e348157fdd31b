"""Reminders: off until somebody switches them on, step by step, one letter a debtor, in his language, never twice."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.dunning import checks, queries
from app.finance.dunning.jobs import write_reminders
from app.finance.dunning.late_payment import LoadedRate, half_year, late_payment
from app.finance.dunning.printing import page
from app.finance.dunning.rules import Owing, Reminded, Step, claimed, interest_minor, next_step
from app.finance.dunning.states import Charges, Tone
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.kit.locales import LOCALES
from tests.market import Market, Member
from tests.rooms.finance.invoices import GROSS, issued_by_a_deal, issuer, paid_somewhere
from tests.rooms.finance.open_items import owed, paid
from tests.rooms.procurement.deals import wait
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[Any, ...]]
STEPS = [
    {"days_overdue": 7, "tone": "friendly"},
    {"days_overdue": 21, "tone": "firm", "charges": "statutory"},
    {"days_overdue": 35, "tone": "last", "charges": "statutory"},
]
ANYHOW = {"If-Match": "*"}


async def reminding(who: Member, **form: Any) -> Member:
    """He has switched reminders on."""
    answer = await who.put("/v1/organization/dunning", json={"active": True, "steps": STEPS, **form}, headers=ANYHOW)
    assert answer.status_code == 200, answer.text
    return who


async def night(market: Market) -> None:
    """The job of the night runs, and again, because a worker died."""
    for _ in range(2):
        await write_reminders(Runtime(market.settings, market.db, market.clock))


async def letters(who: Member) -> list[dict[str, Any]]:
    """What was sent or received, newest first."""
    answer = await who.get("/v1/dunning-notices?limit=100")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_reminders_are_the_issuers_to_switch_on(market: Market) -> None:
    supplier, buyer = await market.people("supplier"), await market.people("buyer")
    path, form = "/v1/organization/dunning", {"active": True, "steps": STEPS}
    first = (await supplier.get(path)).json()
    assert (first["active"], first["steps"], first["version"]) == (False, [], 1)
    refused = await supplier.put(path, json=form, headers=ANYHOW)
    assert (refused.status_code, refused.json()["code"]) == (409, "dunning-not-ready")
    await paid_somewhere(supplier)
    viewer = await market.member(supplier.firm, "viewer")
    assert (await viewer.put(path, json=form, headers=ANYHOW)).status_code == 403
    assert (await market.nobody.put(path, json=form, headers=ANYHOW)).status_code == 401
    american = await market.people("supplier", country="US")
    agreed = {"days_overdue": 9, "tone": "firm", "charges": "agreed"}
    for who, wrong, code in (
        (supplier, {"steps": []}, "required"),
        (supplier, {"steps": [STEPS[1], STEPS[0]]}, "steps-in-order"),
        (supplier, {"steps": [agreed]}, "interest-agreed"),
        (supplier, {"agreed_interest_bp": 500}, "interest-agreed"),
        (american, {}, "charges-not-by-law"),
    ):
        answer = await who.put(path, json=form | wrong, headers=ANYHOW)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), answer.text
    told = (await supplier.put(path, json=form, headers={"If-Match": '"1"'})).json()
    assert (told["active"], [one["tone"]["code"] for one in told["steps"]]) == (True, ["friendly", "firm", "last"])
    assert (await supplier.put(path, json=form, headers={"If-Match": '"1"'})).status_code == 412
    fewer = await supplier.put(path, json={"active": False, "steps": STEPS[:1]}, headers=ANYHOW)
    assert (fewer.json()["active"], len(fewer.json()["steps"])) == (False, 1)
    assert (await buyer.get(path)).json()["active"] is False


async def test_a_debtor_is_reminded_step_by_step(market: Market, owner: Owner) -> None:
    supplier, buyer = await issuer(market), await market.people("buyer", locale="de")
    silent = await issuer(market)
    for one in (supplier, silent):
        first = await owed(market, buyer, one, terms_days=0)
    first = (await supplier.get("/v1/open-items")).json()["items"][0]
    second = await owed(market, buyer, supplier, terms_days=10)
    disputed = await owed(market, buyer, supplier, terms_days=0)
    await made(supplier, f"/v1/open-items/{disputed['id']}/pause", {"reason": "Maßabweichung"}, 200)
    await reminding(supplier)
    wait(market, buyer, supplier, days=6)
    await night(market)
    assert await letters(buyer) == []

    wait(market, buyer, supplier, days=1)
    await night(market)
    [friendly] = await letters(buyer)
    assert (friendly["tone"]["code"], friendly["locale"], [one["open_item_id"] for one in friendly["lines"]]) == (
        "friendly", "de", [first["id"]],
    )  # fmt: skip
    assert (friendly["open"][0]["minor"], friendly["claimed"]) == (GROSS, [])
    await market.work()
    told = (await buyer.get("/v1/notifications?limit=100")).json()["items"]
    [mail] = [one for one in told if one["notice"].startswith("finance.reminded_")]
    assert "erinnert" in mail["subject"]
    assert "1" in mail["body"]

    # Ten days later the second is late too: it begins with the first step, and the first is not repeated meanwhile.
    wait(market, buyer, supplier, days=10)
    await paid(supplier, second, 100000, market.clock.now().date())
    await night(market)
    [_, again] = reversed(await letters(supplier))
    assert again["tone"]["code"] == "friendly"
    assert [(one["step"], one["open"]["minor"]) for one in again["lines"]] == [(1, GROSS), (1, GROSS - 100000)]
    wait(market, buyer, supplier, days=4)
    await night(market)
    firm = (await letters(buyer))[0]
    assert (firm["tone"]["code"], [one["step"] for one in firm["lines"]]) == ("firm", [2, 1])
    late = firm["lines"][0]
    assert (late["days_overdue"], late["fixed_sum"]["minor"]) == (21, 4000)
    wait(market, buyer, supplier, days=14)
    await paid(supplier, second, GROSS - 100000, market.clock.now().date())
    await night(market)
    assert [one["tone"]["code"] for one in await letters(buyer)] == ["last", "firm", "friendly", "friendly"]
    wait(market, buyer, supplier, days=30)
    await night(market)
    assert len(await letters(buyer)) == 4

    stranger = await market.people("buyer", "supplier")
    path = f"/v1/dunning-notices/{firm['id']}"
    assert [(await who.get(path)).status_code for who in (buyer, supplier, stranger, market.nobody)] == [
        200, 200, 404, 401,
    ]  # fmt: skip
    assert (await stranger.get(f"{path}/pdf")).status_code == 404
    pdf = await buyer.get(f"{path}/pdf")
    assert (pdf.status_code, pdf.content[:5], pdf.headers["content-language"]) == (200, b"%PDF-", "de"), pdf.text[:300]
    for query, count in (("sent=true", 0), (f"partner_id={supplier.firm.id}", 4)):
        assert len((await buyer.get(f"/v1/dunning-notices?{query}")).json()["items"]) == count
    await _verified(market, owner)


async def _verified(market: Market, owner: Owner) -> None:
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await checks.reminders(session)
        assert looked == 4 and broken == []
    owner.execute("SET row_security = on")
    for refused in ("UPDATE dunning_notices SET tone = 'firm'", "DELETE FROM dunning_lines"):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
            owner.execute(refused)
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE dunning_lines SET days_overdue = 1000 WHERE step = 3")
    owner.execute("UPDATE dunning_lines SET reached = false WHERE step = 2")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert len((await checks.reminders(session))[1]) == 3


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_letter_in_every_language(market: Market, locale: str) -> None:
    supplier, buyer = await issuer(market), await market.people("buyer", locale=locale)
    await owed(market, buyer, supplier, terms_days=0)
    await reminding(supplier, steps=[{**STEPS[2], "days_overdue": 1}])
    wait(market, buyer, supplier, days=40)
    await night(market)
    [told] = await letters(buyer)
    async with market.db.transaction(readonly=True) as session, acting_for(session, buyer.firm.id):
        row = await queries.notice(session, told["id"])
        assert row is not None
        shown = page(row, (await queries.lines_of(session, [row.id]))[row.id], locale)
    assert shown["title"] and shown["opening"] and len(shown["reasons"]) == 2 and len(shown["payment"]) == 3
    pdf = await buyer.get(f"/v1/dunning-notices/{told['id']}/pdf")
    assert (pdf.content[:5], pdf.headers["content-language"]) == (b"%PDF-", locale)


async def test_a_list_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    supplier = await reminding(await issuer(market))

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await supplier.get("/v1/dunning-notices?limit=100")
        return len(seen), len(answer.json()["items"])

    await issued_by_a_deal(market, supplier, await market.people("buyer"), 1)
    wait(market, supplier, days=40)
    await night(market)
    few = await asked()
    for _ in range(19):
        await issued_by_a_deal(market, supplier, await market.people("buyer"), 1)
    wait(market, supplier, days=38)
    await night(market)
    assert (few[1], await asked()) == (1, (few[0], 21))


async def test_the_operator_loads_what_the_law_gives(market: Market) -> None:
    supplier, buyer, operator = await issuer(market), await market.people("buyer"), await market.people("operator")
    path, header = "/v1/operator/late-payment-rates", {"Content-Type": "text/csv"}
    today = market.clock.now().date()
    halves = sorted({half_year(today + timedelta(days=days)) for days in (-30, 0, 30)})
    table = "country,valid_from,rate_bp,source\n" + "".join(f"EU,{day},400,ECB\n" for day in halves)
    for caller, status in ((market.nobody, 401), (supplier, 403), (await market.member(operator.firm, "viewer"), 403)):
        assert (await caller.put(path, content=table, headers=header)).status_code == status
    for wrong, code in (
        ("DE,2026-02-01,900,x\n", "wrong-row"),
        ("CN,2026-01-01,900,x\n", "wrong-row"),
        ("DE,2026-01-01,9%,x\n", "wrong-row"),
        ("DE,2026-01-01,900,\n", "wrong-row"),
        ("DE,2026-01-01,900,x\nDE,2026-01-01,901,x\n", "rate-twice"),
        ("", "row-count"),
    ):
        refused = await operator.put(path, content=table.splitlines()[0] + "\n" + wrong, headers=header)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code), refused.text
    assert (await buyer.get("/v1/late-payment-rates")).json()["items"] == []
    loaded = await operator.put(path, content=table + f"{supplier.firm.country},2020-01-01,950,§ x\n", headers=header)
    assert (loaded.status_code, loaded.json()) == (200, {"loaded": len(halves) + 1}), loaded.text
    again = await operator.put(path, content=table, headers=header)
    assert again.json() == {"loaded": len(halves)}
    seen_ = (await buyer.get("/v1/late-payment-rates?limit=1")).json()
    assert seen_["items"] == [
        {"country": supplier.firm.country, "valid_from": "2020-01-01", "rate_bp": 950, "source": "§ x"}
    ]
    counts = []
    for limit in (1, 20):
        with count_statements(market.db) as seen:
            await buyer.get(f"/v1/late-payment-rates?limit={limit}")
        counts.append(len(seen))
    assert counts[0] == counts[1]

    # Interest of 13.5 %: what was loaded, and the points of the creditor's country.
    steps = [{"days_overdue": 5, "tone": "firm", "charges": "statutory"}]
    await owed(market, buyer, supplier, terms_days=0)
    await reminding(supplier, steps=steps)
    wait(market, buyer, supplier, days=20)
    await night(market)
    [letter] = await letters(buyer)
    expected = interest_minor(GROSS, date(2025, 1, 1), date(2025, 1, 21), lambda _: 1350)
    assert (letter["lines"][0]["days_overdue"], letter["lines"][0]["interest"]["minor"]) == (20, expected)


def test_what_the_law_gives() -> None:
    law = late_payment()
    assert (law.rate_bp(date(2026, 5, 4)), law.rate_bp(date(2024, 3, 1)), law.rate_bp(date(2019, 1, 1))) == (
        1015, 1250, None,
    )  # fmt: skip
    assert all(half_year(day) == day for day in law.reference_bp)
    # What was loaded goes before it: another reference rate, and from a half-year on the points of a country.
    days = {"EU": date(2026, 1, 1), "DE": date(2025, 7, 1), "FR": date(2020, 1, 1)}
    rates = [LoadedRate(country, day, bp) for (country, day), bp in zip(days.items(), (300, 900, 1000), strict=True)]
    german = law.with_loaded(rates, "DE")
    assert [german.rate_bp(day) for day in (date(2026, 5, 4), date(2025, 8, 1), date(2025, 2, 1))] == [1200, 1115, 1115]
    assert law.with_loaded(rates, "PL").rate_bp(date(2026, 5, 4)) == 1100
    # 10,000.00 over a turn of the half-year: 10 days at 11.15 % and 10 at 10.15 %.
    assert interest_minor(1000000, date(2025, 6, 20), date(2025, 7, 10), law.rate_bp) == 5836
    assert interest_minor(1000000, date(2025, 6, 20), date(2025, 6, 20), law.rate_bp) == 0
    item = Owing(new_id(), "USD", date(2018, 1, 1), 5)
    assert claimed(Charges.STATUTORY, item, date(2019, 1, 1), law, None) == (0, 0)
    assert claimed(Charges.NONE, item, date(2019, 1, 1), law, 500) == (0, 0)


@given(st.integers(1, 10**12), st.integers(1, 400), st.integers(0, 400), st.integers(1, 3000))
def test_interest_grows_with_time(amount: int, days: int, more: int, rate: int) -> None:
    due = date(2025, 3, 3)
    first, later = (interest_minor(amount, due, due + timedelta(days=n), lambda _: rate) for n in (days, days + more))
    assert first is not None and later is not None and 0 <= first <= later
    assert abs(later - amount * rate * (days + more) / 3_650_000) <= max(1, later * 1e-9)


def test_one_step_follows_the_other() -> None:
    steps = [Step(7, Tone.FRIENDLY), Step(21, Tone.FIRM), Step(35, Tone.LAST)]
    due = date(2026, 1, 1)
    item = Owing(new_id(), "EUR", due, 100)
    on = [due + timedelta(days=days) for days in range(500)]
    assert [next_step(steps, item, None, on[days]) for days in (6, 7, 400)] == [None, 1, 1]
    assert [next_step(steps, item, Reminded(1, on[400]), on[days]) for days in (413, 414)] == [None, 2]
    assert next_step(steps, item, Reminded(1, on[7]), on[20]) is None
    assert next_step(steps, item, Reminded(3, on[35]), on[400]) is None
