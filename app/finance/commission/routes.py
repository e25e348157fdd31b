"""Rules of commission for the operator; what a supplier pays, and what was agreed for his deals."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.catalog import facade as catalog
from app.finance.commission import queries
from app.finance.commission.errors import CommissionNoticeTooShort, CommissionRuleOver, CommissionRulesOverlap
from app.finance.commission.guards import Bookkeeper, Operator
from app.finance.commission.invoice_routes import router as invoice_router
from app.finance.commission.models import CommissionAgreement, CommissionRule
from app.finance.commission.rules import Asked, decide
from app.finance.commission.schemas import (
    CommissionAgreementOut,
    CommissionRuleEndIn,
    CommissionRuleIn,
    CommissionRuleOut,
    CommissionTermOut,
    CommissionTermsOut,
    Day,
)
from app.finance.commission.states import RuleScope
from app.finance.commission.usecases import change_rules
from app.finance.commission.usecases.tell_suppliers import terms_by_category
from app.finance.commission.views import agreement_out, rules_out, term_out
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["commission"])
routers = [router, invoice_router]

OnDay = Annotated[Day | None, Query(description="A day (UTC); absent for today.")]


@router.get("/commission-terms", responses=problems(Unauthenticated, Forbidden))
async def get_commission_terms(
    actor: Bookkeeper, session: Session, now: Now, response: Response, on: OnDay = None
) -> CommissionTermsOut:
    """What your organization pays for deals made today, or on another day: by the categories of its listings, and for anything
    else; by which rule, and why. Terms of a campaign stand with the campaign's deals. Nothing for who supplies nothing."""
    response.headers["Cache-Control"] = PRIVATE
    day = on or now.date()
    if "supplier" not in actor.organization_roles:
        return CommissionTermsOut(day=day, terms=[])
    found = await terms_by_category(session, actor.organization_id, day)
    return CommissionTermsOut(day=day, terms=[term_out(code, decision) for code, decision in found.items()])


@router.get("/commission-agreements", responses=problems(Unauthenticated, Forbidden))
async def list_commission_agreements(
    actor: Bookkeeper, session: Session, page: Paging, request: Request, response: Response
) -> Page[CommissionAgreementOut]:
    """The terms that were frozen for your organization's deals as their supplier; newest first."""
    statement = queries.agreements_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[CommissionAgreement.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[agreement_out(row) for row in rows], next_cursor=cursor)


@router.get("/operator/commission-rules", responses=problems(Unauthenticated, Forbidden))
async def list_commission_rules(
    actor: Operator,
    session: Session,
    now: Now,
    page: Paging,
    request: Request,
    response: Response,
    scope: Annotated[RuleScope | None, Query(description="Only those about this kind of thing.")] = None,
    supplier_id: Annotated[UUID | None, Query(description="Only those for this supplier alone.")] = None,
    on: Annotated[date | None, Query(description="Only those that hold on this day (UTC).")] = None,
) -> Page[CommissionRuleOut]:
    """All rules of commission, newest first. For the operator."""
    statement = queries.rules(scope=scope, supplier_id=supplier_id, on=on)
    rows, cursor = await fetch_page(session, statement, page, keys=[CommissionRule.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await rules_out(session, rows, now.date()), next_cursor=cursor)


@router.get("/operator/commission-decision", responses=problems(Unauthenticated, Forbidden))
async def get_commission_decision(
    actor: Operator,
    session: Session,
    now: Now,
    response: Response,
    supplier_id: Annotated[UUID, Query(description="Who supplies.")],
    category_code: Annotated[str | None, Query(max_length=80, description="What is dealt in.")] = None,
    campaign_id: Annotated[UUID | None, Query(description="The campaign that a deal is of.")] = None,
    on: OnDay = None,
) -> CommissionTermOut:
    """Which rule would apply to a deal, why, and which ones it goes before. For the operator."""
    asked = Asked(supplier_id, catalog.category_path(category_code) if category_code else (), campaign_id)
    rules = await queries.rules_on(session, asked.candidates(), on or now.date())
    response.headers["Cache-Control"] = PRIVATE
    return term_out(asked.path[-1] if asked.path else None, decide(rules, asked))


@router.post(
    "/operator/commission-rules",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(
        Unauthenticated, Forbidden, *ONCE, Invalid, CommissionNoticeTooShort, CommissionRulesOverlap, CommissionRuleOver
    ),
)
async def post_commission_rule(
    actor: Operator, form: CommissionRuleIn, session: Session, now: Now, response: Response
) -> CommissionRuleOut:
    """Make a rule. Suppliers for whom it changes anything are told at once; the days of notice lie between. For the operator."""
    row = await change_rules.make_rule(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/operator/commission-rules/{row.id}"
    return await _shown(session, row, response, now.date())


@router.get("/operator/commission-rules/{commission_rule_id}", responses=problems(*READ))
async def get_commission_rule(
    commission_rule_id: UUID, actor: Operator, session: Session, now: Now, response: Response
) -> CommissionRuleOut:
    """One rule. For the operator."""
    row = await queries.rule(session, commission_rule_id)
    if row is None:
        raise NotFound()
    return await _shown(session, row, response, now.date())


@router.post(
    "/operator/commission-rules/{commission_rule_id}/end",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, CommissionNoticeTooShort, CommissionRulesOverlap, CommissionRuleOver),
)
async def post_commission_rule_end(
    commission_rule_id: UUID, actor: Operator, form: CommissionRuleEndIn, session: Session, now: Now, response: Response
) -> CommissionRuleOut:
    """Give a rule another last day, or withdraw one that has not begun. For the operator."""
    row = await change_rules.end_rule(session, actor, commission_rule_id, form, now=now)
    return await _shown(session, row, response, now.date())


async def _shown(session: Session, row: CommissionRule, response: Response, today: date) -> CommissionRuleOut:
    response.headers["Cache-Control"] = PRIVATE
    [shown] = await rules_out(session, [row], today)
    return shown
