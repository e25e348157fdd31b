"""Rates of exchange of the demo market: invented, of the right size, moving a little from month to month."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

SOURCE = "Demo market (invented)"

# Units to one euro, 120, 60, 30, 7 and 0 days before the seeding.
_PER_EURO = {
    "BRL": ("6.31", "6.24", "6.22", "6.18", "6.20"),
    "CHF": ("0.951", "0.948", "0.944", "0.946", "0.947"),
    "CNY": ("7.72", "7.76", "7.83", "7.81", "7.80"),
    "GBP": ("0.853", "0.858", "0.861", "0.859", "0.860"),
    "JPY": ("161.4", "163.2", "166.1", "164.7", "165.0"),
    "MXN": ("19.82", "20.05", "20.31", "20.18", "20.12"),
    "SAR": ("4.05", "4.07", "4.10", "4.09", "4.09"),
    "TWD": ("34.6", "34.9", "35.3", "35.1", "35.0"),
    "USD": ("1.080", "1.084", "1.093", "1.091", "1.090"),
}
_DAYS_AGO = (120, 60, 30, 7, 0)
APART_DAYS = 5


def sample_rates(today: date, since: int = _DAYS_AGO[0]) -> list[dict[str, object]]:
    """Rows of dated rates from the euro: every five days, so that none is ever too old, from so many days ago on."""
    return [
        {
            "base": "EUR",
            "quote": currency,
            "on_date": today - timedelta(days=days),
            "rate": _between([Decimal(rate) for rate in rates], days),
            "source": SOURCE,
        }
        for currency, rates in _PER_EURO.items()
        for days in range(since, -1, -APART_DAYS)
    ]


def _between(rates: Sequence[Decimal], days: int) -> Decimal:
    """The rate of a day: on the line between the days before and after it that are told."""
    for (older, before), (newer, after) in pairwise(zip(_DAYS_AGO, rates, strict=True)):
        if newer <= days <= older:
            exact = after + (before - after) * (days - newer) / (older - newer)
            return exact.quantize(before)
    raise ValueError(f"no rate is told of {days} days ago")
