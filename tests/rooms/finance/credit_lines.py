"""Builders of credit: lines, deals that take of them, orders on account."""

from typing import Any
from uuid import UUID

from app.finance import facade as finance
from app.finance.credit import checks
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal
from tests.rooms.procurement.orders import award
from tests.rooms.warehousing.stock import made


async def granted(supplier: Member, buyer: Member, limit: int, **form: Any) -> dict[str, Any]:
    """A new line, as its supplier reads it."""
    values = {"buyer_id": str(buyer.firm.id), "currency": "EUR", "limit_minor": limit, **form}
    return await made(supplier, "/v1/credit-lines", values)


async def read_line(who: Member, line: dict[str, Any]) -> dict[str, Any]:
    """A line as it is now."""
    answer = await who.get(f"/v1/credit-lines/{line['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def used(who: Member, line: dict[str, Any]) -> tuple[int, int, int]:
    """(ordered, invoiced, left) of a line."""
    now = await read_line(who, line)
    return now["ordered"]["minor"], now["invoiced"]["minor"], now["left"]["minor"]


async def take(market: Market, supplier: Member, buyer: Member, amount: int, deal: UUID | None = None) -> UUID:
    """A deal takes credit, in a transaction of its own that acts for the buyer."""
    deal = deal or new_id()
    async with market.db.transaction() as session, acting_for(session, buyer.firm.id):
        await finance.take_credit(
            session,
            supplier_id=supplier.firm.id,
            buyer_id=buyer.firm.id,
            currency="EUR",
            amount_minor=amount,
            deal=("deal", deal),
        )
    return deal


async def give_back(market: Market, who: Member, deal: UUID) -> bool:
    """It ends."""
    async with market.db.transaction() as session, acting_for(session, who.firm.id):
        return await finance.give_credit_back(session, ("deal", deal))


async def on_account(deal: Deal, quote: str, **form: Any) -> dict[str, Any]:
    """An order on account, as its buyer reads it."""
    answer = await award(deal, quote, payment="account", **form)
    return dict((await deal.buyer.get(f"/v1/orders/{answer['orders'][0]['id']}")).json())


async def verified_credit(market: Market) -> list[str]:
    """What is broken; it looked at some."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await checks.credit(session)
    assert looked > 0
    return broken
