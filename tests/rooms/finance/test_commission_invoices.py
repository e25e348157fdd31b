"""The house invoices its commission month by month, with VAT and without; what comes back is credited, what is missing told."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.commission.checks import commission_invoices
from app.finance.commission.jobs import invoice_commissions
from app.finance.einvoicing.totals import round_half_up
from app.finance.facade import AccountOf, Evidence, Purpose
from app.finance.invoicing import checks as invoicing_checks
from app.finance.invoicing.usecases.credit import Left, quantities
from app.finance.ledger import checks as ledger_checks
from app.finance.receivables import checks as item_checks
from app.kit.db.engine import Role
from app.kit.jobs import Runtime
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.finance.books import operator
from tests.rooms.finance.commissions import ruled
from tests.rooms.finance.invoices import paid_somewhere, read, registered
from tests.rooms.finance.payouts import balance
from tests.rooms.finance.schedules import opened_by_a_deal
from tests.statements import count_statements

Owner = psycopg.Connection[Any]
AT_ONCE = ((4000, Evidence.NONE), (6000, Evidence.NONE))
INCOME = AccountOf(None, Purpose.COMMISSION_INCOME, "EUR")
LIST = "/v1/operator/commission-invoices"
A_MONTH = 32


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def night(market: Market, through: str | None = None) -> None:
    """The job, and what follows."""
    runtime = Runtime(market.settings, market.db, market.clock, market.app.state.gateways)
    await invoice_commissions(runtime, through=through)
    await market.work()


async def proved(market: Market, *, items: bool) -> None:
    """All that is proved of commission, invoices, the books and open items."""
    checks = [
        commission_invoices,
        invoicing_checks.invoice_documents,
        invoicing_checks.invoice_numbers,
        invoicing_checks.invoice_files,
        ledger_checks.ledger_balances,
    ]
    found = [
        (invoicing_checks.credit_notes, False),
        (item_checks.open_items, items),
        (item_checks.open_items_in_the_books, items),
    ]
    for check, looks in [*((one, True) for one in checks), *found]:
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, wrong = await check(session)
        assert wrong == [] and (looked > 0 or not looks)


async def listed(who: Member) -> list[dict[str, Any]]:
    """The operator's list, the oldest first."""
    answer = await who.get(LIST)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])[::-1]


async def test_months_are_invoiced_and_what_comes_back_is_credited(market: Market, owner: Owner) -> None:
    """5 % out of the Union: what comes back in its month makes the invoice smaller, what comes back later is credited."""
    chief = await paid_somewhere(await operator(market))
    await registered(market, chief, "DE123456788")
    await ruled(market, chief, 0, rate_bp=500)
    supplier = await market.people("supplier", country="CN")
    paid = await opened_by_a_deal(market, supplier=supplier, split=AT_ONCE)
    await paid.pay(1)
    await paid.refund(1, amount_minor=10_000)
    await night(market)
    assert await listed(chief) == []
    market.move_clock(days=A_MONTH)
    await night(market)
    [first] = await listed(chief)
    assert first["net"]["minor"] == 1_500 and first["credits_id"] is None and first["number"] == 1
    told = await read(supplier, first["invoice_id"])
    assert (told["gross"]["minor"], told["prepaid"]["minor"], told["payable"]["minor"]) == (1_500, 1_500, 0)
    assert told["due_on"] is None and told["account"] is None and told["payment_terms"].startswith("Settled already")
    [line] = told["lines"]
    assert line["name"].startswith("Commission on milestone 1 of D-") and "kept back" in told["notes"][0]
    assert "5" in line["description"] and "€400.00" in line["description"]
    assert told["taxes"][0]["category"]["code"] == "O" and told["files"]["state"]["code"] == "ready"
    await proved(market, items=False)
    # The next months: a third comes back of the first, and the second milestone is released.
    await paid.refund(1, amount_minor=10_000)
    await paid.pay(2)
    market.move_clock(days=A_MONTH)
    await night(market)
    await night(market)
    _, second, note = await listed(chief)
    assert (second["net"]["minor"], note["net"]["minor"], note["credits_id"]) == (3_000, -500, first["id"])
    told = await read(supplier, note["invoice_id"])
    assert (told["kind"]["code"], told["gross"]["minor"], told["payable"]["minor"]) == ("credit_note", 500, 0)
    assert told["files"]["state"]["code"] == "ready" and "given back" in told["notes"][0]
    assert (await supplier.get("/v1/open-items")).json()["items"] == []
    # The rest of the first comes back in two months: its invoice is taken back to the cent.
    await paid.refund(1, amount_minor=1)
    await paid.refund(1)
    market.move_clock(days=A_MONTH)
    await night(market)
    assert [one["net"]["minor"] for one in await listed(chief)][3:] == [-1_000]
    assert (await read(chief, first["invoice_id"]))["state"]["code"] == "cancelled"
    assert await balance(market, INCOME) == 3_000
    seen = []
    for most in (1, 4):
        with count_statements(market.db) as statements:
            assert len((await chief.get(f"{LIST}?limit={most}")).json()["items"]) == most
        seen.append(len(statements))
    assert seen[0] == seen[1]
    await proved(market, items=False)
    # The check is seen to fail: the ledger tells of more, and so does the invoice that both sides have.
    owner.execute("ALTER TABLE commission_invoice_lines DISABLE TRIGGER commission_invoice_lines_append_only")
    owner.execute("ALTER TABLE commission_invoice_lines NO FORCE ROW LEVEL SECURITY")
    owner.execute("UPDATE commission_invoice_lines SET amount_minor = 2999 WHERE amount_minor = 3000")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, wrong = await commission_invoices(session)
    assert looked >= 3 and len(wrong) == 2 and "2499 invoiced is not 2500" in wrong[0]


async def test_what_is_missing_is_told_and_made_up_for(market: Market) -> None:
    """Without details nothing is invoiced and nothing lost; within the country VAT is open, and given back with a credit note."""
    chief = await operator(market)
    await ruled(market, chief, 0, rate_bp=500)
    paid = await opened_by_a_deal(market, split=AT_ONCE)
    supplier = paid.supplier
    await paid.pay(1)
    market.move_clock(days=A_MONTH)
    await paid.pay(2)
    market.move_clock(days=A_MONTH)
    await night(market)
    await night(market)
    notices = [
        one for one in (await chief.get("/v1/notifications")).json()["items"] if "Commission of" in one["subject"]
    ]
    assert len(notices) == 1 and "Your details for invoices are missing" in notices[0]["body"]
    assert await listed(chief) == []
    await paid_somewhere(chief)
    await registered(market, chief, "DE123456788")
    month = f"{market.clock.now():%Y-%m}"
    refused = await chief.post(f"{LIST}/{month}/run")
    assert refused.status_code == 409 and refused.json()["code"] == "commission-month-not-over"
    for who, status in ((market.nobody, 401), (supplier, 403)):
        assert (await who.post(f"{LIST}/2026-01/run")).status_code == status
    # Up to a month long ago there is nothing; every month that was missed has its own.
    assert (await chief.post(f"{LIST}/2020-01/run")).status_code == 202
    await market.work()
    assert await listed(chief) == []
    await night(market)
    one, two = await listed(chief)
    assert one["month"] < two["month"] and (one["net"]["minor"], two["net"]["minor"]) == (2_000, 3_000)
    told = await read(supplier, two["invoice_id"])
    assert (told["tax"]["minor"], told["prepaid"]["minor"], told["payable"]["minor"]) == (570, 3_000, 570)
    assert told["due_on"] is not None and told["account"] is not None
    items = (await supplier.get("/v1/open-items")).json()["items"]
    assert sorted(item["open"]["minor"] for item in items) == [380, 570]
    await proved(market, items=True)
    await paid.refund(2, amount_minor=20_000)
    market.move_clock(days=A_MONTH)
    await night(market)
    note = (await listed(chief))[-1]
    told = await read(supplier, note["invoice_id"])
    assert (told["net"]["minor"], told["tax"]["minor"], told["payable"]["minor"]) == (1_000, 190, 190)
    items = (await supplier.get("/v1/open-items")).json()["items"]
    assert sorted(item["open"]["minor"] for item in items) == [380, 380]
    assert (await supplier.get(LIST)).status_code == 403
    await proved(market, items=True)


async def test_who_issued_an_invoice_credits_it(market: Market) -> None:
    """The operator's elder organization gives its details after the younger has invoiced: each takes back what is its own."""
    elder, younger = await operator(market), await paid_somewhere(await operator(market))
    await registered(market, younger, "DE123456788")
    await ruled(market, elder, 0, rate_bp=500)
    supplier = await market.people("supplier", country="CN")
    paid = await opened_by_a_deal(market, supplier=supplier, split=AT_ONCE)
    await paid.pay(1)
    market.move_clock(days=A_MONTH)
    await night(market)
    await paid_somewhere(elder)
    await registered(market, elder, "DE136695976")
    await paid.refund(1, amount_minor=10_000)
    await paid.pay(2)
    market.move_clock(days=A_MONTH)
    await night(market)
    told = [await read(supplier, one["invoice_id"]) for one in await listed(elder)]
    assert [(one["kind"]["code"], one["net"]["minor"], one["issuer"]["id"]) for one in told] == [
        ("invoice", 2_000, str(younger.firm.id)),
        ("invoice", 3_000, str(elder.firm.id)),
        ("credit_note", 500, str(younger.firm.id)),
    ]
    await proved(market, items=False)


@given(st.integers(1, 10**13), st.lists(st.integers(1, 10**13), max_size=6))
def test_amounts_of_a_line_come_back_to_the_cent(net: int, parts: list[int]) -> None:
    """In however many parts: quantities never come to more than the line's, and what each says is what was given back."""
    rest, quantity = net, Decimal(1)
    for part in parts:
        amount = min(part, rest)
        if not amount:
            break
        found = quantities({"1": amount}, {"1": Left(Decimal(1), net, rest)})["1"]
        if found is None:
            assert amount == rest
            return
        assert 0 < found < quantity and round_half_up(Fraction(net) * Fraction(found)) == amount
        rest, quantity = rest - amount, quantity - found
