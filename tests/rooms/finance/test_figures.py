"""Figures over HTTP: each is the sum of its lines, for one firm and for everybody, and agrees with the books."""

import csv
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.finance.facade import Evidence, PaymentTerms
from app.finance.figures import checks, rules
from app.finance.figures.forecast_queries import lines_of as lines_in_sql
from app.finance.figures.queries import Whose, by_partner
from app.finance.figures.states import Every, FigureSide
from app.finance.receivables.rules import Age, age_of
from app.finance.schedules.facade import freeze
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.ids import new_id
from app.kit.verify import Check
from app.reference.facade import Rate, load_rates
from tests.market import Caller, Market
from tests.proofs.money_figures import fill
from tests.rooms.finance.commissions import ruled
from tests.rooms.finance.invoices import GROSS, invoiced, issuer, paid_somewhere
from tests.rooms.finance.open_items import of_invoice, owed, paid
from tests.rooms.finance.schedules import opened_by_a_deal, paid_order
from tests.rooms.procurement.deals import wait
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[Any, ...]]
FIGURES = "/v1/figures"


async def read(who: Caller, path: str) -> Any:
    """An answer of 200."""
    answer = await who.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def lines_of(who: Caller, path: str, limit: int = 100) -> list[Any]:
    """All lines at an address, however many pages they fill."""
    found, cursor = [], ""
    while True:
        page = await read(who, f"{path}&limit={limit}{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def figures_in(told: Any) -> list[Any]:
    """Every figure of an answer that names its lines."""
    if isinstance(told, dict):
        own = [told] if "lines" in told and "minor" in told else []
        return own + [one for value in told.values() for one in figures_in(value)]
    return [one for item in told for one in figures_in(item)] if isinstance(told, list) else []


async def adds_up(who: Caller, told: Any) -> int:
    """Every figure that is not nothing is the sum of the lines that it names; how many there are."""
    figures = [one for one in figures_in(told) if one["minor"]]
    for figure in figures:
        lines = await lines_of(who, figure["lines"])
        amounts = [one["open" if "open" in one else "amount"] for one in lines]
        assert {one["currency"] for one in amounts} <= {figure["currency"]}
        assert sum(one["minor"] for one in amounts) == figure["minor"], figure
    return len(figures)


async def verified(market: Market, *wanted: Check) -> list[str]:
    """What is broken; each check looked at something."""
    found = []
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        for check in wanted:
            looked, broken = await check(session)
            assert looked > 0, check
            found += broken
    return found


async def test_what_is_open_and_how_old_it_is(market: Market, owner: Owner) -> None:
    supplier, buyer, other = await issuer(market), await market.people("buyer"), await market.people("buyer")
    operator = await market.people("operator")
    today = market.clock.now().date()
    late = await owed(market, buyer, supplier, terms_days=0)
    soon = await owed(market, buyer, supplier, terms_days=30)
    await paid(supplier, soon, 10_000, today)
    back = await invoiced(market, other, supplier)
    await paid(supplier, await of_invoice(supplier, back["id"]), GROSS, today)
    await made(supplier, f"/v1/invoices/{back['id']}/credit-notes", {"reason": "Rost", "lines": [{"line": "2"}]})
    wait(market, supplier, buyer, other, operator, days=31)
    told = await read(supplier, f"{FIGURES}/open-items")
    by_firm = {one["partner"]["id"]: one for one in told["items"]}
    mine = by_firm[str(buyer.firm.id)]
    both = 2 * GROSS - 10_000
    names = ("open", "due", "overdue", "credit")
    assert [mine[name]["minor"] for name in names] == [both, both, both, 0] and mine["invoices"] == 2
    credit = by_firm[str(other.firm.id)]
    assert credit["open"]["minor"] == 0 < credit["credit"]["minor"]
    assert await adds_up(supplier, told) == 4

    ages = await read(supplier, f"{FIGURES}/ageing")
    [euros] = ages["items"]
    by_age = [euros[name]["minor"] for name in ("current", "overdue_1_30", "overdue_31_60", "overdue_61_90")]
    assert by_age == [0, GROSS - 10_000, GROSS, 0]
    assert (euros["total"]["minor"], euros["overdue"]["minor"]) == (both, both)
    assert ages["together"]["total"]["minor"] == both and ages["rates"] == []
    assert await adds_up(supplier, ages) == 5
    # The same from the other side, and over everybody.
    assert await adds_up(buyer, await read(buyer, f"{FIGURES}/ageing?side=payer")) == 4
    for side, firm in (("payee", supplier), ("payer", buyer)):
        page = await read(operator, f"/v1/operator/figures/open-items?side={side}")
        found = {one["partner"]["id"]: one for one in page["items"]}
        assert found[str(firm.firm.id)]["open"]["minor"] == both
        assert await adds_up(operator, page) > 2
    assert await adds_up(operator, await read(operator, "/v1/operator/figures/ageing")) >= 5
    assert await verified(market, checks.figures_of_open_items) == []

    # A spreadsheet has the same lines.
    path = f"{FIGURES}/open-items/lines"
    table = await supplier.get(f"{path}.csv?kind=invoice", headers={"Accept-Language": "de"})
    rows = list(csv.reader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert [row[0] for row in rows[1:]] == [late["number"], soon["number"]]
    assert sum(int(row[-1].replace(",", "")) for row in rows[1:]) == both
    book = await supplier.get(f"{path}.xlsx?kind=invoice")
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert f"<v>{GROSS / 100:.2f}</v>" in sheet and book.headers["content-disposition"].endswith('items.xlsx"')

    # Whatever is changed past the walls is found.
    owner.execute("ALTER TABLE open_items DISABLE TRIGGER USER")
    owner.execute("SET row_security = off")
    changed = owner.execute(
        "UPDATE open_items SET amount_minor = amount_minor + 1 WHERE id = %s", (late["id"],)
    ).rowcount
    owner.execute("ALTER TABLE open_items ENABLE TRIGGER USER")
    owner.execute("SET row_security = on")
    assert changed == 1
    broken = await verified(market, checks.figures_of_open_items)
    assert len(broken) == 3 and any("ages in EUR" in one for one in broken), broken


async def test_what_is_expected_when(market: Market) -> None:
    """From the plan to the payout: commission and retention apart, and never more or less than the contract."""
    operator, buyer, supplier = [await market.people(role) for role in ("operator", "buyer", "supplier")]
    await ruled(market, operator, 0, rate_bp=450)
    terms = PaymentTerms(retention_bp=500, retention_days=30, silence_days=14, payment_days=14)
    deal = await opened_by_a_deal(market, buyer, supplier, terms=terms, in_days=40)
    today = market.clock.now().date()

    async def lines(who: Caller, side: str, *kinds: str) -> list[tuple[str, int, int | None]]:
        asked = "".join(f"&kind={kind}" for kind in kinds)
        found = await lines_of(who, f"{FIGURES}/forecast/lines?side={side}{asked}", 2)
        days = [date.fromisoformat(one["day"]) if one["day"] else None for one in found]
        return [
            (one["kind"]["code"], one["amount"]["minor"], (day - today).days if day else None)
            for one, day in zip(found, days, strict=True)
        ]

    async def nets(who: Caller, side: str, of: str = "") -> tuple[int, int]:
        """What it comes to in all, and what is held; summed up from every line."""
        told = await read(who, f"/v1{of}/figures/forecast?side={side}&every=week&periods=4")
        assert await adds_up(who, told) > 3
        parts = [period["items"][0] for period in told["periods"] if period["items"]]
        assert sum(one["net"]["minor"] for one in parts) == told["total"][0]["net"]["minor"]
        assert told["total_together"]["net"]["minor"] == told["total"][0]["net"]["minor"]
        return told["total"][0]["net"]["minor"], told["total"][0]["held"]["minor"]

    # The first milestone was accepted with the order, the second is expected in forty days.
    assert await lines(supplier, "payee", "contract", "due", "due_retained") == [
        ("contract", 40_000, 0), ("due", 38_000, 14), ("due_retained", 2_000, 30),
        ("contract", 60_000, 40), ("due", 57_000, 54), ("due_retained", 3_000, 70),
    ]  # fmt: skip
    fees = [("commission_on_due", -1_710, 14), ("commission_on_retained", -90, 30)]
    more = [("commission_on_due", -2_565, 54), ("commission_on_retained", -135, 70)]
    told = await lines(supplier, "payee", "commission_on_due", "commission_on_retained", "commission_on_held")
    assert told == fees + more
    assert await lines(buyer, "payer", "due") == [("due", 40_000, 14), ("due", 60_000, 54)]
    assert await nets(supplier, "payee") == (95_500, 0) and await nets(buyer, "payer") == (100_000, 0)

    # Paid: what was accepted is under way, less what is retained; what was paid ahead is held.
    await deal.pay(1)
    await deal.pay(2)
    kinds = ("payout", "held", "retained", "due")
    assert await lines(supplier, "payee", *kinds) == [
        ("payout", 36_290, 7), ("retained", 2_000, 30), ("held", 57_000, 40), ("retained", 3_000, 70),
    ]  # fmt: skip
    assert await nets(supplier, "payee") == (95_500, 62_000) and await nets(buyer, "payer") == (0, 62_000)
    assert await nets(operator, "payee", "/operator") == (95_500, 62_000)
    # A part of what is held goes back; the rest is disputed, and nobody knows when it comes.
    await deal.refund(2, amount_minor=10_000)
    assert (await nets(buyer, "payer"))[1] == 52_000
    async with market.db.transaction() as session, acting_for(session, buyer.firm.id):
        await freeze(session, UUID(deal.milestones[1]), new_id())
    assert {day for _, _, day in await lines(supplier, "payee", "held")} == {None}
    assert await verified(market, checks.figures_of_what_is_held) == []

    viewer, stranger = await market.member(supplier.firm, "viewer"), await market.people("buyer")
    for who, path, status in (
        (market.nobody, f"{FIGURES}/forecast", 401),
        (viewer, f"{FIGURES}/forecast", 403),
        (viewer, f"{FIGURES}/ageing", 200),
        (supplier, "/v1/operator/figures/ageing", 403),
        (supplier, f"{FIGURES}/forecast/lines.xlsx?kind=due", 200),
        (supplier, f"{FIGURES}/forecast/lines?cursor=x", 422),
    ):
        assert (await who.get(path)).status_code == status, path
    assert (await read(stranger, f"{FIGURES}/forecast/lines"))["items"] == []
    table = (await supplier.get(f"{FIGURES}/forecast/lines.csv?kind=retained")).text
    assert [row[-1] for row in csv.reader(io.StringIO(table))][1:] == ["20.00", "30.00"]


async def test_an_invoice_of_a_deal_counts_once_and_currencies_name_their_rates(market: Market) -> None:
    order, deal = await paid_order(market, milestone_template="split_40_60")
    await paid_somewhere(deal.supplier)
    invoice = await made(deal.supplier, f"/v1/orders/{order.order['id']}/invoices", {})
    whole = (await of_invoice(deal.supplier, invoice["id"]))["amount"]["minor"]
    today = market.clock.now().date()

    async def due() -> dict[str, int]:
        told = await read(deal.buyer, f"{FIGURES}/forecast?side=payer&periods=12&reporting_currency=EUR")
        assert await adds_up(deal.buyer, told) > 2
        return {one["currency"]: one["due"]["minor"] for one in told["total"]}

    assert await due() == {"EUR": whole}
    await deal.pay(1)
    assert await due() == {"EUR": whole - 1_412_000}
    expected = (await deal.read(2))["expected_on"]
    milestone = (await read(deal.buyer, f"/v1/orders/{order.order['id']}"))["milestones"]
    assert expected in [one["due_on"] for one in milestone] and expected is not None

    await opened_by_a_deal(market, deal.buyer, deal.supplier, currency="USD", split=((10_000, Evidence.NONE),))
    path = f"{FIGURES}/forecast?side=payer&every=week&periods=12&reporting_currency=EUR"
    bare = await read(deal.buyer, path)
    assert bare["missing_rates"] == ["USD"] and bare["total_together"] is None and len(bare["total"]) == 2
    rows = [
        {"base": "EUR", "quote": "USD", "on_date": today - timedelta(days=days), "rate": Decimal(rate), "source": "ECB"}
        for days, rate in ((9, "2.5"), (3, "1.25"))
    ]
    async with market.db.transaction(Role.WORKER) as session:
        await load_rates(session, rows)
    told = await read(deal.buyer, path)
    assert told["total_together"]["net"]["minor"] == whole - 1_412_000 + 80_000
    [rate] = told["rates"]
    assert (rate["base"], rate["value"], rate["day"]) == ("USD", "0.8", str(today - timedelta(days=3)))


async def test_pages_take_as_many_statements_for_twenty_as_for_one(market: Market, owner: Owner) -> None:
    """On a market that was filled as the proof fills it; sums and lines are found by their indexes."""
    operator, today = await market.people("operator"), market.clock.now().date()
    firm = fill(owner, 200, 30, today)
    owner.execute("ANALYZE open_items, payment_milestones, payment_schedules")
    whose = Whose(FigureSide.PAYEE, firm)
    counted = []
    for limit in (1, 20):
        with count_statements(market.db) as seen:
            for path in ("open-items?", "open-items/lines?", "forecast/lines?", "ageing?x=1", "forecast?x=1"):
                page = await read(operator, f"/v1/operator/figures/{path}&limit={limit}")
                assert "items" not in page or limit != 20 or len(page["items"]) in (3, 20)
        counted.append(len(seen))
    assert counted[0] == counted[1]
    async with market.db.transaction() as session:
        await act_for(session, firm)
        plans = []
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        for sql in (by_partner(whose), lines_in_sql(whose.side, everybody=False) + " SELECT count(*) FROM lines"):
            values = {"today": today} if ":today" in sql else {}
            asked = text(f"EXPLAIN {sql}").bindparams(organization=firm, **values)
            plans.append("\n".join(row[0] for row in await session.execute(asked)))
    assert "using ix_open_items_of_pair" in plans[0] and "Sort" not in plans[0]
    assert "using ix_payment_milestones_open_supplier_id" in plans[1]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-400, 400), st.sampled_from(Every))
def test_every_day_is_in_one_age_and_one_period(today: date, days: int, every: Every) -> None:
    day = today + timedelta(days=days)
    within = [age for age in Age if _holds(rules.due_days(age, today), day)]
    assert within == [age_of(day, today)]
    *firsts, horizon = rules.first_days(today, every, 3)
    periods = ["earlier", *(first.isoformat() for first in firsts), "later"]
    found = [one for one in periods if _holds(rules.days_of(one, every, today, horizon), day)]
    assert len(found) == 1 and len({rules.first_of(first, every) for first in firsts}) == 3


def _holds(days: rules.Days | None, day: date) -> bool:
    assert days is not None
    return (days.first is None or day >= days.first) and (days.last is None or day <= days.last)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6), st.decimals("0.0001", "1000", places=4))
def test_a_sum_in_one_currency_is_that_of_its_parts(amounts: list[int], value: Decimal) -> None:
    rates = {"USD": Rate(value, date(2026, 11, 27), "ECB")}
    parts = [rules.together({"USD": one, "EUR": one}, "EUR", rates) for one in amounts]
    assert all(
        abs(Decimal(part) - one - one * value) <= Decimal("0.5") for part, one in zip(parts, amounts, strict=True)
    )
    with pytest.raises(KeyError):
        rules.together({"JPY": 1}, "EUR", rates)
