"""Imports of listings from files, their findings, and remembered column names."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import tenant_table

revision = "20261126_1811"
down_revision = "20261126_1700"
branch_labels = None
depends_on = None

COUNTERS = (
    "rows_read", "rows_accepted", "rows_refused", "rows_unchanged", "products_created", "products_changed",
    "products_unchanged", "products_refused", "products_published", "products_done", "findings", "media_noted",
)  # fmt: skip


def upgrade() -> None:
    _imports()
    _findings_and_mappings()
    own = "supplier_id = app_organization_id()"
    tenant_table("listing_imports", owner=own)
    tenant_table("listing_import_findings", owner=own, privileges=("SELECT", "INSERT"))
    tenant_table("listing_header_mappings", owner=own)


def _imports() -> None:
    def counter(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)

    op.create_table(
        "listing_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("default_category", sa.String(length=80), nullable=True),
        sa.Column("default_locale", sa.String(length=8), nullable=False),
        sa.Column("encoding", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("may_translate", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("failure", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("signature", sa.String(length=64), nullable=True),
        counter("attempts"),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        *[counter(name) for name in COUNTERS],
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'reading', 'done', 'failed', 'cancelled')",
            name=op.f("ck_listing_imports_state_known"),
        ),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'bmecat')", name=op.f("ck_listing_imports_format_known")),
        sa.CheckConstraint(
            "(state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_listing_imports_ended_when_over"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_listing_imports_failure_has_reason")
        ),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in COUNTERS), name=op.f("ck_listing_imports_counters_positive")
        ),
        sa.CheckConstraint("rows_accepted + rows_refused <= rows_read", name=op.f("ck_listing_imports_rows_add_up")),
        sa.CheckConstraint("rows_unchanged <= rows_accepted", name=op.f("ck_listing_imports_unchanged_are_accepted")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_listing_imports_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_imports")),
        sa.UniqueConstraint("id", "supplier_id", name=op.f("uq_listing_imports_id_supplier_id")),
    )
    op.create_index("ix_listing_imports_supplier_id_id", "listing_imports", ["supplier_id", "id"])
    op.create_index(
        "ix_listing_imports_running",
        "listing_imports",
        ["id"],
        postgresql_where=sa.text("state IN ('waiting', 'reading')"),
    )


def _findings_and_mappings() -> None:
    op.create_table(
        "listing_import_findings",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("product_code", sa.String(length=200), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=False),
        sa.Column("column_key", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("number > 0 AND row_number >= 0", name=op.f("ck_listing_import_findings_numbers_positive")),
        sa.ForeignKeyConstraint(
            ["import_id", "supplier_id"],
            ["listing_imports.id", "listing_imports.supplier_id"],
            name=op.f("fk_listing_import_findings_import_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_listing_import_findings_supplier_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_listing_import_findings")),
    )
    op.create_index("ix_listing_import_findings_supplier_id", "listing_import_findings", ["supplier_id"])
    op.create_table(
        "listing_header_mappings",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("signature ~ '^[0-9a-f]{64}$'", name=op.f("ck_listing_header_mappings_signature_is_sha256")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_listing_header_mappings_supplier_id")
        ),
        sa.PrimaryKeyConstraint("supplier_id", "signature", name=op.f("pk_listing_header_mappings")),
    )


def downgrade() -> None:
    op.drop_table("listing_header_mappings")
    op.drop_table("listing_import_findings")
    op.drop_table("listing_imports")
