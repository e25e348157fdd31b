"""Builders of payment schedules: orders that are paid by milestones, and what happens to their money, over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.finance.facade import Evidence, PaymentTerms, ScheduleDraft, SchedulePart, open_schedule
from app.finance.schedules import checks
from app.finance.schedules.jobs import accept_silent, release_retentions, sweep_milestone_money
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from tests.market import Market, Member
from tests.rooms.procurement.orders import Ordered, award, opened
from tests.rooms.warehousing.stock import made
from tests.scenes import kept

SPLIT = ((4000, Evidence.ORDER_ACKNOWLEDGED), (6000, Evidence.BILL_OF_LADING))


class Paid:
    """A payment schedule with its two sides."""

    def __init__(self, market: Market, buyer: Member, supplier: Member, schedule: dict[str, Any]) -> None:
        self.market = market
        self.buyer = buyer
        self.supplier = supplier
        self.id = schedule["id"]
        self.milestones = [one["id"] for one in schedule["milestones"]]
        self.parts = [UUID(one["part_id"]) for one in schedule["milestones"]]
        self.deal = (schedule["deal_kind"], UUID(schedule["deal_id"]))

    async def read(self, number: int = 1, who: Member | None = None) -> dict[str, Any]:
        """A milestone as somebody sees it."""
        answer = await (who or self.buyer).get(f"/v1/payment-milestones/{self.milestones[number - 1]}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def money(self, number: int = 1) -> dict[str, int]:
        """What stands of a milestone's money, without what is nothing."""
        told = await self.read(number)
        names = ("outstanding", "funded", "held", "released", "refunded", "charged_back")
        return {name: told[name]["minor"] for name in names if told[name]["minor"]}

    async def pay(self, number: int = 1, *, status: int = 202, work: bool = True, **form: Any) -> dict[str, Any]:
        """The buyer pays, with a good card unless the form says otherwise."""
        path = f"/v1/payment-milestones/{self.milestones[number - 1]}/pay"
        told = await made(self.buyer, path, form or {"payment_method": "tok_visa"}, status)
        if work and status == 202:
            await self.market.work()
            return await self.read(number)
        return told

    async def refund(
        self, number: int = 1, *, who: Member | None = None, status: int = 202, **form: Any
    ) -> dict[str, Any]:
        """The supplier gives back."""
        path = f"/v1/payment-milestones/{self.milestones[number - 1]}/refunds"
        told = await made(who or self.supplier, path, {"reason": "Preisnachlass", **form}, status)
        await self.market.work()
        return told

    async def proved(self) -> None:
        """What `partingline verify` proves of schedules holds, and it has looked at some."""
        async with self.market.db.transaction(Role.AUDITOR, readonly=True) as session:
            for check in (checks.payment_schedules, checks.milestone_sums, checks.milestones_in_the_ledger):
                looked, broken = await check(session)
                assert looked > 0 and broken == []

    async def job(self, run: Any = sweep_milestone_money) -> None:
        """A periodic job, and what follows."""
        market = self.market
        await run(Runtime(market.settings, market.db, market.clock, market.app.state.gateways))
        await market.work()

    async def silence(self, days: float) -> None:
        """So many days go by, and nobody says anything. Then it is today again, for those whose sign-in would have ended."""
        self.market.move_clock(days=days)
        await self.job(accept_silent)
        self.market.move_clock(days=-days)

    async def days(self, days: float) -> None:
        """So many days go by; what was retained is looked at, and what is under way. Then it is today again."""
        self.market.move_clock(days=days)
        await self.job(release_retentions)
        await self.job()
        self.market.move_clock(days=-days)


async def schedule_of(who: Member, deal_id: str) -> dict[str, Any]:
    """The schedule of a deal."""
    [found] = (await who.get("/v1/payment-schedules", params={"of_deal": deal_id})).json()["items"]
    answer = await who.get(f"/v1/payment-schedules/{found['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@kept
async def paid_order(market: Market, **form: Any) -> tuple[Ordered, Paid]:
    """An acknowledged order of 35,300.00 EUR, and its schedule."""
    deal, quotes = await opened(market)
    told = await award(deal, quotes[0], **form)
    order = (await deal.buyer.get(f"/v1/orders/{told['orders'][0]['id']}")).json()
    placed = Ordered(deal, deal.buyer, deal.suppliers[0], dict(order))
    await placed.acknowledge()
    return placed, Paid(market, placed.buyer, placed.supplier, await schedule_of(placed.buyer, order["id"]))


@kept
async def opened_by_a_deal(
    market: Market,
    buyer: Member | None = None,
    supplier: Member | None = None,
    *,
    total: int = 100_000,
    split: tuple[tuple[int, Evidence], ...] = SPLIT,
    terms: PaymentTerms | None = None,
    currency: str = "EUR",
    in_days: int | None = None,
) -> Paid:
    """A schedule that a room above opens through the facade; its first milestone is due at once unless told otherwise. All are
    expected in so many days."""
    buyer = buyer or await market.people("buyer")
    supplier = supplier or await market.people("supplier")
    deal = new_id()
    expected = None if in_days is None else (market.clock.now() + timedelta(days=in_days)).date()
    draft = ScheduleDraft(
        deal=("deal", deal),
        number=f"D-{deal.hex[-6:]}",
        buyer_id=buyer.firm.id,
        supplier_id=supplier.firm.id,
        currency=currency,
        total_minor=total,
        terms=terms or PaymentTerms(),
        parts=[
            SchedulePart(new_id(), f"m{at}", share, evidence, expected)
            for at, (share, evidence) in enumerate(split, start=1)
        ],
    )
    async with market.db.transaction() as session, acting_for(session, supplier.firm.id):
        await open_schedule(session, draft, now=market.clock.now())
    return Paid(market, buyer, supplier, await schedule_of(buyer, str(deal)))


def in_days(market: Market, days: int) -> str:
    """A day from today."""
    return (market.clock.now() + timedelta(days=days)).date().isoformat()
