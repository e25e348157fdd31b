"""Builders of invoices: who is paid where, orders that can be invoiced, and invoices of them over HTTP."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.finance.facade import Charged, DraftLine, InvoiceDraft, IssuedInvoice, issue_all
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.parties.models import RegistrationNumber
from app.procurement.facade import PooledOrder
from tests.market import Market, Member
from tests.rooms.procurement.pooled import commitment, place
from tests.rooms.warehousing.stock import made

IBAN = "DE02 1203 0000 0000 2020 51"
NET, TAX, GROSS = 124458, 23647, 148105
"""Of `commitment`, within Germany."""


def details_form(**overrides: Any) -> dict[str, Any]:
    """Where a German supplier is paid."""
    return {
        "iban": IBAN,
        "bic": "BYLADEM1001",
        "tax_number": "332/5702/1234",
        "legal_note": "Amtsgericht Iserlohn, HRB 4711",
        **overrides,
    }


async def paid_somewhere(who: Member, **overrides: Any) -> Member:
    """He has said where he is paid."""
    answer = await who.put("/v1/organization/invoicing", json=details_form(**overrides), headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return who


async def issuer(market: Market, **options: Any) -> Member:
    """A supplier who can issue invoices."""
    return await paid_somewhere(await market.people("supplier", **options))


async def registered(market: Market, who: Member, number: str, kind: str = "vat") -> None:
    """His firm states a register number."""
    async with market.db.transaction() as session, acting_for(session, who.firm.id):
        session.add(RegistrationNumber(organization_id=who.firm.id, kind=kind, number=number))


async def to_invoice(market: Market, buyer: Member, supplier: Member, **changes: Any) -> tuple[UUID, PooledOrder]:
    """An order over two lines, 1,244.58 EUR without tax, that stands; and what was ordered."""
    wanted = commitment(buyer, supplier, **changes)
    return await place(market, wanted), wanted


async def invoiced(market: Market, buyer: Member, supplier: Member, **form: Any) -> dict[str, Any]:
    """An invoice of a new order, as its supplier reads it."""
    order_id, _ = await to_invoice(market, buyer, supplier)
    told = await made(supplier, f"/v1/orders/{order_id}/invoices", form)
    return await read(supplier, told["id"])


async def issued_by_a_deal(market: Market, supplier: Member, buyer: Member, count: int) -> list[IssuedInvoice]:
    """Invoices that a room above issues through the facade, all at once."""
    return await issued_of(market, supplier, buyer, *(("deal", new_id()) for _ in range(count)))


async def issued_of(
    market: Market,
    supplier: Member,
    buyer: Member,
    *deals: tuple[str, UUID],
    quantity: int = 3,
    price_minor: int = 1999,
) -> list[IssuedInvoice]:
    """One of each of these deals, over so many core pins."""
    line = DraftLine("Kernstift", Decimal(quantity), "H87", price_minor)
    drafts = [InvoiceDraft(supplier.firm.id, buyer.firm.id, *deal, "EUR", (line,), (Charged(*deal),)) for deal in deals]
    async with market.db.transaction() as session, acting_for(session, supplier.firm.id):
        return await issue_all(session, None, drafts, now=market.clock.now())


async def read(who: Member, invoice_id: str) -> dict[str, Any]:
    """An invoice as somebody sees it."""
    answer = await who.get(f"/v1/invoices/{invoice_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
