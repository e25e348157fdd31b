"""Tables of awards, purchase orders and milestones.

Every row names both parties, so that row-level security needs no join to know whose it is. What an order says is a
snapshot, of the quote and the inquiry, of confirmed prices and their listings, or of what a pool bought: later changes
elsewhere do not reach it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, LocaleTag, one_of
from app.procurement.order_states import (
    MilestoneAct,
    MilestoneState,
    OrderLineKind,
    OrderOrigin,
    OrderPayment,
    OrderState,
)

# A child cannot name another buyer or supplier than its order's: a foreign key says so.
PARTIES = [f"purchase_orders.{column}" for column in ("id", "buyer_id", "supplier_id")]
OF_ORDER = ["order_id", "buyer_id", "supplier_id"]
AS_CHARGED = ["confirmation_id", "buyer_id", "supplier_id", "variant_id", "currency", "quantity", "price_minor",
              "total_minor"]  # fmt: skip
_NEVER_ISSUED = one_of((OrderState.DRAFT, OrderState.AWAITING_APPROVAL))
_BEFORE_ANSWER = one_of(
    (OrderState.DRAFT, OrderState.AWAITING_APPROVAL, OrderState.ISSUED, OrderState.REJECTED, OrderState.CANCELLED)
)


class Award(Base):
    """One decision of a buyer about an inquiry. The reason is the buyer's own. Append-only."""

    __tablename__ = "awards"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        UniqueConstraint("id", "inquiry_id", "buyer_id"),
        Index("ix_awards_inquiry_id_buyer_id", "inquiry_id", "buyer_id"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    reason: Mapped[str | None] = mapped_column(String(2000))
    closes_rest: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    awarded_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    awarded_at: Mapped[CreatedAt]


class PurchaseOrder(Base):
    """An order. Legal transitions, who may make them and what may change when are held by a trigger."""

    __tablename__ = "purchase_orders"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        ForeignKeyConstraint(
            ["award_id", "inquiry_id", "buyer_id"], ["awards.id", "awards.inquiry_id", "awards.buyer_id"]
        ),
        UniqueConstraint("buyer_id", "number"),
        UniqueConstraint("id", "buyer_id", "supplier_id"),
        UniqueConstraint("id", "currency"),
        Index("ix_purchase_orders_buyer_id_id", "buyer_id", "id"),
        Index("ix_purchase_orders_supplier_id_id", "supplier_id", "id"),
        Index("ix_purchase_orders_inquiry_id_buyer_id", "inquiry_id", "buyer_id"),
        Index("ix_purchase_orders_award_id", "award_id", "inquiry_id", "buyer_id"),
        Index("ix_purchase_orders_quote_id", "quote_id"),
        Index("ix_purchase_orders_pool_id_id", "pool_id", "id", postgresql_where=text("pool_id IS NOT NULL")),
        # What a commitment came to is ordered of a supplier once, however often somebody tries.
        Index(
            "uq_purchase_orders_pool_key",
            "supplier_id",
            "pool_key",
            unique=True,
            postgresql_where=text("pool_key IS NOT NULL"),
        ),
        CheckConstraint(f"state IN ({one_of(OrderState)})", name="state_known"),
        CheckConstraint(
            "num_nonnulls(inquiry_id, award_id, quote_id) = CASE origin WHEN 'award' THEN 3 ELSE 0 END "
            "AND num_nonnulls(pool_id, pool_number, pool_key) = CASE origin WHEN 'pool' THEN 3 ELSE 0 END "
            f"AND origin IN ({one_of(OrderOrigin)})",
            name="one_origin",
        ),
        CheckConstraint("ended_by_pool = (origin = 'pool' AND state = 'cancelled')", name="pool_ends_its_own"),
        CheckConstraint(
            f"payment IN ({one_of(OrderPayment)}) AND (origin <> 'pool' OR payment = 'schedule')", name="payment_known"
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("total_minor BETWEEN 0 AND 1000000000000000", name="total_in_range"),
        CheckConstraint("lead_time_days > 0", name="lead_time_positive"),
        CheckConstraint(
            "retention_bp BETWEEN 0 AND 5000 AND (retention_bp = 0) = (retention_days = 0) AND retention_days BETWEEN 0 AND 3650 "
            "AND silence_days BETWEEN 1 AND 365 AND payment_days BETWEEN 0 AND 365",
            name="payment_terms_in_range",
        ),
        CheckConstraint("buyer_id <> supplier_id", name="not_oneself"),
        CheckConstraint("(terms IS NULL) = (terms_locale IS NULL)", name="terms_have_locale"),
        CheckConstraint(f"state NOT IN ({_NEVER_ISSUED}) OR issued_at IS NULL", name="not_issued_before"),
        CheckConstraint(
            f"state IN ({_NEVER_ISSUED}, '{OrderState.CANCELLED}') OR issued_at IS NOT NULL", name="issued_has_time"
        ),
        CheckConstraint(
            f"(state NOT IN ({_BEFORE_ANSWER})) = (acknowledged_at IS NOT NULL)", name="acknowledged_has_time"
        ),
        CheckConstraint("(acknowledged_at IS NULL) = (confirmed_delivery_on IS NULL)", name="acknowledged_has_date"),
        CheckConstraint("(state = 'rejected') = (rejected_at IS NOT NULL)", name="rejected_has_time"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
    )

    id: Mapped[Id]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    number: Mapped[str] = mapped_column(String(24, collation="C"))
    state: Mapped[str] = mapped_column(String(20), server_default=text("'draft'"))
    origin: Mapped[str] = mapped_column(String(10), server_default=text("'award'"))
    inquiry_id: Mapped[UUID | None]
    award_id: Mapped[UUID | None]
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id"))
    title: Mapped[str] = mapped_column(String(200))
    title_locale: Mapped[LocaleTag]
    # Of a pooled order: the framework order that it stands under, and the commitment that it fulfils.
    pool_id: Mapped[UUID | None]
    pool_number: Mapped[str | None] = mapped_column(String(40, collation="C"))
    pool_key: Mapped[UUID | None]
    # That its pool took it back; its buyer cannot.
    ended_by_pool: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    # Of an order of the catalogue or a pool: the title in every language that it has, {locale: {text, state}}.
    title_texts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    currency: Mapped[Currency]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    incoterm: Mapped[str] = mapped_column(String(3))
    incoterm_place: Mapped[str] = mapped_column(String(120))
    lead_time_days: Mapped[int] = mapped_column(SmallInteger)
    quote_reference: Mapped[str | None] = mapped_column(String(60))
    milestone_template: Mapped[str] = mapped_column(String(40))
    payment: Mapped[str] = mapped_column(String(8), server_default=text("'schedule'"))
    buyer_reference: Mapped[str | None] = mapped_column(String(60))
    requested_on: Mapped[date | None] = mapped_column(Date)
    terms: Mapped[str | None] = mapped_column(Text)
    terms_locale: Mapped[str | None] = mapped_column(String(8))
    # On what terms the milestones are paid.
    retention_bp: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    retention_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    silence_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("14"))
    payment_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("14"))
    approval_id: Mapped[UUID | None]
    approval_comment: Mapped[str | None] = mapped_column(String(2000))
    issued_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_delivery_on: Mapped[date | None] = mapped_column(Date)
    rejected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Why it was rejected or cancelled, or a word with the acknowledgement; in the language of whoever wrote it.
    answer_note: Mapped[str | None] = mapped_column(String(1000))
    answer_locale: Mapped[str | None] = mapped_column(String(8))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class OrderCounter(Base):
    """The last order number that a buyer gave in a year."""

    __tablename__ = "order_counters"

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class AwardLine(Base):
    """One price of a quote that was awarded. A line, and an extra, has one living award: released ones do not count."""

    __tablename__ = "award_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["award_id", "inquiry_id", "buyer_id"], ["awards.id", "awards.inquiry_id", "awards.buyer_id"]
        ),
        ForeignKeyConstraint(OF_ORDER, PARTIES),
        ForeignKeyConstraint(["line_id", "inquiry_id"], ["inquiry_lines.id", "inquiry_lines.inquiry_id"]),
        Index(
            "uq_award_lines_line",
            "line_id",
            unique=True,
            postgresql_where=text("released_at IS NULL AND line_id IS NOT NULL"),
        ),
        Index("uq_award_lines_price", "price_id", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("ix_award_lines_award_id", "award_id", "inquiry_id", "buyer_id"),
        Index("ix_award_lines_order_id", "order_id", "buyer_id", "supplier_id"),
        Index("ix_award_lines_line_id_inquiry_id", "line_id", "inquiry_id"),
        Index("ix_award_lines_price_id", "price_id"),
        Index("ix_award_lines_inquiry_id", "inquiry_id"),
    )

    id: Mapped[Id]
    award_id: Mapped[UUID]
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    order_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    price_id: Mapped[UUID] = mapped_column(ForeignKey("quote_prices.id"))
    released_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class OrderLine(Base):
    """What is ordered at which price: `total_minor` is what `quantity` costs at `price_minor` for each `per_quantity`.

    An item of the catalogue is charged as it was confirmed: a foreign key over the amounts says so, and each confirmation
    is ordered once. A member's part of a pool costs what he pays for the whole of it.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        ForeignKeyConstraint(OF_ORDER, PARTIES),
        ForeignKeyConstraint(["order_id", "currency"], ["purchase_orders.id", "purchase_orders.currency"]),
        ForeignKeyConstraint(
            AS_CHARGED,
            [f"price_confirmations.{column}" for column in ("id", *AS_CHARGED[1:])],
            name="fk_order_lines_as_confirmed",
        ),
        Index(
            "uq_order_lines_confirmation_id",
            "confirmation_id",
            unique=True,
            postgresql_where=text("confirmation_id IS NOT NULL"),
        ),
        CheckConstraint(
            "CASE WHEN kind = 'item' THEN num_nonnulls(confirmation_id, variant_id, sku, currency, price_source, "
            "lead_time_days, description_locale, texts) = 8 AND per_quantity = 1 ELSE num_nonnulls(confirmation_id, "
            "currency, price_source, price_list_id, lead_time_days) = 0 AND num_nonnulls(description_locale, texts) = "
            "CASE kind WHEN 'pooled' THEN 2 ELSE 0 END END",
            name="item_is_whole",
        ),
        CheckConstraint(
            "kind <> 'pooled' OR price_minor = total_minor AND per_quantity = quantity", name="pooled_is_the_payment"
        ),
        UniqueConstraint("order_id", "buyer_id", "supplier_id", "position"),
        CheckConstraint(f"kind IN ({one_of(OrderLineKind)})", name="kind_known"),
        CheckConstraint("(kind = 'line') = (inquiry_line_id IS NOT NULL)", name="line_named"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("per_quantity > 0", name="per_quantity_positive"),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        # Rounded to the nearest minor unit, said without a division.
        CheckConstraint(
            "abs(total_minor * per_quantity - price_minor * quantity) * 2 <= per_quantity * 1.000001",
            name="total_is_price_by_quantity",
        ),
    )

    id: Mapped[Id]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(8))
    inquiry_line_id: Mapped[UUID | None]
    inquiry_position: Mapped[int | None] = mapped_column(SmallInteger)
    variant_id: Mapped[UUID | None]
    sku: Mapped[str | None] = mapped_column(String(80))
    category_code: Mapped[str | None] = mapped_column(String(80))
    spec: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    description: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(String(3))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    per_quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    # Of an item: what was confirmed. Of an item or a pooled line: its words in every language, {locale: {text, state}}.
    confirmation_id: Mapped[UUID | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    price_source: Mapped[str | None] = mapped_column(String(8))
    price_list_id: Mapped[UUID | None]
    price_list_code: Mapped[str | None] = mapped_column(String(80))
    price_list_edition: Mapped[int | None] = mapped_column(Integer)
    lead_time_days: Mapped[int | None] = mapped_column(Integer)
    description_locale: Mapped[str | None] = mapped_column(String(8))
    texts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class OrderMilestone(Base):
    """One step of an order with its share of the total. Shares sum to a whole and amounts to the total, at every commit."""

    __tablename__ = "order_milestones"
    __table_args__ = (
        ForeignKeyConstraint(OF_ORDER, PARTIES),
        UniqueConstraint("order_id", "buyer_id", "supplier_id", "position"),
        UniqueConstraint("order_id", "code"),
        UniqueConstraint("id", "order_id", "buyer_id", "supplier_id"),
        CheckConstraint(f"state IN ({one_of(MilestoneState)})", name="state_known"),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share_in_range"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint("share_bp > 0 OR amount_minor = 0", name="no_share_no_amount"),
        CheckConstraint("state <> 'waived' OR share_bp = 0", name="only_shareless_waived"),
        CheckConstraint("(state IN ('accepted', 'waived')) = (decided_at IS NOT NULL)", name="decision_has_time"),
    )

    id: Mapped[Id]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str] = mapped_column(String(40))
    share_bp: Mapped[int] = mapped_column(SmallInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    due_offset_weeks: Mapped[int] = mapped_column(SmallInteger)
    due_on: Mapped[date | None] = mapped_column(Date)
    evidence_kinds: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    after: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    optional: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(12), server_default=text("'planned'"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class MilestoneEvent(Base):
    """What somebody did at a milestone, with his note and, for evidence, the files attached to this entry. Append-only."""

    __tablename__ = "milestone_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["milestone_id", *OF_ORDER],
            [f"order_milestones.{column}" for column in ("id", *OF_ORDER)],
        ),
        Index("ix_milestone_events_milestone_id", "milestone_id", "order_id", "buyer_id", "supplier_id"),
        Index("ix_milestone_events_order_id", "order_id"),
        CheckConstraint(f"act IN ({one_of(MilestoneAct)})", name="act_known"),
        CheckConstraint("organization_id IN (buyer_id, supplier_id)", name="by_a_party"),
        CheckConstraint("(act = 'submitted') = (organization_id = supplier_id)", name="supplier_submits_buyer_decides"),
        CheckConstraint("act NOT IN ('returned', 'waived') OR note IS NOT NULL", name="refusal_has_reason"),
        # Nobody says it: the worker writes it down for the buyer.
        CheckConstraint("act <> 'counted' OR person_id IS NULL", name="counted_by_nobody"),
        CheckConstraint("(note IS NULL) = (note_locale IS NULL)", name="note_has_locale"),
    )

    id: Mapped[Id]
    milestone_id: Mapped[UUID]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    act: Mapped[str] = mapped_column(String(12))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str | None] = mapped_column(Text)
    note_locale: Mapped[str | None] = mapped_column(String(8))
    occurred_at: Mapped[CreatedAt]


class OrderEvent(Base):
    """A state that an order entered; written by the trigger of the order itself, so that none is missing. Append-only."""

    __tablename__ = "order_events"
    __table_args__ = (
        ForeignKeyConstraint(OF_ORDER, PARTIES),
        Index("ix_order_events_order_id", "order_id", "buyer_id", "supplier_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    # Whether the supplier may know of it: what comes before the issue is the buyer's own.
    shared: Mapped[bool] = mapped_column(Boolean)
    occurred_at: Mapped[CreatedAt]
