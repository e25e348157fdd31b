"""The inbox of the payment provider's events: ids, and what became of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.provider.states import EventState
from app.kit.db.base import Base, CreatedAt, Id, Moment, one_of


class ProviderEvent(Base):
    """One event. What it says of its thing is not kept: how that stands is asked.

    `account` is a supplier's account at the provider, when it happened there; `payment` the payment that its thing is or names.
    `owner` is the part of the house that followed.
    """

    __tablename__ = "provider_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        CheckConstraint(f"state IN ({one_of(EventState)})", name="state_known"),
        CheckConstraint("provider IN ('stripe')", name="provider_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'applied') = (owner IS NOT NULL)", name="applied_has_owner"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        Index("ix_provider_events_due", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_provider_events_ended", "received_at", postgresql_where=text("state <> 'waiting'")),
        Index("ix_provider_events_payment", "payment", postgresql_where=text("payment IS NOT NULL")),
    )

    id: Mapped[Id]
    provider: Mapped[str] = mapped_column(String(10))
    event_id: Mapped[str] = mapped_column(String(120, collation="C"))
    type: Mapped[str] = mapped_column(String(120))
    account: Mapped[str | None] = mapped_column(String(120))
    thing: Mapped[str | None] = mapped_column(String(120))
    payment: Mapped[str | None] = mapped_column(String(120))
    happened_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(8), server_default=text("'waiting'"))
    owner: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    next_attempt_at: Mapped[CreatedAt]
    received_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
