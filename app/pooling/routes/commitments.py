"""Commitments over HTTP: each for its member's own eyes."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.errors import (
    AlreadyCommitted,
    CampaignClosed,
    CommitmentEnded,
    DepositNotDeclined,
    DepositUnderWay,
    NoDepositDue,
    NotABuyer,
    NotOnThisSide,
    TooManyCommitments,
)
from app.pooling.guards import CommitmentChanger, Committer, OwnCommitment
from app.pooling.models import Commitment
from app.pooling.queries import commitments as queries
from app.pooling.schemas.commitments import CommitmentIn, CommitmentOut, PayOtherwiseIn
from app.pooling.states import CommitmentState
from app.pooling.usecases.commit import change_commitment, commit, withdraw_commitment
from app.pooling.usecases.deposit import decline_to_pay, pay_otherwise
from app.pooling.views.commitments import commitments_out

router = house_router(tags=["campaigns"])


async def _out(session: Session, actor: CurrentActor, row: Commitment, now: Now, response: Response) -> CommitmentOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await commitments_out(session, actor, [row], now=now))[0]


@router.post(
    "/campaigns/{campaign_id}/commitments",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(
        *READ, *ONCE, Invalid, NotABuyer, CampaignClosed, AlreadyCommitted, NotOnThisSide, TooManyCommitments
    ),
)
async def post_commitment(
    campaign: Committer, actor: CurrentActor, form: CommitmentIn, session: Session, now: Now, response: Response
) -> CommitmentOut:
    """Commit your organization: so much of an item to a place, at no more than your limit. You may change it until the freeze.

    Where your approval rules ask for it, it awaits approval of the most that it can cost. Until then it is not pooled; at the
    freeze it lapses.
    """
    row = await commit(session, actor, campaign, form, now=now)
    response.headers["Location"] = f"/v1/commitments/{row.id}"
    return await _out(session, actor, row, now, response)


@router.get("/commitments", responses=problems(Unauthenticated, Forbidden))
async def list_commitments(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    of_campaign: Annotated[UUID | None, Query(description="Only those to this campaign.")] = None,
    state: Annotated[CommitmentState | None, Query(description="Only those in this state.")] = None,
) -> Page[CommitmentOut]:
    """Your organization's commitments, newest first, with what came of them."""
    actor.require(Permission.READ)
    statement = queries.commitments_of(actor.organization_id, of_campaign, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Commitment.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await commitments_out(session, actor, rows, now=now), next_cursor=cursor)


@router.get("/commitments/{commitment_id}", responses=problems(*READ))
async def get_commitment(
    row: OwnCommitment, actor: CurrentActor, session: Session, now: Now, response: Response
) -> CommitmentOut:
    """A commitment of your organization; after the clearing with what came of it, and why."""
    return await _out(session, actor, row, now, response)


@router.put(
    "/commitments/{commitment_id}",
    responses=problems(
        *READ,
        Invalid,
        CampaignClosed,
        CommitmentEnded,
        DepositUnderWay,
        AlreadyCommitted,
        TooManyCommitments,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
async def put_commitment(
    commitment_id: UUID,
    actor: CommitmentChanger,
    form: CommitmentIn,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> CommitmentOut:
    """Change a commitment before the freeze. What may cost more than before, or is something else, is approved anew."""
    row = await change_commitment(session, actor, commitment_id, form, version=version, now=now)
    return await _out(session, actor, row, now, response)


@router.post(
    "/commitments/{commitment_id}/payment",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, DepositNotDeclined),
)
async def post_commitment_payment(
    commitment_id: UUID,
    actor: CommitmentChanger,
    form: PayOtherwiseIn,
    session: Session,
    now: Now,
    response: Response,
) -> CommitmentOut:
    """Give another payment method for a deposit that was declined, as long as there is time."""
    row = await pay_otherwise(session, actor, commitment_id, form.payment_method, now=now)
    return await _out(session, actor, row, now, response)


@router.post(
    "/commitments/{commitment_id}/default",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, NoDepositDue),
)
async def post_commitment_default(
    commitment_id: UUID, actor: CommitmentChanger, session: Session, now: Now, response: Response
) -> CommitmentOut:
    """Say that you will not pay a deposit that was declined: your time for it ends now. As soon as nobody else has time left, the
    rest is cleared without you. A second time changes nothing."""
    row = await decline_to_pay(session, actor, commitment_id, now=now)
    return await _out(session, actor, row, now, response)


@router.post(
    "/commitments/{commitment_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, CampaignClosed),
)
async def post_commitment_withdrawal(
    commitment_id: UUID, actor: CommitmentChanger, session: Session, now: Now, response: Response
) -> CommitmentOut:
    """Take a commitment back before the freeze. A second time changes nothing."""
    row = await withdraw_commitment(session, actor, commitment_id, now=now)
    return await _out(session, actor, row, now, response)
