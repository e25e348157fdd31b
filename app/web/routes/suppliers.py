"""The suppliers: their directory, and each one's own page."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.kit.db.session import Session
from app.kit.paging import PageRequest
from app.web import jsonld, sources
from app.web.filters import Filters
from app.web.pages import page_router
from app.web.rendering import page
from app.web.visit import AnyVisit

router = page_router()

ON_A_PAGE = 40


@router.get("/suppliers")
async def directory(
    visit: AnyVisit,
    session: Session,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    verified: Annotated[bool, Query(description="Only those with the operator's badge.")] = False,
) -> Response:
    """The public directory of suppliers."""
    found, following = await sources.suppliers(
        session, PageRequest(ON_A_PAGE, cursor), verified=True if verified else None
    )
    return page(
        visit,
        "suppliers.html",
        path="/suppliers" if cursor is None and not verified else None,
        suppliers=found,
        next_cursor=following,
        verified=verified,
        data=[],
    )


@router.get("/suppliers/{supplier_id}")
async def supplier(supplier_id: UUID, visit: AnyVisit, session: Session) -> Response:
    """A supplier's profile and listings."""
    shown = await sources.supplier(visit, session, supplier_id)
    filters = Filters.of(visit.request, supplier_id=str(supplier_id))
    return page(
        visit,
        "supplier.html",
        path=f"/suppliers/{supplier_id}" if filters.is_bare else None,
        supplier=shown,
        filters=filters,
        found=replace(await sources.listings(visit, filters), facets=()),
        data=[jsonld.organization(visit, shown)],
    )
