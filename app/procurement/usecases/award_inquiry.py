"""Award an opened inquiry, whole or by line: the decision, its orders, their lines and milestones, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.procurement.errors import InquiryStateConflict
from app.procurement.events import InquiryAwarded, QuoteDecided
from app.procurement.models import Award, AwardLine, Inquiry, InquiryLine, PurchaseOrder, Quote, QuotePrice, QuoteTerms
from app.procurement.order_errors import AwardSettled, LinesAwarded, QuoteExpired, QuotesNotOpened
from app.procurement.order_rules import quote_stands
from app.procurement.queries import awards as queries
from app.procurement.queries import inquiries as inquiry_queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.schemas.orders import AwardedQuoteIn, AwardIn
from app.procurement.states import INQUIRY_STATE_LABELS, InquiryState
from app.procurement.usecases.draft_order import Choice, category_of, draft_order
from app.procurement.usecases.issue_order import submit


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an inquiry stands when it is awarded: its lines and quotes, and what is awarded already."""

    inquiry: Inquiry
    lines: Mapping[UUID, InquiryLine]
    quotes: Mapping[UUID, Quote]
    terms: Mapping[UUID, QuoteTerms]
    prices: Mapping[UUID, Sequence[QuotePrice]]
    taken_lines: frozenset[UUID]
    taken_prices: frozenset[UUID]
    freed_lines: frozenset[UUID]


async def award_inquiry(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: AwardIn, *, now: datetime
) -> Award:
    """Award in one transaction.

    The inquiry is locked first, so that of racing awards each sees what those before it took: exactly one gets a line.
    Raises `QuotesNotOpened`, `LinesAwarded`, `AwardSettled` or `QuoteExpired`.
    """
    inquiry = await inquiry_queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    await _require_opened(session, inquiry)
    standing = await _standing(session, inquiry, form)
    choices = _choices(standing, form)
    await _require_valid(session, choices, now=now)
    award = Award(
        id=new_id(),
        inquiry_id=inquiry.id,
        buyer_id=inquiry.buyer_id,
        reason=form.reason,
        closes_rest=form.close_rest,
        awarded_by=actor.person_id,
    )
    session.add(award)
    await session.flush()
    categories = await category_of(session, [line for choice in choices for line, _ in choice.lines])
    orders = []
    for choice in choices:
        order = await draft_order(session, actor, award, inquiry, choice, categories, form, now=now)
        session.add_all(_award_lines(award, order, choice))
        orders.append(order)
    await session.flush()
    after = {
        "inquiry_id": inquiry.id,
        "orders": [order.number for order in orders],
        "lines": sum(len(choice.lines) for choice in choices),
        "closes_rest": form.close_rest,
    }
    await audit.record(session, actor, "inquiry.award", "award", award.id, after=after)
    await _settle(session, actor, award, standing, choices)
    if form.issue:
        # Orders on account lock what is used of their suppliers' credit: in one order, whoever awards.
        for order in sorted(orders, key=lambda order: order.supplier_id):
            await submit(session, actor, order, now=now)
    return award


async def _require_opened(session: AsyncSession, inquiry: Inquiry) -> None:
    if inquiry.state in (InquiryState.DRAFT, InquiryState.CANCELLED):
        raise InquiryStateConflict(state=Labelled.of(inquiry.state, INQUIRY_STATE_LABELS))
    if await inquiry_queries.opening(session, inquiry.id) is None:
        raise QuotesNotOpened(opens_at=inquiry.opens_at)


async def _standing(session: AsyncSession, inquiry: Inquiry, form: AwardIn) -> _Standing:
    quotes = await queries.submitted(session, inquiry.id, [item.quote_id for item in form.quotes])
    awarded = await queries.award_lines(session, inquiry.id)
    living = [row for row in awarded if row.released_at is None]
    taken = frozenset(row.line_id for row in living if row.line_id)
    return _Standing(
        inquiry=inquiry,
        lines={line.id: line for line in await inquiry_queries.lines(session, inquiry.id)},
        quotes=quotes,
        terms=await quote_queries.terms(session, list(quotes)),
        prices=await quote_queries.prices(session, list(quotes)),
        taken_lines=taken,
        taken_prices=frozenset(row.price_id for row in living),
        freed_lines=frozenset(row.line_id for row in awarded if row.line_id) - taken,
    )


def _choices(standing: _Standing, form: AwardIn) -> list[Choice]:
    """What is awarded to whom, or every finding at once. What is taken is told after what is wrong."""
    errors: list[FieldError] = []
    choices: list[Choice] = []
    wanted: set[UUID] = set()
    seen: set[UUID] = set()
    for index, item in enumerate(form.quotes):
        pointer = f"/quotes/{index}"
        if item.quote_id not in standing.quotes or item.quote_id in seen:
            errors.append(
                FieldError(
                    f"{pointer}/quote_id",
                    "unknown-quote",
                    N_("Name each submitted quote of this inquiry once at most."),
                )
            )
            continue
        seen.add(item.quote_id)
        choice, wrong = _choice(standing, item, pointer, wanted)
        errors += wrong
        choices.append(choice)
    if errors:
        raise Invalid(errors=errors)
    _require_free(standing, choices)
    return choices


def _choice(
    standing: _Standing, item: AwardedQuoteIn, pointer: str, wanted: set[UUID]
) -> tuple[Choice, list[FieldError]]:
    prices = standing.prices[item.quote_id]
    offered = {row.line_id: row for row in prices if row.line_id is not None}
    asked = item.line_ids if item.line_ids is not None else list(offered)
    errors = []
    for number, line_id in enumerate(asked):
        at = f"{pointer}/line_ids/{number}" if item.line_ids is not None else f"{pointer}/quote_id"
        if line_id not in offered:
            errors.append(FieldError(at, "line-not-quoted", N_("This quote does not offer that line.")))
        elif line_id in wanted:
            errors.append(FieldError(at, "line-twice", N_("A line goes to one supplier.")))
        wanted.add(line_id)
    lines = sorted((line_id for line_id in set(asked) if line_id in offered), key=lambda i: standing.lines[i].position)
    extras = [row for row in prices if row.line_id is None and row.id not in standing.taken_prices]
    choice = Choice(
        quote=standing.quotes[item.quote_id],
        terms=standing.terms[item.quote_id],
        lines=tuple((standing.lines[line_id], offered[line_id]) for line_id in lines),
        extras=tuple(extras) if item.extras else (),
    )
    return choice, errors


def _require_free(standing: _Standing, choices: Sequence[Choice]) -> None:
    lines = [line for choice in choices for line, _ in choice.lines]
    taken = sorted(line.position for line in lines if line.id in standing.taken_lines)
    if taken:
        raise LinesAwarded(positions=taken)
    if standing.inquiry.state == InquiryState.AWARDED:
        left_out = sorted(line.position for line in lines if line.id not in standing.freed_lines)
        if left_out:
            raise AwardSettled(positions=left_out)


async def _require_valid(session: AsyncSession, choices: Sequence[Choice], *, now: datetime) -> None:
    expired = next((c for c in choices if not quote_stands(c.terms.valid_until, today=now.date())), None)
    if expired is not None:
        supplier_id = expired.quote.supplier_id
        firms = await parties.organizations(session, [supplier_id])
        raise QuoteExpired(firm=firms[supplier_id].legal_name_local, valid_until=expired.terms.valid_until)


def _award_lines(award: Award, order: PurchaseOrder, choice: Choice) -> list[AwardLine]:
    priced: list[tuple[UUID | None, QuotePrice]] = [(line.id, price) for line, price in choice.lines]
    priced += [(None, price) for price in choice.extras]
    return [
        AwardLine(
            id=new_id(),
            award_id=award.id,
            inquiry_id=award.inquiry_id,
            buyer_id=award.buyer_id,
            supplier_id=order.supplier_id,
            order_id=order.id,
            line_id=line_id,
            price_id=price.id,
        )
        for line_id, price in priced
    ]


async def _settle(
    session: AsyncSession, actor: Actor, award: Award, standing: _Standing, choices: Sequence[Choice]
) -> None:
    """The inquiry is awarded when no line is left, or the rest is closed; then every quoting supplier hears where he is."""
    inquiry = standing.inquiry
    now_taken = standing.taken_lines | {line.id for choice in choices for line, _ in choice.lines}
    if inquiry.state == InquiryState.AWARDED or not (award.closes_rest or now_taken >= set(standing.lines)):
        return
    before = inquiry.state
    inquiry.state = InquiryState.AWARDED
    inquiry.version += 1
    await session.flush()
    await audit.record(
        session,
        actor,
        "inquiry.awarded",
        "inquiry",
        inquiry.id,
        before={"state": before},
        after={"state": inquiry.state},
    )
    event = InquiryAwarded(inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id, award_id=award.id)
    await announce(session, event, organizations=[inquiry.buyer_id])
    for quote, chosen in await queries.decided_quotes(session, inquiry.id):
        decided = QuoteDecided(
            quote_id=quote.id,
            inquiry_id=quote.inquiry_id,
            buyer_id=quote.buyer_id,
            supplier_id=quote.supplier_id,
            chosen=chosen,
        )
        await announce(session, decided, organizations=[quote.buyer_id, quote.supplier_id])
