"""What the law gives a creditor who is paid late: read from `data/late_payment.yaml`, each figure with its source."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data" / "late_payment.yaml"


@dataclass(frozen=True, slots=True)
class LatePayment:
    """Rates in basis points a year; `reference_bp` by the first day of the half-year for which it holds."""

    edition: str
    source: str
    margin_bp: int
    fixed_sum_minor: int
    fixed_sum_currency: str
    reference_bp: dict[date, int]

    def rate_bp(self, day: date) -> int | None:
        """The yearly interest on a day; None where the half-year's reference rate is not known."""
        found = self.reference_bp.get(half_year(day))
        return None if found is None else found + self.margin_bp


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
