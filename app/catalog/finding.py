"""Searching the catalogue, and what stands beside a listing, as the pages of the house read them: the routes' answers as
documents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import relatives
from app.catalog.reading import Reader
from app.catalog.search import misses, suggesting
from app.catalog.search.asking import narrowing_of
from app.catalog.search.facets import facets_of
from app.catalog.search.searching import DEFAULT_CURRENCY, Asked, search
from app.catalog.states import Sort
from app.kit.db.reading import Reading

Document = dict[str, Any]


async def search_page(
    reading: Reading,
    reader: Reader,
    *,
    text: str,
    filters: Iterable[tuple[str, str]],
    sort: str,
    limit: int,
    cursor: str | None,
) -> Document:
    """What `GET /v1/catalog/search` answers, with the `facets` of `GET /v1/catalog/facets` beside it, on the first page. Where
    the search counted only up to its limit, the facets have counted further.

    `filters` are the parameters of the address. Raises `Invalid` naming each wrong one.
    """
    order = Sort(sort) if sort in Sort.__members__.values() else Sort.RELEVANCE
    narrowing = narrowing_of(filters, reader.currency or DEFAULT_CURRENCY)
    found = await search(reading, Asked(text, narrowing, order, limit, cursor), reader)
    shown: Document = orjson.loads(found.body())
    facets = await facets_of(reading, found.question, narrowing, reader)
    if not shown["total_is_exact"]:
        shown |= {"total": facets.total, "total_is_exact": facets.counts_are_exact}
    return shown | {"facets": [facet.model_dump(mode="json") for facet in facets.facets]}


async def suggestions(reading: Reading, reader: Reader, text: str) -> list[Document]:
    """What `GET /v1/catalog/suggestions` answers: `kind`, `text` and the API's address of each."""
    found = await suggesting.suggestions(reading, text, reader)
    return [one.model_dump(mode="json") for one in found.items]


async def record_miss(session: AsyncSession, text: str, locale: str, *, now: datetime) -> None:
    """Remember a question without an answer, for whoever tends the words of the catalogue."""
    await misses.record_miss(session, text, locale, now=now)


async def equivalents(reading: Reading, product_id: UUID, reader: Reader, *, limit: int) -> list[Document]:
    """Listings of other suppliers that are alike, with their `relation`, if their steel only comes near."""
    answer = await relatives.equivalents(reading, product_id, reader)
    items = orjson.loads(answer.body)["items"][:limit] if answer and answer.body else []
    return [{**item["product"], "relation": item["relation"]} for item in items]


async def spare_parts(reading: Reading, product_id: UUID, reader: Reader, *, limit: int) -> list[Document]:
    """Wear parts of a listing, each with the `reason` why it wears."""
    answer = await relatives.spare_parts(reading, product_id, reader)
    items = orjson.loads(answer.body)["items"][:limit] if answer and answer.body else []
    return [{**item["product"], "reason": item["reason"]} for item in items]
