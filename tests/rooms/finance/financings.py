"""Builders of financing: receivables that are offered, quoted for, assigned and funded, over HTTP."""

from typing import Any

from app.finance.financing import checks
from app.finance.financing.jobs import sweep_financing
from app.finance.payouts.checks import what_suppliers_are_owed
from app.finance.schedules.checks import milestone_sums, milestones_in_the_ledger
from app.kit.db.engine import Role
from app.kit.jobs import Runtime
from tests.market import Market, Member
from tests.rooms.finance.schedules import Paid, opened_by_a_deal
from tests.rooms.warehousing.stock import made

RATE = {"rate_bp": 900, "advance_bp": 8000, "recourse": True}


async def offered(paid: Paid, number: int = 1, *, status: int = 201, **form: Any) -> dict[str, Any]:
    """The supplier offers a milestone."""
    body = {"milestone_id": paid.milestones[number - 1], **form}
    return dict(await made(paid.supplier, "/v1/financing-offers", body, status))


async def quoted(financier: Member, offer: dict[str, Any], *, status: int = 201, **form: Any) -> dict[str, Any]:
    """A financier quotes."""
    return dict(await made(financier, f"/v1/financing-offers/{offer['id']}/quotes", form or RATE, status))


async def accepted(supplier: Member, quote: dict[str, Any], status: int = 201) -> dict[str, Any]:
    """The supplier accepts."""
    return dict(await made(supplier, f"/v1/financing-quotes/{quote['id']}/acceptance", {}, status))


async def funded(market: Market, financier: Member, financing: dict[str, Any], **form: Any) -> dict[str, Any]:
    """The financier pays the advance."""
    await made(financier, f"/v1/financings/{financing['id']}/pay", form or {"payment_method": "tok_visa"}, 202)
    await market.work()
    return await read(financier, financing)


async def read(who: Member, financing: dict[str, Any]) -> dict[str, Any]:
    """A financing as somebody sees it."""
    answer = await who.get(f"/v1/financings/{financing['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def financed(market: Market, **form: Any) -> tuple[Paid, Member, dict[str, Any]]:
    """A milestone of 400.00 EUR that is financed; its financier and the financing."""
    paid = await opened_by_a_deal(market)
    financier = await market.people("financier")
    quote = await quoted(financier, await offered(paid), **{**RATE, **form})
    return paid, financier, await funded(market, financier, await accepted(paid.supplier, quote))


async def swept(market: Market) -> None:
    """The periodic job, and what follows."""
    await sweep_financing(Runtime(market.settings, market.db, market.clock, market.app.state.gateways))
    await market.work()


async def proved(market: Market) -> None:
    """What `partingline verify` proves holds, and it has looked at something."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        for check in (
            checks.advances_in_the_ledger,
            checks.receivables_assigned_once,
            what_suppliers_are_owed,
            milestone_sums,
            milestones_in_the_ledger,
        ):
            looked, broken = await check(session)
            assert looked > 0 and broken == []
