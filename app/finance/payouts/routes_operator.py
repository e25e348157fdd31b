"""Payouts for the operator: how suppliers are paid out, what his bank is to send, what the provider has refused."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.status import HTTP_204_NO_CONTENT

from app.finance.ledger.facade import DayAhead, PeriodClosed
from app.finance.payouts import bank_queries, queries, settings_queries
from app.finance.payouts.errors import PayoutItemNotRefused, PayoutNotByBank, PayoutNotReturnable
from app.finance.payouts.files import bank_file
from app.finance.payouts.guards import AnyItem, AnyPayout, Operator
from app.finance.payouts.models import Payout, PayoutItem
from app.finance.payouts.schemas import (
    BankFailedIn,
    BankPayoutOut,
    BankReturnedIn,
    BankSentIn,
    PayoutCalendarOut,
    PayoutDefaultsIn,
    PayoutDefaultsOut,
    RefusedItemOut,
    ReleaseIn,
    SupplierTermsIn,
)
from app.finance.payouts.states import PayoutState
from app.finance.payouts.usecases.by_hand import mark_failed, mark_returned, mark_sent, release
from app.finance.payouts.usecases.calendars import put_defaults, put_terms
from app.finance.payouts.views import bank_payouts_out, calendar_out, defaults_out, refused_out
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["payouts"])

CSV = "text/csv"
MOST_IN_FILE = 5_000
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The list.", "content": {CSV: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/operator/payout-defaults", responses=problems(Unauthenticated, Forbidden))
async def get_payout_defaults(actor: Operator, session: Session, response: Response) -> PayoutDefaultsOut:
    """How suppliers are paid out who have said nothing. For the operator."""
    row = await settings_queries.defaults(session)
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return defaults_out(row)


@router.put("/operator/payout-defaults", responses=problems(Unauthenticated, Forbidden, *EDITED, Invalid))
async def put_payout_defaults(
    actor: Operator, form: PayoutDefaultsIn, version: IfMatch, session: Session, response: Response
) -> PayoutDefaultsOut:
    """Say how suppliers are paid out who have said nothing, and how long money is held. What is owed already stays due on the day
    on which it was. For the operator."""
    row = await put_defaults(session, actor, form, version=version)
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return defaults_out(row)


@router.get("/operator/payout-calendars/{organization_id}", responses=problems(*READ))
async def get_payout_calendar_of(
    organization_id: UUID, actor: Operator, session: Session, now: Now, response: Response
) -> PayoutCalendarOut:
    """When and how an organization is paid out. For the operator."""
    return await _calendar(organization_id, session, now, response)


@router.put("/operator/payout-calendars/{organization_id}", responses=problems(*READ, *EDITED, Invalid))
async def put_payout_calendar_of(
    organization_id: UUID,
    actor: Operator,
    form: SupplierTermsIn,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> PayoutCalendarOut:
    """Say how long an organization's money is held, and whether it is sent by the payment provider or by your bank. For the
    operator."""
    await put_terms(session, actor, organization_id, form, version=version)
    return await _calendar(organization_id, session, now, response)


async def _calendar(organization_id: UUID, session: Session, now: Now, response: Response) -> PayoutCalendarOut:
    row = await settings_queries.calendar(session, organization_id)
    found = calendar_out(await settings_queries.defaults(session), row, now.date())
    set_etag(response, found.version)
    response.headers["Cache-Control"] = PRIVATE
    return found


@router.get("/operator/bank-payouts", responses=problems(Unauthenticated, Forbidden))
async def list_bank_payouts(
    actor: Operator,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[
        PayoutState, Query(description="What your bank is still to send, unless you ask for what became of it.")
    ] = PayoutState.SENDING,
) -> Page[BankPayoutOut]:
    """What your bank is to send to suppliers, the oldest first. For the operator."""
    rows, cursor = await fetch_page(session, bank_queries.by_bank(state), page, keys=[Payout.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await bank_payouts_out(session, rows), next_cursor=cursor)


@router.get(
    "/operator/bank-payouts.csv",
    response_class=Response,
    responses={**problems(Unauthenticated, Forbidden), **_FILE},
)
async def get_bank_payouts_file(actor: Operator, session: Session) -> Response:
    """The same as CSV for your bank's program: payout, holder, account, BIC, amount, currency, remittance; the oldest 5,000. For
    the operator."""
    rows = (await session.scalars(bank_queries.by_bank().order_by(Payout.id).limit(MOST_IN_FILE))).all()
    headers = {"Content-Disposition": 'attachment; filename="bank-payouts.csv"', "Cache-Control": PRIVATE}
    return Response(bank_file(rows), media_type=CSV, headers=headers)


@router.post(
    "/operator/payouts/{payout_id}/sent",
    status_code=HTTP_204_NO_CONTENT,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, PayoutNotByBank, PeriodClosed, DayAhead),
)
async def post_payout_sent(at: AnyPayout, form: BankSentIn, session: Session, now: Now) -> None:
    """Your bank has sent a payout. For the operator."""
    day = form.sent_on or now.date()
    await mark_sent(session, at.actor, at.row, form.bank_reference, day, now=now)


@router.post(
    "/operator/payouts/{payout_id}/failure",
    status_code=HTTP_204_NO_CONTENT,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, PayoutNotByBank),
)
async def post_payout_failure(at: AnyPayout, form: BankFailedIn, session: Session, now: Now) -> None:
    """Your bank did not send a payout: what is owed goes into another one. For the operator."""
    await mark_failed(session, at.actor, at.row, form.reason, now=now)


@router.post(
    "/operator/payouts/{payout_id}/return",
    status_code=HTTP_204_NO_CONTENT,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, PayoutNotReturnable, PeriodClosed, DayAhead),
)
async def post_payout_return(at: AnyPayout, form: BankReturnedIn, session: Session, now: Now) -> None:
    """The supplier's bank has sent a payout back: what is owed goes into another one. One whose return names it on a bank
    statement is found by itself. For the operator."""
    await mark_returned(session, at.actor, at.row, form, form.returned_on or now.date(), now=now)


@router.get("/operator/payout-items", responses=problems(Unauthenticated, Forbidden))
async def list_refused_payout_items(
    actor: Operator, session: Session, page: Paging, request: Request, response: Response
) -> Page[RefusedItemOut]:
    """What the payment provider has refused to send on, and waits for your decision. For the operator."""
    rows, cursor = await fetch_page(session, queries.refused_items(), page, keys=[PayoutItem.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[refused_out(row) for row in rows], next_cursor=cursor)


@router.post(
    "/operator/payout-items/{payout_item_id}/release",
    status_code=HTTP_204_NO_CONTENT,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, PayoutItemNotRefused),
)
async def post_payout_item_release(row: AnyItem, actor: Operator, form: ReleaseIn, session: Session, now: Now) -> None:
    """Let an amount go into another payout, by the provider once more or by your bank. For the operator."""
    await release(session, actor, row.id, by_bank=form.by_bank, today=now.date())
