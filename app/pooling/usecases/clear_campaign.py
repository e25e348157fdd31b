"""Clear a frozen campaign: put the problem down, and keep what came of it. The search itself is the job's, with no transaction
open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clearing import facade as clearing
from app.clearing.facade import Flow, Outcome, Part, Problem, Settlement
from app.kit import audit
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce
from app.pooling.deposits import queries as deposits
from app.pooling.events import CampaignEnded
from app.pooling.limits import EXACT_UP_TO, GAP
from app.pooling.models import Campaign, Commitment, CommitmentLimit, PoolOfferTerms
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as queries
from app.pooling.queries import commitments as commitment_queries
from app.pooling.queries import offers as offer_queries
from app.pooling.queries.clearings import Claimed
from app.pooling.rules import Pooled, Wanted, problem_of, without_limit
from app.pooling.states import CampaignState, ClearingFailure, ClearingState, Shortfall
from app.pooling.usecases.campaign_texts import ENTITY
from app.pooling.usecases.deposit import ask_to_move
from app.pooling.usecases.offer import offered_item
from app.pooling.usecases.settle import take_deposits
from app.pooling.work import TELL_JOB


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a search."""

    served: Mapping[str, int]
    flows: tuple[Flow, ...]
    parts: list[dict[str, Any]]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Found":
        """From what `worked_out` tells."""
        return cls(told["served"], tuple(Flow(*flow) for flow in told["flows"]), told["parts"])


async def begin_clearing(session: AsyncSession, campaign_id: UUID, *, now: datetime) -> Claimed | None:
    """Put down all that a frozen campaign's clearing depends on, or take up the work of somebody who did not end.

    None when there is nothing to do. Acts for the lead.
    """
    campaign = await campaign_queries.lock_campaign(session, campaign_id)
    if campaign is None or campaign.state != CampaignState.FROZEN:
        return None
    if campaign.deposit_bp and await deposits.are_undecided(session, campaign_id):
        return None
    former = await queries.last(session, campaign_id)
    if former is not None and former.state == ClearingState.WORKING:
        claimed = await queries.resume(session, former.id)
        if claimed is None:
            await _fail(session, campaign, former.id, ClearingFailure.INTERRUPTED, now=now)
        return claimed
    problem = await _problem(session, campaign, await _counting(session, campaign, is_first=former is None))
    clearing_id = new_id()
    values = {
        "id": clearing_id,
        "campaign_id": campaign.id,
        "lead_id": campaign.lead_id,
        "round": former.round + 1 if former else 1,
        "inputs_sha256": bytes.fromhex(clearing.digest(problem)),
        "commitments": len(problem.members),
        "offers": len({offer.supplier_id for offer in problem.offers}),
        "gap_bp": 0 if len(problem.members) <= EXACT_UP_TO else round(GAP * 10_000),
    }
    document = clearing.written(problem)
    await queries.insert_round(session, values, document)
    return Claimed(clearing_id, 1, document)


async def end_clearing(
    session: AsyncSession, campaign_id: UUID, claimed: Claimed, found: Found | None, *, now: datetime
) -> bool:
    """Keep what came of a search; whether this attempt still counted. Acts for the lead."""
    campaign = await campaign_queries.lock_campaign(session, campaign_id)
    if campaign is None or campaign.state != CampaignState.FROZEN:
        return False
    former = await queries.last(session, campaign_id)
    if former is None or former.id != claimed.clearing_id or former.attempts != claimed.attempt:
        return False
    problem = clearing.understood(clearing.ClearingIn.model_validate(claimed.problem)).canonical()
    if found is None or clearing.violations(problem, Outcome(found.served, found.flows)):
        await _fail(session, campaign, former.id, ClearingFailure.SOLVER_FAILED, now=now)
        return True
    if not found.served:
        await _fail(session, campaign, former.id, ClearingFailure.NOTHING_BOUGHT, now=now)
        return True
    outcome, proven = Outcome(found.served, found.flows), clearing.proven(found.parts)
    settlement = clearing.settle(problem, outcome)
    owned = {"clearing_id": former.id, "campaign_id": campaign.id, "lead_id": campaign.lead_id}
    terms = await offer_queries.all_standing(session, campaign_id)
    members = await commitment_queries.all_standing(session, campaign_id)
    await queries.insert_outcome(
        session,
        _prices(settlement, owned),
        _shares(problem, outcome, settlement, terms, owned),
        _allotments(problem, outcome, settlement, proven, members, owned),
    )
    values = {
        "state": ClearingState.DONE,
        "lots": sum(flow.lots for flow in found.flows),
        "cost_minor": sum(settlement.paid_minor.values()),
        "remainder_minor": settlement.remainder_minor,
        "certificate": found.parts,
    }
    await queries.end(session, former.id, values, attempt=claimed.attempt)
    await _end(session, campaign, CampaignState.CLEARED, former.id, now=now)
    await take_deposits(session, campaign, {UUID(one) for one in found.served}, now=now)
    return True


async def _counting(session: AsyncSession, campaign: Campaign, *, is_first: bool) -> set[UUID] | None:
    """The commitments that are cleared; None for all. Those whose deposit is not secured are left out; once somebody has not
    paid, only the rest is cleared again, and the waiting list with it where the rule says so."""
    if not campaign.deposit_bp:
        return None
    counting = await deposits.secured(session, campaign.id)
    if not is_first and campaign.shortfall != Shortfall.BACKFILL:
        counting &= await queries.served_last(session, campaign.id)
    return counting


async def _problem(session: AsyncSession, campaign: Campaign, counting: set[UUID] | None) -> Problem:
    items = await campaign_queries.items(session, [campaign.id])
    return problem_of(
        campaign.seed or "",
        Shortfall(campaign.shortfall),
        [Pooled(item.id, item.min_lots, item.min_share_bp, item.max_suppliers) for item in items],
        [(row.supplier_id, offered_item(row)) for row in await offer_queries.all_standing(session, campaign.id)],
        [
            _wanted(*pair)
            for pair in await commitment_queries.all_standing(session, campaign.id)
            if counting is None or pair[0].id in counting
        ],
    )


def _wanted(row: Commitment, limit: CommitmentLimit) -> Wanted:
    substitute = None
    if row.substitute_item_id is not None:
        assert row.substitute_lots is not None and limit.substitute_limit_minor is not None
        substitute = (row.substitute_item_id, row.substitute_lots, limit.substitute_limit_minor)
    return Wanted(row.id, row.item_id, row.place, row.lots, limit.limit_minor, substitute)


def _prices(settlement: Settlement, owned: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "item_id": UUID(one.item_id),
            "place": one.place,
            "lots": one.lots,
            "price_minor": clearing.rounded(one.exact),
            "setup_minor": clearing.rounded(one.setup),
            **owned,
        }
        for one in settlement.prices
    ]


def _shares(
    problem: Problem,
    outcome: Outcome,
    settlement: Settlement,
    terms: list[PoolOfferTerms],
    owned: Mapping[str, Any],
) -> list[dict[str, Any]]:
    offers = {(offer.supplier_id, offer.item_id): offer for offer in problem.offers}
    sources = {(str(row.supplier_id), str(row.item_id)): row for row in terms}
    to: dict[tuple[str, str], dict[str, int]] = {}
    for flow in outcome.flows:
        to.setdefault((flow.supplier_id, flow.item_id), {})[flow.place] = flow.lots
    rows = []
    for key, places in sorted(to.items()):
        lots = sum(places.values())
        offer, source = offers[key], sources[key]
        rows.append(
            {
                "supplier_id": source.supplier_id,
                "item_id": source.item_id,
                "offer_id": source.offer_id,
                "lots": lots,
                "price_minor": offer.price_minor(lots) or 0,
                "setup_minor": offer.setup_minor,
                "freight_minor": sum(count * offer.freight_minor[place] for place, count in places.items()),
                "paid_minor": settlement.paid_minor[key],
                "to_places": dict(sorted(places.items())),
                "lead_time_days": source.lead_time_days,
                **owned,
            }
        )
    return rows


def _allotments(
    problem: Problem,
    outcome: Outcome,
    settlement: Settlement,
    proven: Sequence[Part],
    members: list[tuple[Commitment, CommitmentLimit]],
    owned: Mapping[str, Any],
) -> list[dict[str, Any]]:
    why = clearing.reasons(problem, outcome, settlement, proven)
    bids = {member.id: member.bids for member in problem.members}
    rows = []
    for row, _ in members:
        key = str(row.id)
        if key not in bids:
            continue
        wish = outcome.served.get(key)
        bid = bids[key][wish] if wish is not None else None
        rows.append(
            {
                "commitment_id": row.id,
                "member_id": row.member_id,
                "served": bid is not None,
                "wish": wish,
                "item_id": UUID(bid.item_id) if bid else None,
                "lots": bid.lots if bid else 0,
                "payment_minor": settlement.payments_minor.get(key, 0),
                "reason": why[key].reason,
                "figures": without_limit(why[key].params),
                **owned,
            }
        )
    return rows


async def _fail(
    session: AsyncSession, campaign: Campaign, clearing_id: UUID, failure: ClearingFailure, *, now: datetime
) -> None:
    await queries.end(session, clearing_id, {"state": ClearingState.FAILED, "failure": failure})
    await _end(session, campaign, CampaignState.FAILED, clearing_id, now=now)
    if campaign.deposit_bp:
        await ask_to_move(session, campaign)


async def _end(
    session: AsyncSession, campaign: Campaign, state: CampaignState, clearing_id: UUID, *, now: datetime
) -> None:
    campaign.state = state
    campaign.ended_at = now
    campaign.version += 1
    await session.flush()
    after = {"state": state, "clearing_id": clearing_id}
    lead_id = campaign.lead_id
    await audit.record(session, None, f"campaign.{state}", ENTITY, campaign.id, after=after, organization_id=lead_id)
    event = CampaignEnded(campaign_id=campaign.id, lead_id=lead_id, state=state)
    await announce(session, event, organizations=[lead_id])
    await defer(session, TELL_JOB, lead_id=str(lead_id), campaign_id=str(campaign.id), clearing_id=str(clearing_id))
