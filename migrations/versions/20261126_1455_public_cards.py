"""Cards of public documents, labels of the catalogue, and the functions that build what readers are shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, READER, WORKER, grant

revision = "20261126_1455"
down_revision = "20261126_1450"
branch_labels = None
depends_on = None

TABLES = ("catalog_labels", "category_attributes", "display_editions")

# What is missing until a listing is published again: its highlights. The empty digest makes sure that it is.
CARDS = """
ALTER TABLE public_products NO FORCE ROW LEVEL SECURITY;
UPDATE public_products p SET digest = '', card = jsonb_build_object(
    'code', document->'code',
    'category', document->'category',
    'source', document->'source_locale',
    'title', (SELECT coalesce(jsonb_object_agg(t.key, jsonb_build_array(t.value->'text', t.value->'state')), '{}')
              FROM jsonb_each(document->'texts'->'title') t),
    'supplier', document->'supplier',
    'prices', (SELECT coalesce(jsonb_object_agg(f.currency, f.price), '{}') FROM (
        SELECT DISTINCT ON (t->>'currency') t->>'currency' AS currency,
               jsonb_build_array(t->'price_minor', t->'min_quantity', v->'unit') AS price
        FROM jsonb_array_elements(document->'variants') v, jsonb_array_elements(v->'prices') t
        ORDER BY t->>'currency', (t->>'price_minor')::bigint, (t->>'min_quantity')::numeric) f),
    'currency', (SELECT t->>'currency'
        FROM jsonb_array_elements(document->'variants') v, jsonb_array_elements(v->'prices') t
        GROUP BY 1 ORDER BY count(DISTINCT v->>'id') DESC, 1 LIMIT 1),
    'variants', jsonb_array_length(document->'variants'),
    'lead', (SELECT min((v->>'lead_time_days')::integer) FROM jsonb_array_elements(document->'variants') v),
    'made', (SELECT coalesce(bool_and((v->>'made_to_order')::boolean), false)
             FROM jsonb_array_elements(document->'variants') v),
    'marks', '[]'::jsonb,
    'medium', (SELECT m FROM jsonb_array_elements(document->'media') m WHERE m->>'media_type' LIKE 'image/%' LIMIT 1)
);
ALTER TABLE public_products FORCE ROW LEVEL SECURITY;
"""

# The functions that return a table have no FROM of their own tables but in sub-selects: they are inlined into the query
# that calls them, and each name or format is one look into an index. json keeps the order of keys, and costs less than jsonb.
PIECES = """
CREATE FUNCTION catalog_label(kind text, code text, locale text) RETURNS TABLE (label text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT l.label::text FROM catalog_labels l
    WHERE l.kind = catalog_label.kind AND l.code = catalog_label.code AND l.locale = catalog_label.locale;
END;

CREATE FUNCTION shown_label(kind text, code text, locale text) RETURNS TABLE (shown json)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object('code', code, 'label', (SELECT l.label FROM catalog_label(kind, code, locale) l));
END;

CREATE FUNCTION shown_country(country text, locale text) RETURNS TABLE (shown json)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object('code', country, 'label',
        (SELECT n.name FROM country_names n
         WHERE n.country = shown_country.country AND n.locale = shown_country.locale));
END;

-- A text along the reader's fallback chain, else in the supplier's own words. `texts` are {locale: [text, state]}.
CREATE FUNCTION chosen_locale(texts jsonb, source text, locale text) RETURNS TABLE (tag text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE
        WHEN texts ? chosen_locale.locale THEN chosen_locale.locale
        ELSE (SELECT CASE
                WHEN texts ? l.second THEN l.second::text WHEN texts ? l.third THEN l.third::text
                WHEN texts ? source THEN source END
              FROM locale_formats l WHERE l.locale = chosen_locale.locale)
    END;
END;

CREATE FUNCTION shown_measure(value text, unit text, locale text, system text) RETURNS TABLE (shown json)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'text', (SELECT q.text FROM quantity_text(value::numeric, unit, locale, system) q), 'value', value, 'unit', unit
    );
END;

-- What a price would be in the currency that the reader prefers: an indication by the latest rate, never an offer.
CREATE FUNCTION shown_conversion(price_minor bigint, currency text, wanted text, locale text) RETURNS TABLE (shown json)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'text', (SELECT m.text FROM money_text(c.amount, wanted, locale) m),
        'currency', wanted,
        'price_minor', c.amount,
        'rate_date', c.on_date,
        'indication', (SELECT l.label FROM catalog_label('word', 'indication', locale) l)
    )
    FROM (
        SELECT round_half_even(price_minor * r.rate * (
            SELECT source.one_minor / target.one_minor FROM currency_formats source, currency_formats target
            WHERE source.currency = shown_conversion.currency AND source.locale = 'en'
              AND target.currency = wanted AND target.locale = 'en'), 0)::bigint AS amount, r.on_date
        FROM latest_rate(currency, wanted) r
    ) c;
END;

CREATE FUNCTION shown_price(
    price_minor bigint, currency text, min_quantity text, unit text, locale text, system text, wanted text
) RETURNS TABLE (shown json) LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'text', (SELECT m.text FROM money_text(price_minor, currency, locale) m),
        'currency', currency,
        'price_minor', price_minor,
        'min_quantity', min_quantity,
        'min_quantity_text', (SELECT q.text FROM quantity_text(min_quantity::numeric, unit, locale, system) q),
        'converted', CASE WHEN wanted <> currency THEN
            (SELECT c.shown FROM shown_conversion(price_minor, currency, wanted, locale) c) END
    );
END;

CREATE FUNCTION shown_attribute(
    code text, kind text, unit text, value jsonb, source text, locale text, system text
) RETURNS TABLE (shown json) LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'code', code,
        'name', (SELECT l.label FROM catalog_label('attribute', code, locale) l),
        'text', CASE kind
            WHEN 'number' THEN
                (SELECT q.text FROM quantity_text((value #>> '{}')::numeric, coalesce(unit, 'C62'), locale, system) q)
            WHEN 'range' THEN
                (SELECT r.text FROM range_text((value->>'minimum')::numeric, (value->>'maximum')::numeric,
                                               coalesce(unit, 'C62'), locale, system) r)
            WHEN 'enum' THEN
                (SELECT l.label FROM catalog_label('value', code || '=' || (value #>> '{}'), locale) l)
            WHEN 'boolean' THEN
                (SELECT l.label FROM catalog_label('word', CASE WHEN value = 'true' THEN 'yes' ELSE 'no' END, locale) l)
            ELSE coalesce(
                value->>(SELECT c.tag FROM chosen_locale(value, source, locale) c),
                (SELECT t.value FROM jsonb_each_text(value) t WHERE t.value <> '' LIMIT 1), '')
        END,
        'value', value,
        'unit', unit
    );
END;
"""

CARD = """
CREATE FUNCTION card_shown(
    product_id uuid, supplier_id uuid, card jsonb, locale text, system text, wanted text
) RETURNS TABLE (shown json) LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'id', product_id,
        'code', card->>'code',
        'title', (SELECT json_build_object('locale', c.tag, 'text', card->'title'->c.tag->>0,
                    'state', card->'title'->c.tag->>1, 'source_locale', card->>'source')
                  FROM chosen_locale(card->'title', card->>'source', locale) c WHERE c.tag IS NOT NULL),
        'category', (SELECT l.shown FROM shown_label('category', card->>'category', locale) l),
        'supplier', (SELECT json_build_object(
                'id', supplier_id, 'code', s.supplier->'code', 'name', s.supplier->'name',
                'name_latin', s.supplier->'name_latin', 'country', c.shown, 'verified', s.supplier->'verified',
                'certifications', coalesce(s.supplier->'certifications', '[]'),
                'url', '/v1/organizations/' || supplier_id)
            FROM (SELECT card->'supplier' AS supplier OFFSET 0) s,
                LATERAL shown_country(s.supplier->>'country', locale) c),
        'from_price', (SELECT p.shown FROM (
                SELECT CASE WHEN card->'prices' ? wanted THEN wanted ELSE card->>'currency' END AS currency OFFSET 0
            ) f, LATERAL shown_price(
                (card->'prices'->f.currency->>0)::bigint, f.currency, card->'prices'->f.currency->>1,
                card->'prices'->f.currency->>2, locale, system, wanted) p
            WHERE f.currency IS NOT NULL),
        'variant_count', card->'variants',
        'highlights', (SELECT coalesce(json_agg(a.shown), '[]') FROM jsonb_array_elements(card->'marks') m,
            LATERAL shown_attribute(
                m.value->>0, m.value->>1, m.value->>2, m.value->3, card->>'source', locale, system) a),
        'lead_time', (SELECT m.shown FROM shown_measure(card->>'lead', 'DAY', locale, system) m),
        'made_to_order', card->'made',
        'medium', card->'medium'
    );
END;

-- A published listing in a list, as a reader is shown it: the shape of `ListedProduct`. It reads the card alone; called
-- with a row of the table, it is inlined, so that the document stays where it is.
CREATE FUNCTION card_text(
    product_id uuid, supplier_id uuid, card jsonb, locale text, system text, wanted text
) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.shown FROM card_shown(product_id, supplier_id, card, locale, system, wanted) c;
END;

CREATE FUNCTION catalog_card(p public_products, locale text, units text, currency text) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN card_text(p.product_id, p.supplier_id, p.card, locale, units, currency);
"""

DETAIL = """
CREATE FUNCTION shown_variant(variant jsonb, locale text, system text, wanted text) RETURNS TABLE (shown json)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'id', variant->>'id',
        'sku', variant->>'sku',
        'label', variant->>'label',
        'minimum_order', (SELECT m.shown FROM shown_measure(
            variant->>'minimum_order_quantity', variant->>'unit', locale, system) m),
        'lead_time', (SELECT m.shown FROM shown_measure(variant->>'lead_time_days', 'DAY', locale, system) m),
        'made_to_order', variant->'made_to_order',
        'mass', CASE WHEN variant->>'mass_kg' IS NOT NULL THEN
            (SELECT m.shown FROM shown_measure(variant->>'mass_kg', 'KGM', locale, system) m) END,
        'dimensions', (SELECT coalesce(json_agg(m.shown), '[]')
            FROM unnest(ARRAY[variant->>'length_mm', variant->>'width_mm', variant->>'height_mm']) d (value),
                LATERAL shown_measure(d.value, 'MMT', locale, system) m
            WHERE d.value IS NOT NULL),
        'hs_code', variant->>'hs_code',
        'origin_country', (SELECT c.shown FROM shown_country(variant->>'origin_country', locale) c),
        'prices', (SELECT coalesce(json_agg(p.shown), '[]')
            FROM jsonb_array_elements(variant->'prices') t,
                LATERAL shown_price((t.value->>'price_minor')::bigint, t.value->>'currency', t.value->>'min_quantity',
                                    variant->>'unit', locale, system, wanted) p
            WHERE t.value->>'currency' = wanted
               OR wanted IS NULL OR NOT variant->'prices' @> jsonb_build_array(jsonb_build_object('currency', wanted)))
    );
END;

CREATE FUNCTION document_text(
    product_id uuid, supplier_id uuid, path text[], card jsonb, document jsonb, locale text, system text, wanted text
) RETURNS TABLE (shown text) LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT left((SELECT c.shown FROM card_shown(product_id, supplier_id, card, locale, system, wanted) c)::text, -1)
        || ', ' || substr(json_build_object(
        'description', (SELECT json_build_object('locale', c.tag, 'text', document->'texts'->'description'->c.tag->>'text',
                'state', document->'texts'->'description'->c.tag->>'state', 'source_locale', document->>'source_locale')
            FROM chosen_locale(document->'texts'->'description', document->>'source_locale', locale) c
            WHERE c.tag IS NOT NULL),
        'category_path', (SELECT coalesce(json_agg(l.shown ORDER BY c.position), '[]')
            FROM unnest(path) WITH ORDINALITY c (code, position), LATERAL shown_label('category', c.code, locale) l),
        'attributes', (SELECT coalesce(json_agg(a.shown ORDER BY d.position), '[]')
            FROM category_attributes d, LATERAL shown_attribute(d.attribute, d.kind, d.unit,
                document->'attributes'->d.attribute, document->>'source_locale', locale, system) a
            WHERE d.category = document->>'category' AND document->'attributes' ? d.attribute),
        'variants', (SELECT coalesce(json_agg(v.shown), '[]') FROM jsonb_array_elements(document->'variants') e,
            LATERAL shown_variant(e.value, locale, system, wanted) v),
        'media', document->'media',
        'locales', (SELECT coalesce(json_agg(l.locale ORDER BY l.position), '[]') FROM locale_formats l
            WHERE document->'texts'->'title' ? l.locale),
        'alternates', (SELECT coalesce(json_agg(json_build_object('locale', l.locale, 'url',
                '/v1/catalog/products/' || product_id || '?locale=' || l.locale) ORDER BY l.position), '[]')
            FROM locale_formats l WHERE l.locale <> document_text.locale),
        'equivalents_url', '/v1/catalog/products/' || product_id || '/equivalents',
        'spare_parts_url', '/v1/catalog/products/' || product_id || '/spare-parts'
    )::text, 2);
END;

-- A published listing in full: the shape of `DisplayedProduct`.
CREATE FUNCTION catalog_detail(p public_products, locale text, units text, currency text) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT d.shown::json
    FROM document_text(p.product_id, p.supplier_id, p.category_path, p.card, p.document, locale, units, currency) d;
END;
"""


def upgrade() -> None:
    _tables()
    for table in TABLES:
        grant(table, ("SELECT",), APP, WORKER, READER, AUDITOR)
    op.add_column("public_products", sa.Column("card", postgresql.JSONB(), nullable=True))
    op.execute("ALTER TABLE public_products ALTER COLUMN card SET STORAGE MAIN")
    op.execute(CARDS)
    op.alter_column("public_products", "card", nullable=False)
    for level in (1, 2, 3):
        op.create_index(
            f"ix_public_products_category_{level}",
            "public_products",
            [sa.text(f"(category_path[{level}])"), "product_id"],
        )
    for functions in (PIECES, CARD, DETAIL):
        op.execute(functions.replace(":", "\\:"))


def _tables() -> None:
    code = {"collation": "C"}
    op.create_table(
        "catalog_labels",
        sa.Column("kind", sa.String(9, **code), nullable=False),
        sa.Column("code", sa.String(140, **code), nullable=False),
        sa.Column("locale", sa.String(8, **code), nullable=False),
        sa.Column("label", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", "locale", name=op.f("pk_catalog_labels")),
    )
    op.create_table(
        "category_attributes",
        sa.Column("category", sa.String(80, **code), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("attribute", sa.String(60, **code), nullable=False),
        sa.Column("kind", sa.String(8, **code), nullable=False),
        sa.Column("unit", sa.String(3, **code), nullable=True),
        sa.PrimaryKeyConstraint("category", "position", name=op.f("pk_category_attributes")),
    )
    op.create_table(
        "display_editions",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("ck_display_editions_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_display_editions")),
    )


def downgrade() -> None:
    raise RuntimeError("the catalogue shows cards")
