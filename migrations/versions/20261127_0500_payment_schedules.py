"""Payment schedules of deals, and their milestones."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_0500"
down_revision = "20261127_0400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _payment_schedules()
    _payment_milestones()


def _payment_schedules() -> None:
    op.create_table(
        "payment_schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("deal_number", sa.String(length=40), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("retention_bp", sa.SmallInteger(), nullable=False),
        sa.Column("retention_days", sa.SmallInteger(), nullable=False),
        sa.Column("silence_days", sa.SmallInteger(), nullable=False),
        sa.Column("payment_days", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_schedules_currency_is_iso4217")),
        sa.CheckConstraint(
            "(retention_bp = 0) = (retention_days = 0)", name=op.f("ck_payment_schedules_retention_has_days")
        ),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_payment_schedules_not_oneself")),
        sa.CheckConstraint("retention_bp BETWEEN 0 AND 5000", name=op.f("ck_payment_schedules_retention_in_range")),
        sa.CheckConstraint(
            "retention_days BETWEEN 0 AND 3650 AND silence_days BETWEEN 1 AND 365 AND payment_days BETWEEN 0 AND 365",
            name=op.f("ck_payment_schedules_days_in_range"),
        ),
        sa.CheckConstraint(
            "total_minor BETWEEN 1 AND 1000000000000000", name=op.f("ck_payment_schedules_total_in_range")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_payment_schedules_buyer_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_payment_schedules_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_schedules")),
        sa.UniqueConstraint("deal_kind", "deal_id", name=op.f("uq_payment_schedules_deal_kind_deal_id")),
        sa.UniqueConstraint(
            "id",
            "buyer_id",
            "supplier_id",
            "currency",
            name=op.f("uq_payment_schedules_id_buyer_id_supplier_id_currency"),
        ),
    )
    op.create_index("ix_payment_schedules_buyer_id_id", "payment_schedules", ["buyer_id", "id"], unique=False)
    op.create_index("ix_payment_schedules_supplier_id_id", "payment_schedules", ["supplier_id", "id"], unique=False)


def _payment_milestones() -> None:
    op.create_table(
        "payment_milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("share_bp", sa.SmallInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("retention_minor", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("silent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(length=10), nullable=True),
        sa.Column("free_on", sa.Date(), nullable=True),
        sa.Column("retention_settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("frozen_by", sa.Uuid(), nullable=True),
        sa.Column("funded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("released_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunding_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("surplus_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("charged_back_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("taken_back_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("steps", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'evidenced') = (silent_at IS NOT NULL)", name=op.f("ck_payment_milestones_evidenced_has_time")
        ),
        sa.CheckConstraint(
            "accepted_by IN ('buyer', 'silence', 'terms', 'dispute')",
            name=op.f("ck_payment_milestones_acceptance_known"),
        ),
        sa.CheckConstraint(
            "evidence IN ('none', 'order_acknowledged', 'design_approved', 't1_report', 'first_article', "
            "'bill_of_lading', 'run_off_accepted')",
            name=op.f("ck_payment_milestones_evidence_known"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(accepted_at, accepted_by, free_on) = CASE state WHEN 'accepted' THEN 3 ELSE 0 END",
            name=op.f("ck_payment_milestones_accepted_says_how"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'evidenced', 'returned', 'accepted')", name=op.f("ck_payment_milestones_state_known")
        ),
        sa.CheckConstraint(
            "funded_minor - released_minor - refunding_minor - refunded_minor - charged_back_minor + taken_back_minor >= 0",
            name=op.f("ck_payment_milestones_released_what_is_held"),
        ),
        sa.CheckConstraint(
            "least(funded_minor, released_minor, refunding_minor, refunded_minor, surplus_minor, "
            "charged_back_minor, taken_back_minor) >= 0",
            name=op.f("ck_payment_milestones_nothing_negative"),
        ),
        sa.CheckConstraint(
            "refunding_minor + refunded_minor + charged_back_minor <= funded_minor",
            name=op.f("ck_payment_milestones_back_what_was_paid"),
        ),
        sa.CheckConstraint(
            "released_minor - taken_back_minor <= amount_minor",
            name=op.f("ck_payment_milestones_released_at_most_the_amount"),
        ),
        sa.CheckConstraint(
            "retention_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payment_milestones_retention_is_a_part")
        ),
        sa.CheckConstraint(
            "share_bp BETWEEN 1 AND 10000 AND amount_minor >= 0", name=op.f("ck_payment_milestones_share_positive")
        ),
        sa.CheckConstraint(
            "taken_back_minor <= released_minor AND taken_back_minor <= refunding_minor + refunded_minor + "
            "charged_back_minor AND surplus_minor <= refunding_minor + refunded_minor",
            name=op.f("ck_payment_milestones_parts_of_what_went_back"),
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_schedules.id",
                "payment_schedules.buyer_id",
                "payment_schedules.supplier_id",
                "payment_schedules.currency",
            ],
            name="fk_payment_milestones_of_schedule",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_milestones")),
        sa.UniqueConstraint(
            "id",
            "buyer_id",
            "supplier_id",
            "currency",
            name=op.f("uq_payment_milestones_id_buyer_id_supplier_id_currency"),
        ),
        sa.UniqueConstraint("schedule_id", "key", name=op.f("uq_payment_milestones_schedule_id_key")),
        sa.UniqueConstraint("schedule_id", "part_id", name=op.f("uq_payment_milestones_schedule_id_part_id")),
        sa.UniqueConstraint("schedule_id", "position", name=op.f("uq_payment_milestones_schedule_id_position")),
    )
    op.create_index(
        "ix_payment_milestones_free_on",
        "payment_milestones",
        ["free_on"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted' AND retention_minor > 0 AND NOT retention_settled"),
    )
    op.create_index(
        "ix_payment_milestones_silent_at",
        "payment_milestones",
        ["silent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'evidenced' AND frozen_by IS NULL"),
    )
