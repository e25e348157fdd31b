"""Rates of exchange of the demo market: invented, of the right size, moving a little from month to month."""

from datetime import date, timedelta
from decimal import Decimal

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


def sample_rates(today: date) -> list[dict[str, object]]:
    """Rows of dated rates from the euro."""
    return [
        {
            "base": "EUR",
            "quote": currency,
            "on_date": today - timedelta(days=days),
            "rate": Decimal(rate),
            "source": SOURCE,
        }
        for currency, rates in _PER_EURO.items()
        for days, rate in zip(_DAYS_AGO, rates, strict=True)
    ]
