"""How people and machines get in: passwords, second factors, signed-in sessions, API clients."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id


class Credential(Base):
    """A person's password (Argon2id) and second factor. The TOTP seed is sealed with the installation's key."""

    __tablename__ = "credentials"
    __table_args__ = (
        CheckConstraint("totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL", name="confirmed_seed_exists"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    password_changed_at: Mapped[CreatedAt]
    email_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # The last time step a code was accepted for: no code is good twice.
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """One of ten codes that replace the second factor once each."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("person_id", "digest"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignIn(Base):
    """A signed-in session of a person, the family of its refresh tokens. Ended, its access tokens are refused at once."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),
        Index("ix_sign_ins_person_id", "person_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    address: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    end_reason: Mapped[str | None] = mapped_column(String(20))


class RefreshToken(Base):
    """One refresh token of a session, by digest. Used once; used twice, it ends the session."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        UniqueConstraint("digest"),
        # Of one session, one token is unused at a time: two refreshes at once cannot both win.
        Index(
            "uq_refresh_tokens_sign_in_id_unused",
            "sign_in_id",
            unique=True,
            postgresql_where=text("used_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    sign_in_id: Mapped[UUID] = mapped_column(ForeignKey("sign_ins.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    issued_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LoginThrottle(Base):
    """How often guessing failed lately from one place. The key is a keyed digest: no address, no account is readable."""

    __tablename__ = "login_throttles"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures_counted"),)

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    failed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    blocked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class MailToken(Base):
    """A link that was mailed to a person: to set a new password, or to confirm the address. Usable once."""

    __tablename__ = "mail_tokens"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("purpose IN ('password_reset', 'email_confirmation')", name="purpose_known"),
        Index("ix_mail_tokens_person_id", "person_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApiClient(Base):
    """A machine of an organization, with the permissions (scopes) it was given."""

    __tablename__ = "api_clients"
    __table_args__ = (
        CheckConstraint("cardinality(scopes) > 0", name="has_scopes"),
        CheckConstraint("NOT scopes && ARRAY['approve', 'operate']::varchar[]", name="decides_nothing"),
        Index("ix_api_clients_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(120))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class ClientSecret(Base):
    """A secret of an API client, by digest. Two may be valid while the client is moved from one to the other."""

    __tablename__ = "client_secrets"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_client_secrets_client_id", "client_id"))

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("api_clients.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
