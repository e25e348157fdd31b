"""`make prove POINT=event-orders`: fourteen events of the payment provider, signed and sent over HTTP to the route where it sends
them: in hundreds of orders, some of them twice or three times, some while the story goes on and some long after.

The story: a deposit is held and taken, another let go; a milestone is paid, a transfer comes, a part is given back at the desk;
one chargeback is won and one lost; a supplier is found in order, and something is sent on to another. One payment was made by a
call whose answer nobody has written down, since the worker died: sooner or later the call is made again, and a bank takes that
payment back meanwhile. After each order payouts are made. Holds when the database, the ledger and the provider stand the same
after each, and what is signed by somebody else, too old, or about a foreign account has changed no row.

    python -m tests.proofs.event_orders [--orders 500]
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from app.demo.provider import StripeServer, intents, money, signed
from app.finance.payouts.jobs import payout_day
from app.finance.provider.jobs import sweep_provider_events
from app.finance.schedules.jobs import sweep_milestone_money
from app.finance.schedules.moving import moved
from app.finance.schedules.queries import last_payments
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime
from app.settings import Settings
from tests.market import Market
from tests.proofs.money_world import SECRET, World, settings_of
from tests.proofs.record import record
from tests.rooms.finance import payouts
from tests.server import TestServer

Event = dict[str, Any]
SEED, EVENTS, SAID_EVERY = 20261127, 14, 50
DUE_AFTER_DAYS = 8
"""What suppliers are owed is sent within."""
LEFT_FOR = timedelta(hours=3)
"""Longer than anything is left that a worker has died over."""
WORST = [0, 1, 2, 3, 4, 5, 6, 10, 9, 8, 7, 12, 11, 13]
"""A chargeback is heard of while it is open, and that it was won after what was given back later."""
STATE = {
    "milestones": "SELECT id, state, funded_minor, released_minor, refunding_minor, refunded_minor, surplus_minor, "
    "charged_back_minor, taken_back_minor, due_on IS NULL, frozen_by FROM payment_milestones",
    "payments": "SELECT id, state, captured_minor, payment FROM milestone_payments",
    "releases": "SELECT milestone_id, payment_id, reason, sum(amount_minor) FROM milestone_releases GROUP BY 1, 2, 3",
    "refunds": "SELECT payment_id, kind, state, from_escrow_minor, from_supplier_minor FROM milestone_refunds",
    # What a bank took and gave again before anybody heard of it is not written down, and is nothing.
    "chargebacks": "SELECT dispute, state, from_escrow_minor, from_supplier_minor FROM milestone_chargebacks "
    "WHERE state <> 'won'",
    "deposits": "SELECT id, state, amount_minor, payment FROM pool_deposits",
    "accounts at the provider": "SELECT organization_id, reference, state, pays_out FROM supplier_accounts",
    "what is owed": "SELECT supplier_id, cause_id, sum(amount_minor - taken_back_minor - set_off_minor), "
    "sum(sent_minor - reversed_minor) FROM payout_items GROUP BY 1, 2",
    "balances": "SELECT a.organization_id, a.purpose, a.currency, b.balance_minor FROM ledger_balances b "
    "JOIN ledger_accounts a ON a.id = b.account_id",
    "ledger": "SELECT p.cause_kind, CASE p.cause_kind WHEN 'payout' THEN NULL ELSE p.cause_id END, a.organization_id, "
    "a.purpose, sum(e.amount_minor) "
    "FROM ledger_entries e JOIN ledger_postings p ON p.id = e.posting_id JOIN ledger_accounts a ON a.id = e.account_id "
    "GROUP BY 1, 2, 3, 4",
    "events": "SELECT event_id, state, owner FROM provider_events",
}
"""What is compared, without the ids and moments of what an order made."""
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
    "AND relname NOT LIKE 'procrastinate_%' ORDER BY relname"
)


@dataclass
class Stage:
    """A database and a provider as they were before the story, and the story."""

    server: TestServer
    stripe: StripeServer
    settings: Settings
    base: str
    clock: Any
    acts: list[Callable[[], object]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)

    def rewind(self) -> list[Event]:
        """The provider as it was; the events that it told before the story and are part of it."""
        for name, value in deepcopy(self.before).items():
            setattr(self.stripe.world, name, value)
        return [self.stripe.world.objects[one] for one in self.known]

    def go_on(self, step: int) -> list[Event]:
        """The next thing happens there; what is told of it."""
        seen = len(self.stripe.all("event"))
        self.acts[step]()
        return self.stripe.all("event")[seen:]


async def staged(server: TestServer, stripe: StripeServer, folder: Path) -> Stage:
    """Everything is paid and promised that the story is about; of none of it has the provider told anything yet."""
    name = server.clone()
    world = World(Counter(), stripe)
    await world.open(server, folder, name)
    market = world.market
    late = await market.people("supplier")
    await payouts.opened(market, late)
    await payouts.calendar(late)
    await payouts.owed(market, late, 30_000)
    await world.owe(20_000)
    market.move_clock(days=DUE_AFTER_DAYS)
    stripe.move_clock(timedelta(days=DUE_AFTER_DAYS).total_seconds())
    await payout_day(world.runtime)
    for _ in range(3):
        await world.order("EUR", 100_000, 0, 0, 0)
    for buyer in (0, 1):
        await world.deposit(buyer)
    await market.work()
    await world.look()
    lost, kept, won, transfer, early, _ = world.milestones
    for one in (lost, kept, won):
        await world.pay(one, payment_method="pm_card_visa")
    await world.pay(transfer, way="transfer", country="DE")
    await market.work()
    await world.look()
    lost, kept, won, transfer = (one.payment for one in world.milestones[:4])
    unheard = await made_and_not_recorded(world, early)
    taken, ended = world.held()
    [account] = [one for one in stripe.all("account") if one["metadata"]["supplier"] == str(late.firm.id)]
    disputes: dict[str, str] = {}

    def opened(payment: str) -> Callable[[], object]:
        return lambda: disputes.update({payment: stripe.act(money.dispute, payment)["id"]})

    def decided(payment: str, how: str) -> Callable[[], object]:
        return lambda: stripe.act(money.end_dispute, disputes[payment], how)

    acts: list[Callable[[], object]] = [
        lambda: stripe.act(intents.capture_intent, {}, taken),
        lambda: stripe.act(intents.cancel_intent, {}, ended),
        opened(won),
        lambda: stripe.act(intents.fund, transfer),
        decided(won, "won"),
        opened(lost),
        # Of what the bank had taken and gave again; told of first, there is nothing left of which it could be given back.
        lambda: stripe.act(money.make_refund, {"payment_intent": won, "amount": "1500"}),
        lambda: stripe.act(money.onboard, account["id"]),
        decided(lost, "lost"),
        # Of this payment nobody here knows before its call is made again.
        opened(unheard),
    ]
    told = {(one["type"], one["data"]["object"]["id"]): one["id"] for one in stripe.all("event")}
    known = [
        told["payment_intent.amount_capturable_updated", taken],
        told["payment_intent.succeeded", kept],
        told["payment_intent.succeeded", unheard],
        *(reference for (kind, _), reference in told.items() if kind == "transfer.created"),
    ]
    stage = Stage(server, stripe, market.settings, name, market.clock, acts, known)
    await world.close()
    stage.before = {key: deepcopy(value) for key, value in vars(stripe.world).items()}
    return stage


async def made_and_not_recorded(world: World, one: Any) -> str:
    """A milestone is paid, and the worker dies between the provider's answer and its record. The payment that nobody knows."""
    await world.pay(one, payment_method="pm_card_visa")
    async with world.market.db.transaction(Role.WORKER) as session, acting_for(session, one.buyer_id):
        row = (await last_payments(session, [one.id]))[one.id]
        session.expunge_all()
    made = await moved(world.market.app.state.gateways["payments"], row)
    with psycopg.connect(world.market.settings.database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate_jobs")
    return str(made["payment"])


class House:
    """One order: a copy of the house as it was before the story."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.name = stage.server.clone(stage.base)
        url = settings_of(stage.server, self.name, stage.settings.data_dir, stage.stripe).database_url
        self.settings = stage.settings.model_copy(update={"database_url": url})

    async def __aenter__(self) -> "House":
        self.db = Database(self.settings)
        self._market = Market.open(self.settings, self.db, self.stage.clock)
        self.market = await self._market.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.market.app.state.gateways["payments"].aclose()
        await self._market.__aexit__(None, None, None)
        await self.db.close()
        self.stage.server.drop(self.name)

    async def hear(self, event: Event, *, secret: str = SECRET, seconds: int = 0, status: int = 204) -> None:
        """It is sent, signed so many seconds from now, and answered so."""
        body, headers = signed(event, secret, int(self.market.clock.now().timestamp()) + seconds)
        answer = await self.market.http.post("/v1/incoming/stripe", content=body, headers=headers)
        assert answer.status_code == status, answer.text

    async def pay_out(self) -> None:
        """The days of payouts come; the provider has been asked for all that was left."""
        await self.later(timedelta(days=DUE_AFTER_DAYS), payout_day)

    async def recover(self) -> None:
        """What dead workers left is taken up, and so is what waits for it: at the next round, if it was tried a moment before."""
        for rounds in (1, 2):
            await self.later(rounds * LEFT_FOR, sweep_milestone_money, sweep_provider_events)

    async def later(self, by: timedelta, *jobs: Callable[[Runtime], Awaitable[None]]) -> None:
        """Jobs of a later time, one after the other, with what follows of each. Then it is now again."""
        market = self.market
        runtime = Runtime(market.settings, market.db, market.clock, market.app.state.gateways)
        before = market.clock.offset
        try:
            market.move_clock(seconds=by.total_seconds())
            for job in jobs:
                await job(runtime)
                await market.work()
        finally:
            market.clock.offset = before

    def state(self) -> dict[str, list[str]]:
        """How everything stands."""
        with psycopg.connect(self.settings.database_url.get_secret_value(), autocommit=True) as owner:
            found = {name: sorted(map(str, owner.execute(asked).fetchall())) for name, asked in STATE.items()}  # type: ignore[arg-type]
        world = self.stage.stripe
        found["provider: payments"] = sorted(
            f"{one['id']} {one['status']} {one['amount_received']}" for one in world.all("payment_intent")
        )
        found["provider: refunds"] = sorted(f"{one['charge']} {one['amount']}" for one in world.all("refund"))
        sent: Counter[str] = Counter()
        for one in world.all("transfer"):
            sent[one["destination"]] += one["amount"] - one["amount_reversed"]
        found["provider: sent on"] = sorted(map(str, sent.items()))
        found["provider: balance"] = [str(world.world.balance("eur"))]
        return found

    def rows(self) -> dict[str, str]:
        """A digest of all rows of every table."""
        with psycopg.connect(self.settings.database_url.get_secret_value(), autocommit=True) as owner:
            tables = [str(row[0]) for row in owner.execute(TABLES).fetchall()]
            question = (
                "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {} t"
            )
            return {name: str(owner.execute(question.format(name)).fetchone()) for name in tables}  # type: ignore[call-overload]


async def heard(stage: Stage, order: Sequence[int], chance: random.Random, *, meanwhile: bool) -> dict[str, list[str]]:
    """The events by their places in the story, in an order, some again; `meanwhile`: what has happened is told while the rest
    has not. How everything stands in the end."""
    async with House(stage) as house:
        events = stage.rewind()
        rest = list(range(len(stage.acts)))
        while rest and not meanwhile:
            events += stage.go_on(rest.pop(0))
        told: list[int] = []
        for place in order:
            while place >= len(events):
                events += stage.go_on(rest.pop(0))
            await house.hear(events[place])
            told.append(place)
            while chance.random() < 0.25:
                await house.hear(events[chance.choice(told)])
            if order == WORST or chance.random() < (0.5 if meanwhile else 0.2):
                await house.market.work()
            if chance.random() < 0.1:
                await house.recover()
        assert len(events) == EVENTS and not rest, f"{len(events)} events"
        await house.market.work()
        await house.recover()
        await house.pay_out()
        return house.state()


async def unbelieved(stage: Stage) -> tuple[int, list[str]]:
    """How many events nobody believed or knew, and the tables that they changed."""
    async with House(stage) as house:
        events = stage.rewind()
        for step in range(len(stage.acts)):
            events += stage.go_on(step)
        await house.recover()
        before, sent = house.rows(), 0
        for event in events:
            await house.hear(event, secret="whsec_of_somebody", status=401)
            for seconds in (-301, 301):
                await house.hear(event, seconds=seconds, status=401)
            sent += 3
        changed = [name for name, digest in house.rows().items() if before[name] != digest]
        for number, event in enumerate(events):
            await house.hear({**event, "id": f"evt_foreign{number}", "account": "acct_of_nobody"})
            sent += 1
        await house.market.work()
        changed += [
            name for name, digest in house.rows().items() if before[name] != digest and name != "provider_events"
        ]
        with psycopg.connect(house.settings.database_url.get_secret_value()) as owner:
            states = owner.execute(
                "SELECT DISTINCT state FROM provider_events WHERE event_id LIKE 'evt_foreign%'"
            ).fetchall()
        return sent, changed if states == [("not_ours",)] else [*changed, f"provider_events: {states}"]


async def ordered(server: TestServer, folder: Path, orders: int) -> tuple[dict[str, Any], bool]:
    """All rotations and so many orders by chance, of which every second is told while the story goes on."""
    began, chance = time.perf_counter(), random.Random(SEED)
    with StripeServer() as stripe:
        stage = await staged(server, stripe, folder)
        first = list(range(EVENTS))
        expected = await heard(stage, first, random.Random(SEED), meanwhile=True)
        rotations = [first[by:] + first[:by] for by in range(EVENTS)][: max(2, min(EVENTS, orders))]
        tried = [(one, False) for one in rotations]
        tried.append((WORST, True))
        tried += [(chance.sample(first, EVENTS), bool(number % 2)) for number in range(orders)]
        different: list[str] = []
        for number, (order, meanwhile) in enumerate(tried, 1):
            stands = await heard(stage, order, chance, meanwhile=meanwhile)
            for name, rows in stands.items():
                if rows != expected[name]:
                    told = "meanwhile" if meanwhile else "afterwards"
                    different.append(f"{order}, {told}: {name} {sorted(set(rows) ^ set(expected[name]))}")
            if number % SAID_EVERY == 0:
                print(f"{number} of {len(tried)} orders, {len(different)} differences", file=sys.stderr)
        sent, changed = await unbelieved(stage)
        server.drop(stage.base)
    figures = {
        "events_of_the_story": EVENTS,
        "rotations": len(rotations),
        "orders_by_chance": orders,
        "different_orders": len({tuple(order) for order, _ in tried}),
        "rows_compared_of_each": sum(map(len, expected.values())),
        "orders_that_ended_otherwise": different[:20],
        "events_not_believed_or_not_ours": sent,
        "tables_that_they_changed": changed,
        "seconds": round(time.perf_counter() - began, 1),
    }
    return figures, not different and not changed and sent == 4 * EVENTS


def main() -> int:
    """On a throw-away server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=500)
    orders = parser.parse_args().orders
    server = TestServer.start(None)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="event-orders-") as folder,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            figures, holds = runner.run(ordered(server, Path(folder), orders))
    finally:
        server.stop()
    return record("event-orders", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
