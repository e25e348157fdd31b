"""What an amount in minor units of each currency is in the reader's: the latest rates, kept for a minute."""

import time
from collections.abc import Mapping
from decimal import Decimal
from weakref import WeakKeyDictionary

from app.kit.db.reading import Reading

KEPT_S = 60.0

_FACTORS = """
SELECT array_agg(c.currency ORDER BY c.currency), array_agg(CASE WHEN c.currency = $1 THEN 1 ELSE r.rate END * c.one_minor
    / (SELECT w.one_minor FROM currency_formats w WHERE w.currency = $1 AND w.locale = 'en') ORDER BY c.currency)
FROM currency_formats c LEFT JOIN LATERAL latest_rate(c.currency, $1) r ON true
WHERE c.locale = 'en' AND (c.currency = $1 OR r.rate IS NOT NULL)
"""

_kept: WeakKeyDictionary[Reading, dict[str, tuple[float, Mapping[str, Decimal]]]] = WeakKeyDictionary()


async def factors_to(reading: Reading, currency: str) -> Mapping[str, Decimal]:
    """By currency the factor that turns its minor units into the reader's; currencies without a rate are absent."""
    kept = _kept.setdefault(reading, {})
    held = kept.get(currency)
    if held is None or time.monotonic() - held[0] > KEPT_S:
        row = await reading.row(_FACTORS, currency)
        codes, factors = (row[0] or [], row[1] or []) if row else ([], [])
        held = kept[currency] = (time.monotonic(), dict(zip(codes, factors, strict=True)))
    return held[1]
