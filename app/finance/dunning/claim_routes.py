"""Claims for late payment: what may be claimed, claims of both sides, and their withdrawal."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.finance.dunning import queries
from app.finance.dunning.claim_views import claims_out, reckoned_out
from app.finance.dunning.errors import AlreadyClaimed, LateItemHeld, NoKnownLaw, NoKnownRate, NotPaidLate
from app.finance.dunning.guards import OwnClaim, OwnItem, ReadItem, SeenClaim
from app.finance.dunning.models import LatePaymentClaim
from app.finance.dunning.schemas import ClaimWithdrawalIn, LatePaymentClaimIn, LatePaymentClaimOut, LatePaymentOut
from app.finance.dunning.usecases.claim import claim, withdraw
from app.finance.dunning.usecases.reckon import reckon
from app.finance.receivables.facade import ClaimPaid, ItemSettled
from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["claims for late payment"])

_REFUSALS = (NotPaidLate, LateItemHeld, NoKnownLaw, NoKnownRate)


@router.get("/open-items/{open_item_id}/late-payment", responses=problems(*READ, *_REFUSALS))
async def get_late_payment(at: ReadItem, session: Session, now: Now, response: Response) -> LatePaymentOut:
    """What late payment of one of your invoices has cost so far and is not claimed yet: interest from the day after the due day
    on, each half-year at its own rate, each part until the day on which it was paid; and the fixed sum (Directive 2011/7/EU)."""
    response.headers["Cache-Control"] = PRIVATE
    return reckoned_out(await reckon(session, (at.id, at.number), now.date()))


@router.post(
    "/open-items/{open_item_id}/late-payment",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, *_REFUSALS, AlreadyClaimed, Invalid),
)
async def post_late_payment(
    at: OwnItem, form: LatePaymentClaimIn, session: Session, now: Now, response: Response
) -> LatePaymentClaimOut:
    """Claim it. The claim keeps what was reckoned, the debtor is told, and an open item of its own says what is left of it: there
    it is paid, set off against a credit balance, or given up in part. Damages bear no VAT, and are not invoiced."""
    claim_id = await claim(session, at.actor, (at.id, at.number), form.fixed_sum_minor, today=now.date())
    return await _shown(session, claim_id, response)


@router.get("/late-payment-claims", responses=problems(Unauthenticated, Forbidden))
async def list_late_payment_claims(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    made: Annotated[bool | None, Query(description="Only those that you made, or (false) received.")] = None,
    partner_id: Annotated[UUID | None, Query(description="Only those with this firm.")] = None,
) -> Page[LatePaymentClaimOut]:
    """The claims for late payment that your organization made or received, newest first."""
    actor.require(Permission.READ)
    statement = queries.claims_of(actor.organization_id, made=made, partner_id=partner_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[LatePaymentClaim.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await claims_out(session, rows), next_cursor=cursor)


@router.get("/late-payment-claims/{late_payment_claim_id}", responses=problems(*READ))
async def get_late_payment_claim(at: SeenClaim, session: Session, response: Response) -> LatePaymentClaimOut:
    """One of them, line by line."""
    return await _shown(session, at.row.id, response)


@router.post(
    "/late-payment-claims/{late_payment_claim_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, ItemSettled, ClaimPaid),
)
async def post_claim_withdrawal(
    at: OwnClaim, form: ClaimWithdrawalIn, session: Session, now: Now, response: Response
) -> LatePaymentClaimOut:
    """Withdraw a claim of which nothing was paid. The debtor is told, and reads why; its days may be claimed anew."""
    await withdraw(session, at.actor, at.row, form.reason, today=now.date())
    return await _shown(session, at.row.id, response)


async def _shown(session: Session, claim_id: UUID, response: Response) -> LatePaymentClaimOut:
    response.headers["Cache-Control"] = PRIVATE
    row = await queries.claim(session, claim_id)
    if row is None:
        raise NotFound()
    return (await claims_out(session, [row]))[0]
