"""Documents: files and who may open them."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, WORKER, append_only, grant, policy, tenant_table

revision = "20261123_0930"
down_revision = "20261123_0920"
branch_labels = None
depends_on = None

OWN = "owner_id = app_organization_id()"
READER = (
    "EXISTS (SELECT 1 FROM document_grants g WHERE g.document_id = documents.id "
    "AND (g.reader_id = app_organization_id() OR g.published))"
)

GUARD = """
CREATE FUNCTION documents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organization_id, NEW.sha256, NEW.size_bytes) IS DISTINCT FROM (OLD.organization_id, OLD.sha256, OLD.size_bytes) THEN
        RAISE EXCEPTION 'a document keeps its owner and its content' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.scan_state <> 'pending' AND NEW.scan_state <> OLD.scan_state THEN
        RAISE EXCEPTION 'a document is checked once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION 'a deleted document does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.deleted_at IS NOT NULL AND EXISTS (SELECT 1 FROM document_grants g WHERE g.document_id = NEW.id) THEN
        RAISE EXCEPTION 'an attached document cannot be deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _tables()
    grant("stored_files", ("SELECT", "INSERT", "UPDATE"), APP)
    grant("stored_files", ("SELECT", "DELETE"), WORKER)
    grant("stored_files", ("SELECT",), AUDITOR)
    # Not even the operator's people: what is not shared with an organization does not exist for it.
    tenant_table(
        "documents",
        read=f"organization_id = app_organization_id() OR {READER}",
        operator_reads=False,
        auditor_reads=False,
    )
    # A file's name and its terms may tell of a sealed quote, so the auditor reads neither.
    seen = "id, organization_id, kind, media_type, size_bytes, sha256, file_key, scan_state, created_at, deleted_at"
    op.execute(f"GRANT SELECT ({seen}) ON documents TO {AUDITOR}")
    policy("documents", "documents_audit", "SELECT", "true", None, AUDITOR)
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER documents_guard BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION documents_guard()"
    )
    # Grants are decided on their own columns alone, so that the policy of documents may look at them.
    tenant_table(
        "document_grants",
        owner=OWN,
        read=f"{OWN} OR reader_id = app_organization_id() OR published",
        privileges=("SELECT", "INSERT"),
        operator_reads=False,
    )
    op.execute(f"GRANT UPDATE (published) ON document_grants TO {APP}, {WORKER}")
    policy("document_grants", "document_grants_publish", "UPDATE", OWN, OWN, APP, WORKER)
    for table in ("document_nda_acceptances", "document_downloads"):
        tenant_table(
            table,
            read=f"organization_id = app_organization_id() OR {OWN}",
            privileges=("SELECT", "INSERT"),
            operator_reads=False,
        )
        append_only(table)
    tenant_table("document_storage_use")


def _tables() -> None:
    op.create_table(
        "stored_files",
        sa.Column("key", sa.String(length=64, collation="C"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("key ~ '^[0-9a-f]{64}$'", name=op.f("ck_stored_files_key_is_digest")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stored_files")),
    )
    op.create_table(
        "document_storage_use",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("used_bytes >= 0", name=op.f("ck_document_storage_use_not_negative")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_document_storage_use_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_document_storage_use")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64, collation="C"), nullable=False),
        sa.Column("file_key", sa.String(length=64, collation="C"), nullable=True),
        sa.Column("scan_state", sa.String(length=10), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("scan_reason", sa.String(length=20), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nda_text", sa.Text(), nullable=True),
        sa.Column("nda_sha256", sa.String(length=64, collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(scan_state = 'pending') = (scanned_at IS NULL)", name=op.f("ck_documents_scanned_when")),
        sa.CheckConstraint(
            "(scan_state = 'refused') = (scan_reason IS NOT NULL)", name=op.f("ck_documents_refused_with_reason")
        ),
        sa.CheckConstraint(
            "filename <> '' AND filename !~ '[/\\\\[:cntrl:]]'", name=op.f("ck_documents_filename_is_a_name")
        ),
        sa.CheckConstraint("scan_state IN ('pending', 'clean', 'refused')", name=op.f("ck_documents_scan_state_known")),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (file_key IS NOT NULL)", name=op.f("ck_documents_content_until_deleted")
        ),
        sa.CheckConstraint("(nda_text IS NULL) = (nda_sha256 IS NULL)", name=op.f("ck_documents_nda_with_digest")),
        sa.CheckConstraint("file_key IS NULL OR file_key = sha256", name=op.f("ck_documents_key_is_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_documents_not_empty")),
        sa.ForeignKeyConstraint(["file_key"], ["stored_files.key"], name=op.f("fk_documents_file_key")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_documents_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_documents_id_organization_id")),
    )
    op.create_index("ix_documents_file_key", "documents", ["file_key"], unique=False)
    op.create_index(
        "ix_documents_organization_id_id",
        "documents",
        ["organization_id", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "document_downloads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("first_byte", sa.BigInteger(), nullable=True),
        sa.Column("last_byte", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'refused') = (reason IS NOT NULL)", name=op.f("ck_document_downloads_refused_with_reason")
        ),
        sa.CheckConstraint("outcome IN ('served', 'refused')", name=op.f("ck_document_downloads_outcome_known")),
        sa.ForeignKeyConstraint(
            ["document_id", "owner_id"],
            ["documents.id", "documents.organization_id"],
            name=op.f("fk_document_downloads_document_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_document_downloads_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_downloads")),
    )
    op.create_index(
        "ix_document_downloads_document_id_owner_id_id",
        "document_downloads",
        ["document_id", "owner_id", "id"],
        unique=False,
    )
    op.create_table(
        "document_grants",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("entity_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("entity_kind ~ '^[a-z][a-z_]*$'", name=op.f("ck_document_grants_entity_kind_is_code")),
        sa.CheckConstraint("NOT published OR reader_id = owner_id", name=op.f("ck_document_grants_owner_publishes")),
        sa.ForeignKeyConstraint(
            ["document_id", "owner_id"],
            ["documents.id", "documents.organization_id"],
            name=op.f("fk_document_grants_document_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["reader_id"], ["organizations.id"], name=op.f("fk_document_grants_reader_id")),
        sa.PrimaryKeyConstraint(
            "document_id", "entity_kind", "entity_id", "reader_id", name=op.f("pk_document_grants")
        ),
    )
    op.create_index(
        "ix_document_grants_entity", "document_grants", ["entity_kind", "entity_id", "reader_id"], unique=False
    )
    op.create_table(
        "document_nda_acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_by", sa.String(length=64), nullable=False),
        sa.Column("nda_sha256", sa.String(length=64, collation="C"), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id", "owner_id"],
            ["documents.id", "documents.organization_id"],
            name=op.f("fk_document_nda_acceptances_document_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_document_nda_acceptances_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_nda_acceptances")),
        sa.UniqueConstraint(
            "document_id",
            "organization_id",
            "nda_sha256",
            name=op.f("uq_document_nda_acceptances_once"),
        ),
    )
    op.create_index("ix_document_grants_document_id_owner_id", "document_grants", ["document_id", "owner_id"])
    op.create_index(
        "ix_document_nda_acceptances_document_id_owner_id", "document_nda_acceptances", ["document_id", "owner_id"]
    )


def downgrade() -> None:
    op.drop_table("document_downloads")
    op.drop_table("document_nda_acceptances")
    op.drop_table("document_grants")
    op.drop_table("documents")
    op.drop_table("stored_files")
    op.drop_table("document_storage_use")
    op.execute("DROP FUNCTION documents_guard()")
