"""Tables of demand sensing: who lets his demand be counted, what was suggested, and who stood behind what still stands."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
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
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.pooling.sensing.states import SavingSource, SuggestionState


class DemandConsent(Base):
    """One decision of an organization on whether its demand may be counted; the highest version holds. Append-only."""

    __tablename__ = "demand_consents"
    __table_args__ = (
        UniqueConstraint("organization_id", "version"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    version: Mapped[int] = mapped_column(Integer)
    given: Mapped[bool] = mapped_column(Boolean)
    decided_at: Mapped[CreatedAt]


class DemandSuggestion(Base):
    """What many buyers asked for alike. It names no buyer, its figures never change, and it only goes from current to past.

    `size_steps` are steps of the R10 series, the longest side first: 27 is 500 mm. `quantity` has two significant digits.
    """

    __tablename__ = "demand_suggestions"
    __table_args__ = (
        CheckConstraint(f"state IN ({one_of(SuggestionState)})", name="state_known"),
        CheckConstraint("(state = 'past') = (ended_at IS NOT NULL)", name="past_has_time"),
        CheckConstraint("buyers >= 5", name="buyers_are_many"),
        CheckConstraint("left_since BETWEEN 0 AND buyers", name="left_were_there"),
        CheckConstraint("left_since = 0 OR state = 'past'", name="nobody_left_what_stands"),
        CheckConstraint("unit IN ('H87', 'SET', 'KGM', 'MTR')", name="unit_known"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("cardinality(size_steps) BETWEEN 1 AND 3", name="size_has_sides"),
        CheckConstraint(
            "expected_saving_bp BETWEEN 100 AND 9900 AND expected_saving_bp % 100 = 0", name="saving_whole_percent"
        ),
        CheckConstraint("(expected_saving_bp IS NULL) = (saving_source IS NULL)", name="saving_has_source"),
        CheckConstraint(f"saving_source IN ({one_of(SavingSource)})", name="saving_source_known"),
        CheckConstraint("asked_until >= asked_since", name="asked_in_order"),
        Index(
            "uq_demand_suggestions_current",
            "category_code",
            "steel",
            "unit",
            "size_steps",
            unique=True,
            postgresql_where=text("state = 'current'"),
        ),
        Index("ix_demand_suggestions_state_id", "state", "id"),
        Index("ix_demand_suggestions_category_code_id", "category_code", "id"),
        Index("ix_demand_suggestions_made_at", "made_at"),
    )

    id: Mapped[Id]
    category_code: Mapped[str] = mapped_column(ForeignKey("categories.code"))
    steel: Mapped[str] = mapped_column(String(40, collation="C"))
    unit: Mapped[str] = mapped_column(String(3))
    size_steps: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    buyers: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    expected_saving_bp: Mapped[int | None] = mapped_column(Integer)
    saving_source: Mapped[str | None] = mapped_column(String(12))
    asked_since: Mapped[date] = mapped_column(Date)
    asked_until: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), server_default=text("'current'"))
    left_since: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    made_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DemandMember(Base):
    """That an organization's demand is in a suggestion. Nobody reads it but the organization itself and the job; it is deleted
    when the consent ends, and a quarter after the suggestion was made unless it still stands."""

    __tablename__ = "demand_members"
    __table_args__ = (Index("ix_demand_members_organization_id", "organization_id"),)

    suggestion_id: Mapped[UUID] = mapped_column(ForeignKey("demand_suggestions.id"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
