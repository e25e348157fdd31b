"""Write the orders of an award: what the quote says, copied once and for all, and the milestones of a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.gateways.payments import payable_step_minor
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.procurement.models import (
    Award,
    Inquiry,
    InquiryLine,
    OrderLine,
    OrderMilestone,
    PurchaseOrder,
    Quote,
    QuotePrice,
    QuoteTerms,
)
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.order_errors import OrderNotDraft, OrderTooLarge
from app.procurement.order_rules import LARGEST_TOTAL_MINOR, order_number, split_minor
from app.procurement.order_states import OrderLineKind, OrderState
from app.procurement.queries import orders as queries
from app.procurement.rules import line_total_minor
from app.procurement.schemas.orders import AwardIn, OrderChangeIn
from app.procurement.usecases.order_texts import keep_terms
from app.procurement.usecases.payment_terms import columns_of

ENTITY = "order"
PIECE = "H87"
_STEP = 100
"""Positions of milestones lie this far apart, so that repeat trials find room between them."""

_CATEGORIES = {
    "injection": "injection-moulds",
    "lsr": "lsr-moulds",
    "compression": "compression-moulds",
    "transfer": "compression-moulds",
    "die_casting_high_pressure": "die-casting-dies",
    "die_casting_low_pressure": "die-casting-dies",
    "die_casting_gravity": "die-casting-dies",
    "stamping_progressive": "stamping-dies",
    "stamping_transfer": "stamping-dies",
    "stamping_single": "stamping-dies",
    "blow_extrusion": "blow-moulds",
    "blow_injection": "blow-moulds",
    "blow_stretch": "blow-moulds",
    "extrusion_die": "extrusion-dies",
    "thermoforming": "thermoforming-moulds",
    "rotational": "rotational-moulds",
}
"""Process of a custom mould → its category in the catalogue."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of one quote is awarded: lines of the inquiry with their prices, and extras."""

    quote: Quote
    terms: QuoteTerms
    lines: tuple[tuple[InquiryLine, QuotePrice], ...]
    extras: tuple[QuotePrice, ...]

    @property
    def total_minor(self) -> int:
        """The exact sum of the lines and extras, each rounded to a minor unit once."""
        lines = sum(
            line_total_minor(price.price_minor, price.per_quantity, line.quantity) for line, price in self.lines
        )
        return lines + sum(price.price_minor for price in self.extras)


async def category_of(session: AsyncSession, lines: Sequence[InquiryLine]) -> dict[UUID, str]:
    """The catalogue's category of each line that has one: of the item, or of a custom mould by its process."""
    wanted = [line.variant_id for line in lines if line.variant_id is not None]
    variants = await catalog.variants(session, wanted) if wanted else {}
    found: dict[UUID, str] = {}
    for line in lines:
        if line.variant_id is not None and line.variant_id in variants:
            found[line.id] = variants[line.variant_id].category_code
        elif line.spec is not None:
            found[line.id] = _CATEGORIES.get(str(line.spec.get("process")), "complete-moulds")
    return found


def template_for(asked: str | None, inquiry: Inquiry, lines: Sequence[InquiryLine]) -> str:
    """Which template an order follows: the one asked for, the inquiry's, or what suits moulds or standard parts."""
    if asked is not None:
        _known_template(asked)
    made_to_order = any(line.variant_id is None for line in lines)
    return asked or inquiry.milestone_template or ("split_40_60" if made_to_order else "on_shipment")


async def draft_order(
    session: AsyncSession,
    actor: Actor,
    award: Award,
    inquiry: Inquiry,
    choice: Choice,
    categories: dict[UUID, str],
    form: AwardIn,
    *,
    now: datetime,
) -> PurchaseOrder:
    """One draft with its lines and milestones. Raises `OrderTooLarge`."""
    total = choice.total_minor
    if total > LARGEST_TOTAL_MINOR:
        raise OrderTooLarge(limit_minor=LARGEST_TOTAL_MINOR)
    count = await queries.next_number(session, inquiry.buyer_id, now.year)
    order = PurchaseOrder(
        id=new_id(),
        buyer_id=inquiry.buyer_id,
        supplier_id=choice.quote.supplier_id,
        number=order_number(now.year, count),
        inquiry_id=inquiry.id,
        award_id=award.id,
        quote_id=choice.quote.id,
        title=inquiry.title,
        title_locale=inquiry.locale,
        currency=choice.terms.currency,
        total_minor=total,
        incoterm=choice.terms.incoterm,
        incoterm_place=choice.terms.incoterm_place,
        lead_time_days=choice.terms.lead_time_days,
        quote_reference=choice.terms.reference,
        milestone_template=template_for(form.milestone_template, inquiry, [line for line, _ in choice.lines]),
        payment=form.payment,
        requested_on=inquiry.required_on,
        terms=form.terms,
        terms_locale=(form.terms_locale or actor.locale) if form.terms else None,
        created_by=actor.person_id,
        **columns_of(form.payment_terms),
    )
    session.add(order)
    await session.flush()
    session.add_all(_lines(order, choice, categories))
    session.add_all(milestones_of(order))
    await session.flush()
    await keep_terms(session, order)
    after = {
        "number": order.number,
        "supplier_id": order.supplier_id,
        "total_minor": total,
        "currency": order.currency,
        "lines": len(choice.lines) + len(choice.extras),
        "milestone_template": order.milestone_template,
    }
    await audit.record(session, actor, "order.draft", ENTITY, order.id, after=after)
    return order


async def change_draft(
    session: AsyncSession, actor: Actor, order_id: UUID, form: OrderChangeIn, *, version: int | None
) -> PurchaseOrder:
    """Change what the buyer may change of a draft, as read at `version`. What was quoted stays."""
    order = await queries.lock_order(session, order_id)
    assert order is not None, "the guard found it"
    require_version(order.version, version)
    if order.state != OrderState.DRAFT:
        raise OrderNotDraft()
    given = form.model_fields_set
    terms = columns_of(form.payment_terms) if form.payment_terms is not None else {}
    edited = sorted((given - {"payment_terms"}) | set(terms))
    before = {name: getattr(order, name) for name in edited}
    for name, value in terms.items():
        setattr(order, name, value)
    if form.milestone_template is not None and form.milestone_template != order.milestone_template:
        _known_template(form.milestone_template)
        order.milestone_template = form.milestone_template
        await queries.drop_milestones(session, order.id)
        session.add_all(milestones_of(order))
    if form.payment is not None:
        order.payment = form.payment
    if "buyer_reference" in given:
        order.buyer_reference = form.buyer_reference
    if "requested_on" in given:
        order.requested_on = form.requested_on
    if "terms" in given:
        order.terms = form.terms
        order.terms_locale = (form.terms_locale or actor.locale) if form.terms else None
    order.version += 1
    await session.flush()
    await keep_terms(session, order)
    after = {name: getattr(order, name) for name in edited}
    await audit.record(session, actor, "order.edit", ENTITY, order.id, before=before, after=after)
    return order


def _lines(order: PurchaseOrder, choice: Choice, categories: dict[UUID, str]) -> list[OrderLine]:
    owned = {"order_id": order.id, "buyer_id": order.buyer_id, "supplier_id": order.supplier_id}
    found = [
        OrderLine(
            id=new_id(),
            position=position,
            kind=OrderLineKind.LINE,
            inquiry_line_id=line.id,
            inquiry_position=line.position,
            variant_id=line.variant_id,
            sku=line.sku,
            category_code=categories.get(line.id),
            spec=line.spec,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            price_minor=price.price_minor,
            per_quantity=price.per_quantity,
            total_minor=line_total_minor(price.price_minor, price.per_quantity, line.quantity),
            **owned,
        )
        for position, (line, price) in enumerate(choice.lines, start=1)
    ]
    found += [
        OrderLine(
            id=new_id(),
            position=position,
            kind=OrderLineKind.EXTRA,
            description=price.label or "",
            quantity=1,
            unit=PIECE,
            price_minor=price.price_minor,
            per_quantity=1,
            total_minor=price.price_minor,
            **owned,
        )
        for position, price in enumerate(choice.extras, start=len(found) + 1)
    ]
    return found


def milestones_of(order: PurchaseOrder) -> list[OrderMilestone]:
    """The milestones of the order's template, with their shares of its total."""
    steps = milestone_catalogue().templates[order.milestone_template].milestones
    shares = [step.share_percent * 100 for step in steps]
    amounts = split_minor(order.total_minor, shares, payable_step_minor(order.currency))
    return [
        OrderMilestone(
            id=new_id(),
            order_id=order.id,
            buyer_id=order.buyer_id,
            supplier_id=order.supplier_id,
            position=number * _STEP,
            code=step.code,
            share_bp=step.share_percent * 100,
            amount_minor=amount,
            due_offset_weeks=step.due_offset_weeks,
            evidence_kinds=list(step.evidence),
            after=list(step.after),
            optional=step.optional,
        )
        for number, (step, amount) in enumerate(zip(steps, amounts, strict=True), start=1)
    ]


def _known_template(code: str) -> None:
    known = milestone_catalogue().templates
    if code not in known:
        expected = {"expected": list(known)}
        raise Invalid(
            errors=[FieldError("/milestone_template", "unknown-template", N_("Choose one of: {expected}."), expected)]
        )
