"""Sources of webhooks, and what came from them: the inbox."""

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

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.messages.incoming.states import MessageState


class WebhookSource(Base):
    """A system whose signed messages are taken for the organization, with the permissions (scopes) it was given.

    Secrets are sealed; two are good while a rotation overlaps. What a machine made ends with that machine.
    """

    __tablename__ = "webhook_sources"
    __table_args__ = (
        UniqueConstraint("id", "organization_id"),
        CheckConstraint("cardinality(scopes) BETWEEN 1 AND 30", name="has_scopes"),
        CheckConstraint("NOT scopes && ARRAY['approve', 'operate']::varchar[]", name="decides_nothing"),
        CheckConstraint(
            "(previous_secret_sealed IS NULL) = (previous_secret_until IS NULL)", name="previous_secret_ends"
        ),
        Index("ix_webhook_sources_organization_id_id", "organization_id", "id"),
        Index("ix_webhook_sources_client_id", "client_id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(120))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret_since: Mapped[CreatedAt]
    previous_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Who made it: a person, or a machine.
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_clients.id"))
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # When people were last told that its messages are refused.
    refusal_told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class IncomingMessage(Base):
    """One message as it came, and what became of it. Of one source each `webhook_id` comes once."""

    __tablename__ = "incoming_messages"
    __table_args__ = (
        UniqueConstraint("source_id", "webhook_id"),
        ForeignKeyConstraint(
            ["source_id", "organization_id"], ["webhook_sources.id", "webhook_sources.organization_id"]
        ),
        CheckConstraint(f"state IN ({one_of(MessageState)})", name="state_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state IN ('refused', 'failed')) = (problem IS NOT NULL)", name="refused_has_reason"),
        CheckConstraint("length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        Index("ix_incoming_messages_source_id_id", "source_id", "id"),
        Index("ix_incoming_messages_ended", "received_at", postgresql_where=text("state <> 'waiting'")),
        Index("ix_incoming_messages_waiting", "source_id", postgresql_where=text("state = 'waiting'")),
        Index("ix_incoming_messages_due", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    source_id: Mapped[UUID]
    webhook_id: Mapped[str] = mapped_column(String(255, collation="C"))
    type: Mapped[str] = mapped_column(String(120))
    # The very bytes that were signed.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[str] = mapped_column(String(8), server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[CreatedAt]
    # What its handler tells of it, in codes.
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Why it was refused or given up, in codes.
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    received_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
