"""Builders of demand: listed steel, buyers who ask for it, and what is sensed of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from app.pooling.sensing.jobs import sense
from app.pooling.sensing.models import DemandConsent
from app.pooling.sensing.queries import insert_suggestion
from tests.market import Firm, Market, Member
from tests.rooms.catalog.test_listings import VARIANT, listing, valid_attributes
from tests.rooms.procurement.deals import draft

CONSENT = "/v1/organization/demand-consent"
SUGGESTIONS = "/v1/demand-suggestions"
BLANKS = "plastic-mould-steel"
STEPS: Sequence[tuple[str, int]] = (("1", 60000), ("3", 55000), ("10", 51000))
"""A block costs 600 €, from three on 550 €, from ten on 510 €."""


async def blank(
    seller: Member,
    code: str = "block",
    *,
    steel: str = "1.2738",
    measures: tuple[str, str, str] = ("500", "400", "80"),
    steps: Sequence[tuple[str, int]] = STEPS,
    **changes: Any,
) -> str:
    """The variant of a published listing of a block of steel."""
    attributes = {**valid_attributes(BLANKS), "steel": steel}
    made = await seller.post("/v1/products", json=listing(code, category_code=BLANKS, attributes=attributes))
    assert made.status_code == 201, made.text
    path = f"/v1/products/{made.json()['id']}"
    sides = dict(zip(("length_mm", "width_mm", "height_mm"), measures, strict=True))
    prices = [{"currency": "EUR", "min_quantity": least, "price_minor": minor} for least, minor in steps]
    form = {**VARIANT, "sku": code, "label": code, "minimum_order_quantity": "1", "prices": prices, **sides, **changes}
    added = await seller.post(f"{path}/variants", json=form)
    assert added.status_code == 201, added.text
    published = await seller.post(f"{path}/publish")
    assert published.status_code == 200, published.text
    return str((await seller.get(path)).json()["variants"][0]["id"])


async def asks(market: Market, buyer: Member, seller: Member, *wanted: tuple[str, str], unit: str = "H87") -> str:
    """A published inquiry for so many of some variants; its id."""
    lines = [
        {"variant_id": variant_id, "description": "Block", "quantity": quantity, "unit": unit}
        for variant_id, quantity in wanted
    ]
    made = await draft(market, buyer, [seller], lots=[{"lines": lines}])
    answer = await buyer.post(f"/v1/inquiries/{made['id']}/publication")
    assert answer.status_code == 200, answer.text
    return str(made["id"])


async def consents(buyer: Member, *, given: bool = True) -> None:
    """Say yes, or no."""
    answer = await buyer.put(CONSENT, json={"given": given}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["given"]) == (200, given), answer.text


async def buyers_asking(
    market: Market, seller: Member, variant_id: str, *quantities: str, consenting: bool = True
) -> list[Member]:
    """So many buyers, each of whom asks for so many and, unless told otherwise, consents."""
    found = []
    for quantity in quantities:
        buyer = await market.people("buyer")
        await asks(market, buyer, seller, (variant_id, quantity))
        if consenting:
            await consents(buyer)
        found.append(buyer)
    return found


async def sensed(market: Market, reader: Member, query: str = "") -> list[dict[str, Any]]:
    """Sense, and read what stands."""
    await sense(Runtime(market.settings, market.db, market.clock))
    answer = await reader.get(f"{SUGGESTIONS}{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def suggested(market: Market, firms: Sequence[Firm], **changes: Any) -> str:
    """A suggestion written as the job would, behind which stand some firms that consent."""
    now = market.clock.now()
    values = {
        "category_code": BLANKS,
        "steel": "P20+Ni",
        "unit": "H87",
        "size_steps": [27, 26, 19],
        "buyers": len(firms),
        "quantity": 14,
        "expected_saving_bp": 1200,
        "saving_source": "list_prices",
        "asked_since": (now - timedelta(days=92)).date(),
        "asked_until": now.date(),
        "made_at": now,
        **changes,
    }
    async with market.db.transaction(Role.WORKER) as session:
        await act_for(session, None)
        return str(await insert_suggestion(session, values, [firm.id for firm in firms]))


async def consenting_firms(market: Market, count: int) -> list[Firm]:
    """Firms without people that consent."""
    firms = [await market.firm("buyer") for _ in range(count)]
    async with market.db.transaction() as session:
        for firm in firms:
            await act_for(session, firm.id)
            session.add(DemandConsent(organization_id=firm.id, version=1, given=True))
            await session.flush()
    return firms
