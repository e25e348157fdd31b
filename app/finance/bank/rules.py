"""What a movement is for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.finance.bank.states import Finding, MatchSource


@dataclass(frozen=True, slots=True)
class Awaited:
    """Money that a part of the house awaits under a reference.

    `subject` is the kind and id of the thing that is paid for; `amount_minor` what of it is not paid yet (0: all is). With
    `takes_parts` less than that is taken as well.
    """

    reference: str
    subject: tuple[str, UUID]
    amount_minor: int
    currency: str
    takes_parts: bool = True
    owner: str = ""


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
) -> Decision:
    """What money that came in is for: what its structured reference names, else what is written in its text.

    Of several that are awaited none is chosen. Of more than what is awaited that much is taken, and the rest is left.
    """
    for source, references in ((MatchSource.STRUCTURED, structured), (MatchSource.TEXT, written)):
        found = [one for one in known if one.reference in references]
        if len(found) > 1:
            return Decision(finding=Finding.AMBIGUOUS)
        if found:
            return _measured(found[0], source, amount_minor, currency)
    return Decision(finding=Finding.UNKNOWN_REFERENCE if structured or written else Finding.NO_REFERENCE)


def _measured(awaited: Awaited, source: MatchSource, amount_minor: int, currency: str) -> Decision:
    if awaited.currency != currency:
        return Decision(awaited, source, finding=Finding.OTHER_CURRENCY)
    if awaited.amount_minor <= 0:
        return Decision(awaited, source, finding=Finding.NOTHING_AWAITED)
    if amount_minor < awaited.amount_minor and not awaited.takes_parts:
        return Decision(awaited, source, finding=Finding.TOO_LITTLE)
    taken = min(amount_minor, awaited.amount_minor)
    return Decision(awaited, source, taken, Finding.TOO_MUCH if taken < amount_minor else None)
