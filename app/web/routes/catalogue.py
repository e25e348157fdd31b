"""Reading the catalogue: a category, a search, a listing."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.catalog import facade as catalog
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.web import jsonld, sources
from app.web.filters import Filters
from app.web.pages import page_router
from app.web.rendering import page
from app.web.visit import AnyVisit

router = page_router()

FEW_COMPARED = 6
VARIANTS = 20


@router.get("/categories/{code}")
async def category(code: str, visit: AnyVisit, session: Session) -> Response:
    """The listings at and below a category, to narrow down and sort."""
    nodes = {node.code: node for node in catalog.category_tree(visit.locale)}
    node = nodes.get(code)
    if node is None:
        raise NotFound()
    filters = Filters.of(visit.request, category=code)
    counted = await sources.counts(visit, session)
    found = await sources.listings(visit, session, filters)
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
    filters = Filters(fixed=(("supplier_id", str(supplier_id)),))
    own = await sources.listings(visit, session, filters, limit=FEW_COMPARED + 1)
    return page(
        visit,
        "product.html",
        path=f"/products/{product_id}" if variants == 1 else None,
        product=shown,
        pictures=[medium for medium in shown["media"] if medium["media_type"].startswith("image/")],
        shown_variants=shown["variants"][first : first + VARIANTS],
        variant_page=variants,
        variant_pages=pages,
        comparable=await sources.comparable(visit, session, shown, FEW_COMPARED),
        same_supplier=[one for one in own.items if one["id"] != shown["id"]][:FEW_COMPARED],
        supplier=await sources.supplier_of(visit, session, supplier_id),
        data=jsonld.product(visit, shown),
    )
