"""The tolerance groups that a moulded part is ordered by."""

from functools import cache

from app.reference.loading import csv_rows


@cache
def tolerance_groups() -> tuple[str, ...]:
    """The tolerance groups of ISO 20457 / DIN 16742, tightest first."""
    return tuple(row["code"] for row in sorted(csv_rows("tolerance_groups.csv"), key=lambda row: int(row["rank"])))
