"""A member commits himself, changes that, or withdraws it, until the freeze."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.pooling.errors import AlreadyCommitted, CommitmentEnded, NotOnThisSide, TooManyCommitments
from app.pooling.events import CommitmentChanged
from app.pooling.limits import MOST_COMMITMENTS, MOST_OF_MEMBER
from app.pooling.models import Campaign, CampaignItem, Commitment
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import commitments as queries
from app.pooling.rules import at_most_minor, lots_of
from app.pooling.schemas.commitments import CommitmentIn
from app.pooling.states import LIVE, CommitmentState
from app.pooling.usecases.approve_commitment import ENTITY, SUBJECT, ask_for_approval, at_most
from app.pooling.usecases.check_campaign import step_error
from app.pooling.usecases.deposit import ask_for_deposit, give_deposit_back, method_errors
from app.pooling.usecases.too_late import closed


@dataclass(frozen=True, slots=True)
class Checked:
    """A form that may stand, counted in lots."""

    lots: int
    substitute_lots: int | None

    def values(self, form: CommitmentIn) -> dict[str, Any]:
        """The columns that a form sets."""
        return {
            "item_id": form.item_id,
            "place": form.place,
            "lots": self.lots,
            "substitute_item_id": form.substitute.item_id if form.substitute else None,
            "substitute_lots": self.substitute_lots,
            "reference": form.reference,
        }

    def at_most(self, form: CommitmentIn) -> int:
        """The most that it can cost, in minor units."""
        instead = form.substitute.limit_minor if form.substitute else None
        return at_most_minor(self.lots, form.limit_minor, self.substitute_lots, instead)


async def commit(
    session: AsyncSession, actor: Actor, campaign: Campaign, form: CommitmentIn, *, now: datetime
) -> Commitment:
    """Record a commitment: it stands, or awaits the approval that the member's rules ask for. The database refuses it from the
    freeze on, however late the request is.

    Raises `Invalid`, `CampaignClosed`, `AlreadyCommitted`, `NotOnThisSide`, `TooManyCommitments`.
    """
    checked = await _check(session, campaign, form, is_new=True)
    if not await campaign_queries.hold_open(session, campaign.id):
        raise await late(session, campaign, now=now)
    member_id, commitment_id, at_most_minor = actor.organization_id, new_id(), checked.at_most(form)
    await queries.in_turn(session, campaign.id, member_id)
    approval_id = await ask_for_approval(session, actor, campaign, commitment_id, form, at_most_minor, now=now)
    values = {"id": commitment_id, "campaign_id": campaign.id, "member_id": member_id, "currency": campaign.currency}
    values |= {"approval_id": approval_id, "state": _state(approval_id)}
    try:
        row = await queries.insert_commitment(
            session, {**values, **checked.values(form), "created_by": actor.person_id}
        )
        if row is None:
            raise AlreadyCommitted()
        sealed = {"commitment_id": row.id, "campaign_id": campaign.id, "member_id": member_id}
        await queries.insert_limit(session, {**sealed, **_limits(form)})
        await ask_for_deposit(session, campaign, row, at_most_minor, form.payment_method)
    except DBAPIError as error:
        raise _meant(error) from error
    await _tell(session, actor, row, "commitment.make")
    return row


async def change_commitment(
    session: AsyncSession,
    actor: Actor,
    commitment_id: UUID,
    form: CommitmentIn,
    *,
    version: int | None,
    now: datetime,
) -> Commitment:
    """Replace what a commitment says, as read at `version`. What may cost more, or is something else, is asked for anew.

    Raises as `commit` does, and `CommitmentEnded`, `DepositUnderWay`.
    """
    seen = await queries.commitment(session, commitment_id)
    campaign = await campaign_queries.campaign(session, seen.campaign_id) if seen else None
    if campaign is None:
        raise NotFound()
    checked = await _check(session, campaign, form, is_new=False)
    is_open = await campaign_queries.hold_open(session, campaign.id)
    await queries.in_turn(session, campaign.id, actor.organization_id)
    row = await queries.lock_commitment(session, commitment_id, actor.organization_id)
    if row is None:
        raise NotFound()
    require_version(row.version, version)
    if row.state not in LIVE:
        raise CommitmentEnded()
    if not is_open:
        raise await late(session, campaign, now=now)
    at_most_minor = checked.at_most(form)
    if await _is_more(session, row, form, at_most_minor):
        await parties.withdraw_approval(session, actor, SUBJECT, row.id)
        approval_id = await ask_for_approval(session, actor, campaign, row.id, form, at_most_minor, now=now)
        row.approval_id, row.state = approval_id, _state(approval_id)
    for name, value in checked.values(form).items():
        setattr(row, name, value)
    row.version += 1
    try:
        await session.flush()
        await queries.change_limit(session, row.id, _limits(form))
        await ask_for_deposit(session, campaign, row, at_most_minor, form.payment_method)
    except DBAPIError as error:
        raise _meant(error) from error
    await _tell(session, actor, row, "commitment.change")
    return row


def _state(approval_id: UUID | None) -> CommitmentState:
    return CommitmentState.STANDING if approval_id is None else CommitmentState.AWAITING


async def _is_more(session: AsyncSession, row: Commitment, form: CommitmentIn, at_most_minor: int) -> bool:
    """Whether a change goes beyond what one may have agreed to: it waits still, may cost more, or is something else."""
    limit = (await queries.limits(session, [row.id]))[row.id]
    instead = form.substitute.item_id if form.substitute else None
    is_other = row.item_id != form.item_id or instead not in (None, row.substitute_item_id)
    return row.state == CommitmentState.AWAITING or is_other or at_most_minor > at_most(row, limit)


async def withdraw_commitment(session: AsyncSession, actor: Actor, commitment_id: UUID, *, now: datetime) -> Commitment:
    """Take a commitment back. Of one that does not stand any more nothing changes. Raises `CampaignClosed`."""
    seen = await queries.commitment(session, commitment_id)
    campaign = await campaign_queries.campaign(session, seen.campaign_id) if seen else None
    if campaign is None:
        raise NotFound()
    is_open = await campaign_queries.hold_open(session, campaign.id)
    row = await queries.lock_commitment(session, commitment_id, actor.organization_id)
    if row is None:
        raise NotFound()
    if row.state not in LIVE:
        return row
    if not is_open:
        raise await late(session, campaign, now=now)
    if row.state == CommitmentState.AWAITING:
        await parties.withdraw_approval(session, actor, SUBJECT, row.id)
    row.state, row.withdrawn_at = CommitmentState.WITHDRAWN, now
    row.version += 1
    await session.flush()
    await give_deposit_back(session, campaign, row)
    await _tell(session, actor, row, "commitment.withdraw")
    return row


async def late(session: AsyncSession, campaign: Campaign, *, now: datetime) -> Exception:
    """What it means that a campaign is not held open."""
    await session.refresh(campaign)
    return closed(campaign, now=now)


def _limits(form: CommitmentIn) -> dict[str, int | None]:
    substitute = form.substitute
    return {
        "limit_minor": form.limit_minor,
        "substitute_limit_minor": substitute.limit_minor if substitute else None,
    }


def _meant(error: DBAPIError) -> Exception:
    if refused_by(error, "pooling_one_side"):
        return NotOnThisSide()
    if refused_by(error, "uq_commitments_one_an_item_and_place"):
        return AlreadyCommitted()
    if refused_by(error, "commitments_of_member", "ck_campaign_totals_in_range"):
        return TooManyCommitments(most=MOST_OF_MEMBER, of_item=MOST_COMMITMENTS)
    return error


async def _check(session: AsyncSession, campaign: Campaign, form: CommitmentIn, *, is_new: bool) -> Checked:
    """Every finding at once. Raises `Invalid`."""
    errors = method_errors(campaign, form.payment_method, is_new=is_new)
    if form.currency != campaign.currency:
        message = N_("The currency of this campaign is {currency}.")
        errors.append(FieldError("/currency", "other-currency", message, {"currency": campaign.currency}))
    items = {item.id: item for item in await campaign_queries.items(session, [campaign.id])}
    if form.place not in await campaign_queries.places(session, campaign.id):
        message = N_("The campaign has no place “{place}”.")
        errors.append(FieldError("/place", "unknown-place", message, {"place": form.place}))
    tiers = await campaign_queries.tiers(session, [campaign.id])
    cheapest = {item_id: min(tier.price_minor for tier in found) for item_id, found in tiers.items()}
    lots, wrong = _wish("", form, items, cheapest)
    instead = None
    if form.substitute is not None:
        instead, more = _wish("/substitute", form.substitute, items, cheapest)
        wrong += more
        if form.substitute.item_id == form.item_id:
            wrong.append(FieldError("/substitute/item_id", "same-item", N_("A substitute is of another item.")))
    if errors or wrong:
        raise Invalid(errors=[*errors, *wrong])
    return Checked(lots, instead)


def _wish(
    pointer: str, wish: Any, items: dict[UUID, CampaignItem], cheapest: dict[UUID, int]
) -> tuple[int, list[FieldError]]:
    """The lots of a wish, and what is wrong with it. `cheapest` are the lowest prices told, by item."""
    item = items.get(wish.item_id)
    if item is None:
        message = N_("The campaign has no such item.")
        return 0, [FieldError(f"{pointer}/item_id", "unknown-item", message)]
    errors = []
    off_step = step_error(f"{pointer}/quantity", wish.quantity, item.lot_quantity)
    lots = lots_of(wish.quantity, item.lot_quantity) or 0
    if off_step:
        errors.append(off_step)
    elif not item.member_min_lots <= lots <= item.member_max_lots:
        least, most = item.member_min_lots * item.lot_quantity, item.member_max_lots * item.lot_quantity
        params = {"least": format(least.normalize(), "f"), "most": format(most.normalize(), "f")}
        message = N_("A member takes {least} at least and {most} at most.")
        errors.append(FieldError(f"{pointer}/quantity", "quantity-out-of-range", message, params))
    if item.published is not None and wish.limit_minor < cheapest.get(item.id, 0):
        message = N_(
            "Even at the deepest tier a lot costs {price_minor} minor units before freight: this limit is below."
        )
        told = {"price_minor": cheapest[item.id]}
        errors.append(FieldError(f"{pointer}/limit_minor", "below-cheapest-tier", message, told))
    return lots, errors


async def _tell(session: AsyncSession, actor: Actor, row: Commitment, action: str) -> None:
    # Without its limit: that is the member's own.
    after = {"campaign_id": row.campaign_id, "item_id": row.item_id, "place": row.place, "lots": row.lots}
    await audit.record(session, actor, action, ENTITY, row.id, after={"state": row.state, **after})
    event = CommitmentChanged(
        commitment_id=row.id, campaign_id=row.campaign_id, member_id=row.member_id, state=row.state
    )
    await announce(session, event, organizations=[row.member_id])
