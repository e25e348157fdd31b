"""Organizations, what is known of them, and the people who belong to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.kit.locales import LOCALES
from app.parties.states import MemberRole, OrganizationRole, UnitSystem, VerificationOutcome


class Organization(Base):
    """A firm, as others may know it: names, country, roles, the verification badge. Private facts stand elsewhere.

    `listed` organizations can be seen by everybody; the others by every signed-in actor, who meets them in a deal.
    `certifications` are the schemes of its valid certificates, kept with every change of them and by a daily look.
    `sandbox_of` names the real organization whose programs try things out here; it never changes, and nobody of another sandbox
    or of the real market deals with this one.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(
            f"roles <@ ARRAY[{one_of(OrganizationRole)}]::varchar[] AND cardinality(roles) > 0", name="roles_known"
        ),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
        CheckConstraint("code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="code_is_slug"),
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
        CheckConstraint(
            "sandbox_of IS NULL OR (NOT listed AND verified_at IS NULL AND NOT 'operator' = ANY (roles))",
            name="sandbox_is_no_market",
        ),
        Index("ix_organizations_sandbox_of", "sandbox_of", postgresql_where=text("sandbox_of IS NOT NULL")),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60, collation="C"))
    legal_name_local: Mapped[str] = mapped_column(String(200))
    legal_name_latin: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    city: Mapped[str] = mapped_column(String(120))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    locale: Mapped[str] = mapped_column(String(8))
    listed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    certifications: Mapped[list[str]] = mapped_column(ARRAY(String(20)), server_default=text("'{}'"))
    sandbox_of: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class Person(Base):
    """A human being with a login. Preferences are his own, whatever organization he acts for."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
        CheckConstraint(f"unit_system IN ({one_of(UnitSystem)})", name="unit_system_known"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        Index("uq_people_email", text("lower(email)"), unique=True),
    )

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(8))
    time_zone: Mapped[str] = mapped_column(String(64), server_default=text("'UTC'"))
    unit_system: Mapped[str] = mapped_column(String(8), server_default=text("'metric'"))
    currency: Mapped[str] = mapped_column(String(3), server_default=text("'EUR'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class Membership(Base):
    """That a person belongs to an organization, with roles. Ended, never deleted: the audit log speaks of it."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(
            f"roles <@ ARRAY[{one_of(MemberRole)}]::varchar[] AND cardinality(roles) > 0", name="roles_known"
        ),
        Index(
            "uq_memberships_person_id_organization_id",
            "person_id",
            "organization_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_memberships_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    title: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class OrganizationDetails(Base):
    """What an organization tells us and the operator, and nobody else: where it sits."""

    __tablename__ = "organization_details"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    street: Mapped[str] = mapped_column(String(200))
    postal_code: Mapped[str | None] = mapped_column(String(20))
    region: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(300))


class RegistrationNumber(Base):
    """A number of a public register, checked for form and check digits.

    Two organizations may state the same number: were it unique, a stranger could block its true holder. The operator
    sees both when he verifies.
    """

    __tablename__ = "registration_numbers"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "number"),
        Index("ix_registration_numbers_kind_number", "kind", "number"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreatedAt]


class VerificationDecision(Base):
    """That the operator verified an organization, or took its badge away. Append-only."""

    __tablename__ = "verification_decisions"
    __table_args__ = (
        CheckConstraint(f"outcome IN ({one_of(VerificationOutcome)})", name="outcome_known"),
        Index("ix_verification_decisions_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(2000))
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[CreatedAt]


class Invitation(Base):
    """An invitation to join, bound to one e-mail address and usable once.

    The token in its link is computed from the id and the installation's secret; only its digest is stored.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("token_digest"),
        CheckConstraint(
            f"roles <@ ARRAY[{one_of(MemberRole)}]::varchar[] AND cardinality(roles) > 0", name="roles_known"
        ),
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ended_once"),
        Index(
            "uq_invitations_organization_id_email",
            "organization_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str] = mapped_column(String(254))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    locale: Mapped[str] = mapped_column(String(8))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
