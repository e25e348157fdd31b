"""What all routes of freight may answer."""

from app.kit.errors import (
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotFound,
    Unauthenticated,
)

ONCE = (IdempotencyKeyMissing, IdempotencyKeyInFlight, IdempotencyKeyReused)
READ = (Unauthenticated, Forbidden, NotFound)
PRIVATE = "private, no-store"
