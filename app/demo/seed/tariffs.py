"""What freight costs in the demo: cards of its forwarders, a quote that was booked, a freight inquiry, and a shared container.

All prices are invented. They are of the size that the trade knows and say so themselves, where shippers read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.kit.actor import Actor
from app.logistics.freight.schemas.cards import RateCardIn
from app.logistics.freight.schemas.consolidations import ConsolidationIn, MemberIn
from app.logistics.freight.schemas.inquiries import FreightInquiryIn, FreightOfferIn
from app.logistics.freight.schemas.quotes import FreightQuoteIn
from app.logistics.freight.usecases.ask_freight import ask_freight, close_inquiry
from app.logistics.freight.usecases.consolidate import add_member, close_consolidation, open_consolidation
from app.logistics.freight.usecases.keep_cards import upload_cards
from app.logistics.freight.usecases.offer_freight import offer_freight, take_offer
from app.logistics.freight.usecases.quote_freight import quote_freight
from app.logistics.schemas import AcceptanceIn, BookingIn, ShipmentIn
from app.logistics.states import Mode
from app.logistics.usecases.book import accept_booking, offer_booking
from app.logistics.usecases.ship import plan_shipment

INVENTED = "prices invented for the demo"
UPLOADED_DAYS_AGO, QUOTED_DAYS_AGO, ASKED_DAYS_AGO, SHARED_DAYS_AGO = 60, 20, 16, 12
VALID_DAYS = 240


@dataclass(frozen=True, slots=True)
class Tariff:
    """One card: by whom, of what, from where to where, in how many days, at what."""

    partner: str
    reference: str
    mode: Mode
    service: str
    lane: tuple[str, str]
    days: tuple[int, int]
    currency: str
    prices: Mapping[str, Any]
    surcharges: tuple[tuple[str, str, str], ...] = field(default=())


def _breaks(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"from_quantity": least, "per_unit_minor": each} for least, each in steps]


SEA, AIR, ROAD, RAIL = ("CNNGB", "DEHAM"), ("CNSHA", "DEFRA"), ("DEHAM", "DE-58"), ("CNSHA", "DEHAM")
TARIFFS = (
    Tariff("harbour-line-logistics", "NGB-HAM-FCL", Mode.SEA_FCL, "Direct", SEA, (32, 36), "USD",
           {"containers": {"20DC": 168000, "40DC": 272000, "40HC": 279000, "40OT": 468000}},
           (("BAF", "container", "21500"), ("THC_ORIGIN", "container", "11500"), ("DOC", "shipment", "5500"))),
    Tariff("hansekontor-spedition", "NGB-HAM-FCL", Mode.SEA_FCL, "Via Tanjung Pelepas", SEA, (37, 42), "EUR",
           {"containers": {"20DC": 149000, "40DC": 246000, "40HC": 248000}},
           (("BAF", "container", "19000"), ("THC_DESTINATION", "container", "26500"), ("DOC", "shipment", "6500"))),
    Tariff("pearl-bridge-freight", "NGB-HAM-FCL", Mode.SEA_FCL, "Direct", SEA, (33, 37), "CNY",
           {"containers": {"20DC": 1180000, "40HC": 1975000}, "limits": {"dangerous_goods": True}},
           (("THC_ORIGIN", "container", "98000"), ("DG", "container", "180000"), ("DOC", "shipment", "45000"))),
    Tariff("harbour-line-logistics", "NGB-HAM-LCL", Mode.SEA_LCL, "Weekly consolidation", SEA, (38, 43), "USD",
           {"breaks": _breaks(("1", "7800"), ("5", "7200"), ("10", "6600")), "minimum_minor": 9500,
            "limits": {"package_mass_kg": "5000", "package_length_mm": 5500}},
           (("THC_DESTINATION", "quantity", "2900"), ("DOC", "shipment", "5500"))),
    Tariff("hansekontor-spedition", "NGB-HAM-LCL", Mode.SEA_LCL, "Own container, twice a month", SEA, (40, 46), "EUR",
           {"breaks": _breaks(("1", "6900"), ("8", "6100")), "limits": {"package_mass_kg": "10000"}},
           (("THC_DESTINATION", "quantity", "3400"), ("CAF", "percent_of_freight", "4.5"), ("DOC", "shipment", "6500"))),
    Tariff("pearl-bridge-freight", "SHA-FRA-AIR", Mode.AIR, "Consolidated", AIR, (5, 7), "CNY",
           {"breaks": _breaks(("0", "4900"), ("45", "4100"), ("100", "3550"), ("300", "3250"), ("1000", "2980")),
            "minimum_minor": 65000},
           (("FSC", "mass", "420"), ("SSC", "mass", "120"))),
    Tariff("hansekontor-spedition", "SHA-FRA-AIR", Mode.AIR, "Direct flight", AIR, (2, 4), "EUR",
           {"breaks": _breaks(("0", "690"), ("45", "610"), ("100", "545"), ("500", "498.5")), "minimum_minor": 11000},
           (("FSC", "quantity", "78"), ("SSC", "quantity", "16"))),
    Tariff("hansekontor-spedition", "HAM-58", Mode.ROAD, "Groupage to the door", ROAD, (1, 2), "EUR",
           {"breaks": _breaks(("0", "38.5"), ("500", "26"), ("2500", "15.8"), ("10000", "9.4")), "minimum_minor": 7900},
           (("TOLL", "percent_of_freight", "11.5"), ("FSC", "percent_of_freight", "8"))),
    Tariff("hansekontor-spedition", "SHA-HAM-RAIL", Mode.RAIL, "Block train", RAIL, (17, 21), "EUR",
           {"breaks": _breaks(("0", "96"), ("1000", "84"), ("5000", "73")), "minimum_minor": 24000},
           (("DOC", "shipment", "6500"),)),
)  # fmt: skip

PARTNER, FIRST, SECOND = "harbour-line-logistics", "dongqi-machinery", "kaifeng-lifting"
CRATES: dict[str, Any] = {"packages": [
    {"quantity": 3, "mass_kg": "640", "length_mm": 1400, "width_mm": 1100, "height_mm": 1050}]}  # fmt: skip


class FreightPrices:
    """Cards first, then what came of them."""

    def __init__(self, told: History, cast: Cast) -> None:
        self._told, self._cast = told, cast
        self._inquiry_id: UUID | None = None
        self._cheapest_id: UUID | None = None
        self._bookings: list[UUID] = []

    def steps(self) -> list[Step]:
        """Each at its moment."""
        today = self._told.today
        steps: list[Step] = [
            (today - timedelta(days=UPLOADED_DAYS_AGO), self._upload),
            (today - timedelta(days=ASKED_DAYS_AGO), self._ask),
            (today - timedelta(days=ASKED_DAYS_AGO - 2), self._take),
            (today - timedelta(days=SHARED_DAYS_AGO), self._share),
        ]
        steps += [(today - timedelta(days=QUOTED_DAYS_AGO), partial(self._quote, one)) for one in (FIRST, SECOND)]
        return steps

    async def _upload(self) -> None:
        first = self._told.now.date()
        for partner in dict.fromkeys(one.partner for one in TARIFFS):
            cards = [_card(one) for one in TARIFFS if one.partner == partner]
            valid = {"valid_from": first.isoformat(), "valid_until": (first + timedelta(days=VALID_DAYS)).isoformat()}
            actor = self._cast.speakers[partner]
            session = await self._told.let(actor)
            taken = await upload_cards(
                session, actor, [RateCardIn(**card, **valid).model_dump(mode="json") for card in cards]
            )
            assert taken.accepted == len(cards), taken.refused

    def _asked(self, **more: Any) -> dict[str, Any]:
        ready = (self._told.now + timedelta(days=5)).date().isoformat()
        return {"from": {"place": SEA[0]}, "to": {"place": SEA[1]}, "ready_on": ready, "goods": CRATES, **more}

    async def _quote(self, shipper: str) -> None:
        """A maker of Ningbo asks what less than a container costs, and books."""
        actor = self._cast.speakers[shipper]
        session = await self._told.let(actor)
        form = FreightQuoteIn.model_validate(self._asked(modes=["sea_lcl"], currency="EUR"))
        _, options = await quote_freight(session, actor, form, now=self._told.now)
        assert len(options) == 2
        option = next(one for one in options if one.partner_id == self._cast.organization_ids[PARTNER])
        await self._book(actor, option.id)

    async def _book(self, actor: Actor, option_id: UUID) -> None:
        now, partner = self._told.now, self._cast.speakers[PARTNER]
        session = await self._told.let(actor)
        form = ShipmentIn(mode=Mode.SEA_LCL, load=SEA[0], discharge=SEA[1], ready_on=(now + timedelta(days=5)).date())
        shipment = await plan_shipment(session, actor, form)
        leg = BookingIn(
            partner_id=self._cast.organization_ids[PARTNER],
            leg=1,
            mode=Mode.SEA_LCL,
            from_place=SEA[0],
            to_place=SEA[1],
            freight_option_id=option_id,
        )
        booking = await offer_booking(session, actor, shipment.id, leg, now=now)
        booking_id = booking.id
        session = await self._told.let(partner)
        await accept_booking(session, partner, booking_id, AcceptanceIn(), now=now)
        self._bookings.append(booking_id)

    async def _ask(self) -> None:
        """For a big press no card fits: three partners are asked, two answer."""
        now, actor = self._told.now, self._cast.speakers[FIRST]
        press = {"packages": [{"mass_kg": "18500", "length_mm": 6200, "width_mm": 2900, "height_mm": 3100}]}
        partners = ("harbour-line-logistics", "hansekontor-spedition", "pearl-bridge-freight")
        asked = self._asked(
            goods=press,
            partner_ids=[str(self._cast.organization_ids[one]) for one in partners],
            closes_at=(now + timedelta(days=1)).isoformat(),
            reference="JD-1600",
            note="Out of gauge: flat rack or open top, lashing by the carrier.",
        )
        session = await self._told.let(actor)
        row = await ask_freight(session, actor, FreightInquiryIn.model_validate(asked), now=now)
        self._inquiry_id = row.id
        for partner, minor in zip(partners[:2], (628000, 571000), strict=True):
            speaker = self._cast.speakers[partner]
            session = await self._told.let(speaker)
            offer = {
                "mode": "sea_fcl",
                "service": f"Flat rack – {INVENTED}",
                "currency": "USD",
                "lines": [{"code": "FREIGHT", "amount_minor": minor}, {"code": "DOC", "amount_minor": 6500}],
                "transit_days_min": 33,
                "transit_days_max": 39,
                "valid_until": (now + timedelta(days=30)).isoformat(),
            }
            made = await offer_freight(
                session, speaker, self._inquiry_id, FreightOfferIn.model_validate(offer), now=now
            )
            self._cheapest_id = made.id

    async def _take(self) -> None:
        """The cheaper offer is taken."""
        actor = self._cast.speakers[FIRST]
        assert self._inquiry_id is not None and self._cheapest_id is not None
        session = await self._told.let(actor)
        await close_inquiry(session, actor, self._inquiry_id, now=self._told.now)
        await take_offer(session, actor, self._cheapest_id, now=self._told.now)

    async def _share(self) -> None:
        """The crates of both makers travel in one container."""
        partner = self._cast.speakers[PARTNER]
        session = await self._told.let(partner)
        form = ConsolidationIn(
            reference="NGB-HAM consolidation", container_type="20DC", from_place=SEA[0], to_place=SEA[1],
            currency="USD", cost_minor=206500,
        )  # fmt: skip
        shared = (await open_consolidation(session, partner, form)).id
        for booking_id, mass_kg in zip(self._bookings, (1920, 2310), strict=True):
            member = MemberIn(booking_id=booking_id, volume_m3=Decimal("4.851"), mass_kg=Decimal(mass_kg))
            await add_member(session, partner, shared, member)
        await close_consolidation(session, partner, shared, now=self._told.now)


def _card(one: Tariff) -> dict[str, Any]:
    surcharges = [{"code": code, "basis": basis, "amount": amount} for code, basis, amount in one.surcharges]
    return {
        "reference": one.reference,
        "mode": one.mode,
        "service": f"{one.service} – {INVENTED}",
        "from_place": one.lane[0],
        "to_place": one.lane[1],
        "transit_days_min": one.days[0],
        "transit_days_max": one.days[1],
        "currency": one.currency,
        "surcharges": surcharges,
        **one.prices,
    }
