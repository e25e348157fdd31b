"""Orders of catalogue items: an order comes of an award or of the catalogue, and an item is charged as it was confirmed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_1410"
down_revision = "20261126_1400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _orders()
    _lines()
    op.execute(ORDER_GUARD)
    op.execute(LINES_GUARD)


def _orders() -> None:
    table = "purchase_orders"
    for column in ("inquiry_id", "award_id", "quote_id"):
        op.alter_column(table, column, existing_type=sa.Uuid(), nullable=True)
    origin = sa.Column("origin", sa.String(length=10), server_default=sa.text("'award'"), nullable=False)
    op.add_column(table, origin)
    op.add_column(table, sa.Column("title_texts", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_purchase_orders_one_origin"),
        table,
        "num_nonnulls(inquiry_id, award_id, quote_id) = CASE origin WHEN 'award' THEN 3 WHEN 'catalogue' THEN 0 END "
        "AND origin IN ('award', 'catalogue')",
    )
    op.create_unique_constraint(op.f("uq_purchase_orders_id_currency"), table, ["id", "currency"])


def _lines() -> None:
    table = "order_lines"
    for column in (
        sa.Column("confirmation_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("price_source", sa.String(length=8), nullable=True),
        sa.Column("price_list_id", sa.Uuid(), nullable=True),
        sa.Column("price_list_code", sa.String(length=80), nullable=True),
        sa.Column("price_list_edition", sa.Integer(), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("description_locale", sa.String(length=8), nullable=True),
        sa.Column("texts", postgresql.JSONB(), nullable=True),
    ):
        op.add_column(table, column)
    op.drop_constraint(op.f("ck_order_lines_kind_known"), table)
    op.create_check_constraint(op.f("ck_order_lines_kind_known"), table, "kind IN ('line', 'extra', 'item')")
    op.create_check_constraint(
        op.f("ck_order_lines_item_is_whole"),
        table,
        "CASE WHEN kind = 'item' THEN num_nonnulls(confirmation_id, variant_id, sku, currency, price_source, "
        "lead_time_days, description_locale, texts) = 8 AND per_quantity = 1 ELSE num_nonnulls(confirmation_id, "
        "currency, price_source, price_list_id, lead_time_days, description_locale, texts) = 0 END",
    )
    op.create_index(
        "uq_order_lines_confirmation_id",
        table,
        ["confirmation_id"],
        unique=True,
        postgresql_where=sa.text("confirmation_id IS NOT NULL"),
    )
    # A price asked for is the price charged: whatever writes a line, it cannot say anything else.
    op.create_foreign_key(
        "fk_order_lines_as_confirmed",
        table,
        "price_confirmations",
        [
            "confirmation_id",
            "buyer_id",
            "supplier_id",
            "variant_id",
            "currency",
            "quantity",
            "price_minor",
            "total_minor",
        ],
        ["id", "buyer_id", "supplier_id", "variant_id", "currency", "quantity", "price_minor", "total_minor"],
    )
    op.create_foreign_key(
        op.f("fk_order_lines_order_id_currency"), table, "purchase_orders", ["order_id", "currency"], ["id", "currency"]
    )


ORDER_GUARD = """
CREATE OR REPLACE FUNCTION order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mover text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an order begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.buyer_id, NEW.supplier_id, NEW.number, NEW.origin, NEW.inquiry_id, NEW.award_id, NEW.quote_id,
        NEW.title, NEW.title_locale, NEW.title_texts, NEW.currency, NEW.total_minor, NEW.incoterm, NEW.incoterm_place,
        NEW.lead_time_days, NEW.quote_reference, NEW.created_by)
       IS DISTINCT FROM
       (OLD.id, OLD.buyer_id, OLD.supplier_id, OLD.number, OLD.origin, OLD.inquiry_id, OLD.award_id, OLD.quote_id,
        OLD.title, OLD.title_locale, OLD.title_texts, OLD.currency, OLD.total_minor, OLD.incoterm, OLD.incoterm_place,
        OLD.lead_time_days, OLD.quote_reference, OLD.created_by) THEN
        RAISE EXCEPTION 'what was ordered cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_snapshot';
    END IF;
    IF OLD.state <> 'draft' AND
       (NEW.milestone_template, NEW.buyer_reference, NEW.requested_on, NEW.terms, NEW.terms_locale) IS DISTINCT FROM
       (OLD.milestone_template, OLD.buyer_reference, OLD.requested_on, OLD.terms, OLD.terms_locale) THEN
        RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
    END IF;
    IF NEW.state <> OLD.state THEN
        SELECT side INTO mover FROM (VALUES
            ('draft', 'awaiting_approval', 'buyer'), ('draft', 'issued', 'buyer'), ('draft', 'cancelled', 'buyer'),
            ('awaiting_approval', 'issued', 'buyer'), ('awaiting_approval', 'draft', 'buyer'),
            ('awaiting_approval', 'cancelled', 'buyer'), ('issued', 'acknowledged', 'supplier'),
            ('issued', 'rejected', 'supplier'), ('issued', 'cancelled', 'buyer'),
            ('acknowledged', 'in_production', 'buyer'), ('in_production', 'shipped', 'buyer'),
            ('shipped', 'accepted', 'buyer'), ('accepted', 'closed', 'buyer')) AS legal (was, becomes, side)
            WHERE was = OLD.state AND becomes = NEW.state;
        IF mover IS NULL THEN
            RAISE EXCEPTION 'an order cannot go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
        END IF;
        IF app_organization_id() IS DISTINCT FROM (CASE mover WHEN 'buyer' THEN NEW.buyer_id ELSE NEW.supplier_id END) THEN
            RAISE EXCEPTION 'this step is the %''s', mover USING ERRCODE = 'check_violation', CONSTRAINT = 'order_mover';
        END IF;
    ELSIF app_organization_id() IS DISTINCT FROM NEW.buyer_id
        -- Evidence makes the order another version; nothing else of it is the supplier's to change.
        AND (to_jsonb(NEW) - 'version') IS DISTINCT FROM (to_jsonb(OLD) - 'version') THEN
        RAISE EXCEPTION 'this change is the buyer''s' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_mover';
    END IF;
    IF NEW.issued_at IS DISTINCT FROM OLD.issued_at AND NOT (OLD.issued_at IS NULL AND NEW.state = 'issued')
       OR NEW.state = 'closed' AND EXISTS (
           SELECT 1 FROM order_milestones WHERE order_id = NEW.id AND state NOT IN ('accepted', 'waived')) THEN
        RAISE EXCEPTION 'an order is issued once, and closed when all is done'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
    END IF;
    RETURN NEW;
END $$;
"""

# The amounts of an item are held by its foreign key; what may be absent, and what depends on the moment, is held here.
LINES_GUARD = """
CREATE OR REPLACE FUNCTION order_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    from_where text;
    confirmed price_confirmations;
BEGIN
    SELECT origin INTO from_where FROM purchase_orders WHERE id = NEW.order_id AND state = 'draft';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
    END IF;
    IF (from_where = 'catalogue') <> (NEW.kind = 'item') THEN
        RAISE EXCEPTION 'an order comes of an award or of the catalogue'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_one_origin';
    END IF;
    IF NEW.kind <> 'item' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO confirmed FROM price_confirmations WHERE id = NEW.confirmation_id;
    IF (NEW.sku, NEW.unit, NEW.lead_time_days, NEW.price_source, NEW.price_list_id, NEW.price_list_code,
        NEW.price_list_edition)
       IS DISTINCT FROM
       (confirmed.sku, confirmed.unit, confirmed.lead_time_days, confirmed.source, confirmed.price_list_id,
        confirmed.price_list_code, confirmed.price_list_edition) THEN
        RAISE EXCEPTION 'an item is ordered as it was confirmed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_as_confirmed';
    END IF;
    IF confirmed.valid_until <= app_now() THEN
        RAISE EXCEPTION 'the confirmation has expired'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_confirmation_expired';
    END IF;
    PERFORM 1 FROM public_products WHERE product_id = confirmed.product_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the listing is withdrawn' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_item_listed';
    END IF;
    RETURN NEW;
END $$;
"""


def downgrade() -> None:
    raise RuntimeError("orders of the catalogue cannot be taken away")
