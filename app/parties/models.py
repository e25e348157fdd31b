"""Tables of the parties room: organizations, people, memberships."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id
from app.kit.locales import LOCALES
from app.parties.states import MemberRole, OrganizationRole, UnitSystem


def _one_of(values: object) -> str:
    return ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]


class Organization(Base):
    """A firm, as others may know it: names, country, roles, the verification badge. Private facts stand elsewhere.

    `listed` organizations can be seen by everybody; the others by every signed-in actor, who meets them in a deal.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint(
            f"roles <@ ARRAY[{_one_of(OrganizationRole)}]::varchar[] AND cardinality(roles) > 0", name="roles_known"
        ),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
        CheckConstraint("code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="code_is_slug"),
        CheckConstraint(f"locale IN ({_one_of(LOCALES)})", name="locale_known"),
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
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class Person(Base):
    """A human being with a login. Preferences are his own, whatever organization he acts for."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint(f"locale IN ({_one_of(LOCALES)})", name="locale_known"),
        CheckConstraint(f"unit_system IN ({_one_of(UnitSystem)})", name="unit_system_known"),
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
            f"roles <@ ARRAY[{_one_of(MemberRole)}]::varchar[] AND cardinality(roles) > 0", name="roles_known"
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
