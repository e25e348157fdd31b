"""Builders of rate cards, freight quotes, inquiries and shared containers, over HTTP as those who carry and send."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.kit.db.tenancy import act_for
from app.reference.facade import load_rates
from tests.market import Market, Member
from tests.rooms.logistics.freight import booking_form, shipment_form
from tests.rooms.warehousing.stock import made


def day(market: Market, days: int) -> str:
    """So many days from now."""
    return (market.clock.now() + timedelta(days=days)).date().isoformat()


def fcl_card(market: Market, **overrides: Any) -> dict[str, Any]:
    """Full containers from Ningbo to Hamburg: 1,200.00 USD for 20 feet, with a bunker surcharge and a fee."""
    return {
        "reference": "NGB-HAM-FCL",
        "version": 1,
        "mode": "sea_fcl",
        "service": "Direct",
        "from_place": "CNNGB",
        "to_place": "DEHAM",
        "valid_from": day(market, -5),
        "valid_until": day(market, 60),
        "transit_days_min": 31,
        "transit_days_max": 35,
        "currency": "USD",
        "containers": {"20DC": 120000, "40HC": 200000},
        "surcharges": [
            {"code": "BAF", "basis": "container", "amount": "15000"},
            {"code": "DOC", "basis": "shipment", "amount": "5500"},
        ],
        **overrides,
    }


def lcl_card(market: Market, **overrides: Any) -> dict[str, Any]:
    """Less than a container: 80.00 EUR for each revenue ton."""
    rest = {"reference": "NGB-HAM-LCL", "mode": "sea_lcl", "currency": "EUR", "containers": {}, "surcharges": []}
    days = {"transit_days_min": 36, "transit_days_max": 42}
    return fcl_card(market, **rest | days | {"breaks": [{"from_quantity": "0", "per_unit_minor": "8000"}]} | overrides)


CRATE = {"quantity": 2, "mass_kg": "850", "length_mm": 1200, "width_mm": 1000, "height_mm": 1000}


def quote_form(market: Market, **overrides: Any) -> dict[str, Any]:
    """Two crates of 1.2 m³ and 850 kg each, or a container of 20 feet, from Ningbo to Hamburg."""
    return {
        "from": {"place": "CNNGB"},
        "to": {"place": "DEHAM"},
        "ready_on": day(market, 3),
        "goods": {"packages": [CRATE], "containers": {"20DC": 1}},
        "currency": "EUR",
        **overrides,
    }


async def known_rates(market: Market) -> None:
    """A dollar buys 0.8 euro since three days ago."""
    row = {
        "base": "EUR",
        "quote": "USD",
        "on_date": (market.clock.now() - timedelta(days=3)).date(),
        "rate": Decimal("1.25"),
        "source": "test",
    }
    async with market.db.transaction() as session:
        await act_for(session, None, operator=True)
        await load_rates(session, [row])


def inquiry_form(market: Market, *partners: Member, **overrides: Any) -> dict[str, Any]:
    """The same goods, asked of partners."""
    form = quote_form(market)
    form.pop("currency")
    asked = {"partner_ids": [str(one.firm.id) for one in partners]}
    return form | asked | {"closes_at": (market.clock.now() + timedelta(hours=2)).isoformat()} | overrides


def offer_form(market: Market, amount_minor: int = 110000, **overrides: Any) -> dict[str, Any]:
    """An offer for the main leg."""
    return {
        "mode": "sea_fcl",
        "currency": "USD",
        "lines": [{"code": "FREIGHT", "amount_minor": amount_minor}, {"code": "DOC", "amount_minor": 5000}],
        "transit_days_min": 30,
        "transit_days_max": 33,
        "valid_until": (market.clock.now() + timedelta(days=60)).isoformat(),
        **overrides,
    }


def consolidation_form(**overrides: Any) -> dict[str, Any]:
    """A container of 40 feet that costs 3,000.01 USD."""
    lane = {"from_place": "CNNGB", "to_place": "DEHAM"}
    return {"container_type": "40HC", "currency": "USD", "cost_minor": 300001, **lane, **overrides}


async def carried(
    market: Market, carrier: Member, shipper: Member | None = None, mode: str = "sea_lcl"
) -> tuple[Member, str]:
    """(shipper, booking) of a leg that the carrier has accepted."""
    shipper = shipper or await market.people("supplier")
    shipment = await made(shipper, "/v1/shipments", shipment_form(market, mode=mode))
    booking = await made(shipper, f"/v1/shipments/{shipment['id']}/bookings", booking_form(carrier, mode=mode))
    answer = await carrier.post(f"/v1/bookings/{booking['id']}/acceptance", json={})
    assert answer.status_code == 200, answer.text
    return shipper, booking["id"]
