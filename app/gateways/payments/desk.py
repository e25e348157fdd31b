"""What the local provider does within one transaction of its book."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.gateways.payments.errors import (
    AmountExceeded,
    CurrencyDiffers,
    DeclineReason,
    HoldExpired,
    MethodCannotHold,
    MethodUnknown,
    PaymentDeclined,
    PaymentRefused,
    PaymentRequestInvalid,
    PaymentStateForbids,
    PaymentUnavailable,
    PaymentUnknown,
)
from app.gateways.payments.model import (
    Amount,
    Answer,
    Method,
    MethodKind,
    Operation,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from app.gateways.payments.tokens import BANK_TRANSFER, BEHAVIOURS, TOKENS, Behaviour
from app.kit.ids import new_id

CARD_YEARS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a hold lasts, and how long a debit is under way."""

    hold_for: timedelta
    debit_takes: timedelta


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, for the journal and for whoever called. The changes are of the payment's held and captured sums."""

    answer: Answer | None
    payer: str
    method: str | None = None
    amount: Amount | None = None
    held_change: int = 0
    captured_change: int = 0
    refusal: PaymentRefused | None = None
    payment: str | None = None
    refund: str | None = None
    lost: bool = False


class Desk:
    """The provider at one moment, with its book open."""

    def __init__(self, page: sqlite3.Connection, now: datetime, terms: Terms) -> None:
        self._page = page
        self._now = now
        self._terms = terms

    @property
    def page(self) -> sqlite3.Connection:
        """The open book."""
        return self._page

    @property
    def now(self) -> datetime:
        """The moment."""
        return self._now

    def save_method(self, payer: str, token: str) -> Done:
        behaviour = TOKENS.get(token)
        if behaviour is None:
            raise PaymentRequestInvalid(field="token")
        if behaviour.declined_when_saved:
            return Done(None, payer, refusal=PaymentDeclined(reason=behaviour.declined_when_saved, reference=None))
        reference = f"pm_{new_id().hex}"
        values = (reference, payer, token, stamp(self._now), self._usable_until(behaviour))
        self._page.execute(
            "INSERT INTO methods (reference, payer, token, saved_at, usable_until) VALUES (?, ?, ?, ?, ?)", values
        )
        return Done(self.method(reference), payer, reference)

    def forget_method(self, payer: str, reference: str) -> Done:
        self._usable(payer, reference)
        self._page.execute("UPDATE methods SET forgotten = 1 WHERE reference = ?", (reference,))
        return Done(self.method(reference), payer, reference)

    def hold(self, payer: str, reference: str, amount: Amount, cause: str) -> Done:
        row, behaviour = self._usable(payer, reference)
        if behaviour.kind is not MethodKind.CARD:
            return Done(None, payer, reference, amount, refusal=MethodCannotHold(kind=behaviour.kind))
        if declined := self._decline_of(row, behaviour):
            return self._declined(behaviour, payer, reference, amount, cause, declined)
        until = stamp(self._now + (behaviour.hold_for or self._terms.hold_for))
        payment = self._insert(
            payer, reference, amount, cause, PaymentState.HELD, held_minor=amount.minor, held_until=until, due_at=until
        )
        return self._moved(payment, behaviour, amount, held_change=amount.minor)

    def charge(self, payer: str, reference: str, amount: Amount, cause: str) -> Done:
        row, behaviour = self._usable(payer, reference)
        if declined := self._decline_of(row, behaviour) or behaviour.declined_at_capture:
            return self._declined(behaviour, payer, reference, amount, cause, declined)
        if behaviour.kind is MethodKind.BANK_DEBIT:
            due_at = stamp(self._now + self._terms.debit_takes)
            payment = self._insert(payer, reference, amount, cause, PaymentState.PROCESSING, due_at=due_at)
            return self._moved(payment, behaviour, amount)
        payment = self._insert(payer, reference, amount, cause, PaymentState.CAPTURED, captured_minor=amount.minor)
        return self._moved(payment, behaviour, amount, captured_change=amount.minor)

    def expect(self, payer: str, amount: Amount, cause: str) -> Done:
        """Await money from the payer's bank. It comes when a debit would."""
        method = f"pm_{new_id().hex}"
        self._page.execute(
            "INSERT INTO methods (reference, payer, token, saved_at, forgotten) VALUES (?, ?, ?, ?, 1)",
            (method, payer, BANK_TRANSFER, stamp(self._now)),
        )
        due_at = stamp(self._now + self._terms.debit_takes)
        payment = self._insert(payer, method, amount, cause, PaymentState.PROCESSING, due_at=due_at)
        return self._moved(payment, BEHAVIOURS[BANK_TRANSFER], amount)

    def capture(self, reference: str, amount: Amount | None) -> Done:
        row, behaviour = self._reached(reference)
        whole = row["amount_minor"]
        wanted = amount or Amount(whole, row["currency"])
        refusal = _not_held(row) or _does_not_fit(wanted, row, most=whole)
        if refusal:
            return _refused(row, wanted, refusal)
        if reason := behaviour.declined_at_capture:
            self._update(reference, PaymentState.DECLINED, held_minor=0, released_minor=whole, decline=reason)
            refusal = PaymentDeclined(reason=reason, reference=reference)
            return self._moved(reference, behaviour, wanted, held_change=-whole, refusal=refusal)
        rest = whole - wanted.minor
        self._update(reference, PaymentState.CAPTURED, held_minor=0, captured_minor=wanted.minor, released_minor=rest)
        return self._moved(reference, behaviour, wanted, held_change=-whole, captured_change=wanted.minor)

    def release(self, reference: str) -> Done:
        row, behaviour = self._reached(reference)
        whole = Amount(row["amount_minor"], row["currency"])
        awaited = behaviour.kind is MethodKind.BANK_TRANSFER and row["state"] == PaymentState.PROCESSING
        if (refusal := _not_held(row)) and not awaited:
            return _refused(row, whole, refusal)
        self._update(reference, PaymentState.RELEASED, held_minor=0, released_minor=whole.minor)
        return self._moved(reference, behaviour, whole, held_change=-row["held_minor"])

    def refund(self, reference: str, amount: Amount | None) -> Done:
        row, behaviour = self._reached(reference)
        if row["state"] != PaymentState.CAPTURED:
            return _refused(row, amount, PaymentStateForbids(state=row["state"], reference=reference))
        left = row["captured_minor"] - row["refunded_minor"]
        given = amount or Amount(left, row["currency"])
        if refusal := _does_not_fit(given, row, most=left):
            return _refused(row, given, refusal)
        state = PaymentState.REFUNDED if given.minor == left else PaymentState.CAPTURED
        self._update(reference, state, refunded_minor=row["refunded_minor"] + given.minor)
        made = f"re_{new_id().hex}"
        self._page.execute(
            "INSERT INTO refunds (reference, payment, amount_minor, currency, state, made_at) VALUES (?, ?, ?, ?, ?, ?)",
            (made, reference, given.minor, given.currency, RefundState.DONE, stamp(self._now)),
        )
        answer = self.refund_made(made)
        return self._moved(reference, behaviour, given, answer=answer, refund=made, captured_change=-given.minor)

    def method(self, reference: str) -> Method:
        row = self._page.execute("SELECT * FROM methods WHERE reference = ?", (reference,)).fetchone()
        if row is None:
            raise MethodUnknown(reference=reference)
        behaviour = BEHAVIOURS[row["token"]]
        return Method(
            reference,
            row["payer"],
            behaviour.kind,
            behaviour.brand,
            behaviour.last_digits,
            can_hold=behaviour.kind is MethodKind.CARD,
            expires_on=moment(row["usable_until"]).date() if row["usable_until"] else None,
            forgotten=bool(row["forgotten"]),
        )

    def payment(self, reference: str) -> Payment:
        row = self._payment_row(reference)
        return Payment(
            reference,
            row["payer"],
            row["method"],
            row["cause"],
            PaymentState(row["state"]),
            Amount(row["amount_minor"], row["currency"]),
            captured_minor=row["captured_minor"],
            released_minor=row["released_minor"],
            refunded_minor=row["refunded_minor"],
            made_at=moment(row["made_at"]),
            held_until=moment(row["held_until"]) if row["held_until"] else None,
            decline=DeclineReason(row["decline"]) if row["decline"] else None,
        )

    def refund_made(self, reference: str) -> Refund:
        row = self._page.execute("SELECT * FROM refunds WHERE reference = ?", (reference,)).fetchone()
        if row is None:
            raise PaymentUnknown(reference=reference)
        amount = Amount(row["amount_minor"], row["currency"])
        return Refund(reference, row["payment"], amount, RefundState(row["state"]), moment(row["made_at"]))

    def due(self) -> list[str]:
        """Payments that time has overtaken: a hold at its end, a debit that has arrived."""
        rows = self._page.execute(
            "SELECT reference FROM payments WHERE due_at <= ? ORDER BY due_at, reference", (stamp(self._now),)
        )
        return [row["reference"] for row in rows]

    def overtaken(self) -> Iterator[tuple[Operation, Done]]:
        """Let happen what is due, one by one, for the journal."""
        for one in self.due():
            row, behaviour = self._reached(one)
            amount = Amount(row["amount_minor"], row["currency"])
            if row["state"] == PaymentState.HELD:
                self._update(one, PaymentState.EXPIRED, held_minor=0, released_minor=amount.minor)
                yield Operation.EXPIRE, self._moved(one, behaviour, amount, held_change=-amount.minor)
            elif reason := behaviour.declined_when_settled:
                self._update(one, PaymentState.DECLINED, decline=reason)
                refusal = PaymentDeclined(reason=reason, reference=one)
                yield Operation.SETTLE, self._moved(one, behaviour, amount, refusal=refusal)
            else:
                self._update(one, PaymentState.CAPTURED, captured_minor=amount.minor)
                yield Operation.SETTLE, self._moved(one, behaviour, amount, captured_change=amount.minor)

    def _usable(self, payer: str, reference: str) -> tuple[sqlite3.Row, Behaviour]:
        row = self._page.execute(
            "SELECT * FROM methods WHERE reference = ? AND payer = ? AND NOT forgotten", (reference, payer)
        ).fetchone()
        if row is None:
            raise MethodUnknown(reference=reference)
        behaviour = BEHAVIOURS[row["token"]]
        if behaviour.unavailable:
            raise PaymentUnavailable()
        return row, behaviour

    def _usable_until(self, behaviour: Behaviour) -> str | None:
        if behaviour.usable_for is not None:
            return stamp(self._now + behaviour.usable_for)
        if behaviour.kind is not MethodKind.CARD:
            return None
        return stamp(datetime.combine(date(self._now.year + CARD_YEARS, 12, 31), time.max, UTC))

    def _decline_of(self, row: sqlite3.Row, behaviour: Behaviour) -> DeclineReason | None:
        if row["usable_until"] is not None and row["usable_until"] < stamp(self._now):
            return DeclineReason.EXPIRED_METHOD
        return behaviour.declined

    def _declined(
        self, behaviour: Behaviour, payer: str, method: str, amount: Amount, cause: str, reason: DeclineReason
    ) -> Done:
        made = self._insert(payer, method, amount, cause, PaymentState.DECLINED, decline=reason)
        return self._moved(made, behaviour, amount, refusal=PaymentDeclined(reason=reason, reference=made))

    def _reached(self, reference: str) -> tuple[sqlite3.Row, Behaviour]:
        row = self._payment_row(reference)
        method = self._page.execute("SELECT token FROM methods WHERE reference = ?", (row["method"],)).fetchone()
        return row, BEHAVIOURS[method["token"]]

    def _payment_row(self, reference: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._page.execute(
            "SELECT * FROM payments WHERE reference = ?", (reference,)
        ).fetchone()
        if row is None:
            raise PaymentUnknown(reference=reference)
        return row

    def _insert(
        self, payer: str, method: str, amount: Amount, cause: str, state: PaymentState, **columns: int | str
    ) -> str:
        reference = f"pay_{new_id().hex}"
        values: dict[str, int | str] = {
            "reference": reference,
            "payer": payer,
            "method": method,
            "cause": cause,
            "state": state,
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "made_at": stamp(self._now),
            **columns,
        }
        marks = ", ".join("?" for _ in values)
        statement = f"INSERT INTO payments ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - our own column names
        self._page.execute(statement, tuple(values.values()))
        return reference

    def _update(self, reference: str, state: PaymentState, **columns: int | str) -> None:
        """Move a payment on. Only held money and debits under way are waited for."""
        changes: dict[str, int | str | None] = {"state": state, "due_at": None, **columns}
        assignments = ", ".join(f"{name} = ?" for name in changes)
        statement = f"UPDATE payments SET {assignments} WHERE reference = ?"  # noqa: S608 - our own column names
        self._page.execute(statement, (*changes.values(), reference))

    def _moved(self, reference: str, behaviour: Behaviour, amount: Amount, **told: Any) -> Done:
        """What was done with a payment, beside the payment as it stands now."""
        payment = self.payment(reference)
        values = {"answer": payment, "payment": reference, "lost": behaviour.answers_get_lost, **told}
        return Done(payer=payment.payer, method=payment.method, amount=amount, **values)


def stamp(at: datetime) -> str:
    """A moment as the book keeps it: in UTC, as many digits for each, so that texts compare like moments."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """A moment that the book keeps."""
    return datetime.fromisoformat(text)


def _not_held(row: sqlite3.Row) -> PaymentRefused | None:
    if row["state"] == PaymentState.EXPIRED:
        return HoldExpired(reference=row["reference"], held_until=row["held_until"])
    if row["state"] != PaymentState.HELD:
        return PaymentStateForbids(reference=row["reference"], state=row["state"])
    return None


def _does_not_fit(wanted: Amount, row: sqlite3.Row, *, most: int) -> PaymentRefused | None:
    if wanted.currency != row["currency"]:
        return CurrencyDiffers(reference=row["reference"], currency=row["currency"])
    if wanted.minor > most:
        return AmountExceeded(reference=row["reference"], most_minor=most)
    return None


def _refused(row: sqlite3.Row, amount: Amount | None, refusal: PaymentRefused) -> Done:
    return Done(None, row["payer"], row["method"], amount, refusal=refusal, payment=row["reference"])
