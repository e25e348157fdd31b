"""Put into a new sandbox what its programs can begin with."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.logistics.freight.schemas.cards import RateCardIn
from app.logistics.freight.usecases.keep_cards import upload_cards
from app.logistics.places import SANDBOX_LANES
from app.logistics.schemas import BookingIn, ShipmentIn
from app.logistics.states import Mode
from app.logistics.usecases.book import offer_booking
from app.logistics.usecases.ship import plan_shipment
from app.parties.events import SandboxOpened

READY_IN = timedelta(days=7)
OFFERED_HOURS = 720
"""As long as an offer may stand."""
CARDS_VALID_DAYS = 365
_PRICES: dict[Mode, dict[str, Any]] = {
    Mode.SEA_FCL: {"containers": {"20DC": 100000, "40HC": 180000}},
    Mode.AIR: {"breaks": [{"from_quantity": "0", "per_unit_minor": "500"}], "minimum_minor": 5000},
    Mode.ROAD: {"breaks": [{"from_quantity": "0", "per_unit_minor": "25"}], "minimum_minor": 10000},
}
"""Round sums in cents of euro, which nobody takes for prices."""


async def price_sandbox(session: AsyncSession, partner: Actor, *, now: datetime) -> None:
    """A rate card of the sandbox's partner for each lane, so that its shipper is quoted something."""
    today = now.date()
    cards = [
        RateCardIn(
            reference=f"SANDBOX-{number}",
            mode=mode,
            service="Sandbox",
            from_place=load,
            to_place=discharge,
            valid_from=today,
            valid_until=today + timedelta(days=CARDS_VALID_DAYS),
            transit_days_min=1,
            transit_days_max=2,
            currency="EUR",
            **_PRICES[mode],
        ).model_dump(mode="json")
        for number, (mode, load, discharge) in enumerate(SANDBOX_LANES, start=1)
    ]
    await upload_cards(session, partner, cards)


async def furnish_sandbox(session: AsyncSession, shipper: Actor, opened: SandboxOpened, *, now: datetime) -> None:
    """A shipment on each lane of the sandbox, as planned by its shipper; the first is offered to its partner."""
    ready_on = (now + READY_IN).date()
    planned = [
        await plan_shipment(
            session,
            shipper,
            ShipmentIn(mode=mode, load=load, discharge=discharge, ready_on=ready_on, reference=f"SANDBOX-{number}"),
        )
        for number, (mode, load, discharge) in enumerate(SANDBOX_LANES, start=1)
    ]
    mode, load, discharge = SANDBOX_LANES[0]
    offer = BookingIn(
        partner_id=opened.partner_id, leg=1, mode=mode, from_place=load, to_place=discharge, hours=OFFERED_HOURS
    )
    await offer_booking(session, shipper, planned[0].id, offer, now=now)
