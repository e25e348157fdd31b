"""Points in time that the room's tests share."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
