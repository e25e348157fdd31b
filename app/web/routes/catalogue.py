"""Reading the catalogue: a category, a search, a listing."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import JSONResponse, Response

from app.catalog import facade as catalog
from app.kit.clock import Now
from app.kit.db.session import Session, after_reading
from app.kit.errors import NotFound
from app.kit.locales import NP_, translate
from app.web import jsonld, sources
from app.web.filters import Filters
from app.web.pages import page_router
from app.web.rendering import page
from app.web.visit import AnyVisit

router = page_router()

Expanded = Annotated[str, Query(alias="all", max_length=80, description="A facet to show all choices of.")]

FEW_COMPARED = 6
VARIANTS = 20
KINDS = {
    "category": NP_("suggestion", "Category"),
    "product": NP_("suggestion", "Listing"),
    "supplier": NP_("suggestion", "Supplier"),
}


@router.get("/categories/{code}")
async def category(code: str, visit: AnyVisit, session: Session, expanded: Expanded = "") -> Response:
    """The listings at and below a category, to narrow down and sort."""
    nodes = {node.code: node for node in catalog.category_tree(visit.locale)}
    node = nodes.get(code)
    if node is None:
        raise NotFound()
    filters = Filters.of(visit.request, category=code)
    counted = await sources.counts(visit, session)
    found = await sources.listings(visit, filters, expanded=expanded)
    children = [child for child in nodes.values() if child.parent == code and counted.get(child.code)]
    trail = [nodes[step] for step in node.path]
    return page(
        visit,
        "listings.html",
        path=f"/categories/{code}" if filters.is_bare else None,
        heading=node.name,
        node=node,
        trail=trail,
        children=children,
        counted=counted,
        filters=filters,
        found=found,
        data=[jsonld.breadcrumbs(visit, [(step.name, f"/categories/{step.code}") for step in trail])],
    )


@router.get("/search")
async def search(visit: AnyVisit, session: Session, now: Now, expanded: Expanded = "") -> Response:
    """The listings that some words find, to narrow down and sort."""
    filters = Filters.of(visit.request)
    found = await sources.listings(visit, filters, expanded=expanded)
    if filters.text and not found.items and filters.cursor is None and not filters.narrows:
        async with after_reading(visit.request, session) as own:
            await sources.note_miss(visit, own, filters, now=now)
    return page(visit, "search.html", filters=filters, found=found, query=filters.text)


@router.get("/suggestions")
async def suggestions(visit: AnyVisit, q: Annotated[str, Query(max_length=80)] = "") -> Response:
    """What a question that begins so may become, for the script of the search box."""
    items = [
        {**one, "kind": translate(KINDS[one["kind"]], visit.locale) if one["kind"] in KINDS else ""}
        for one in await sources.suggestions(visit, q)
    ]
    headers = {"Cache-Control": "public, max-age=60" if visit.is_anonymous else "private, no-cache"}
    return JSONResponse({"items": items}, headers=headers)


@router.get("/products/{product_id}")
async def product(
    product_id: UUID,
    visit: AnyVisit,
    session: Session,
    variants: Annotated[int, Query(ge=1, le=1000, description="Which page of the variants.")] = 1,
) -> Response:
    """A listing in full."""
    shown = await sources.product(visit, session, product_id)
    pages = max(1, -(-len(shown["variants"]) // VARIANTS))
    if variants > pages:
        raise NotFound()
    first = (variants - 1) * VARIANTS
    supplier_id = UUID(shown["supplier"]["id"])
    equivalents, spare_parts = await sources.beside(visit, product_id, FEW_COMPARED)
    own = await sources.of_supplier(visit, session, supplier_id, FEW_COMPARED + 1)
    return page(
        visit,
        "product.html",
        path=f"/products/{product_id}" if variants == 1 else None,
        product=shown,
        pictures=[medium for medium in shown["media"] if medium["media_type"].startswith("image/")],
        shown_variants=shown["variants"][first : first + VARIANTS],
        variant_page=variants,
        variant_pages=pages,
        agreed=await sources.agreed(visit, session, [product_id]),
        equivalents=equivalents,
        spare_parts=spare_parts,
        same_supplier=[one for one in own if one["id"] != shown["id"]][:FEW_COMPARED],
        supplier=await sources.supplier_of(visit, session, supplier_id),
        data=jsonld.product(visit, shown),
    )
