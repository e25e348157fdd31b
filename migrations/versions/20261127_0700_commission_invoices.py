"""The house's invoices over its commission; and credit notes of which a part was given back before."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import append_only, tenant_table

revision = "20261127_0700"
down_revision = "20261127_0690"
branch_labels = None
depends_on = None

SIDES = ["issuer_id", "supplier_id", "currency"]
ISSUED = "issuer_id = app_organization_id()"
EITHER = f"{ISSUED} OR supplier_id = app_organization_id()"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_invoices_credit_note_whole"), "invoices", type_="check")
    _invoices()
    _lines()
    for table in ("commission_invoices", "commission_invoice_lines"):
        tenant_table(table, owner=ISSUED, read=EITHER, privileges=("SELECT", "INSERT"))
        append_only(table)


def _invoices() -> None:
    op.create_table(
        "commission_invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("credits_id", sa.Uuid(), nullable=True),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_commission_invoices_currency_is_iso4217")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_commission_invoices_first_of_month")),
        sa.CheckConstraint("number > 0", name=op.f("ck_commission_invoices_number_positive")),
        sa.CheckConstraint(
            "net_minor <> 0 AND (net_minor < 0) = (credits_id IS NOT NULL)",
            name=op.f("ck_commission_invoices_credit_note_names_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "issuer_id", "supplier_id", "currency"],
            ["invoices.id", "invoices.issuer_id", "invoices.recipient_id", "invoices.currency"],
            name=op.f("fk_commission_invoices_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["credits_id", *SIDES],
            [f"commission_invoices.{column}" for column in ("id", *SIDES)],
            name=op.f("fk_commission_invoices_credits_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_invoices")),
        sa.UniqueConstraint("id", *SIDES, name=op.f("uq_commission_invoices_id_issuer_id_supplier_id_currency")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_commission_invoices_invoice_id")),
        sa.UniqueConstraint(
            "supplier_id",
            "currency",
            "month",
            "number",
            name=op.f("uq_commission_invoices_supplier_id_currency_month_number"),
        ),
    )
    op.create_index("ix_commission_invoices_credits_id", "commission_invoices", ["credits_id"])


def _lines() -> None:
    op.create_table(
        "commission_invoice_lines",
        sa.Column("commission_invoice_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cause_kind", sa.String(length=20, collation="C"), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("line > 0", name=op.f("ck_commission_invoice_lines_line_positive")),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_commission_invoice_lines_amount_not_nought")),
        sa.ForeignKeyConstraint(
            ["commission_invoice_id", *SIDES],
            [f"commission_invoices.{column}" for column in ("id", *SIDES)],
            name=op.f("fk_commission_invoice_lines_commission_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("commission_invoice_id", "line", name=op.f("pk_commission_invoice_lines")),
    )
