"""The published catalogue over HTTP: what everybody reads most."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.catalog.reading import UUID_FORM, PageAsked, Reader, detail, page_after, page_of
from app.catalog.relatives import equivalents, spare_parts
from app.catalog.schemas import DisplayedProduct, Equivalents, ListedProduct, SpareParts
from app.kit.actor import PerhapsActor
from app.kit.db.reading import Reading
from app.kit.errors import NotFound, Unauthenticated
from app.kit.hot import Answer, Asked, Quick, hot_router, quickly, response_of
from app.kit.locales import current_locale
from app.kit.paging import MAX_LIMIT, Page, Paging
from app.kit.problems import problems
from app.reference import facade as reference

router = hot_router(tags=["catalogue"])


async def reader(
    actor: PerhapsActor,
    units: Annotated[
        Literal["metric", "inch"] | None,
        Query(description="How measures are shown; by default as you prefer, and metric for who is not signed in."),
    ] = None,
    currency: Annotated[
        reference.AcceptedCurrency | None,
        Query(
            description="Show prices in this currency where there are some, and what the others would be in it; "
            "by default in yours when you sign in."
        ),
    ] = None,
) -> Reader:
    """How this reader wants things shown: as he asks, else as he prefers."""
    if actor is None:
        return Reader(current_locale(), units or "metric", currency)
    return Reader(current_locale(), units or actor.unit_system, currency or actor.currency)


Shown = Annotated[Reader, Depends(reader)]


def _reader(asked: Asked) -> Reader | None:
    """The same for an ordinary request; None when a parameter is not as it should be."""
    units, currency = asked.query.get("units", "metric"), asked.query.get("currency")
    if units not in ("metric", "inch") or (currency is not None and not reference.is_accepted_currency(currency)):
        return None
    return Reader(asked.locale, units, currency)


def _next_link(address: str, query: str, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    kept = [pair for pair in query.split("&") if pair and not pair.startswith("cursor=")]
    return {"Link": f'<{address}?{"&".join([*kept, f"cursor={cursor}"])}>; rel="next"'}


async def _quick_page(asked: Asked) -> Answer | None:
    shown, query = _reader(asked), asked.query
    limit, supplier_id, category = query.get("limit", "20"), query.get("supplier_id"), query.get("category")
    if (
        shown is None
        or not (limit.isdecimal() and len(limit) < 4 and 1 <= int(limit) <= MAX_LIMIT)
        or (supplier_id is not None and not UUID_FORM.fullmatch(supplier_id))
        or len(category or "") > 80
        or len(query.get("cursor", "")) > 500
    ):
        return None
    page = PageAsked(int(limit), page_after(query.get("cursor")), category, supplier_id)
    answer, cursor = await page_of(asked.reading, page, shown, asked.held)
    return Answer(answer.body, answer.etag, _next_link(asked.address, asked.query_string, cursor))


async def _quick_detail(asked: Asked) -> Answer | None:
    shown, product_id = _reader(asked), asked.path["product_id"]
    if shown is None or not UUID_FORM.fullmatch(product_id):
        return None
    return _found(await detail(asked.reading, product_id, shown, asked.held))


Beside = Callable[[Reading, str | UUID, Reader], Awaitable[Answer | None]]


def _quick_beside(beside: Beside) -> Quick:
    async def quick(asked: Asked) -> Answer | None:
        shown, product_id = _reader(asked), asked.path["product_id"]
        if shown is None or not UUID_FORM.fullmatch(product_id):
            return None
        return _found(await beside(asked.reading, product_id, shown))

    return quick


def _found(answer: Answer | None) -> Answer:
    if answer is None:
        raise NotFound()
    return answer


@router.get("/catalog/products", response_model=Page[ListedProduct], responses=problems(Unauthenticated))
@quickly(_quick_page)
async def list_published_products(
    request: Request,
    page: Paging,
    shown: Shown,
    category: Annotated[str | None, Query(max_length=80, description="Only below this category.")] = None,
    supplier_id: UUID | None = None,
) -> Response:
    """Published listings, newest first, in the reader's language."""
    asked = PageAsked(page.limit, page_after(page.cursor), category, supplier_id)
    answer, cursor = await page_of(request.app.state.database.reading, asked, shown)
    link = _next_link(request.url.path, request.url.query, cursor)
    return response_of(request, Answer(answer.body, answer.etag, link))


@router.get(
    "/catalog/products/{product_id}", response_model=DisplayedProduct, responses=problems(Unauthenticated, NotFound)
)
@quickly(_quick_detail)
async def get_published_product(product_id: UUID, request: Request, shown: Shown) -> Response:
    """A published listing in full, in the reader's language, units and formats."""
    return response_of(request, _found(await detail(request.app.state.database.reading, product_id, shown)))


@router.get(
    "/catalog/products/{product_id}/equivalents",
    response_model=Equivalents,
    responses=problems(Unauthenticated, NotFound),
)
@quickly(_quick_beside(equivalents))
async def list_equivalents(product_id: UUID, request: Request, shown: Shown) -> Response:
    """Listings of other suppliers that are alike in what such parts are ordered by, with the tie between their steels.

    At most 24. Being alike is a hint for who compares drawings, never a promise that one replaces the other.
    """
    return response_of(request, _found(await equivalents(request.app.state.database.reading, product_id, shown)))


@router.get(
    "/catalog/products/{product_id}/spare-parts",
    response_model=SpareParts,
    responses=problems(Unauthenticated, NotFound),
)
@quickly(_quick_beside(spare_parts))
async def list_spare_parts(product_id: UUID, request: Request, shown: Shown) -> Response:
    """Parts that wear out in a listing such as this, each with the reason; its supplier's own first. At most 48."""
    return response_of(request, _found(await spare_parts(request.app.state.database.reading, product_id, shown)))
