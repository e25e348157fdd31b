"""Approval rules, and who stands in for whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission, lacking
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties.errors import PeopleOnly
from app.parties.models import ApprovalDelegation, ApprovalRule
from app.parties.queries import approvals as queries
from app.parties.queries import people
from app.parties.schemas.approvals import DelegationIn, RuleIn
from app.reference import facade as reference

_FIELDS = ("name", "subject_kind", "above_minor", "currency", "category_codes", "new_counterparty", "approver_ids")


async def make_rule(session: AsyncSession, actor: Actor, form: RuleIn) -> ApprovalRule:
    """A new rule, in force from now on."""
    values = await _values(session, actor, form)
    rule = ApprovalRule(id=new_id(), organization_id=actor.organization_id, active=True, version=1, **values)
    session.add(rule)
    await session.flush()
    await audit.record(session, actor, "approval-rule.create", "approval-rule", rule.id, after=values)
    return rule


async def change_rule(
    session: AsyncSession, actor: Actor, rule_id: UUID, form: RuleIn, expected_version: int | None
) -> ApprovalRule:
    """Replace what a rule says. Requests that wait already keep the approvers they were made with."""
    rule = await _lock(session, actor, rule_id)
    require_version(rule.version, expected_version)
    before = {name: getattr(rule, name) for name in _FIELDS}
    values = await _values(session, actor, form)
    for name, value in values.items():
        setattr(rule, name, value)
    rule.version += 1
    await session.flush()
    await audit.record(session, actor, "approval-rule.change", "approval-rule", rule.id, before=before, after=values)
    return rule


async def retire_rule(session: AsyncSession, actor: Actor, rule_id: UUID) -> None:
    """Put a rule out of force. Doing so again changes nothing."""
    rule = await _lock(session, actor, rule_id)
    if rule.active:
        rule.active = False
        rule.version += 1
        await session.flush()
        await audit.record(session, actor, "approval-rule.retire", "approval-rule", rule.id)


async def _lock(session: AsyncSession, actor: Actor, rule_id: UUID) -> ApprovalRule:
    rule = await queries.lock_rule(session, actor.organization_id, rule_id)
    if rule is None:
        raise NotFound()
    actor.require(Permission.APPROVAL_RULES_MANAGE)
    return rule


async def _values(session: AsyncSession, actor: Actor, form: RuleIn) -> dict[str, object]:
    able = {row.id for row in await people.members_who_may(session, actor.organization_id, Permission.APPROVE)}
    message = N_("Name a member of your organization who may approve.")
    errors = [
        FieldError(f"/approver_ids/{position}", "not-an-approver", message)
        for position, person_id in enumerate(form.approver_ids)
        if person_id not in able
    ]
    if form.currency is not None and not reference.is_accepted_currency(form.currency):
        errors.append(
            FieldError("/currency", "unknown-currency", N_("Give a currency by its ISO 4217 code, such as EUR."))
        )
    if errors:
        raise Invalid(errors=errors)
    return form.model_dump() | {
        "approver_ids": sorted(set(form.approver_ids)),
        "category_codes": sorted(set(form.category_codes)),
    }


async def delegate(session: AsyncSession, actor: Actor, form: DelegationIn, *, now: datetime) -> ApprovalDelegation:
    """Let a colleague decide in one's place until a day. He still never decides what he requested himself."""
    if actor.person_id is None:
        raise PeopleOnly()
    starts_at = form.starts_at or now
    errors = []
    if form.ends_at <= max(now, starts_at):
        errors.append(
            FieldError("/ends_at", "datetime-future", N_("Give a moment in the future, after the beginning."))
        )
    if form.to_person_id == actor.person_id or (
        await people.member(session, actor.organization_id, form.to_person_id) is None
    ):
        errors.append(FieldError("/to_person_id", "not-a-colleague", N_("Name another member of your organization.")))
    if errors:
        raise Invalid(errors=errors)
    row = ApprovalDelegation(
        id=new_id(),
        organization_id=actor.organization_id,
        from_person_id=actor.person_id,
        to_person_id=form.to_person_id,
        starts_at=starts_at,
        ends_at=form.ends_at,
    )
    session.add(row)
    await session.flush()
    after = {"to": row.to_person_id, "starts_at": row.starts_at, "ends_at": row.ends_at}
    await audit.record(session, actor, "approval.delegate", "approval-delegation", row.id, after=after)
    return row


async def end_delegation(session: AsyncSession, actor: Actor, delegation_id: UUID, *, now: datetime) -> None:
    """End a delegation early: one's own, or any with the permission to manage rules."""
    row = await queries.lock_delegation(session, actor.organization_id, delegation_id)
    if row is None:
        raise NotFound()
    if row.from_person_id != actor.person_id and not actor.may(Permission.APPROVAL_RULES_MANAGE):
        raise lacking(Permission.APPROVAL_RULES_MANAGE)
    if row.ended_at is None:
        row.ended_at = now
        await session.flush()
        await audit.record(session, actor, "approval.undelegate", "approval-delegation", row.id)
