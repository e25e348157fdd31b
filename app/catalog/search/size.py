"""About how many published listings there are: as the database last counted them, kept for a minute."""

import time
from weakref import WeakKeyDictionary

from app.kit.db.reading import Reading

KEPT_S = 60.0

# -1 before the table was looked at for the first time.
_ABOUT = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'public_products'::regclass"

_kept: WeakKeyDictionary[Reading, tuple[float, int]] = WeakKeyDictionary()


async def about_listings(reading: Reading) -> int:
    """Their number within some tenths; 0 when nobody has counted yet."""
    held = _kept.get(reading)
    if held is None or time.monotonic() - held[0] > KEPT_S:
        row = await reading.row(_ABOUT)
        held = _kept[reading] = (time.monotonic(), row[0] if row else 0)
    return held[1]
