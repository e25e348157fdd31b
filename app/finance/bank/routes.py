"""Statements of the house's bank accounts and their entries, for the operator."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Body, Query, Request, Response

from app.finance.bank import queries
from app.finance.bank.errors import (
    BankAccountUnknown,
    MatchIsFinal,
    NotAssignable,
    ReferenceUnknown,
    StatementDiffers,
    StatementMissing,
    StatementRefused,
)
from app.finance.bank.guards import Operator, SeenEntry, SeenMatch, SeenStatement
from app.finance.bank.house import house_accounts
from app.finance.bank.models import BankEntry, BankStatement
from app.finance.bank.schemas import (
    BankCandidatesOut,
    BankDisposalIn,
    BankEntryOut,
    BankImportedOut,
    BankImportOut,
    BankMatchIn,
    BankOffsetIn,
    BankStatementOut,
    BankUndoIn,
    HouseBankAccountsOut,
)
from app.finance.bank.states import Finding, TaskState
from app.finance.bank.usecases.assign import assign, dispose, set_off_by_hand, undo
from app.finance.bank.usecases.import_statements import import_statements
from app.finance.bank.usecases.read_file import read_file
from app.finance.bank.views import candidates_out, entries_out, statement_out
from app.finance.ledger.facade import DayAhead
from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["bank"])

XML = "application/xml"
_REFUSED = (StatementRefused, BankAccountUnknown, StatementMissing, StatementDiffers, DayAhead)


@router.get("/house-bank-accounts", responses=problems(Unauthenticated))
async def list_house_bank_accounts(request: Request, response: Response, actor: CurrentActor) -> HouseBankAccountsOut:
    """Where to transfer money to, with the reference of what it pays, which a milestone and an invoice name."""
    response.headers["Cache-Control"] = PRIVATE
    return HouseBankAccountsOut(items=house_accounts(request.app.state.settings))


@router.post(
    "/operator/bank-statements",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, *_REFUSED),
)
async def post_bank_statements(
    actor: Operator,
    content: Annotated[bytes, Body(media_type=XML, description="ISO 20022 camt.053, versions 02 to 13.")],
    session: Session,
    now: Now,
    response: Response,
    new_accounts: Annotated[
        bool, Query(description="Accounts of which no statement is here yet are accounts of the house.")
    ] = False,
) -> BankImportOut:
    """Take over a file of bank statements: all of it or nothing. A statement that is here already is answered as such, and
    nothing is done. What entries are for is found out in the background. For the operator."""
    given = await asyncio.to_thread(read_file, content)
    found = await import_statements(session, actor, given, new_accounts=new_accounts, now=now)
    rows = await queries.statements_by_id(session, {one.statement_id for one in found})
    response.headers["Cache-Control"] = PRIVATE
    shown = [BankImportedOut(is_new=one.is_new, statement=statement_out(rows[one.statement_id])) for one in found]
    return BankImportOut(statements=shown)


@router.get("/operator/bank-statements", responses=problems(Unauthenticated, Forbidden))
async def list_bank_statements(
    actor: Operator, session: Session, page: Paging, request: Request, response: Response
) -> Page[BankStatementOut]:
    """Statements of the house's accounts, the last imported first. For the operator."""
    rows, cursor = await fetch_page(session, queries.statements(), page, keys=[BankStatement.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[statement_out(row) for row in rows], next_cursor=cursor)


@router.get("/operator/bank-statements/{bank_statement_id}", responses=problems(*READ))
async def get_bank_statement(row: SeenStatement, response: Response) -> BankStatementOut:
    """One statement. For the operator."""
    response.headers["Cache-Control"] = PRIVATE
    return statement_out(row)


@router.get("/operator/bank-entries", responses=problems(Unauthenticated, Forbidden))
async def list_bank_entries(
    actor: Operator,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[TaskState | None, Query(description="Only those that stand so; `open` are the tasks.")] = None,
    finding: Annotated[Finding | None, Query(description="Only tasks for this reason.")] = None,
    of_statement: Annotated[UUID | None, Query(description="Only those of this statement.")] = None,
) -> Page[BankEntryOut]:
    """Movements of the house's accounts, the last imported first. For the operator."""
    statement = queries.entries(state=state, finding=finding, statement_id=of_statement)
    rows, cursor = await fetch_page(session, statement, page, keys=[BankEntry.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await entries_out(session, rows), next_cursor=cursor)


@router.get("/operator/bank-entries/{bank_entry_id}", responses=problems(*READ))
async def get_bank_entry(row: SeenEntry, session: Session, response: Response) -> BankEntryOut:
    """One movement, with what it is for. For the operator."""
    return await _shown(row, session, response)


@router.get("/operator/bank-entries/{bank_entry_id}/candidates", responses=problems(*READ))
async def get_bank_candidates(row: SeenEntry, session: Session, response: Response) -> BankCandidatesOut:
    """What an entry may be: what it names, whatever is awaited of that, and what of exactly the amount that is left of it is
    awaited or to be sent. For the operator."""
    response.headers["Cache-Control"] = PRIVATE
    return BankCandidatesOut(candidates=await candidates_out(session, row))


@router.post(
    "/operator/bank-entries/{bank_entry_id}/matches",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, ReferenceUnknown, NotAssignable),
)
async def post_bank_match(
    row: SeenEntry, actor: Operator, form: BankMatchIn, session: Session, now: Now, response: Response
) -> BankEntryOut:
    """Say which awaited payment an entry is, in whole or in part. For the operator."""
    await assign(session, actor, row, form.reference, form.amount_minor, now=now)
    return await _shown(row, session, response)


@router.post(
    "/operator/bank-entries/{bank_entry_id}/offset",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, NotAssignable),
)
async def post_bank_offset(
    row: SeenEntry, actor: Operator, form: BankOffsetIn, session: Session, response: Response
) -> BankEntryOut:
    """Set an entry off against one that moved the other way: a payment that was sent back, a reversal. For the operator."""
    await set_off_by_hand(session, actor, row, form.bank_entry_id, form.reason)
    return await _shown(row, session, response)


@router.post(
    "/operator/bank-entries/{bank_entry_id}/disposal",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, NotAssignable),
)
async def post_bank_disposal(
    row: SeenEntry, actor: Operator, form: BankDisposalIn, session: Session, now: Now, response: Response
) -> BankEntryOut:
    """Say that what is left of an entry is not for the house, or is a charge or interest of the bank. For the operator."""
    await dispose(session, actor, row, form.disposal, form.reason, now=now)
    return await _shown(row, session, response)


@router.post(
    "/operator/bank-matches/{bank_match_id}/undoing",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, MatchIsFinal),
)
async def post_bank_undoing(
    row: SeenMatch, actor: Operator, form: BankUndoIn, session: Session, now: Now, response: Response
) -> BankEntryOut:
    """Take back what was said of an entry: it is a task again. For the operator."""
    return await _shown(await undo(session, actor, row, form.reason, now=now), session, response)


async def _shown(row: BankEntry, session: Session, response: Response) -> BankEntryOut:
    response.headers["Cache-Control"] = PRIVATE
    return (await entries_out(session, [row]))[0]
