"""Suppliers' pages: profiles, machines, certificates, and how quickly they answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, OWNER, WORKER, policy, tenant_table

revision = "20261126_1300"
down_revision = "20261123_1310"
branch_labels = None
depends_on = None

LOCALES = "'en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar'"

# What everybody may know of how a supplier answers: counts and a median, never a case. Fewer than three cases tell of one.
RESPONSES = """
CREATE FUNCTION app_supplier_responses(uuid[])
RETURNS TABLE (supplier_id uuid, cases bigint, answered bigint, median_hours double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT c.supplier_id, count(*), count(c.answered_at),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.answered_at - c.asked_at) / 3600)
    FROM public.response_cases c
    WHERE c.supplier_id = ANY ($1) AND c.due_at <= public.app_now()
      AND c.asked_at > public.app_now() - interval '180 days'
    GROUP BY c.supplier_id HAVING count(*) >= 3
$$;
"""


def upgrade() -> None:
    op.add_column(
        "organizations",
        sa.Column("certifications", sa.ARRAY(sa.String(length=20)), server_default=sa.text("'{}'"), nullable=False),
    )
    _tables()
    own = "organization_id = app_organization_id()"
    for table, privileges in {
        "supplier_profiles": ("SELECT", "INSERT", "UPDATE"),
        "supplier_machines": ("SELECT", "INSERT", "DELETE"),
        "supplier_certificates": ("SELECT", "INSERT", "UPDATE"),
    }.items():
        listed = f"EXISTS (SELECT 1 FROM organizations o WHERE o.id = {table}.organization_id AND o.listed)"
        known = (
            f"{own} OR {listed}" if table != "supplier_certificates" else f"{own} OR (removed_at IS NULL AND {listed})"
        )
        tenant_table(table, read=known, privileges=privileges)
    # The daily look at what expires acts for nobody until it knows whose certificate it is.
    policy("supplier_certificates", "supplier_certificates_watch", "SELECT", "removed_at IS NULL", None, WORKER)
    tenant_table(
        "response_cases",
        owner="supplier_id = app_organization_id()",
        privileges=("SELECT", "INSERT", "UPDATE", "DELETE"),
        roles=(APP, WORKER),
    )
    policy("response_cases", "response_cases_counted", "SELECT", "true", None, OWNER)
    op.execute(RESPONSES)
    op.execute("REVOKE EXECUTE ON FUNCTION app_supplier_responses(uuid[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION app_supplier_responses(uuid[]) TO {APP}, {WORKER}")


def _tables() -> None:
    op.create_table(
        "supplier_profiles",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source_locale", sa.String(length=8), nullable=False),
        sa.Column("capabilities", sa.ARRAY(sa.String(length=40)), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.String(length=3)), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("founded_year", sa.SmallInteger(), nullable=True),
        sa.Column("employees", sa.String(length=12), nullable=True),
        sa.Column("max_mould_mass_kg", sa.Numeric(precision=9, scale=1), nullable=True),
        sa.Column("max_mould_length_mm", sa.Numeric(precision=8, scale=1), nullable=True),
        sa.Column("max_mould_width_mm", sa.Numeric(precision=8, scale=1), nullable=True),
        sa.Column("max_mould_height_mm", sa.Numeric(precision=8, scale=1), nullable=True),
        sa.Column("max_clamp_force_kn", sa.Numeric(precision=9, scale=1), nullable=True),
        sa.Column("moulds_per_year", sa.Integer(), nullable=True),
        sa.Column("tolerance_group", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(f"source_locale IN ({LOCALES})", name=op.f("ck_supplier_profiles_source_locale_known")),
        sa.CheckConstraint(
            "employees IN ('micro', 'small', 'medium', 'large', 'very_large')",
            name=op.f("ck_supplier_profiles_employees_known"),
        ),
        sa.CheckConstraint("founded_year BETWEEN 1600 AND 2200", name=op.f("ck_supplier_profiles_founded_year_sane")),
        sa.CheckConstraint("tolerance_group BETWEEN 1 AND 9", name=op.f("ck_supplier_profiles_tolerance_group_known")),
        sa.CheckConstraint(
            "max_mould_mass_kg > 0 AND max_mould_length_mm > 0 AND max_mould_width_mm > 0 AND max_mould_height_mm > 0 "
            "AND max_clamp_force_kn > 0 AND moulds_per_year > 0",
            name=op.f("ck_supplier_profiles_limits_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_supplier_profiles_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_supplier_profiles")),
    )
    op.create_index("ix_supplier_profiles_capabilities", "supplier_profiles", ["capabilities"], postgresql_using="gin")
    op.create_table(
        "supplier_machines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("make", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("count", sa.SmallInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("year BETWEEN 1900 AND 2200", name=op.f("ck_supplier_machines_year_sane")),
        sa.CheckConstraint("count BETWEEN 1 AND 1000", name=op.f("ck_supplier_machines_count_sane")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_supplier_machines_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_machines")),
        sa.UniqueConstraint("organization_id", "position", name=op.f("uq_supplier_machines_organization_id_position")),
    )
    op.create_table(
        "supplier_certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.String(length=20, collation="C"), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("scope", sa.String(length=300), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("file_url", sa.String(length=200), nullable=True),
        sa.Column("told_days", sa.SmallInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("expires_on > issued_on", name=op.f("ck_supplier_certificates_expires_after_issue")),
        sa.CheckConstraint("told_days IN (60, 14, 0)", name=op.f("ck_supplier_certificates_told_days_known")),
        sa.CheckConstraint(
            "(document_id IS NULL) = (file_url IS NULL)", name=op.f("ck_supplier_certificates_file_has_address")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_supplier_certificates_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_certificates")),
    )
    op.create_index(
        "uq_supplier_certificates_number",
        "supplier_certificates",
        ["organization_id", "scheme", "number"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "ix_supplier_certificates_expires_on",
        "supplier_certificates",
        ["expires_on"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "response_cases",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answered_at >= asked_at", name=op.f("ck_response_cases_answered_after_asked")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_response_cases_supplier_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_response_cases")),
    )
    op.create_index("ix_response_cases_supplier_id_asked_at", "response_cases", ["supplier_id", "asked_at"])


def downgrade() -> None:
    raise RuntimeError("what suppliers say of themselves is not taken away")
