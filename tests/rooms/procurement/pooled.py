"""Builders of pooled orders, placed as a pool places them: through the facade, acting for the member."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.paging import PageRequest
from app.procurement import facade as procurement
from tests.market import Market, Member

TITLE = procurement.PooledWords(
    "Formenstahl gemeinsam einkaufen", "de", {"zh-Hans": ("联合采购模具钢", "human"), "en": ("Pooled steel", "machine")}
)
PLATES = procurement.PooledLine(
    procurement.PooledWords("1.2738 geschnitten", "de", {"zh-Hans": ("1.2738 开料", "reviewed")}),
    Decimal("300"),
    "KGM",
    123457,
)
PINS = procurement.PooledLine(
    procurement.PooledWords("Auswerferstifte Ø6", "de"),
    Decimal("7.5"),
    "MTR",
    1001,
    sku="EP-6",
    category_code="ejector-pins",
)
WHY = {"en": "The deposit was not paid.", "de": "Die Anzahlung ging nicht ein.", "zh-Hans": "未收到定金。"}


def commitment(buyer: Member, supplier: Member, **changes: Any) -> procurement.PooledOrder:
    """What a member is to pay 1,244.58 EUR for, under a framework order of the supplier."""
    return replace(
        procurement.PooledOrder(
            buyer_id=buyer.firm.id,
            supplier_id=supplier.firm.id,
            pool_id=new_id(),
            pool_number="FO-2026-0003",
            pool_key=new_id(),
            title=TITLE,
            lines=[PLATES, PINS],
            currency="EUR",
            incoterm="DAP",
            incoterm_place="DELUD",
            lead_time_days=45,
        ),
        **changes,
    )


async def place(market: Market, wanted: procurement.PooledOrder) -> UUID:
    """The id of the order, committed."""
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, wanted.buyer_id):
        return await procurement.place_pooled_order(session, wanted, now=market.clock.now())


async def end(market: Market, buyer: Member, order_id: UUID) -> bool:
    """The pool takes it back."""
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, buyer.firm.id):
        return await procurement.end_pooled_order(session, order_id, reasons=WHY, now=market.clock.now())


async def seen(
    market: Market, who: Member, pool_id: UUID, *, limit: int = 100, cursor: str | None = None
) -> tuple[list[procurement.PooledOrderRef], str | None]:
    """What an organization sees of the orders under a framework order."""
    async with market.db.transaction(readonly=True) as session, acting_for(session, who.firm.id):
        return await procurement.pooled_orders(session, pool_id, PageRequest(limit, cursor))
