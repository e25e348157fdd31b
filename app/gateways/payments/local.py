"""The local payment provider: no money moves, but everything else is as it would be with money.

It is kept in one file, shared by all processes, and has no more than one effect for a key, whoever is killed when.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection, Row
from typing import Any, TypeVar

from pydantic import TypeAdapter

from app.gateways.payments.book import Book
from app.gateways.payments.checking import check_names, check_payable
from app.gateways.payments.desk import Desk, Done, Terms, moment, stamp
from app.gateways.payments.errors import (
    REFUSALS,
    DeclineReason,
    MethodUnknown,
    PaymentDeclined,
    PaymentKeyReused,
    PaymentNotDone,
    PaymentRefused,
    PaymentRequestInvalid,
    PaymentUnavailable,
)
from app.gateways.payments.local_lists import LocalLists
from app.gateways.payments.local_suppliers import LocalSuppliers
from app.gateways.payments.model import (
    Amount,
    BankAccount,
    BankTransfer,
    HostedSaving,
    Method,
    MethodKind,
    Operation,
    Outcome,
    Payment,
    Refund,
    Saving,
    given_at,
)
from app.gateways.payments.suppliers import Account, Reversal, Transfer
from app.gateways.payments.tokens import BANK_TRANSFER
from app.kit.clock import Clock
from app.kit.ids import new_id
from app.kit.outside import calls_out

Found = TypeVar("Found")

HOLD_FOR = timedelta(days=7)
DEBIT_TAKES = timedelta(days=5)
PATIENCE_S = 30.0
_ANSWERS: dict[Operation, TypeAdapter[Any]] = {
    Operation.SAVE_METHOD: TypeAdapter(Method),
    Operation.FORGET_METHOD: TypeAdapter(Method),
    Operation.REFUND: TypeAdapter(Refund),
    Operation.OPEN_ACCOUNT: TypeAdapter(Account),
    Operation.TRANSFER: TypeAdapter(Transfer),
    Operation.REVERSE: TypeAdapter(Reversal),
}
_PAYMENT: TypeAdapter[Any] = TypeAdapter(Payment)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One operation, as it was done. The sums of a payment's changes are what is held, and what was captured and not
    refunded. `key` is None for what came with time; `refusal` is the refusal's code."""

    sequence: int
    at: datetime
    operation: Operation
    key: str | None
    payer: str
    method: str | None
    payment: str | None
    refund: str | None
    amount: Amount | None
    held_change: int
    captured_change: int
    refusal: str | None


@calls_out
class LocalPayments(LocalSuppliers, LocalLists):
    """The local `Payments`, `SupplierPayments` and `ProviderLists`. `tokens.py` lists the tokens it knows, and how each behaves.

    Where real people buy it must secure nothing: with `takes_test_tokens` false no method is saved, and what was saved or held
    before takes no money either; it can still be let go and given back.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock | None = None,
        hold_for: timedelta = HOLD_FOR,
        debit_takes: timedelta = DEBIT_TAKES,
        patience_s: float = PATIENCE_S,
        takes_test_tokens: bool = True,
    ) -> None:
        """Nothing is made in `folder` before the first call; `patience_s` is how long one waits for others to write."""
        self._book = Book(folder, patience_s=patience_s)
        self._clock = clock or Clock()
        self._terms = Terms(hold_for, debit_takes)
        self._takes_test_tokens = takes_test_tokens
        self.hold_lives = hold_for

    async def begin_saving(self, *, payer: str, kinds: Sequence[MethodKind], key: str) -> Saving:
        """Nothing is kept: there is no browser to confirm anything, and tokens are known beforehand."""
        check_names(payer=payer, key=key)
        if not set(kinds) - {MethodKind.BANK_TRANSFER}:
            raise PaymentRequestInvalid(field="kinds")
        return Saving(f"seti_{new_id().hex}", f"secret_{new_id().hex}")

    async def begin_hosted_saving(
        self, *, payer: str, kinds: Sequence[MethodKind], back_url: str, locale: str, key: str
    ) -> HostedSaving:
        """It has no page: the way to it leads back at once, with a card or an account that works."""
        check_names(payer=payer, key=key)
        given = {MethodKind.CARD: "tok_visa", MethodKind.BANK_DEBIT: "tok_sepa_debit"}
        found = [given[kind] for kind in kinds if kind in given]
        if not found:
            raise PaymentRequestInvalid(field="kinds")
        if not self._takes_test_tokens:
            raise PaymentNotDone(reason="no provider")
        return HostedSaving(found[0], given_at(back_url, found[0]))

    async def save_method(self, *, payer: str, token: str, key: str) -> Method:
        """Keep a method that behaves as its token says."""
        check_names(payer=payer, token=token, key=key)
        if not self._takes_test_tokens:
            raise PaymentRequestInvalid(field="token")
        call = _Call(Operation.SAVE_METHOD, key, (payer, token))
        return await self._asked(Method, call, lambda desk: desk.save_method(payer, token))

    async def forget_method(self, method: str, *, payer: str, key: str) -> Method:
        """Use a method no more."""
        check_names(method=method, payer=payer, key=key)
        call = _Call(Operation.FORGET_METHOD, key, (method, payer))
        return await self._asked(Method, call, lambda desk: desk.forget_method(payer, method))

    async def hold(self, amount: Amount, *, payer: str, method: str, cause: str, key: str) -> Payment:
        """Hold a sum until `held_until`."""
        check_payable(amount)
        check_names(payer=payer, method=method, cause=cause, key=key)
        if not self._takes_test_tokens:
            raise MethodUnknown(reference=method)
        call = _Call(Operation.HOLD, key, (amount.minor, amount.currency, payer, method, cause))
        return await self._asked(Payment, call, lambda desk: desk.hold(payer, method, amount, cause))

    async def charge(self, amount: Amount, *, payer: str, method: str, cause: str, key: str) -> Payment:
        """Take a sum at once, or begin to."""
        check_payable(amount)
        check_names(payer=payer, method=method, cause=cause, key=key)
        if not self._takes_test_tokens:
            raise MethodUnknown(reference=method)
        call = _Call(Operation.CHARGE, key, (amount.minor, amount.currency, payer, method, cause))
        return await self._asked(Payment, call, lambda desk: desk.charge(payer, method, amount, cause))

    async def expect_transfer(self, amount: Amount, *, payer: str, country: str, cause: str, key: str) -> BankTransfer:
        """Await a sum, which comes by itself after some days."""
        check_payable(amount)
        check_names(payer=payer, country=country, cause=cause, key=key)
        if not self._takes_test_tokens:
            raise MethodUnknown(reference=BANK_TRANSFER)
        call = _Call(Operation.EXPECT_TRANSFER, key, (amount.minor, amount.currency, payer, country, cause))
        payment = await self._asked(Payment, call, lambda desk: desk.expect(payer, amount, cause))
        account = BankAccount("iban", "Partingline (local)", f"{country}00LOCAL0000000000", "LOCALXXX", country)
        return BankTransfer(payment, (account,), payment.reference[-12:].upper())

    async def capture(self, payment: str, amount: Amount | None = None, *, key: str) -> Payment:
        """Take what is held, or a part."""
        call = _on_payment(Operation.CAPTURE, payment, amount, key)
        if not self._takes_test_tokens:
            raise PaymentDeclined(reason=DeclineReason.GENERIC, reference=payment)
        return await self._asked(Payment, call, lambda desk: desk.capture(payment, amount))

    async def release(self, payment: str, *, key: str) -> Payment:
        """Let go what is held."""
        call = _on_payment(Operation.RELEASE, payment, None, key)
        return await self._asked(Payment, call, lambda desk: desk.release(payment))

    async def refund(self, payment: str, amount: Amount | None = None, *, key: str) -> Refund:
        """Give back, at once."""
        call = _on_payment(Operation.REFUND, payment, amount, key)
        return await self._asked(Refund, call, lambda desk: desk.refund(payment, amount))

    async def find_method(self, reference: str) -> Method:
        """Read a method."""
        check_names(reference=reference)
        return await asyncio.to_thread(self._read, lambda desk: desk.method(reference))

    async def find_payment(self, reference: str) -> Payment:
        """Read a payment, as time has left it."""
        check_names(reference=reference)
        return await asyncio.to_thread(self._read, lambda desk: desk.payment(reference))

    async def find_refund(self, reference: str) -> Refund:
        """Read a refund."""
        check_names(reference=reference)
        return await asyncio.to_thread(self._read, lambda desk: desk.refund_made(reference))

    async def outcome_of(self, key: str, *, payer: str) -> Outcome | None:
        """Look the call up in the journal."""
        check_names(key=key, payer=payer)
        return await asyncio.to_thread(self._outcome_of, key, payer)

    async def journal(self) -> list[JournalEntry]:
        """All operations in the order in which they were done, for proofs."""
        return await asyncio.to_thread(self._journal)

    async def _do(
        self,
        kind: type[Found],
        operation: Operation,
        key: str,
        request: tuple[str | int | None, ...],
        act: Callable[[Desk], Done],
    ) -> Found:
        return await self._asked(kind, _Call(operation, key, request), act)

    async def _look(self, look: Callable[[Desk], Found]) -> Found:
        return await asyncio.to_thread(self._read, look)

    async def _asked(self, kind: type[Found], call: "_Call", act: Callable[[Desk], Done]) -> Found:
        outcome = await asyncio.to_thread(self._perform, call, act)
        if outcome.refusal is not None:
            raise outcome.refusal
        assert isinstance(outcome.answer, kind)
        return outcome.answer

    def _perform(self, call: "_Call", act: Callable[[Desk], Done]) -> Outcome:
        """Do it, or find that it was done. An unknown thing or a provider out of order leaves no trace."""
        with self._at_desk() as (page, desk, now):
            lost = False
            if (row := _noted(page, call.key)) is None:
                done = act(desk)
                lost = done.lost
                _note(page, now, call.operation, done, call)
                row = _noted(page, call.key)
            assert row is not None
            if row["fingerprint"] != call.fingerprint:
                raise PaymentKeyReused()
        if lost:
            raise PaymentUnavailable()
        # Read from the journal for the first one who asks as well: the same answer for all.
        return _outcome(row)

    def _read(self, look: Callable[[Desk], Found]) -> Found:
        with self._book.page(readonly=True) as page:
            desk = Desk(page, self._clock.now(), self._terms)
            if not desk.due():
                return look(desk)
        with self._at_desk() as (_, desk, _):
            return look(desk)

    def _outcome_of(self, key: str, payer: str) -> Outcome | None:
        with self._book.page(readonly=True) as page:
            row = _noted(page, key)
            return _outcome(row) if row and row["payer"] == payer else None

    def _journal(self) -> list[JournalEntry]:
        with self._at_desk() as (page, _, _):
            return [_entry(row) for row in page.execute("SELECT * FROM operations ORDER BY sequence")]

    @contextmanager
    def _at_desk(self) -> Iterator[tuple[Connection, Desk, datetime]]:
        """A transaction that writes, in which what was due has happened. The time is read when it is one's turn."""
        with self._book.page() as page:
            now = self._clock.now()
            desk = Desk(page, now, self._terms)
            for operation, done in desk.overtaken():
                _note(page, now, operation, done)
            yield page, desk, now


@dataclass(frozen=True, slots=True)
class _Call:
    """What a room asks for, once or again."""

    operation: Operation
    key: str
    request: tuple[str | int | None, ...]

    @property
    def fingerprint(self) -> str:
        """What tells this request from another under the same key."""
        return sha256(json.dumps([self.operation, *self.request]).encode()).hexdigest()


def _on_payment(operation: Operation, payment: str, amount: Amount | None, key: str) -> _Call:
    check_names(payment=payment, key=key)
    if amount is None:
        return _Call(operation, key, (payment,))
    check_payable(amount)
    return _Call(operation, key, (payment, amount.minor, amount.currency))


def _note(page: Connection, now: datetime, operation: Operation, done: Done, call: _Call | None = None) -> None:
    """Write an operation into the journal, beside what it did."""
    refusal, amount = done.refusal, done.amount
    values: dict[str, str | int | None] = {
        "key": call.key if call else None,
        "fingerprint": call.fingerprint if call else None,
        "operation": operation,
        "payer": done.payer,
        "method": done.method,
        "payment": done.payment,
        "refund": done.refund,
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else None,
        "held_change": done.held_change,
        "captured_change": done.captured_change,
        "refusal": refusal.code if refusal else None,
        "params": json.dumps(refusal.params) if refusal else None,
        "answer": _answers(operation).dump_json(done.answer).decode() if done.answer else None,
        "at": stamp(now),
    }
    marks = ", ".join("?" for _ in values)
    statement = f"INSERT INTO operations ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - our own column names
    page.execute(statement, tuple(values.values()))


def _noted(page: Connection, key: str) -> Row | None:
    row: Row | None = page.execute("SELECT * FROM operations WHERE key = ?", (key,)).fetchone()
    return row


def _answers(operation: Operation) -> TypeAdapter[Any]:
    return _ANSWERS.get(operation, _PAYMENT)


def _outcome(row: Row) -> Outcome:
    operation = Operation(row["operation"])
    answer = _answers(operation).validate_json(row["answer"]) if row["answer"] else None
    refusal: PaymentRefused | None = None
    if row["refusal"]:
        refusal = REFUSALS[row["refusal"]](**json.loads(row["params"]))
    return Outcome(operation, moment(row["at"]), answer, refusal)


def _entry(row: Row) -> JournalEntry:
    amount = Amount(row["amount_minor"], row["currency"]) if row["amount_minor"] is not None else None
    return JournalEntry(
        row["sequence"],
        moment(row["at"]),
        Operation(row["operation"]),
        row["key"],
        row["payer"],
        row["method"],
        row["payment"],
        row["refund"],
        amount,
        row["held_change"],
        row["captured_change"],
        row["refusal"],
    )
