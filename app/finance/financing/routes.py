"""Financing for suppliers who offer what buyers owe them, and for financiers who quote and pay the advance."""

from typing import Annotated

from fastapi import Query, Request, Response
from starlette.status import HTTP_202_ACCEPTED

from app.finance.financing import queries
from app.finance.financing.errors import (
    FinancedAlready,
    NotFinanceable,
    NothingToFund,
    OfferClosed,
    QuoteClosed,
    QuotedAlready,
)
from app.finance.financing.guards import (
    Accepting,
    Funding,
    Offering,
    OwnOffer,
    OwnQuote,
    Quoting,
    SeenFinancing,
    SeenOffer,
)
from app.finance.financing.models import Financing, FinancingOffer, FinancingQuote
from app.finance.financing.schemas import (
    FinancingDetailOut,
    FinancingOfferIn,
    FinancingOfferOut,
    FinancingOut,
    FinancingQuoteIn,
    FinancingQuoteOut,
    FundingIn,
)
from app.finance.financing.states import FinancingRole
from app.finance.financing.usecases.accept import accept
from app.finance.financing.usecases.fund import fund
from app.finance.financing.usecases.offer import offer, withdraw
from app.finance.financing.usecases.quote import quote
from app.finance.financing.usecases.quote import withdraw as withdraw_quote
from app.finance.financing.views import detail_out, financings_out, offers_out, quotes_out
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["financing"])

Role = Annotated[FinancingRole | None, Query(description="Only those that you offer, or may finance.")]


@router.get("/financing-offers", responses=problems(Unauthenticated, Forbidden))
async def list_financing_offers(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    role: Role = None,
) -> Page[FinancingOfferOut]:
    """What your organization offers, and what is open to it as a financier; newest first."""
    actor.require(Permission.READ)
    statement = queries.offers_of(actor.organization_id, role=role, now=now)
    if "financier" not in actor.organization_roles:
        statement = statement.where(FinancingOffer.supplier_id == actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[FinancingOffer.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await offers_out(session, actor, rows, now), next_cursor=cursor)


@router.post(
    "/financing-offers",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, NotFinanceable, FinancedAlready),
)
async def post_financing_offer(
    actor: Offering, form: FinancingOfferIn, session: Session, now: Now, response: Response
) -> FinancingOfferOut:
    """Offer what a buyer still owes of an accepted milestone, to some financiers or to all."""
    row = await offer(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/financing-offers/{row.id}"
    return await _offer(session, actor, row, now, response)


@router.get("/financing-offers/{financing_offer_id}", responses=problems(*READ))
async def get_financing_offer(at: SeenOffer, session: Session, now: Now, response: Response) -> FinancingOfferOut:
    """One offer."""
    return await _offer(session, at.actor, at.row, now, response)


@router.post(
    "/financing-offers/{financing_offer_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, OfferClosed),
)
async def post_financing_offer_withdrawal(
    at: OwnOffer, session: Session, now: Now, response: Response
) -> FinancingOfferOut:
    """Withdraw an offer. Its quotes end with it."""
    return await _offer(session, at.actor, await withdraw(session, at.actor, at.row.id), now, response)


@router.get("/financing-offers/{financing_offer_id}/quotes", responses=problems(*READ))
async def list_financing_quotes(
    at: SeenOffer, session: Session, page: Paging, now: Now, request: Request, response: Response
) -> Page[FinancingQuoteOut]:
    """The quotes for an offer: all for its supplier; a financier reads his own alone. Newest first."""
    statement = queries.quotes_of(at.row.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[FinancingQuote.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await quotes_out(session, at.row, rows, now), next_cursor=cursor)


@router.post(
    "/financing-offers/{financing_offer_id}/quotes",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, OfferClosed, QuotedAlready),
)
async def post_financing_quote(
    at: Quoting, form: FinancingQuoteIn, session: Session, now: Now, response: Response
) -> FinancingQuoteOut:
    """Quote for an offer that is open to your organization. No other financier reads it."""
    row = await quote(session, at.actor, at.row, form, now=now)
    response.headers["Cache-Control"] = PRIVATE
    return (await quotes_out(session, at.row, [row], now))[0]


@router.post(
    "/financing-quotes/{financing_quote_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, QuoteClosed),
)
async def post_financing_quote_withdrawal(
    at: OwnQuote, session: Session, now: Now, response: Response
) -> FinancingQuoteOut:
    """Withdraw your quote, as long as it is not accepted."""
    row = await withdraw_quote(session, at.actor, at.row.id, now=now)
    of = await queries.offer(session, row.offer_id)
    if of is None:
        raise NotFound()
    response.headers["Cache-Control"] = PRIVATE
    return (await quotes_out(session, of, [row], now))[0]


@router.post(
    "/financing-quotes/{financing_quote_id}/acceptance",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, OfferClosed, QuoteClosed, NotFinanceable, FinancedAlready),
)
async def post_financing_acceptance(
    at: Accepting, session: Session, now: Now, response: Response
) -> FinancingDetailOut:
    """Accept a quote: the receivable is assigned to its financier, and the debtor is told."""
    row = await accept(session, at.actor, at.row, now=now)
    response.headers["Location"] = f"/v1/financings/{row.id}"
    return await _financing(session, at.actor, row, now, response)


@router.get("/financings", responses=problems(Unauthenticated, Forbidden))
async def list_financings(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    role: Annotated[FinancingRole | None, Query(description="Only those of which you are this side.")] = None,
) -> Page[FinancingOut]:
    """What your organization has assigned, and what was assigned to it; newest first."""
    actor.require(Permission.READ)
    statement = queries.financings_of(actor.organization_id, role)
    rows, cursor = await fetch_page(session, statement, page, keys=[Financing.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await financings_out(session, actor, rows, now.date()), next_cursor=cursor)


@router.get("/financings/{financing_id}", responses=problems(*READ))
async def get_financing(at: SeenFinancing, session: Session, now: Now, response: Response) -> FinancingDetailOut:
    """One financing: what is owed of the advance and the charge today, and what became of them."""
    return await _financing(session, at.actor, at.row, now, response)


@router.post(
    "/financings/{financing_id}/pay",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, NothingToFund),
)
async def post_financing_payment(
    at: Funding, form: FundingIn, session: Session, now: Now, response: Response
) -> FinancingDetailOut:
    """Pay the advance, with a payment method or by a bank transfer. The provider is asked in the background; read the financing
    again for what became of it, and for where a transfer goes."""
    return await _financing(session, at.actor, await fund(session, at.actor, at.row.id, form), now, response)


async def _offer(
    session: Session, actor: Actor, row: FinancingOffer, now: Now, response: Response
) -> FinancingOfferOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await offers_out(session, actor, [row], now))[0]


async def _financing(
    session: Session, actor: Actor, row: Financing, now: Now, response: Response
) -> FinancingDetailOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await detail_out(session, actor, row, now.date())
