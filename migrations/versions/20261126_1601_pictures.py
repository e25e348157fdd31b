"""Pictures: renditions for everybody, originals for their owners; media are put in order and detached."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, WORKER, grant, policy, tenant_table

revision = "20261126_1601"
down_revision = "20261126_1600"
branch_labels = None
depends_on = None

OWN = "owner_id = app_organization_id()"


def _published(table: str) -> str:
    return f"EXISTS (SELECT 1 FROM document_grants g WHERE g.document_id = {table}.document_id AND g.published)"


# What a deal attached stays attached: only what a supplier shows with a listing, and nobody else was given there, goes.
DETACHABLE = f"{OWN} AND reader_id = owner_id AND entity_kind = 'product'"


def upgrade() -> None:
    _tables()
    for table, privileges in (
        ("document_pictures", ("SELECT", "INSERT", "UPDATE", "DELETE")),
        ("document_renditions", ("SELECT", "INSERT", "DELETE")),
    ):
        tenant_table(
            table, owner=OWN, read=f"{OWN} OR {_published(table)}", privileges=privileges, operator_reads=False
        )
    op.execute(f"GRANT UPDATE (position) ON document_grants TO {APP}, {WORKER}")
    grant("document_grants", ("DELETE",), APP, WORKER)
    policy("document_grants", "document_grants_delete", "DELETE", DETACHABLE, None, APP, WORKER)
    # The worker keeps renditions, and files that it fetched.
    grant("stored_files", ("INSERT", "UPDATE"), WORKER)


def _tables() -> None:
    op.create_table(
        "document_pictures",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("width_px", sa.Integer(), nullable=True),
        sa.Column("height_px", sa.Integer(), nullable=True),
        sa.Column("version", sa.String(length=16, collation="C"), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'refused')", name=op.f("ck_document_pictures_state_known")),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_document_pictures_refused_with_reason")
        ),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_document_pictures_ended_when")),
        sa.CheckConstraint(
            "(state = 'ready') = (width_px IS NOT NULL AND height_px IS NOT NULL AND version IS NOT NULL)",
            name=op.f("ck_document_pictures_ready_with_size"),
        ),
        sa.CheckConstraint("width_px > 0 AND height_px > 0", name=op.f("ck_document_pictures_size_positive")),
        sa.ForeignKeyConstraint(
            ["document_id", "owner_id"],
            ["documents.id", "documents.organization_id"],
            name=op.f("fk_document_pictures_document_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_pictures")),
        sa.UniqueConstraint("document_id", "owner_id", name=op.f("uq_document_pictures_document_id_owner_id")),
    )
    op.create_table(
        "document_renditions",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(length=4, collation="C"), nullable=False),
        sa.Column("fits_px", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("file_key", sa.String(length=64, collation="C"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("format IN ('webp', 'jpeg')", name=op.f("ck_document_renditions_format_known")),
        sa.CheckConstraint(
            "width_px > 0 AND height_px > 0 AND size_bytes > 0", name=op.f("ck_document_renditions_size_positive")
        ),
        sa.ForeignKeyConstraint(
            ["document_id", "owner_id"],
            ["document_pictures.document_id", "document_pictures.owner_id"],
            name=op.f("fk_document_renditions_document_id_owner_id"),
        ),
        sa.CheckConstraint("width_px <= fits_px", name=op.f("ck_document_renditions_fits")),
        sa.ForeignKeyConstraint(["file_key"], ["stored_files.key"], name=op.f("fk_document_renditions_file_key")),
        sa.PrimaryKeyConstraint("document_id", "format", "fits_px", name=op.f("pk_document_renditions")),
    )
    op.create_index("ix_document_renditions_document_id_owner_id", "document_renditions", ["document_id", "owner_id"])
    op.create_index("ix_document_renditions_file_key", "document_renditions", ["file_key"])


def downgrade() -> None:
    op.execute(f"REVOKE INSERT, UPDATE ON stored_files FROM {WORKER}")
    op.execute("DROP POLICY document_grants_delete ON document_grants")
    op.execute(f"REVOKE DELETE ON document_grants FROM {APP}, {WORKER}")
    op.execute(f"REVOKE UPDATE (position) ON document_grants FROM {APP}, {WORKER}")
    op.drop_table("document_renditions")
    op.drop_table("document_pictures")
