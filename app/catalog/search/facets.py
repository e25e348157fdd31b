"""What found listings can be narrowed down by, with how many each choice would leave.

Of a facet that something was chosen of, the other choices are counted as if it were not chosen. Counts are exact up to
`COUNTED` listings; beyond, they are of a sample of that size and say so.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from app.catalog.definitions import AttributeKind, attributes, categories, name_in
from app.catalog.reading import Reader
from app.catalog.search.finding import Statement, answering
from app.catalog.search.narrowing import Narrowing, Range
from app.catalog.search.questions import Question
from app.catalog.search.rates import factors_to
from app.catalog.search.schemas import Facet, Facets, FacetValue
from app.catalog.search.searching import DEFAULT_CURRENCY
from app.catalog.usecases.sync_categories import WORDS
from app.kit.db.reading import Reading
from app.kit.locales import NP_, translate
from app.parties import facade as parties
from app.reference import facade as reference

COUNTED = 5_000
MOST_VALUES = 50

LABELS = {
    "category": NP_("facet", "Category"),
    "supplier": NP_("facet", "Supplier"),
    "country": NP_("facet", "Country"),
    "certification": NP_("facet", "Certificate"),
    "verified": NP_("facet", "Verified supplier"),
    "stocked": NP_("facet", "In stock"),
    "price": NP_("facet", "Price"),
    "lead_time": NP_("facet", "Lead time"),
}
FIRST = ("category", "supplier", "country", "certification", "verified", "stocked")
_HIDDEN = {"locale"}

_COUNT = """
WITH matched AS MATERIALIZED (
    SELECT facets, numbers, lead_time_days, price_minor * (
        SELECT f.factor FROM unnest({currencies}::text[], {factors}::numeric[]) f (currency, factor)
        WHERE f.currency = price_currency) AS price
    FROM public_products WHERE {where} LIMIT {most}
)
SELECT json_build_object(
    'total', (SELECT count(*) FROM matched),
    'values', (SELECT json_agg(json_build_array(c.value, c.count)) FROM (
        SELECT value, count(*) AS count FROM matched, unnest(facets) value GROUP BY value) c),
    'numbers', (SELECT json_agg(json_build_array(n.code, n.low, n.high, n.count)) FROM (
        SELECT e.key AS code, min((e.value->>0)::float8) AS low, max((e.value->>1)::float8) AS high, count(*) AS count
        FROM matched, jsonb_each(numbers) e GROUP BY e.key) n),
    'price', (SELECT json_build_array(min(price), max(price), count(price)) FROM matched),
    'lead_time', (SELECT json_build_array(min(lead_time_days), max(lead_time_days), count(*)) FROM matched),
    'suppliers', (SELECT json_object_agg(s.id, s.name) FROM (
        SELECT DISTINCT p.supplier_id AS id, p.card->'supplier'->>'name' AS name FROM (
            SELECT DISTINCT substr(value, 10)::uuid AS id FROM matched, unnest(facets) value
            WHERE value LIKE 'supplier=%' LIMIT {most_suppliers}) m,
        LATERAL (SELECT supplier_id, card FROM public_products q WHERE q.supplier_id = m.id LIMIT 1) p) s)
)::text
"""


async def _count(
    reading: Reading, question: Question | None, narrowing: Narrowing, factors: Mapping[str, Decimal], *, loosely: bool
) -> dict[str, Any]:
    statement = Statement()
    where = narrowing.conditions(statement, factors)
    if question is not None:
        where = [*answering(statement, [question.anchored] if loosely else question.parts), *where]
    sql = _COUNT.format(
        where=" AND ".join(where) or "true",
        most=COUNTED + 1,
        currencies=statement.bind(list(factors)),
        factors=statement.bind(list(factors.values())),
        most_suppliers=500,
    )
    row = await reading.row(sql, *statement.parameters)
    assert row is not None
    found: dict[str, Any] = orjson.loads(row[0])
    return found


async def facets_of(reading: Reading, question: Question | None, narrowing: Narrowing, reader: Reader) -> Facets:
    """The facets of a search in the reader's language, units' own codes and currency."""
    factors = await factors_to(reading, reader.currency or DEFAULT_CURRENCY)
    whole = await _count(reading, question, narrowing, factors, loosely=False)
    loosely = whole["total"] == 0 and question is not None
    if loosely:
        whole = await _count(reading, question, narrowing, factors, loosely=True)
    others = {
        facet: await _count(reading, question, narrowing.without(facet), factors, loosely=loosely)
        for facet in narrowing.facets
    }
    shown = [*_choices(whole, others, narrowing, reader), *_ranges(whole, others, narrowing, reader)]
    counted = [whole, *others.values()]
    return Facets(
        facets=shown,
        total=min(whole["total"], COUNTED),
        counts_are_exact=all(item["total"] <= COUNTED for item in counted),
        currency=reader.currency or DEFAULT_CURRENCY,
    )


def _by_facet(counted: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for value, count in counted["values"] or []:
        facet, _, choice = value.partition("=")
        found.setdefault(facet, {})[choice] = count
    return found


def _choices(
    whole: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], narrowing: Narrowing, reader: Reader
) -> list[Facet]:
    counts = _by_facet(whole)
    names = dict(whole["suppliers"] or {})
    for facet, counted in others.items():
        counts[facet] = _by_facet(counted).get(facet, {})
        names |= counted["suppliers"] or {}
    order = {code: place for place, code in enumerate((*FIRST, *attributes()))}
    shown = []
    for facet in sorted(counts, key=lambda code: order.get(code, len(order))):
        chosen = narrowing.choices.get(facet, ())
        found = {choice: count for choice, count in counts[facet].items() if facet not in _HIDDEN}
        found |= dict.fromkeys((choice for choice in chosen if choice not in found), 0)
        ranked = sorted(found.items(), key=lambda item: (item[0] not in chosen, -item[1], item[0]))[:MOST_VALUES]
        values = [
            FacetValue(
                code=choice, label=_choice(facet, choice, names, reader.locale), count=count, selected=choice in chosen
            )
            for choice, count in ranked
        ]
        if values:
            shown.append(Facet(code=facet, label=_label(facet, reader.locale), kind="enum", values=values))
    return shown


def _label(facet: str, locale: str) -> str:
    attribute = attributes().get(facet)
    return name_in(attribute.names, locale) if attribute else translate(LABELS[facet], locale)


def _choice(facet: str, choice: str, suppliers: Mapping[str, str], locale: str) -> str:
    match facet:
        case "category":
            return name_in(categories()[choice].names, locale) if choice in categories() else choice
        case "supplier":
            return suppliers.get(choice, choice)
        case "country":
            return reference.country_name(choice, locale)
        case "certification":
            return parties.certification_name(choice)
    attribute = attributes().get(facet)
    if attribute is not None and attribute.kind == AttributeKind.ENUM and choice in attribute.values:
        return name_in(attribute.values[choice], locale)
    return translate(WORDS["yes" if choice == "yes" else "no"], locale)


def _ranges(
    whole: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], narrowing: Narrowing, reader: Reader
) -> list[Facet]:
    found: dict[str, Sequence[Any]] = {code: rest for code, *rest in whole["numbers"] or []}
    for facet, counted in others.items():
        found |= {code: rest for code, *rest in counted["numbers"] or [] if code == facet}
    shown = []
    for code, (low, high, count) in found.items():
        attribute = attributes().get(code)
        if attribute is not None and (count > 1 or code in narrowing.numbers):
            asked = narrowing.numbers.get(code)
            shown.append(_range(code, _label(code, reader.locale), low, high, count, asked, attribute.unit))
    order = {code: place for place, code in enumerate(attributes())}
    shown.sort(key=lambda facet: order[facet.code])
    price = others.get("price", whole)["price"]
    if price[2]:
        currency = reader.currency or DEFAULT_CURRENCY
        label = translate(LABELS["price"], reader.locale)
        shown.insert(0, _range("price", label, price[0], price[1], price[2], narrowing.price, currency))
    days = others.get("lead_time", whole)["lead_time"]
    if days[2]:
        limit = narrowing.lead_time_max
        asked = None if limit is None else Range(high=Decimal(limit))
        label = translate(LABELS["lead_time"], reader.locale)
        shown.insert(1, _range("lead_time", label, days[0], days[1], days[2], asked, "DAY"))
    return shown


def _range(code: str, label: str, low: Any, high: Any, count: int, asked: Range | None, unit: str | None) -> Facet:
    return Facet(
        code=code,
        label=label,
        kind="range",
        minimum=Decimal(str(low)),
        maximum=Decimal(str(high)),
        chosen_minimum=asked.low if asked else None,
        chosen_maximum=asked.high if asked else None,
        count=count,
        unit=unit,
    )
