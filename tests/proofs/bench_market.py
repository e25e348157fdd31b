"""A large market for measuring: listings of the demo market in other sizes, of more suppliers, as many as are asked for.

The first ten thousand are made one by one, by the same function that publishing uses, so that documents, cards, search words and
facets are what they would be. More of them are copies of those under ids, codes and suppliers of their own, made inside
PostgreSQL, each in samples of its own; but listings of the `RARE` categories are as many in a market of any size. Texts are not
copied to the language room: no reader meets them there.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from app.catalog.definitions import Attribute, AttributeKind, attributes
from app.catalog.models import PriceTier, Product, Variant
from app.catalog.publication import public_row
from app.catalog.search.entries import LEVELS
from app.kit.ids import new_id
from app.parties.facade import OrganizationRef

EDITION = 2
"""Of what is made here: another edition is made anew."""
BASE = 10_000
SUPPLIERS = 400
RARE = ("rotational-moulds", "diamond-compounds", "cycle-counters", "material-dryers")
_FACTORS = [Decimal(number) / 20 for number in (8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40)]
_LARGE = ("public_products", "variants", "price_tiers", "products")

Connection = psycopg.Connection[tuple[Any, ...]]


def fill(url: str, size: int) -> None:
    """Bring a seeded database to so many published listings. `url` is a superuser's: foreign keys are not looked up."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        indexes = _drop_indexes(connection)
        suppliers = _suppliers(connection)
        _originals(connection, suppliers, min(size, BASE))
        _remember_suppliers(connection, suppliers)
        left, number = size - BASE, 0
        while left > 0:
            number += 1
            left -= _copy(connection, number, left)
        for statement in indexes:
            connection.execute(statement)  # type: ignore[arg-type]
        for table in _LARGE:
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


def _drop_indexes(connection: Connection) -> list[str]:
    """Take away what is quicker made at the end; how to make it again."""
    rows = connection.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND i.tablename = ANY(%s) "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)",
        (list(_LARGE),),
    ).fetchall()
    for name, _ in rows:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _, definition in rows]


def _suppliers(connection: Connection) -> list[OrganizationRef]:
    """Four hundred suppliers: those of the demo market and others like them."""
    rows = connection.execute(
        "SELECT id, code, legal_name_local, legal_name_latin, country, city, roles, verified_at IS NOT NULL AS verified, "
        "locale, certifications FROM organizations WHERE 'supplier' = ANY(roles) ORDER BY code"
    )
    names = [column.name for column in rows.description or ()]
    known = [OrganizationRef(**dict(zip(names, row, strict=True))) for row in rows.fetchall()]
    found = list(known)
    for number in range(SUPPLIERS - len(known)):
        like = known[number % len(known)]
        found.append(
            replace(
                like,
                id=new_id(),
                code=f"{like.code}-{number}",
                legal_name_local=f"{like.legal_name_local} {number}",
                legal_name_latin=f"{like.legal_name_latin} {number}",
            )
        )
        _copy_organization(connection, like.id, found[-1])
    return found


def _copy_organization(connection: Connection, like: UUID, new: OrganizationRef) -> None:
    given = {
        "id": new.id,
        "code": new.code,
        "legal_name_local": new.legal_name_local,
        "legal_name_latin": new.legal_name_latin,
    }
    columns = [name for name in _columns(connection, "organizations") if name not in given]
    connection.execute(
        sql.SQL(
            "INSERT INTO organizations ({given}, {kept}) SELECT {values}, {kept} FROM organizations WHERE id = %s"
        ).format(
            given=sql.SQL(", ").join(map(sql.Identifier, given)),
            values=sql.SQL(", ").join(sql.Placeholder() for _ in given),
            kept=sql.SQL(", ").join(map(sql.Identifier, columns)),
        ),
        (*given.values(), like),
    )


def _columns(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = ''",
        (table,),
    ).fetchall()
    return [str(name) for (name,) in rows]


def _originals(connection: Connection, suppliers: Sequence[OrganizationRef], size: int) -> None:
    """Replace the demo's published listings by variations of them, made as publishing makes them."""
    documents = [
        row[0] for row in connection.execute("SELECT document FROM public_products ORDER BY digest").fetchall()
    ]
    for table in _LARGE:
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(table)))
    made = list(_variations(documents, suppliers, size))
    random.Random(size).shuffle(made)
    for table, position in (("products", 0), ("variants", 1), ("price_tiers", 2), ("public_products", 3)):
        rows = [row for one in made for row in one[position]]
        _copy_in(connection, table, rows)


def _copy_in(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(rows[0])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([Jsonb(value) if isinstance(value, dict) else value for value in row.values()])


Made = tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]


def _variations(documents: Sequence[dict[str, Any]], suppliers: Sequence[OrganizationRef], size: int) -> Iterator[Made]:
    random_ = random.Random(EDITION)
    for number in range(size):
        document = documents[number % len(documents)]
        factor = _FACTORS[(number // len(documents)) % len(_FACTORS)]
        yield _variation(document, random_.choice(suppliers), number, factor)


def _variation(document: dict[str, Any], supplier: OrganizationRef, number: int, factor: Decimal) -> Made:
    """One listing in another size: its attributes, measures, prices and the size in its titles are scaled."""
    definitions = attributes()
    values = {code: _scaled(definitions[code], value, factor) for code, value in document["attributes"].items()}
    product = Product(
        id=new_id(),
        supplier_id=supplier.id,
        code=f"{document['code']}-{number}",
        category_code=document["category"],
        state="published",
        source_locale=document["source_locale"],
        attributes=values,
    )
    texts = {
        name: {
            locale: {"text": _sized(text["text"], factor), "state": text["state"]} for locale, text in by_locale.items()
        }
        for name, by_locale in document["texts"].items()
    }
    variants, tiers = [], {}
    for variant in document["variants"]:
        row = _variant(variant, product, number, factor)
        variants.append(row)
        tiers[row.id] = [
            PriceTier(variant_id=row.id, supplier_id=supplier.id, currency=tier["currency"],
                      min_quantity=Decimal(tier["min_quantity"]),
                      price_minor=max(1, int(tier["price_minor"] * factor)))
            for tier in variant["prices"]
        ]  # fmt: skip
    public = public_row(product, supplier, variants, tiers, texts, document["media"])
    listed = _values(product, ("id", "supplier_id", "code", "category_code", "state", "source_locale", "attributes"))
    return (
        [{**listed, "published_at": "2026-11-01T00:00:00Z"}],
        [_values(variant, _VARIANT) for variant in variants],
        [_values(tier, _TIER) for found in tiers.values() for tier in found],
        [public],
    )


_VARIANT = (
    "id", "product_id", "supplier_id", "sku", "label", "unit", "minimum_order_quantity", "lead_time_days", "made_to_order",
    "mass_kg", "length_mm", "width_mm", "height_mm", "hs_code", "origin_country",
)  # fmt: skip
_TIER = ("variant_id", "supplier_id", "currency", "min_quantity", "price_minor")


def _values(row: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _variant(variant: dict[str, Any], product: Product, number: int, factor: Decimal) -> Variant:
    measures = {
        name: None if variant[name] is None else max(Decimal("0.01"), round(Decimal(variant[name]) * factor, 2))
        for name in ("mass_kg", "length_mm", "width_mm", "height_mm")
    }
    return Variant(
        id=new_id(),
        product_id=product.id,
        supplier_id=product.supplier_id,
        sku=f"{variant['sku']}-{number}",
        label=_sized(variant["label"], factor),
        unit=variant["unit"],
        minimum_order_quantity=Decimal(variant["minimum_order_quantity"]),
        lead_time_days=variant["lead_time_days"] + number % 5,
        made_to_order=variant["made_to_order"],
        hs_code=variant["hs_code"],
        origin_country=variant["origin_country"],
        **measures,
    )


def _scaled(attribute: Attribute, value: Any, factor: Decimal) -> Any:
    if attribute.kind is AttributeKind.NUMBER:
        return _number(attribute, value, factor)
    if attribute.kind is AttributeKind.RANGE:
        return {end: _number(attribute, value[end], factor) for end in ("minimum", "maximum")}
    return value


def _number(attribute: Attribute, value: str, factor: Decimal) -> str:
    scaled = round(Decimal(value) * factor, attribute.decimals or 0)
    if attribute.minimum is not None:
        scaled = max(scaled, attribute.minimum)
    if attribute.maximum is not None:
        scaled = min(scaled, attribute.maximum)
    return format(scaled.normalize(), "f")


_SIZE = re.compile(r"(?<![\w.,-])\d{1,3}(?![\w.,-])")


def _sized(text: str, factor: Decimal) -> str:
    """The text with its plain numbers scaled: `Ø6 × 100` becomes `Ø9 × 150`, norms such as 1.2344 stay."""
    return _SIZE.sub(lambda found: str(max(1, int(int(found[0]) * factor))), text)


def _remember_suppliers(connection: Connection, suppliers: Sequence[OrganizationRef]) -> None:
    connection.execute("CREATE TEMP TABLE those (number int PRIMARY KEY, id uuid, shown jsonb)")
    with connection.cursor() as cursor, cursor.copy("COPY those FROM STDIN") as copy:
        for number, found in enumerate(suppliers):
            shown = {
                "code": found.code,
                "name": found.legal_name_local,
                "name_latin": found.legal_name_latin,
                "country": found.country,
                "verified": found.verified,
                "certifications": list(found.certifications),
            }
            copy.write_row((number, found.id, Jsonb(shown)))
    connection.execute(
        "CREATE TEMP TABLE originals AS SELECT product_id AS id FROM public_products WHERE NOT category_path::text[] && %s",
        (list(RARE),),
    )
    connection.execute("ANALYZE originals, those")


def _copy(connection: Connection, number: int, most: int) -> int:
    """The originals once more, in another order and of other suppliers, but `most` at the most; how many they are."""
    connection.execute("DROP TABLE IF EXISTS copied, copied_variants")
    copied = connection.execute(
        "CREATE TEMP TABLE copied AS SELECT o.id AS old, uuidv7() AS new, s.id AS supplier_id, s.shown FROM ("
        "SELECT id, row_number() OVER (ORDER BY md5(id::text || %s)) AS position FROM originals) o "
        "JOIN those s ON s.number = (o.position * 7 + %s) %% %s ORDER BY o.position LIMIT %s",
        (str(number), number, SUPPLIERS, most),
    ).rowcount
    connection.execute(
        "CREATE TEMP TABLE copied_variants AS SELECT v.id AS old, uuidv7() AS new, v.product_id "
        "FROM variants v JOIN copied c ON c.old = v.product_id"
    )
    connection.execute("CREATE INDEX ON copied_variants (product_id)")
    connection.execute("ANALYZE copied, copied_variants")
    mark = f"-c{number}"
    _insert(connection, "products", {"id": "c.new", "supplier_id": "c.supplier_id", "code": f"t.code || '{mark}'"},
            "copied c ON c.old = t.id")  # fmt: skip
    _insert(connection, "variants",
            {"id": "v.new", "product_id": "c.new", "supplier_id": "c.supplier_id", "sku": f"t.sku || '{mark}'"},
            "copied c ON c.old = t.product_id JOIN copied_variants v ON v.old = t.id")  # fmt: skip
    _insert(connection, "price_tiers", {"variant_id": "v.new", "supplier_id": "c.supplier_id"},
            "copied_variants v ON v.old = t.variant_id JOIN copied c ON c.old = v.product_id")  # fmt: skip
    code = f"to_jsonb(t.document->>'code' || '{mark}')"
    variants = (
        f"(SELECT jsonb_agg(e.value || jsonb_build_object('id', v.new, 'sku', e.value->>'sku' || '{mark}') ORDER BY e.position) "
        "FROM jsonb_array_elements(t.document->'variants') WITH ORDINALITY e (value, position) "
        "JOIN copied_variants v ON v.product_id = t.product_id AND v.old = (e.value->>'id')::uuid)"
    )
    _insert(
        connection,
        "public_products",
        {
            "product_id": "c.new",
            "supplier_id": "c.supplier_id",
            "digest": f"encode(sha256(convert_to(t.digest || '{mark}', 'UTF8')), 'hex')",
            "search_words": f"ts_delete(t.search_words, ARRAY{[f'z:{step}' for step in range(1, LEVELS + 1)]}) || {_SAMPLES}",
            "card": f"t.card || jsonb_build_object('code', {code}, 'supplier', c.shown)",
            "document": f"t.document || jsonb_build_object('code', {code}, 'supplier', c.shown, 'variants', {variants})",
        },
        "copied c ON c.old = t.product_id",
    )
    return copied


# As `entries.sample_words` draws it.
_SAMPLES = f"""coalesce((
    SELECT string_agg(format('''z:%s''', step), ' ')::tsvector FROM generate_series(1, least({LEVELS},
        floor(48 - ln(greatest(('x' || encode(substr(sha256(uuid_send(c.new)), 1, 6), 'hex'))::bit(48)::bigint, 1)) / ln(2))
        + (t.search_rank >= 60)::int + (t.search_rank >= 80)::int)::int) step), ''::tsvector)"""


def _insert(connection: Connection, table: str, changed: Mapping[str, str], join: str) -> None:
    names = _columns(connection, table)
    values = [sql.SQL(changed[name]) if name in changed else sql.SQL("t.") + sql.Identifier(name) for name in names]  # type: ignore[arg-type]
    connection.execute(
        sql.SQL("INSERT INTO {table} ({names}) SELECT {values} FROM {table} t JOIN {join}").format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values),
            join=sql.SQL(join),  # type: ignore[arg-type]
        )
    )
