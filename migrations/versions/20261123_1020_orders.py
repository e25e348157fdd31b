"""Procurement: the tables of awards, purchase orders and milestones. Their walls and guards follow in the next step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1020"
down_revision = "20261123_1010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_counters",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_order_counters_buyer_id")),
        sa.PrimaryKeyConstraint("buyer_id", "year", name=op.f("pk_order_counters")),
    )
    op.create_table(
        "awards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("closes_rest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("awarded_by", sa.Uuid(), nullable=True),
        sa.Column("awarded_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(["awarded_by"], ["people.id"], name=op.f("fk_awards_awarded_by")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_awards_inquiry_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("id", "inquiry_id", "buyer_id", name=op.f("uq_awards_id_inquiry_id_buyer_id")),
    )
    op.create_index("ix_awards_inquiry_id_buyer_id", "awards", ["inquiry_id", "buyer_id"], unique=False)
    op.create_table(
        "purchase_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24, collation="C"), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_locale", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("incoterm", sa.String(length=3), nullable=False),
        sa.Column("incoterm_place", sa.String(length=120), nullable=False),
        sa.Column("lead_time_days", sa.SmallInteger(), nullable=False),
        sa.Column("quote_reference", sa.String(length=60), nullable=True),
        sa.Column("milestone_template", sa.String(length=40), nullable=False),
        sa.Column("buyer_reference", sa.String(length=60), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("terms_locale", sa.String(length=8), nullable=True),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("approval_comment", sa.String(length=2000), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_delivery_on", sa.Date(), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_note", sa.String(length=1000), nullable=True),
        sa.Column("answer_locale", sa.String(length=8), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_purchase_orders_cancelled_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_purchase_orders_closed_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejected_at IS NOT NULL)", name=op.f("ck_purchase_orders_rejected_has_time")
        ),
        sa.CheckConstraint(
            "(state NOT IN ('draft', 'awaiting_approval', 'issued', 'rejected', 'cancelled')) = (acknowledged_at IS NOT NULL)",
            name=op.f("ck_purchase_orders_acknowledged_has_time"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_purchase_orders_currency_is_iso4217")),
        sa.CheckConstraint(
            "state IN ('draft', 'awaiting_approval', 'cancelled') OR issued_at IS NOT NULL",
            name=op.f("ck_purchase_orders_issued_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'awaiting_approval', 'issued', 'acknowledged', 'rejected', 'in_production', 'shipped', 'accepted', 'closed', 'cancelled')",  # noqa: E501
            name=op.f("ck_purchase_orders_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('draft', 'awaiting_approval') OR issued_at IS NULL",
            name=op.f("ck_purchase_orders_not_issued_before"),
        ),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (confirmed_delivery_on IS NULL)",
            name=op.f("ck_purchase_orders_acknowledged_has_date"),
        ),
        sa.CheckConstraint(
            "(terms IS NULL) = (terms_locale IS NULL)", name=op.f("ck_purchase_orders_terms_have_locale")
        ),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_purchase_orders_not_oneself")),
        sa.CheckConstraint("lead_time_days > 0", name=op.f("ck_purchase_orders_lead_time_positive")),
        sa.CheckConstraint(
            "total_minor BETWEEN 0 AND 1000000000000000", name=op.f("ck_purchase_orders_total_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["award_id", "inquiry_id", "buyer_id"],
            ["awards.id", "awards.inquiry_id", "awards.buyer_id"],
            name=op.f("fk_purchase_orders_award_id_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_purchase_orders_buyer_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_purchase_orders_created_by")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_purchase_orders_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_purchase_orders_quote_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_purchase_orders_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_orders")),
        sa.UniqueConstraint("buyer_id", "number", name=op.f("uq_purchase_orders_buyer_id_number")),
        sa.UniqueConstraint("id", "buyer_id", "supplier_id", name=op.f("uq_purchase_orders_id_buyer_id_supplier_id")),
    )
    op.create_index(
        "ix_purchase_orders_award_id", "purchase_orders", ["award_id", "inquiry_id", "buyer_id"], unique=False
    )
    op.create_index("ix_purchase_orders_buyer_id_id", "purchase_orders", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_purchase_orders_inquiry_id_buyer_id", "purchase_orders", ["inquiry_id", "buyer_id"], unique=False
    )
    op.create_index("ix_purchase_orders_quote_id", "purchase_orders", ["quote_id"], unique=False)
    op.create_index("ix_purchase_orders_supplier_id_id", "purchase_orders", ["supplier_id", "id"], unique=False)
    op.create_table(
        "award_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["award_id", "inquiry_id", "buyer_id"],
            ["awards.id", "awards.inquiry_id", "awards.buyer_id"],
            name=op.f("fk_award_lines_award_id_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id", "inquiry_id"],
            ["inquiry_lines.id", "inquiry_lines.inquiry_id"],
            name=op.f("fk_award_lines_line_id_inquiry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id", "supplier_id"],
            ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.supplier_id"],
            name=op.f("fk_award_lines_order_id_buyer_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["price_id"], ["quote_prices.id"], name=op.f("fk_award_lines_price_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_lines")),
    )
    op.create_index("ix_award_lines_award_id", "award_lines", ["award_id", "inquiry_id", "buyer_id"], unique=False)
    op.create_index("ix_award_lines_inquiry_id", "award_lines", ["inquiry_id"], unique=False)
    op.create_index("ix_award_lines_line_id_inquiry_id", "award_lines", ["line_id", "inquiry_id"], unique=False)
    op.create_index("ix_award_lines_order_id", "award_lines", ["order_id", "buyer_id", "supplier_id"], unique=False)
    op.create_index("ix_award_lines_price_id", "award_lines", ["price_id"], unique=False)
    op.create_index(
        "uq_award_lines_line",
        "award_lines",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL AND line_id IS NOT NULL"),
    )
    op.create_index(
        "uq_award_lines_price",
        "award_lines",
        ["price_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "order_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id", "supplier_id"],
            ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.supplier_id"],
            name=op.f("fk_order_events_order_id_buyer_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_order_events_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_order_events_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    op.create_index(
        "ix_order_events_order_id", "order_events", ["order_id", "buyer_id", "supplier_id", "id"], unique=False
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("inquiry_line_id", sa.Uuid(), nullable=True),
        sa.Column("inquiry_position", sa.SmallInteger(), nullable=True),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.String(length=80), nullable=True),
        sa.Column("category_code", sa.String(length=80), nullable=True),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("per_quantity", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'line') = (inquiry_line_id IS NOT NULL)", name=op.f("ck_order_lines_line_named")),
        sa.CheckConstraint("kind IN ('line', 'extra')", name=op.f("ck_order_lines_kind_known")),
        sa.CheckConstraint(
            "abs(total_minor * per_quantity - price_minor * quantity) * 2 <= per_quantity * 1.000001",
            name=op.f("ck_order_lines_total_is_price_by_quantity"),
        ),
        sa.CheckConstraint("per_quantity > 0", name=op.f("ck_order_lines_per_quantity_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_order_lines_price_not_negative")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id", "supplier_id"],
            ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.supplier_id"],
            name=op.f("fk_order_lines_order_id_buyer_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint(
            "order_id",
            "buyer_id",
            "supplier_id",
            "position",
            name=op.f("uq_order_lines_order_id_buyer_id_supplier_id_position"),
        ),
    )
    op.create_table(
        "order_milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("share_bp", sa.SmallInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_offset_weeks", sa.SmallInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("evidence_kinds", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("after", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('accepted', 'waived')) = (decided_at IS NOT NULL)",
            name=op.f("ck_order_milestones_decision_has_time"),
        ),
        sa.CheckConstraint("state <> 'waived' OR share_bp = 0", name=op.f("ck_order_milestones_only_shareless_waived")),
        sa.CheckConstraint(
            "state IN ('planned', 'submitted', 'accepted', 'returned', 'waived')",
            name=op.f("ck_order_milestones_state_known"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_order_milestones_amount_not_negative")),
        sa.CheckConstraint("share_bp > 0 OR amount_minor = 0", name=op.f("ck_order_milestones_no_share_no_amount")),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name=op.f("ck_order_milestones_share_in_range")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_order_milestones_decided_by")),
        sa.ForeignKeyConstraint(
            ["order_id", "buyer_id", "supplier_id"],
            ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.supplier_id"],
            name=op.f("fk_order_milestones_order_id_buyer_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_milestones")),
        sa.UniqueConstraint(
            "id",
            "order_id",
            "buyer_id",
            "supplier_id",
            name=op.f("uq_order_milestones_id_order_id_buyer_id_supplier_id"),
        ),
        sa.UniqueConstraint(
            "order_id",
            "buyer_id",
            "supplier_id",
            "position",
            name=op.f("uq_order_milestones_order_id_buyer_id_supplier_id_position"),
        ),
        sa.UniqueConstraint("order_id", "code", name=op.f("uq_order_milestones_order_id_code")),
    )
    op.create_table(
        "milestone_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("note_locale", sa.String(length=8), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(act = 'submitted') = (organization_id = supplier_id)",
            name=op.f("ck_milestone_events_supplier_submits_buyer_decides"),
        ),
        sa.CheckConstraint(
            "act IN ('added', 'submitted', 'accepted', 'returned', 'waived')",
            name=op.f("ck_milestone_events_act_known"),
        ),
        sa.CheckConstraint(
            "act NOT IN ('returned', 'waived') OR note IS NOT NULL", name=op.f("ck_milestone_events_refusal_has_reason")
        ),
        sa.CheckConstraint("(note IS NULL) = (note_locale IS NULL)", name=op.f("ck_milestone_events_note_has_locale")),
        sa.CheckConstraint("organization_id IN (buyer_id, supplier_id)", name=op.f("ck_milestone_events_by_a_party")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "order_id", "buyer_id", "supplier_id"],
            [
                "order_milestones.id",
                "order_milestones.order_id",
                "order_milestones.buyer_id",
                "order_milestones.supplier_id",
            ],
            name=op.f("fk_milestone_events_milestone_id_order_id_buyer_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_milestone_events_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_milestone_events_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_events")),
    )
    op.create_index(
        "ix_milestone_events_milestone_id",
        "milestone_events",
        ["milestone_id", "order_id", "buyer_id", "supplier_id"],
        unique=False,
    )
    op.create_index("ix_milestone_events_order_id", "milestone_events", ["order_id"], unique=False)


def downgrade() -> None:
    for table in ("milestone_events", "order_events", "order_milestones", "order_lines", "award_lines",
                  "purchase_orders", "awards", "order_counters"):  # fmt: skip
        op.drop_table(table)
