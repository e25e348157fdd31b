"""Media of listings: what they show in words, and the addresses that they are fetched from."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import tenant_table

revision = "20261126_1602"
down_revision = "20261126_1601"
branch_labels = None
depends_on = None

OWN = "supplier_id = app_organization_id()"
LOCALES = "'en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar'"


def upgrade() -> None:
    _tables()
    tenant_table("media_texts", owner=OWN, privileges=("SELECT", "INSERT", "DELETE"))
    # An address may hold a key to the file, so nobody but its supplier reads it.
    tenant_table("media_fetches", owner=OWN, operator_reads=False, auditor_reads=False)


def _tables() -> None:
    op.create_table(
        "media_texts",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.String(length=8, collation="C"), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.CheckConstraint(f"locale IN ({LOCALES})", name=op.f("ck_media_texts_locale_known")),
        sa.CheckConstraint("alt <> ''", name=op.f("ck_media_texts_not_empty")),
        *_belongs_to_supplier("media_texts"),
        sa.PrimaryKeyConstraint("product_id", "document_id", "locale", name=op.f("pk_media_texts")),
    )
    op.create_index("ix_media_texts_document_id", "media_texts", ["document_id"])
    op.create_table(
        "media_fetches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_sha256", sa.String(length=64, collation="C"), nullable=False),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'fetched', 'refused')", name=op.f("ck_media_fetches_state_known")),
        sa.CheckConstraint(
            "(state = 'fetched') = (document_id IS NOT NULL)", name=op.f("ck_media_fetches_fetched_document")
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR reason IS NOT NULL", name=op.f("ck_media_fetches_refused_with_reason")
        ),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_media_fetches_ended_when")),
        *_belongs_to_supplier("media_fetches"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_fetches")),
    )
    op.create_index("ix_media_fetches_product_id_id", "media_fetches", ["product_id", "id"])
    op.create_index("ix_media_fetches_document_id", "media_fetches", ["document_id"])
    op.create_index(
        "uq_media_fetches_waiting",
        "media_fetches",
        ["product_id", "url_sha256"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _belongs_to_supplier(table: str) -> list[sa.ForeignKeyConstraint]:
    """Listing and document are the supplier's own."""
    return [
        sa.ForeignKeyConstraint(
            ["product_id", "supplier_id"],
            ["products.id", "products.supplier_id"],
            name=op.f(f"fk_{table}_product_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id", "supplier_id"],
            ["documents.id", "documents.organization_id"],
            name=op.f(f"fk_{table}_document_id_supplier_id"),
        ),
    ]


def downgrade() -> None:
    op.drop_table("media_fetches")
    op.drop_table("media_texts")
