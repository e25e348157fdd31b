"""A supplier invoices what was ordered of him: one order, or what each member of a pool ordered under a framework order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_, fallback_chain
from app.parties import facade as parties
from app.procurement.models import OrderLine, PurchaseOrder
from app.procurement.order_states import VOID, OrderOrigin, OrderPayment, OrderState
from app.procurement.pooled import PoolInvoices
from app.procurement.queries import orders as queries
from app.procurement.schemas.invoices import OrderInvoiceIn
from app.procurement.usecases.order_steps import ENTITY, conflict, locked
from app.reference import facade as reference

POOL = "framework_order"
_NOT_BINDING = frozenset({OrderState.DRAFT, OrderState.AWAITING_APPROVAL}) | VOID
_USUAL_DAYS = 30
_TO_THE_DOOR = ("DAP", "DPU", "DDP")
"""Rules under which the named place is where goods go; under the others the buyer fetches them, and takes them home."""


async def invoice_order(
    session: AsyncSession, actor: Actor, order_id: UUID, form: OrderInvoiceIn, *, now: datetime
) -> finance.IssuedInvoice:
    """Invoice an order that its supplier has acknowledged, or that a pool has placed. Raises `OrderStateConflict` and what an
    issue is refused with."""
    order = await locked(session, order_id)
    unanswered = order.state == OrderState.ISSUED and order.origin != OrderOrigin.POOL
    if order.state in _NOT_BINDING or unanswered:
        raise conflict(order)
    buyer = (await parties.organizations(session, [order.buyer_id]))[order.buyer_id]
    lines = await queries.lines(session, order_id)
    draft = finance.InvoiceDraft(
        issuer_id=order.supplier_id,
        recipient_id=order.buyer_id,
        subject_kind=ENTITY,
        subject_id=order.id,
        currency=order.currency,
        lines=tuple(_line(line, buyer.locale) for line in lines),
        charged=(finance.Charged(ENTITY, order.id),),
        kind=finance.InvoiceKind(form.kind),
        delivery=_delivery(order, form.delivered_on),
        prepaid_minor=form.prepaid_minor,
        terms_days=await _terms_days(session, order, form, now=now),
        discounts=_discounts(form),
        locale=buyer.locale,
        buyer_reference=order.buyer_reference,
        order_reference=order.number,
        contract_reference=order.pool_number,
        incoterm=_incoterm(order),
        created_by=actor.person_id,
    )
    return await finance.issue(session, actor, draft, now=now)


async def _terms_days(session: AsyncSession, order: PurchaseOrder, form: OrderInvoiceIn, *, now: datetime) -> int:
    """What the supplier says; else what he granted the buyer who orders on account."""
    if form.terms_days is not None:
        return form.terms_days
    if order.payment == OrderPayment.ACCOUNT:
        line = await finance.credit_line(session, order.supplier_id, order.buyer_id, order.currency)
        return line.payment_days if line else _USUAL_DAYS
    return _USUAL_DAYS


def _discounts(form: OrderInvoiceIn) -> tuple[finance.DiscountStep, ...] | None:
    if form.discounts is None:
        return None
    steps = tuple(finance.DiscountStep(one.within_days, one.rate_bp) for one in form.discounts)
    if not finance.falling([(one.within_days, one.rate_bp) for one in steps]):
        message = N_("Name early-payment discounts by rising days, each with a lower rate than the one before.")
        raise Invalid(errors=[FieldError("/discounts", "discounts-in-order", message)])
    return steps


async def invoice_pool(
    session: AsyncSession,
    actor: Actor,
    pool_id: UUID,
    *,
    prepaid_minor: Mapping[UUID, int],
    delivered_on: date | None,
    terms_days: int,
    now: datetime,
) -> PoolInvoices:
    """One invoice for each member over his orders under a framework order that bind and are not invoiced yet, in his language.

    `prepaid_minor` is what was paid already, by order. Call it while acting for the supplier. A second time nothing is issued.
    """
    orders = [one for one in await queries.all_orders_of_pool(session, pool_id) if one.state not in _NOT_BINDING]
    charged = {order.id: finance.Charged(ENTITY, order.id) for order in orders}
    standing = await finance.charged_by(session, actor.organization_id, charged.values())
    by_buyer: dict[UUID, list[PurchaseOrder]] = defaultdict(list)
    for order in orders:
        if charged[order.id] not in standing:
            by_buyer[order.buyer_id].append(order)
    firms = await parties.organizations(session, by_buyer)
    lines = await queries.lines_by_order(session, [order.id for found in by_buyer.values() for order in found])
    drafts = [
        _of_member(actor, found, lines, firms[buyer_id].locale, prepaid_minor, delivered_on, terms_days)
        for buyer_id, found in by_buyer.items()
    ]
    issued = await finance.issue_all(session, actor, drafts, now=now)
    before = {one.id: one for one in standing.values()}
    return PoolInvoices(issued=issued, before=[before[key] for key in sorted(before)])


def _of_member(
    actor: Actor,
    orders: Sequence[PurchaseOrder],
    lines: Mapping[UUID, Sequence[OrderLine]],
    locale: str,
    prepaid_minor: Mapping[UUID, int],
    delivered_on: date | None,
    terms_days: int,
) -> finance.InvoiceDraft:
    first = orders[0]
    assert first.pool_id is not None
    several = len(orders) > 1
    return finance.InvoiceDraft(
        issuer_id=first.supplier_id,
        recipient_id=first.buyer_id,
        subject_kind=POOL,
        subject_id=first.pool_id,
        currency=first.currency,
        lines=tuple(
            _line(line, locale, order.number if several else None) for order in orders for line in lines[order.id]
        ),
        charged=tuple(finance.Charged(ENTITY, order.id) for order in orders),
        delivery=_delivery(first, delivered_on),
        prepaid_minor=sum(prepaid_minor.get(order.id, 0) for order in orders),
        terms_days=terms_days,
        locale=locale,
        buyer_reference=first.buyer_reference,
        order_reference=", ".join(order.number for order in orders)[:200],
        contract_reference=first.pool_number,
        incoterm=_incoterm(first),
        created_by=actor.person_id,
    )


def _line(line: OrderLine, locale: str, order_number: str | None = None) -> finance.DraftLine:
    """An order's line as it was agreed, in the words that the reader knows best."""
    texts = {tag: found["text"] for tag, found in (line.texts or {}).items()}
    words = next((texts[tag] for tag in fallback_chain(locale) if tag in texts), line.description)
    name, _, rest = words.strip().partition("\n")
    position = str(line.position)
    return finance.DraftLine(
        name=name[:200],
        description=(name[200:] + rest).strip()[:1000] or None,
        quantity=line.quantity,
        unit=line.unit,
        price_minor=line.price_minor,
        price_base=line.per_quantity,
        seller_item_id=line.sku,
        order_line=f"{order_number}/{position}" if order_number else position,
    )


def _delivery(order: PurchaseOrder, on: date | None) -> finance.DraftDelivery:
    place = reference.find_place(order.incoterm_place) if order.incoterm in _TO_THE_DOOR else None
    if place is None:
        return finance.DraftDelivery(on=on)
    return finance.DraftDelivery(on=on, country=place.country, city=place.name)


def _incoterm(order: PurchaseOrder) -> str:
    place = reference.find_place(order.incoterm_place)
    return f"{order.incoterm} {place.name if place else order.incoterm_place} (Incoterms 2020)"
