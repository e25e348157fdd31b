"""Tables of dunning: what an issuer has set, what was sent, and what was claimed. Letters and claims are append-only."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.dunning.states import Charges, FixedBy, Tone
from app.kit.db.base import Base, CreatedAt, Currency, Id, LocaleTag, Moment, one_of
from app.kit.locales import LOCALES

_SIDES = ("issuer_id", "recipient_id")


class DunningSettings(Base):
    """Whether an issuer's debtors are reminded, and what he agreed on with them. Off until he says so."""

    __tablename__ = "dunning_settings"
    __table_args__ = (
        CheckConstraint("agreed_interest_bp BETWEEN 1 AND 3000", name="interest_in_range"),
    )  # fmt: skip

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    agreed_interest_bp: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))


class LatePaymentRate(Base):
    """What the operator has loaded: of `EU` the reference rate of a half-year; of a member state the points above it from a
    half-year on. It goes before what ships with the house."""

    __tablename__ = "late_payment_rates"
    __table_args__ = (
        UniqueConstraint("country", "valid_from"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
        CheckConstraint("rate_bp BETWEEN -500 AND 3000", name="rate_in_range"),
        CheckConstraint(
            "extract(day FROM valid_from) = 1 AND extract(month FROM valid_from) IN (1, 7)", name="from_a_half_year_on"
        ),
    )

    id: Mapped[Id]
    country: Mapped[str] = mapped_column(String(2, collation="C"))
    valid_from: Mapped[date] = mapped_column(Date)
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(String(300))
    loaded_at: Mapped[CreatedAt]


class DunningStep(Base):
    """A step: from how many days overdue on a letter is written, how it sounds, what it claims."""

    __tablename__ = "dunning_steps"
    __table_args__ = (
        CheckConstraint("step BETWEEN 1 AND 5 AND days_overdue BETWEEN 1 AND 365", name="in_range"),
        CheckConstraint(f"tone IN ({one_of(Tone)})", name="tone_known"),
        CheckConstraint(f"charges IN ({one_of(Charges)})", name="charges_known"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("dunning_settings.organization_id"), primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    days_overdue: Mapped[int] = mapped_column(SmallInteger)
    tone: Mapped[str] = mapped_column(String(8))
    charges: Mapped[str] = mapped_column(String(9))


class DunningNotice(Base):
    """A letter to a debtor over all that he has let become overdue. `letterhead` is who wrote to whom and where to pay, as it was
    on that day. Append-only."""

    __tablename__ = "dunning_notices"
    __table_args__ = (
        UniqueConstraint("id", *_SIDES),
        # One a day to each: also if two workers write at once.
        UniqueConstraint(*_SIDES, "issued_on"),
        Index("ix_dunning_notices_issuer_id_id", "issuer_id", "id"),
        Index("ix_dunning_notices_recipient_id_id", "recipient_id", "id"),
        CheckConstraint(f"tone IN ({one_of(Tone)})", name="tone_known"),
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
        CheckConstraint("issuer_id <> recipient_id", name="not_oneself"),
    )

    id: Mapped[Id]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    tone: Mapped[str] = mapped_column(String(8))
    locale: Mapped[LocaleTag]
    issued_on: Mapped[date] = mapped_column(Date)
    letterhead: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]


class DunningLine(Base):
    """An item in a letter, as it stood on that day. It is taken to a step once. Append-only."""

    __tablename__ = "dunning_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["notice_id", *_SIDES], ["dunning_notices.id", "dunning_notices.issuer_id", "dunning_notices.recipient_id"]
        ),
        ForeignKeyConstraint(
            ["item_id", *_SIDES], ["open_items.id", "open_items.issuer_id", "open_items.recipient_id"]
        ),
        Index("uq_dunning_lines_step", "item_id", "step", unique=True, postgresql_where=text("reached")),
        Index("ix_dunning_lines_item_id", "item_id"),
        CheckConstraint("step BETWEEN 0 AND 5 AND (step > 0 OR NOT reached)", name="step_in_range"),
        CheckConstraint("open_minor > 0 AND days_overdue > 0", name="something_overdue"),
        CheckConstraint("interest_minor >= 0 AND fixed_minor >= 0", name="claims_not_negative"),
    )

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    item_id: Mapped[UUID]
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(30, collation="C"))
    currency: Mapped[Currency]
    invoiced_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    days_overdue: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    open_minor: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(SmallInteger)
    reached: Mapped[bool] = mapped_column(Boolean)
    interest_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    fixed_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class LatePaymentClaim(Base):
    """What an issuer claims because an invoice was paid late, as it was reckoned on that day. `id` is that of its open item,
    which says what is left of it; `item_id` that of the invoice's. `first_on` and `last_on` count too. Append-only."""

    __tablename__ = "late_payment_claims"
    __table_args__ = (
        ForeignKeyConstraint(["id", *_SIDES], ["open_items.id", "open_items.issuer_id", "open_items.recipient_id"]),
        ForeignKeyConstraint(
            ["item_id", *_SIDES], ["open_items.id", "open_items.issuer_id", "open_items.recipient_id"]
        ),
        UniqueConstraint("id", *_SIDES),
        Index("ix_late_payment_claims_item_id", "item_id"),
        Index("ix_late_payment_claims_issuer_id_id", "issuer_id", "id"),
        Index("ix_late_payment_claims_recipient_id_id", "recipient_id", "id"),
        CheckConstraint("due_on < first_on AND first_on <= last_on AND last_on <= claimed_on", name="days_in_order"),
        CheckConstraint(
            "interest_minor >= 0 AND fixed_minor >= 0 AND interest_minor + fixed_minor > 0", name="something_claimed"
        ),
        CheckConstraint("(fixed_minor > 0) = (fixed_by IS NOT NULL)", name="fixed_by_somebody"),
        CheckConstraint(f"fixed_by IN ({one_of(FixedBy)})", name="fixed_by_known"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
    )

    id: Mapped[Id]
    item_id: Mapped[UUID]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    due_on: Mapped[date] = mapped_column(Date)
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    claimed_on: Mapped[date] = mapped_column(Date)
    interest_minor: Mapped[int] = mapped_column(BigInteger)
    fixed_minor: Mapped[int] = mapped_column(BigInteger)
    fixed_by: Mapped[str | None] = mapped_column(String(6))
    country: Mapped[str] = mapped_column(String(2, collation="C"))
    source: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]


class LatePaymentClaimLine(Base):
    """Days of a claim on which the same amount was owed at the same rate. `reference_bp` is the half-year's reference rate, the
    rest of `rate_bp` the points above it. Append-only."""

    __tablename__ = "late_payment_claim_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["claim_id", *_SIDES],
            ["late_payment_claims.id", "late_payment_claims.issuer_id", "late_payment_claims.recipient_id"],
        ),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint("principal_minor > 0 AND rate_bp >= 0 AND interest_minor >= 0", name="not_negative"),
    )

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    principal_minor: Mapped[int] = mapped_column(BigInteger)
    reference_bp: Mapped[int] = mapped_column(SmallInteger)
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    interest_minor: Mapped[int] = mapped_column(BigInteger)
