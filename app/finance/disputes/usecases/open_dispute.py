"""The buyer disputes a milestone: it is frozen from this moment on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import milestones, queries, rules
from app.finance.disputes.errors import AlreadyDisputed, NothingToDispute
from app.finance.disputes.events import DisputeOpened
from app.finance.disputes.models import Dispute
from app.finance.disputes.schemas import DisputeIn
from app.finance.disputes.states import Act, Side
from app.finance.disputes.usecases.steps import Author, Words, write
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.outbox import announce


async def open_dispute(
    session: AsyncSession, actor: Actor, milestone_id: UUID, form: DisputeIn, *, now: datetime
) -> Dispute:
    """Open a dispute with its deadlines. Raises `NotFound`, `NothingToDispute`, `AlreadyDisputed`.

    The milestone is frozen first, which locks it: a release and a dispute cannot interleave.
    """
    dispute_id = new_id()
    found = await milestones.milestone(session, milestone_id)
    if found is None or found.buyer_id != actor.organization_id:
        raise NotFound()
    if found.frozen_by is not None:
        raise AlreadyDisputed()
    if not await milestones.freeze(session, milestone_id, dispute_id):
        raise AlreadyDisputed()
    found = await milestones.milestone(session, milestone_id)
    if found is None:
        raise NotFound()
    if not rules.is_disputable(
        escrow_minor=found.escrow_minor, outstanding_minor=found.outstanding_minor, progress=found.progress
    ):
        raise NothingToDispute()
    until = rules.deadlines(now)
    values = {
        "id": dispute_id,
        "milestone_id": milestone_id,
        "schedule_id": found.schedule_id,
        "buyer_id": found.buyer_id,
        "supplier_id": found.supplier_id,
        "deal_number": found.deal_number,
        "milestone_position": found.position,
        "currency": found.currency,
        "disputed_minor": found.open_minor,
        "reason": form.reason,
        "opened_at": now,
        "answer_due_at": until.answer_due_at,
        "escalates_at": until.escalates_at,
    }
    row = await queries.insert_dispute(session, values)
    if row is None:
        raise AlreadyDisputed()
    words = Words(form.text, form.locale, form.document_ids)
    await write(session, row, Author(actor, Side.BUYER), Act.OPENED, words)
    event = DisputeOpened(
        dispute_id=row.id,
        milestone_id=row.milestone_id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        reason=row.reason,
        currency=row.currency,
        disputed_minor=row.disputed_minor,
        answer_due_at=row.answer_due_at,
        escalates_at=row.escalates_at,
    )
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])
    return row
