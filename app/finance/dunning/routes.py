"""Reminders: whether and how an issuer sends them, and all that were sent, for both sides."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Query, Request, Response

from app.documents.facade import NotTypeset
from app.finance.dunning import claim_routes, queries
from app.finance.dunning.errors import DunningNotReady, NoticeNotPrinted
from app.finance.dunning.guards import Invoicer, SeenNotice, seen
from app.finance.dunning.models import DunningNotice, LatePaymentRate
from app.finance.dunning.printing import printed
from app.finance.dunning.schemas import (
    DunningNoticeOut,
    DunningSettingsIn,
    DunningSettingsOut,
    LatePaymentRateOut,
    LatePaymentRatesLoadedOut,
)
from app.finance.dunning.usecases.edit_settings import put_settings
from app.finance.dunning.usecases.load_rates import load_rates
from app.finance.dunning.views import notices_out, settings_out
from app.kit.actor import CurrentActor, KnownActor, Permission
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.locales import negotiate
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import LocaleTag

router = house_router(tags=["reminders"])
routers = [router, claim_routes.router]

CSV = "text/csv"
PDF = "application/pdf"
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The letter.", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/organization/dunning", responses=problems(Unauthenticated, Forbidden))
async def get_dunning_settings(actor: CurrentActor, session: Session, response: Response) -> DunningSettingsOut:
    """Whether and how your debtors are reminded. Until you say so, nobody is."""
    actor.require(Permission.READ)
    return await _settings(session, actor.organization_id, response)


@router.put("/organization/dunning", responses=problems(Unauthenticated, Forbidden, *EDITED, Invalid, DunningNotReady))
async def put_dunning_settings(
    actor: Invoicer, form: DunningSettingsIn, version: IfMatch, session: Session, response: Response
) -> DunningSettingsOut:
    """Say whether your debtors are reminded, after how many days, how it sounds, and what is claimed. Letters are written at
    night, in each debtor's language; never twice for the same step, and never about what is paused or disputed."""
    await put_settings(session, actor, form, version=version)
    return await _settings(session, actor.organization_id, response)


async def _settings(session: Session, organization_id: UUID, response: Response) -> DunningSettingsOut:
    row = await queries.settings(session, organization_id)
    set_etag(response, row.version if row else 1)
    response.headers["Cache-Control"] = PRIVATE
    return settings_out(row, await queries.steps(session, organization_id))


@router.get("/dunning-notices", responses=problems(Unauthenticated, Forbidden))
async def list_dunning_notices(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    sent: Annotated[bool | None, Query(description="Only those that you sent, or (false) received.")] = None,
    partner_id: Annotated[UUID | None, Query(description="Only those with this firm.")] = None,
) -> Page[DunningNoticeOut]:
    """The reminders that your organization sent or received, newest first."""
    actor.require(Permission.READ)
    statement = queries.notices_of(actor.organization_id, sent=sent, partner_id=partner_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[DunningNotice.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await notices_out(session, rows), next_cursor=cursor)


@router.get("/dunning-notices/{dunning_notice_id}", responses=problems(*READ))
async def get_dunning_notice(row: SeenNotice, session: Session, response: Response) -> DunningNoticeOut:
    """One reminder, as things stood on its day."""
    response.headers["Cache-Control"] = PRIVATE
    return (await notices_out(session, [row]))[0]


@router.get(
    "/dunning-notices/{dunning_notice_id}/pdf",
    responses={**problems(*READ, NoticeNotPrinted), **_PAGE},
    response_class=Response,
)
async def get_dunning_notice_pdf(
    dunning_notice_id: UUID,
    actor: KnownActor,
    request: Request,
    locale: Annotated[
        LocaleTag | None, Query(description="A language; else that of `Accept-Language`, else the debtor's.")
    ] = None,
) -> Response:
    """A reminder as a letter (PDF/A-3)."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, actor.organization_id, person_id=actor.person_id)
        row = seen(await queries.notice(session, dunning_notice_id), actor)
        lines = (await queries.lines_of(session, [row.id]))[row.id]
        session.expunge_all()
    language = locale or negotiate(request.headers.get("accept-language")) or row.locale
    try:
        content = await printed(row, lines, language)
    except NotTypeset:
        raise NoticeNotPrinted() from None
    headers = {
        "Content-Disposition": f'inline; filename="reminder-{row.issued_on}.pdf"',
        "Content-Language": language,
        "Cache-Control": PRIVATE,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=PDF, headers=headers)


@router.get("/late-payment-rates", responses=problems(Unauthenticated, Forbidden))
async def list_late_payment_rates(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[LatePaymentRateOut]:
    """The rates of interest for late payment that the operator has loaded: the reference rate of the European Central Bank by
    half-year, and member states' points above it. They go before those that ship with the house."""
    actor.require(Permission.READ)
    keys = [LatePaymentRate.country, LatePaymentRate.valid_from, LatePaymentRate.id]
    rows, cursor = await fetch_page(session, queries.rates(), page, keys=keys)
    link_next(request, response, cursor)
    return Page(items=[LatePaymentRateOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.put("/operator/late-payment-rates", responses=problems(Unauthenticated, Forbidden, Invalid))
async def put_late_payment_rates(
    actor: CurrentActor,
    content: Annotated[bytes, Body(media_type=CSV, description="UTF-8, comma separated, with a header.")],
    session: Session,
) -> LatePaymentRatesLoadedOut:
    """Load rates of interest for late payment from a table with the columns country (EU for the reference rate, else a member
    state for its points), valid_from (a half-year's first day), rate_bp and source; all rows or none. For the operator."""
    actor.require(Permission.OPERATE)
    return LatePaymentRatesLoadedOut(loaded=await load_rates(session, actor, content))
