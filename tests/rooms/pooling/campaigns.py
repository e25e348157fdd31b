"""Builders of campaigns, commitments and offers."""

from datetime import timedelta
from typing import Any

from app.kit.jobs import Runtime
from app.pooling.jobs import freeze_campaigns
from tests.market import Market, Member
from tests.rooms.warehousing.stock import made

PLACES = ["DEHAM", "ESBCN"]


def moment(market: Market, **ahead: float) -> str:
    """So far ahead of the market's clock, as it is written in a form."""
    return (market.clock.now() + timedelta(**ahead)).isoformat()


def campaign_form(market: Market, **overrides: Any) -> dict[str, Any]:
    """P20+Ni blanks in steps of 100 kg, and 1.2311 that a member might take instead; eleven minutes until the freeze."""
    blanks = {
        "title": "P20+Ni blanks, 200 to 400 mm",
        "specification": "1.2738 pre-hardened to 300 HB, milled on six sides, EN 10204 3.1",
        "lot_quantity": "100",
        "unit": "KGM",
        "min_quantity": "500",
        "alone_minor": 52000,
        "tiers": [
            {"from_quantity": "500", "price_minor": 45000},
            {"from_quantity": "1500", "price_minor": 42000},
        ],
    }
    plates = {"title": "1.2311 plates", "specification": "1.2311, 300 HB", "lot_quantity": "100", "unit": "KGM"}
    return {
        "led_as": "buyer",
        "title": "Mould steel for the spring",
        "notes": "Milled blanks only.",
        "currency": "EUR",
        "closes_at": moment(market, minutes=11),
        "items": [blanks, plates],
        "places": PLACES,
        **overrides,
    }


def published_form(market: Market, **overrides: Any) -> dict[str, Any]:
    """The same as a supplier leads it, with one item and prices for everybody to read."""
    form = campaign_form(market)
    published = {"capacity": "5000", "setup_minor": 10000, "freight_minor": {"DEHAM": 900}, "lead_time_days": 30}
    return form | {"led_as": "supplier", "items": [form["items"][0] | {"published": published}], **overrides}


async def opened(market: Market, lead: Member, **overrides: Any) -> dict[str, Any]:
    """A campaign that was opened."""
    draft = await made(lead, "/v1/campaigns", campaign_form(market, **overrides))
    return await made(lead, f"/v1/campaigns/{draft['id']}/opening", {}, 200)


def commitment_form(
    campaign: dict[str, Any], quantity: int = 300, limit: int = 46000, **overrides: Any
) -> dict[str, Any]:
    """So many kilograms of the first item to Hamburg."""
    item_id = campaign["items"][0]["id"]
    form = {"item_id": item_id, "quantity": str(quantity), "place": "DEHAM", "currency": "EUR", "limit_minor": limit}
    return form | overrides


def campaign_offer_form(campaign: dict[str, Any], price: int = 44000, **overrides: Any) -> dict[str, Any]:
    """Two tiers for the first item, set-up and freight."""
    item = {
        "item_id": campaign["items"][0]["id"],
        "tiers": [
            {"from_quantity": "100", "price_minor": price},
            {"from_quantity": "1000", "price_minor": price - 4000},
        ],
        "capacity": "3000",
        "setup_minor": 5000,
        "freight_minor": {"DEHAM": 1000, "ESBCN": 2000},
        "lead_time_days": 21,
        **overrides,
    }
    return {"currency": "EUR", "items": [item]}


async def committed(campaign: dict[str, Any], member: Member, *figures: int, **overrides: Any) -> dict[str, Any]:
    """A commitment to the campaign."""
    return await made(
        member, f"/v1/campaigns/{campaign['id']}/commitments", commitment_form(campaign, *figures, **overrides)
    )


async def offered(campaign: dict[str, Any], supplier: Member, *figures: int, **overrides: Any) -> dict[str, Any]:
    """An offer to the campaign."""
    return await made(
        supplier, f"/v1/campaigns/{campaign['id']}/offers", campaign_offer_form(campaign, *figures, **overrides)
    )


async def frozen(market: Market) -> None:
    """Let the time pass, freeze what is due, and do all that follows from it."""
    market.move_clock(minutes=11)
    await freeze_campaigns(Runtime(market.settings, market.db, market.clock))
    await market.work()
