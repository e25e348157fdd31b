"""What the provider says in the house's words, and what differs. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.finance.reconciliation.states import DifferenceKind, LineKind
from app.gateways.payments import Payment, PaymentState, Refund, Reversal, Transfer

MADE = "made"
"""The one state of transfers and reversals."""

NOTHING = frozenset({PaymentState.DECLINED.value, PaymentState.RELEASED.value, PaymentState.EXPIRED.value, "failed"})
"""States in which no money is or was moved: what nobody here knows of is of no interest then."""

MOST_SAID = 200
"""As much as is kept of what a side says."""

Thing = Payment | Refund | Transfer | Reversal


@dataclass(frozen=True, slots=True)
class There:
    """What the provider says of a thing. `cash_minor` is what of its money is at the provider because of it, `hold_minor` what is
    authorized; a refund stands in its payment's cash already, a reversal in its transfer's."""

    kind: LineKind
    reference: str
    amount_minor: int
    currency: str
    state: str
    cash_minor: int = 0
    hold_minor: int = 0
    of: str | None = None
    given_back_minor: int | None = None


def told_by(thing: Thing) -> There:
    """A thing at the provider."""
    if isinstance(thing, Payment):
        return There(
            LineKind.PAYMENT,
            thing.reference,
            thing.amount.minor,
            thing.amount.currency,
            thing.state.value,
            thing.captured_minor - thing.refunded_minor,
            thing.amount.minor if thing.state is PaymentState.HELD else 0,
            given_back_minor=thing.refunded_minor,
        )
    if isinstance(thing, Refund):
        return There(
            LineKind.REFUND,
            thing.reference,
            thing.amount.minor,
            thing.amount.currency,
            thing.state.value,
            of=thing.payment,
        )
    if isinstance(thing, Transfer):
        left = thing.amount.minor - thing.reversed_minor
        return There(LineKind.TRANSFER, thing.reference, thing.amount.minor, thing.amount.currency, MADE, -left)
    return There(LineKind.REVERSAL, thing.reference, thing.amount.minor, thing.amount.currency, MADE, of=thing.transfer)


@dataclass(frozen=True, slots=True)
class Compared:
    """A line as both sides tell it. What the house expects is absent for what nobody knows, what the provider says for what is
    not there."""

    kind: LineKind
    reference: str
    owner: str | None
    cause: tuple[str, UUID] | None
    amount_minor: int | None
    currency: str | None
    states: frozenset[str]
    there_minor: int | None
    there_currency: str | None
    there_state: str | None
    of: str | None = None
    given_back_minor: int | None = None
    there_given_back_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Something that differs."""

    kind: DifferenceKind
    line_kind: LineKind
    reference: str
    owner: str | None
    cause: tuple[str, UUID] | None
    here: str
    there: str
    of: str | None = None


def line_differences(line: Compared) -> list[Found]:
    """What differs between what a part knows of a thing and what the provider says of it."""

    def found(kind: DifferenceKind, here: str, there: str) -> Found:
        return Found(kind, line.kind, line.reference, line.owner, line.cause, here, there, line.of)

    there = f"{line.there_minor} {line.there_currency} {line.there_state}"
    if line.owner is None:
        if line.there_state is None or line.there_state in NOTHING:
            return []
        return [found(DifferenceKind.MISSING_IN_LEDGER, "-", there)]
    if not line.states:
        # A call is under way.
        return []
    here = f"{line.amount_minor} {line.currency} {'|'.join(sorted(line.states))}"
    if line.there_state is None:
        return [found(DifferenceKind.MISSING_AT_PROVIDER, here, "-")]
    differences = []
    if line.currency != line.there_currency:
        differences.append(found(DifferenceKind.CURRENCY, here, there))
    elif line.amount_minor != line.there_minor:
        differences.append(found(DifferenceKind.AMOUNT, here, there))
    if line.there_state not in line.states:
        differences.append(found(DifferenceKind.STATE, here, there))
    if line.given_back_minor is not None and line.given_back_minor != (line.there_given_back_minor or 0):
        # A refund that nobody here asked for, or one that came to nothing afterwards.
        here, there = (
            f"{one or 0} {line.currency} given back" for one in (line.given_back_minor, line.there_given_back_minor)
        )
        differences.append(found(DifferenceKind.GIVEN_BACK, here, there))
    return differences


@dataclass(frozen=True, slots=True)
class CauseSums:
    """What the ledger has of a cause on the house's accounts at the provider, and what the provider has of its lines, in one
    currency. The line names the difference: the first one of the cause."""

    line_kind: LineKind
    reference: str
    owner: str
    cause: tuple[str, UUID]
    currency: str
    postings: int
    ledger_cash_minor: int
    ledger_hold_minor: int
    cash_minor: int
    hold_minor: int


def ledger_differences(sums: Iterable[CauseSums]) -> list[Found]:
    """Causes of which the ledger has something else than the provider. A cause is one difference, which tells of each currency
    that differs: so that none hides behind another one that was looked into."""
    by_cause: dict[tuple[str, UUID], list[CauseSums]] = {}
    for one in sums:
        if (one.ledger_cash_minor, one.ledger_hold_minor) != (one.cash_minor, one.hold_minor):
            by_cause.setdefault(one.cause, []).append(one)
    differences = []
    for cause, differing in by_cause.items():
        first = differing[0]
        kind = DifferenceKind.LEDGER if first.postings else DifferenceKind.MISSING_IN_LEDGER
        here = "; ".join(said_of(one.ledger_cash_minor, one.currency, one.ledger_hold_minor) for one in differing)
        there = "; ".join(said_of(one.cash_minor, one.currency, one.hold_minor) for one in differing)
        said = (f"ledger {here}"[:MOST_SAID], there[:MOST_SAID])
        differences.append(Found(kind, first.line_kind, first.reference, first.owner, cause, *said))
    return differences


def said_of(cash_minor: int, currency: str, hold_minor: int) -> str:
    """A sum of a cause, as differences tell it."""
    return f"{cash_minor} {currency}, {hold_minor} authorized"
