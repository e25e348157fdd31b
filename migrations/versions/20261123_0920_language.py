"""Language: texts per locale and their states."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, grant, policy, tenant_table

revision = "20261123_0920"
down_revision = "20261123_0910"
branch_labels = None
depends_on = None

# A text that nobody but its owner may read can be part of a sealed quote: not even the operator sees it.
CIRCULATING = "(published OR cardinality(reader_ids) > 0)"


def upgrade() -> None:
    _tables()
    tenant_table(
        "texts",
        owner="owner_id = app_organization_id()",
        read="owner_id = app_organization_id() OR app_organization_id() = ANY (reader_ids) OR published "
        f"OR (app_is_operator() AND {CIRCULATING})",
        operator_reads=False,
        auditor_reads=False,
        roles=(APP, WORKER),
    )
    grant("texts", ("SELECT",), AUDITOR, BACKOFFICE)
    policy("texts", "texts_audit", "SELECT", CIRCULATING, None, AUDITOR, BACKOFFICE)


def _tables() -> None:
    op.create_table(
        "texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("entity_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=60, collation="C"), nullable=False),
        sa.Column("locale", sa.String(length=8, collation="C"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("is_source", sa.Boolean(), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=True),
        sa.Column("source_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reader_ids", sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "NOT is_source OR (state = 'human' AND origin = 'human')", name=op.f("ck_texts_source_is_human")
        ),
        sa.CheckConstraint(
            "entity_kind ~ '^[a-z][a-z_]*$' AND field ~ '^[a-z][a-z0-9_]*$'", name=op.f("ck_texts_names_are_codes")
        ),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_texts_locale_known"),
        ),
        sa.CheckConstraint("origin = 'human' OR engine IS NOT NULL", name=op.f("ck_texts_machine_names_engine")),
        sa.CheckConstraint("origin IN ('human', 'machine')", name=op.f("ck_texts_origin_known")),
        sa.CheckConstraint(
            "state = 'stale' OR state = CASE WHEN origin = 'machine' THEN 'machine' "
            "WHEN engine IS NULL THEN 'human' ELSE 'reviewed' END",
            name=op.f("ck_texts_state_agrees_with_origin"),
        ),
        sa.CheckConstraint("state IN ('human', 'reviewed', 'machine', 'stale')", name=op.f("ck_texts_state_known")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 20000", name=op.f("ck_texts_length")),
        sa.CheckConstraint("octet_length(source_digest) = 32", name=op.f("ck_texts_digest_is_sha256")),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_texts_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_texts")),
        sa.UniqueConstraint(
            "entity_kind", "entity_id", "field", "locale", name=op.f("uq_texts_entity_kind_entity_id_field_locale")
        ),
    )
    op.create_index("ix_texts_owner_id", "texts", ["owner_id", "locale"], unique=False)
    op.create_index(
        "uq_texts_source",
        "texts",
        ["entity_kind", "entity_id", "field"],
        unique=True,
        postgresql_where=sa.text("is_source"),
    )


def downgrade() -> None:
    op.drop_table("texts")
