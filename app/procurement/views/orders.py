"""Awards and orders as both sides read them."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.actor import Actor
from app.kit.locales import NP_, current_locale, translate
from app.kit.schemas import Labelled, labelled
from app.kit.tables import harmless
from app.language import facade as language
from app.language.facade import ShownText
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.procurement.models import Award, Inquiry, OrderLine, PurchaseOrder
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.order_states import (
    ORDER_ORIGIN_LABELS,
    ORDER_PAYMENT_LABELS,
    ORDER_STATE_LABELS,
    SIDE_LABELS,
    OrderLineKind,
    Side,
)
from app.procurement.queries import awards as award_queries
from app.procurement.queries import orders as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.schemas.common import TextOut
from app.procurement.schemas.inquiries import IncotermOut, SpecGroupOut
from app.procurement.schemas.orders import (
    ApprovalNoteOut,
    AwardedLineOut,
    AwardOut,
    ConfirmedPriceOut,
    OrderLineOut,
    OrderOut,
    OrderPoolOut,
    OrderStepOut,
    OrderSummaryOut,
    PaymentTermsOfOrderOut,
)
from app.procurement.states import INQUIRY_STATE_LABELS
from app.procurement.usecases.inquiry_texts import ENTITY as INQUIRY
from app.procurement.usecases.inquiry_texts import line_field, spec_field
from app.procurement.usecases.order_texts import ANSWER, ENTRY, ORDER, TERMS
from app.procurement.usecases.quote_texts import QUOTE
from app.procurement.views import common, moulds
from app.procurement.views.milestones import milestones_out
from app.reference import facade as reference

Shown = Mapping[tuple[str, UUID, str], ShownText]

_COLUMNS = {
    "number": NP_("order column", "Order"),
    "state": NP_("order column", "State"),
    "title": NP_("order column", "Title"),
    "buyer": NP_("order column", "Buyer"),
    "supplier": NP_("order column", "Supplier"),
    "total": NP_("order column", "Total"),
    "currency": NP_("order column", "Currency"),
    "created_at": NP_("order column", "Created (UTC)"),
    "issued_at": NP_("order column", "Issued (UTC)"),
    "confirmed_delivery_on": NP_("order column", "Confirmed delivery"),
}


async def summaries(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> list[OrderSummaryOut]:
    """A page of orders, in as many statements as for one."""
    firms = await parties.organizations(
        session, [firm_id for order in orders for firm_id in (order.buyer_id, order.supplier_id)]
    )
    inquiries = {(INQUIRY, order.inquiry_id) for order in orders if order.inquiry_id}
    shown = await language.shown_texts(session, sorted(inquiries), current_locale())
    return [_summary(order, firms, shown) for order in orders]


def _summary(order: PurchaseOrder, firms: Mapping[UUID, OrganizationRef], shown: Shown) -> OrderSummaryOut:
    return OrderSummaryOut(
        id=order.id,
        number=order.number,
        state=labelled(order.state, ORDER_STATE_LABELS),
        title=_title(order, shown),
        buyer=common.firm(firms, order.buyer_id),
        supplier=common.firm(firms, order.supplier_id),
        total=common.money(order.total_minor, order.currency),
        payment=labelled(order.payment, ORDER_PAYMENT_LABELS),
        origin=labelled(order.origin, ORDER_ORIGIN_LABELS),
        inquiry_id=order.inquiry_id,
        pool=OrderPoolOut(id=order.pool_id, number=order.pool_number) if order.pool_id and order.pool_number else None,
        created_at=order.created_at,
        issued_at=order.issued_at,
        confirmed_delivery_on=order.confirmed_delivery_on,
    )


def _title(order: PurchaseOrder, shown: Shown) -> TextOut:
    """Of an award in the words of the inquiry; of the catalogue or a pool in those that were copied."""
    if order.inquiry_id is None:
        return common.written_in_all(order.title, order.title_locale, order.title_texts or {})
    return common.written(order.title, order.title_locale, shown.get((INQUIRY, order.inquiry_id, "title")))


async def order_out(session: AsyncSession, actor: Actor, order: PurchaseOrder) -> OrderOut:
    """The whole order, as far as the reader's side may know it."""
    lines = await queries.lines(session, order.id)
    milestones = await queries.milestones(session, order.id)
    entries = await queries.milestone_events(session, order.id)
    history = await queries.history(session, order.id)
    firms = await parties.organizations(session, [order.buyer_id, order.supplier_id])
    entities = [(ORDER, order.id), *((ENTRY, entry.id) for entry in entries)]
    quoted = None
    if order.inquiry_id is not None and order.quote_id is not None:
        entities += [(INQUIRY, order.inquiry_id), (QUOTE, order.quote_id)]
        quoted = (await quote_queries.terms(session, [order.quote_id])).get(order.quote_id)
    shown = await language.shown_texts(session, entities, current_locale())
    is_buyer = order.buyer_id == actor.organization_id
    quoted_locale = (quoted.notes_locale if quoted else None) or firms[order.supplier_id].locale
    approval = ApprovalNoteOut(id=order.approval_id, comment=order.approval_comment) if order.approval_id else None
    return OrderOut(
        **_summary(order, firms, shown).model_dump(),
        version=order.version,
        quote_id=order.quote_id,
        quote_reference=order.quote_reference,
        buyer_reference=order.buyer_reference,
        incoterm=IncotermOut(code=order.incoterm, place=order.incoterm_place),
        lead_time_days=order.lead_time_days,
        requested_on=order.requested_on,
        terms=_optional(order.terms, order.terms_locale, shown.get((ORDER, order.id, TERMS))),
        milestone_template=_template(order.milestone_template),
        payment_terms=_payment_terms(order),
        acknowledged_at=order.acknowledged_at,
        rejected_at=order.rejected_at,
        cancelled_at=order.cancelled_at,
        closed_at=order.closed_at,
        answer=_optional(order.answer_note, order.answer_locale, shown.get((ORDER, order.id, ANSWER))),
        approval=approval if is_buyer else None,
        lines=[_line(actor, order, line, shown, quoted_locale) for line in lines],
        milestones=await milestones_out(session, order, milestones, entries, shown),
        history=[
            OrderStepOut(
                state=labelled(step.state, ORDER_STATE_LABELS),
                side=labelled(Side.BUYER if step.organization_id == order.buyer_id else Side.SUPPLIER, SIDE_LABELS),
                occurred_at=step.occurred_at,
            )
            for step in history
        ],
    )


def _optional(text: str | None, locale: str | None, shown: ShownText | None) -> TextOut | None:
    return common.written(text, locale, shown) if text and locale else None


def _payment_terms(order: PurchaseOrder) -> PaymentTermsOfOrderOut:
    return PaymentTermsOfOrderOut(
        retention_percent=common.plain_decimal(Decimal(order.retention_bp) / 100),
        retention_days=order.retention_days,
        silence_days=order.silence_days,
        payment_days=order.payment_days,
    )


def _template(code: str) -> Labelled:
    found = milestone_catalogue().templates.get(code)
    return Labelled(code=code, label=found.names[current_locale()] if found else code)


def _description(order: PurchaseOrder, line: OrderLine, shown: Shown, quoted_locale: str) -> TextOut:
    """In the buyer's words, as the inquiry has it; an extra in those of the supplier, who named it in his quote; an item of
    the catalogue in those of its listing, a pooled line in those of its pool."""
    if line.texts is not None and line.description_locale is not None:
        return common.written_in_all(line.description, line.description_locale, line.texts)
    if line.inquiry_position is not None and order.inquiry_id is not None:
        key = (INQUIRY, order.inquiry_id, line_field(line.inquiry_position))
        return common.written(line.description, order.title_locale, shown.get(key))
    of_quote = (text for (kind, _, _), text in shown.items() if kind == QUOTE)
    named = next((text for text in of_quote if text.source_text == line.description), None)
    return common.written(line.description, quoted_locale, named)


def _line(actor: Actor, order: PurchaseOrder, line: OrderLine, shown: Shown, quoted_locale: str) -> OrderLineOut:
    return OrderLineOut(
        id=line.id,
        position=line.position,
        kind=OrderLineKind(line.kind).value,
        description=_description(order, line, shown, quoted_locale),
        sku=line.sku,
        variant_id=line.variant_id,
        category_code=line.category_code,
        spec=_spec(actor, order, line, shown),
        quantity=common.quantity(line.quantity, line.unit, actor),
        price=common.money(line.price_minor, order.currency),
        per_quantity=common.plain_decimal(line.per_quantity),
        total=common.money(line.total_minor, order.currency),
        lead_time_days=line.lead_time_days,
        confirmed=_confirmed(line),
    )


def _confirmed(line: OrderLine) -> ConfirmedPriceOut | None:
    if line.confirmation_id is None or line.price_source is None:
        return None
    return ConfirmedPriceOut(
        confirmation_id=line.confirmation_id,
        source=labelled(line.price_source, catalog.PRICE_SOURCE_LABELS),
        price_list_id=line.price_list_id,
        price_list_code=line.price_list_code,
        price_list_edition=line.price_list_edition,
    )


def _spec(actor: Actor, order: PurchaseOrder, line: OrderLine, shown: Shown) -> list[SpecGroupOut] | None:
    if line.spec is None or line.inquiry_position is None or order.inquiry_id is None:
        return None
    inquiry_id = order.inquiry_id
    keys = {code: (INQUIRY, inquiry_id, spec_field(line.inquiry_position, code)) for code in line.spec}
    return moulds.mould(line.spec, actor, {code: shown[key] for code, key in keys.items() if key in shown})


async def awards_out(session: AsyncSession, inquiry: Inquiry, awards: Sequence[Award]) -> list[AwardOut]:
    """Awards with their orders, in as many statements as for one."""
    ids = [award.id for award in awards]
    lines = await award_queries.lines_of_awards(session, ids)
    orders = await queries.orders_of_awards(session, ids)
    shown = dict(zip([order.id for order in orders], await summaries(session, orders), strict=True))
    return [
        AwardOut(
            id=award.id,
            inquiry_id=award.inquiry_id,
            inquiry_state=labelled(inquiry.state, INQUIRY_STATE_LABELS),
            reason=award.reason,
            closes_rest=award.closes_rest,
            awarded_at=award.awarded_at,
            lines=[AwardedLineOut.model_validate(line) for line in lines[award.id]],
            orders=[shown[order.id] for order in orders if order.award_id == award.id],
        )
        for award in awards
    ]


def orders_csv(orders: Sequence[OrderSummaryOut]) -> bytes:
    """Orders for a spreadsheet: UTF-8 with a byte order mark, headers in the reader's language, plain numbers."""
    locale = current_locale()
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(translate(header, locale) for header in _COLUMNS.values())
    for order in orders:
        exponent = reference.currency(order.total.currency).exponent
        cells: list[object] = [
            order.number,
            order.state.label,
            order.title.translation.text if order.title.translation else order.title.text,
            order.buyer.name,
            order.supplier.name,
            format(Decimal(order.total.minor).scaleb(-exponent), "f"),
            order.total.currency,
            order.created_at.isoformat(timespec="seconds"),
            order.issued_at.isoformat(timespec="seconds") if order.issued_at else "",
            order.confirmed_delivery_on.isoformat() if order.confirmed_delivery_on else "",
        ]
        writer.writerow(harmless(cell) for cell in cells)
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8")
