"""The way in: the bare address, the home page of each language, and the files that pages load."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.kit.db.session import Session
from app.kit.paging import PageRequest
from app.web import jsonld, sources
from app.web.assets import asset_at
from app.web.pages import in_own_language, page_router
from app.web.rendering import page
from app.web.visit import AnyVisit

bare: APIRouter = page_router(prefix="")
router: APIRouter = page_router()
misspelt: APIRouter = page_router(prefix="/{tag_given:spelling}")
"""Asked last: it takes whatever begins with a language in another spelling than that of the pages' addresses."""

FEW_SUPPLIERS = 12
FEW_LISTINGS = 8


@bare.get("/")
async def choose_language(request: Request) -> Response:
    """To the home page in the language that the browser asks for, else English."""
    return in_own_language(request, caching="private, no-cache")


@bare.get("/assets/{digest}/{name}")
async def asset(digest: str, name: str) -> Response:
    """A style sheet, script or icon. Its address changes with it, so browsers keep it for a year."""
    found = asset_at(digest, name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.get("/")
async def home(visit: AnyVisit, session: Session) -> Response:
    """What there is: categories with counts, the newest listings, verified suppliers."""
    verified, _ = await sources.suppliers(session, PageRequest(FEW_SUPPLIERS, None), verified=True)
    return page(
        visit,
        "home.html",
        path="/",
        tree=await sources.tree(visit, session),
        newest=await sources.newest(visit, session, FEW_LISTINGS),
        suppliers=verified,
        data=[jsonld.website(visit)],
    )


@misspelt.get("/")
@misspelt.get("/{rest:path}")
async def spell_language(request: Request, tag_given: str) -> Response:
    """To the same page where it is: addresses spell a language in lower case and with hyphens."""
    target = "/" + tag_given + request.url.path[len(tag_given) + 1 :]
    if request.url.query:
        target += f"?{request.url.query}"
    return RedirectResponse(target, status_code=301, headers={"Cache-Control": "public, max-age=86400"})
