"""How the money of a milestone is divided, held, released and taken back. Pure; amounts are minor units.

Every amount is followed by the payment that it came in by: the provider gives back, and sends on, what one payment brought.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.finance.commission.facade import Terms, commission_of, returned
from app.finance.ledger.facade import shared

WHOLE_BP = 10_000
LARGEST_TOTAL_MINOR = 10**15


@dataclass(frozen=True, slots=True)
class Use:
    """What became of a payment: `captured` came in, `released` went to the supplier; what was given or taken back, or is about
    to be, came out of escrow or from the supplier. `charged_back` is the part of it that the payer's bank took."""

    payment_id: UUID
    captured: int
    released: int = 0
    back_from_escrow: int = 0
    back_from_supplier: int = 0
    charged_back: int = 0

    @property
    def escrow(self) -> int:
        """Held, and promised to nobody."""
        return self.captured - self.released - self.back_from_escrow

    @property
    def at_supplier(self) -> int:
        """Released, and not taken back."""
        return self.released - self.back_from_supplier


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of a payment that goes back: out of escrow, and from the supplier."""

    payment_id: UUID
    from_escrow: int
    from_supplier: int

    @property
    def whole(self) -> int:
        """All of it."""
        return self.from_escrow + self.from_supplier


@dataclass(frozen=True, slots=True)
class Part:
    """What a step gave to the supplier out of a payment, and the commission on it; `taken` and `returned` of both went back."""

    number: int
    amount: int
    commission: int
    taken: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """What of it is the supplier's."""
        return self.amount - self.taken


def split_minor(total_minor: int, shares_bp: Sequence[int], step_minor: int = 1) -> list[int]:
    """A total by shares, as `shared` divides it. Raises `ValueError` unless the shares are positive and come to 10,000 basis
    points."""
    if not 0 < total_minor <= LARGEST_TOTAL_MINOR or any(share <= 0 for share in shares_bp):
        raise ValueError("a schedule divides something into shares of something")
    if sum(shares_bp) != WHOLE_BP:
        raise ValueError(f"shares come to {sum(shares_bp)} basis points, and not to {WHOLE_BP}")
    return shared(total_minor, list(shares_bp), step_minor)


def retention_minor(amount_minor: int, retention_bp: int) -> int:
    """What is retained of a milestone: rounded down, since the rest is the supplier's."""
    return amount_minor * retention_bp // WHOLE_BP


def outstanding(worth_minor: int, funded_minor: int, charged_back_minor: int, surplus_minor: int) -> int:
    """What is still to be paid of what a milestone is worth. What the bank took back is owed again; what was given back by
    decision is not, and what a dispute was settled by the milestone is not worth any more."""
    return max(0, worth_minor - (funded_minor - charged_back_minor - surplus_minor))


def surplus(worth_minor: int, uses: Sequence[Use], surplus_minor: int) -> int:
    """What came in beyond what a milestone is worth, and is not given back yet, by whatever decision."""
    stands = sum(use.captured - use.charged_back for use in uses) - surplus_minor
    return max(0, min(stands - worth_minor, most_back(uses)))


def settled(open_minor: int, held_minor: int, release_minor: int, refund_minor: int) -> tuple[int, int]:
    """(released, given back) at once where a dispute over what may still come to the supplier is settled so. Of what is not paid
    yet nothing goes anywhere; what is refunded beyond what is open the supplier has."""
    released = min(release_minor, held_minor)
    of_open = min(refund_minor, open_minor - release_minor)
    return released, refund_minor - of_open + min(of_open, held_minor - released)


def releasable(uses: Sequence[Use], worth_minor: int, retained_minor: int) -> list[tuple[UUID, int]]:
    """(payment, part) of what may go to the supplier while `retained_minor` stay held; oldest payments first. Never more than
    the milestone is worth."""
    held = sum(use.escrow for use in uses)
    free = min(held - min(retained_minor, held), worth_minor - sum(use.at_supplier for use in uses))
    return _first(uses, max(0, free))


def shares_of(uses: Sequence[Use], wanted: int) -> list[tuple[UUID, int]]:
    """(payment, part) of so much of what is held. Raises `ValueError` when less is held."""
    if wanted > sum(use.escrow for use in uses):
        raise ValueError("less is held than is to be released")
    return _first(uses, wanted)


def _first(uses: Sequence[Use], wanted: int) -> list[tuple[UUID, int]]:
    found = []
    for use in uses:
        part = min(use.escrow, wanted)
        if part > 0:
            found.append((use.payment_id, part))
            wanted -= part
    return found


def most_back(uses: Iterable[Use]) -> int:
    """What can be given back at most: all that was paid and is not given or taken back, or about to be."""
    return sum(use.escrow + use.at_supplier for use in uses)


def taken(uses: Sequence[Use], wanted: int) -> list[Taken]:
    """Where so much is taken from: first what is held, the newest payment first, then what the supplier has. Raises
    `ValueError` beyond `most_back`."""
    if not 0 < wanted <= most_back(uses):
        raise ValueError("more is wanted back than was paid")
    left = wanted
    newest = list(reversed(uses))
    held: dict[UUID, int] = {}
    for use in newest:
        held[use.payment_id] = min(use.escrow, left)
        left -= held[use.payment_id]
    found = []
    for use in newest:
        owed = min(use.at_supplier, left)
        left -= owed
        if held[use.payment_id] + owed:
            found.append(Taken(use.payment_id, held[use.payment_id], owed))
    return found


def taken_of(use: Use, wanted: int) -> Taken:
    """Where so much of one payment is taken from, as far as there is something of it left."""
    from_escrow = min(use.escrow, wanted)
    return Taken(use.payment_id, from_escrow, min(use.at_supplier, wanted - from_escrow))


def silent_at(evidenced_at: datetime, silence_days: int) -> datetime:
    """From when on silence accepts."""
    return evidenced_at + timedelta(days=silence_days)


def pay_by(due_on: date, payment_days: int) -> date:
    """The last day on which what is due is paid in time."""
    return due_on + timedelta(days=payment_days)


def free_on(accepted_on: date, retention_days: int) -> date:
    """The day on which what was retained goes to the supplier."""
    return accepted_on + timedelta(days=retention_days)


def commission_minor(terms: Terms, before_minor: int, now_minor: int) -> int:
    """The commission on what is released now of a payment, of which `before_minor` was released before: released in however many
    parts, it comes to that on all of the payment, and the least and the most count once."""
    return commission_of(terms, before_minor + now_minor) - commission_of(terms, before_minor)


def taken_of_parts(parts: Sequence[Part], wanted: int) -> list[tuple[Part, int]]:
    """(part, amount) of so much that is taken from the supplier: what he was given last first. Raises `ValueError` where he was
    not given that much."""
    found = []
    for part in reversed(parts):
        amount = min(part.left, wanted)
        if amount > 0:
            found.append((part, amount))
            wanted -= amount
    if wanted:
        raise ValueError("more is taken from the supplier than he was given")
    return found


def commission_back(part: Part, now_minor: int) -> int:
    """The share of a part's commission that goes back with so much of it."""
    return returned(part.commission, part.amount, part.taken, part.returned, now_minor)
