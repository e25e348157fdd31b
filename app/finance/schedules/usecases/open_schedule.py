"""Open the schedule of a deal: its price divided to the last minor unit, on the terms that both sides agreed on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import creditor_reference
from app.finance.commission import facade as commission
from app.finance.schedules import queries, rules
from app.finance.schedules.drafts import ScheduleDraft
from app.finance.schedules.events import ScheduleOpened
from app.finance.schedules.states import AT_OPENING, AcceptedBy
from app.finance.schedules.usecases.progress import accept
from app.gateways.payments import payable_step_minor
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.outbox import announce

REFERENCE = "MS"


async def open_schedule(session: AsyncSession, draft: ScheduleDraft, *, now: datetime) -> UUID:
    """The schedule's id; that of the one that stands when the deal has one. Call it while acting for one of the two sides.

    The commission on it is agreed on by the rules of today. What needs no evidence is accepted, and due, at once. Raises
    `ValueError` for shares that do not come to 10,000 basis points.
    """
    schedule_id = new_id()
    if not await queries.insert_schedule(session, _schedule(draft, schedule_id), _parts(draft, schedule_id)):
        stands = await queries.schedule_of(session, draft.deal)
        assert stands is not None, "the deal has one"
        return stands.id
    await commission.agree(
        session,
        deal=draft.deal,
        supplier_id=draft.supplier_id,
        currency=draft.currency,
        category_code=draft.category_code,
        campaign_id=draft.campaign_id,
        day=now.date(),
    )
    event = ScheduleOpened(
        schedule_id=schedule_id,
        deal_kind=draft.deal[0],
        deal_id=draft.deal[1],
        deal_number=draft.number,
        total_minor=draft.total_minor,
        **_sides(draft),
    )
    await announce(session, event, organizations=[draft.buyer_id, draft.supplier_id])
    async with acting_for(session, draft.buyer_id):
        for row in (await queries.milestones(session, [schedule_id]))[schedule_id]:
            if row.evidence in AT_OPENING:
                await accept(session, row, AcceptedBy.TERMS, now=now)
    return schedule_id


def _sides(draft: ScheduleDraft) -> dict[str, Any]:
    return {"buyer_id": draft.buyer_id, "supplier_id": draft.supplier_id, "currency": draft.currency}


def _schedule(draft: ScheduleDraft, schedule_id: UUID) -> dict[str, Any]:
    """The columns of the schedule."""
    return {
        "id": schedule_id,
        "deal_kind": draft.deal[0],
        "deal_id": draft.deal[1],
        "deal_number": draft.number,
        "total_minor": draft.total_minor,
        "retention_bp": draft.terms.retention_bp,
        "retention_days": draft.terms.retention_days,
        "silence_days": draft.terms.silence_days,
        "payment_days": draft.terms.payment_days,
        **_sides(draft),
    }


def _parts(draft: ScheduleDraft, schedule_id: UUID) -> list[dict[str, Any]]:
    """The columns of its milestones, which come to the total. Raises `ValueError` when their shares do not come to the whole."""
    shares = [part.share_bp for part in draft.parts]
    amounts = rules.split_minor(draft.total_minor, shares, payable_step_minor(draft.currency))
    ids = [new_id() for _ in draft.parts]
    return [
        {
            "id": one,
            "reference": creditor_reference(REFERENCE, one),
            "schedule_id": schedule_id,
            "position": position,
            "part_id": part.part_id,
            "key": part.key,
            "share_bp": part.share_bp,
            "amount_minor": amount,
            "retention_minor": rules.retention_minor(amount, draft.terms.retention_bp),
            "evidence": part.evidence,
            "expected_on": part.expected_on,
            **_sides(draft),
        }
        for position, (one, part, amount) in enumerate(zip(ids, draft.parts, amounts, strict=True), start=1)
    ]
