"""Tables of the catalogue. Texts of listings stand in the language room, public documents in a table without secrets."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
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
    TypeDecorator,
    UniqueConstraint,
    cast,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.media.models import MediaFetch as MediaFetch
from app.catalog.media.models import MediumText as MediumText
from app.catalog.states import ProductState
from app.kit.db.base import Base, CreatedAt, Id
from app.kit.locales import LOCALES

_STATES = ", ".join(f"'{state}'" for state in ProductState)
CATEGORY_LEVELS = 3
"""How deep the category tree is: each level has its index."""

_LOCALES = ", ".join(f"'{locale}'" for locale in LOCALES)


class SearchWords(TypeDecorator[str]):
    """A `tsvector` written as its literal: words with their weights, not a text to be taken apart."""

    impl = TSVECTOR
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> Any:
        return cast(type_coerce(bindvalue, Text), TSVECTOR)


class CategoryRow(Base):
    """A category that listings may point at. Names and attributes stand in the data files of the edition."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(String(80, collation="C"), primary_key=True)
    path: Mapped[list[str]] = mapped_column(ARRAY(String(80)))
    edition: Mapped[str] = mapped_column(String(20))


class CatalogLabel(Base):
    """A name in a locale: of a category, an attribute, an attribute's value (`attribute=value`), or a word of the display."""

    __tablename__ = "catalog_labels"

    kind: Mapped[str] = mapped_column(String(9, collation="C"), primary_key=True)
    code: Mapped[str] = mapped_column(String(140, collation="C"), primary_key=True)
    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    label: Mapped[str] = mapped_column(String(400))


class CategoryAttribute(Base):
    """Which attributes a category's listings have, in their order, inherited ones included."""

    __tablename__ = "category_attributes"

    category: Mapped[str] = mapped_column(String(80, collation="C"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    attribute: Mapped[str] = mapped_column(String(60, collation="C"))
    kind: Mapped[str] = mapped_column(String(8, collation="C"))
    unit: Mapped[str | None] = mapped_column(String(3, collation="C"))


class CategorySpare(Base):
    """Whose parts wear out in the listings of a category and below it, and the code of the reason."""

    __tablename__ = "category_spares"

    category: Mapped[str] = mapped_column(String(80, collation="C"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    spare: Mapped[str] = mapped_column(String(80, collation="C"))
    reason: Mapped[str] = mapped_column(String(40, collation="C"))


class DisplayEdition(Base):
    """One row: a digest of everything that public documents are displayed by. It is part of their ETags."""

    __tablename__ = "display_editions"
    __table_args__ = (CheckConstraint("only_row", name="only_row"),)

    only_row: Mapped[bool] = mapped_column(Boolean, primary_key=True, server_default=text("true"))
    digest: Mapped[str] = mapped_column(String(16))


class Product(Base):
    """A listing of a supplier. `attributes` hold values in the definitions' own units."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("supplier_id", "code"),
        UniqueConstraint("id", "supplier_id"),
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint(f"source_locale IN ({_LOCALES})", name="source_locale_known"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_since"),
        Index("ix_products_category_code", "category_code"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    code: Mapped[str] = mapped_column(String(80, collation="C"))
    category_code: Mapped[str] = mapped_column(ForeignKey("categories.code"))
    state: Mapped[str] = mapped_column(String(12), server_default=text("'draft'"))
    source_locale: Mapped[str] = mapped_column(String(8))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Variant(Base):
    """What is ordered: one size or execution of a product, with its SKU. Mass and dimensions are missing for a service."""

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("supplier_id", "sku"),
        UniqueConstraint("id", "supplier_id"),
        ForeignKeyConstraint(["product_id", "supplier_id"], ["products.id", "products.supplier_id"]),
        CheckConstraint("minimum_order_quantity > 0", name="minimum_order_positive"),
        CheckConstraint("lead_time_days BETWEEN 0 AND 1000", name="lead_time_sane"),
        CheckConstraint("mass_kg > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="measures_positive"),
        CheckConstraint("hs_code ~ '^[0-9]{6}([0-9]{2}([0-9]{2})?)?$'", name="hs_code_form"),
        CheckConstraint("origin_country ~ '^[A-Z]{2}$'", name="origin_is_iso3166"),
        CheckConstraint("stock_level IN ('in_stock', 'few_left', 'none')", name="stock_level_known"),
        CheckConstraint(
            "(stock_level IS NULL) = (stock_at_least IS NULL) AND (stock_level IS NULL) = (stock_unit IS NULL)",
            name="stock_whole",
        ),
        Index("ix_variants_product_id", "product_id"),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    sku: Mapped[str] = mapped_column(String(80, collation="C"))
    label: Mapped[str] = mapped_column(String(120), server_default=text("''"))
    unit: Mapped[str] = mapped_column(String(3), server_default=text("'H87'"))
    minimum_order_quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    lead_time_days: Mapped[int] = mapped_column(Integer)
    made_to_order: Mapped[bool] = mapped_column(Boolean)
    mass_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    length_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    width_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    height_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    hs_code: Mapped[str | None] = mapped_column(String(10))
    origin_country: Mapped[str] = mapped_column(String(2))
    # What whoever keeps stock lets the public see of it: a level and the lower end of a band. Without them it is not offered
    # from stock.
    stock_level: Mapped[str | None] = mapped_column(String(8))
    stock_at_least: Mapped[int | None] = mapped_column(Integer)
    stock_unit: Mapped[str | None] = mapped_column(String(3))


class PriceTier(Base):
    """From `min_quantity` on, one unit of a variant costs `price_minor` in the currency."""

    __tablename__ = "price_tiers"
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "supplier_id"], ["variants.id", "variants.supplier_id"]),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("price_minor > 0 AND min_quantity > 0", name="amounts_positive"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3, collation="C"), primary_key=True)
    min_quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3), primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    price_minor: Mapped[int] = mapped_column(BigInteger)


class PublicProduct(Base):
    """A published listing as everybody may see it: texts in all languages, public prices, nothing private.

    Equivalents are `alike` (a digest of what must be equal), overlap in a dimension, and name each its `steel`.
    `quality` (0–100) and `flaws` say how complete it is, by the rules of `quality_edition`.
    What stands behind the digest serves the search and is made from the document: words and facets it is found by, numbers
    (`attribute: [lowest, highest]` in the definition's unit), how good a listing it is (`search_rank`), its shortest lead time,
    its lowest price in its first currency, and which edition of names and rules made all this.
    """

    __tablename__ = "public_products"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "supplier_id"], ["products.id", "products.supplier_id"]),
        Index("ix_public_products_category_path", "category_path", postgresql_using="gin"),
        Index("ix_public_products_supplier_id_product_id", "supplier_id", "product_id"),
        *(
            # The newest below a category, whichever level it stands on: an index that holds sets has no order.
            Index(f"ix_public_products_category_{level}", text(f"(category_path[{level}])"), "product_id")
            for level in range(1, CATEGORY_LEVELS + 1)
        ),
        Index("ix_public_products_alike", "alike", "product_id"),
        # A supplier's own wear parts of a category; spare categories stand on the second level.
        Index("ix_public_products_spares", "supplier_id", text("(category_path[2])"), "product_id"),
        Index("ix_public_products_supplier_id_quality", "supplier_id", "quality", "product_id"),
        Index("ix_public_products_quality_edition", "quality_edition"),
        CheckConstraint("quality BETWEEN 0 AND 100", name="quality_of_hundred"),
        CheckConstraint("(price_currency IS NULL) = (price_minor IS NULL)", name="price_has_currency"),
        Index("ix_public_products_search_words", "search_words", postgresql_using="gin"),
        Index("ix_public_products_facets", "facets", postgresql_using="gin"),
        Index("ix_public_products_search_edition", "search_edition", "product_id"),
        Index("ix_public_products_lead_time_days", "lead_time_days", "product_id"),
        Index("ix_public_products_price", "price_currency", "price_minor", "product_id"),
    )

    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    category_path: Mapped[list[str]] = mapped_column(ARRAY(String(80)))
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    card: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[str] = mapped_column(String(64))
    alike: Mapped[str | None] = mapped_column(String(32, collation="C"))
    overlap_low: Mapped[Decimal | None] = mapped_column(Numeric)
    overlap_high: Mapped[Decimal | None] = mapped_column(Numeric)
    steel: Mapped[str | None] = mapped_column(String(40, collation="C"))
    quality: Mapped[int] = mapped_column(SmallInteger, server_default=text("50"))
    flaws: Mapped[list[str]] = mapped_column(ARRAY(String(30)), server_default=text("'{}'"))
    quality_edition: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    search_words: Mapped[str] = mapped_column(SearchWords, server_default=text("''"), deferred=True)
    facets: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), deferred=True)
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"), deferred=True)
    search_rank: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    search_edition: Mapped[str] = mapped_column(String(16, collation="C"), server_default=text("''"))
    lead_time_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    price_currency: Mapped[str | None] = mapped_column(String(3, collation="C"))
    price_minor: Mapped[int | None] = mapped_column(BigInteger)


LONGEST_MISS = 120


class SearchMiss(Base):
    """A folded question that found nothing on a day. It names nobody; what is older than ninety days is removed."""

    __tablename__ = "search_misses"

    asked_on: Mapped[date] = mapped_column(Date, primary_key=True)
    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    question: Mapped[str] = mapped_column(String(LONGEST_MISS, collation="C"), primary_key=True)
    times: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
