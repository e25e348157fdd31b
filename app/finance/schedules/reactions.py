"""What follows from news about milestones: the people of the side whose business it is are told, in their languages."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission.facade import ChargedDeal, tells_deals
from app.finance.invoicing.facade import follows_invoices
from app.finance.ledger.facade import CauseKind
from app.finance.schedules import notices, queries
from app.finance.schedules.events import (
    ChargebackEnded,
    MilestoneChargedBack,
    MilestoneDue,
    MilestoneFunded,
    MilestonePaymentDeclined,
    MilestonePaymentUndone,
    MilestoneRefunded,
    MilestoneRefundFailed,
    MilestoneReleased,
    TransferAwaited,
)
from app.finance.schedules.models import PaymentMilestone, PaymentSchedule
from app.finance.schedules.states import DECLINE_TEXTS
from app.finance.schedules.usecases.go_on import schedule_of
from app.finance.schedules.usecases.meet_invoices import follow_invoices
from app.finance.schedules.usecases.progress import ENTITY
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.messages.facade import Param
from app.parties import facade as parties

_NOBODY = "–"


@reaction(
    MilestoneDue,
    TransferAwaited,
    MilestonePaymentDeclined,
    MilestonePaymentUndone,
    MilestoneRefunded,
    name="finance.tell_buyer_of_milestone",
)
async def tell_buyer(session: AsyncSession, told: Told) -> None:
    """Whoever orders is told what is to be paid, how, and what came back."""
    event = told.event
    async with acting_for(session, event.buyer_id):
        row = await queries.milestone(session, event.milestone_id)
        if row is None:
            return
        schedule = await schedule_of(session, row)
        params = _particulars(event, row, schedule)
        if isinstance(event, MilestoneDue):
            notice = notices.DUE
            params |= {"firm": await _firm(session, row.supplier_id), "pay_on": event.pay_by}
        elif isinstance(event, MilestonePaymentDeclined):
            notice = notices.DECLINED
            params["reason"] = {"i18n": [DECLINE_TEXTS[event.reason]]}
        elif isinstance(event, MilestonePaymentUndone):
            notice = notices.UNDONE
            params["firm"] = await _firm(session, row.supplier_id)
        elif isinstance(event, MilestoneRefunded):
            notice = notices.REFUNDED
            params["firm"] = await _firm(session, row.supplier_id)
        else:
            notice = notices.TRANSFER
        await _notify(session, told, row, row.buyer_id, notice, params)


@reaction(
    MilestoneFunded,
    MilestonePaymentUndone,
    MilestoneReleased,
    MilestoneRefundFailed,
    MilestoneChargedBack,
    ChargebackEnded,
    name="finance.tell_supplier_of_milestone",
)
async def tell_supplier(session: AsyncSession, told: Told) -> None:
    """Whoever invoices is told what is held for him, what is his, and what was taken from him."""
    event = told.event
    async with acting_for(session, event.supplier_id):
        row = await queries.milestone(session, event.milestone_id)
        if row is None:
            return
        params = _particulars(event, row, await schedule_of(session, row))
        firm = await _firm(session, row.buyer_id)
        match event:
            case MilestoneFunded():
                notice, params["firm"] = notices.FUNDED, firm
            case MilestonePaymentUndone():
                notice, params["firm"] = notices.UNDONE, firm
            case MilestoneReleased():
                notice, params["firm"] = notices.RELEASED, firm
            case MilestoneChargedBack():
                notice, params["firm"] = notices.CHARGED_BACK, firm
            case ChargebackEnded(won=won):
                notice, params["firm"] = notices.CHARGEBACK_WON if won else notices.CHARGEBACK_LOST, firm
            case _:
                notice = notices.REFUND_FAILED
        await _notify(session, told, row, row.supplier_id, notice, params)


async def _notify(
    session: AsyncSession, told: Told, row: PaymentMilestone, reader_id: UUID, notice: str, params: dict[str, Param]
) -> None:
    await messages.notify(
        session,
        organization_id=reader_id,
        permission=Permission.ORDER if reader_id == row.buyer_id else Permission.INVOICE,
        notice=notice,
        params=params,
        entity=(ENTITY, row.id),
        dedupe=told.id,
    )


def _particulars(
    event: MilestoneDue | MilestoneFunded, row: PaymentMilestone, schedule: PaymentSchedule
) -> dict[str, Param]:
    return {
        "schedule_id": row.schedule_id,
        "number": schedule.deal_number,
        "position": row.position,
        "amount": {"minor": event.amount_minor, "currency": event.currency},
    }


async def _firm(session: AsyncSession, firm_id: UUID) -> str:
    found = (await parties.organizations(session, [firm_id])).get(firm_id)
    return found.legal_name_local if found else _NOBODY


async def charged_deals(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ChargedDeal]:
    """What an invoice over commission names of milestones."""
    return {
        milestone.id: ChargedDeal((schedule.deal_kind, schedule.deal_id), schedule.deal_number, milestone.position)
        for milestone, schedule in await queries.with_schedules(session, ids)
    }


tells_deals(CauseKind.MILESTONE, charged_deals)
# After the receivables, which open the item that is paid.
follows_invoices("schedules", follow_invoices, turn=1)
