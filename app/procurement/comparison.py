"""Opened quotes side by side in one currency. Pure: it is given amounts already converted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Offer:
    """What a quote asks in all, per line and for extras, in minor units of the comparison's currency."""

    quote_id: UUID
    line_minor: Mapping[UUID, int]
    extras_minor: int
    lead_time_days: int
    valid_until: date
    incoterm: str
    incoterm_place: str

    @property
    def total_minor(self) -> int:
        """Lines and extras together."""
        return sum(self.line_minor.values()) + self.extras_minor


@dataclass(frozen=True, slots=True)
class Standing:
    """How one quote stands among the others. `rank` counts complete and valid quotes only; equal totals share a rank."""

    quote_id: UUID
    total_minor: int
    rank: int | None
    missing: tuple[UUID, ...]
    expired: bool
    fastest: bool
    incoterm_differs: bool

    @property
    def complete(self) -> bool:
        """Whether every line is priced."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison. `best` names, per line, the quotes with the lowest price among those still valid."""

    standings: tuple[Standing, ...]
    best: Mapping[UUID, frozenset[UUID]]


def compare(
    lines: Sequence[UUID], offers: Sequence[Offer], *, incoterm: str, incoterm_place: str, today: date
) -> Compared:
    """Rank quotes by their total, cheapest first; incomplete and expired ones follow unranked.

    A lower total under another delivery term may hide freight and duty, so a differing term is flagged, not judged.
    """
    valid = [offer for offer in offers if offer.valid_until >= today]
    ranked = sorted(offer.total_minor for offer in valid if all(line in offer.line_minor for line in lines))
    quickest = min((offer.lead_time_days for offer in valid), default=None)
    standings = [_standing(offer, lines, ranked, quickest, (incoterm, incoterm_place), today=today) for offer in offers]
    standings.sort(key=lambda one: (one.rank is None, one.rank or 0, one.total_minor, one.quote_id))
    best = {}
    for line in lines:
        asked = {offer.quote_id: offer.line_minor[line] for offer in valid if line in offer.line_minor}
        lowest = min(asked.values(), default=None)
        best[line] = frozenset(quote_id for quote_id, minor in asked.items() if minor == lowest)
    return Compared(tuple(standings), best)


def _standing(
    offer: Offer,
    lines: Sequence[UUID],
    ranked: list[int],
    quickest: int | None,
    terms: tuple[str, str],
    *,
    today: date,
) -> Standing:
    missing = tuple(line for line in lines if line not in offer.line_minor)
    expired = offer.valid_until < today
    place = offer.incoterm_place.casefold().strip() != terms[1].casefold().strip()
    return Standing(
        quote_id=offer.quote_id,
        total_minor=offer.total_minor,
        rank=None if missing or expired else ranked.index(offer.total_minor) + 1,
        missing=missing,
        expired=expired,
        fastest=not expired and offer.lead_time_days == quickest,
        incoterm_differs=offer.incoterm != terms[0] or place,
    )
