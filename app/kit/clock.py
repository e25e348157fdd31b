"""The one source of "now" in Python. Rules never read a clock: they are given the time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Boolean, CheckConstraint, Interval, true
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base


class ClockOffset(Base):
    """By how much PostgreSQL's `app_now()` is moved: at most one row, writable by `owner` alone, empty outside tests."""

    __tablename__ = "clock_offset"
    __table_args__ = (CheckConstraint("only_row", name="only_row"),)

    only_row: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=true())
    moved_by: Mapped[timedelta] = mapped_column(Interval)


class Clock:
    """Wall-clock time in UTC, with an offset that only tests move."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        return datetime.now(UTC) + self.offset


def request_now(request: Request) -> datetime:
    """The moment this request is handled at."""
    clock: Clock = request.app.state.clock
    return clock.now()


Now = Annotated[datetime, Depends(request_now)]
