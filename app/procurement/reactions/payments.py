"""What follows for orders from the money of their milestones: what counts as accepted there is accepted here."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.events import MilestoneThawed, SilenceAccepted
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.procurement.usecases.decide_milestone import accept_unsaid
from app.procurement.usecases.order_steps import ENTITY


@reaction(SilenceAccepted, MilestoneThawed, name="procurement.accept_unsaid")
async def accept_what_counts(session: AsyncSession, told: Told) -> None:
    """Accept, for a buyer who was silent or whose dispute was settled so, what he has not accepted himself meanwhile."""
    event: SilenceAccepted | MilestoneThawed = told.event
    if event.deal_kind != ENTITY or (isinstance(event, MilestoneThawed) and not event.accepted):
        return
    async with acting_for(session, event.buyer_id):
        await accept_unsaid(session, event.deal_id, event.part_id, now=told.occurred_at)
