"""Reminders: what issuers have set, the letters that were written, and which items each took to which step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import BACKOFFICE, WORKER, append_only, policy, tenant_table

revision = "20261127_0542"
down_revision = "20261127_0541"
branch_labels = None
depends_on = None

ISSUED = "issuer_id = app_organization_id()"
SIDES = f"{ISSUED} OR recipient_id = app_organization_id()"
# What the operator's screens show: not who wrote what to whom about which account.
SHOWN = "id, issuer_id, recipient_id, tone, locale, issued_on, created_at"


def upgrade() -> None:
    _settings()
    _notices()
    _lines()
    tenant_table("dunning_settings")
    policy("dunning_settings", "dunning_settings_watch", "SELECT", "active", None, WORKER)
    tenant_table("dunning_steps", privileges=("SELECT", "INSERT", "DELETE"))
    for table in ("dunning_notices", "dunning_lines"):
        tenant_table(table, owner=ISSUED, read=SIDES, privileges=("SELECT", "INSERT"))
        append_only(table)
    op.execute(f"REVOKE SELECT ON dunning_notices, dunning_settings, dunning_steps FROM {BACKOFFICE}")
    op.execute(f"GRANT SELECT ({SHOWN}) ON dunning_notices TO {BACKOFFICE}")


def _settings() -> None:
    op.create_table(
        "dunning_settings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("agreed_interest_bp", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("agreed_interest_bp BETWEEN 1 AND 3000", name=op.f("ck_dunning_settings_interest_in_range")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_dunning_settings_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_dunning_settings")),
    )
    op.create_table(
        "dunning_steps",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("days_overdue", sa.SmallInteger(), nullable=False),
        sa.Column("tone", sa.String(length=8), nullable=False),
        sa.Column("charges", sa.String(length=9), nullable=False),
        sa.CheckConstraint(
            "step BETWEEN 1 AND 5 AND days_overdue BETWEEN 1 AND 365", name=op.f("ck_dunning_steps_in_range")
        ),
        sa.CheckConstraint("tone IN ('friendly', 'firm', 'last')", name=op.f("ck_dunning_steps_tone_known")),
        sa.CheckConstraint("charges IN ('none', 'statutory', 'agreed')", name=op.f("ck_dunning_steps_charges_known")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["dunning_settings.organization_id"], name=op.f("fk_dunning_steps_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "step", name=op.f("pk_dunning_steps")),
    )


def _notices() -> None:
    table = "dunning_notices"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("tone", sa.String(length=8), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("letterhead", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("issuer_id <> recipient_id", name=op.f("ck_dunning_notices_not_oneself")),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_dunning_notices_locale_known"),
        ),
        sa.CheckConstraint("tone IN ('friendly', 'firm', 'last')", name=op.f("ck_dunning_notices_tone_known")),
        sa.ForeignKeyConstraint(["issuer_id"], ["organizations.id"], name=op.f("fk_dunning_notices_issuer_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organizations.id"], name=op.f("fk_dunning_notices_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_notices")),
        sa.UniqueConstraint(
            "id", "issuer_id", "recipient_id", name=op.f("uq_dunning_notices_id_issuer_id_recipient_id")
        ),
        sa.UniqueConstraint(
            "issuer_id", "recipient_id", "issued_on", name=op.f("uq_dunning_notices_issuer_id_recipient_id_issued_on")
        ),
    )
    op.create_index("ix_dunning_notices_issuer_id_id", table, ["issuer_id", "id"])
    op.create_index("ix_dunning_notices_recipient_id_id", table, ["recipient_id", "id"])


def _lines() -> None:
    table = "dunning_lines"
    op.create_table(
        table,
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=30, collation="C"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("invoiced_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_overdue", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "interest_minor >= 0 AND fixed_minor >= 0", name=op.f("ck_dunning_lines_claims_not_negative")
        ),
        sa.CheckConstraint("open_minor > 0 AND days_overdue > 0", name=op.f("ck_dunning_lines_something_overdue")),
        sa.CheckConstraint(
            "step BETWEEN 0 AND 5 AND (step > 0 OR NOT reached)", name=op.f("ck_dunning_lines_step_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "issuer_id", "recipient_id"],
            ["open_items.id", "open_items.issuer_id", "open_items.recipient_id"],
            name=op.f("fk_dunning_lines_item_id_issuer_id_recipient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id", "issuer_id", "recipient_id"],
            ["dunning_notices.id", "dunning_notices.issuer_id", "dunning_notices.recipient_id"],
            name=op.f("fk_dunning_lines_notice_id_issuer_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("notice_id", "position", name=op.f("pk_dunning_lines")),
    )
    reached = sa.text("reached")
    op.create_index("ix_dunning_lines_item_id", table, ["item_id"])
    op.create_index("uq_dunning_lines_step", table, ["item_id", "step"], unique=True, postgresql_where=reached)
