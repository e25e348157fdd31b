"""Searching the published catalogue over HTTP."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from fastapi import Query, Request, Response

from app.catalog.reading import Reader
from app.catalog.routes_hot import Shown
from app.catalog.search.asking import narrowing_of
from app.catalog.search.facets import facets_of
from app.catalog.search.misses import record_miss
from app.catalog.search.reach import ENOUGH_SORTED
from app.catalog.search.schemas import Facets, SearchPage, Suggestions
from app.catalog.search.searching import DEFAULT_CURRENCY, Asked, Found, question_of, search
from app.catalog.search.suggesting import suggestions
from app.catalog.states import Sort
from app.kit.clock import Now
from app.kit.db.reading import Reading
from app.kit.db.session import Session, after_reading
from app.kit.errors import Unauthenticated
from app.kit.hot import Answer, hot_router, quickly, response_of, tag_of
from app.kit.hot import Asked as AskedAddress
from app.kit.paging import MAX_LIMIT, Paging
from app.kit.problems import problems
from app.reference import facade as reference

router = hot_router(tags=["catalogue"])

FILTERS = """{what}

Filters, all of them also for the facets:

| parameter | meaning |
|---|---|
| `category`, `supplier_id`, `country`, `certification` | one of the values given; repeat it for several |
| `verified=true`, `stocked=true` | of a verified supplier; from stock |
| `price.min`, `price.max` | in the reader's currency, at the latest rates of exchange |
| `lead_time.max` | days |
| `attr.<code>` | an attribute has one of the values given: `attr.steel=1.2738` |
| `attr.<code>.min`, `attr.<code>.max` | of a number, with a unit if it is not the attribute's own: `attr.diameter=8 in` |
"""

SEARCH = FILTERS.format(what="Search published listings, in the reader's language.")
FACETS = FILTERS.format(what="What the listings that a search finds can be narrowed down by, with counts.")

SORTS = (
    "Without words, relevance is newest first. By price, lead time or age, all that words or filters find is sorted; of more "
    f"than {ENOUGH_SORTED} listings, so many or some more of them, drawn by lot: narrow the search down to see all."
)

Text = Annotated[str, Query(max_length=200, description="What is looked for, as a buyer types it, in any language.")]


MOST_PARAMETERS = 100


def _pairs(query: str) -> list[tuple[str, str]] | None:
    """The parameters of an address; None for what is no text."""
    try:
        pairs = parse_qsl(query, max_num_fields=MOST_PARAMETERS, errors="strict")
        unquote_to_bytes(query).decode("utf-8")
    except ValueError:
        return None
    return None if any("\x00" in name or "\x00" in value for name, value in pairs) else pairs


def _found(found: Found, request_path: str, pairs: Sequence[tuple[str, str]]) -> Answer:
    body = found.body()
    return Answer(body, tag_of(body), _next(request_path, pairs, found.cursor))


def _next(path: str, pairs: Sequence[tuple[str, str]], cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    return {"Link": f'<{path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}


async def _quick_search(asked: AskedAddress) -> Answer | None:
    """An ordinary search, without the declared parameters' machinery; None for whatever it would refuse."""
    pairs = _pairs(asked.query_string)
    if pairs is None:
        return None
    query = dict(pairs)
    units, currency, limit = query.get("units", "metric"), query.get("currency"), query.get("limit", "20")
    sort = query.get("sort", Sort.RELEVANCE)
    if (
        units not in ("metric", "inch")
        or (currency is not None and not reference.is_accepted_currency(currency))
        or not (limit.isdecimal() and len(limit) < 4 and 1 <= int(limit) <= MAX_LIMIT)
        or sort not in Sort.__members__.values()
        or len(query.get("q", "")) > 200
        or len(query.get("cursor", "")) > 500
    ):
        return None
    shown = Reader(asked.locale, units, currency)
    narrowing = narrowing_of(pairs, currency or DEFAULT_CURRENCY)
    wanted = Asked(query.get("q", ""), narrowing, Sort(sort), int(limit), query.get("cursor"))
    found = await search(asked.reading, wanted, shown)
    # A question that found nothing is recorded: by the declared route.
    return _found(found, asked.address, pairs) if found.items else None


@router.get("/catalog/search", response_model=SearchPage, responses=problems(Unauthenticated), description=SEARCH)
@quickly(_quick_search, encoded=True)
async def search_products(
    request: Request,
    page: Paging,
    shown: Shown,
    now: Now,
    session: Session,
    q: Text = "",
    sort: Annotated[Sort, Query(description=SORTS)] = Sort.RELEVANCE,
) -> Response:
    """Search published listings, in the reader's language."""
    reading: Reading = request.app.state.database.reading
    pairs = request.query_params.multi_items()
    narrowing = narrowing_of(pairs, shown.currency or DEFAULT_CURRENCY)
    found = await search(reading, Asked(q, narrowing, sort, page.limit, page.cursor), shown)
    if q and not found.items and page.cursor is None and not narrowing.facets:
        async with after_reading(request, session) as own:
            await record_miss(own, q, shown.locale, now=now)
    return response_of(request, _found(found, request.url.path, pairs))


@router.get("/catalog/facets", responses=problems(Unauthenticated), description=FACETS)
async def list_facets(request: Request, shown: Shown, q: Text = "") -> Facets:
    """What the listings that a search finds can be narrowed down by, with counts."""
    reading: Reading = request.app.state.database.reading
    narrowing = narrowing_of(request.query_params.multi_items(), shown.currency or DEFAULT_CURRENCY)
    question = await question_of(reading, q, shown.locale) if q else None
    return await facets_of(reading, question, narrowing, shown)


@router.get("/catalog/suggestions", responses=problems(Unauthenticated))
async def list_suggestions(
    request: Request,
    shown: Shown,
    q: Annotated[str, Query(max_length=80, description="The beginning of a question.")] = "",
) -> Suggestions:
    """What a question that begins so may become: names of the trade, categories, suppliers, part numbers."""
    return await suggestions(request.app.state.database.reading, q, shown)
