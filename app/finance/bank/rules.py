"""What a movement is for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.finance.bank.states import Finding, MatchSource


@dataclass(frozen=True, slots=True)
class Awaited:
    """Money that a part of the house awaits under a reference, or, where it `leaves`, that it has to send.

    `subject` is the kind and id of the thing that is paid for; `amount_minor` what of it is not paid yet (0: all is). With
    `takes_parts` less than that is taken as well; with `asks` a person says that it is a part. `early` are days with what is
    enough until each, the first day first.
    """

    reference: str
    subject: tuple[str, UUID]
    amount_minor: int
    currency: str
    takes_parts: bool = True
    owner: str = ""
    leaves: bool = False
    asks: bool = False
    early: tuple[tuple[date, int], ...] = ()

    def enough(self, day: date) -> int:
        """The least that pays all of it on a day."""
        return min((least for until, least in self.early if day <= until), default=self.amount_minor)


@dataclass(frozen=True, slots=True)
class Decision:
    """What of a movement is taken for what is awaited, how that was found, and why something is left to a person."""

    awaited: Awaited | None = None
    source: MatchSource | None = None
    amount_minor: int = 0
    finding: Finding | None = None


def decided(
    amount_minor: int,
    currency: str,
    structured: Sequence[str],
    written: Sequence[str],
    known: Sequence[Awaited],
    day: date,
) -> Decision:
    """What money that came in, or left (a negative amount), is for: what its structured reference names, else what is written in
    its text.

    Of several that are awaited none is chosen. Of more than what is awaited that much is taken, and the rest is left.
    """
    this_way = [one for one in known if one.leaves == (amount_minor < 0)]
    for source, references in ((MatchSource.STRUCTURED, structured), (MatchSource.TEXT, written)):
        found = [one for one in this_way if one.reference in references]
        if len(found) > 1:
            return Decision(finding=Finding.AMBIGUOUS)
        if found:
            return _measured(found[0], source, abs(amount_minor), currency, day)
    return Decision(finding=Finding.UNKNOWN_REFERENCE if structured or written else Finding.NO_REFERENCE)


def _measured(awaited: Awaited, source: MatchSource, amount_minor: int, currency: str, day: date) -> Decision:
    if awaited.currency != currency:
        return Decision(awaited, source, finding=Finding.OTHER_CURRENCY)
    if awaited.amount_minor <= 0:
        return Decision(awaited, source, finding=Finding.NOTHING_AWAITED)
    if amount_minor < awaited.enough(day) and not awaited.takes_parts:
        return Decision(awaited, source, finding=Finding.TOO_LITTLE)
    taken = min(amount_minor, awaited.amount_minor)
    return Decision(awaited, source, taken, Finding.TOO_MUCH if taken < amount_minor else None)
