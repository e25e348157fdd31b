"""How a warehouse is walked, and how what was found is shared among those who wait for it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Due:
    """A held line of a reservation and where its goods lie."""

    line_id: UUID
    zone: str
    bin: str
    balance_id: UUID


def stops(due: Iterable[Due]) -> list[list[Due]]:
    """The walk: by zone, then by bin, each by its code; what lies together (one balance: item, bin, lot, owner) is one stop, its
    lines by age."""
    found: dict[UUID, list[Due]] = {}
    for one in sorted(due, key=lambda one: (one.zone, one.bin, one.balance_id, one.line_id)):
        found.setdefault(one.balance_id, []).append(one)
    return list(found.values())


def shared(found: Decimal, wanted: Sequence[Decimal]) -> list[Decimal]:
    """What each gets of what was found: the first all that he wants, then the next. Never more in sum than was found."""
    shares = []
    for amount in wanted:
        share = min(amount, found)
        shares.append(share)
        found -= share
    return shares


def least_mass_kg(tare_kg: Decimal, contents: Iterable[tuple[Decimal, Decimal | None]], inner_kg: Decimal) -> Decimal:
    """What a package weighs at least: itself, (quantity, mass of one) of its contents so far as known, the packages in it."""
    return tare_kg + inner_kg + sum((quantity * mass for quantity, mass in contents if mass is not None), Decimal(0))
