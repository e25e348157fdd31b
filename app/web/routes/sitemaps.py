"""What robots may read, and where everything is: an index of site maps, each a bounded, streamed part of the catalogue."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated
from uuid import UUID
from xml.sax.saxutils import escape

from fastapi import Query, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.catalog import facade as catalog
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.locales import LOCALES
from app.settings import Settings
from app.web.pages import page_router

router = page_router(prefix="")

IN_A_MAP = 10_000
AT_ONCE = 1_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_KEPT = {"Cache-Control": "public, max-age=3600"}


def _site(request: Request) -> str:
    settings: Settings = request.app.state.settings
    return settings.public_url


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Everything public may be read; what belongs to one reader is not worth it."""
    private = [f"Disallow: /{tag.lower()}/{path}" for tag in LOCALES for path in ("basket", "sign-in", "inquiries")]
    lines = ["User-agent: *", *private, "Disallow: /backoffice", "Disallow: /v1/", "Allow: /v1/media/"]
    return PlainTextResponse("\n".join([*lines, "", f"Sitemap: {_site(request)}/sitemap.xml", ""]), headers=_KEPT)


@router.get("/sitemap.xml")
async def sitemap_index(request: Request, session: Session) -> Response:
    """Which site maps there are: per language the categories, and the listings in bounded parts."""
    marks: list[UUID | None] = [None, *await catalog.public_id_marks(session, IN_A_MAP)]
    addresses = []
    for tag in LOCALES:
        addresses.append(f"/sitemaps/{tag.lower()}/categories.xml")
        addresses += [f"/sitemaps/{tag.lower()}/products.xml" + (f"?after={mark}" if mark else "") for mark in marks]
    entries = "".join(f"<sitemap><loc>{escape(_site(request) + address)}</loc></sitemap>\n" for address in addresses)
    body = f'{_HEAD}<sitemapindex xmlns="{_NAMESPACE}">\n{entries}</sitemapindex>\n'
    return Response(body, media_type="application/xml", headers=_KEPT)


@router.get("/sitemaps/{tag:tag}/categories.xml")
async def categories(request: Request, session: Session) -> Response:
    """Home, directory and every category that has listings, in a language."""
    tag = request.state.locale.lower()
    counted = await catalog.category_counts(session)
    paths = ["/", "/suppliers", *(f"/categories/{node.code}" for node in catalog.category_tree("en")
                                  if counted.get(node.code))]  # fmt: skip
    body = "".join(_entries(f"{_site(request)}/{tag}", paths))
    text = f'{_HEAD}<urlset xmlns="{_NAMESPACE}">\n{body}</urlset>\n'
    return Response(text, media_type="application/xml", headers=_KEPT)


@router.get("/sitemaps/{tag:tag}/products.xml")
async def products(
    request: Request, after: Annotated[UUID | None, Query(description="Where the part before this one ends.")] = None
) -> Response:
    """A part of the listings in a language, streamed."""
    base = f"{_site(request)}/{request.state.locale.lower()}"
    return StreamingResponse(_products(request, base, after), media_type="application/xml", headers=_KEPT)


async def _products(request: Request, base: str, after: UUID | None) -> AsyncIterator[str]:
    """In a read transaction of its own, since the request's has ended before the first byte leaves."""
    database: Database = request.app.state.database
    yield f'{_HEAD}<urlset xmlns="{_NAMESPACE}">\n'
    left = IN_A_MAP
    async with database.transaction(Role.APP, readonly=True) as session:
        while left > 0:
            ids = await catalog.public_ids(session, after, min(AT_ONCE, left))
            if not ids:
                break
            yield "".join(_entries(base, (f"/products/{product_id}" for product_id in ids)))
            after = ids[-1]
            left -= len(ids)
    yield "</urlset>\n"


def _entries(base: str, paths: Iterable[str]) -> Iterable[str]:
    return (f"<url><loc>{escape(base + path)}</loc></url>\n" for path in paths)
