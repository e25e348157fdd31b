"""What the demo's makers sent, who carries it, and what was told on the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.demo.seed.cast import Cast
from app.demo.seed.files import Attachments
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.kit.ids import new_id
from app.logistics import queries
from app.logistics.cases.schemas import IncidentIn
from app.logistics.cases.usecases.open_incident import open_incident
from app.logistics.incidents import Incident
from app.logistics.papers.pdf import page, text
from app.logistics.papers.schemas import ShipmentDocumentIn, ShipmentPackageIn, ShipmentPackagesIn
from app.logistics.papers.states import PaperType
from app.logistics.papers.usecases.attach_paper import attach_paper
from app.logistics.papers.usecases.put_packages import put_packages
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
    packages: tuple[dict[str, Any], ...]
    told: tuple[Told, ...]

    @property
    def bill(self) -> str:
        """The name of its bill of lading."""
        return f"bill-of-lading-{self.reference.replace(' ', '-')}.pdf"


SAILED = (
    Told(2, "EQUIPMENT", "GTIN", "{load}"),
    Told(3, "EQUIPMENT", "LOAD", "{load}"),
    Told(3.5, "TRANSPORT", "DEPA", "{load}"),
    Told(4, "TRANSPORT", "ARRI", "{discharge}", "EST", of_day=31),
)
SHIPPED_DAY = 3.6
MOULD_PARTS = (
    {"pieces": 2, "package_type": "7B", "length_mm": 1200, "width_mm": 800, "height_mm": 650, "gross_mass_kg": "842.500",
     "description": "Ejector pins and sleeves, hardened", "hs_code": "848071", "marks": "KESSLER 1-2"},
    {"pieces": 1, "package_type": "8A", "length_mm": 1200, "width_mm": 1000, "height_mm": 900, "gross_mass_kg": "655.000",
     "description": "Guide pillars and bushes, in volatile corrosion inhibitor", "hs_code": "848071", "marks": "KESSLER 3",
     "stackable": True, "sscc": "340123450000000017"},
)  # fmt: skip
HOT_RUNNER = (
    {"pieces": 1, "package_type": "7B", "length_mm": 1900, "width_mm": 1100, "height_mm": 1050, "gross_mass_kg": "1730.000",
     "description": "Parts of injection moulds", "hs_code": "848071", "marks": "GREAT LAKES 1/1"},
)  # fmt: skip
VOYAGES = (
    Voyage("zhuoyi-components", "kessler-antriebe", "harbour-line-logistics", "CNSZX", "DEHAM", "CSQU3054383", "EP 2026-04", 38,
           MOULD_PARTS,
           (*SAILED, Told(15, "TRANSPORT", "ARRI", "{discharge}", "EST", of_day=33, reason="WEA"),
            Told(33, "TRANSPORT", "ARRI", "{discharge}"), Told(34, "EQUIPMENT", "DISC", "{discharge}"))),
    Voyage("taichung-yuanda", "great-lakes-molded", "harbour-line-logistics", "TWTXG", "USLGB", "MSKU2666542", "GP 118", 5,
           HOT_RUNNER,
           SAILED[:3]),
)  # fmt: skip


def bills() -> dict[str, bytes]:
    """The bills of lading by name: pages of a specimen."""
    found = {}
    for voyage in VOYAGES:
        lines = (
            "BILL OF LADING (SPECIMEN)",
            f"Reference: {voyage.reference}",
            f"Port of loading: {voyage.load}",
            f"Port of discharge: {voyage.discharge}",
            f"Container: {voyage.container}",
            *(
                f"{one['marks']}: {one['pieces']} x {one['description']}, HS {one['hs_code']}"
                for one in voyage.packages
            ),
        )
        content = "\n".join(text(20, 270 - 10 * at, 11, words) for at, words in enumerate(lines))
        found[voyage.bill] = page(content, 210, 297)
    return found


class Freight:
    """The voyages, each event at its moment."""

    def __init__(self, told: History, cast: Cast, attachments: Attachments) -> None:
        self._told, self._cast, self._attachments = told, cast, attachments
        self._numbers: dict[str, str] = {}
        self.shipment_ids: dict[str, UUID] = {}

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
            steps.append((begins + timedelta(days=SHIPPED_DAY), partial(self._attach, voyage)))
        steps.append((self._told.today - timedelta(hours=15), partial(self._complain, VOYAGES[0])))
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
        self.shipment_ids[voyage.reference] = shipment.id
        packages = [ShipmentPackageIn(**one, container=voyage.container) for one in voyage.packages]
        await put_packages(session, shipper, shipment.id, ShipmentPackagesIn(packages=packages), expected=None)
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

    async def _attach(self, voyage: Voyage) -> None:
        partner = self._cast.speakers[voyage.partner]
        (document_id,) = await self._attachments.upload(self._told, partner, [voyage.bill])
        session = await self._told.let(partner)
        shipment = await queries.shipment(session, self.shipment_ids[voyage.reference])
        assert shipment is not None
        form = ShipmentDocumentIn(
            document_id=document_id,
            type=PaperType.BILL_OF_LADING,
            number=f"HLL{voyage.container[4:]}",
            issued_on=self._told.now.date(),
        )
        await attach_paper(session, partner, shipment, form)

    async def _complain(self, voyage: Voyage) -> None:
        shipper = self._cast.speakers[voyage.shipper]
        session = await self._told.let(shipper)
        shipment = await queries.shipment(session, self.shipment_ids[voyage.reference])
        assert shipment is not None
        words = "The terminal tells of a crate with a crushed corner, mark KESSLER 2. Please have it surveyed."
        form = IncidentIn(kind=Incident.DAMAGE, description=words)
        await open_incident(session, shipper, shipment, form, now=self._told.now)

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
