"""Commitments as their member sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clearing import facade as clearing
from app.kit.actor import Actor
from app.kit.locales import N_, cldr, current_locale, translate
from app.kit.schemas import labelled
from app.language.facade import ShownText
from app.pooling.deposits import queries as deposit_queries
from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.states import DECLINE_TEXTS, DEPOSIT_STATE_LABELS, DepositState
from app.pooling.models import Allotment, Campaign, CampaignItem, Commitment, CommitmentLimit
from app.pooling.ordering import queries as ordering_queries
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.queries import commitments as queries
from app.pooling.schemas.commitments import AllotmentOut, CommitmentOut, DepositOut, WishOut
from app.pooling.states import COMMITMENT_STATE_LABELS
from app.pooling.usecases.approve_commitment import at_most
from app.pooling.usecases.campaign_texts import title_field
from app.pooling.views.campaigns import lots_out, place_out, state_out, texts_of
from app.procurement.facade import money, written
from app.reference import facade as reference

Shown = Mapping[str, ShownText]


async def commitments_out(
    session: AsyncSession, actor: Actor, rows: Sequence[Commitment], *, now: datetime
) -> list[CommitmentOut]:
    """A member's commitments, with what came of them."""
    campaigns = await campaign_queries.campaigns_by_id(session, {row.campaign_id for row in rows})
    items = {item.id: item for item in await campaign_queries.items(session, campaigns)}
    shown = await texts_of(session, list(campaigns))
    limits = await queries.limits(session, [row.id for row in rows])
    allotted = await clearing_queries.allotments(session, [row.id for row in rows])
    kept = await deposit_queries.shown(session, [row.id for row in rows])
    orders = await ordering_queries.orders_of(session, [row.id for row in rows])

    def out(row: Commitment) -> CommitmentOut:
        campaign, deposit = campaigns[row.campaign_id], kept.get(row.id)
        told = _out(row, campaign, items, limits[row.id], shown, allotted.get(row.id), actor, now=now)
        told.deposit, told.order_ids = _deposit(deposit), orders.get(row.id, [])
        if told.allotment is not None and deposit is not None and deposit.state == DepositState.DEFAULTED:
            told.allotment = _left_out(campaign, told.allotment)
        return told

    return [out(row) for row in rows]


def _left_out(campaign: Campaign, told: AllotmentOut) -> AllotmentOut:
    """Whoever has not paid was served by a round that another has taken the place of, and is in none since."""
    why = translate(N_("The deposit was not paid: this commitment was left out."), current_locale())
    nothing = {"served": False, "item_id": None, "quantity": None, "payment": money(0, campaign.currency)}
    return told.model_copy(update=nothing | {"reason": "not-paid", "explanation": why})


async def allotments_out(
    session: AsyncSession,
    actor: Actor,
    campaign: Campaign,
    rows: Sequence[Commitment],
    rounds: Mapping[UUID, int],
) -> dict[UUID, list[AllotmentOut]]:
    """What came of a member's commitments to a campaign in each of some rounds; `rounds` are their numbers by id."""
    found = await clearing_queries.allotments_in(session, rounds, [row.id for row in rows])
    limits = await queries.limits(session, [row.id for row in rows])
    items = {item.id: item for item in await campaign_queries.items(session, [campaign.id])}
    texts = (await texts_of(session, [campaign.id]))[campaign.id]
    return {
        clearing_id: [
            _allotment(campaign, items, limits[one.commitment_id], (one, rounds[clearing_id]), texts, actor)
            for one in allotted
        ]
        for clearing_id, allotted in found.items()
    }


def _deposit(row: PoolDeposit | None) -> DepositOut | None:
    if row is None:
        return None
    return DepositOut(
        state=labelled(row.state, DEPOSIT_STATE_LABELS),
        amount=money(row.amount_minor, row.currency),
        surplus=money(row.surplus_minor, row.currency) if row.surplus_minor else None,
        method=row.shown,
        reason=translate(DECLINE_TEXTS[row.reason], current_locale()) if row.reason else None,
        due_at=row.due_at,
    )


def _out(
    row: Commitment,
    campaign: Campaign,
    items: Mapping[UUID, CampaignItem],
    limit: CommitmentLimit,
    shown: Mapping[UUID, Shown],
    allotted: tuple[Allotment, int] | None,
    actor: Actor,
    *,
    now: datetime,
) -> CommitmentOut:
    texts = shown[campaign.id]
    wish = _wish(campaign, items[row.item_id], row.lots, limit.limit_minor, texts, actor)
    substitute = None
    if row.substitute_item_id is not None and row.substitute_lots and limit.substitute_limit_minor:
        instead = items[row.substitute_item_id]
        substitute = _wish(campaign, instead, row.substitute_lots, limit.substitute_limit_minor, texts, actor)
    return CommitmentOut(
        id=row.id,
        campaign_id=row.campaign_id,
        campaign_number=campaign.number,
        campaign_state=state_out(campaign, now=now),
        state=labelled(row.state, COMMITMENT_STATE_LABELS),
        version=row.version,
        place=row.place,
        wish=wish,
        substitute=substitute,
        approval_id=row.approval_id,
        at_most=money(at_most(row, limit), row.currency),
        reference=row.reference,
        created_at=row.created_at,
        withdrawn_at=row.withdrawn_at,
        deposit=None,
        allotment=_allotment(campaign, items, limit, allotted, texts, actor) if allotted else None,
        order_ids=[],
    )


def _wish(campaign: Campaign, item: CampaignItem, lots: int, limit_minor: int, texts: Shown, actor: Actor) -> WishOut:
    return WishOut(
        item_id=item.id,
        title=written(item.title, campaign.locale, texts.get(title_field(item.position))),
        lots=lots,
        quantity=lots_out(lots, item, actor),
        limit=money(limit_minor, campaign.currency),
    )


def _allotment(
    campaign: Campaign,
    items: Mapping[UUID, CampaignItem],
    limit: CommitmentLimit,
    allotted: tuple[Allotment, int],
    texts: Shown,
    actor: Actor,
) -> AllotmentOut:
    row, number = allotted
    item = items[row.item_id] if row.item_id else None
    return AllotmentOut(
        clearing_id=row.clearing_id,
        round=number,
        served=row.served,
        item_id=row.item_id,
        quantity=lots_out(row.lots, item, actor) if item else None,
        payment=money(row.payment_minor, campaign.currency),
        reason=row.reason,
        explanation=_explained(campaign, items, limit, row, texts),
    )


def _explained(
    campaign: Campaign,
    items: Mapping[UUID, CampaignItem],
    limit: CommitmentLimit,
    row: Allotment,
    texts: Shown,
) -> str:
    """The reason as a sentence, with item and place by their names, money and numbers as the reader writes them."""
    figures: dict[str, Any] = dict(row.figures)
    named = items.get(UUID(figures["item"]))
    if named is not None:
        text = texts.get(title_field(named.position))
        figures["item"] = text.text if text else named.title
    at_most = limit.limit_minor if not row.wish else limit.substitute_limit_minor
    figures["limit"] = money(at_most or 0, campaign.currency).text
    figures["place"] = place_out(figures["place"]).name
    if "price" in figures:
        figures["price"] = money(round(Decimal(figures["price"])), campaign.currency).text
    for name in figures.keys() & {"lots", "gap"}:
        figures[name] = reference.display_number(Decimal(figures[name]), current_locale())
    if cldr(current_locale()).text_direction == "rtl":
        # Names that run the other way keep their own order, and the sentence its.
        figures |= {name: f"\u2068{figures[name]}\u2069" for name in ("item", "place")}
    why = clearing.Told(clearing.Reason(row.reason), figures)
    return clearing.explained(why, current_locale())
