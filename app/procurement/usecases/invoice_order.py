"""A supplier invoices what was ordered of him: one order, whole or by milestones, or what each member of a pool ordered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from babel.numbers import format_percent
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_, cldr, fallback_chain, translate
from app.parties import facade as parties
from app.procurement.milestone_names import milestone_name
from app.procurement.models import OrderLine, OrderMilestone, PurchaseOrder
from app.procurement.order_states import VOID, OrderOrigin, OrderPayment, OrderState
from app.procurement.pooled import PoolInvoices
from app.procurement.queries import orders as queries
from app.procurement.schemas.invoices import GoodsIn, OrderInvoiceIn
from app.procurement.usecases.order_steps import ENTITY, conflict, locked
from app.reference import facade as reference

POOL = "framework_order"
WHOLE = ""
_GRAM = Decimal("0.001")
_NOT_BINDING = frozenset({OrderState.DRAFT, OrderState.AWAITING_APPROVAL}) | VOID
_USUAL_DAYS = 30
_TO_THE_DOOR = ("DAP", "DPU", "DDP")
"""Rules under which the named place is where goods go; under the others the buyer fetches them, and takes them home."""


async def invoice_order(
    session: AsyncSession, actor: Actor, order_id: UUID, form: OrderInvoiceIn, *, now: datetime
) -> finance.IssuedInvoice:
    """Invoice an order that its supplier has acknowledged, or that a pool has placed: whole, by a milestone, or what is left of
    it. A pro-forma invoice is over the whole or a milestone, and charges nothing. Raises `OrderStateConflict`, `PartUnknown`,
    `Invalid`, and what an issue is refused with."""
    # The lock keeps invoices of one order one after the other, so that each knows those before it.
    order = await locked(session, order_id)
    if not is_binding(order):
        raise conflict(order)
    buyer = (await parties.organizations(session, [order.buyer_id]))[order.buyer_id]
    lines = await queries.lines(session, order_id)
    kind = finance.InvoiceKind(form.kind)
    _require_fitting(kind, form)
    if kind is finance.InvoiceKind.COMMERCIAL:
        drafted = await _for_customs(session, lines, form.goods, buyer.locale)
    else:
        drafted = tuple(_line(line, buyer.locale) for line in lines)
    draft = finance.InvoiceDraft(
        issuer_id=order.supplier_id,
        recipient_id=order.buyer_id,
        subject_kind=ENTITY,
        subject_id=order.id,
        currency=order.currency,
        lines=drafted,
        kind=kind,
        delivery=_delivery(order, form.delivered_on),
        prepaid_minor=form.prepaid_minor,
        terms_days=await _terms_days(session, order, form, now=now),
        discounts=_discounts(form),
        locale=buyer.locale,
        buyer_reference=order.buyer_reference,
        order_reference=order.number,
        contract_reference=order.pool_number,
        incoterm=_incoterm(order),
        export_reason=form.export_reason if kind is finance.InvoiceKind.COMMERCIAL else None,
        created_by=actor.person_id,
    )
    parts = [_part(one, order, buyer.locale) for one in await queries.milestones(session, order_id)]
    if kind is not finance.InvoiceKind.INVOICE:
        asked = finance.over_part(draft, parts, form.milestone) if form.milestone else draft
        return await finance.issue(session, actor, asked, now=now)
    return await finance.issue_part(session, actor, draft, parts, form.milestone, now=now)


def _require_fitting(kind: finance.InvoiceKind, form: OrderInvoiceIn) -> None:
    """What the kind has no place for is refused, and not left out in silence."""
    errors = []
    if kind is finance.InvoiceKind.COMMERCIAL and form.milestone is not None:
        message = N_("A commercial invoice tells customs of all the goods. Leave the milestone out.")
        errors.append(FieldError("/milestone", "milestone-not-for-customs", message))
    if kind is not finance.InvoiceKind.COMMERCIAL and form.goods:
        message = N_("Only a commercial invoice tells of goods what customs ask. Leave the goods out.")
        errors.append(FieldError("/goods", "goods-for-customs", message))
    if errors:
        raise Invalid(errors=errors)


def is_binding(order: PurchaseOrder) -> bool:
    """Whether the supplier has taken the order; what a pool has placed he had offered."""
    unanswered = order.state == OrderState.ISSUED and order.origin != OrderOrigin.POOL
    return order.state not in _NOT_BINDING and not unanswered


def charged_of(order_id: UUID, milestones: Sequence[OrderMilestone]) -> list[finance.Charged]:
    """What an invoice over a whole order charges for: the order, and each milestone with a share."""
    codes = [one.code for one in milestones if one.amount_minor]
    return [finance.Charged(ENTITY, order_id, code) for code in (WHOLE, *codes)]


def _part(milestone: OrderMilestone, order: PurchaseOrder, locale: str) -> finance.DraftPart:
    share = format_percent(Decimal(milestone.share_bp) / 10_000, locale=cldr(locale), decimal_quantization=False)
    name = translate(
        N_("Prepayment of {share} of order {number}: {milestone}"),
        locale,
        share=share,
        number=order.number,
        milestone=milestone_name(milestone.code, locale),
    )
    return finance.DraftPart(milestone.code, name, milestone.amount_minor)


async def _for_customs(
    session: AsyncSession, lines: Sequence[OrderLine], goods: Sequence[GoodsIn], locale: str
) -> tuple[finance.DraftLine, ...]:
    """The lines with HS code, origin and net mass: as the supplier says now, else as his catalogue does."""
    known = await catalog.variants(session, [one.variant_id for one in lines if one.variant_id], locale=locale)
    said = {one.position: one for one in goods}
    unknown = sorted(set(said) - {line.position for line in lines})
    if unknown:
        message = N_("The order has no line {line}.")
        raise Invalid(errors=[FieldError("/goods", "unknown-line", message, {"line": str(unknown[0])})])
    found = []
    for line in lines:
        own, listed = said.get(line.position), known.get(line.variant_id) if line.variant_id else None
        mass = listed.mass_kg * line.quantity if listed and listed.mass_kg and listed.unit == line.unit else None
        found.append(
            replace(
                _line(line, locale),
                hs_code=(own and own.hs_code) or (listed.hs_code if listed else None),
                origin_country=(own and own.origin_country) or (listed.origin_country if listed else None),
                net_mass_kg=(own and own.net_mass_kg) or (mass.quantize(_GRAM) if mass else None),
            )
        )
    return tuple(found)


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
    steps = await queries.milestones_by_order(session, [order.id for order in orders])
    charged = {order.id: charged_of(order.id, steps[order.id]) for order in orders}
    every = [one for found in charged.values() for one in found]
    standing = await finance.charged_by(session, actor.organization_id, every)
    by_buyer: dict[UUID, list[PurchaseOrder]] = defaultdict(list)
    for order in orders:
        # What is invoiced by its milestones goes on so.
        if not any(one in standing for one in charged[order.id]):
            by_buyer[order.buyer_id].append(order)
    firms = await parties.organizations(session, by_buyer)
    lines = await queries.lines_by_order(session, [order.id for found in by_buyer.values() for order in found])
    drafts = [
        _of_member(actor, found, charged, lines, firms[buyer_id].locale, prepaid_minor, delivered_on, terms_days)
        for buyer_id, found in by_buyer.items()
    ]
    issued = await finance.issue_all(session, actor, drafts, now=now)
    before = {one.id: one for one in standing.values()}
    return PoolInvoices(issued=issued, before=[before[key] for key in sorted(before)])


def _of_member(
    actor: Actor,
    orders: Sequence[PurchaseOrder],
    charged: Mapping[UUID, Sequence[finance.Charged]],
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
        charged=tuple(one for order in orders for one in charged[order.id]),
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
