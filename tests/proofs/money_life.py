"""`make prove POINT=money-life`: random stories of orders that are paid by milestones, with everything that happens to money on
the way, on the real database, through the real routes and jobs, against a server that answers as Stripe does.

After every step: the entries of each currency come to nothing; no account is below its floor and no credit above its limit;
what the provider holds, has received, given back, sent on and lost to banks is what the books say, in each currency, and each
payment is what its milestone says; and all that `partingline verify` proves of finance and of deposits holds. Each rule is to
be reached.

    python -m tests.proofs.money_life [--examples 100] [--steps 40]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from app.demo.provider import intents, money
from app.finance.schedules.facade import accepted, evidenced, returned
from tests.proofs.money_bank import CURRENCY, BankDesk
from tests.proofs.money_holds import RULES, SEEN, SEEN_BESIDE, wrong
from tests.proofs.money_world import SILENCE_DAYS, World, desk_refund, disputable, fund
from tests.proofs.record import record
from tests.server import TestServer

Told = TypeVar("Told")
CARDS = {"good": "pm_card_visa", "declined": "pm_card_chargeCustomerFail"}
NTH = st.integers(0, 99)
SAID_EVERY, FURTHER = 5, 10
SHARE = st.integers(1, 100)
"""Of what there is, in hundredths."""
TERMS = st.fixed_dictionaries({"advance_bp": st.sampled_from((5000, 8000, 10_000)), "recourse": st.booleans()}).flatmap(
    lambda terms: st.sampled_from(({**terms, "rate_bp": 900}, {**terms, "fee_minor": 70}))
)
"""Of a financier's quote."""


class MoneyLife(RuleBasedStateMachine):
    """One story. `at` says on which server; figures of all stories are added up."""

    server: ClassVar[TestServer]
    runner: ClassVar["asyncio.Runner"]
    tally: ClassVar[Counter[str]]
    times: ClassVar[Counter[str]]
    over: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="money-life-")
        self.world = World(self.tally)
        try:
            self.run(self.world.open(self.server, Path(self.folder.name)))
            self.desk = BankDesk(self.world)
        except BaseException:
            self.teardown()
            raise

    def run(self, doing: Coroutine[Any, Any, Told]) -> Told:
        """Rules are told one after the other, on one loop."""
        return self.runner.run(doing)

    def teardown(self) -> None:
        """The world goes, and the next story has one of its own."""
        self.run(self.world.close())
        self.folder.cleanup()
        type(self).over += 1
        if type(self).over % SAID_EVERY == 0:
            print(f"{type(self).over} stories told", file=sys.stderr)

    def told(self, name: str, doing: Coroutine[Any, Any, Any] | None = None) -> Any:
        """A step is over: the worker has worked, the provider was heard, and everything is looked at."""

        async def step() -> tuple[Any, list[str]]:
            answer = await doing if doing is not None else None
            await self.world.settle_down()
            return answer, await wrong(self.world)

        self.times[name] += 1
        before = self.world.became
        answer, found = self.run(step())
        assert not found, f"after {name}: {found}"
        for kind, count in (self.world.became - before).items():
            self.times[f"advance {kind}"] += count
        return answer

    def those(self, **columns: Any) -> list[Any]:
        """Milestones of which this is so; `True` stands for anything that is not nothing."""

        def fits(value: Any, wanted: Any) -> bool:
            return bool(value) == wanted if isinstance(wanted, bool) else value in wanted

        return [one for one in self.world.milestones if all(fits(getattr(one, k), v) for k, v in columns.items())]

    def to_pay(self) -> list[Any]:
        """Something is missing, and nothing is under way."""
        found = self.those(frozen_by=False)
        return [
            one
            for one in found
            if one.stands_minor < one.worth_minor and one.paying not in ("pending", "processing", "withdrawing")
        ]

    def awaited(self) -> list[Any]:
        """A transfer is awaited."""
        return self.those(way=("transfer",), paying=("processing",))

    @initialize(total=st.integers(1_000, 900_000), split=st.sampled_from((0, 1)), terms=st.none() | TERMS)
    def begin(self, total: int, split: int, terms: dict[str, Any] | None) -> None:
        """From the beginning there is an order with a part of it paid, something else owed, and an invoice; of some orders what
        is due is financed."""
        self.told("order", self.world.order("EUR", total, split, 1000, 0))
        if terms is not None:
            self.financed(self.to_finance()[0], terms, "good")
        paid = self.to_pay()[0 if terms is None else -1]
        self.told("pay, good card", self.world.pay(paid, payment_method=CARDS["good"]))
        self.told("owe", self.world.owe(total))
        self.told("invoice", self.world.invoice())

    @precondition(lambda self: len(self.world.milestones) < 8)
    @rule(
        currency=st.sampled_from(("EUR", "USD", "JPY")),
        total=st.integers(1_000, 900_000),
        split=st.sampled_from((0, 1)),
        retained_bp=st.sampled_from((0, 500, 1000)),
        buyer=st.sampled_from((0, 1)),
    )
    def order(self, currency: str, total: int, split: int, retained_bp: int, buyer: int) -> None:
        """Another one."""
        self.told("order", self.world.order(currency, total, split, retained_bp, buyer))

    @precondition(lambda self: self.to_pay())
    @rule(nth=NTH, card=st.sampled_from(("good", "good", "good", "declined")))
    def pay(self, nth: int, card: str) -> None:
        """With a card, which may be declined."""
        one = _nth(self.to_pay(), nth)
        self.told(f"pay, {card} card", self.world.pay(one, payment_method=CARDS[card]))

    @precondition(lambda self: self.to_pay())
    @rule(nth=NTH)
    def pay_while_the_answer_is_lost(self, nth: int) -> None:
        """The provider did it, and nobody heard: it is asked again."""
        one = _nth(self.to_pay(), nth)

        async def lost() -> None:
            await self.world.pay(one, payment_method=CARDS["good"])
            self.world.stripe.fails(2, "after")
            for _ in range(3):
                await self.world.later(0.02)

        self.told("pay, answer lost", lost())

    @precondition(lambda self: self.to_pay())
    @rule(nth=NTH)
    def await_transfer(self, nth: int) -> None:
        """By a bank transfer, which comes later or never; in some currencies none can be awaited."""
        self.told("await a transfer", self.world.pay(_nth(self.to_pay(), nth), way="transfer", country="DE"))

    @precondition(lambda self: self.awaited())
    @rule(nth=NTH)
    def transfer_comes(self, nth: int) -> None:
        """The money is there."""
        fund(self.world, _nth(self.awaited(), nth).payment)
        self.told("transfer comes")

    @precondition(lambda self: self.awaited())
    @rule(nth=NTH, comes=st.booleans())
    def withdraw_transfer(self, nth: int, comes: bool) -> None:
        """It is awaited no more; it may have come just then."""
        one = _nth(self.awaited(), nth)
        path = f"/v1/payment-milestones/{one.id}/transfer-withdrawal"

        async def withdrawn() -> None:
            await self.world.ask(self.world.member(one.buyer_id), path, {}, 202)
            if comes:
                fund(self.world, one.payment)

        self.told("withdraw a transfer that comes" if comes else "withdraw a transfer", withdrawn())

    def owed_in_bank(self) -> list[Any]:
        """What may be paid to the house's own bank account."""
        return [one for one in self.to_pay() if one.currency == CURRENCY]

    @precondition(lambda self: self.owed_in_bank())
    @rule(nth=NTH, share=SHARE, named=st.booleans())
    def pay_the_house(self, nth: int, share: int, named: bool) -> None:
        """A transfer to the house's own bank account, of a part or of twice as much; what names nothing a person assigns."""
        one = _nth(self.owed_in_bank(), nth)
        missing = one.worth_minor - one.stands_minor
        minor = missing if named else max(1, 2 * missing * share // 100)
        name = "a transfer to the house" if named else "a transfer to the house that names nothing"
        self.told(name, self.desk.come(one, minor, named=named))

    @precondition(lambda self: self.desk.put)
    @rule(nth=NTH)
    def take_off_again(self, nth: int) -> None:
        """It was not meant for that milestone; unless it is too late."""
        taken_off = self.told("take a transfer off", self.desk.take_off(nth % len(self.desk.put)))
        self.times["transfer taken off" if taken_off else "transfer stays"] += 1

    @precondition(lambda self: self.world.to_send)
    @rule()
    def bank_sends(self) -> None:
        """What goes back by bank, and what suppliers are paid by it, leaves."""
        self.told("bank sends", self.desk.send())

    def shown(self, *states: str) -> list[Any]:
        """Milestones that are not disputed, and stand so."""
        return self.those(frozen_by=False, state=states)

    @precondition(lambda self: self.shown("planned", "returned"))
    @rule(nth=NTH)
    def show(self, nth: int) -> None:
        """The supplier shows evidence."""
        one = _nth(self.shown("planned", "returned"), nth)
        now = self.world.market.clock.now()
        self.told("show evidence", self.world.progress(one, evidenced, one.supplier_id, now=now))

    @precondition(lambda self: self.shown("evidenced"))
    @rule(nth=NTH, agrees=st.sampled_from((True, True, False)))
    def decide(self, nth: int, agrees: bool) -> None:
        """The buyer accepts it, or wants other evidence."""
        one = _nth(self.shown("evidenced"), nth)
        if agrees:
            now = self.world.market.clock.now()
            self.told("accept", self.world.progress(one, accepted, one.buyer_id, now=now))
        else:
            self.told("return evidence", self.world.progress(one, returned, one.buyer_id))

    @precondition(lambda self: self.shown("evidenced"))
    @rule()
    def be_silent(self) -> None:
        """Silence accepts."""
        self.told("silence", self.world.later(SILENCE_DAYS + 0.1))
        assert not self.shown("evidenced"), "silence accepted all of it"

    @rule(days=st.sampled_from((1, 8)))
    def wait(self, days: int) -> None:
        """Retentions are released, payouts made, holds end."""
        self.told("days go by", self.world.later(days))

    @precondition(lambda self: self.those(frozen_by=False, left_minor=True))
    @rule(nth=NTH, share=SHARE)
    def refund(self, nth: int, share: int) -> None:
        """In part or in whole; before and after it was released and sent on."""
        one = _nth(self.those(frozen_by=False, left_minor=True), nth)
        name = "refund what is held" if one.held_minor else "refund what was released"
        name = "refund what is assigned" if one.bound else name
        self.told(name, self.world.refund(one, max(1, one.left_minor * share // 100)))

    @precondition(lambda self: self.those(frozen_by=False, left_minor=True))
    @rule(nth=NTH)
    def refund_too_much(self, nth: int) -> None:
        """It is refused."""
        one = _nth(self.those(frozen_by=False, left_minor=True), nth)
        self.told("refund too much", self.world.refund(one, one.left_minor + 1, 409))

    @precondition(lambda self: bool(disputable(self.world)))
    @rule(nth=NTH, share=SHARE)
    def refund_at_the_desk(self, nth: int, share: int) -> None:
        """Somebody gives back without a call of ours."""
        reference = _nth(disputable(self.world), nth)
        received = self.world.stripe.world.objects[reference]["amount_received"]
        desk_refund(self.world, reference, max(1, received * share // 100))
        self.told("refund of an advance at the desk" if reference in self.world.advances else "refund at the desk")

    @precondition(lambda self: bool(disputable(self.world)))
    @rule(nth=NTH)
    def charge_back(self, nth: int) -> None:
        """The payer's bank takes a payment back."""
        reference = _nth(disputable(self.world), nth)
        self.world.stripe.act(money.dispute, reference)
        self.told("chargeback of an advance" if reference in self.world.advances else "chargeback opened")

    def open_chargebacks(self, *, of_advances: bool = False) -> list[str]:
        """Not decided."""
        found = [one for one in self.world.stripe.all("dispute") if one["status"] == "needs_response"]
        return [one["id"] for one in found if not of_advances or one["payment_intent"] in self.world.advances]

    @precondition(lambda self: bool(self.open_chargebacks()))
    @rule(nth=NTH, status=st.sampled_from(("won", "lost")))
    def end_chargeback(self, nth: int, status: str) -> None:
        """The payer's bank decides."""
        self.world.stripe.act(money.end_dispute, _nth(self.open_chargebacks(), nth), status)
        self.told(f"chargeback {status}")

    @precondition(lambda self: bool(self.open_chargebacks(of_advances=True)))
    @rule(nth=NTH)
    def give_advance_back(self, nth: int) -> None:
        """The financier's bank gives back an advance that it took, which chance alone would seldom find."""
        self.world.stripe.act(money.end_dispute, _nth(self.open_chargebacks(of_advances=True), nth), "won")
        self.told("chargeback won")

    def to_dispute(self) -> list[Any]:
        """Not disputed, something of it is open, and nothing of it is being given back or asked for."""
        return [
            one
            for one in self.those(frozen_by=False, refunding_minor=False)
            if one not in self.awaited()
            and (one.held_minor or (one.stands_minor < one.worth_minor and one.state != "planned"))
        ]

    @precondition(lambda self: self.to_dispute())
    @rule(nth=NTH)
    def dispute(self, nth: int) -> None:
        """The sides disagree."""
        self.told("dispute", self.world.dispute(_nth(self.to_dispute(), nth)))

    @precondition(lambda self: self.those(frozen_by=True))
    @rule(nth=NTH, share=st.integers(0, 100), way=st.sampled_from(("agree", "decide", "withdraw")))
    def end_dispute(self, nth: int, share: int, way: str) -> None:
        """They agree, or the operator decides: so much for the supplier, the rest for the buyer. Or it is withdrawn."""
        one = _nth(self.those(frozen_by=True), nth)
        if way == "withdraw":
            self.told("withdraw a dispute", self.world.withdraw(one))
        elif way == "agree":
            self.told("agree on a dispute", self.world.agree(one, share))
        else:
            self.told("decide a dispute", self.world.decide(one, share))

    def to_finance(self) -> list[Any]:
        """Accepted, not disputed, not paid in full and not assigned."""
        found = self.those(frozen_by=False, financed=False, state=("accepted",))
        return [one for one in found if one.stands_minor < one.worth_minor]

    def financed(self, one: Any, terms: dict[str, Any], card: str) -> None:
        """It is offered, quoted for, assigned and funded; an advance that does not come in time is not awaited any more."""
        offer = self.told("offer a receivable", self.world.offer(one))
        row = self.told("quote and assign", self.world.assign(offer, **terms))
        self.told(f"fund, {card} card", self.world.fund(row, CARDS[card]))

    @precondition(lambda self: self.to_finance())
    @rule(nth=NTH, terms=TERMS, card=st.sampled_from(("good", "good", "declined")))
    def finance(self, nth: int, terms: dict[str, Any], card: str) -> None:
        """What is owed is financed."""
        self.financed(_nth(self.to_finance(), nth), terms, card)

    @precondition(lambda self: len(self.world.owed) < 5)
    @rule(minor=st.integers(100, 90_000))
    def owe(self, minor: int) -> None:
        """The workshop is owed something."""
        self.told("owe", self.world.owe(minor))

    @precondition(lambda self: any(one.minor for one in self.world.owed))
    @rule(nth=NTH, share=SHARE)
    def take_back(self, nth: int, share: int) -> None:
        """A part is taken back, before or after it was sent on."""
        one = _nth([one for one in self.world.owed if one.minor], nth)
        sent = bool(self.world.stripe.all("transfer"))
        name = "take back after a payout" if sent else "take back before a payout"
        self.told(name, self.world.take_back(one, max(1, one.minor * share // 100)))

    @rule(
        rate=st.decimals(Decimal("0.5"), Decimal(2), places=4),
        euros=st.integers(1, 10**6),
        dollars=st.integers(1, 10**6),
    )
    def exchange(self, rate: Decimal, euros: int, dollars: int) -> None:
        """Paid in one currency, owed in another."""
        self.told("difference of exchange", self.world.exchange(rate, euros, dollars))

    @precondition(lambda self: len(self.world.deposits) < 3)
    @rule(buyer=st.sampled_from((0, 1)))
    def deposit(self, buyer: int) -> None:
        """A deposit is held."""
        self.told("deposit held", self.world.deposit(buyer))

    @precondition(lambda self: bool(self.world.held()))
    @rule(nth=NTH, taken=st.booleans())
    def hold_ends_at_the_desk(self, nth: int, taken: bool) -> None:
        """Somebody takes it at the provider's own desk, or lets it go."""
        act = intents.capture_intent if taken else intents.cancel_intent
        self.world.stripe.act(act, {}, _nth(self.world.held(), nth))
        self.told("deposit captured" if taken else "deposit let go")

    @precondition(lambda self: self.world.deposits)
    @rule(nth=NTH)
    def withdraw_commitment(self, nth: int) -> None:
        """What secured it goes back, at the latest with the campaign's end."""
        member, made = self.world.deposits.pop(nth % len(self.world.deposits))
        path = f"/v1/commitments/{made['id']}/withdrawal"
        self.told("withdraw a commitment", self.world.ask(member, path, {}, 200, 409))

    @rule(amount=st.integers(1, 70_000), buyer=st.sampled_from((0, 1)))
    def take_credit(self, amount: int, buyer: int) -> None:
        """Up to the limit, and not a cent beyond."""
        granted = self.told("ask for credit", self.world.take_credit(amount, buyer))
        self.times["credit taken" if granted else "credit refused"] += 1

    @rule(beyond=st.integers(1, 5_000), buyer=st.sampled_from((0, 1)))
    def take_too_much_credit(self, beyond: int, buyer: int) -> None:
        """Some cents more than what is left."""
        left = self.run(self.world.left(self.world.buyers[buyer]))
        assert not self.told("ask for too much credit", self.world.take_credit(left + beyond, buyer))
        self.times["credit refused"] += 1

    @precondition(lambda self: self.world.deals)
    @rule(nth=NTH)
    def give_credit_back(self, nth: int) -> None:
        """A deal ends."""
        self.told("credit given back", self.world.give_credit_back(nth % len(self.world.deals)))

    @precondition(lambda self: len(self.world.items) < 2)
    @rule()
    def invoice(self) -> None:
        """An open item."""
        self.told("invoice", self.world.invoice())

    @precondition(lambda self: self.world.items)
    @rule(nth=NTH, share=SHARE, by_bank=st.booleans())
    def settle(self, nth: int, share: int, by_bank: bool) -> None:
        """It is paid in part or in whole: the bank's entry says so, or its issuer."""
        name = "settle an open item by bank" if by_bank else "record a payment of an open item"
        self.told(name, self.world.settle(nth % len(self.world.items), share, by_bank))


def _nth(those: list[Any], nth: int) -> Any:
    return those[nth % len(those)]


def lived(
    server: TestServer, examples: int, steps: int, machine: type[MoneyLife] = MoneyLife, *, same: bool = False
) -> dict[str, Any]:
    """So many stories, told until something does not hold; `same` tells the same ones each time. Where chance has left a rule
    out, some more are told, up to as many again."""
    began = time.perf_counter()
    machine.server, machine.tally, machine.times = server, Counter(), Counter()
    stories = 0
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as machine.runner:
        while not stories or (not same and RULES - set(machine.times) and stories < 2 * examples):
            more = FURTHER if stories else examples
            stories += more
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                machine,
                settings=settings(
                    max_examples=more,
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    derandomize=same,
                    phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                ),
            )
    return {
        "stories": stories,
        "steps": sum(count for name, count in machine.times.items() if name not in SEEN_BESIDE),
        "times_each_rule_was_told": dict(sorted(machine.times.items())),
        "rules_never_told": sorted(RULES - set(machine.times)),
        "looked_at": {name: count for name, count in sorted(machine.tally.items()) if count},
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> int:
    """On a throw-away server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--steps", type=int, default=40)
    arguments = parser.parse_args()
    server = TestServer.start(None)
    try:
        figures = lived(server, arguments.examples, arguments.steps)
    except AssertionError as error:
        return record("money-life", {"wrong": [str(error), *getattr(error, "__notes__", [])]}, holds=False)
    finally:
        server.stop()
    reached = not figures["rules_never_told"] and set(figures["looked_at"]) >= SEEN
    return record("money-life", figures, holds=reached)


if __name__ == "__main__":
    sys.exit(main())
