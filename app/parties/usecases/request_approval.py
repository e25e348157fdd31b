"""Ask for the agreement that the organization's rules want, and take the question back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.parties.approval_rules import ApprovalSubject, Convert, asks_for_approval
from app.parties.events import ApprovalRequested
from app.parties.models import Approval, ApprovalRule, ApprovalStep
from app.parties.queries import access
from app.parties.queries import approvals as queries
from app.parties.states import ApprovalState
from app.reference import facade as reference


async def request_approval(
    session: AsyncSession, actor: Actor, subject: ApprovalSubject, *, now: datetime
) -> UUID | None:
    """The id of the request that must be agreed to first, or None when no rule asks for one.

    A subject for which a request already waits gets that one's id. For a machine, whoever made its client is the
    requester: nobody can approve his own order by way of a client of his.
    """
    waiting = await queries.pending_for(session, actor.organization_id, subject.kind, subject.id)
    if waiting is not None:
        return waiting.id
    rules = await queries.active_rules(session, actor.organization_id)
    convert = await _conversion(session, rules, subject, now)
    matching = [rule for rule in rules if asks_for_approval(rule, subject, convert)]
    if not matching:
        return None
    requester = await _requester(session, actor)
    approval = Approval(
        id=new_id(),
        organization_id=actor.organization_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        title=subject.title[:200],
        amount_minor=subject.amount_minor,
        currency=subject.currency,
        counterparty_id=subject.counterparty_id,
        requested_by=requester,
        requested_at=now,
    )
    session.add(approval)
    await session.flush()
    session.add_all(
        ApprovalStep(
            approval_id=approval.id,
            organization_id=actor.organization_id,
            rule_id=rule.id,
            requested_by=requester,
            approver_ids=list(rule.approver_ids),
        )
        for rule in matching
    )
    await session.flush()
    after = {"subject": subject.kind, "subject_id": subject.id, "rules": [rule.id for rule in matching]}
    await audit.record(session, actor, "approval.request", "approval", approval.id, after=after)
    event = ApprovalRequested(
        approval_id=approval.id,
        organization_id=actor.organization_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        requested_by=requester,
    )
    await announce(session, event, organizations=[actor.organization_id])
    return approval.id


async def withdraw_approval(session: AsyncSession, actor: Actor, subject_kind: str, subject_id: UUID) -> bool:
    """Take back the request for a subject that is no longer wanted; False when none waits."""
    return await _end(session, actor, actor.organization_id, subject_kind, subject_id)


async def end_approval(session: AsyncSession, organization_id: UUID, subject_kind: str, subject_id: UUID) -> bool:
    """The same where nobody takes it back: it is too late for an answer. Call it while acting for the organization."""
    return await _end(session, None, organization_id, subject_kind, subject_id)


async def _end(
    session: AsyncSession, actor: Actor | None, organization_id: UUID, subject_kind: str, subject_id: UUID
) -> bool:
    approval = await queries.pending_for(session, organization_id, subject_kind, subject_id)
    if approval is None:
        return False
    await queries.withdraw_steps(session, approval.id)
    approval.state = ApprovalState.WITHDRAWN
    await session.flush()
    await audit.record(session, actor, "approval.withdraw", "approval", approval.id, organization_id=organization_id)
    return True


async def _requester(session: AsyncSession, actor: Actor) -> UUID:
    if actor.person_id is not None:
        return actor.person_id
    return await access.maker_of_client(session, actor.client_id)


async def _conversion(
    session: AsyncSession, rules: list[ApprovalRule], subject: ApprovalSubject, now: datetime
) -> Convert:
    """Today's rates from the subject's currencies into every currency that a rule speaks of."""
    wanted = {rule.currency for rule in rules if rule.currency is not None}
    sources = {subject.currency, *(currency for _, currency in subject.award_amounts)}
    rates = {
        (source, target): await reference.fx_rate(session, source, target, now.date())
        for source in sorted(sources)
        for target in sorted(wanted)
    }

    def convert(amount_minor: int, source: str, target: str) -> int | None:
        rate = rates.get((source, target))
        return None if rate is None else reference.convert_minor(amount_minor, source, target, rate)

    return convert
