"""Builders of open items: invoices of which something is owed, payments, and what verifying sees of them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.finance.dunning.usecases.write_letters import write_letter
from app.finance.receivables import checks
from app.finance.receivables import facade as receivables
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from tests.market import Market, Member
from tests.rooms.finance.invoices import invoiced
from tests.rooms.warehousing.stock import made


async def owed(market: Market, buyer: Member, supplier: Member, **form: Any) -> dict[str, Any]:
    """The open item of a new invoice, as its issuer reads it."""
    invoice = await invoiced(market, buyer, supplier, **form)
    return await of_invoice(supplier, invoice["id"])


async def of_invoice(who: Member, invoice_id: str) -> dict[str, Any]:
    """The item of an invoice."""
    answer = await who.get("/v1/open-items?which=all&kind=invoice&limit=100")
    found = [one for one in answer.json()["items"] if one["invoice_id"] == invoice_id]
    assert len(found) == 1, answer.text
    return await read_item(who, found[0]["id"])


async def read_item(who: Member, item_id: str) -> dict[str, Any]:
    """An item with all that happened to it."""
    answer = await who.get(f"/v1/open-items/{item_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def paid(who: Member, item: dict[str, Any], amount: int, day: date, status: int = 201) -> dict[str, Any]:
    """He records a payment."""
    form = {"amount_minor": amount, "occurred_on": day.isoformat(), "reference": "Kontoauszug 47"}
    return await made(who, f"/v1/open-items/{item['id']}/payments", form, status)


async def settled(
    market: Market, who: Member, invoice_id: str, amount: int, payment: UUID, day: date | None = None
) -> receivables.Settled:
    """A payment that the house has received."""
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, who.firm.id):
        return await receivables.settle(
            session,
            invoice_id=UUID(invoice_id),
            amount_minor=amount,
            day=day or market.clock.now().date(),
            source=("bank_entry", payment),
        )


async def verified_items(market: Market) -> list[str]:
    """What is broken; it looked at some."""
    found = []
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        for check in (checks.open_items, checks.open_items_in_the_books):
            looked, broken = await check(session)
            assert looked > 0
            found += broken
    return found


async def reminded(market: Market, issuer: Member, debtor: Member) -> str:
    """The id of a letter about what will be overdue in twenty days."""
    form = {"active": True, "steps": [{"days_overdue": 7, "tone": "friendly"}]}
    answer = await issuer.put("/v1/organization/dunning", json=form, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    day = market.clock.now().date() + timedelta(days=20)
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, issuer.firm.id):
        return str(await write_letter(session, issuer.firm.id, debtor.firm.id, day))
