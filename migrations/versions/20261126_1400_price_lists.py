"""Price lists: prices between one supplier and some buyers, beside the public document; and prices confirmed for a while."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import append_only, tenant_table

revision = "20261126_1400"
down_revision = "20261126_1300"
branch_labels = None
depends_on = None

OWN = "supplier_id = app_organization_id()"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _lists()
    _grants()
    _lines()
    _confirmations()
    op.execute(GUARDS)
    op.execute(PRICES)
    op.execute(CONFIRMATION_GUARD)
    granted = (
        "state = 'active' AND EXISTS (SELECT 1 FROM price_list_grants g WHERE g.list_id = {list} "
        "AND g.buyer_id = app_organization_id() AND g.list_state = 'active')"
    )
    of_line = granted.replace("state =", "list_state =", 1).format(list="price_list_lines.list_id")
    all_privileges = ("SELECT", "INSERT", "UPDATE", "DELETE")
    tenant_table(
        "price_lists",
        owner=OWN,
        read=f"{OWN} OR ({granted.format(list='price_lists.id')})",
        privileges=all_privileges,
    )
    tenant_table("price_list_lines", owner=OWN, read=f"{OWN} OR ({of_line})", privileges=all_privileges)
    # A buyer sees his own grant alone, so that he does not learn who else buys on the same list.
    tenant_table(
        "price_list_grants",
        owner=OWN,
        read=f"{OWN} OR (buyer_id = app_organization_id() AND list_state = 'active')",
        privileges=all_privileges,
    )
    tenant_table(
        "price_confirmations",
        owner="buyer_id = app_organization_id()",
        read=f"buyer_id = app_organization_id() OR {OWN}",
        privileges=("SELECT", "INSERT"),
    )
    append_only("price_confirmations")


def _lists() -> None:
    op.create_table(
        "price_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("succeeds_id", sa.Uuid(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'active', 'ended')", name=op.f("ck_price_lists_state_known")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_price_lists_currency_is_iso4217")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_price_lists_validity_in_order")),
        sa.CheckConstraint("edition > 0", name=op.f("ck_price_lists_edition_positive")),
        sa.CheckConstraint(
            "(state = 'draft') = (activated_at IS NULL)", name=op.f("ck_price_lists_activated_has_time")
        ),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_price_lists_ended_has_time")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_price_lists_supplier_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_price_lists_created_by")),
        sa.ForeignKeyConstraint(
            ["succeeds_id", "supplier_id"],
            ["price_lists.id", "price_lists.supplier_id"],
            name=op.f("fk_price_lists_succeeds_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
        sa.UniqueConstraint("id", "supplier_id", name=op.f("uq_price_lists_id_supplier_id")),
        sa.UniqueConstraint("id", "supplier_id", "state", name=op.f("uq_price_lists_id_supplier_id_state")),
        sa.UniqueConstraint("supplier_id", "code", "edition", name=op.f("uq_price_lists_supplier_id_code_edition")),
    )
    op.create_index("ix_price_lists_succeeds_id_supplier_id", "price_lists", ["succeeds_id", "supplier_id"])
    op.create_index("ix_price_lists_supplier_id_id", "price_lists", ["supplier_id", "id"])
    # Two editions of one list are never in force on the same day.
    op.execute(
        "ALTER TABLE price_lists ADD CONSTRAINT ex_price_lists_one_edition_at_a_time EXCLUDE USING gist "
        "(supplier_id WITH =, code WITH =, daterange(valid_from, valid_until, '[]') WITH &&) WHERE (state = 'active')"
    )


def _grants() -> None:
    op.create_table(
        "price_list_grants",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("list_state", sa.String(length=8), server_default=sa.text("'draft'"), nullable=False),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_price_list_grants_not_oneself")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_price_list_grants_buyer_id")),
        _of_list("price_list_grants"),
        sa.PrimaryKeyConstraint("list_id", "buyer_id", name=op.f("pk_price_list_grants")),
    )
    op.create_index("ix_price_list_grants_buyer_id", "price_list_grants", ["buyer_id", "list_state", "list_id"])


def _lines() -> None:
    op.create_table(
        "price_list_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("list_state", sa.String(length=8), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("category_code", sa.String(length=80, collation="C"), nullable=True),
        sa.Column("min_quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("discount_bp", sa.Integer(), nullable=True),
        sa.CheckConstraint("scope IN ('variant', 'category', 'range')", name=op.f("ck_price_list_lines_scope_known")),
        sa.CheckConstraint(
            "(scope = 'variant') = (variant_id IS NOT NULL) AND (scope = 'category') = (category_code IS NOT NULL)",
            name=op.f("ck_price_list_lines_scope_named"),
        ),
        sa.CheckConstraint(
            "(scope = 'variant') = (price_minor IS NOT NULL) AND (scope = 'variant') = (discount_bp IS NULL)",
            name=op.f("ck_price_list_lines_price_or_discount"),
        ),
        sa.CheckConstraint(
            "price_minor BETWEEN 1 AND 1000000000000000", name=op.f("ck_price_list_lines_price_in_range")
        ),
        sa.CheckConstraint("discount_bp BETWEEN 1 AND 9999", name=op.f("ck_price_list_lines_discount_in_range")),
        sa.CheckConstraint("min_quantity > 0", name=op.f("ck_price_list_lines_min_quantity_positive")),
        _of_list("price_list_lines"),
        sa.ForeignKeyConstraint(
            ["variant_id", "supplier_id"],
            ["variants.id", "variants.supplier_id"],
            name=op.f("fk_price_list_lines_variant_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["categories.code"], name=op.f("fk_price_list_lines_category_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_lines")),
        sa.UniqueConstraint(
            "list_id", "variant_id", "category_code", "min_quantity",
            name="uq_price_list_lines_one_price_a_step", postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    op.create_index("ix_price_list_lines_variant_id_supplier_id", "price_list_lines", ["variant_id", "supplier_id"])
    op.create_index("ix_price_list_lines_category_code", "price_list_lines", ["category_code"])
    op.create_index("ix_price_list_lines_list_id_id", "price_list_lines", ["list_id", "id"])


def _of_list(table: str) -> sa.ForeignKeyConstraint:
    """What hangs on a list knows its state, kept by the database: a policy need not look at the list to know it."""
    return sa.ForeignKeyConstraint(
        ["list_id", "supplier_id", "list_state"],
        ["price_lists.id", "price_lists.supplier_id", "price_lists.state"],
        name=op.f(f"fk_{table}_list_id_supplier_id_list_state"),
        onupdate="CASCADE",
        ondelete="CASCADE",
    )


def _confirmations() -> None:
    op.create_table(
        "price_confirmations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("minimum_order_quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=True),
        sa.Column("price_list_code", sa.String(length=80), nullable=True),
        sa.Column("price_list_edition", sa.Integer(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("source IN ('contract', 'public')", name=op.f("ck_price_confirmations_source_known")),
        sa.CheckConstraint(
            "num_nonnulls(price_list_id, price_list_code, price_list_edition) "
            "= CASE source WHEN 'contract' THEN 3 ELSE 0 END",
            name=op.f("ck_price_confirmations_contract_names_list"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_price_confirmations_currency_is_iso4217")),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_price_confirmations_not_oneself")),
        sa.CheckConstraint(
            "quantity >= minimum_order_quantity AND quantity > 0",
            name=op.f("ck_price_confirmations_minimum_order_kept"),
        ),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_price_confirmations_price_positive")),
        sa.CheckConstraint(
            "total_minor = floor(price_minor * quantity + 0.5)",
            name=op.f("ck_price_confirmations_total_is_price_by_quantity"),
        ),
        sa.CheckConstraint(
            "valid_until > confirmed_at AND valid_until <= confirmed_at + interval '72 hours'",
            name=op.f("ck_price_confirmations_valid_for_a_while"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_price_confirmations_buyer_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_price_confirmations_confirmed_by")),
        sa.ForeignKeyConstraint(
            ["product_id", "supplier_id"],
            ["products.id", "products.supplier_id"],
            name=op.f("fk_price_confirmations_product_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id", "supplier_id"],
            ["variants.id", "variants.supplier_id"],
            name=op.f("fk_price_confirmations_variant_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id", "supplier_id"],
            ["price_lists.id", "price_lists.supplier_id"],
            name=op.f("fk_price_confirmations_price_list_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_confirmations")),
        # What an order line repeats; its foreign key makes both say the same.
        sa.UniqueConstraint(
            "id", "buyer_id", "supplier_id", "variant_id", "currency", "quantity", "price_minor", "total_minor",
            name="uq_price_confirmations_as_charged",
        ),
    )  # fmt: skip
    op.create_index("ix_price_confirmations_buyer_id_id", "price_confirmations", ["buyer_id", "id"])
    op.create_index("ix_price_confirmations_supplier_id_id", "price_confirmations", ["supplier_id", "id"])
    op.create_index("ix_price_confirmations_product_id", "price_confirmations", ["product_id", "supplier_id"])
    op.create_index("ix_price_confirmations_variant_id", "price_confirmations", ["variant_id", "supplier_id"])
    op.create_index("ix_price_confirmations_price_list_id", "price_confirmations", ["price_list_id", "supplier_id"])


GUARDS = """
CREATE FUNCTION price_list_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (app_now() AT TIME ZONE 'UTC')::date;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'only a draft is deleted' USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_draft';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a price list begins as a draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_transition';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('draft', 'active'), ('active', 'ended'))
       OR OLD.state = 'ended' THEN
        RAISE EXCEPTION 'a price list does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_transition';
    END IF;
    IF (NEW.id, NEW.supplier_id, NEW.code, NEW.edition, NEW.succeeds_id, NEW.created_by, NEW.created_at) IS DISTINCT FROM
       (OLD.id, OLD.supplier_id, OLD.code, OLD.edition, OLD.succeeds_id, OLD.created_by, OLD.created_at) THEN
        RAISE EXCEPTION 'a price list stays what it is' USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_fixed';
    END IF;
    IF OLD.state = 'active' THEN
        IF (NEW.name, NEW.currency, NEW.valid_from, NEW.activated_at) IS DISTINCT FROM
           (OLD.name, OLD.currency, OLD.valid_from, OLD.activated_at)
           OR NEW.valid_until IS DISTINCT FROM OLD.valid_until AND (
               NEW.valid_until IS NULL OR NEW.valid_until > OLD.valid_until OR NEW.valid_until < today) THEN
            RAISE EXCEPTION 'an active price list only ends earlier'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_fixed';
        END IF;
    ELSIF NEW.state = 'active' AND (
        NEW.valid_until < today
        OR NOT EXISTS (SELECT 1 FROM price_list_lines WHERE list_id = NEW.id)
        OR NOT EXISTS (SELECT 1 FROM price_list_grants WHERE list_id = NEW.id)) THEN
        RAISE EXCEPTION 'a price list without lines, without buyers or of the past is not activated'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_complete';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER price_list_guard BEFORE INSERT OR UPDATE OR DELETE ON price_lists
    FOR EACH ROW EXECUTE FUNCTION price_list_guard();

CREATE FUNCTION price_list_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'list_state') = (to_jsonb(OLD) - 'list_state') THEN
        RETURN NEW;  -- the foreign key carries the list's state over
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.list_state <> 'draft' OR TG_OP <> 'DELETE' AND NEW.list_state <> 'draft' THEN
        RAISE EXCEPTION 'only a draft is edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'price_list_draft';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER price_list_lines_guard BEFORE INSERT OR UPDATE OR DELETE ON price_list_lines
    FOR EACH ROW EXECUTE FUNCTION price_list_part_guard();
CREATE TRIGGER price_list_grants_guard BEFORE INSERT OR UPDATE OR DELETE ON price_list_grants
    FOR EACH ROW EXECUTE FUNCTION price_list_part_guard();
"""

# What the acting organization pays. Either for some listings at every step (`of_products`), or for some variants at given
# quantities (`of_variants` with `at_quantities`, by position). The closest line wins: variant, then category from the
# leaf up, then range; of equally close ones the later list, and in it the highest step reached. Discounts are taken off
# the public price at the same quantity, halves of a minor unit rounded up, never below one.
PRICES = """
CREATE FUNCTION catalog_prices(of_products uuid[], of_variants uuid[], at_quantities numeric[]) RETURNS TABLE (
    "position" bigint, product_id uuid, supplier_id uuid, variant_id uuid, item jsonb, currency text, quantity numeric,
    price_minor bigint, source text, price_list_id uuid, price_list_code text, price_list_edition integer,
    price_list_name text, list_valid_from date, list_valid_until date
) LANGUAGE sql STABLE AS $$
WITH asked AS MATERIALIZED (
    SELECT a.variant_id, a.quantity, a."position"
    FROM unnest(of_variants, at_quantities) WITH ORDINALITY AS a (variant_id, quantity, "position")
), offered AS MATERIALIZED (
    SELECT p.product_id, p.supplier_id, p.category_path, (d.item ->> 'id')::uuid AS variant_id, d.item
    FROM public_products p CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'variants') AS d (item)
    WHERE p.product_id = ANY (coalesce(of_products, ARRAY(
            SELECT v.product_id FROM variants v WHERE v.id = ANY (of_variants))))
      AND (of_variants IS NULL OR (d.item ->> 'id')::uuid = ANY (of_variants))
), listed AS MATERIALIZED (
    SELECT o.variant_id, t.tier ->> 'currency' AS currency, (t.tier ->> 'min_quantity')::numeric AS min_quantity,
           (t.tier ->> 'price_minor')::bigint AS price_minor
    FROM offered o CROSS JOIN LATERAL jsonb_array_elements(o.item -> 'prices') AS t (tier)
), granted AS MATERIALIZED (
    SELECT l.* FROM price_list_grants g JOIN price_lists l ON l.id = g.list_id
    WHERE g.buyer_id = app_organization_id() AND g.list_state = 'active' AND l.state = 'active'
      AND (app_now() AT TIME ZONE 'UTC')::date BETWEEN l.valid_from AND coalesce(l.valid_until, 'infinity')
      AND l.supplier_id IN (SELECT o.supplier_id FROM offered o)
), contracted AS MATERIALIZED (
    SELECT o.variant_id, n.min_quantity, n.price_minor, n.discount_bp, l.id AS list_id, l.currency, l.code, l.edition,
           l.name, l.valid_from, l.valid_until, l.activated_at,
           CASE n.scope WHEN 'variant' THEN 1000 WHEN 'category' THEN array_position(o.category_path, n.category_code)
                ELSE 0 END AS closeness
    FROM offered o JOIN granted l ON l.supplier_id = o.supplier_id JOIN price_list_lines n ON n.list_id = l.id
    WHERE n.variant_id = o.variant_id OR n.category_code = ANY (o.category_path) OR n.scope = 'range'
), steps AS (
    SELECT l.variant_id, l.currency, l.min_quantity AS quantity, NULL::bigint AS "position" FROM listed l
    WHERE of_variants IS NULL
    UNION
    SELECT k.variant_id, k.currency, k.min_quantity, NULL FROM contracted k WHERE of_variants IS NULL
    UNION ALL
    SELECT a.variant_id, c.currency, a.quantity, a."position" FROM asked a JOIN (
        SELECT l.variant_id, l.currency FROM listed l UNION SELECT k.variant_id, k.currency FROM contracted k
    ) c ON c.variant_id = a.variant_id
)
SELECT s."position", o.product_id, o.supplier_id, o.variant_id, o.item, s.currency, s.quantity, best.price_minor,
       best.source, best.list_id, best.code, best.edition, best.name, best.valid_from, best.valid_until
FROM steps s JOIN offered o ON o.variant_id = s.variant_id
LEFT JOIN LATERAL (
    SELECT l.price_minor FROM listed l
    WHERE l.variant_id = s.variant_id AND l.currency = s.currency AND l.min_quantity <= s.quantity
    ORDER BY l.min_quantity DESC LIMIT 1
) base ON true
CROSS JOIN LATERAL (
    SELECT c.* FROM (
        SELECT coalesce(k.price_minor,
                        greatest(1, div(base.price_minor::numeric * (10000 - k.discount_bp) + 5000, 10000))::bigint)
               AS price_minor, 'contract' AS source, k.list_id, k.code, k.edition, k.name, k.valid_from, k.valid_until,
               k.closeness, k.activated_at, k.min_quantity
        FROM contracted k
        WHERE k.variant_id = s.variant_id AND k.currency = s.currency AND k.min_quantity <= s.quantity
          AND (k.price_minor IS NOT NULL OR base.price_minor IS NOT NULL)
        UNION ALL
        SELECT base.price_minor, 'public', NULL, NULL, NULL, NULL, NULL, NULL, -1, NULL, NULL
        WHERE base.price_minor IS NOT NULL
    ) c
    ORDER BY c.closeness DESC, c.valid_from DESC, c.activated_at DESC, c.list_id DESC, c.min_quantity DESC LIMIT 1
) best
ORDER BY s."position", o.product_id, o.item ->> 'sku', s.currency, s.quantity
$$;
"""

# The database itself says how long a confirmed price stands, and that it is the price of this moment.
CONFIRMATION_GUARD = """
CREATE FUNCTION price_confirmation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    price record;
BEGIN
    SELECT * INTO price FROM catalog_prices(NULL, ARRAY[NEW.variant_id], ARRAY[NEW.quantity]) p
        WHERE p.currency = NEW.currency;
    IF NOT FOUND OR (price.price_minor, price.source, price.price_list_id, price.product_id, price.supplier_id)
       IS DISTINCT FROM (NEW.price_minor, NEW.source, NEW.price_list_id, NEW.product_id, NEW.supplier_id)
       OR (price.item ->> 'sku', price.item ->> 'unit', (price.item ->> 'minimum_order_quantity')::numeric,
           (price.item ->> 'lead_time_days')::int)
       IS DISTINCT FROM (NEW.sku::text, NEW.unit::text, NEW.minimum_order_quantity, NEW.lead_time_days)
       OR (price.price_list_code, price.price_list_edition)
       IS DISTINCT FROM (NEW.price_list_code::text, NEW.price_list_edition) THEN
        RAISE EXCEPTION 'this is not the price of this moment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'price_of_this_moment';
    END IF;
    NEW.confirmed_at := app_now();
    NEW.valid_until := least(
        app_now() + interval '72 hours', (price.list_valid_until + 1)::timestamp AT TIME ZONE 'UTC');
    RETURN NEW;
END $$;
CREATE TRIGGER price_confirmation_guard BEFORE INSERT ON price_confirmations
    FOR EACH ROW EXECUTE FUNCTION price_confirmation_guard();
"""


def downgrade() -> None:
    raise RuntimeError("price lists cannot be taken away")
