"""What was paid, released, refunded and charged back of milestones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261127_0501"
down_revision = "20261127_0500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _milestone_payments()
    _milestone_releases()
    _milestone_refunds()
    _milestone_chargebacks()


def _milestone_payments() -> None:
    op.create_table(
        "milestone_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=11), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("token", sa.String(length=200), nullable=True),
        sa.Column("method", sa.String(length=200), nullable=True),
        sa.Column("shown", sa.String(length=80), nullable=True),
        sa.Column("payment", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("bank_accounts", postgresql.JSONB(), nullable=True),
        sa.Column("remittance", sa.String(length=140), nullable=True),
        sa.Column("instructions_url", sa.String(length=500), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'captured') = (captured_minor > 0)", name=op.f("ck_milestone_payments_captured_has_amount")
        ),
        sa.CheckConstraint(
            "(way = 'transfer') = (country IS NOT NULL)", name=op.f("ck_milestone_payments_transfer_has_country")
        ),
        sa.CheckConstraint(
            "reason IN ('generic', 'insufficient_funds', 'expired_method', 'authentication_required', "
            "'limit_exceeded', 'blocked_method', 'not_saved', 'no_transfer')",
            name=op.f("ck_milestone_payments_reason_known"),
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR reason IS NOT NULL", name=op.f("ck_milestone_payments_declined_has_reason")
        ),
        sa.CheckConstraint(
            "state <> 'pending' OR way = 'transfer' OR token IS NOT NULL OR method IS NOT NULL",
            name=op.f("ck_milestone_payments_has_method"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'captured', 'declined', 'withdrawing', 'withdrawn')",
            name=op.f("ck_milestone_payments_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('processing', 'captured', 'withdrawing', 'withdrawn') OR payment IS NOT NULL",
            name=op.f("ck_milestone_payments_known_to_the_provider"),
        ),
        sa.CheckConstraint(
            "way = 'method' OR num_nonnulls(token, method, shown) = 0",
            name=op.f("ck_milestone_payments_transfer_has_no_method"),
        ),
        sa.CheckConstraint("way IN ('method', 'transfer')", name=op.f("ck_milestone_payments_way_known")),
        sa.CheckConstraint(
            "amount_minor > 0 AND captured_minor >= 0", name=op.f("ck_milestone_payments_amount_positive")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_milestone_payments_asked_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_milestone_payments_of_milestone",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_payments")),
        sa.UniqueConstraint("id", "milestone_id", name=op.f("uq_milestone_payments_id_milestone_id")),
        sa.UniqueConstraint("milestone_id", "number", name=op.f("uq_milestone_payments_milestone_id_number")),
    )
    op.create_index(
        "ix_milestone_payments_processing",
        "milestone_payments",
        ["looked_at"],
        unique=False,
        postgresql_where=sa.text("state = 'processing'"),
    )
    op.create_index(
        "ix_milestone_payments_to_ask",
        "milestone_payments",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'withdrawing')"),
    )
    op.create_index(
        "uq_milestone_payments_one_under_way",
        "milestone_payments",
        ["milestone_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'processing', 'withdrawing')"),
    )
    op.create_index(
        "uq_milestone_payments_payment",
        "milestone_payments",
        ["payment"],
        unique=True,
        postgresql_where=sa.text("payment IS NOT NULL"),
    )


def _milestone_releases() -> None:
    op.create_table(
        "milestone_releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(length=9), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('accepted', 'retention', 'dispute')", name=op.f("ck_milestone_releases_reason_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_milestone_releases_amount_positive")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_milestone_releases_of_milestone",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "milestone_id"],
            ["milestone_payments.id", "milestone_payments.milestone_id"],
            name=op.f("fk_milestone_releases_payment_id_milestone_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_releases")),
        sa.UniqueConstraint("milestone_id", "number", name=op.f("uq_milestone_releases_milestone_id_number")),
    )
    op.create_index("ix_milestone_releases_payment_id", "milestone_releases", ["payment_id"], unique=False)


def _milestone_refunds() -> None:
    op.create_table(
        "milestone_refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("from_escrow_minor", sa.BigInteger(), nullable=False),
        sa.Column("from_supplier_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("refund", sa.String(length=200), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'decision') = (reason IS NOT NULL)", name=op.f("ck_milestone_refunds_decision_has_reason")
        ),
        sa.CheckConstraint(
            "kind IN ('decision', 'dispute', 'surplus', 'foreign')", name=op.f("ck_milestone_refunds_kind_known")
        ),
        sa.CheckConstraint(
            "state <> 'processing' OR refund IS NOT NULL", name=op.f("ck_milestone_refunds_processing_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'done', 'failed')", name=op.f("ck_milestone_refunds_state_known")
        ),
        sa.CheckConstraint(
            "from_escrow_minor >= 0 AND from_supplier_minor >= 0 AND from_escrow_minor + from_supplier_minor > 0",
            name=op.f("ck_milestone_refunds_amount_positive"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_milestone_refunds_decided_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_milestone_refunds_of_milestone",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "milestone_id"],
            ["milestone_payments.id", "milestone_payments.milestone_id"],
            name=op.f("fk_milestone_refunds_payment_id_milestone_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_refunds")),
        sa.UniqueConstraint("milestone_id", "number", name=op.f("uq_milestone_refunds_milestone_id_number")),
    )
    op.create_index("ix_milestone_refunds_payment_id", "milestone_refunds", ["payment_id"], unique=False)
    op.create_index(
        "ix_milestone_refunds_to_ask",
        "milestone_refunds",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'processing')"),
    )


def _milestone_chargebacks() -> None:
    op.create_table(
        "milestone_chargebacks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("dispute", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("state", sa.String(length=4), server_default=sa.text("'open'"), nullable=False),
        sa.Column("from_escrow_minor", sa.BigInteger(), nullable=False),
        sa.Column("from_supplier_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_milestone_chargebacks_ended_has_time")
        ),
        sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f("ck_milestone_chargebacks_state_known")),
        sa.CheckConstraint(
            "from_escrow_minor >= 0 AND from_supplier_minor >= 0 AND from_escrow_minor + from_supplier_minor > 0",
            name=op.f("ck_milestone_chargebacks_amount_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_milestone_chargebacks_of_milestone",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "milestone_id"],
            ["milestone_payments.id", "milestone_payments.milestone_id"],
            name=op.f("fk_milestone_chargebacks_payment_id_milestone_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_chargebacks")),
        sa.UniqueConstraint("dispute", name=op.f("uq_milestone_chargebacks_dispute")),
        sa.UniqueConstraint("milestone_id", "number", name=op.f("uq_milestone_chargebacks_milestone_id_number")),
    )
    op.create_index("ix_milestone_chargebacks_payment_id", "milestone_chargebacks", ["payment_id"], unique=False)
