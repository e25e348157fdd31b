"""Who delivers to whom at a place, and what of a deposit each has been paid: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Wanting:
    """A member at a place: so many lots for so much, in minor units."""

    commitment_id: UUID
    lots: int
    payment_minor: int


@dataclass(frozen=True, slots=True)
class Portion:
    """What a supplier delivers of a commitment, and what the member pays for it."""

    supplier_id: UUID
    commitment_id: UUID
    lots: int
    payment_minor: int


def divided(sent: Sequence[tuple[UUID, int]], wanting: Sequence[Wanting]) -> list[Portion]:
    """Divide what suppliers send to a place among the members there, whole commitments as far as possible.

    `sent` is (supplier, lots). Large commitments come first, large suppliers too; one after the other is filled, so that at most
    one commitment fewer than there are suppliers is divided. Of a divided one each part pays by its lots, rounded down, and the
    last part the rest. Raises ValueError when what is sent is not what is wanted.
    """
    if sum(lots for _, lots in sent) != sum(one.lots for one in wanting):
        raise ValueError("what is sent to a place is not what is wanted there")
    suppliers = iter(sorted((one for one in sent if one[1]), key=lambda one: (-one[1], one[0])))
    supplier_id, room = next(suppliers, (UUID(int=0), 0))
    found: list[Portion] = []
    for one in sorted(wanting, key=lambda each: (-each.lots, each.commitment_id)):
        lots, minor = one.lots, one.payment_minor
        while lots:
            part = min(lots, room)
            paid = minor if part == lots else one.payment_minor * part // one.lots
            found.append(Portion(supplier_id, one.commitment_id, part, paid))
            lots, minor = lots - part, minor - paid
            room -= part
            if not room:
                supplier_id, room = next(suppliers, (supplier_id, 0))
    return found


def prepaid_portions(deposit_minor: int, payments_minor: Sequence[int]) -> list[int]:
    """A deposit of a commitment over the payments for its portions, in their order: each its share, together all of it, but no
    more than there is to pay."""
    whole, paid, found = sum(payments_minor), 0, []
    deposit_minor = min(deposit_minor, whole)
    for payment in payments_minor:
        before = deposit_minor * paid // whole if whole else 0
        paid += payment
        found.append((deposit_minor * paid // whole if whole else 0) - before)
    return found
