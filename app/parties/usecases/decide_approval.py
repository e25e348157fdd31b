"""Agree to an award or order, or refuse to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import Labelled, NotFound
from app.kit.outbox import announce
from app.parties.approval_rules import decides_for
from app.parties.errors import AlreadyDecided, NotYourDecision, PeopleOnly
from app.parties.events import ApprovalDecided
from app.parties.models import Approval, ApprovalStep
from app.parties.queries import approvals as queries
from app.parties.queries import people
from app.parties.states import APPROVAL_STATE_LABELS, ApprovalState


async def decide_approval(
    session: AsyncSession, actor: Actor, approval_id: UUID, *, approved: bool, comment: str | None, now: datetime
) -> Approval:
    """Decide every open step that is the actor's to decide. The last agreement, or the first refusal, settles the request.

    The request is locked, so of two decisions at once the second sees the first. Repeating one's own decision returns
    the request as it is.
    """
    approval = await queries.lock_approval(session, actor.organization_id, approval_id)
    if approval is None:
        raise NotFound()
    if actor.person_id is None:
        raise PeopleOnly()
    steps = await queries.steps_of(session, [approval_id])
    wanted = ApprovalState.APPROVED if approved else ApprovalState.REJECTED
    mine = [step for step in steps if step.decided_by == actor.person_id and step.state == wanted]
    if mine and approval.state in (ApprovalState.PENDING, wanted):
        return approval
    if approval.requested_by == actor.person_id:
        raise NotYourDecision()
    if approval.state != ApprovalState.PENDING:
        raise AlreadyDecided(state=Labelled.of(approval.state, APPROVAL_STATE_LABELS))
    decidable = await _decidable(session, actor, steps, now=now)
    if not decidable:
        raise NotYourDecision()
    for step in steps:
        if step.id in decidable:
            step.state = wanted
            step.decided_by = actor.person_id
            step.decided_for = decidable[step.id] if decidable[step.id] != actor.person_id else None
            step.decided_at = now
    await session.flush()
    await _settle(session, actor, approval, steps, approved=approved, comment=comment, now=now)
    return approval


async def _decidable(
    session: AsyncSession, actor: Actor, steps: list[ApprovalStep], *, now: datetime
) -> Mapping[UUID, UUID]:
    """The open steps that the actor may decide → in whose place."""
    if actor.person_id is None:
        return {}
    approving = await people.members_who_may(session, actor.organization_id, Permission.APPROVE)
    deputy_of = await queries.delegations_at(session, actor.organization_id, now)
    found = {}
    for step in steps:
        voice = decides_for(
            actor.person_id,
            requested_by=step.requested_by,
            named=frozenset(step.approver_ids),
            able=frozenset(row.id for row in approving),
            deputy_of=deputy_of,
        )
        if step.state == ApprovalState.PENDING and voice is not None:
            found[step.id] = voice
    return found


async def _settle(
    session: AsyncSession,
    actor: Actor,
    approval: Approval,
    steps: list[ApprovalStep],
    *,
    approved: bool,
    comment: str | None,
    now: datetime,
) -> None:
    action = "approval.approve" if approved else "approval.reject"
    open_steps = [step for step in steps if step.state == ApprovalState.PENDING]
    settled = not approved or not open_steps
    if settled:
        if open_steps:
            await queries.withdraw_steps(session, approval.id)
        approval.state = ApprovalState.APPROVED if approved else ApprovalState.REJECTED
        approval.decided_by = actor.person_id
        approval.decided_at = now
        approval.comment = comment
        await session.flush()
    after = {"settled": settled, "comment": comment, "subject": approval.subject_kind}
    await audit.record(session, actor, action, "approval", approval.id, after=after)
    if settled and actor.person_id is not None:
        event = ApprovalDecided(
            approval_id=approval.id,
            organization_id=approval.organization_id,
            subject_kind=approval.subject_kind,
            subject_id=approval.subject_id,
            approved=approved,
            decided_by=actor.person_id,
        )
        await announce(session, event, organizations=[approval.organization_id])
