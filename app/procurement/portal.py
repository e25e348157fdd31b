"""Orders for the pages that people look at, and how their suppliers invoice them there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.paging import PageRequest, fetch_page
from app.procurement.models import PurchaseOrder
from app.procurement.order_guards import AtOrder, at_order, at_order_as
from app.procurement.order_rules import milestone_may_become
from app.procurement.order_states import UNDER_WAY, MilestoneState, OrderState, Side
from app.procurement.queries import orders as queries
from app.procurement.schemas.invoices import OrderInvoiceIn
from app.procurement.schemas.orders import AcceptanceIn, DecisionReasonIn, EvidenceIn
from app.procurement.usecases.decide_milestone import accept_milestone, return_milestone
from app.procurement.usecases.invoice_order import WHOLE, charged_of, invoice_order, is_binding
from app.procurement.usecases.order_steps import ENTITY
from app.procurement.usecases.submit_evidence import submit_evidence
from app.procurement.views.orders import order_out, summaries

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order as one of its sides reads it. `charged` are the invoices that stand, by the milestone's code, and by none over
    the whole or the rest; `may_invoice` says whether the reader may issue invoices of it."""

    order: Document
    side: str
    charged: Mapping[str, finance.IssuedInvoice]
    may_invoice: bool

    @property
    def is_charged(self) -> bool:
        """Whether nothing is left to be charged; pro-forma and commercial invoices charge nothing."""
        return WHOLE in self.charged

    @property
    def open_milestones(self) -> list[Document]:
        """Those with a share that is not charged yet."""
        return [one for one in self.order["milestones"] if one["amount"]["minor"] and one["code"] not in self.charged]


async def own_orders(
    session: AsyncSession, actor: Actor, side: Side, page: PageRequest
) -> tuple[list[Document], str | None]:
    """A page of the orders that the actor's organization placed or received, newest first, as `GET /v1/orders` lists them."""
    actor.require(Permission.READ)
    statement = queries.orders_of(actor.organization_id, side, None)
    rows, cursor = await fetch_page(session, statement, page, keys=[PurchaseOrder.id], descending=True)
    return [one.model_dump(mode="json") for one in await summaries(session, rows)], cursor


async def own_order(session: AsyncSession, actor: Actor, order_id: UUID) -> OrderShown:
    """One of them, as `GET /v1/orders/{order_id}` shows it. Raises `NotFound`."""
    at = await at_order(order_id, actor, session)
    charged = charged_of(order_id, await queries.milestones(session, order_id))
    standing = await finance.charged_by(session, at.order.supplier_id, charged)
    by_code = {one.part: invoice for one, invoice in standing.items()}
    may = at.side is Side.SUPPLIER and actor.may(Permission.INVOICE) and is_binding(at.order)
    shown = (await order_out(session, actor, at.order)).model_dump(mode="json")
    return OrderShown(shown, at.side.value, by_code, may)


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """An order with how it is paid, and what this person may do at its milestones: of each, by its id, `evidence`, `accept` and
    `return`. `plan` is None where nothing is paid by milestones (yet)."""

    order: Document
    side: str
    plan: finance.schedules.Plan | None
    may: Mapping[str, frozenset[str]]


async def own_order_payment(session: AsyncSession, actor: Actor, order_id: UUID) -> OrderPayment:
    """How an order is paid, for its two sides. Raises `NotFound`."""
    at = await at_order(order_id, actor, session)
    shown = (await order_out(session, actor, at.order)).model_dump(mode="json")
    plan = await finance.schedules.plan_of(session, actor, (ENTITY, order_id))
    frozen = {key for key, part in plan.parts.items() if part.dispute_id} if plan else set()
    may = {
        one["id"]: _milestone_verbs(actor, at, one)
        for one in shown["milestones"]
        if OrderState(at.order.state) in UNDER_WAY and one["id"] not in frozen
    }
    return OrderPayment(shown, at.side.value, plan, may)


def _milestone_verbs(actor: Actor, at: AtOrder, milestone: Document) -> frozenset[str]:
    state = MilestoneState(milestone["state"]["code"])
    found = set()
    if at.side is Side.SUPPLIER and actor.may(Permission.FULFIL):
        shows = milestone_may_become(state, MilestoneState.SUBMITTED, at.side) and not milestone["waits_for"]
        found |= {"evidence"} if shows and actor.may(Permission.UPLOAD) else set()
    if at.side is Side.BUYER and actor.may(Permission.ACCEPT):
        steps = {"accept": MilestoneState.ACCEPTED, "return": MilestoneState.RETURNED}
        found |= {verb for verb, wanted in steps.items() if milestone_may_become(state, wanted, at.side)}
    return frozenset(found)


async def take_milestone_step(
    session: AsyncSession,
    actor: Actor,
    order_id: UUID,
    milestone_id: UUID,
    verb: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Show evidence, accept it or return it. Raises `NotFound` before `Forbidden`, and what the routes are refused with."""
    if verb == "evidence":
        at = await at_order_as(Side.SUPPLIER, Permission.FULFIL)(order_id, actor, session)
        await submit_evidence(session, actor, at.order.id, milestone_id, validated(EvidenceIn, values), now=now)
    elif verb == "accept":
        at = await at_order_as(Side.BUYER, Permission.ACCEPT)(order_id, actor, session)
        await accept_milestone(session, actor, at.order.id, milestone_id, validated(AcceptanceIn, values), now=now)
    elif verb == "return":
        at = await at_order_as(Side.BUYER, Permission.ACCEPT)(order_id, actor, session)
        await return_milestone(session, actor, at.order.id, milestone_id, validated(DecisionReasonIn, values))
    else:
        raise NotFound()


async def invoice_own_order(
    session: AsyncSession, actor: Actor, order_id: UUID, form: Mapping[str, Any], *, now: datetime
) -> UUID:
    """Invoice a received order with the form of `POST /v1/orders/{order_id}/invoices`; the invoice's id. Raises `NotFound`
    before `Forbidden`, and what the route is refused with."""
    at = await at_order_as(Side.SUPPLIER, Permission.INVOICE)(order_id, actor, session)
    checked = validated(OrderInvoiceIn, form)
    return (await invoice_order(session, actor, at.order.id, checked, now=now)).id
