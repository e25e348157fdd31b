"""Approval rules, requests for approval, delegations."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.parties import views
from app.parties.errors import AlreadyDecided, NotYourDecision, PeopleOnly
from app.parties.models import Approval, ApprovalDelegation, ApprovalRule
from app.parties.queries import approvals as queries
from app.parties.queries import people
from app.parties.schemas.approvals import (
    ApprovalOut,
    DecisionIn,
    DelegationIn,
    DelegationOut,
    RejectionIn,
    RuleIn,
    RuleOut,
)
from app.parties.states import ApprovalState
from app.parties.usecases.decide_approval import decide_approval
from app.parties.usecases.govern_approvals import change_rule, delegate, end_delegation, make_rule, retire_rule

router = house_router(tags=["approvals"])

KEYED = (IdempotencyKeyMissing, IdempotencyKeyInFlight, IdempotencyKeyReused)


class View(StrEnum):
    """Whose requests."""

    ALL = "all"
    MINE = "mine"


@router.get("/approvals", responses=problems(Unauthenticated))
async def list_approvals(
    request: Request,
    response: Response,
    actor: CurrentActor,
    page: Paging,
    session: Session,
    now: Now,
    view: Annotated[View, Query(description="`mine`: those that you may decide now.")] = View.ALL,
    state: ApprovalState | None = None,
) -> Page[ApprovalOut]:
    """Requests for approval in your organization, newest first."""
    statement = queries.all_approvals(actor.organization_id, state)
    if view is View.MINE:
        # A machine decides nothing, so the nobody of all zeros stands for it.
        person_id = actor.person_id or UUID(int=0)
        approving = await people.members_who_may(session, actor.organization_id, Permission.APPROVE)
        deputy_of = await queries.delegations_at(session, actor.organization_id, now)
        statement = queries.waiting_for(
            actor.organization_id,
            person_id,
            stands_for=deputy_of.get(person_id, frozenset()),
            able=frozenset(row.id for row in approving),
        )
        statement = statement.where(Approval.state == state) if state else statement
    rows, cursor = await fetch_page(session, statement, page, keys=[Approval.id], descending=True)
    link_next(request, response, cursor)
    return Page[ApprovalOut](items=await views.approvals(session, rows), next_cursor=cursor)


@router.get("/approvals/{approval_id}", responses=problems(Unauthenticated, NotFound))
async def get_approval(approval_id: UUID, actor: CurrentActor, session: Session) -> ApprovalOut:
    """One request for approval."""
    row = await queries.approval(session, actor.organization_id, approval_id)
    if row is None:
        raise NotFound()
    return (await views.approvals(session, [row]))[0]


@router.post(
    "/approvals/{approval_id}/approve",
    responses=problems(Unauthenticated, NotFound, NotYourDecision, PeopleOnly, AlreadyDecided),
)
async def post_approve(
    approval_id: UUID, actor: CurrentActor, form: DecisionIn, session: Session, now: Now
) -> ApprovalOut:
    """Agree. Repeating it changes nothing; nobody agrees to a request of his own."""
    row = await decide_approval(session, actor, approval_id, approved=True, comment=form.comment, now=now)
    return (await views.approvals(session, [row]))[0]


@router.post(
    "/approvals/{approval_id}/reject",
    responses=problems(Unauthenticated, NotFound, NotYourDecision, PeopleOnly, AlreadyDecided),
)
async def post_reject(
    approval_id: UUID, actor: CurrentActor, form: RejectionIn, session: Session, now: Now
) -> ApprovalOut:
    """Refuse, with the reason. One refusal settles the request."""
    row = await decide_approval(session, actor, approval_id, approved=False, comment=form.comment, now=now)
    return (await views.approvals(session, [row]))[0]


@router.get("/approval-rules", responses=problems(Unauthenticated))
async def list_approval_rules(
    request: Request, response: Response, actor: CurrentActor, page: Paging, session: Session
) -> Page[RuleOut]:
    """The rules in force in your organization."""
    statement = queries.rules_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[ApprovalRule.id])
    link_next(request, response, cursor)
    return Page[RuleOut](items=[views.rule(row) for row in rows], next_cursor=cursor)


@router.post(
    "/approval-rules",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *KEYED),
)
async def post_approval_rule(actor: CurrentActor, form: RuleIn, response: Response, session: Session) -> RuleOut:
    """Make a rule: when somebody must agree, and who."""
    actor.require(Permission.APPROVAL_RULES_MANAGE)
    row = await make_rule(session, actor, form)
    response.headers["Location"] = f"/v1/approval-rules/{row.id}"
    set_etag(response, row.version)
    return views.rule(row)


@router.get("/approval-rules/{rule_id}", responses=problems(Unauthenticated, NotFound))
async def get_approval_rule(rule_id: UUID, actor: CurrentActor, response: Response, session: Session) -> RuleOut:
    """One rule."""
    row = await queries.rule(session, actor.organization_id, rule_id)
    if row is None:
        raise NotFound()
    set_etag(response, row.version)
    return views.rule(row)


@router.put(
    "/approval-rules/{rule_id}",
    responses=problems(Unauthenticated, NotFound, Forbidden, PreconditionRequired, PreconditionFailed),
)
async def put_approval_rule(
    rule_id: UUID, actor: CurrentActor, form: RuleIn, if_match: IfMatch, response: Response, session: Session
) -> RuleOut:
    """Replace what a rule says. Requests that wait already keep their approvers."""
    row = await change_rule(session, actor, rule_id, form, if_match)
    set_etag(response, row.version)
    return views.rule(row)


@router.delete("/approval-rules/{rule_id}", status_code=204, responses=problems(Unauthenticated, NotFound, Forbidden))
async def delete_approval_rule(rule_id: UUID, actor: CurrentActor, session: Session) -> None:
    """Put a rule out of force."""
    await retire_rule(session, actor, rule_id)


@router.get("/approval-delegations", responses=problems(Unauthenticated))
async def list_approval_delegations(
    request: Request, response: Response, actor: CurrentActor, page: Paging, session: Session, now: Now
) -> Page[DelegationOut]:
    """Who stands in for whom, now or later."""
    statement = queries.delegations_of(actor.organization_id, now)
    rows, cursor = await fetch_page(session, statement, page, keys=[ApprovalDelegation.id])
    link_next(request, response, cursor)
    return Page[DelegationOut](items=[DelegationOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "/approval-delegations",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, PeopleOnly, *KEYED),
)
async def post_approval_delegation(
    actor: CurrentActor, form: DelegationIn, session: Session, now: Now
) -> DelegationOut:
    """Let a colleague decide in your place until a day."""
    actor.require(Permission.APPROVE)
    return DelegationOut.model_validate(await delegate(session, actor, form, now=now))


@router.delete(
    "/approval-delegations/{delegation_id}", status_code=204, responses=problems(Unauthenticated, NotFound, Forbidden)
)
async def delete_approval_delegation(delegation_id: UUID, actor: CurrentActor, session: Session, now: Now) -> None:
    """End a delegation early."""
    await end_delegation(session, actor, delegation_id, now=now)
