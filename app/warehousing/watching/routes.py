"""Reorder rules and alerts over HTTP, for whose items they are."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Invalid,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.warehousing.guards import ItemKeeper
from app.warehousing.watching import queries
from app.warehousing.watching.errors import ReorderRuleExists
from app.warehousing.watching.guards import OwnRule, RuleKeeper
from app.warehousing.watching.models import ReorderRule, StockAlert
from app.warehousing.watching.schemas import ReorderRuleChange, ReorderRuleIn, ReorderRuleOut, StockAlertOut
from app.warehousing.watching.usecases.keep_rules import change_rule, end_rule, make_rule
from app.warehousing.watching.views import alerts_out, rules_out

router = house_router(tags=["warehousing"])


async def _shown(session: Session, row: ReorderRule, response: Response) -> ReorderRuleOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await rules_out(session, [row]))[0]


@router.post(
    "/stock-items/{item_id}/reorder-rules",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, ReorderRuleExists, *ONCE),
)
async def post_reorder_rule(
    item_id: UUID, actor: ItemKeeper, form: ReorderRuleIn, session: Session, response: Response
) -> ReorderRuleOut:
    """Say when an item is to be ordered again: in one warehouse, or in all together."""
    row = await make_rule(session, actor, item_id, form)
    response.headers["Location"] = f"/v1/reorder-rules/{row.id}"
    return await _shown(session, row, response)


@router.get("/reorder-rules", responses=problems(Unauthenticated))
async def list_reorder_rules(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    item_id: UUID | None = None,
) -> Page[ReorderRuleOut]:
    """Your organization's reorder rules."""
    statement = queries.rules_of(actor.organization_id, item_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[ReorderRule.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await rules_out(session, rows), next_cursor=cursor)


@router.get("/reorder-rules/{reorder_rule_id}", responses=problems(*READ))
async def get_reorder_rule(row: OwnRule, session: Session, response: Response) -> ReorderRuleOut:
    """One reorder rule."""
    return await _shown(session, row, response)


@router.patch("/reorder-rules/{reorder_rule_id}", responses=problems(*READ, *EDITED, Invalid))
async def patch_reorder_rule(
    reorder_rule_id: UUID,
    actor: RuleKeeper,
    form: ReorderRuleChange,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> ReorderRuleOut:
    """Change a rule. Within a minute its alert follows."""
    return await _shown(session, await change_rule(session, actor, reorder_rule_id, form, expected=if_match), response)


@router.delete("/reorder-rules/{reorder_rule_id}", status_code=204, responses=problems(*READ, *EDITED))
async def delete_reorder_rule(
    reorder_rule_id: UUID, actor: RuleKeeper, if_match: IfMatch, session: Session, now: Now
) -> None:
    """Watch no longer. An open alert is closed; past ones stay."""
    await end_rule(session, actor, reorder_rule_id, expected=if_match, now=now)


@router.get("/stock-alerts", responses=problems(Unauthenticated))
async def list_stock_alerts(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    item_id: UUID | None = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only those that are open, or only past ones.")
    ] = None,
) -> Page[StockAlertOut]:
    """What is or was low of your items, newest first."""
    statement = queries.alerts_of(actor.organization_id, item_id, is_open)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockAlert.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await alerts_out(session, rows), next_cursor=cursor)
