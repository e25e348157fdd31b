"""Catalogue: categories, products, variants, prices, public documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, READER, WORKER, grant, policy, tenant_table, wall

revision = "20261123_0950"
down_revision = "20261123_0940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tables()
    # The tree is the same for everybody; only a migration writes it.
    grant("categories", ("SELECT",), APP, WORKER, READER, AUDITOR, BACKOFFICE)

    own = "supplier_id = app_organization_id()"
    tenant_table("products", owner=own)
    # Who is signed in may speak of a published variant in an inquiry; its public prices stand in the public document.
    published = "EXISTS (SELECT 1 FROM public_products p WHERE p.product_id = variants.product_id)"
    tenant_table("variants", owner=own, read=f"{own} OR (app_organization_id() IS NOT NULL AND {published})")
    tenant_table("price_tiers", owner=own, privileges=("SELECT", "INSERT", "UPDATE", "DELETE"))

    # Public documents hold nothing private, so everybody reads them, and nothing but them is read by `reader`.
    wall("public_products")
    grant("public_products", ("SELECT", "INSERT", "UPDATE", "DELETE"), APP, WORKER)
    grant("public_products", ("SELECT",), READER, AUDITOR, BACKOFFICE)
    policy("public_products", "public_products_read", "SELECT", "true", None, APP, WORKER, READER, AUDITOR, BACKOFFICE)
    policy("public_products", "public_products_insert", "INSERT", None, own, APP, WORKER)
    policy("public_products", "public_products_update", "UPDATE", own, own, APP, WORKER)
    policy("public_products", "public_products_delete", "DELETE", own, None, APP, WORKER)


def _tables() -> None:
    op.create_table(
        "categories",
        sa.Column("code", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("path", sa.ARRAY(sa.String(length=80)), nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_categories")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("category_code", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("source_locale", sa.String(length=8), nullable=False),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name=op.f("ck_products_published_since")
        ),
        sa.CheckConstraint(
            "source_locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_products_source_locale_known"),
        ),
        sa.CheckConstraint("state IN ('draft', 'published', 'archived')", name=op.f("ck_products_state_known")),
        sa.ForeignKeyConstraint(["category_code"], ["categories.code"], name=op.f("fk_products_category_code")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_products_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("id", "supplier_id", name=op.f("uq_products_id_supplier_id")),
        sa.UniqueConstraint("supplier_id", "code", name=op.f("uq_products_supplier_id_code")),
    )
    op.create_index("ix_products_category_code", "products", ["category_code"], unique=False)
    op.create_table(
        "public_products",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("category_path", sa.ARRAY(sa.String(length=80)), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id", "supplier_id"],
            ["products.id", "products.supplier_id"],
            name=op.f("fk_public_products_product_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_public_products_supplier_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_public_products")),
    )
    op.create_index(
        "ix_public_products_category_path", "public_products", ["category_path"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_public_products_supplier_id_product_id", "public_products", ["supplier_id", "product_id"], unique=False
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("label", sa.String(length=120), server_default=sa.text("''"), nullable=False),
        sa.Column("unit", sa.String(length=3), server_default=sa.text("'H87'"), nullable=False),
        sa.Column("minimum_order_quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("made_to_order", sa.Boolean(), nullable=False),
        sa.Column("mass_kg", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("length_mm", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("width_mm", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("height_mm", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("hs_code", sa.String(length=10), nullable=True),
        sa.Column("origin_country", sa.String(length=2), nullable=False),
        sa.CheckConstraint("hs_code ~ '^[0-9]{6}([0-9]{2}([0-9]{2})?)?$'", name=op.f("ck_variants_hs_code_form")),
        sa.CheckConstraint("origin_country ~ '^[A-Z]{2}$'", name=op.f("ck_variants_origin_is_iso3166")),
        sa.CheckConstraint("lead_time_days BETWEEN 0 AND 1000", name=op.f("ck_variants_lead_time_sane")),
        sa.CheckConstraint(
            "mass_kg > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0",
            name=op.f("ck_variants_measures_positive"),
        ),
        sa.CheckConstraint("minimum_order_quantity > 0", name=op.f("ck_variants_minimum_order_positive")),
        sa.ForeignKeyConstraint(
            ["product_id", "supplier_id"],
            ["products.id", "products.supplier_id"],
            name=op.f("fk_variants_product_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_variants_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("id", "supplier_id", name=op.f("uq_variants_id_supplier_id")),
        sa.UniqueConstraint("supplier_id", "sku", name=op.f("uq_variants_supplier_id_sku")),
    )
    op.create_index("ix_variants_product_id", "variants", ["product_id"], unique=False)
    op.create_table(
        "price_tiers",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3, collation="C"), nullable=False),
        sa.Column("min_quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_price_tiers_currency_is_iso4217")),
        sa.CheckConstraint("price_minor > 0 AND min_quantity > 0", name=op.f("ck_price_tiers_amounts_positive")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_price_tiers_supplier_id")),
        sa.ForeignKeyConstraint(
            ["variant_id", "supplier_id"],
            ["variants.id", "variants.supplier_id"],
            name=op.f("fk_price_tiers_variant_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("variant_id", "currency", "min_quantity", name=op.f("pk_price_tiers")),
    )


def downgrade() -> None:
    raise RuntimeError("listings cannot be taken away")
