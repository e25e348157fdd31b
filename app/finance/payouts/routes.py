"""Payouts for those who are paid: their account at the provider, their calendar, what they are owed and were sent."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from app.finance.payouts import queries, settings_queries
from app.finance.payouts.errors import PayoutCountryUnsupported, PayoutStatementTooLong
from app.finance.payouts.files import statement_file
from app.finance.payouts.guards import (
    OnboardingLink,
    OpenedAccount,
    OwnAccount,
    Payee,
    Reader,
    SeenPayout,
    ask_for_account,
    ask_for_link,
)
from app.finance.payouts.models import Payout, PayoutItem
from app.finance.payouts.routes_operator import router as operator_router
from app.finance.payouts.schemas import (
    Day,
    OnboardingOut,
    PayoutAccountOut,
    PayoutCalendarIn,
    PayoutCalendarOut,
    PayoutDetailOut,
    PayoutItemOut,
    PayoutOut,
)
from app.finance.payouts.states import ItemState
from app.finance.payouts.usecases.accounts import ENTITY, keep_account
from app.finance.payouts.usecases.calendars import put_calendar
from app.finance.payouts.usecases.make import see_one_moment
from app.finance.payouts.views import account_out, calendar_out, item_out, payouts_out
from app.finance.provider.facade import ProviderSilent
from app.kit import audit
from app.kit.actor import Actor, KnownActor, Permission
from app.kit.clock import Now
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import current_locale
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["payouts"])
routers = [router, operator_router]

CSV = "text/csv"
MOST_ITEMS = 500
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The statement.", "content": {CSV: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post(
    "/payout-account",
    status_code=201,
    dependencies=[ask_for_account, IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, PayoutCountryUnsupported, ProviderSilent),
)
async def post_payout_account(
    opened: OpenedAccount, actor: Payee, session: Session, response: Response
) -> PayoutAccountOut:
    """Open your organization's account at the payment provider, in its country. There is one; who asks again is shown it."""
    row = await keep_account(session, actor, opened)
    response.headers["Location"] = "/v1/payout-account"
    response.headers["Cache-Control"] = PRIVATE
    return account_out(row)


@router.get("/payout-account", responses=problems(*READ))
async def get_payout_account(row: OwnAccount, response: Response) -> PayoutAccountOut:
    """Your organization's account at the payment provider, and what is still to be told there."""
    response.headers["Cache-Control"] = PRIVATE
    return account_out(row)


@router.post(
    "/payout-account/onboarding",
    status_code=201,
    dependencies=[ask_for_link],
    responses=problems(*READ, ProviderSilent),
)
async def post_payout_onboarding(
    link: OnboardingLink, actor: Payee, session: Session, response: Response
) -> OnboardingOut:
    """An address at the payment provider where you tell who your organization is and where its bank account is. It opens once and
    for you alone, and is kept nowhere."""
    await audit.record(session, actor, "payout_account.onboard", ENTITY, actor.organization_id)
    response.headers["Cache-Control"] = PRIVATE
    return OnboardingOut(url=link.url, ends_at=link.ends_at)


@router.get("/payout-calendar", responses=problems(Unauthenticated, Forbidden))
async def get_payout_calendar(actor: Reader, session: Session, now: Now, response: Response) -> PayoutCalendarOut:
    """When and how your organization is paid out."""
    return await _calendar(actor, session, now, response)


@router.put("/payout-calendar", responses=problems(Unauthenticated, Forbidden, *EDITED, Invalid))
async def put_payout_calendar(
    actor: Payee, form: PayoutCalendarIn, version: IfMatch, session: Session, now: Now, response: Response
) -> PayoutCalendarOut:
    """Say when your organization is paid out, and from what amount on. How long money is held is the operator's to say."""
    await put_calendar(session, actor, form, version=version)
    return await _calendar(actor, session, now, response)


async def _calendar(actor: Actor, session: Session, now: Now, response: Response) -> PayoutCalendarOut:
    row = await settings_queries.calendar(session, actor.organization_id)
    found = calendar_out(await settings_queries.defaults(session), row, now.date())
    set_etag(response, found.version)
    response.headers["Cache-Control"] = PRIVATE
    return found


@router.get("/payouts", responses=problems(Unauthenticated, Forbidden))
async def list_payouts(
    actor: Reader, session: Session, page: Paging, request: Request, response: Response
) -> Page[PayoutOut]:
    """What your organization is and was sent; newest first."""
    statement = queries.payouts_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Payout.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await payouts_out(session, rows), next_cursor=cursor)


@router.get("/payouts/{payout_id}", responses=problems(*READ))
async def get_payout(at: SeenPayout, session: Session, response: Response) -> PayoutDetailOut:
    """One payout with what it is made of."""
    [summary] = await payouts_out(session, [at.row])
    statement = queries.items_of(at.row.supplier_id, payout_id=at.row.id).order_by(PayoutItem.id).limit(MOST_ITEMS)
    response.headers["Cache-Control"] = PRIVATE
    items = [item_out(row) for row in await session.scalars(statement)]
    return PayoutDetailOut(**dict(summary), items=items)


@router.get("/payout-items", responses=problems(Unauthenticated, Forbidden))
async def list_payout_items(
    actor: Reader,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[ItemState | None, Query(description="Only those in this state.")] = None,
) -> Page[PayoutItemOut]:
    """What your organization is and was owed, by its causes; newest first."""
    statement = queries.items_of(actor.organization_id, state=state)
    rows, cursor = await fetch_page(session, statement, page, keys=[PayoutItem.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[item_out(row) for row in rows], next_cursor=cursor)


@router.get(
    "/payout-statement",
    response_class=Response,
    responses={**problems(Unauthenticated, Forbidden, PayoutStatementTooLong), **_FILE},
)
async def get_payout_statement(
    actor: KnownActor,
    request: Request,
    now: Now,
    first_day: Annotated[Day, Query(description="The first day (UTC).")],
    last_day: Annotated[Day | None, Query(description="The last day (UTC); absent for today.")] = None,
) -> Response:
    """What your organization was sent and what came back of it, as CSV in your language."""
    actor.require(Permission.LEDGER_READ)
    database: Database = request.app.state.database
    last = last_day or now.date()
    async with database.transaction(Role.APP, readonly=True) as session:
        await see_one_moment(session)
        await act_for(session, actor.organization_id, person_id=actor.person_id)
        content = await statement_file(session, actor.organization_id, first_day, last, current_locale())
    headers = {
        "Content-Disposition": f'attachment; filename="payouts-{first_day}-{last}.csv"',
        "Cache-Control": PRIVATE,
    }
    return Response(content, media_type=CSV, headers=headers)
