"""Instant freight quotes over HTTP, and the options that bookings name."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics.freight.guards import OwnQuote, SeenOption
from app.logistics.freight.models import FreightQuoteAsked
from app.logistics.freight.queries import quotes as queries
from app.logistics.freight.schemas.quotes import (
    FreightOptionOut,
    FreightQuoteIn,
    FreightQuoteOut,
    FreightQuoteSummary,
)
from app.logistics.freight.states import QuoteOrder
from app.logistics.freight.usecases.quote_freight import quote_freight
from app.logistics.freight.views.quotes import options_out, quote_out, summary_values
from app.logistics.guards import Shipper

router = house_router(tags=["freight"])

Sort = Annotated[QuoteOrder, Query(description="`price`: the cheapest option first; `transit`: the quickest.")]


@router.post(
    "/freight-quotes",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, *ONCE),
)
async def post_freight_quote(
    actor: Shipper,
    form: FreightQuoteIn,
    session: Session,
    now: Now,
    response: Response,
    sort: Sort = QuoteOrder.PRICE,
) -> FreightQuoteOut:
    """Ask what freight costs. All partners' rates that fit are priced at once, charge by charge; why others of the lane do not
    fit is told without saying whose they are.

    Name an option's `id` as `freight_option_id` of a booking while it is valid. If nothing fits, ask partners with
    `POST /v1/freight-inquiries`.
    """
    row, options = await quote_freight(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/freight-quotes/{row.id}"
    response.headers["Cache-Control"] = PRIVATE
    return await quote_out(session, row, options, sort)


@router.get("/freight-quotes", responses=problems(Unauthenticated))
async def list_freight_quotes(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[FreightQuoteSummary]:
    """What your organization asked, newest first. The options stand at each quote's own address."""
    statement = queries.quotes_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[FreightQuoteAsked.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[FreightQuoteSummary(**summary_values(row)) for row in rows], next_cursor=cursor)


@router.get("/freight-quotes/{freight_quote_id}", responses=problems(*READ))
async def get_freight_quote(
    row: OwnQuote, session: Session, response: Response, sort: Sort = QuoteOrder.PRICE
) -> FreightQuoteOut:
    """One quote with its options, as they were answered."""
    response.headers["Cache-Control"] = PRIVATE
    return await quote_out(session, row, await queries.options(session, row.id), sort)


@router.get("/freight-options/{freight_option_id}", responses=problems(*READ))
async def get_freight_option(row: SeenOption, session: Session, response: Response) -> FreightOptionOut:
    """One option: for the shipper whose it is, and for its partner once it was booked."""
    response.headers["Cache-Control"] = PRIVATE
    return (await options_out(session, [row]))[0]
