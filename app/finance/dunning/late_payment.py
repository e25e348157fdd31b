"""What the law gives a creditor who is paid late: read from `data/late_payment.yaml`, each figure with its source, and from what
the operator has loaded, which goes before it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data" / "late_payment.yaml"


REFERENCE = "EU"
"""Whose rate the reference rate is."""


@dataclass(frozen=True, slots=True)
class LoadedRate:
    """Of `REFERENCE` the reference rate of the half-year that begins on a day; of a country its points from that day on."""

    country: str
    valid_from: date
    rate_bp: int


@dataclass(frozen=True, slots=True)
class LatePayment:
    """Rates in basis points a year; `reference_bp` by the first day of the half-year for which it holds. `points` are a country's
    own, the latest first: (from which day on, how many above the reference rate)."""

    edition: str
    source: str
    margin_bp: int
    fixed_sum_minor: int
    fixed_sum_currency: str
    reference_bp: dict[date, int]
    points: tuple[tuple[date, int], ...] = ()

    def rate_bp(self, day: date) -> int | None:
        """The yearly interest on a day; None where the half-year's reference rate is not known."""
        found = self.reference_bp.get(half_year(day))
        return None if found is None else found + self.points_bp(day)

    def points_bp(self, day: date) -> int:
        """How many points above the reference rate: the country's own, or what the Directive gives at least."""
        return next((points for first, points in self.points if first <= day), self.margin_bp)

    def fixed_sum_in(self, currency: str) -> int:
        """The fixed sum for an invoice in a currency; nothing in those for which it names none."""
        return self.fixed_sum_minor if currency == self.fixed_sum_currency else 0

    def with_loaded(self, rates: Iterable[LoadedRate], country: str) -> "LatePayment":
        """The same by what the operator has loaded, for creditors of a country."""
        loaded = list(rates)
        reference = {one.valid_from: one.rate_bp for one in loaded if one.country == REFERENCE}
        points = sorted(((one.valid_from, one.rate_bp) for one in loaded if one.country == country), reverse=True)
        return replace(self, reference_bp=self.reference_bp | reference, points=tuple(points))


def half_year(day: date) -> date:
    """The first day of its half-year."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


@cache
def late_payment() -> LatePayment:
    """What this release ships."""
    read = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return LatePayment(
        edition=read["edition"],
        source=read["source"],
        margin_bp=read["margin_bp"],
        fixed_sum_minor=read["fixed_sum_minor"],
        fixed_sum_currency=read["fixed_sum_currency"],
        reference_bp={row["from"]: row["rate_bp"] for row in read["reference_rates"]},
    )
