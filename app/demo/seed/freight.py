"""What the demo's makers sent, who carries it, and what was told on the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.kit.ids import new_id
from app.logistics.schemas import AcceptanceIn, BookingIn, ShipmentIn
from app.logistics.states import Mode
from app.logistics.usecases.book import accept_booking, offer_booking
from app.logistics.usecases.ship import plan_shipment
from app.logistics.usecases.take_events import take_events


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a voyage: so many days after the booking, by DCSA's codes, at a place."""

    after_days: float
    kind: str
    code: str
    place: str
    classifier: str = "ACT"
    of_day: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Voyage:
    """A container of a maker to a buyer, by one partner."""

    shipper: str
    consignee: str
    partner: str
    load: str
    discharge: str
    container: str
    reference: str
    days_ago: int
    told: tuple[Told, ...]


SAILED = (
    Told(2, "EQUIPMENT", "GTIN", "{load}"),
    Told(3, "EQUIPMENT", "LOAD", "{load}"),
    Told(3.5, "TRANSPORT", "DEPA", "{load}"),
    Told(4, "TRANSPORT", "ARRI", "{discharge}", "EST", of_day=31),
)
VOYAGES = (
    Voyage("zhuoyi-components", "kessler-antriebe", "harbour-line-logistics", "CNSZX", "DEHAM", "CSQU3054383", "EP 2026-04", 38,
           (*SAILED, Told(15, "TRANSPORT", "ARRI", "{discharge}", "EST", of_day=33, reason="WEA"),
            Told(33, "TRANSPORT", "ARRI", "{discharge}"), Told(34, "EQUIPMENT", "DISC", "{discharge}"))),
    Voyage("taichung-yuanda", "great-lakes-molded", "harbour-line-logistics", "TWTXG", "USLGB", "MSKU2666542", "GP 118", 5,
           SAILED[:3]),
)  # fmt: skip


class Freight:
    """The voyages, each event at its moment."""

    def __init__(self, told: History, cast: Cast) -> None:
        self._told, self._cast = told, cast
        self._numbers: dict[str, str] = {}

    def steps(self) -> list[Step]:
        """Booked, then told of."""
        steps: list[Step] = []
        for voyage in VOYAGES:
            begins = self._told.today - timedelta(days=voyage.days_ago)
            steps.append((begins, partial(self._book, voyage)))
            for event in voyage.told:
                moment = begins + timedelta(days=event.after_days)
                if moment < self._told.today:
                    steps.append((moment, partial(self._tell, voyage, begins, event)))
        return steps

    async def _book(self, voyage: Voyage) -> None:
        shipper, partner = self._cast.speakers[voyage.shipper], self._cast.speakers[voyage.partner]
        now = self._told.now
        session = await self._told.let(shipper)
        form = ShipmentIn(
            mode=Mode.SEA_FCL,
            load=voyage.load,
            discharge=voyage.discharge,
            ready_on=now.date(),
            consignee_id=self._cast.organization_ids[voyage.consignee],
            reference=voyage.reference,
            containers=[voyage.container],
        )
        shipment = await plan_shipment(session, shipper, form)
        leg = BookingIn(
            partner_id=self._partner_id(voyage),
            leg=1,
            mode=Mode.SEA_FCL,
            from_place=voyage.load,
            to_place=voyage.discharge,
        )
        booking = await offer_booking(session, shipper, shipment.id, leg, now=now)
        booking_id, self._numbers[voyage.reference] = booking.id, booking.number
        session = await self._told.let(partner)
        await accept_booking(session, partner, booking_id, AcceptanceIn(), now=now)

    def _partner_id(self, voyage: Voyage) -> UUID:
        return self._cast.organization_ids[voyage.partner]

    async def _tell(self, voyage: Voyage, begins: datetime, event: Told) -> None:
        partner = self._cast.speakers[voyage.partner]
        session = await self._told.let(partner)
        taken = await take_events(session, partner, [self._event(voyage, begins, event)], now=self._told.now)
        assert taken.accepted == 1, taken.refused

    def _event(self, voyage: Voyage, begins: datetime, event: Told) -> dict[str, Any]:
        place = event.place.format(load=voyage.load, discharge=voyage.discharge)
        at = begins + timedelta(days=event.after_days if event.of_day is None else event.of_day)
        call = {"transportCallID": f"{voyage.reference} {place}", "UNLocationCode": place, "modeOfTransport": "VESSEL"}
        sent: dict[str, Any] = {
            "eventID": str(new_id()),
            "eventCreatedDateTime": self._told.now.isoformat(),
            "eventClassifierCode": event.classifier,
            "eventDateTime": at.isoformat(),
            "eventType": event.kind,
            "documentReferences": [
                {"documentReferenceType": "BKG", "documentReferenceValue": self._numbers[voyage.reference]}
            ],
            "transportCall": call,
        }
        if event.kind == "TRANSPORT":
            sent["transportEventTypeCode"] = event.code
            return sent | ({"delayReasonCode": event.reason} if event.reason else {})
        return sent | {
            "equipmentEventTypeCode": event.code,
            "equipmentReference": voyage.container,
            "emptyIndicatorCode": "LADEN",
        }
