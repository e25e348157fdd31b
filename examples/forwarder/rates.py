"""A forwarder's tariff, as it might come out of his own system."""

from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]


def tariff(version: int) -> list[Json]:
    """Full and part loads from Ningbo to Hamburg. Amounts are in cents; a higher version replaces the one before."""
    today = datetime.now(UTC).date()
    lane: Json = {
        "version": version,
        "from_place": "CNNGB",
        "to_place": "DEHAM",
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=60)).isoformat(),
        "transit_days_min": 31,
        "transit_days_max": 35,
        "currency": "USD",
    }
    return [
        lane
        | {
            "reference": "EXAMPLE-FCL-NGB-HAM",
            "mode": "sea_fcl",
            "service": "Example Forwarding, weekly",
            "containers": {"20DC": 145000, "40HC": 245000},
            "surcharges": [
                {"code": "BAF", "basis": "container", "amount": "18500"},
                {"code": "THC_DESTINATION", "basis": "container", "amount": "26000"},
                {"code": "DOC", "basis": "shipment", "amount": "5500"},
            ],
        },
        lane
        | {
            "reference": "EXAMPLE-LCL-NGB-HAM",
            "mode": "sea_lcl",
            "service": "Example Forwarding, groupage",
            "minimum_minor": 8000,
            "breaks": [{"from_quantity": "0", "per_unit_minor": "6800"}],
        },
    ]


def wrong_card() -> Json:
    """What a slip of the keyboard makes: a price below nothing."""
    return tariff(1)[1] | {"reference": "EXAMPLE-SLIP", "breaks": [{"from_quantity": "0", "per_unit_minor": "-6800"}]}
