"""The SQL of a page sorted by price, lead time or age, over the public documents: on the way through an index, or of listings
that were found before. Rows are (product_id, key, search_words); an entry's place is its key and its id."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from app.catalog.search.finding import Statement
from app.catalog.states import Sort

UNPRICED = Decimal(10) ** 18
"""Where a listing without a price stands among prices: behind all."""

Place = tuple[Decimal, UUID]
"""Key and id of the entry that a page begins after."""


def order(sort: Sort) -> str:
    """The order of rows; without words, relevance is newest first."""
    return "key, product_id" if sort in (Sort.PRICE, Sort.LEAD_TIME) else "product_id DESC"


def picked(statement: Statement, sort: Sort, factors: Mapping[str, Decimal], after: Place | None) -> str:
    """Rows of `found`."""
    match sort:
        case Sort.PRICE:
            currencies, rates = statement.bind(list(factors)), statement.bind(list(factors.values()))
            rate = (
                f"(SELECT f.rate FROM unnest({currencies}::text[], {rates}::numeric[]) f (currency, rate) "
                "WHERE f.currency = price_currency)"
            )
            key = f"coalesce({_price_key(rate)}, {UNPRICED})"
        case Sort.LEAD_TIME:
            key = "lead_time_days"
        case _:
            key = "0"
    rows = f"SELECT product_id, {key}::numeric AS key, search_words FROM found"
    if after is None:
        return rows
    if sort not in (Sort.PRICE, Sort.LEAD_TIME):
        return f"{rows} WHERE product_id < {statement.bind(after[1])}::uuid"
    value, last = statement.bind(after[0]), statement.bind(after[1])
    return f"SELECT * FROM ({rows}) f WHERE (key, product_id) > ({value}::numeric, {last}::uuid)"


def walked(
    statement: Statement,
    sort: Sort,
    conditions: Sequence[str],
    factors: Mapping[str, Decimal],
    after: Place | None,
    most: int,
) -> str:
    """The first rows of `public_products` that meet the conditions, in the order of an index. Sorted by price, each currency has
    its own stretch of the index; the first of each are merged by the reader's rate."""

    def first(key: str, by: str, more: Sequence[str]) -> str:
        kept = " AND ".join([*conditions, *more]) or "true"
        return (
            f"(SELECT product_id, {key}::numeric AS key, search_words FROM public_products "
            f"WHERE {kept} ORDER BY {by} LIMIT {most})"
        )

    match sort:
        case Sort.LEAD_TIME:
            bound = []
            if after:
                days, last = statement.bind(int(after[0])), statement.bind(after[1])
                bound = [f"(lead_time_days, product_id) > ({days}::smallint, {last}::uuid)"]
            return first("lead_time_days", "lead_time_days, product_id", bound)
        case Sort.PRICE:
            stretches = [first(*_stretch(statement, currency, factor, after)) for currency, factor in factors.items()]
            unpriced = ["price_minor IS NULL"]
            if after:
                value, last = statement.bind(after[0]), statement.bind(after[1])
                unpriced.append(f"({value}::numeric < {UNPRICED} OR product_id > {last}::uuid)")
            stretches.append(first(f"{UNPRICED}", "product_id", unpriced))
            return " UNION ALL ".join(stretches)
        case _:
            return first("0", "product_id DESC", [f"product_id < {statement.bind(after[1])}::uuid"] if after else [])


def _stretch(
    statement: Statement, currency: str, factor: Decimal, after: Place | None
) -> tuple[str, str, Sequence[str]]:
    """Key, order and conditions of one currency's prices."""
    code, rate = statement.bind(currency), statement.bind(factor)
    key = _price_key(f"{rate}::numeric")
    conditions = [f"price_currency = {code}::text"]
    if after:
        value, last = statement.bind(after[0]), statement.bind(after[1])
        conditions.append(f"price_minor >= floor({value}::numeric / {rate}::numeric)")
        conditions.append(f"({key}, product_id) > ({value}::numeric, {last}::uuid)")
    return key, "price_minor, product_id", conditions


def _price_key(rate: str) -> str:
    return f"round(price_minor * {rate}, 6)"
