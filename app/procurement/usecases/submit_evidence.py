"""The supplier shows that a milestone is reached."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.outbox import announce
from app.procurement.events import MilestoneEvidenceSubmitted
from app.procurement.milestone_names import milestone_names
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import MilestoneWaits
from app.procurement.order_rules import waits_for
from app.procurement.order_states import MilestoneAct, MilestoneState, Side
from app.procurement.schemas.orders import EvidenceIn
from app.procurement.usecases.milestone_steps import require_step, take_in_hand, write_entry
from app.procurement.usecases.order_steps import ENTITY
from app.procurement.usecases.order_texts import ENTRY


async def submit_evidence(
    session: AsyncSession, actor: Actor, order_id: UUID, milestone_id: UUID, form: EvidenceIn, *, now: datetime
) -> PurchaseOrder:
    """Submit files and a note, first or again. Raises `MilestoneWaits` when others come first, and `MilestoneFrozen` when the
    milestone is disputed.

    The files hang on the entry in the history, so each round of evidence stays what it was.
    """
    step = await take_in_hand(session, order_id, milestone_id)
    require_step(step, MilestoneState.SUBMITTED, Side.SUPPLIER)
    waiting = waits_for(step.milestone, step.everything)
    if waiting:
        raise MilestoneWaits(milestones=milestone_names(waiting))
    step.milestone.state = MilestoneState.SUBMITTED
    entry = await write_entry(session, actor, step, MilestoneAct.SUBMITTED, note=form.note, locale=form.locale)
    buyer_id = step.order.buyer_id
    await finance.milestone_evidenced(session, (ENTITY, step.order.id), step.milestone.id, now=now)
    await documents.attach(session, actor, form.document_ids, entity=(ENTRY, entry.id), reader_ids=[buyer_id])
    event = MilestoneEvidenceSubmitted(
        order_id=step.order.id,
        milestone_id=step.milestone.id,
        entry_id=entry.id,
        buyer_id=buyer_id,
        supplier_id=step.order.supplier_id,
        code=step.milestone.code,
    )
    await announce(session, event, organizations=[buyer_id, step.order.supplier_id])
    return step.order
