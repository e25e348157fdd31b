"""Suggestions while somebody types: names of the trade that listings are found by, suppliers, part numbers."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache

import orjson
from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.catalog.definitions import categories, name_in
from app.catalog.reading import Reader
from app.catalog.search.entries import head, literal
from app.catalog.search.names import names
from app.catalog.search.schemas import Suggestion, Suggestions
from app.catalog.search.words import Kind, code_forms, fold, pieces
from app.kit.db.reading import Reading

MOST_TERMS, MOST_SUPPLIERS, MOST_PRODUCTS = 6, 3, 4
LONGEST = 80

_LOOK = """
SELECT
    (SELECT json_agg(n.place) FROM unnest($1::text[]) WITH ORDINALITY n (query, place)
     WHERE EXISTS (SELECT 1 FROM public_products WHERE search_words @@ n.query::tsquery)),
    (SELECT json_agg(json_build_array(s.supplier_id, s.name)) FROM (
        SELECT DISTINCT supplier_id, card->'supplier'->>'name' AS name FROM (
            SELECT supplier_id, card FROM public_products WHERE search_words @@ $2::text::tsquery LIMIT 200) m LIMIT 3) s),
    (SELECT json_agg(json_build_array(t.product_id, t.title, t.code)) FROM (
        SELECT p.product_id, p.card->'title'->c.tag->>0 AS title, p.card->>'code' AS code FROM (
            SELECT product_id, card FROM public_products WHERE search_words @@ $3::text::tsquery LIMIT 4) p,
        LATERAL chosen_locale(p.card->'title', p.card->>'source', $4) c) t)
"""


@lru_cache(maxsize=16)
def _vocabulary(locale: str) -> tuple[Sequence[str], Mapping[str, tuple[str, frozenset[str]]]]:
    """Folded names in order, and each one's spelling and codes. Only names that things are looked for by."""
    found: dict[str, tuple[str, set[str]]] = {}
    for name, code in names(locale):
        if not code.startswith("q:") and 1 < len(name) <= 40:
            found.setdefault(fold(name), (name, set()))[1].add(code)
    known = {key: (name, frozenset(codes)) for key, (name, codes) in found.items()}
    return sorted(known), known


def names_beginning(text: str, locale: str, most: int) -> list[tuple[str, frozenset[str]]]:
    """Names that begin so, else those that have a word that does, else the nearest by spelling; shortest first."""
    ordered, known = _vocabulary(locale)
    begun = fold(text).strip()
    at = bisect_left(ordered, begun)
    found = []
    while at < len(ordered) and ordered[at].startswith(begun):
        found.append(ordered[at])
        at += 1
    if not found:
        found = [name for name in ordered if f" {begun}" in name]
    if not found and len(begun) > 3:
        heads = {name: name[: len(begun) + 1] for name in ordered}
        near = process.extract(begun, heads, scorer=OSA.distance, score_cutoff=1 if len(begun) < 7 else 2, limit=most)
        found = [key for _, _, key in near]
    # Of names that lead to the same, one is enough.
    shown: dict[frozenset[str], str] = {}
    for name in sorted(found, key=lambda item: (len(item), item)):
        shown.setdefault(known[name][1], name)
    return [(known[name][0], codes) for codes, name in list(shown.items())[: most * 2]]


async def suggestions(reading: Reading, text: str, reader: Reader) -> Suggestions:
    """What a question that begins so may become. Every name leads to listings."""
    begun = text[:LONGEST].strip()
    if not begun:
        return Suggestions(items=[])
    terms = names_beginning(begun, reader.locale, MOST_TERMS)
    if not terms and reader.locale != "en":
        terms = names_beginning(begun, "en", MOST_TERMS)
    queries = [" | ".join(f"{literal(head(code))} | {literal(code)}" for code in sorted(codes)) for _, codes in terms]
    row = await reading.row(_LOOK, queries, _supplier_query(begun), _product_query(begun), reader.locale)
    assert row is not None
    there, suppliers, products = (orjson.loads(told) if told else [] for told in row)
    items = [_term(name, codes, reader.locale) for name, codes in (terms[place - 1] for place in there[:MOST_TERMS])]
    items += [
        Suggestion(kind="supplier", text=name, url=f"/v1/organizations/{supplier_id}")
        for supplier_id, name in suppliers[:MOST_SUPPLIERS]
    ]
    items += [
        Suggestion(kind="product", text=title or code, url=f"/v1/catalog/products/{product_id}")
        for product_id, title, code in products[:MOST_PRODUCTS]
    ]
    return Suggestions(items=items)


def _term(name: str, codes: frozenset[str], locale: str) -> Suggestion:
    category = next((code.removeprefix("c:") for code in sorted(codes) if code.startswith("c:")), None)
    if category is not None and fold(name) == fold(name_in(categories()[category].names, locale)):
        return Suggestion(kind="category", text=name, url=f"/v1/catalog/search?category={category}")
    return Suggestion(kind="term", text=name, url=None)


def _supplier_query(begun: str) -> str | None:
    words = [piece.text for piece in pieces(fold(begun)) if piece.kind != Kind.CODE]
    return f"{literal(head('o:' + ' '.join(words)))}:*" if words else None


def _product_query(begun: str) -> str | None:
    """Part numbers that begin so; only what has a digit is one."""
    compact = fold(begun).replace(" ", "")
    if not any(character.isdigit() for character in compact) or len(compact) < 3:
        return None
    return f"{literal(head(code_forms(compact)[0]))}:*"
