"""Builders of what suppliers are owed: paid by a buyer, released, owed; refunded; and the days on which payouts are made."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from app.demo.provider import StripeServer, money
from app.finance import facade as finance
from app.finance.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, TakenBack, credit, debit
from app.finance.payouts import checks, queries
from app.finance.payouts.jobs import payout_day, sweep_payouts
from app.finance.payouts.states import ItemState
from app.gateways.payments import Amount, LocalPayments, StripePayments
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from tests.market import Market, Member

Owner = psycopg.Connection[tuple[Any, ...]]
BANK = AccountOf(None, Purpose.BANK, "EUR")
UNASSIGNED = AccountOf(None, Purpose.UNASSIGNED, "EUR")
CASH = AccountOf(None, Purpose.CASH_AT_PROVIDER, "EUR")
CHECKS = (checks.payouts_in_the_ledger, checks.payouts_sent_once, checks.what_suppliers_are_owed)


@dataclass
class Owed:
    """Something that a supplier is owed: which milestone's it is, and out of which payment."""

    cause: UUID
    payment: str | None
    minor: int
    currency: str = "EUR"
    refunds: int = 0
    item_id: UUID = field(default_factory=new_id)


def provider(market: Market) -> LocalPayments | StripePayments:
    """The payments gateway of this test's application."""
    found: LocalPayments | StripePayments = market.app.state.gateways["payments"]
    return found


async def paid(market: Market, minor: int, currency: str = "EUR") -> str:
    """A buyer pays; the payment at the provider."""
    gateway, payer = provider(market), str(new_id())
    token = "tok_visa" if isinstance(gateway, LocalPayments) else "pm_card_visa"
    method = await gateway.save_method(payer=payer, token=token, key=f"save/{payer}")
    cause = f"milestone/{new_id()}"
    amount = Amount(minor, currency)
    charged = await gateway.charge(amount, payer=payer, method=method.reference, cause=cause, key=f"charge/{payer}")
    return charged.reference


def today(market: Market) -> date:
    """The day (UTC)."""
    return market.clock.now().date()


def payable(supplier: Member, currency: str = "EUR") -> AccountOf:
    """What the house owes a supplier."""
    return AccountOf(supplier.firm.id, Purpose.PAYABLE_TO_SUPPLIER, currency)


async def owed(
    market: Market, supplier: Member, minor: int, *, by_bank: bool = False, payment: str | None = None
) -> Owed:
    """A milestone of so much, without commission, was paid and is released to a supplier."""
    reference = None if by_bank else payment or await paid(market, minor)
    one, day = Owed(new_id(), reference, minor), today(market)
    cause = (CauseKind.MILESTONE, one.cause)
    # What is to be sent by bank lies there since before its first statement.
    house = AccountOf(None, Purpose.RETAINED, "EUR") if by_bank else CASH
    escrow = AccountOf((await market.firm("buyer")).id, Purpose.ESCROW, "EUR")
    async with market.db.transaction(Role.WORKER) as session:
        await finance.post(
            session,
            Posting(FactKind.MILESTONE_FUNDED, cause, day, (debit(house, minor), credit(escrow, minor))),
            Posting(FactKind.MILESTONE_RELEASED, cause, day, (debit(escrow, minor), credit(payable(supplier), minor))),
        )
        one.item_id = await finance.owe(
            session,
            supplier_id=supplier.firm.id,
            payment_reference=reference,
            amount=(minor, "EUR"),
            cause=cause,
            occasion=1,
            day=day,
        )
    return one


async def refunded(market: Market, supplier: Member, one: Owed, minor: int) -> TakenBack:
    """The buyer gets so much back of what was released already."""
    one.refunds += 1
    cause, day = (CauseKind.MILESTONE, one.cause), today(market)
    legs = (debit(payable(supplier), minor), credit(CASH, minor))
    async with market.db.transaction(Role.WORKER) as session:
        await finance.post(session, Posting(FactKind.REFUND, cause, day, legs, one.refunds))
        return await finance.take_back(session, cause=cause, occasion=1, amount_minor=minor, day=day)


async def opened(market: Market, supplier: Member, server: StripeServer | None = None) -> dict[str, Any]:
    """A supplier's account at the provider, ready to be paid."""
    made = await supplier.post("/v1/payout-account")
    assert made.status_code == 201, made.text
    if server is not None:
        for account in server.all("account"):
            if account["metadata"]["supplier"] == str(supplier.firm.id):
                server.act(money.onboard, account["id"])
        await market.work()
    return dict(made.json())


async def calendar(supplier: Member, rhythm: str = "daily", least: int = 0, **day: int) -> None:
    """When the supplier wants to be paid out."""
    form = {"rhythm": rhythm, "least": {"minor": least, "currency": "EUR"}, **day}
    answer = await supplier.put("/v1/payout-calendar", json=form, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def runtime(market: Market) -> Runtime:
    """What jobs are given."""
    return Runtime(market.settings, market.db, market.clock, {"payments": provider(market)})


async def day_of_payouts(market: Market, *, later: int = 8) -> None:
    """So many days later payouts are made, and sent as far as the provider answers."""
    market.move_clock(days=later)
    await payout_day(runtime(market))
    await market.work()


async def swept(market: Market) -> None:
    """What was left goes on."""
    await sweep_payouts(runtime(market))
    await market.work()


async def balance(market: Market, account: AccountOf) -> int:
    """What an account comes to."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        return await finance.balance(session, account)


async def broken(market: Market) -> list[str]:
    """What verification finds; it looked at something."""
    found: list[str] = []
    for check in CHECKS:
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, wrong = await check(session)
        assert looked > 0
        found += wrong
    return found


async def payouts(supplier: Member) -> list[tuple[str, int, int]]:
    """(state, sent, set off) of each payout, the oldest first."""
    rows = (await supplier.get("/v1/payouts?limit=100")).json()["items"]
    return [(row["state"]["code"], row["sent"]["minor"], row["set_off"]["minor"]) for row in rows[::-1]]


async def items(supplier: Member) -> list[tuple[str, int]]:
    """(state, sent) of what he was ever owed, the oldest first."""
    rows = (await supplier.get("/v1/payout-items?limit=100")).json()["items"]
    return [(row["state"]["code"], row["sent"]["minor"]) for row in rows[::-1]]


async def told(market: Market, who: Member) -> list[str]:
    """The notices that somebody has, by code, the oldest first."""
    await market.work()
    rows = (await who.get("/v1/notifications?limit=100")).json()["items"]
    return [row["notice"] for row in rows[::-1] if row["notice"].startswith("finance.payout")]


async def by_bank_and_refused(market: Market, supplier: Member) -> tuple[str, list[str]]:
    """A payout that the operator's bank is to send, and what it is made of; something that the provider has refused. Nothing else
    happens meanwhile: the worker does not run."""
    listed, refused = [await owed(market, supplier, minor, by_bank=True) for minor in (1_500, 2_500)]
    async with market.db.transaction(Role.WORKER) as session:
        await act_for(session, supplier.firm.id)
        payout = {"id": new_id(), "supplier_id": supplier.firm.id, "way": "bank", "currency": "EUR", "state": "sending"}
        account = {"bank_holder": "Formenbau", "bank_account": "DE02120300000000202051", "made_on": today(market)}
        for one, minor in ((listed, 1_500), (refused, 2_500)):
            values = payout | account | {"id": new_id(), "amount_minor": minor}
            await queries.insert_payout(session, values)
            changed = {"state": "sending", "payout_id": values["id"]}
            await queries.change_item(session, one.item_id, ItemState.WAITING, 1, changed)
            if one is listed:
                payout_id = str(values["id"])
        gone = {"state": "refused", "payout_id": None, "attempt": 2, "problem": "payment_amount_exceeded"}
        await queries.change_item(session, refused.item_id, ItemState.SENDING, 1, gone)
        await queries.end_payout(session, values["id"], now=market.clock.now())
    return payout_id, [str(refused.item_id), str(listed.item_id)]
