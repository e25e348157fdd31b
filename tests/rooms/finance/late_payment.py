"""Builders of claims for late payment."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import count, islice
from typing import Any

from app.finance.dunning import checks
from app.finance.dunning.late_payment import half_year
from app.kit.db.engine import Role
from tests.market import Market, Member
from tests.rooms.finance.invoices import issued_by_a_deal, paid_somewhere
from tests.rooms.finance.open_items import of_invoice
from tests.rooms.procurement.deals import wait
from tests.rooms.warehousing.stock import made

REFERENCE_BP = (315, 215, 300)
"""Of three half-years, the first of which is that of today."""


def halves(today: date) -> list[date]:
    """The first days of three half-years."""
    days = (today + timedelta(days=days) for days in count())
    return list(islice(dict.fromkeys(half_year(day) for day in islice(days, 380)), 3))


async def rates_known(market: Market) -> dict[date, int]:
    """The operator loads what holds in three half-years; the yearly interest by their first days."""
    first = halves(market.clock.now().date())
    rows = "".join(f"EU,{day},{bp},ECB\n" for day, bp in zip(first, REFERENCE_BP, strict=True))
    operator = await market.people("operator")
    content = f"country,valid_from,rate_bp,source\n{rows}"
    path, header = "/v1/operator/late-payment-rates", {"Content-Type": "text/csv"}
    assert (await operator.put(path, content=content, headers=header)).status_code == 200
    return {day: bp + 800 for day, bp in zip(first, REFERENCE_BP, strict=True)}


def cost(rates: dict[date, int], owed_on: dict[date, int]) -> int:
    """Interest day by day, rounded once."""
    exact = sum(Fraction(minor * rates[half_year(day)], 3_650_000) for day, minor in owed_on.items())
    return int(exact * 2 + 1) // 2


def days_after(day: date, days: int, minor: int) -> dict[date, int]:
    """So much is owed on so many days after a day."""
    return {day + timedelta(days=number): minor for number in range(1, days + 1)}


def days_in(told: dict[str, Any]) -> int:
    """How many days a reckoning is over."""
    return sum(one["days"] for one in told["lines"])


async def reckoned(who: Member, item: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """What he may claim now."""
    answer = await who.get(f"/v1/open-items/{item['id']}/late-payment")
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def claimed(who: Member, item: dict[str, Any], status: int = 201, **form: Any) -> dict[str, Any]:
    """He claims it."""
    return await made(who, f"/v1/open-items/{item['id']}/late-payment", form, status)


async def withdrawn(who: Member, claim: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """He does not hold on to it."""
    form = {"reason": "Aus Kulanz."}
    return await made(who, f"/v1/late-payment-claims/{claim['id']}/withdrawal", form, status)


async def verified_claims(market: Market, looked_at: int) -> list[str]:
    """What is broken; it looked at so many."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await checks.late_payment_claims(session)
    assert looked == looked_at
    return broken


async def long_overdue(market: Market, supplier: Member) -> str:
    """The id of a claim of a supplier in the Union for an invoice that somebody had to pay a month ago."""
    buyer = await market.people("buyer")
    await rates_known(market)
    await paid_somewhere(supplier)
    wait(market, supplier, buyer, days=-60)
    [issued] = await issued_by_a_deal(market, supplier, buyer, 1)
    wait(market, supplier, buyer, days=60)
    return str((await claimed(supplier, await of_invoice(supplier, str(issued.id))))["id"])
