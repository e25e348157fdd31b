"""Tables of the messages room. Addresses of people stand in `mails` alone; what is told stands as a notice and parameters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, LocaleTag


class Notification(Base):
    """One notice to one person, rendered when it is read. At most one per person, event and notice."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("person_id", "event_id", "notice"),
        Index("ix_notifications_organization_id_person_id_id", "organization_id", "person_id", "id"),
        Index(
            "ix_notifications_unread", "organization_id", "person_id", "id", postgresql_where=text("read_at IS NULL")
        ),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    notice: Mapped[str] = mapped_column(String(80))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[UUID]
    event_id: Mapped[UUID]
    created_at: Mapped[CreatedAt]
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class NoticePreference(Base):
    """The groups of notices of which a person wants no mails from one organization. No row: all are mailed."""

    __tablename__ = "notice_preferences"
    __table_args__ = (CheckConstraint("NOT muted_groups && ARRAY['security']::varchar[]", name="security_is_mailed"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    muted_groups: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class Mail(Base):
    """One mail. Its text is made when it is sent, so that links with secrets in them are stored nowhere."""

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("recipient", "event_id", "notice"),
        UniqueConstraint("message_id"),
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'suppressed')", name="state_known"),
        CheckConstraint("state NOT IN ('sending', 'sent') OR message_id IS NOT NULL", name="sent_under_an_id"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')", name="locale_known"
        ),
        Index("ix_mails_organization_id_id", "organization_id", "id"),
        Index("ix_mails_unfinished", "next_attempt_at", postgresql_where=text("state IN ('queued', 'sending')")),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(120))
    locale: Mapped[LocaleTag]
    time_zone: Mapped[str] = mapped_column(String(64))
    notice: Mapped[str] = mapped_column(String(80))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    entity: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[UUID]
    event_id: Mapped[UUID]
    message_id: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10), server_default="queued")
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[CreatedAt]
    last_error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WebhookEndpoint(Base):
    """Where an organization wants to be told of events. Secrets are sealed; two sign while a rotation overlaps."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        UniqueConstraint("id", "organization_id"),
        CheckConstraint("state IN ('enabled', 'disabled', 'gone')", name="state_known"),
        CheckConstraint("cardinality(event_types) BETWEEN 1 AND 50", name="has_event_types"),
        CheckConstraint(
            "(previous_secret_sealed IS NULL) = (previous_secret_until IS NULL)", name="previous_secret_ends"
        ),
        Index("ix_webhook_endpoints_organization_id_id", "organization_id", "id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), server_default="")
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(120)))
    state: Mapped[str] = mapped_column(String(10), server_default="enabled")
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret_since: Mapped[CreatedAt]
    previous_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class WebhookDelivery(Base):
    """One event on its way to one endpoint. The body is made from the event, which never changes, so retries are alike."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        UniqueConstraint("id", "organization_id"),
        ForeignKeyConstraint(
            ["endpoint_id", "organization_id"], ["webhook_endpoints.id", "webhook_endpoints.organization_id"]
        ),
        CheckConstraint("state IN ('waiting', 'sending', 'delivered', 'dead')", name="state_known"),
        CheckConstraint("state <> 'delivered' OR delivered_at IS NOT NULL", name="delivered_has_time"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_deliveries_unfinished",
            "next_attempt_at",
            postgresql_where=text("state IN ('waiting', 'sending')"),
        ),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_events.id"))
    event_type: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    # Tries since the event happened or was last replayed; all tries ever stand in `webhook_attempts`.
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[CreatedAt]
    last_status: Mapped[int | None] = mapped_column(Integer)
    last_error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[CreatedAt]
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WebhookAttempt(Base):
    """One try to deliver, and what the receiver answered: the log that its programmer reads."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["delivery_id", "organization_id"], ["webhook_deliveries.id", "webhook_deliveries.organization_id"]
        ),
        CheckConstraint("(status IS NULL) <> (error IS NULL)", name="answered_or_failed"),
        CheckConstraint("duration_ms >= 0", name="took_time"),
        Index("ix_webhook_attempts_delivery_id_id", "delivery_id", "id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    delivery_id: Mapped[UUID]
    attempted_at: Mapped[CreatedAt]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(80))
    response_body: Mapped[str | None] = mapped_column(String(1000))
