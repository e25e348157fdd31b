"""Rules of commission are made and ended; whoever they concern is told in time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance.commission import queries
from app.finance.commission.errors import CommissionNoticeTooShort, CommissionRuleOver, CommissionRulesOverlap
from app.finance.commission.events import CommissionRuleChanges
from app.finance.commission.models import CommissionRule
from app.finance.commission.rules import NOTICE_DAYS, changes_on, earliest_day, scope_key, state_on
from app.finance.commission.schemas import CommissionRuleEndIn, CommissionRuleIn
from app.finance.commission.states import RuleScope, RuleState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.reference import facade as reference

ENTITY = "commission_rule"
_NAMED_BY = {
    RuleScope.CAMPAIGN: "campaign_id",
    RuleScope.SUPPLIER: "supplier_id",
    RuleScope.CATEGORY: "category_code",
}


async def make_rule(session: AsyncSession, actor: Actor, form: CommissionRuleIn, *, now: datetime) -> CommissionRule:
    """A new rule. Raises `Invalid`, `CommissionNoticeTooShort`, `CommissionRulesOverlap`."""
    await _require_known(session, form)
    first = await queries.is_first(session, form.scope, form.campaign_id)
    earliest = earliest_day(form.scope, is_first=first, waived=form.notice_waived, today=now.date())
    _require_notice(form.valid_from, earliest)
    values = {
        "id": new_id(),
        "scope": form.scope,
        "campaign_id": form.campaign_id,
        "supplier_id": form.supplier_id,
        "category_code": form.category_code,
        "rate_bp": form.rate_bp,
        "bounds": {one.currency: {"least_minor": one.least_minor, "most_minor": one.most_minor} for one in form.bounds},
        "valid_from": form.valid_from,
        "valid_until": form.valid_until,
        "created_by": actor.person_id,
    }
    try:
        async with session.begin_nested():
            if form.replaces:
                await queries.end_before(session, scope_key(form.scope, form.named), form.valid_from)
            row = await queries.insert_rule(session, values)
    except IntegrityError as error:
        raise _meant(error) from error
    waived = {"notice_waived": form.notice_waived}
    await _tell(session, actor, row, form.valid_from, "commission_rule.make", None, values | waived)
    return row


async def end_rule(
    session: AsyncSession, actor: Actor, rule_id: UUID, form: CommissionRuleEndIn, *, now: datetime
) -> CommissionRule:
    """Give a rule another last day; one that has not begun is withdrawn by a last day before its first.

    Raises `NotFound`, `CommissionRuleOver`, `CommissionNoticeTooShort`, `CommissionRulesOverlap`.
    """
    row = await queries.rule(session, rule_id, lock=True)
    if row is None:
        raise NotFound()
    today = now.date()
    state = state_on(row.valid_from, row.valid_until, withdrawn=row.withdrawn_at is not None, day=today)
    wanted = form.valid_until
    if state in (RuleState.OVER, RuleState.WITHDRAWN) or (wanted is not None and wanted < today):
        raise CommissionRuleOver()
    first_day = changes_on(row.valid_from, row.valid_until, wanted)
    if first_day is None:
        return row
    before = {"valid_until": row.valid_until}
    withdrawn = wanted is not None and wanted < row.valid_from
    if not withdrawn:
        waived = form.notice_waived
        _require_notice(first_day, earliest_day(RuleScope(row.scope), is_first=False, waived=waived, today=today))
    try:
        async with session.begin_nested():
            await queries.end_rule(session, row, row.valid_until if withdrawn else wanted, now if withdrawn else None)
    except DBAPIError as error:
        raise _meant(error) from error
    after = {"valid_until": wanted, "withdrawn": withdrawn, "notice_waived": form.notice_waived}
    await _tell(session, actor, row, first_day, "commission_rule.end", before, after)
    return row


async def _require_known(session: AsyncSession, form: CommissionRuleIn) -> None:
    errors = _badly_formed(form)
    if form.category_code is not None and not catalog.category_path(form.category_code):
        errors.append(
            FieldError(
                "/category_code", "unknown-category", N_("There is no such category. Look at the list of categories.")
            )
        )
    if form.supplier_id is not None:
        firm = (await parties.organizations(session, [form.supplier_id])).get(form.supplier_id)
        if firm is None or "supplier" not in firm.roles:
            errors.append(FieldError("/supplier_id", "unknown-supplier", N_("There is no such supplier.")))
    message = N_("Give a currency by its ISO 4217 code, such as EUR.")
    errors += [
        FieldError(f"/bounds/{position}/currency", "unknown-currency", message)
        for position, one in enumerate(form.bounds)
        if not reference.is_accepted_currency(one.currency)
    ]
    if errors:
        raise Invalid(errors=errors)


def _badly_formed(form: CommissionRuleIn) -> list[FieldError]:
    errors = []
    for scope, name in _NAMED_BY.items():
        if (form.scope is scope) != (getattr(form, name) is not None):
            message = N_(
                "A rule names what it is about: a campaign, a supplier, a category, or nothing for everything else."
            )
            errors.append(FieldError(f"/{name}", "rule-names-one", message))
    if form.valid_until is not None and form.valid_until < form.valid_from:
        errors.append(FieldError("/valid_until", "days-in-order", N_("The last day must not be before the first.")))
    seen = set()
    for position, one in enumerate(form.bounds):
        if one.most_minor is not None and one.most_minor < one.least_minor:
            message = N_("The most that is charged must not be below the least.")
            errors.append(FieldError(f"/bounds/{position}/most_minor", "bounds-in-order", message))
        if one.currency in seen:
            message = N_("Name each currency once.")
            errors.append(FieldError(f"/bounds/{position}/currency", "currency-twice", message))
        seen.add(one.currency)
    return errors


def _require_notice(first_day: date, earliest: date) -> None:
    if first_day < earliest:
        raise CommissionNoticeTooShort(days=NOTICE_DAYS, earliest=earliest)


def _meant(error: DBAPIError) -> Exception:
    if refused_by(error, "ex_commission_rules_one_at_a_time"):
        return CommissionRulesOverlap()
    return CommissionRuleOver() if refused_by(error, "commission_rules_ahead") else error


async def _tell(
    session: AsyncSession,
    actor: Actor,
    row: CommissionRule,
    first_day: date,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    await audit.record(session, actor, action, ENTITY, row.id, before=before, after=after)
    event = CommissionRuleChanges(
        rule_id=row.id,
        scope=row.scope,
        campaign_id=row.campaign_id,
        supplier_id=row.supplier_id,
        category_code=row.category_code,
        changes_on=first_day,
    )
    concerned = [one for one in (actor.organization_id, row.supplier_id) if one is not None]
    await announce(session, event, organizations=concerned)
