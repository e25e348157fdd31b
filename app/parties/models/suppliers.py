"""A supplier's public page: what it can do, its machines, its certificates, and how quickly it answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id
from app.kit.locales import LOCALES
from app.parties.states import EmployeesBand

_LOCALES = ", ".join(f"'{locale}'" for locale in LOCALES)
_BANDS = ", ".join(f"'{band}'" for band in EmployeesBand)


class SupplierProfile(Base):
    """What a supplier says of itself. Codes are those of `data/supplier_terms.yaml`; the description is a text of the
    language room under `("supplier_profile", organization_id)`. Everything here is public while the supplier is listed.
    """

    __tablename__ = "supplier_profiles"
    __table_args__ = (
        CheckConstraint(f"source_locale IN ({_LOCALES})", name="source_locale_known"),
        CheckConstraint(f"employees IN ({_BANDS})", name="employees_known"),
        CheckConstraint("founded_year BETWEEN 1600 AND 2200", name="founded_year_sane"),
        CheckConstraint("tolerance_group BETWEEN 1 AND 9", name="tolerance_group_known"),
        CheckConstraint(
            "max_mould_mass_kg > 0 AND max_mould_length_mm > 0 AND max_mould_width_mm > 0 AND max_mould_height_mm > 0 "
            "AND max_clamp_force_kn > 0 AND moulds_per_year > 0",
            name="limits_positive",
        ),
        Index("ix_supplier_profiles_capabilities", "capabilities", postgresql_using="gin"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    source_locale: Mapped[str] = mapped_column(String(8))
    capabilities: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default=text("'{}'"))
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(3)), server_default=text("'{}'"))
    founded_year: Mapped[int | None] = mapped_column(SmallInteger)
    employees: Mapped[str | None] = mapped_column(String(12))
    max_mould_mass_kg: Mapped[Decimal | None] = mapped_column(Numeric(9, 1))
    max_mould_length_mm: Mapped[Decimal | None] = mapped_column(Numeric(8, 1))
    max_mould_width_mm: Mapped[Decimal | None] = mapped_column(Numeric(8, 1))
    max_mould_height_mm: Mapped[Decimal | None] = mapped_column(Numeric(8, 1))
    max_clamp_force_kn: Mapped[Decimal | None] = mapped_column(Numeric(9, 1))
    moulds_per_year: Mapped[int | None] = mapped_column(Integer)
    tolerance_group: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class SupplierMachine(Base):
    """A machine, or several alike. `figures` maps a code of the terms to a number in that figure's unit."""

    __tablename__ = "supplier_machines"
    __table_args__ = (
        UniqueConstraint("organization_id", "position"),
        CheckConstraint("year BETWEEN 1900 AND 2200", name="year_sane"),
        CheckConstraint("count BETWEEN 1 AND 1000", name="count_sane"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(40))
    make: Mapped[str] = mapped_column(String(80))
    model: Mapped[str] = mapped_column(String(80))
    year: Mapped[int | None] = mapped_column(SmallInteger)
    count: Mapped[int] = mapped_column(SmallInteger)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class SupplierCertificate(Base):
    """A certificate as its holder states it. It is shown as valid up to and including `expires_on`.

    `told_days` is the last warning that was given: 60 or 14 days before the end, 0 when it had ended. `file_url` is the
    address of the published file, pushed down by the documents room.
    """

    __tablename__ = "supplier_certificates"
    __table_args__ = (
        CheckConstraint("expires_on > issued_on", name="expires_after_issue"),
        CheckConstraint("told_days IN (60, 14, 0)", name="told_days_known"),
        CheckConstraint("(document_id IS NULL) = (file_url IS NULL)", name="file_has_address"),
        Index(
            "uq_supplier_certificates_number",
            "organization_id",
            "scheme",
            "number",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_supplier_certificates_expires_on", "expires_on", postgresql_where=text("removed_at IS NULL")),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    scheme: Mapped[str] = mapped_column(String(20, collation="C"))
    number: Mapped[str] = mapped_column(String(80))
    issuer: Mapped[str] = mapped_column(String(120))
    scope: Mapped[str | None] = mapped_column(String(300))
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date] = mapped_column(Date)
    document_id: Mapped[UUID | None]
    file_url: Mapped[str | None] = mapped_column(String(200))
    told_days: Mapped[int | None] = mapped_column(SmallInteger)
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class ResponseCase(Base):
    """That a supplier was asked, and when it first answered. Pushed down by the room of deals, which alone knows of what.

    A case counts once nobody can answer any more (`due_at`), so that the public figures tell nothing of what is running.
    """

    __tablename__ = "response_cases"
    __table_args__ = (
        CheckConstraint("answered_at >= asked_at", name="answered_after_asked"),
        Index("ix_response_cases_supplier_id_asked_at", "supplier_id", "asked_at"),
    )

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
