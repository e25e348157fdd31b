"""What follows from news about financing: the people of the side whose business it is are told, in their languages."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import notices, queries
from app.finance.financing.events import (
    FinancingCancelled,
    FinancingFunded,
    FinancingMoved,
    FinancingOffered,
    FinancingQuoted,
    FundingDeclined,
    ReceivableAssigned,
)
from app.finance.financing.states import MOVE_LABELS, MoveKind
from app.finance.financing.usecases import accept, offer
from app.finance.schedules.facade import DECLINE_TEXTS, milestone
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.messages.facade import Param
from app.parties import facade as parties

_NOBODY = "–"


@reaction(FinancingOffered, name="finance.tell_financiers_of_offer")
async def tell_financiers(session: AsyncSession, told: Told) -> None:
    """Those whom the supplier chose are told."""
    event: FinancingOffered = told.event
    for financier_id in told.organization_ids:
        if financier_id != event.supplier_id:
            params: dict[str, Param] = {
                "financing_offer_id": event.financing_offer_id,
                "firm": await _firm(session, event.supplier_id),
                "amount": {"minor": event.amount_minor, "currency": event.currency},
            }
            entity = (offer.ENTITY, event.financing_offer_id)
            await _notify(session, told, financier_id, Permission.PAYMENTS_MANAGE, notices.OFFERED, params, entity)


@reaction(FinancingQuoted, name="finance.tell_supplier_of_quote")
async def tell_supplier_of_quote(session: AsyncSession, told: Told) -> None:
    """The supplier is told that there is a quote."""
    event: FinancingQuoted = told.event
    async with acting_for(session, event.supplier_id):
        row = await queries.offer(session, event.financing_offer_id)
    if row is None:
        return
    params: dict[str, Param] = {
        "financing_offer_id": row.id,
        "firm": await _firm(session, event.financier_id),
        "amount": {"minor": row.amount_minor, "currency": row.currency},
    }
    await _notify(session, told, event.supplier_id, Permission.INVOICE, notices.QUOTED, params, (offer.ENTITY, row.id))


@reaction(ReceivableAssigned, FinancingCancelled, name="finance.tell_debtor_of_assignment")
async def tell_debtor(session: AsyncSession, told: Told) -> None:
    """The debtor is told to whom what he owes is assigned, and that he goes on paying as before."""
    event = told.event
    async with acting_for(session, event.buyer_id):
        owed = await milestone(session, event.milestone_id)
    if owed is None:
        return
    params: dict[str, Param] = {
        "schedule_id": event.schedule_id,
        "number": owed.deal_number,
        "firm": await _firm(session, event.supplier_id),
        "amount": {"minor": event.amount_minor, "currency": event.currency},
    }
    notice = notices.UNASSIGNED
    if isinstance(event, ReceivableAssigned):
        notice, params["financier"] = notices.ASSIGNED, await _firm(session, event.financier_id)
    entity = ("payment_milestone", event.milestone_id)
    await _notify(session, told, event.buyer_id, Permission.ORDER, notice, params, entity)


@reaction(ReceivableAssigned, FundingDeclined, FinancingMoved, name="finance.tell_financier_of_financing")
async def tell_financier(session: AsyncSession, told: Told) -> None:
    """The financier is told what he has won and has to pay, and what becomes of it."""
    event = told.event
    if isinstance(event, FundingDeclined):
        notice, params = notices.DECLINED, _of(event, event.amount_minor)
        params["reason"] = {"i18n": [DECLINE_TEXTS[event.reason]]}
    elif isinstance(event, FinancingMoved):
        notice, params = notices.MOVED, _of(event, event.principal_minor + event.charge_minor)
        params["what"] = {"i18n": list(MOVE_LABELS[MoveKind(event.kind)])}
        params["firm"] = await _firm(session, event.supplier_id)
    else:
        notice, params = notices.WON, _of(event, event.amount_minor)
        params["firm"] = await _firm(session, event.supplier_id)
    entity = (accept.ENTITY, event.financing_id)
    await _notify(session, told, event.financier_id, Permission.PAYMENTS_MANAGE, notice, params, entity)


@reaction(FinancingFunded, FinancingMoved, name="finance.tell_supplier_of_financing")
async def tell_supplier(session: AsyncSession, told: Told) -> None:
    """The supplier is told that the advance came, and what became of it."""
    event = told.event
    if isinstance(event, FinancingFunded):
        notice, params = notices.FUNDED, _of(event, event.amount_minor)
    else:
        notice, params = notices.MOVED, _of(event, event.principal_minor + event.charge_minor)
        params["what"] = {"i18n": list(MOVE_LABELS[MoveKind(event.kind)])}
    params["firm"] = await _firm(session, event.financier_id)
    entity = (accept.ENTITY, event.financing_id)
    await _notify(session, told, event.supplier_id, Permission.INVOICE, notice, params, entity)


def _of(event: FinancingFunded | FinancingMoved | FundingDeclined, minor: int) -> dict[str, Param]:
    return {"financing_id": event.financing_id, "amount": {"minor": minor, "currency": event.currency}}


async def _firm(session: AsyncSession, firm_id: UUID) -> str:
    found = (await parties.organizations(session, [firm_id])).get(firm_id)
    return found.legal_name_local if found else _NOBODY


async def _notify(
    session: AsyncSession,
    told: Told,
    reader_id: UUID,
    permission: Permission,
    notice: str,
    params: dict[str, Param],
    entity: tuple[str, UUID],
) -> None:
    async with acting_for(session, reader_id):
        await messages.notify(
            session,
            organization_id=reader_id,
            permission=permission,
            notice=notice,
            params=params,
            entity=entity,
            dedupe=told.id,
        )
