"""All that others may call: what people see of campaigns, what members and suppliers do there, and the progress as it happens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.kit.actor import Actor, Permission
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.paging import PageRequest, fetch_page
from app.pooling.auctions.schemas import BidIn
from app.pooling.auctions.usecases.bid import place_bid
from app.pooling.auctions.views import auction_out
from app.pooling.errors import NotABuyer, NotASupplier
from app.pooling.limits import MOST_ITEMS, MOST_TIERS
from app.pooling.models import Campaign, Clearing, Commitment, PoolOffer, SupplierShare
from app.pooling.portal import (
    Framework,
    Ordered,
    Rounds,
    card_page,
    certificates,
    framework,
    modes,
    ordered,
    rounds,
    ship,
)
from app.pooling.portal import seen as _campaign
from app.pooling.queries import campaigns as queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.queries import commitments as commitment_queries
from app.pooling.queries import offers as offer_queries
from app.pooling.schemas.commitments import CommitmentIn, PayOtherwiseIn
from app.pooling.schemas.offers import CampaignOfferIn
from app.pooling.states import CampaignState, Competition
from app.pooling.streaming import ActorOf, Moment, Watching, followed
from app.pooling.usecases.commit import change_commitment, late, withdraw_commitment
from app.pooling.usecases.commit import commit as _commit
from app.pooling.usecases.deposit import decline_to_pay, pay_otherwise
from app.pooling.usecases.offer import offer_to_campaign
from app.pooling.usecases.offer import withdraw_offer as _withdraw_offer
from app.pooling.views.campaigns import campaign_out, summaries
from app.pooling.views.commitments import commitments_out
from app.pooling.views.offers import clearings_out, offer_out, shares_out

__all__ = [
    "MOST_TIERS",
    "Framework",
    "Live",
    "Ordered",
    "Rounds",
    "Taken",
    "campaigns",
    "card_page",
    "certificates",
    "change",
    "commit_to",
    "default",
    "follow",
    "framework",
    "modes",
    "offer",
    "ordered",
    "own_commitment",
    "pay",
    "rounds",
    "ship",
    "taken_part",
    "withdraw",
    "withdraw_offer",
]

Document = dict[str, Any]

MOST_COMMITMENTS_SHOWN = 50
MOST_SHARES_SHOWN = MOST_ITEMS
LATEST = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A campaign with all that the acting organization has of it, as the API shows it. `rounds` are the latest of the clearing;
    `auction` is how suppliers bid, where they do. `may_commit` and `may_offer` (or bid) say what this person may do now."""

    campaign: Document
    commitments: Sequence[Document]
    offer: Document | None
    auction: Document | None
    rounds: Sequence[Document]
    shares: Sequence[Document]
    may_commit: bool
    may_offer: bool


@dataclass(frozen=True, slots=True)
class Live:
    """How far a campaign has come, and how its auction stands where it is one; `is_last` when nothing more will be told."""

    progress: Document
    auction: Document | None
    is_last: bool


async def campaigns(
    session: AsyncSession, actor: Actor, page: PageRequest, *, is_open: bool, now: datetime
) -> tuple[list[Document], str | None]:
    """A page of the campaigns that take commitments and offers, or of those that do not any more; newest first."""
    actor.require(Permission.READ)
    if is_open:
        statement = queries.campaigns_seen(actor.organization_id, CampaignState.OPEN, own=False, now=now)
    else:
        statement = queries.campaigns_over(now)
    rows, cursor = await fetch_page(session, statement, page, keys=[Campaign.id], descending=True)
    return _documents(await summaries(session, rows, now=now)), cursor


async def taken_part(session: AsyncSession, actor: Actor, campaign_id: UUID, *, now: datetime) -> Taken:
    """A campaign and one's own part in it. Raises `NotFound` before `Forbidden`."""
    row = await _campaign(session, actor, campaign_id)
    shown = (await campaign_out(session, actor, row, now=now)).model_dump(mode="json")
    is_running = shown["state"]["code"] in (CampaignState.DRAFT, CampaignState.OPEN)
    own = commitment_queries.commitments_of(actor.organization_id, row.id, None)
    commitments, _ = await fetch_page(
        session, own, PageRequest(MOST_COMMITMENTS_SHOWN, None), keys=[Commitment.id], descending=True
    )
    offers, _ = await fetch_page(
        session,
        offer_queries.offers_of(actor.organization_id, row.id, None),
        PageRequest(LATEST, None),
        keys=[PoolOffer.id],
        descending=True,
    )
    rounds: Sequence[Clearing] = []
    shares: Sequence[SupplierShare] = []
    if not is_running:
        rounds, _ = await fetch_page(
            session, clearing_queries.rounds(row.id), PageRequest(LATEST, None), keys=[Clearing.id], descending=True
        )
        shares = [
            share
            for found in rounds
            for share in await clearing_queries.shares_of(session, found.id)
            if share.supplier_id == actor.organization_id
        ]
    is_open = shown["state"]["code"] == CampaignState.OPEN
    bids = row.competition == Competition.AUCTION
    auction = (await auction_out(session, actor, row, now=now)).model_dump(mode="json") if bids else None
    takes_offers = is_open if auction is None else auction["seconds_left"] > 0
    return Taken(
        campaign=shown,
        commitments=_documents(await commitments_out(session, actor, commitments, now=now)),
        offer=(await offer_out(session, actor, offers[0])).model_dump(mode="json") if offers else None,
        auction=auction,
        rounds=_documents(await clearings_out(session, row, rounds)),
        shares=_documents(await shares_out(session, actor, row, shares[:MOST_SHARES_SHOWN])),
        may_commit=is_open and "buyer" in actor.organization_roles and actor.may(Permission.ORDER),
        may_offer=takes_offers
        and shown["led_as"]["code"] != "supplier"
        and "supplier" in actor.organization_roles
        and actor.may(Permission.QUOTE),
    )


async def own_commitment(session: AsyncSession, actor: Actor, commitment_id: UUID, *, now: datetime) -> Document:
    """A commitment of the acting organization. Raises `NotFound`."""
    row = await _commitment(session, actor, commitment_id)
    return (await commitments_out(session, actor, [row], now=now))[0].model_dump(mode="json")


async def commit_to(
    session: AsyncSession, actor: Actor, campaign_id: UUID, form: Mapping[str, Any], *, now: datetime
) -> UUID:
    """Commit the acting organization by the form of `POST …/commitments`; the commitment. Raises what that refuses."""
    row = await _campaign(session, actor, campaign_id)
    if "buyer" not in actor.organization_roles:
        raise NotABuyer()
    actor.require(Permission.ORDER)
    made = await _commit(session, actor, row, validated(CommitmentIn, {**form, "currency": row.currency}), now=now)
    return made.id


async def change(
    session: AsyncSession, actor: Actor, commitment_id: UUID, form: Mapping[str, Any], *, version: int, now: datetime
) -> None:
    """Replace what a commitment says, as it was read at `version`. Raises as `PUT /v1/commitments/{commitment_id}` refuses."""
    row = await _commitment(session, actor, commitment_id)
    actor.require(Permission.ORDER)
    filled = validated(CommitmentIn, {**form, "currency": row.currency})
    await change_commitment(session, actor, commitment_id, filled, version=version, now=now)


async def withdraw(session: AsyncSession, actor: Actor, commitment_id: UUID, *, now: datetime) -> None:
    """Take a commitment back. Raises `NotFound` before `Forbidden`, `CampaignClosed`."""
    await _commitment(session, actor, commitment_id)
    actor.require(Permission.ORDER)
    await withdraw_commitment(session, actor, commitment_id, now=now)


async def pay(session: AsyncSession, actor: Actor, commitment_id: UUID, token: str, *, now: datetime) -> None:
    """Give another payment method for a declined deposit. Raises as `POST /v1/commitments/{commitment_id}/payment` refuses."""
    await _commitment(session, actor, commitment_id)
    actor.require(Permission.ORDER)
    method = validated(PayOtherwiseIn, {"payment_method": token}).payment_method
    await pay_otherwise(session, actor, commitment_id, method, now=now)


async def default(session: AsyncSession, actor: Actor, commitment_id: UUID, *, now: datetime) -> None:
    """Say that a declined deposit will not be paid. Raises as `POST /v1/commitments/{commitment_id}/default` refuses."""
    await _commitment(session, actor, commitment_id)
    actor.require(Permission.ORDER)
    await decline_to_pay(session, actor, commitment_id, now=now)


async def offer(
    session: AsyncSession, actor: Actor, campaign_id: UUID, items: Sequence[Mapping[str, Any]], *, now: datetime
) -> None:
    """Make a sealed offer by the items of the form of `POST …/offers`, or in an auction a bid. Raises what that refuses."""
    row = await _campaign(session, actor, campaign_id)
    if "supplier" not in actor.organization_roles:
        raise NotASupplier()
    actor.require(Permission.QUOTE)
    values = {"currency": row.currency, "items": items}
    if row.competition == Competition.AUCTION:
        await place_bid(session, actor, row, validated(BidIn, values), now=now)
        return
    filled = validated(CampaignOfferIn, values)
    if await offer_to_campaign(session, actor, row, filled) is None:
        raise await late(session, row, now=now)


async def withdraw_offer(session: AsyncSession, actor: Actor, campaign_id: UUID, *, now: datetime) -> None:
    """Take the acting supplier's offer to a campaign back. Raises as the offer's own address refuses."""
    row = await _campaign(session, actor, campaign_id)
    found, _ = await fetch_page(
        session,
        offer_queries.offers_of(actor.organization_id, campaign_id, None),
        PageRequest(LATEST, None),
        keys=[PoolOffer.id],
        descending=True,
    )
    if not found:
        raise NotFound()
    actor.require(Permission.QUOTE)
    if await _withdraw_offer(session, actor, found[0].id) is None:
        raise await late(session, row, now=now)


async def follow(
    database: Database,
    clock: Clock,
    campaign_id: UUID,
    actor_of: ActorOf,
    organization_id: UUID,
    *,
    seen: str | None,
    lasting_s: float,
    shown: Callable[[Live], str],
) -> Response:
    """A campaign's progress as Server-Sent Events, shown as the caller says; no transaction is held. `actor_of` finds the
    reader anew at each event. Raises `NotFound`, `Forbidden`, `TooManyRequests`, `Unavailable`."""

    def written(found: Moment) -> str:
        auction = found.auction.model_dump(mode="json") if found.auction else None
        return shown(Live(found.progress.model_dump(mode="json"), auction, found.is_last))

    watching = Watching(database, clock, campaign_id, actor_of, bids=True)
    return await followed(watching, organization_id, seen=seen, lasting_s=lasting_s, shown=written)


def _documents(found: Sequence[BaseModel]) -> list[Document]:
    return [one.model_dump(mode="json") for one in found]


async def _commitment(session: AsyncSession, actor: Actor, commitment_id: UUID) -> Commitment:
    row = await commitment_queries.commitment(session, commitment_id)
    if row is None or row.member_id != actor.organization_id or not await queries.campaign(session, row.campaign_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row
