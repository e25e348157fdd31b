"""What several buyers ask for alike: blocks of P20+Ni of one size, and who of them lets it be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from app.catalog import facade as catalog
from app.demo.inquiries import load_buyers
from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.kit.actor import Actor
from app.pooling.sensing.usecases.decide_consent import decide_consent
from app.pooling.sensing.usecases.sense_demand import sense_demand
from app.procurement import facade as procurement

CONSENTED_DAYS_AGO, CLOSES_IN_DAYS, SENSED_DAYS_AGO = 30, 9, 1
GERMAN, BRAZILIAN = ("hagener-edelstahl", "HES-PS-1.2738-80X400"), ("serra-normalizados", "SNR-PS-1.2738-80X400")


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many blocks, asked of one steel merchant some days ago. Who does not consent is not counted."""

    buyer: str
    of: tuple[str, str]
    pieces: int
    days_ago: int
    title: str
    consents: bool = True


WANTED = (
    Wanted("nordlicht-sensorik", GERMAN, 2, 7, "Blöcke P20+Ni für Formplatten"),
    Wanted("kessler-antriebe", GERMAN, 3, 6, "Formplatten-Rohlinge 1.2738, vorvergütet"),
    Wanted("envases-bajio", BRAZILIAN, 2, 6, "Bloques de acero P20+Ni pretemplado"),
    Wanted("pennine-fluid", GERMAN, 4, 5, "P20+Ni blocks for cavity plates", consents=False),
    Wanted("optiques-jura", GERMAN, 1, 5, "Bloc P20+Ni prétraité pour empreinte"),
    Wanted("great-lakes-molded", BRAZILIAN, 3, 4, "P20+Ni pre-hardened blocks"),
    Wanted("mikawa-seiki", GERMAN, 2, 3, "プリハードン鋼 P20+Ni ブロック"),
)


class Demand:
    """Consents, inquiries, and what is sensed of them."""

    def __init__(self, told: History, cast: Cast) -> None:
        self._told, self._cast = told, cast
        self._buyers = {buyer.code: buyer for buyer in load_buyers()}

    def steps(self) -> list[Step]:
        """Each at its moment."""
        today = self._told.today
        steps: list[Step] = [(today - timedelta(days=CONSENTED_DAYS_AGO), self._consent)]
        steps += [(today - timedelta(days=one.days_ago), partial(self._ask, one)) for one in WANTED]
        return [*steps, (today - timedelta(days=SENSED_DAYS_AGO), self._sense)]

    def _person(self, code: str, roles: Sequence[str]) -> Actor:
        people = self._buyers[code].people
        return self._cast.people[next(one.email for one in people if set(roles) & set(one.roles))]

    async def _consent(self) -> None:
        for one in WANTED:
            if one.consents:
                owner = self._person(one.buyer, ("owner",))
                await decide_consent(await self._told.let(owner), owner, given=True, expected=0)

    async def _ask(self, one: Wanted) -> None:
        purchaser, now = self._person(one.buyer, ("purchaser",)), self._told.now
        session = await self._told.let(purchaser)
        supplier, sku = one.of
        found = await catalog.variant_ids_by_sku(session, self._cast.organization_ids[supplier], [sku])
        buyer = self._buyers[one.buyer]
        asked = procurement.ItemsInquiry(
            title=one.title,
            items=[procurement.Item(found[sku], Decimal(one.pieces))],
            currency=buyer.currency,
            incoterm="DAP",
            incoterm_place=buyer.address.city,
            closes_at=self._told.today + timedelta(days=CLOSES_IN_DAYS),
            locale=buyer.locale,
        )
        await procurement.inquire_about_items(session, purchaser, asked, together=True, publish=True, now=now)

    async def _sense(self) -> None:
        sensed = await sense_demand(await self._told.as_worker(), now=self._told.now)
        assert sensed.made == 1
