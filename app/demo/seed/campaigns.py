"""How the demo's buyers pool mould steel: one campaign was cleared last month, one by an auction, another is open."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clearing import facade as clearing
from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.gateways.payments import Payments
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for
from app.kit.dispatch import take_back
from app.pooling.auctions.schemas import BidIn
from app.pooling.auctions.usecases.bid import place_bid
from app.pooling.deposits import queries as deposits
from app.pooling.deposits.moving import moved
from app.pooling.ordering.place import place_some
from app.pooling.queries import campaigns as queries
from app.pooling.schemas.campaigns import CampaignIn
from app.pooling.schemas.commitments import CommitmentIn
from app.pooling.schemas.offers import CampaignOfferIn
from app.pooling.usecases.clear_campaign import Found, begin_clearing, end_clearing
from app.pooling.usecases.commit import commit
from app.pooling.usecases.draft_campaign import draft_campaign
from app.pooling.usecases.freeze import freeze_campaign
from app.pooling.usecases.offer import offer_to_campaign
from app.pooling.usecases.open_campaign import open_campaign
from app.pooling.usecases.record_moved import record_moved
from app.pooling.usecases.settle import go_on
from app.pooling.usecases.tell_members import told_members
from app.pooling.work import CLEAR_JOB, FREEZE_JOB, MOVE_JOB, ORDER_JOB, TELL_JOB

LEAD = "kessler-antriebe"
CLEARED_DAYS_AGO, BIDDEN_DAYS_AGO, OPEN_DAYS = 24, 12, 14
PLACES = ("DEHAM", "ESBCN", "CNSHA")
AT_ONCE = 50

# Who, kilograms of the first item, to where, at no more than so many cents for 100 kg.
CLEARED_WISHES = (
    ("kessler-antriebe", 800, "DEHAM", 61_000),
    ("nordlicht-sensorik", 400, "DEHAM", 58_500),
    ("pennine-fluid", 300, "DEHAM", 63_000),
    ("optiques-jura", 500, "ESBCN", 60_000),
    ("iberluz-conectores", 700, "ESBCN", 62_000),
    ("chenghu-electric", 900, "CNSHA", 55_000),
    ("mikawa-seiki", 200, "CNSHA", 41_000),
)
BIDDEN_WISHES = (
    ("kessler-antriebe", 300, "DEHAM", 108_000),
    ("pennine-fluid", 200, "DEHAM", 104_000),
    ("optiques-jura", 400, "ESBCN", 106_000),
    ("iberluz-conectores", 300, "ESBCN", 101_000),
)
# Who bids how many minutes after the freeze, and what for 100 kg up to 1,000: the last one so late that it extends the auction.
BIDS = (
    (10, "hagener-edelstahl", 101_000),
    (25, "huchuan-tool-steel", 92_000),
    (70, "hagener-edelstahl", 97_000),
    (118, "huchuan-tool-steel", 88_500),
)
OPEN_WISHES = (
    ("kessler-antriebe", 600, "DEHAM", 60_000),
    ("nordlicht-sensorik", 500, "DEHAM", 59_000),
    ("iberluz-conectores", 400, "ESBCN", 61_000),
)
OFFERS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "hagener-edelstahl",
        {"price": 57_000, "capacity": "4000", "setup_minor": 24_000, "lead_time_days": 21,
         "freight_minor": {"DEHAM": 900, "ESBCN": 2_600}},
    ),
    (
        "huchuan-tool-steel",
        {"price": 51_500, "capacity": "6000", "setup_minor": 60_000, "lead_time_days": 55,
         "freight_minor": {"DEHAM": 6_400, "ESBCN": 7_100, "CNSHA": 700}},
    ),
)  # fmt: skip


class Campaigns:
    """Mould steel, pooled three times."""

    def __init__(self, told: History, cast: Cast, payments: Payments) -> None:
        self._told, self._cast, self._payments = told, cast, payments
        self._ids: dict[str, UUID] = {}

    def steps(self) -> list[Step]:
        """Opened, committed to, offered to, cleared; with bids in the place of offers; and once more, as far as it has come."""
        today = self._told.today
        former = today - timedelta(days=CLEARED_DAYS_AGO + 10)
        freeze = today - timedelta(days=CLEARED_DAYS_AGO)
        bidden = today - timedelta(days=BIDDEN_DAYS_AGO)
        latter = today - timedelta(days=4)
        steps: list[Step] = [
            (former, partial(self._open, "cleared", self._secured, 10)),
            *self._wishes("cleared", CLEARED_WISHES, former),
            *[
                (former + timedelta(days=3, hours=at), partial(self._offer, "cleared", supplier, offer))
                for at, (supplier, offer) in enumerate(OFFERS)
            ],
            (freeze + timedelta(minutes=1), partial(self._clear, "cleared")),
            (bidden - timedelta(days=6), partial(self._open, "bidden", self._auction, 6)),
            *self._wishes("bidden", BIDDEN_WISHES, bidden - timedelta(days=6)),
            (bidden + timedelta(minutes=1), partial(self._let_bid, "bidden")),
            *[(bidden + timedelta(minutes=1 + after), partial(self._bid, who, price)) for after, who, price in BIDS],
            (bidden + timedelta(hours=4), partial(self._clear, "bidden")),
            (latter, partial(self._open, "open", self._form, OPEN_DAYS)),
            *self._wishes("open", OPEN_WISHES, latter),
        ]
        return steps

    def _wishes(self, which: str, wishes: Sequence[tuple[str, int, str, int]], begins: Any) -> list[Step]:
        return [
            (begins + timedelta(days=1, hours=5 * at), partial(self._commit, which, *wish))
            for at, wish in enumerate(wishes)
        ]

    def _lead(self) -> Actor:
        return self._cast.speakers[LEAD]

    async def _open(self, which: str, form: Callable[[int], CampaignIn], days: int) -> None:
        lead = self._lead()
        session = await self._told.let(lead)
        row = await draft_campaign(session, lead, form(days), now=self._told.now)
        self._ids[which] = row.id
        await open_campaign(session, lead, row.id, now=self._told.now)

    def _form(self, days: int) -> CampaignIn:
        closes_at = self._told.now + timedelta(days=days)
        blanks = {
            "title": "Vergüteter Formenstahl 1.2738, Blöcke 200 bis 400 mm",
            "specification": "1.2738 (40CrMnNiMo8-6-4), vergütet auf 290–330 HB, sechsseitig gefräst, Zeugnis 3.1 nach EN 10204.",
            "lot_quantity": "100",
            "unit": "KGM",
            "min_quantity": "1000",
            "alone_minor": 68_000,
            "tiers": [
                {"from_quantity": "1000", "price_minor": 58_000},
                {"from_quantity": "2500", "price_minor": 54_000},
            ],
        }
        return CampaignIn.model_validate(
            {
                "led_as": "buyer",
                "title": "Formenstahl 1.2738 gemeinsam einkaufen",
                "notes": "Lieferung in einem Zug; jeder holt am gewählten Ort ab.",
                "locale": "de",
                "currency": "EUR",
                "shortfall": "lower_tier",
                "closes_at": closes_at,
                "items": [blanks],
                "places": list(PLACES),
            }
        )

    def _secured(self, days: int) -> CampaignIn:
        return self._form(days).model_copy(update={"deposit_pct": Decimal(10)})

    def _auction(self, days: int) -> CampaignIn:
        bars = {
            "title": "Warmarbeitsstahl 1.2344 ESU, Rundstäbe 80 bis 200 mm",
            "specification": "1.2344 (X40CrMoV5-1) ESU, weichgeglüht auf höchstens 229 HB, nach NADCA #207, Zeugnis 3.1.",
            "lot_quantity": "100",
            "unit": "KGM",
            "alone_minor": 118_000,
            "floor_minor": 70_000,
            "tiers": [
                {"from_quantity": "500", "price_minor": 104_000},
                {"from_quantity": "1000", "price_minor": 98_000},
            ],
        }
        return CampaignIn.model_validate(
            {
                "led_as": "buyer",
                "title": "Warmarbeitsstahl 1.2344 in einer Einkaufsauktion",
                "locale": "de",
                "currency": "EUR",
                "shortfall": "lower_tier",
                "closes_at": self._told.now + timedelta(days=days),
                "competition": "auction",
                "auction": {"bidding_minutes": 120, "round_minutes": 5, "step_pct": "1", "most_extensions": 6},
                "items": [bars],
                "places": ["DEHAM", "ESBCN"],
            }
        )

    async def _commit(self, which: str, who: str, kilograms: int, place: str, limit_minor: int) -> None:
        member = self._cast.speakers[who]
        session = await self._told.let(member)
        campaign = await queries.campaign(session, self._ids[which])
        assert campaign is not None
        form = CommitmentIn(
            item_id=(await queries.items(session, [campaign.id]))[0].id,
            quantity=Decimal(kilograms),
            place=place,
            currency="EUR",
            limit_minor=limit_minor,
            payment_method="pm_card_visa" if campaign.deposit_bp else None,
        )
        await commit(session, member, campaign, form, now=self._told.now)
        if campaign.deposit_bp:
            await self._move_deposits(campaign.id)

    async def _move_deposits(self, campaign_id: UUID) -> AsyncSession:
        """What the worker does with deposits, in here; then go on as far as they allow."""
        session = await self._told.as_worker()
        await act_for(session, self._lead().organization_id)
        for deposit_id in await deposits.moving(session, campaign_id, AT_ONCE):
            row = await deposits.deposit(session, deposit_id)
            assert row is not None
            session.expunge(row)
            values = await moved(self._payments, row, hold=False)
            await record_moved(session, row, values, now=self._told.now)
        await go_on(session, campaign_id, now=self._told.now)
        return session

    async def _offer(self, which: str, who: str, offer: dict[str, Any]) -> None:
        supplier = self._cast.speakers[who]
        session = await self._told.let(supplier)
        campaign = await queries.campaign(session, self._ids[which])
        assert campaign is not None
        price = offer["price"]
        item = {name: value for name, value in offer.items() if name != "price"} | {
            "item_id": (await queries.items(session, [campaign.id]))[0].id,
            "tiers": [
                {"from_quantity": "100", "price_minor": price},
                {"from_quantity": "1500", "price_minor": price - 3_500},
                {"from_quantity": "3000", "price_minor": price - 6_000},
            ],
        }
        form = CampaignOfferIn.model_validate({"currency": "EUR", "items": [item]})
        assert await offer_to_campaign(session, supplier, campaign, form) is not None

    async def _bid(self, who: str, price: int) -> None:
        supplier = self._cast.speakers[who]
        session = await self._told.let(supplier)
        campaign = await queries.campaign(session, self._ids["bidden"])
        assert campaign is not None
        offer = dict(OFFERS)[who]
        item = {
            "item_id": (await queries.items(session, [campaign.id]))[0].id,
            "tiers": [
                {"from_quantity": "100", "price_minor": price},
                {"from_quantity": "1000", "price_minor": price - 4_000},
            ],
            "capacity": offer["capacity"],
            "setup_minor": offer["setup_minor"],
            "freight_minor": {place: offer["freight_minor"][place] for place in ("DEHAM", "ESBCN")},
            "lead_time_days": offer["lead_time_days"],
        }
        form = BidIn.model_validate({"currency": "EUR", "items": [item]})
        await place_bid(session, supplier, campaign, form, now=self._told.now)

    async def _freeze(self, which: str) -> AsyncSession:
        session = await self._told.as_worker()
        await act_for(session, self._lead().organization_id)
        assert await freeze_campaign(session, self._ids[which], now=self._told.now)
        return session

    async def _let_bid(self, which: str) -> None:
        await self._freeze(which)

    async def _clear(self, which: str) -> None:
        """Frozen, cleared and told of in one go: nothing is left to the worker."""
        campaign_id = self._ids[which]
        await self._freeze(which)
        session = await self._move_deposits(campaign_id)
        claimed = await begin_clearing(session, campaign_id, now=self._told.now)
        assert claimed is not None
        problem = clearing.understood(clearing.ClearingIn.model_validate(claimed.problem))
        found = Found.of(clearing.worked_out(clearing.clear(problem)))
        assert await end_clearing(session, campaign_id, claimed, found, now=self._told.now)
        await told_members(session, campaign_id, claimed.clearing_id, None)
        await self._move_deposits(campaign_id)
        while await place_some(session, campaign_id, 20, now=self._told.now):
            pass
        for job in (FREEZE_JOB, CLEAR_JOB, TELL_JOB, ORDER_JOB, MOVE_JOB):
            await take_back(session, job, "campaign_id", [campaign_id])
