"""Put into a new sandbox what its programs can begin with."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.logistics.places import SANDBOX_LANES
from app.logistics.schemas import BookingIn, ShipmentIn
from app.logistics.usecases.book import offer_booking
from app.logistics.usecases.ship import plan_shipment
from app.parties.events import SandboxOpened

READY_IN = timedelta(days=7)
OFFERED_HOURS = 720
"""As long as an offer may stand."""


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
