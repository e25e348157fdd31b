"""Files of listings over HTTP: templates, imports with their reports, exports."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.catalog.definitions import categories
from app.catalog.exchange import queries
from app.catalog.exchange.errors import ImportEnded, ImportWithoutColumns
from app.catalog.exchange.export import Export, listings_file
from app.catalog.exchange.models import ImportFinding, ListingImportRun
from app.catalog.exchange.reports import finding_out, import_out, report_file
from app.catalog.exchange.schemas import FindingOut, ListingImportIn, ListingImportOut, MappingIn
from app.catalog.exchange.states import EXTENSIONS, MEDIA_TYPES, FileFormat
from app.catalog.exchange.template import template_file
from app.catalog.exchange.usecases.cancel_import import cancel_import
from app.catalog.exchange.usecases.put_mapping import put_mapping
from app.catalog.exchange.usecases.start_import import start_import
from app.documents import facade as documents
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission, permitted
from app.kit.clock import Now
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import (
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import current_locale
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router

router = house_router(tags=["listings in files"])

Editor = Annotated[Actor, Depends(permitted(Permission.CATALOG_EDIT))]
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": {"*/*": _BYTES}}}


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}


@router.get(
    "/categories/{category_code}/listing-template",
    responses={**problems(NotFound), **_FILE},
    response_class=Response,
)
async def get_listing_template(
    category_code: str,
    file_format: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "xlsx",
) -> Response:
    """An empty file for listings of a category: its columns in your language, each with its code, an explanation, the unit
    and the values that it takes."""
    category = categories().get(category_code)
    if category is None:
        raise NotFound()
    form = FileFormat(file_format)
    content = template_file(category, form, current_locale())
    headers = _attachment(f"{category.code}.{EXTENSIONS[form]}")
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


@router.post(
    "/listing-imports",
    status_code=202,
    dependencies=[IdempotencyGuard],
    responses=problems(
        Unauthenticated,
        Forbidden,
        documents.DocumentRefused,
        IdempotencyKeyMissing,
        IdempotencyKeyInFlight,
        IdempotencyKeyReused,
    ),
)
async def post_listing_import(
    actor: Editor, form: ListingImportIn, session: Session, response: Response
) -> ListingImportOut:
    """Take over a file of listings that you uploaded. It is read in the background; GET tells how far it is.

    One row is one variant; rows with the same product code are one listing. Good listings are written, bad ones are
    reported row by row. The same file again changes nothing.
    """
    run = await start_import(session, actor, form)
    response.headers["Location"] = f"/v1/listing-imports/{run.id}"
    set_etag(response, run.version)
    return import_out(run)


@router.get("/listing-imports", responses=problems(Unauthenticated))
async def list_listing_imports(
    actor: CurrentActor, request: Request, response: Response, session: Session, page: Paging
) -> Page[ListingImportOut]:
    """Your organization's imports, newest first."""
    rows, cursor = await queries.page(session, actor.organization_id, page)
    link_next(request, response, cursor)
    return Page(items=[import_out(row) for row in rows], next_cursor=cursor)


async def own_import(import_id: UUID, actor: CurrentActor, session: Session) -> ListingImportRun:
    """404 for another supplier's import."""
    run = await queries.find(session, actor.organization_id, import_id)
    if run is None:
        raise NotFound()
    return run


async def kept_import(import_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """404 for another supplier's import before 403 for a colleague without the permission."""
    await own_import(import_id, actor, session)
    actor.require(Permission.CATALOG_EDIT)
    return actor


Own = Annotated[ListingImportRun, Depends(own_import)]
Keeper = Annotated[Actor, Depends(kept_import)]


@router.get("/listing-imports/{import_id}", responses=problems(Unauthenticated, NotFound))
async def get_listing_import(run: Own, response: Response) -> ListingImportOut:
    """How far an import is, and what its columns were taken for."""
    set_etag(response, run.version)
    return import_out(run)


@router.post(
    "/listing-imports/{import_id}/cancellation", responses=problems(Unauthenticated, Forbidden, NotFound, ImportEnded)
)
async def cancel_listing_import(
    import_id: UUID, actor: Keeper, session: Session, response: Response
) -> ListingImportOut:
    """Stop a running import. The listings that it wrote stay as they are; no further one is written."""
    run = await cancel_import(session, actor, import_id)
    set_etag(response, run.version)
    return import_out(run)


@router.put(
    "/listing-imports/{import_id}/mapping",
    responses=problems(
        Unauthenticated, Forbidden, NotFound, PreconditionFailed, PreconditionRequired, ImportWithoutColumns
    ),
)
async def put_listing_import_mapping(
    import_id: UUID, actor: Keeper, form: MappingIn, if_match: IfMatch, session: Session, response: Response
) -> ListingImportOut:
    """Say what columns hold that were not recognised. It is remembered for every later file with the same headers; import
    this one again to have it applied."""
    run = await put_mapping(session, actor, import_id, form, expected_version=if_match)
    set_etag(response, run.version)
    return import_out(run)


@router.get("/listing-imports/{import_id}/findings", responses=problems(Unauthenticated, NotFound))
async def list_listing_import_findings(
    run: Own, request: Request, response: Response, session: Session, page: Paging
) -> Page[FindingOut]:
    """What is wrong with which rows, in your language."""
    rows, cursor = await fetch_page(session, queries.findings_of(run.id), page, keys=[ImportFinding.number])
    link_next(request, response, cursor)
    return Page(items=[finding_out(row, current_locale()) for row in rows], next_cursor=cursor)


@router.get(
    "/listing-imports/{import_id}/report",
    responses={**problems(Unauthenticated, NotFound), **_FILE},
    response_class=StreamingResponse,
)
async def get_listing_import_report(import_id: UUID, actor: KnownActor, request: Request) -> StreamingResponse:
    """The findings as a CSV file, in your language."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, actor.organization_id)
        if await queries.find(session, actor.organization_id, import_id) is None:
            raise NotFound()
    content = report_file(database, actor.organization_id, import_id, current_locale())
    return StreamingResponse(content, media_type=MEDIA_TYPES[FileFormat.CSV], headers=_attachment("import-report.csv"))


@router.get(
    "/listing-export",
    responses={**problems(Unauthenticated, NotFound), **_FILE},
    response_class=StreamingResponse,
)
async def get_listing_export(
    actor: KnownActor,
    request: Request,
    now: Now,
    file_format: Annotated[FileFormat, Query(alias="format")] = FileFormat.CSV,
    category: Annotated[str | None, Query(max_length=80, description="Only below this category.")] = None,
) -> StreamingResponse:
    """All your own listings in every state as a file, names in your language. Importing it again changes nothing."""
    if category is not None and category not in categories():
        raise NotFound()
    wanted = Export(actor.organization_id, file_format, current_locale(), category, now)
    content: AsyncIterator[bytes] = listings_file(request.app.state.database, wanted)
    headers = _attachment(f"listings.{EXTENSIONS[file_format]}")
    return StreamingResponse(content, media_type=MEDIA_TYPES[file_format], headers=headers)
