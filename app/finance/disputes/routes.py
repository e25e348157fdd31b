"""Disputes over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.documents.facade import DocumentRefused
from app.finance.disputes import queries
from app.finance.disputes.errors import (
    AlreadyDisputed,
    DisputeStateConflict,
    EscalationTooEarly,
    NothingToDispute,
    ProposalClosed,
)
from app.finance.disputes.guards import (
    DealingSide,
    DecidingOperator,
    DisputingBuyer,
    Operator,
    PayingBuyer,
    SeenDispute,
    SideOfMilestone,
    SpeakingSide,
)
from app.finance.disputes.milestones import MilestoneAssigned
from app.finance.disputes.models import Dispute, DisputeEntry
from app.finance.disputes.schemas import (
    DisputeDecisionIn,
    DisputeEntryOut,
    DisputeIn,
    DisputeMessageIn,
    DisputeOut,
    DisputeSummaryOut,
    DisputeWordIn,
    ProposalIn,
)
from app.finance.disputes.states import DisputeState
from app.finance.disputes.usecases.end import decide, withdraw
from app.finance.disputes.usecases.escalate import escalate
from app.finance.disputes.usecases.open_dispute import open_dispute
from app.finance.disputes.usecases.propose import accept, decline, propose, take_back
from app.finance.disputes.usecases.speak import speak
from app.finance.disputes.usecases.steps import Words
from app.finance.disputes.views import dispute_out, entries_out, summaries
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["disputes"])

STEP = (*READ, *ONCE, Invalid, DisputeStateConflict)


async def _shown(session: Session, actor: Actor, row: Dispute, now: Now, response: Response) -> DisputeOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await dispute_out(session, actor, row, now=now)


@router.post(
    "/payment-milestones/{payment_milestone_id}/disputes",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, NothingToDispute, AlreadyDisputed, DocumentRefused),
)
async def post_dispute(
    payment_milestone_id: UUID, actor: PayingBuyer, form: DisputeIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Dispute a milestone that you pay for. It alone is frozen: nothing of it is paid, released or refunded until the dispute
    ends. The supplier has five days to answer; after fourteen days without an agreement the operator decides."""
    row = await open_dispute(session, actor, payment_milestone_id, form, now=now)
    response.headers["Location"] = f"/v1/disputes/{row.id}"
    return await _shown(session, actor, row, now, response)


@router.get("/payment-milestones/{payment_milestone_id}/disputes", responses=problems(*READ, Invalid))
async def list_milestone_disputes(
    payment_milestone_id: UUID,
    actor: SideOfMilestone,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
) -> Page[DisputeSummaryOut]:
    """The disputes about a milestone, the newest first; one of them may be open."""
    statement = queries.disputes_about(payment_milestone_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Dispute.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, actor, rows), next_cursor=cursor)


@router.get("/disputes", responses=problems(Unauthenticated, Forbidden, Invalid))
async def list_disputes(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    active: Annotated[
        bool | None, Query(description="Only those that have not ended, or only those that have.")
    ] = None,
) -> Page[DisputeSummaryOut]:
    """Disputes that your organization is a side of, the newest first."""
    actor.require(Permission.READ)
    statement = queries.disputes_of(actor.organization_id, active=active)
    rows, cursor = await fetch_page(session, statement, page, keys=[Dispute.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, actor, rows), next_cursor=cursor)


@router.get("/disputes/{dispute_id}", responses=problems(*READ))
async def get_dispute(at: SeenDispute, session: Session, now: Now, response: Response) -> DisputeOut:
    """One dispute: where it stands, what is proposed, and what you may do."""
    return await _shown(session, at.actor, at.row, now, response)


@router.get("/disputes/{dispute_id}/entries", responses=problems(*READ, Invalid))
async def list_dispute_entries(
    at: SeenDispute, session: Session, page: Paging, request: Request, response: Response
) -> Page[DisputeEntryOut]:
    """What was said and done, in this order: texts in your language, and files as evidence."""
    rows, cursor = await fetch_page(session, queries.entries_of(at.row.id), page, keys=[DisputeEntry.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await entries_out(session, at.row, rows), next_cursor=cursor)


@router.post(
    "/disputes/{dispute_id}/messages",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, DocumentRefused),
)
async def post_dispute_message(
    at: SpeakingSide, form: DisputeMessageIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Say something, with files as evidence; both sides and the operator read it. The supplier's first words are his answer."""
    words = Words(form.text, form.locale, form.document_ids)
    row = await speak(session, at.author, at.row.id, words, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/disputes/{dispute_id}/proposals",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP),
)
async def post_dispute_proposal(
    at: DealingSide, form: ProposalIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Propose how to divide what is disputed. It takes the place of your former proposal, and binds you once it is accepted."""
    row = await propose(session, at.author, at.row.id, form, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/disputes/{dispute_id}/proposals/{proposal_id}/acceptance",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, ProposalClosed, MilestoneAssigned),
)
async def post_proposal_acceptance(
    proposal_id: UUID, at: DealingSide, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Accept the other side's proposal: the dispute is settled by it at once."""
    row = await accept(session, at.author, at.row.id, proposal_id, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/disputes/{dispute_id}/proposals/{proposal_id}/refusal",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, ProposalClosed),
)
async def post_proposal_refusal(
    proposal_id: UUID, at: DealingSide, form: DisputeWordIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Decline the other side's proposal."""
    row = await decline(session, at.author, at.row.id, proposal_id, Words(form.text, form.locale), now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/disputes/{dispute_id}/proposals/{proposal_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, ProposalClosed),
)
async def post_proposal_withdrawal(
    proposal_id: UUID, at: DealingSide, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Take back your own proposal while nobody has accepted it."""
    row = await take_back(session, at.author, at.row.id, proposal_id, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/disputes/{dispute_id}/escalation",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, EscalationTooEarly),
)
async def post_dispute_escalation(
    at: DealingSide, form: DisputeWordIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Bring it before the operator: once the supplier has answered, or has not in time. You may still agree."""
    row = await escalate(session, at.author, at.row.id, Words(form.text, form.locale), now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/disputes/{dispute_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP),
)
async def post_dispute_withdrawal(
    at: DisputingBuyer, form: DisputeWordIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """You have nothing against the milestone any more: it goes on as if there had been no dispute."""
    row = await withdraw(session, at.actor, at.row.id, Words(form.text, form.locale), now=now)
    return await _shown(session, at.actor, row, now, response)


@router.get("/operator/disputes", responses=problems(Unauthenticated, Forbidden, Invalid))
async def list_operator_disputes(
    actor: Operator,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[DisputeState | None, Query(description="Such as `escalated`: to be decided.")] = None,
) -> Page[DisputeSummaryOut]:
    """All disputes, the newest first. For the operator."""
    statement = queries.every_dispute(state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Dispute.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, actor, rows), next_cursor=cursor)


@router.post(
    "/operator/disputes/{dispute_id}/decision",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, DocumentRefused),
)
async def post_dispute_decision(
    at: DecidingOperator, form: DisputeDecisionIn, session: Session, now: Now, response: Response
) -> DisputeOut:
    """Decide a dispute that is before the operator, with reasons for both sides. A decision is final. For the operator."""
    words = Words(form.reason, form.locale, form.document_ids)
    row = await decide(session, at.actor, at.row.id, words, (form.release_minor, form.refund_minor), now=now)
    return await _shown(session, at.actor, row, now, response)
