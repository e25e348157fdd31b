"""Accounts and their entries for whom they are kept; postings, corrections and months for the operator."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.finance.ledger import queries
from app.finance.ledger.errors import (
    AlreadyReversed,
    BelowFloor,
    DayAhead,
    PeriodClosed,
    PeriodNotReady,
    StatementTooLong,
)
from app.finance.ledger.guards import Bookkeeper, Operator, SeenAccount, WrittenAccount
from app.finance.ledger.models import LedgerAccount, LedgerEntry
from app.finance.ledger.rules import month_of
from app.finance.ledger.schemas import (
    Day,
    LedgerAccountOut,
    LedgerEntryOut,
    LedgerPeriodOut,
    LedgerPostingOut,
    ReversalIn,
)
from app.finance.ledger.statements.writers import MEDIA_TYPES
from app.finance.ledger.statements.writing import Wanted, pieces, statement_file
from app.finance.ledger.states import StatementFormat
from app.finance.ledger.usecases.close_period import close_period
from app.finance.ledger.usecases.correct import reverse
from app.finance.ledger.views import accounts_out, entries_out, period_out, posting_out
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import current_locale
from app.kit.paging import Page, Paging, cursor_of, fetch_page, link_next, read_cursor
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["ledger"])

FirstDay = Annotated[Day | None, Query(description="The first day (UTC); absent for the beginning.")]
LastDay = Annotated[Day | None, Query(description="The last day (UTC); absent for today.")]
Month = Annotated[
    str, Path(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", description="Year and month, such as 2026-11.", max_length=7)
]
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The statement.", "content": {kind.split(";")[0]: _BYTES for kind in MEDIA_TYPES.values()}}
}


async def _accounts(
    organization_id: UUID | None, session: Session, page: Paging, request: Request, response: Response
) -> Page[LedgerAccountOut]:
    statement = queries.accounts_of(organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[LedgerAccount.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await accounts_out(session, rows), next_cursor=cursor)


@router.get("/ledger/accounts", responses=problems(Unauthenticated, Forbidden))
async def list_ledger_accounts(
    actor: Bookkeeper, session: Session, page: Paging, request: Request, response: Response
) -> Page[LedgerAccountOut]:
    """The accounts that the house keeps for your organization, with what they come to."""
    return await _accounts(actor.organization_id, session, page, request, response)


@router.get("/ledger/accounts/{ledger_account_id}", responses=problems(*READ))
async def get_ledger_account(at: SeenAccount, session: Session, response: Response) -> LedgerAccountOut:
    """One account."""
    response.headers["Cache-Control"] = PRIVATE
    return (await accounts_out(session, [at.row]))[0]


@router.get("/ledger/accounts/{ledger_account_id}/entries", responses=problems(*READ))
async def list_ledger_entries(
    at: SeenAccount,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Page[LedgerEntryOut]:
    """What was posted to an account, the latest day first."""
    statement = queries.entries_of(at.row.id, first_day, last_day)
    keys = [LedgerEntry.occurred_on, LedgerEntry.id]
    rows, cursor = await fetch_page(session, statement, page, keys=keys, descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await entries_out(session, rows), next_cursor=cursor)


@router.get(
    "/ledger/accounts/{ledger_account_id}/statement",
    response_class=StreamingResponse,
    responses={**problems(*READ, StatementTooLong), **_FILE},
)
async def get_ledger_statement(
    at: WrittenAccount,
    request: Request,
    now: Now,
    file_format: Annotated[StatementFormat, Query(alias="format")] = StatementFormat.PDF,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Response:
    """A statement of account in your language: what it came to before, each entry with its cause, what it comes to."""
    wanted = Wanted(file_format, first_day, last_day or now.date(), current_locale())
    file = await statement_file(request.app.state.database, at, wanted)
    name = f"statement-{at.row.purpose}-{at.row.currency}-{wanted.last_day}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": PRIVATE}
    return StreamingResponse(pieces(file), media_type=MEDIA_TYPES[file_format], headers=headers)


@router.get("/operator/ledger/accounts", responses=problems(Unauthenticated, Forbidden))
async def list_ledger_accounts_of(
    actor: Operator,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    organization_id: Annotated[UUID | None, Query(description="For whom; absent for the house's own.")] = None,
) -> Page[LedgerAccountOut]:
    """The house's accounts, or those that it keeps for an organization. For the operator."""
    return await _accounts(organization_id, session, page, request, response)


@router.get("/operator/ledger/postings/{posting_id}", responses=problems(*READ))
async def get_ledger_posting(
    posting_id: UUID, actor: Operator, session: Session, response: Response
) -> LedgerPostingOut:
    """A posting with all its legs. For the operator."""
    return await _posting(session, posting_id, response)


async def _posting(session: Session, posting_id: UUID, response: Response) -> LedgerPostingOut:
    found = await queries.postings(session, [posting_id])
    if posting_id not in found:
        raise NotFound()
    response.headers["Cache-Control"] = PRIVATE
    return await posting_out(session, found[posting_id])


@router.post(
    "/operator/ledger/postings/{posting_id}/reversal",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, AlreadyReversed, BelowFloor, PeriodClosed, DayAhead),
)
async def post_ledger_reversal(
    posting_id: UUID, actor: Operator, form: ReversalIn, session: Session, now: Now, response: Response
) -> LedgerPostingOut:
    """Correct a posting by its opposite: nothing that was posted is changed. Each is reversed once. For the operator."""
    day = form.occurred_on or now.date()
    made = await reverse(session, actor, posting_id, reason=form.reason, day=day)
    response.headers["Location"] = f"/v1/operator/ledger/postings/{made}"
    return await _posting(session, made, response)


@router.get("/operator/ledger/periods", responses=problems(Unauthenticated, Forbidden))
async def list_ledger_periods(
    actor: Operator, session: Session, page: Paging, now: Now, request: Request, response: Response
) -> Page[LedgerPeriodOut]:
    """Months since the first posting, the latest first, and which of them are closed. For the operator."""
    before: date | None = read_cursor(page.cursor, [date])[0] if page.cursor else None
    found = await queries.months(session, month_of(now.date()), before, page.limit + 1)
    shown = found[: page.limit]
    cursor = cursor_of([shown[-1].period]) if len(found) > page.limit else None
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[period_out(month) for month in shown], next_cursor=cursor)


@router.post(
    "/operator/ledger/periods/{period}/closing",
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, PeriodNotReady),
)
async def post_ledger_closing(
    period: Month, actor: Operator, session: Session, now: Now, response: Response
) -> LedgerPeriodOut:
    """Close a month for good: nothing is posted into it or before it any more, and what every account came to is kept. For the
    operator."""
    first = date.fromisoformat(f"{period}-01")
    await close_period(session, actor, first)
    response.headers["Cache-Control"] = PRIVATE
    return period_out((await queries.months(session, first, None, 1))[0])
