"""Routes of sealed quotes. No answer to a POST holds a price: answers are stored for repeated requests."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, NotFound, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.parties import facade as parties
from app.procurement.errors import AlreadyQuoted, InquiryClosed, QuoteNotDraft, QuotesSealed
from app.procurement.guards import AtInquiry, AtQuote, at_inquiry, at_quote, own_quote, remember_peek
from app.procurement.models import Quote
from app.procurement.queries import inquiries as inquiry_queries
from app.procurement.queries import quotes as queries
from app.procurement.routes.inquiries import WRITE
from app.procurement.routes.invitations import InvitedSupplier
from app.procurement.schemas.quotes import MyQuoteOut, NewQuoteIn, QuoteIn, QuoteOut, QuoteReceiptOut
from app.procurement.states import QuoteState
from app.procurement.usecases.submit_quote import submit_quote
from app.procurement.usecases.withdraw_quote import withdraw_quote
from app.procurement.usecases.write_quote import replace_quote, write_quote
from app.procurement.views.quotes import my_quotes, quote_out, receipt, receipts

router = house_router(tags=["quotes"])

OwnQuote = Annotated[AtQuote, Depends(own_quote)]


async def _receipt(session: Session, quote: Quote) -> QuoteReceiptOut:
    return receipt(quote, await parties.organizations(session, [quote.supplier_id]))


@router.post(
    "/inquiries/{inquiry_id}/quotes",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryClosed, AlreadyQuoted),
)
async def post_quote(
    at: InvitedSupplier, form: NewQuoteIn, session: Session, now: Now, response: Response
) -> QuoteReceiptOut:
    """Write a quote for an inquiry that your organization was invited to, and submit it sealed if you say so."""
    quote = await write_quote(session, at.actor, at.inquiry.id, form, now=now)
    set_etag(response, quote.version)
    response.headers["Location"] = f"/v1/quotes/{quote.id}"
    return await _receipt(session, quote)


@router.get("/inquiries/{inquiry_id}/quotes", responses=problems(*READ))
async def list_inquiry_quotes(
    at: Annotated[AtInquiry, Depends(at_inquiry)],
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
) -> Page[QuoteReceiptOut]:
    """The receipts of the quotes on an inquiry, newest first: all for its buyer, your own for a supplier. No prices."""
    statement = queries.quotes_on(at.inquiry.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Quote.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await receipts(session, rows), next_cursor=cursor)


@router.get("/quotes", responses=problems(Unauthenticated, Forbidden))
async def list_my_quotes(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[QuoteState | None, Query(description="Only those in this state.")] = None,
) -> Page[MyQuoteOut]:
    """Your organization's own quotes, newest first."""
    statement = queries.quoted_by(actor.organization_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Quote.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = "no-store"
    return Page(items=await my_quotes(session, rows), next_cursor=cursor)


@router.get("/quotes/{quote_id}", responses=problems(*READ, QuotesSealed))
async def get_quote(
    at: Annotated[AtQuote, Depends(at_quote)], session: Session, request: Request, response: Response
) -> QuoteOut:
    """A quote with its prices: your own at any time, one to you after the opening. A refused look is recorded."""
    found = await quote_out(session, at.quote)
    if found is None and at.quote.state == QuoteState.WITHDRAWN:
        raise NotFound()
    if found is None:
        inquiry = await inquiry_queries.inquiry(session, at.quote.inquiry_id)
        refusal = QuotesSealed(opens_at=inquiry.opens_at if inquiry else None)
        await remember_peek(request, session, at.actor, at.quote.inquiry_id, f"quote {at.quote.id}")
        raise refusal
    set_etag(response, at.quote.version)
    response.headers["Cache-Control"] = "no-store"
    return found


@router.put(
    "/quotes/{quote_id}",
    responses=problems(*WRITE, Invalid, InquiryClosed, QuoteNotDraft, PreconditionFailed, PreconditionRequired),
)
async def put_quote(
    at: OwnQuote, form: QuoteIn, version: IfMatch, session: Session, now: Now, response: Response
) -> QuoteReceiptOut:
    """Replace a draft of a quote."""
    quote = await replace_quote(session, at.actor, at.quote.id, form, version=version, now=now)
    set_etag(response, quote.version)
    return await _receipt(session, quote)


@router.post(
    "/quotes/{quote_id}/submission",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, InquiryClosed, QuoteNotDraft),
)
async def post_submission(at: OwnQuote, session: Session, now: Now, response: Response) -> QuoteReceiptOut:
    """Seal and submit a draft before the closing time."""
    quote = await submit_quote(session, at.actor, at.quote.id, now=now)
    set_etag(response, quote.version)
    return await _receipt(session, quote)


@router.post(
    "/quotes/{quote_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, InquiryClosed, QuoteNotDraft),
)
async def post_withdrawal(at: OwnQuote, session: Session, now: Now, response: Response) -> QuoteReceiptOut:
    """Take a quote back before the closing time. You may send a new one."""
    quote = await withdraw_quote(session, at.actor, at.quote.id, now=now)
    set_etag(response, quote.version)
    return await _receipt(session, quote)
