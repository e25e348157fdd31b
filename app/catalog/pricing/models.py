"""Tables of price lists and of confirmed prices. What hangs on a list carries its state, kept alike by a foreign key."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.pricing.states import LineScope, PriceListState, PriceSource
from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of


def _of_list() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["list_id", "supplier_id", "list_state"],
        [f"price_lists.{column}" for column in ("id", "supplier_id", "state")],
        onupdate="CASCADE",
        ondelete="CASCADE",
    )


class PriceList(Base):
    """An edition of a supplier's prices for some buyers. What may change when is held by a trigger, and an exclusion
    constraint keeps two editions of one list out of the same day."""

    __tablename__ = "price_lists"
    __table_args__ = (
        ForeignKeyConstraint(["succeeds_id", "supplier_id"], ["price_lists.id", "price_lists.supplier_id"]),
        UniqueConstraint("id", "supplier_id"),
        UniqueConstraint("id", "supplier_id", "state"),
        UniqueConstraint("supplier_id", "code", "edition"),
        Index("ix_price_lists_succeeds_id_supplier_id", "succeeds_id", "supplier_id"),
        Index("ix_price_lists_supplier_id_id", "supplier_id", "id"),
        CheckConstraint(f"state IN ({one_of(PriceListState)})", name="state_known"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("valid_until >= valid_from", name="validity_in_order"),
        CheckConstraint("edition > 0", name="edition_positive"),
        CheckConstraint("(state = 'draft') = (activated_at IS NULL)", name="activated_has_time"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    code: Mapped[str] = mapped_column(String(80, collation="C"))
    edition: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[Currency]
    # The first and the last day (UTC) on which the prices hold.
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), server_default=text("'draft'"))
    succeeds_id: Mapped[UUID | None]
    activated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class PriceListGrant(Base):
    """That a buyer buys at a list's prices. He sees his own grant alone, and only while the list is active."""

    __tablename__ = "price_list_grants"
    __table_args__ = (
        _of_list(),
        CheckConstraint("buyer_id <> supplier_id", name="not_oneself"),
        Index("ix_price_list_grants_buyer_id", "buyer_id", "list_state", "list_id"),
    )

    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    supplier_id: Mapped[UUID]
    list_state: Mapped[str] = mapped_column(String(8), server_default=text("'draft'"))


class PriceListLine(Base):
    """From `min_quantity` on: a price for one unit of a variant, or a discount on the public prices of a category or of
    the whole range, in basis points."""

    __tablename__ = "price_list_lines"
    __table_args__ = (
        _of_list(),
        ForeignKeyConstraint(["variant_id", "supplier_id"], ["variants.id", "variants.supplier_id"]),
        UniqueConstraint(
            "list_id",
            "variant_id",
            "category_code",
            "min_quantity",
            name="uq_price_list_lines_one_price_a_step",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_price_list_lines_variant_id_supplier_id", "variant_id", "supplier_id"),
        Index("ix_price_list_lines_category_code", "category_code"),
        Index("ix_price_list_lines_list_id_id", "list_id", "id"),
        CheckConstraint(f"scope IN ({one_of(LineScope)})", name="scope_known"),
        CheckConstraint(
            "(scope = 'variant') = (variant_id IS NOT NULL) AND (scope = 'category') = (category_code IS NOT NULL)",
            name="scope_named",
        ),
        CheckConstraint(
            "(scope = 'variant') = (price_minor IS NOT NULL) AND (scope = 'variant') = (discount_bp IS NULL)",
            name="price_or_discount",
        ),
        CheckConstraint("price_minor BETWEEN 1 AND 1000000000000000", name="price_in_range"),
        CheckConstraint("discount_bp BETWEEN 1 AND 9999", name="discount_in_range"),
        CheckConstraint("min_quantity > 0", name="min_quantity_positive"),
    )

    id: Mapped[Id]
    list_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    list_state: Mapped[str] = mapped_column(String(8), server_default=text("'draft'"))
    scope: Mapped[str] = mapped_column(String(8))
    variant_id: Mapped[UUID | None]
    category_code: Mapped[str | None] = mapped_column(String(80, collation="C"), ForeignKey("categories.code"))
    min_quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    discount_bp: Mapped[int | None] = mapped_column(Integer)


class PriceConfirmation(Base):
    """What a quantity of a variant costs a buyer, promised for a while. A trigger makes it the price of its moment and
    says how long it stands; afterwards nothing of it changes. Append-only."""

    __tablename__ = "price_confirmations"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "supplier_id"], ["products.id", "products.supplier_id"]),
        ForeignKeyConstraint(["variant_id", "supplier_id"], ["variants.id", "variants.supplier_id"]),
        ForeignKeyConstraint(["price_list_id", "supplier_id"], ["price_lists.id", "price_lists.supplier_id"]),
        UniqueConstraint(
            "id",
            "buyer_id",
            "supplier_id",
            "variant_id",
            "currency",
            "quantity",
            "price_minor",
            "total_minor",
            name="uq_price_confirmations_as_charged",
        ),
        Index("ix_price_confirmations_buyer_id_id", "buyer_id", "id"),
        Index("ix_price_confirmations_supplier_id_id", "supplier_id", "id"),
        Index("ix_price_confirmations_product_id", "product_id", "supplier_id"),
        Index("ix_price_confirmations_variant_id", "variant_id", "supplier_id"),
        Index("ix_price_confirmations_price_list_id", "price_list_id", "supplier_id"),
        CheckConstraint(f"source IN ({one_of(PriceSource)})", name="source_known"),
        CheckConstraint(
            "num_nonnulls(price_list_id, price_list_code, price_list_edition) "
            "= CASE source WHEN 'contract' THEN 3 ELSE 0 END",
            name="contract_names_list",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("buyer_id <> supplier_id", name="not_oneself"),
        CheckConstraint("quantity >= minimum_order_quantity AND quantity > 0", name="minimum_order_kept"),
        CheckConstraint("price_minor > 0", name="price_positive"),
        CheckConstraint("total_minor = floor(price_minor * quantity + 0.5)", name="total_is_price_by_quantity"),
        CheckConstraint(
            "valid_until > confirmed_at AND valid_until <= confirmed_at + interval '72 hours'",
            name="valid_for_a_while",
        ),
    )

    id: Mapped[Id]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    supplier_id: Mapped[UUID]
    product_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(3))
    minimum_order_quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    lead_time_days: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    currency: Mapped[Currency]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(8))
    price_list_id: Mapped[UUID | None]
    price_list_code: Mapped[str | None] = mapped_column(String(80))
    price_list_edition: Mapped[int | None] = mapped_column(Integer)
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[CreatedAt]
    valid_until: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.app_now())
