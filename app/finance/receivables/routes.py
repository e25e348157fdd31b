"""Open items for both sides: what is owed, since when, what was paid; what their issuer records about them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.finance.ledger.facade import DayAhead, PeriodClosed
from app.finance.receivables import queries
from app.finance.receivables.errors import (
    ExceedsOpenItem,
    ItemHeld,
    ItemSettled,
    LaterClaimOpen,
    NotACredit,
    NotUndoable,
)
from app.finance.receivables.guards import OwnItem, SeenItem
from app.finance.receivables.models import OpenItem
from app.finance.receivables.schemas import (
    AgeingOut,
    ApplicationIn,
    HoldIn,
    OpenItemDetailOut,
    OpenItemOut,
    PaymentIn,
    UndoIn,
    WriteOffIn,
)
from app.finance.receivables.states import ItemKind, ItemRole, Which
from app.finance.receivables.usecases.hold import pause, resume
from app.finance.receivables.usecases.reduce import apply_credit, write_off
from app.finance.receivables.usecases.settle import record_payment
from app.finance.receivables.usecases.undo import undo_payment
from app.finance.receivables.views import ageing_out, item_out, items_csv, items_out
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, PageRequest, Paging, cursor_of, fetch_page, link_next, read_cursor
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import CurrencyCode

router = house_router(tags=["open items"])

CSV = "text/csv"
CSV_ROWS = 2000
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "The items as a table."}
}

Chosen = Annotated[
    Which,
    Query(description="`open`; `due` on or before `due_until`, today when absent; `overdue`; `settled`; or `all`."),
]
OnSide = Annotated[ItemRole | None, Query(description="Only those that you issued, or received.")]
OfKind = Annotated[ItemKind | None, Query(description="Only invoices, only credit balances, or only claims.")]
Partner = Annotated[UUID | None, Query(description="Only those with this firm.")]
InCurrency = Annotated[CurrencyCode | None, Query(description="Only those in this currency.")]
DueUntil = Annotated[date | None, Query(description="Only those due on this day or before.")]
_KEYS = [OpenItem.due_on, OpenItem.id]


@router.get("/open-items", responses=problems(Unauthenticated, Forbidden))
async def list_open_items(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    which: Chosen = Which.OPEN,
    role: OnSide = None,
    kind: OfKind = None,
    partner_id: Partner = None,
    currency: InCurrency = None,
    due_until: DueUntil = None,
) -> Page[OpenItemOut]:
    """What is to be paid, to you and by you; what is due first comes first."""
    actor.require(Permission.READ)
    statement = queries.items_of(
        actor.organization_id,
        today=now.date(),
        which=which,
        role=role,
        kind=kind,
        partner_id=partner_id,
        currency=currency,
        due_until=due_until,
    )
    rows, cursor = await fetch_page(session, statement, page, keys=_KEYS)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await items_out(session, actor, rows, now.date()), next_cursor=cursor)


@router.get("/open-items.csv", response_class=Response, responses={**problems(Unauthenticated, Forbidden), **_TABLE})
async def get_open_items_csv(
    actor: CurrentActor,
    session: Session,
    now: Now,
    request: Request,
    which: Chosen = Which.OPEN,
    role: OnSide = None,
    kind: OfKind = None,
    partner_id: Partner = None,
    currency: InCurrency = None,
    due_until: DueUntil = None,
    cursor: Annotated[str | None, Query(max_length=500, description="From the Link header of the part before.")] = None,
) -> Response:
    """The same for a spreadsheet, 2000 at a time; `Link: rel="next"` leads on."""
    actor.require(Permission.READ)
    statement = queries.items_of(
        actor.organization_id,
        today=now.date(),
        which=which,
        role=role,
        kind=kind,
        partner_id=partner_id,
        currency=currency,
        due_until=due_until,
    )
    rows, following = await fetch_page(session, statement, PageRequest(CSV_ROWS, cursor), keys=_KEYS)
    headers = {"Content-Disposition": 'attachment; filename="open-items.csv"', "Cache-Control": PRIVATE}
    content = items_csv(await items_out(session, actor, rows, now.date()))
    answer = Response(content, media_type=f"{CSV}; charset=utf-8", headers=headers)
    link_next(request, answer, following)
    return answer


@router.get("/ageing", responses=problems(Unauthenticated, Forbidden))
async def list_ageing(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    role: Annotated[ItemRole, Query(description="What is owed to you, or by you.")] = ItemRole.ISSUED,
    partner_id: Partner = None,
) -> Page[AgeingOut]:
    """How long what is open has been overdue, by partner and currency."""
    actor.require(Permission.READ)
    after = None
    if page.cursor is not None:
        partner, currency = read_cursor(page.cursor, [UUID, str])
        after = (partner, currency)
    rows = await queries.ageing(
        session,
        actor.organization_id,
        role,
        today=now.date(),
        partner_id=partner_id,
        after=after,
        most=page.limit + 1,
    )
    shown = rows[: page.limit]
    cursor = cursor_of([shown[-1].partner_id, shown[-1].currency]) if len(rows) > page.limit else None
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await ageing_out(session, shown), next_cursor=cursor)


@router.get("/open-items/{open_item_id}", responses=problems(*READ))
async def get_open_item(at: SeenItem, session: Session, now: Now, response: Response) -> OpenItemDetailOut:
    """One item with all that happened to it."""
    return await _shown(session, at.actor, at.row, now.date(), response)


async def _shown(session: Session, actor: Actor, row: OpenItem, today: date, response: Response) -> OpenItemDetailOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await item_out(session, actor, row, today)


@router.post(
    "/open-items/{open_item_id}/payments",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, ItemSettled, ExceedsOpenItem, PeriodClosed, DayAhead),
)
async def post_payment(
    at: OwnItem, form: PaymentIn, session: Session, now: Now, response: Response
) -> OpenItemDetailOut:
    """Record a payment that you received outside the house. What is left is deducted if it is within the discount of that day.
    Of a credit balance: that you paid it back."""
    row = await record_payment(session, at.actor, at.row.id, form.amount_minor, form.occurred_on, form.reference)
    return await _shown(session, at.actor, row, now.date(), response)


@router.post(
    "/open-items/{open_item_id}/payments/{payment_id}/reversal",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, NotUndoable, LaterClaimOpen),
)
async def post_payment_reversal(
    at: OwnItem, payment_id: UUID, form: UndoIn, session: Session, now: Now, response: Response
) -> OpenItemDetailOut:
    """Undo a payment that you recorded this month (UTC): its opposite is written down beside it."""
    row = await undo_payment(session, at.actor, at.row.id, payment_id, form.reason, now=now)
    return await _shown(session, at.actor, row, now.date(), response)


@router.post(
    "/open-items/{open_item_id}/write-off",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, ItemSettled, ExceedsOpenItem, NotACredit),
)
async def post_write_off(
    at: OwnItem, form: WriteOffIn, session: Session, now: Now, response: Response
) -> OpenItemDetailOut:
    """Give up what is open of one of your invoices or claims, or a part of it. The reason stays with you."""
    today = now.date()
    row = await write_off(session, at.actor, at.row.id, form.amount_minor, form.reason, today=today)
    return await _shown(session, at.actor, row, today, response)


@router.post(
    "/open-items/{open_item_id}/applications",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, NotACredit, ItemSettled, ExceedsOpenItem),
)
async def post_application(
    at: OwnItem, form: ApplicationIn, session: Session, now: Now, response: Response
) -> OpenItemDetailOut:
    """Set a credit balance off against an open invoice to the same firm, or against a claim for late payment."""
    today = now.date()
    row = await apply_credit(session, at.actor, at.row.id, form.open_item_id, form.amount_minor, today=today)
    return await _shown(session, at.actor, row, today, response)


@router.post(
    "/open-items/{open_item_id}/pause",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, ItemSettled, ItemHeld),
)
async def post_pause(at: OwnItem, form: HoldIn, session: Session, now: Now, response: Response) -> OpenItemDetailOut:
    """Send no reminder of one of your invoices for now. The reason stays with you."""
    row = await pause(session, at.actor, at.row.id, form.reason, now=now)
    return await _shown(session, at.actor, row, now.date(), response)


@router.post(
    "/open-items/{open_item_id}/resumption",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, ItemHeld),
)
async def post_resumption(at: OwnItem, session: Session, now: Now, response: Response) -> OpenItemDetailOut:
    """Let reminders of a paused invoice go on."""
    row = await resume(session, at.actor, at.row.id)
    return await _shown(session, at.actor, row, now.date(), response)
