"""What came of a campaign, as its pages show it: rounds with what each brought oneself, orders, framework orders, deliveries.

Everything comes as the API shows it, in as many statements for much as for little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.facade import methods
from app.gateways.payments import HostedSaving, Payments
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.locales import current_locale, translate
from app.kit.paging import MAX_LIMIT, PageRequest, fetch_page
from app.logistics.facade import MODE_LABELS, Delivery, deliveries
from app.parties import facade as parties
from app.pooling.limits import MOST_OF_MEMBER
from app.pooling.models import Campaign, Clearing, Commitment
from app.pooling.ordering import queries as ordering
from app.pooling.ordering.models import FrameworkLine, FrameworkOrder
from app.pooling.ordering.schemas import FrameworkShipmentIn
from app.pooling.ordering.shipping import ship_framework
from app.pooling.ordering.views import frameworks_out, line_out
from app.pooling.queries import campaigns as queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.queries import commitments as commitment_queries
from app.pooling.states import CommitmentState
from app.pooling.usecases.campaign_texts import title_field
from app.pooling.views.campaigns import lots_out, place_out, summaries, texts_of
from app.pooling.views.commitments import allotments_out, commitments_out
from app.pooling.views.offers import clearings_out
from app.procurement.facade import money, orders_told, written

Document = dict[str, Any]


async def card_page(payments: Payments, actor: Actor, *, back_url: str, locale: str, intent: str) -> HostedSaving:
    """The payment provider's page where a card for a deposit is given; with no transaction open.

    Raises `Forbidden`, `Invalid`, `ProviderSilent`, `IdempotencyKeyReused`.
    """
    actor.require(Permission.ORDER)
    about = {"back_url": back_url, "locale": locale, "intent": intent}
    return await methods.page_begun(payments, actor.organization_id, methods.SavedKind.CARD, **about)


@dataclass(frozen=True, slots=True)
class Round:
    """A round with its certificate, and what it brought the acting organization's commitments."""

    clearing: Document
    own: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Rounds:
    """A page of a campaign's rounds, the latest first. `titles` are those of its items, `places` names, by id and code."""

    campaign: Document
    titles: Mapping[str, Document]
    places: Mapping[str, str]
    rounds: Sequence[Round]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """What one supplier delivers of a commitment: the quantity with what is paid for it, the order once it is placed, and how far
    the goods are once their shipment is planned."""

    quantity: Document
    payment: Document
    order: Document | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """One's own commitments with what was ordered of them, and the framework orders that one supplies or leads, with their sums;
    a page of each. `parts` are by commitment."""

    campaign: Document
    places: Mapping[str, str]
    commitments: Sequence[Document]
    parts: Mapping[str, Sequence[Part]]
    next_cursor: str | None
    frameworks: Sequence[Document]
    sums: Document | None
    more_frameworks: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a framework order, with its order and how far its goods are."""

    line: Document
    order: Document | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework order; for its supplier with what goes where in all, and a page of its lines. `delivery` is the shipment of the
    whole, as far as it is the reader's to see."""

    campaign: Document
    framework: Document
    titles: Mapping[str, Document]
    places: Mapping[str, str]
    sent: Sequence[Document]
    lines: Sequence[Line]
    next_cursor: str | None
    delivery: Delivery | None
    is_supplier: bool
    may_ship: bool


async def rounds(session: AsyncSession, actor: Actor, campaign_id: UUID, page: PageRequest, *, now: datetime) -> Rounds:
    """A page of the rounds of a campaign that the acting organization takes part in. Raises `NotFound` before `Forbidden`."""
    row = await seen(session, actor, campaign_id)
    found, cursor = await fetch_page(
        session, clearing_queries.rounds(row.id), page, keys=[Clearing.id], descending=True
    )
    own = await _standing(session, actor, row.id, PageRequest(MAX_LIMIT, None))
    told = await allotments_out(session, actor, row, own[0], {one.id: one.round for one in found})
    titles, places = await _named(session, row)
    documents = _documents(await clearings_out(session, row, found))
    return Rounds(
        campaign=await _summary(session, row, now=now),
        titles=titles,
        places=places,
        rounds=[
            Round(document, _documents(told.get(one.id, ()))) for one, document in zip(found, documents, strict=True)
        ],
        next_cursor=cursor,
    )


async def certificates(session: AsyncSession, actor: Actor, campaign_id: UUID) -> Sequence[Document]:
    """All rounds of a campaign that the acting organization takes part in, the latest first and a hundred at most."""
    row = await seen(session, actor, campaign_id)
    found, _ = await fetch_page(
        session, clearing_queries.rounds(row.id), PageRequest(MAX_LIMIT, None), keys=[Clearing.id], descending=True
    )
    return _documents(await clearings_out(session, row, found))


async def ordered(
    session: AsyncSession, actor: Actor, campaign_id: UUID, own: PageRequest, led: PageRequest, *, now: datetime
) -> Ordered:
    """What was ordered of one's own commitments, and the framework orders that one supplies or leads. Raises `NotFound` before
    `Forbidden`."""
    row = await seen(session, actor, campaign_id)
    commitments, cursor = await _standing(session, actor, row.id, own)
    frameworks, more = await fetch_page(
        session,
        ordering.frameworks_of(actor.organization_id, row.id),
        led,
        keys=[FrameworkOrder.id],
    )
    sums = await ordering.sums_of(session, row.id) if frameworks else None
    _, places = await _named(session, row)
    return Ordered(
        campaign=await _summary(session, row, now=now),
        places=places,
        commitments=_documents(await commitments_out(session, actor, commitments, now=now)),
        parts=await _parts(session, actor, row, commitments),
        next_cursor=cursor,
        frameworks=_documents(await frameworks_out(session, frameworks)),
        sums={
            "count": sums.count,
            "lots": sums.lots,
            "total": _document(money(sums.total_minor, row.currency)),
            "members_total": _document(money(sums.members_minor, row.currency)),
        }
        if sums
        else None,
        more_frameworks=more,
    )


async def framework(
    session: AsyncSession, actor: Actor, campaign_id: UUID, framework_id: UUID, page: PageRequest, *, now: datetime
) -> Framework:
    """A framework order of a campaign, for its supplier and for the campaign's lead. Raises `NotFound` before `Forbidden`."""
    row = await ordering.framework(session, framework_id)
    if row is None or row.campaign_id != campaign_id or actor.organization_id not in (row.supplier_id, row.lead_id):
        raise NotFound()
    campaign = await seen(session, actor, campaign_id)
    is_supplier = row.supplier_id == actor.organization_id
    titles, places = await _named(session, campaign)
    lines, cursor, sent, whole = [], None, [], {}
    if is_supplier:
        items = {item.id: item for item in await queries.items(session, [campaign_id])}
        statement = ordering.lines_under(row.id, row.supplier_id)
        found, cursor = await fetch_page(session, statement, page, keys=[FrameworkLine.id])
        firms = await parties.organizations(session, {line.member_id for line in found})
        orders = await orders_told(session, [line.order_id for line in found if line.order_id])
        whole = await deliveries(session, {row.id: row.supplier_id, **{line.id: row.supplier_id for line in found}})
        lines = [
            Line(
                _document(line_out(row, line, firms, items, actor)),
                _order(orders, line),
                whole.get(line.id),
            )
            for line in found
        ]
        sent = [
            {
                "item_id": str(one.item_id),
                "place": one.place,
                "quantity": _document(lots_out(one.lots, items[one.item_id], actor)),
                "commitments": one.commitments,
            }
            for one in await ordering.sent_to_places(session, row.id)
        ]
    return Framework(
        campaign=await _summary(session, campaign, now=now),
        framework=_document((await frameworks_out(session, [row]))[0]),
        titles=titles,
        places=places,
        sent=sent,
        lines=lines,
        next_cursor=cursor,
        delivery=whole.get(row.id),
        is_supplier=is_supplier,
        may_ship=is_supplier and actor.may(Permission.FULFIL) and row.id not in whole,
    )


async def ship(
    session: AsyncSession, actor: Actor, campaign_id: UUID, framework_id: UUID, form: Mapping[str, Any]
) -> None:
    """Plan the shared shipment of a framework order with the form of `POST …/shipment`. Raises `NotFound` before `Forbidden`, and
    what that is refused with."""
    row = await ordering.framework(session, framework_id)
    if row is None or row.campaign_id != campaign_id or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.FULFIL)
    await ship_framework(session, actor, row.id, validated(FrameworkShipmentIn, form))


def modes() -> list[tuple[str, str]]:
    """How a shipment can travel: (code, name in the reader's language)."""
    return [(mode.value, translate(label, current_locale())) for mode, label in MODE_LABELS.items()]


async def seen(session: AsyncSession, actor: Actor, campaign_id: UUID) -> Campaign:
    """A campaign that the acting organization may see. Raises `NotFound` before `Forbidden`."""
    row = await queries.campaign(session, campaign_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def _standing(
    session: AsyncSession, actor: Actor, campaign_id: UUID, page: PageRequest
) -> tuple[Sequence[Commitment], str | None]:
    """A page of one's own commitments that stand: in all there are no more than `MOST_OF_MEMBER`."""
    assert MOST_OF_MEMBER <= MAX_LIMIT
    statement = commitment_queries.commitments_of(actor.organization_id, campaign_id, CommitmentState.STANDING)
    return await fetch_page(session, statement, page, keys=[Commitment.id], descending=True)


async def _parts(
    session: AsyncSession, actor: Actor, campaign: Campaign, commitments: Sequence[Commitment]
) -> dict[str, list[Part]]:
    """What is delivered of commitments, by their ids."""
    lines = await ordering.lines_of_commitments(session, [one.id for one in commitments])
    every = [line for found in lines.values() for line in found]
    items = {item.id: item for item in await queries.items(session, [campaign.id])}
    orders = await orders_told(session, [line.order_id for line in every if line.order_id])
    planned = await deliveries(session, {line.id: line.supplier_id for line in every})
    return {
        str(commitment_id): [
            Part(
                quantity=_document(lots_out(line.lots, items[line.item_id], actor)),
                payment=_document(money(line.payment_minor, campaign.currency)),
                order=_order(orders, line),
                delivery=planned.get(line.id),
            )
            for line in found
        ]
        for commitment_id, found in lines.items()
    }


def _order(orders: Mapping[UUID, BaseModel], line: FrameworkLine) -> Document | None:
    told = orders.get(line.order_id) if line.order_id else None
    return _document(told) if told is not None else None


async def _summary(session: AsyncSession, row: Campaign, *, now: datetime) -> Document:
    return _document((await summaries(session, [row], now=now))[0])


async def _named(session: AsyncSession, row: Campaign) -> tuple[dict[str, Document], dict[str, str]]:
    """The titles of a campaign's items by id, and the names of its places by code."""
    texts = (await texts_of(session, [row.id]))[row.id]
    titles = {
        str(item.id): _document(written(item.title, row.locale, texts.get(title_field(item.position))))
        for item in await queries.items(session, [row.id])
    }
    return titles, {code: place_out(code).name for code in await queries.places(session, row.id)}


def _document(found: BaseModel) -> Document:
    return found.model_dump(mode="json")


def _documents(found: Sequence[BaseModel]) -> list[Document]:
    return [_document(one) for one in found]
