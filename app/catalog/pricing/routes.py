"""Price lists for the suppliers who make them and the buyers who buy at them; prices and their confirmation."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.catalog.models import PublicProduct
from app.catalog.pricing import queries
from app.catalog.pricing.errors import (
    EditionsOverlap,
    PriceChanged,
    PriceListCodeTaken,
    PriceListIncomplete,
    PriceListStateConflict,
    SuccessorExists,
)
from app.catalog.pricing.guards import AtPriceList, OwnList, SeenList, StreamedList
from app.catalog.pricing.models import PriceConfirmation, PriceList
from app.catalog.pricing.schemas import (
    ContractProductOut,
    LinesImportOut,
    LinesIn,
    PriceConfirmationOut,
    PriceConfirmationsIn,
    PriceConfirmationsOut,
    PriceListChange,
    PriceListIn,
    PriceListLineOut,
    PriceListOut,
    PricesOut,
    RowErrorOut,
    SuccessorIn,
)
from app.catalog.pricing.states import PriceListState, PriceSide
from app.catalog.pricing.usecases.change_list_state import activate_list, end_list, succeed_list
from app.catalog.pricing.usecases.confirm_prices import confirm_prices
from app.catalog.pricing.usecases.edit_list import change_list, create_list, delete_list, put_lines
from app.catalog.pricing.usecases.import_lines import COLUMNS, cells_of, import_lines, written
from app.catalog.pricing.views import confirmation_out, contract_product, lines_out, lists_out, variant_prices
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.clock import Now
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import (
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import translate
from app.kit.paging import Page, PageRequest, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.reference import facade as reference

router = house_router(tags=["prices"])

CSV = "text/csv"
EDITED = (PreconditionFailed, PreconditionRequired, PriceListStateConflict)

Editor = Annotated[Actor, Depends(permitted(Permission.CATALOG_EDIT))]
Asker = Annotated[Actor, Depends(permitted(Permission.INQUIRE))]
WhichSide = Annotated[PriceSide, Query(description="`buyer`: at which you buy; `supplier`: which you made.")]


async def _shown(session: Session, actor: Actor, row: PriceList, now: Now, response: Response) -> PriceListOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await lists_out(session, actor, [row], today=now.date()))[0]


@router.post(
    "/price-lists",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, PriceListCodeTaken, *ONCE),
)
async def post_price_list(
    actor: Editor, form: PriceListIn, session: Session, now: Now, response: Response
) -> PriceListOut:
    """Draft a price list for some buyers. Nobody else knows of it, and they only when it is active."""
    row = await create_list(session, actor, form)
    response.headers["Location"] = f"/v1/price-lists/{row.id}"
    return await _shown(session, actor, row, now, response)


@router.get("/price-lists", responses=problems(Unauthenticated))
async def list_price_lists(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    side: WhichSide = PriceSide.BUYER,
    state: PriceListState | None = None,
) -> Page[PriceListOut]:
    """Price lists that apply to your organization, or that it made; newest first."""
    statement = queries.lists_of(actor.organization_id, side, state, today=now.date())
    rows, cursor = await fetch_page(session, statement, page, keys=[PriceList.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await lists_out(session, actor, rows, today=now.date()), next_cursor=cursor)


@router.get("/price-lists/{price_list_id}", responses=problems(*READ))
async def get_price_list(at: SeenList, session: Session, now: Now, response: Response) -> PriceListOut:
    """A price list. Its lines have an address of their own."""
    return await _shown(session, at.actor, at.row, now, response)


@router.put("/price-lists/{price_list_id}", responses=problems(*READ, *EDITED, Invalid))
async def put_price_list(
    at: OwnList, form: PriceListChange, version: IfMatch, session: Session, now: Now, response: Response
) -> PriceListOut:
    """Give a draft another head and other buyers."""
    row = await change_list(session, at.actor, at.row.id, form, version=version)
    return await _shown(session, at.actor, row, now, response)


@router.delete("/price-lists/{price_list_id}", status_code=204, responses=problems(*READ, *EDITED))
async def delete_price_list(at: OwnList, version: IfMatch, session: Session) -> None:
    """Throw a draft away."""
    await delete_list(session, at.actor, at.row.id, version=version)


@router.get("/price-lists/{price_list_id}/lines", responses=problems(*READ))
async def list_price_list_lines(
    at: SeenList, session: Session, page: Paging, request: Request, response: Response
) -> Page[PriceListLineOut]:
    """The lines of a price list."""
    rows, cursor = await queries.page_of_lines(session, at.row.id, page)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await lines_out(session, at.row, rows), next_cursor=cursor)


@router.put("/price-lists/{price_list_id}/lines", responses=problems(*READ, *EDITED, Invalid))
async def put_price_list_lines(
    at: OwnList, form: LinesIn, version: IfMatch, session: Session, now: Now, response: Response
) -> PriceListOut:
    """Replace the lines of a draft; at most 500 here, and 5,000 as a file."""
    row = await put_lines(session, at.actor, at.row.id, form, version=version)
    return await _shown(session, at.actor, row, now, response)


@router.get(
    "/price-lists/{price_list_id}/lines.csv",
    response_class=StreamingResponse,
    responses={
        **problems(*READ),
        200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "The lines as a table."},
    },
)
async def get_price_list_csv(at: StreamedList, request: Request) -> Response:
    """The lines of one of your price lists as a table, as it can be read in again."""
    return StreamingResponse(
        _csv(request.app.state.database, at),
        media_type=f"{CSV}; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{at.row.code}-{at.row.edition}.csv"',
            "Cache-Control": PRIVATE,
        },
    )


async def _csv(database: Database, at: AtPriceList) -> AsyncIterator[bytes]:
    """A thousand lines at a time, in a read transaction of the stream's own."""
    yield b"\xef\xbb\xbf" + written([COLUMNS])
    exponent = reference.currency(at.row.currency).exponent
    cursor: str | None = None
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, at.actor.organization_id, person_id=at.actor.person_id)
        while True:
            rows, cursor = await queries.page_of_lines(session, at.row.id, PageRequest(1000, cursor))
            variants = await queries.skus_of(session, [row.variant_id for row in rows if row.variant_id])
            skus = {variant_id: sku for variant_id, (sku, _, _) in variants.items()}
            yield written(
                [cells_of(row, skus.get(row.variant_id) if row.variant_id else None, exponent) for row in rows]
            )
            if cursor is None:
                return


@router.put(
    "/price-lists/{price_list_id}/lines.csv",
    responses=problems(*READ, *EDITED, Invalid),
)
async def put_price_list_csv(
    at: OwnList,
    content: Annotated[
        bytes, Body(media_type=CSV, description="UTF-8, comma separated, with the header of the export.")
    ],
    version: IfMatch,
    session: Session,
    response: Response,
    dry_run: Annotated[bool, Query(description="Only say what is wrong; save nothing.")] = False,
) -> LinesImportOut:
    """Replace the lines of a draft by those of a file, all or none. Findings name row and column."""
    lines, saved, errors = await import_lines(session, at.actor, at.row.id, content, version=version, dry_run=dry_run)
    response.headers["Cache-Control"] = PRIVATE
    shown = [RowErrorOut(row=e.row, column=e.column, code=e.code, detail=translate(e.message)) for e in errors]
    return LinesImportOut(lines=lines, saved=saved, errors=shown)


@router.post(
    "/price-lists/{price_list_id}/activation",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, PriceListStateConflict, PriceListIncomplete, EditionsOverlap),
)
async def post_price_list_activation(at: OwnList, session: Session, now: Now, response: Response) -> PriceListOut:
    """Let a list apply to its buyers. From here on it is never edited; it can end, and a successor can follow it."""
    row = await activate_list(session, at.actor, at.row.id, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/price-lists/{price_list_id}/ending",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, PriceListStateConflict),
)
async def post_price_list_ending(at: OwnList, session: Session, now: Now, response: Response) -> PriceListOut:
    """End an active list now. Prices that were confirmed before stand as long as they said."""
    row = await end_list(session, at.actor, at.row.id, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/price-lists/{price_list_id}/successors",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, PriceListStateConflict, SuccessorExists),
)
async def post_price_list_successor(
    at: OwnList, form: SuccessorIn, session: Session, now: Now, response: Response
) -> PriceListOut:
    """Draft the next edition with the same buyers and lines. Activated, it ends this one the day before it begins."""
    row = await succeed_list(session, at.actor, at.row.id, form)
    response.headers["Location"] = f"/v1/price-lists/{row.id}"
    return await _shown(session, at.actor, row, now, response)


@router.get("/catalog/prices", responses=problems(Unauthenticated))
async def list_prices(
    actor: CurrentActor,
    session: Session,
    response: Response,
    product_id: Annotated[list[UUID], Query(min_length=1, max_length=100, description="Listings; repeat it for more.")],
) -> PricesOut:
    """Your prices of some listings at every step, with where each comes from. They go over the public document, which
    shows everybody the same."""
    prices = await queries.prices_of_products(session, sorted(set(product_id)))
    response.headers["Cache-Control"] = PRIVATE
    return PricesOut(items=variant_prices(prices, actor.unit_system))


@router.get("/catalog/contract-products", responses=problems(Unauthenticated))
async def list_contract_products(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    supplier_id: UUID | None = None,
    category: Annotated[str | None, Query(max_length=80, description="Only below this category.")] = None,
) -> Page[ContractProductOut]:
    """Published listings for which a price list applies to you today, newest first."""
    statement = queries.contract_products(actor.organization_id, supplier_id, category)
    rows, cursor = await fetch_page(session, statement, page, keys=[PublicProduct.product_id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[contract_product(row) for row in rows], next_cursor=cursor)


@router.post(
    "/catalog/price-confirmations",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, PriceChanged, *ONCE),
)
async def post_price_confirmations(
    actor: Asker, form: PriceConfirmationsIn, session: Session, response: Response
) -> PriceConfirmationsOut:
    """Have prices confirmed: what is answered is what is charged, if it is ordered in time. Each is ordered once."""
    asked = [(f"/items/{number}", item.variant_id, item.quantity) for number, item in enumerate(form.items)]
    rows = await confirm_prices(session, actor, asked, currency=form.currency)
    response.headers["Cache-Control"] = PRIVATE
    return PriceConfirmationsOut(items=[confirmation_out(row, actor) for row in rows])


@router.get("/catalog/price-confirmations", responses=problems(Unauthenticated))
async def list_price_confirmations(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    side: WhichSide = PriceSide.BUYER,
) -> Page[PriceConfirmationOut]:
    """Prices confirmed to your organization, or by its listings; newest first."""
    statement = queries.confirmations_of(actor.organization_id, side)
    rows, cursor = await fetch_page(session, statement, page, keys=[PriceConfirmation.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[confirmation_out(row, actor) for row in rows], next_cursor=cursor)


@router.get("/catalog/price-confirmations/{confirmation_id}", responses=problems(*READ))
async def get_price_confirmation(
    confirmation_id: UUID, actor: CurrentActor, session: Session, response: Response
) -> PriceConfirmationOut:
    """A confirmed price, for its buyer and its supplier."""
    row = await queries.confirmation(session, confirmation_id)
    if row is None or actor.organization_id not in (row.buyer_id, row.supplier_id):
        raise NotFound()
    response.headers["Cache-Control"] = PRIVATE
    return confirmation_out(row, actor)
