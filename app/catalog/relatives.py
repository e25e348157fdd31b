"""What stands beside a listing: equivalents of other suppliers, and its wear parts. One statement each, built by PostgreSQL."""

from uuid import UUID

from app.catalog.reading import Reader
from app.kit.db.reading import Reading
from app.kit.hot import Answer, tag_of

# A hundred that agree are compared by their steels, 24 of them are shown.
_EQUIVALENT = """
SELECT convert_to(json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_object(
            'product', c.shown,
            'relation', (SELECT l.shown FROM shown_label('relation', k.relation, $2) l WHERE k.relation IS NOT NULL)
        ) ORDER BY k.rank, k.product_id DESC), '[]')
        FROM (
            SELECT o.*, array_position(ARRAY['nominal', 'brand', 'near'], o.relation) AS rank
            FROM (
                SELECT p.product_id, p.supplier_id, p.card, steel_relation(a.steel, p.steel) AS relation
                FROM public_products p
                WHERE p.alike = a.alike AND p.supplier_id <> a.supplier_id
                  AND coalesce(p.overlap_low <= a.overlap_high AND p.overlap_high >= a.overlap_low, true)
                ORDER BY p.product_id DESC LIMIT 100
            ) o ORDER BY rank, o.product_id DESC LIMIT 24
        ) k, LATERAL card_shown(k.product_id, k.supplier_id, k.card, $2, $3, $4) c),
    'note', (SELECT l.label FROM catalog_label('word', 'equivalents', $2) l)
)::text, 'UTF8')
FROM public_products a WHERE a.product_id = $1
"""

# Of each kind of part two of the same supplier and two of others.
_SPARE = """
SELECT convert_to(json_build_object(
    'items', (SELECT coalesce(json_agg(json_build_object(
            'product', c.shown, 'reason', (SELECT l.shown FROM shown_label('spare', k.reason, $2) l)
        ) ORDER BY k.position, k.own DESC, k.product_id DESC), '[]')
        FROM (
            SELECT s.position, s.reason, o.*
            FROM category_spares s, LATERAL (
                (SELECT true AS own, p.product_id, p.supplier_id, p.card FROM public_products p
                 WHERE p.supplier_id = a.supplier_id AND p.category_path[2] = s.spare AND p.product_id <> a.product_id
                 ORDER BY p.product_id DESC LIMIT 2)
                UNION ALL
                (SELECT false, p.product_id, p.supplier_id, p.card FROM public_products p
                 WHERE p.category_path[2] = s.spare AND p.supplier_id <> a.supplier_id
                 ORDER BY p.product_id DESC LIMIT 2)
            ) o
            WHERE s.category = ANY (a.category_path)
            ORDER BY s.position, o.own DESC, o.product_id DESC LIMIT 48
        ) k, LATERAL card_shown(k.product_id, k.supplier_id, k.card, $2, $3, $4) c)
)::text, 'UTF8')
FROM public_products a WHERE a.product_id = $1
"""


async def equivalents(reading: Reading, product_id: str | UUID, reader: Reader) -> Answer | None:
    """Listings of other suppliers that are alike, the closest steel first; None for an unknown listing."""
    return await _beside(reading, _EQUIVALENT, product_id, reader)


async def spare_parts(reading: Reading, product_id: str | UUID, reader: Reader) -> Answer | None:
    """Wear parts of a listing, by reason; None for an unknown listing."""
    return await _beside(reading, _SPARE, product_id, reader)


async def _beside(reading: Reading, statement: str, product_id: str | UUID, reader: Reader) -> Answer | None:
    row = await reading.row(statement, product_id, reader.locale, reader.unit_system, reader.currency)
    return None if row is None else Answer(row[0], tag_of(row[0]))
