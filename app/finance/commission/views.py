"""Rules, terms and agreements as their readers see them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance import shown
from app.finance.commission import queries
from app.finance.commission.models import CommissionAgreement, CommissionInvoice, CommissionRule
from app.finance.commission.rules import Decision, Rule, state_on
from app.finance.commission.schemas import (
    CommissionAgreementOut,
    CommissionAmountOut,
    CommissionBoundOut,
    CommissionCategoryOut,
    CommissionInvoiceOut,
    CommissionRuleBriefOut,
    CommissionRuleOut,
    CommissionSupplierOut,
    CommissionTermOut,
)
from app.finance.commission.states import (
    NO_RULE,
    REASONS,
    RULE_SCOPE_LABELS,
    RULE_STATE_LABELS,
    RuleScope,
)
from app.kit.locales import current_locale, translate
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.reference import facade as reference

_amount = shown.amounts(CommissionAmountOut)


def percent(rate_bp: int) -> Decimal:
    """450 basis points are 4.5 per cent."""
    return Decimal(format((Decimal(rate_bp) / 100).normalize(), "f"))


def percent_text(rate_bp: int) -> str:
    """The rate as the reader writes it."""
    return f"{reference.display_number(percent(rate_bp), current_locale())} %"


def _category(code: str | None) -> CommissionCategoryOut | None:
    if code is None:
        return None
    return CommissionCategoryOut(code=code, name=catalog.category_name(code, current_locale()))


def _brief(rule: Rule) -> CommissionRuleBriefOut:
    return CommissionRuleBriefOut(
        id=rule.id,
        scope=labelled(rule.scope, RULE_SCOPE_LABELS),
        campaign_id=rule.campaign_id,
        category=_category(rule.category_code),
        rate_bp=rule.rate_bp,
        rate_percent=percent(rule.rate_bp),
        rate_text=percent_text(rule.rate_bp),
        bounds=[
            CommissionBoundOut(
                currency=currency,
                least=_amount(bound.least_minor, currency),
                most=None if bound.most_minor is None else _amount(bound.most_minor, currency),
            )
            for currency, bound in sorted(rule.bounds.items())
        ],
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
    )


async def rules_out(session: AsyncSession, rows: Sequence[CommissionRule], today: date) -> list[CommissionRuleOut]:
    """A page of rules, in as many statements as for one."""
    firms = await parties.organizations(session, [row.supplier_id for row in rows if row.supplier_id is not None])
    return [_rule(row, firms, today) for row in rows]


def _rule(row: CommissionRule, firms: Mapping[UUID, OrganizationRef], today: date) -> CommissionRuleOut:
    firm = firms.get(row.supplier_id) if row.supplier_id is not None else None
    state = state_on(row.valid_from, row.valid_until, withdrawn=row.withdrawn_at is not None, day=today)
    return CommissionRuleOut(
        **dict(_brief(queries.rule_of(row))),
        state=labelled(state, RULE_STATE_LABELS),
        supplier=_supplier(firm) if firm else None,
        created_at=row.created_at,
    )


def term_out(code: str | None, decision: Decision) -> CommissionTermOut:
    """What applies to a category, and why."""
    rate_bp = decision.rule.rate_bp if decision.rule else 0
    return CommissionTermOut(
        category=_category(code),
        rate_percent=percent(rate_bp),
        rate_text=percent_text(rate_bp),
        rule=_brief(decision.rule) if decision.rule else None,
        reason=_reason(decision.rule),
        passed_over=[_brief(rule) for rule in decision.passed_over],
    )


def _reason(rule: Rule | None) -> str:
    if rule is None:
        return translate(NO_RULE)
    if rule.scope is RuleScope.CATEGORY and rule.category_code is not None:
        return translate(REASONS[rule.scope], category=catalog.category_name(rule.category_code, current_locale()))
    return translate(REASONS[rule.scope])


def agreement_out(row: CommissionAgreement) -> CommissionAgreementOut:
    """The frozen terms of a deal."""
    return CommissionAgreementOut(
        id=row.id,
        deal_kind=row.deal_kind,
        deal_id=row.deal_id,
        agreed_on=row.agreed_on,
        currency=row.currency,
        rate_bp=row.rate_bp,
        rate_percent=percent(row.rate_bp),
        rate_text=percent_text(row.rate_bp),
        least=_amount(row.least_minor, row.currency),
        most=None if row.most_minor is None else _amount(row.most_minor, row.currency),
        category=_category(row.category_code),
        campaign_id=row.campaign_id,
        rule_id=row.rule_id,
    )


async def invoices_out(session: AsyncSession, rows: Sequence[CommissionInvoice]) -> list[CommissionInvoiceOut]:
    """A page of invoices over commission, in as many statements as for one."""
    firms = await parties.organizations(session, [row.supplier_id for row in rows])
    return [
        CommissionInvoiceOut(
            id=row.id,
            month=f"{row.month:%Y-%m}",
            number=row.number,
            supplier=_supplier(firms[row.supplier_id]),
            invoice_id=row.invoice_id,
            credits_id=row.credits_id,
            net=_amount(row.net_minor, row.currency),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _supplier(firm: OrganizationRef) -> CommissionSupplierOut:
    return CommissionSupplierOut(id=firm.id, code=firm.code, name=firm.legal_name_local)
