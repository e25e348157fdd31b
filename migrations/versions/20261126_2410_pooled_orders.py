"""Pooled orders: a third origin of orders. Each stands under a framework order, fulfils one commitment of its buyer, and binds
him: what he pays is what the lines say, and only its supplier or its pool can still end it."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_2410"
down_revision = "20261126_2403"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _orders()
    _lines()
    op.execute(ORDER_GUARD)
    op.execute(LINES_GUARD)
    op.execute(ADDS_UP)


def _orders() -> None:
    table = "purchase_orders"
    op.add_column(table, sa.Column("pool_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("pool_number", sa.String(length=40, collation="C"), nullable=True))
    op.add_column(table, sa.Column("pool_key", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("ended_by_pool", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_constraint(op.f("ck_purchase_orders_one_origin"), table)
    op.create_check_constraint(
        op.f("ck_purchase_orders_one_origin"),
        table,
        "num_nonnulls(inquiry_id, award_id, quote_id) = CASE origin WHEN 'award' THEN 3 ELSE 0 END "
        "AND num_nonnulls(pool_id, pool_number, pool_key) = CASE origin WHEN 'pool' THEN 3 ELSE 0 END "
        "AND origin IN ('award', 'catalogue', 'pool')",
    )
    op.create_check_constraint(
        op.f("ck_purchase_orders_pool_ends_its_own"),
        table,
        "ended_by_pool = (origin = 'pool' AND state = 'cancelled')",
    )
    op.create_index(
        "uq_purchase_orders_pool_key",
        table,
        ["supplier_id", "pool_key"],
        unique=True,
        postgresql_where=sa.text("pool_key IS NOT NULL"),
    )
    op.create_index(
        "ix_purchase_orders_pool_id_id",
        table,
        ["pool_id", "id"],
        unique=False,
        postgresql_where=sa.text("pool_id IS NOT NULL"),
    )


def _lines() -> None:
    table = "order_lines"
    op.drop_constraint(op.f("ck_order_lines_kind_known"), table)
    op.create_check_constraint(op.f("ck_order_lines_kind_known"), table, "kind IN ('line', 'extra', 'item', 'pooled')")
    op.drop_constraint(op.f("ck_order_lines_item_is_whole"), table)
    op.create_check_constraint(
        op.f("ck_order_lines_item_is_whole"),
        table,
        "CASE WHEN kind = 'item' THEN num_nonnulls(confirmation_id, variant_id, sku, currency, price_source, "
        "lead_time_days, description_locale, texts) = 8 AND per_quantity = 1 ELSE num_nonnulls(confirmation_id, "
        "currency, price_source, price_list_id, lead_time_days) = 0 AND num_nonnulls(description_locale, texts) = "
        "CASE kind WHEN 'pooled' THEN 2 ELSE 0 END END",
    )
    # A price for the whole quantity: no division stands between what a member pays and what his order says.
    op.create_check_constraint(
        op.f("ck_order_lines_pooled_is_the_payment"),
        table,
        "kind <> 'pooled' OR price_minor = total_minor AND per_quantity = quantity",
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
        NEW.pool_id, NEW.pool_number, NEW.pool_key, NEW.title, NEW.title_locale, NEW.title_texts, NEW.currency,
        NEW.total_minor, NEW.incoterm, NEW.incoterm_place, NEW.lead_time_days, NEW.quote_reference, NEW.created_by)
       IS DISTINCT FROM
       (OLD.id, OLD.buyer_id, OLD.supplier_id, OLD.number, OLD.origin, OLD.inquiry_id, OLD.award_id, OLD.quote_id,
        OLD.pool_id, OLD.pool_number, OLD.pool_key, OLD.title, OLD.title_locale, OLD.title_texts, OLD.currency,
        OLD.total_minor, OLD.incoterm, OLD.incoterm_place, OLD.lead_time_days, OLD.quote_reference, OLD.created_by) THEN
        RAISE EXCEPTION 'what was ordered cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_snapshot';
    END IF;
    IF OLD.state <> 'draft' AND
       (NEW.milestone_template, NEW.buyer_reference, NEW.requested_on, NEW.terms, NEW.terms_locale) IS DISTINCT FROM
       (OLD.milestone_template, OLD.buyer_reference, OLD.requested_on, OLD.terms, OLD.terms_locale) THEN
        RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
    END IF;
    -- A commitment binds: nothing is left to approve, and its pool alone, which is no person of the buyer, lets go of it.
    IF NEW.origin = 'pool' AND NEW.state <> OLD.state AND (NEW.state = 'awaiting_approval' OR NEW.state = 'cancelled' AND
        (OLD.state = 'draft' OR NOT NEW.ended_by_pool OR app_person_id() IS NOT NULL)) THEN
        RAISE EXCEPTION 'a pooled order binds its buyer'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pooled_order_binds';
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
    IF from_where <> (CASE NEW.kind WHEN 'item' THEN 'catalogue' WHEN 'pooled' THEN 'pool' ELSE 'award' END) THEN
        RAISE EXCEPTION 'an order comes of an award, of the catalogue or of a pool'
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

ADDS_UP = """
CREATE OR REPLACE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned uuid;
    buyer uuid;
    acting text := coalesce(current_setting('app.organization_id', true), '');
    total bigint;
    of_lines numeric;
    of_milestones numeric;
    shares bigint;
    unissued boolean;
BEGIN
    IF TG_TABLE_NAME = 'purchase_orders' THEN
        concerned := NEW.id; buyer := NEW.buyer_id;
    ELSIF TG_OP = 'DELETE' THEN
        concerned := OLD.order_id; buyer := OLD.buyer_id;
    ELSE
        concerned := NEW.order_id; buyer := NEW.buyer_id;
    END IF;
    -- It runs at the commit, when the transaction may act for somebody else or for nobody.
    PERFORM set_config('app.organization_id', buyer::text, true);
    SELECT total_minor, origin = 'pool' AND issued_at IS NULL INTO total, unissued FROM purchase_orders WHERE id = concerned;
    SELECT coalesce(sum(total_minor), -1) INTO of_lines FROM order_lines WHERE order_id = concerned;
    SELECT coalesce(sum(amount_minor), -1), coalesce(sum(share_bp), 0) INTO of_milestones, shares
        FROM order_milestones WHERE order_id = concerned;
    PERFORM set_config('app.organization_id', acting, true);
    IF total IS NULL OR of_lines <> total OR of_milestones <> total OR shares <> 10000 THEN
        RAISE EXCEPTION 'order %: total %, lines %, milestones %, shares %', concerned, total, of_lines, of_milestones, shares
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_adds_up';
    END IF;
    IF unissued THEN
        RAISE EXCEPTION 'a pooled order is issued in the transaction that writes it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pooled_order_issued';
    END IF;
    RETURN NULL;
END $$;
"""
