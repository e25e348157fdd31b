"""Rules, requests for approval and delegations. Every function runs under the transaction's tenant."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.parties.models import Approval, ApprovalDelegation, ApprovalRule, ApprovalStep


async def active_rules(session: AsyncSession, organization_id: UUID) -> list[ApprovalRule]:
    """The organization's rules in force."""
    return list((await session.scalars(rules_of(organization_id).order_by(ApprovalRule.id))).all())


async def lock_rule(session: AsyncSession, organization_id: UUID, rule_id: UUID) -> ApprovalRule | None:
    """One rule, locked."""
    statement = select(ApprovalRule).where(ApprovalRule.id == rule_id, ApprovalRule.organization_id == organization_id)
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def pending_for(
    session: AsyncSession, organization_id: UUID, subject_kind: str, subject_id: UUID
) -> Approval | None:
    """The request that waits for this subject, locked."""
    statement = select(Approval).where(
        Approval.organization_id == organization_id,
        Approval.subject_kind == subject_kind,
        Approval.subject_id == subject_id,
        Approval.state == "pending",
    )
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def approval(session: AsyncSession, organization_id: UUID, approval_id: UUID) -> Approval | None:
    """One request."""
    return (
        await session.scalars(
            select(Approval).where(Approval.id == approval_id, Approval.organization_id == organization_id)
        )
    ).first()


async def lock_approval(session: AsyncSession, organization_id: UUID, approval_id: UUID) -> Approval | None:
    """One request, locked: decisions on it come one after the other."""
    statement = select(Approval).where(Approval.id == approval_id, Approval.organization_id == organization_id)
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def steps_of(session: AsyncSession, approval_ids: Sequence[UUID]) -> list[ApprovalStep]:
    """The steps of some requests, as they are in the database now."""
    statement = select(ApprovalStep).where(ApprovalStep.approval_id.in_(approval_ids)).order_by(ApprovalStep.id)
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def withdraw_steps(session: AsyncSession, approval_id: UUID) -> None:
    """End the steps that nobody decided."""
    await session.execute(
        update(ApprovalStep)
        .where(ApprovalStep.approval_id == approval_id, ApprovalStep.state == "pending")
        .values(state="withdrawn")
    )


async def delegations_at(session: AsyncSession, organization_id: UUID, now: datetime) -> dict[UUID, frozenset[UUID]]:
    """Deputy → those whom he stands in for at this moment."""
    statement = select(ApprovalDelegation).where(
        ApprovalDelegation.organization_id == organization_id,
        ApprovalDelegation.starts_at <= now,
        ApprovalDelegation.ends_at > now,
        ApprovalDelegation.ended_at.is_(None),
    )
    found: dict[UUID, frozenset[UUID]] = {}
    for delegation in await session.scalars(statement):
        before = found.get(delegation.to_person_id, frozenset())
        found[delegation.to_person_id] = before | {delegation.from_person_id}
    return found


async def lock_delegation(
    session: AsyncSession, organization_id: UUID, delegation_id: UUID
) -> ApprovalDelegation | None:
    """One delegation, locked."""
    statement = select(ApprovalDelegation).where(
        ApprovalDelegation.id == delegation_id, ApprovalDelegation.organization_id == organization_id
    )
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


def all_approvals(organization_id: UUID, state: str | None) -> Select[Approval]:
    """The organization's requests."""
    statement = select(Approval).where(Approval.organization_id == organization_id)
    return statement.where(Approval.state == state) if state else statement


def waiting_for(
    organization_id: UUID, person_id: UUID, *, stands_for: frozenset[UUID], able: frozenset[UUID]
) -> Select[Approval]:
    """The requests that the person may decide now: the SQL twin of `approval_rules.decides_for`."""
    voices = [*({person_id} & able), *(stands_for & able)]
    # The requester is nobody's approver, so he does not count as present.
    others = func.array_remove(sorted(able), ApprovalStep.requested_by)
    mine = ApprovalStep.approver_ids.overlap(func.array_remove(sorted(voices), ApprovalStep.requested_by))
    if person_id in able:
        mine = mine | ~ApprovalStep.approver_ids.overlap(others)
    step = select(ApprovalStep.id).where(
        ApprovalStep.approval_id == Approval.id,
        ApprovalStep.state == "pending",
        ApprovalStep.requested_by != person_id,
        mine,
    )
    return select(Approval).where(
        Approval.organization_id == organization_id, Approval.state == "pending", step.exists()
    )


def rules_of(organization_id: UUID) -> Select[ApprovalRule]:
    """The organization's rules in force."""
    return select(ApprovalRule).where(ApprovalRule.organization_id == organization_id, ApprovalRule.active)


async def rule(session: AsyncSession, organization_id: UUID, rule_id: UUID) -> ApprovalRule | None:
    """One rule, in force or not."""
    statement = select(ApprovalRule).where(ApprovalRule.id == rule_id, ApprovalRule.organization_id == organization_id)
    return (await session.scalars(statement)).first()


def delegations_of(organization_id: UUID, now: datetime) -> Select[ApprovalDelegation]:
    """The delegations that are in force or will be."""
    return select(ApprovalDelegation).where(
        ApprovalDelegation.organization_id == organization_id,
        ApprovalDelegation.ended_at.is_(None),
        ApprovalDelegation.ends_at > now,
    )
