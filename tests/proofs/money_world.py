"""The market in which money is moved at random: who takes part, what they do, and what has to hold whatever was done."""

from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text

from app import wiring
from app.demo.provider import API_KEY, StripeServer, intents, money, signed
from app.finance import facade as finance
from app.finance.disputes.jobs import dispute_deadlines
from app.finance.facade import (
    AccountOf,
    CauseKind,
    Evidence,
    FactKind,
    PaymentTerms,
    Purpose,
    ScheduleDraft,
    SchedulePart,
)
from app.finance.financing.jobs import sweep_financing
from app.finance.fx import facade as fx
from app.finance.payouts.jobs import payout_day, sweep_payouts
from app.finance.schedules.jobs import accept_silent, release_retentions, sweep_milestone_money
from app.gateways.payments import Amount
from app.kit.clock import Clock
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.pooling.jobs import freeze_campaigns
from app.settings import Settings
from tests.kept import engines_of, lent
from tests.market import Market, Member
from tests.rooms.finance import open_items, payouts
from tests.rooms.finance.commissions import ruled
from tests.rooms.finance.credit_lines import granted
from tests.rooms.finance.invoices import invoiced, paid_somewhere
from tests.rooms.pooling.campaigns import committed, opened
from tests.server import TestServer

SECRET = "whsec_of_the_story"
SILENCE_DAYS, RETENTION_DAYS, NOTICE_DAYS = 3, 5, 16
LIMIT_MINOR = 100_000
SPLITS = (
    ((4000, Evidence.ORDER_ACKNOWLEDGED), (6000, Evidence.BILL_OF_LADING)),
    ((3333, Evidence.NONE), (3333, Evidence.T1_REPORT), (3334, Evidence.RUN_OFF_ACCEPTED)),
)
_MILESTONES = text(
    "SELECT m.id, m.schedule_id, m.part_id, m.currency, m.amount_minor - m.reduced_minor AS worth_minor, m.state, m.frozen_by, "
    "coalesce(NOT f.recourse AND (f.state = 'running' OR f.repaid_minor + f.charged_minor > 0), false) AS bound, "
    "f.id IS NOT NULL AS financed, "
    "m.buyer_id, m.supplier_id, s.deal_kind, s.deal_id, m.refunding_minor, "
    "m.funded_minor - m.charged_back_minor - m.surplus_minor AS stands_minor, "
    "m.funded_minor - m.refunding_minor - m.refunded_minor - m.charged_back_minor AS left_minor, "
    "m.funded_minor - m.released_minor - m.refunding_minor - m.refunded_minor - m.charged_back_minor + m.taken_back_minor "
    "AS held_minor, p.way, p.state AS paying, p.payment "
    "FROM payment_milestones m JOIN payment_schedules s ON s.id = m.schedule_id "
    "LEFT JOIN financings f ON f.milestone_id = m.id AND f.state <> 'cancelled' LEFT JOIN LATERAL "
    "(SELECT way, state, payment FROM milestone_payments WHERE milestone_id = m.id ORDER BY number DESC LIMIT 1) p ON true "
    "ORDER BY m.id"
)

_TO_SEND = text(
    "SELECT (SELECT count(*) FROM milestone_refunds WHERE match_id IS NOT NULL AND state = 'pending') "
    "+ (SELECT count(*) FROM payouts WHERE way = 'bank' AND state = 'sending')"
)
_MOVES = text("SELECT kind, count(*) AS times FROM financing_moves GROUP BY kind")
_ADVANCES = text("SELECT payment FROM financing_payments WHERE state = 'captured' ORDER BY id")


def settings_of(server: TestServer, name: str, folder: Path, stripe: StripeServer) -> Settings:
    """Payments by Stripe; whoever signed in stays so while months pass."""
    kept = Settings(
        DATABASE_URL=SecretStr(server.url(name)),
        secret_key=SecretStr(TestServer.SECRET_KEY),
        environment="development",
        public_url="http://testserver",
        data_dir=folder,
        pool_size=10,
        log_format="console",
        log_level="error",
        stripe_secret_key=SecretStr(API_KEY),
        stripe_webhook_secrets=SecretStr(SECRET),
        stripe_api_base=stripe.url,
    )
    return kept.model_copy(update={"access_token_minutes": 400_000})


class World:
    """Two buyers, a toolmaker who is paid by milestones, his financier, a workshop that is owed otherwise, and the operator."""

    market: Market

    def __init__(self, tally: Counter[str], stripe: StripeServer | None = None) -> None:
        self.tally = tally
        self.stripe = stripe or StripeServer()
        self._own_stripe = stripe is None
        self.heard = 0
        self.milestones: list[Any] = []
        self.owed: list[payouts.Owed] = []
        self.deals: list[tuple[UUID, Member]] = []
        self.items: list[dict[str, Any]] = []
        self.deposits: list[tuple[Member, dict[str, Any]]] = []
        self.advances: list[str] = []
        self.to_send = 0
        self.became: Counter[str] = Counter()
        self._stack = AsyncExitStack()

    async def open(self, server: TestServer, folder: Path, name: str = "") -> None:
        """An empty database, a provider of its own unless one is given, and everybody."""
        wiring.load_background()
        if self._own_stripe:
            self._stack.enter_context(self.stripe)
        # What was made a moment ago is found at once: whoever asks again after a lost answer finds it.
        self.stripe.world.search_lag_s = 0
        name = name or self._stack.enter_context(lent(server))
        settings = settings_of(server, name, folder, self.stripe)
        db = await self._stack.enter_async_context(engines_of(settings))
        self.market = await self._stack.enter_async_context(Market.open(settings, db, Clock()))
        self._stack.push_async_callback(self.market.app.state.gateways["payments"].aclose)
        people = self.market.people
        self.operator = await people("operator")
        self.buyers = [await people("buyer"), await people("buyer")]
        self.toolmaker, self.workshop = await people("supplier"), await people("supplier")
        await ruled(self.market, self.operator)
        self.financier = await people("financier")
        for supplier in (self.toolmaker, self.workshop, self.financier):
            await paid_somewhere(supplier)
            await payouts.opened(self.market, supplier, self.stripe)
            await payouts.calendar(supplier)
        for buyer in self.buyers:
            await granted(self.toolmaker, buyer, LIMIT_MINOR)
        await self.later(NOTICE_DAYS)

    async def close(self) -> None:
        """Everything goes."""
        await self._stack.aclose()

    @property
    def runtime(self) -> Runtime:
        """What jobs are given."""
        market = self.market
        return Runtime(market.settings, market.db, market.clock, market.app.state.gateways)

    async def settle_down(self) -> None:
        """The worker works, and the provider's news come: the last first, and one of them twice."""
        await self.market.work()
        while news := self.stripe.all("event")[self.heard :]:
            self.heard += len(news)
            for event in [*news[::-1], news[0]]:
                body, headers = signed(event, SECRET, int(self.market.clock.now().timestamp()))
                answer = await self.market.http.post("/v1/incoming/stripe", content=body, headers=headers)
                assert answer.status_code == 204, answer.text
            await self.market.work()
        await self.look()

    async def look(self) -> None:
        """How milestones stand, and what the house's bank is to send."""
        async with self.market.db.transaction(Role.AUDITOR, readonly=True) as session:
            self.milestones = list((await session.execute(_MILESTONES)).all())
            self.advances = list(await session.scalars(_ADVANCES))
            self.to_send = int(await session.scalar(_TO_SEND) or 0)
            self.became = Counter({row.kind: row.times for row in (await session.execute(_MOVES)).all()})

    async def later(self, days: float) -> None:
        """So many days go by, and what is due then is done."""
        self.market.move_clock(days=days)
        self.stripe.move_clock(timedelta(days=days).total_seconds())
        for run in (
            accept_silent,
            release_retentions,
            sweep_milestone_money,
            sweep_payouts,
            payout_day,
            freeze_campaigns,
            dispute_deadlines,
            sweep_financing,
        ):
            await run(self.runtime)
        await self.settle_down()

    def member(self, firm_id: UUID) -> Member:
        """Who acts for a firm."""
        everybody = (*self.buyers, self.toolmaker, self.workshop, self.financier)
        return next(one for one in everybody if one.firm.id == firm_id)

    # What they do.

    async def order(self, currency: str, total: int, split: int, retained_bp: int, buyer: int) -> None:
        """A deal opens its schedule."""
        terms = PaymentTerms(
            retention_bp=retained_bp, retention_days=RETENTION_DAYS if retained_bp else 0, silence_days=SILENCE_DAYS
        )
        deal = new_id()
        parts = [
            SchedulePart(new_id(), f"m{at}", share, evidence)
            for at, (share, evidence) in enumerate(SPLITS[split], start=1)
        ]
        draft = ScheduleDraft(
            deal=("deal", deal),
            number=f"D-{deal.hex[-6:]}",
            buyer_id=self.buyers[buyer].firm.id,
            supplier_id=self.toolmaker.firm.id,
            currency=currency,
            total_minor=total,
            terms=terms,
            parts=parts,
        )
        async with self.market.db.transaction() as session, acting_for(session, self.toolmaker.firm.id):
            await finance.open_schedule(session, draft, now=self.market.clock.now())

    async def ask(self, who: Member, path: str, form: dict[str, Any], *expected: int) -> dict[str, Any]:
        """A request that is answered as expected, by nothing else."""
        answer = await who.post(path, json=form)
        assert answer.status_code in expected, (path, answer.status_code, answer.text)
        return dict(answer.json())

    async def pay(self, one: Any, **form: Any) -> None:
        """The buyer pays a milestone."""
        await self.ask(self.member(one.buyer_id), f"/v1/payment-milestones/{one.id}/pay", form, 202)

    async def refund(self, one: Any, amount: int, status: int = 202) -> None:
        """The supplier gives back; what he has assigned without recourse the operator alone."""
        form, path = {"reason": "Preisnachlass", "amount_minor": amount}, f"/v1/payment-milestones/{one.id}/refunds"
        if one.bound:
            told = await self.ask(self.toolmaker, path, form, 409)
            assert told["code"] == "payment-milestone-assigned", told
        await self.ask(self.operator if one.bound else self.toolmaker, path, form, status)

    async def progress(self, one: Any, step: Callable[..., Any], acting: UUID, **values: Any) -> None:
        """The deal says what was shown and decided."""
        async with self.market.db.transaction() as session, acting_for(session, acting):
            await step(session, (one.deal_kind, one.deal_id), one.part_id, **values)

    async def dispute(self, one: Any) -> None:
        """The buyer disputes a milestone."""
        form = {"reason": "dimension", "text": "Kern 2 misst 12,08.", "locale": "de"}
        await self.ask(self.member(one.buyer_id), f"/v1/payment-milestones/{one.id}/disputes", form, 201)

    async def withdraw(self, one: Any) -> None:
        """He has nothing against it any more."""
        await self.ask(self.member(one.buyer_id), f"/v1/disputes/{one.frozen_by}/withdrawal", {}, 200)

    async def agree(self, one: Any, share: int) -> None:
        """One side proposes so many hundredths for the supplier, and the other accepts; unless they are not his to give."""
        path, sides = f"/v1/disputes/{one.frozen_by}", [self.member(one.buyer_id), self.toolmaker]
        split = await self._split(one, share)
        made = await self.ask(sides[share % 2], f"{path}/proposals", split, 201)
        [proposal] = [found["id"] for found in made["proposals"] if found["mine"]]
        expected = 409 if one.bound and split["refund_minor"] else 200
        told = await self.ask(sides[1 - share % 2], f"{path}/proposals/{proposal}/acceptance", {}, expected)
        assert expected == 200 or told["code"] == "payment-milestone-assigned", told

    async def decide(self, one: Any, share: int) -> None:
        """The operator divides it so, once it is before him."""
        path = f"/v1/disputes/{one.frozen_by}"
        if (await self._read(one))["state"]["code"] == "open":
            await self.ask(self.toolmaker, f"{path}/messages", {"text": "12,01."}, 201)
        if (await self._read(one))["state"]["code"] == "answered":
            await self.ask(self.toolmaker, f"{path}/escalation", {}, 200)
        form = {**(await self._split(one, share)), "reason": "Messbericht", "locale": "de"}
        await self.ask(self.operator, f"/v1/operator/disputes/{one.frozen_by}/decision", form, 200)

    async def _read(self, one: Any) -> dict[str, Any]:
        answer = await self.toolmaker.get(f"/v1/disputes/{one.frozen_by}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def _split(self, one: Any, share: int) -> dict[str, int]:
        whole = (await self._read(one))["disputed"]["minor"]
        released = whole * share // 100
        return {"release_minor": released, "refund_minor": whole - released}

    # What a financier does.

    async def offer(self, one: Any) -> dict[str, Any]:
        """The toolmaker offers what is owed to him of a milestone."""
        return await self.ask(self.toolmaker, "/v1/financing-offers", {"milestone_id": str(one.id)}, 201)

    async def assign(self, offer: dict[str, Any], **quote: Any) -> dict[str, Any]:
        """The financier quotes for it, and the toolmaker accepts."""
        quoted = await self.ask(self.financier, f"/v1/financing-offers/{offer['id']}/quotes", quote, 201)
        return await self.ask(self.toolmaker, f"/v1/financing-quotes/{quoted['id']}/acceptance", {}, 201)

    async def fund(self, financing: dict[str, Any], method: str) -> None:
        """He pays the advance."""
        await self.ask(self.financier, f"/v1/financings/{financing['id']}/pay", {"payment_method": method}, 202)

    async def owe(self, minor: int) -> None:
        """The workshop is owed something that a buyer has paid."""
        self.owed.append(await payouts.owed(self.market, self.workshop, minor))

    async def take_back(self, one: payouts.Owed, minor: int) -> None:
        """The buyer gets a part of it back: at the provider, in the books, and from the workshop."""
        assert one.payment is not None
        gateway = payouts.provider(self.market)
        await gateway.refund(one.payment, Amount(minor, one.currency), key=f"back/{new_id()}")
        await payouts.refunded(self.market, self.workshop, one, minor)
        one.minor -= minor

    async def exchange(self, rate: Decimal, euros: int, dollars: int) -> None:
        """What the house had earned in euros it keeps in dollars from now on; the difference is gained or lost."""
        legs = (
            finance.debit(AccountOf(None, Purpose.RETAINED, "EUR"), euros),
            finance.credit(AccountOf(None, Purpose.RETAINED, "USD"), dollars),
        )
        cause, day = (CauseKind.MILESTONE, new_id()), self.market.clock.now().date()
        fact = fx.facts_of_difference(FactKind.CURRENCY_EXCHANGED, cause, day, legs, rates={"USD": rate}, into="EUR")
        async with self.market.db.transaction(Role.WORKER) as session:
            await finance.post(session, fact)

    async def deposit(self, buyer: int) -> None:
        """A member of a pool secures what he commits himself to."""
        campaign = await opened(self.market, self.buyers[1 - buyer], deposit_pct="10")
        member = self.buyers[buyer]
        made = await committed(campaign, member, 400, 47000, payment_method="pm_card_visa")
        self.deposits.append((member, made))

    def held(self) -> list[str]:
        """Payments at the provider that are held and not taken."""
        return [one["id"] for one in self.stripe.all("payment_intent") if one["status"] == "requires_capture"]

    async def invoice(self) -> None:
        """The workshop invoices an order."""
        made = await invoiced(self.market, self.buyers[0], self.workshop)
        self.items.append(await open_items.of_invoice(self.workshop, made["id"]))

    async def settle(self, nth: int, share: int, by_bank: bool) -> None:
        """So many hundredths of what is open of it are paid; what is paid is open no more."""
        item = await open_items.read_item(self.workshop, self.items[nth]["id"])
        amount = max(1, item["open"]["minor"] * share // 100)
        if by_bank:
            await open_items.settled(self.market, self.workshop, item["invoice_id"], amount, new_id())
        else:
            await open_items.paid(self.workshop, item, amount, self.market.clock.now().date())
        if amount == item["open"]["minor"]:
            self.items.pop(nth)

    async def take_credit(self, amount: int, buyer: int) -> bool:
        """A deal takes credit; whether it was granted."""
        deal, who = new_id(), self.buyers[buyer]
        before = await self.left(who)
        try:
            async with self.market.db.transaction() as session, acting_for(session, who.firm.id):
                await finance.take_credit(
                    session,
                    supplier_id=self.toolmaker.firm.id,
                    buyer_id=who.firm.id,
                    currency="EUR",
                    amount_minor=amount,
                    deal=("deal", deal),
                )
        except finance.CreditExceeded:
            assert amount > before, "what is left is granted"
            return False
        assert amount <= before, "more than is left is refused"
        self.deals.append((deal, who))
        return True

    async def give_credit_back(self, nth: int) -> None:
        """A deal ends."""
        deal, who = self.deals.pop(nth)
        async with self.market.db.transaction() as session, acting_for(session, who.firm.id):
            assert await finance.give_credit_back(session, ("deal", deal))

    async def left(self, buyer: Member) -> int:
        async with self.market.db.transaction() as session, acting_for(session, buyer.firm.id):
            line = await finance.credit_line(session, self.toolmaker.firm.id, buyer.firm.id, "EUR")
        assert line is not None and line.limit_minor == LIMIT_MINOR
        return line.left_minor


def fund(world: World, reference: str) -> None:
    """The awaited transfer comes."""
    world.stripe.act(intents.fund, reference)


def disputable(world: World) -> list[str]:
    """Payments of milestones and of advances of which nothing was given or taken back: all of one can be taken."""
    touched = {one["payment_intent"] for kind in ("refund", "dispute") for one in world.stripe.all(kind)}
    ours = {one.payment for one in world.milestones if one.payment and one.paying == "captured"}
    return sorted({*ours, *world.advances} - touched)


def desk_refund(world: World, payment: str, minor: int) -> None:
    """Somebody gives back at the provider's own desk."""
    world.stripe.act(money.make_refund, {"payment_intent": payment, "amount": str(minor)})
