"""What follows from news of disputes: the people of both sides and of the operator are told, each in his language."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import notices, queries, texts
from app.finance.disputes.events import DisputeContinued, DisputeEnded, DisputeOpened
from app.finance.disputes.guards import SPEAKS_BY
from app.finance.disputes.models import Dispute, DisputeEntry
from app.finance.disputes.states import REASON_LABELS, Act, DisputeState, Reason, Side
from app.finance.disputes.usecases.steps import ENTITY
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties

Params = dict[str, messages.Param]


@reaction(DisputeOpened, DisputeContinued, DisputeEnded, name="finance.tell_of_dispute")
async def tell_of_dispute(session: AsyncSession, told: Told) -> None:
    """Tell whoever did not do it himself; the operator, when it comes before him and what is said then."""
    event: DisputeOpened | DisputeContinued | DisputeEnded = told.event
    for side, reader_id in ((Side.BUYER, event.buyer_id), (Side.SUPPLIER, event.supplier_id)):
        async with acting_for(session, reader_id):
            row = await queries.dispute(session, event.dispute_id)
            if row is None:
                continue
            entry = await _entry(session, event)
            if entry is not None and not _concerns(entry, side):
                continue
            if isinstance(event, DisputeOpened) and side is Side.BUYER:
                continue
            notice = _notice(event)
            params = await _params(session, notice, row, entry)
            await _tell(session, told, reader_id, SPEAKS_BY[side], notice, params, row)


async def _entry(session: AsyncSession, event: DisputeOpened | DisputeContinued | DisputeEnded) -> DisputeEntry | None:
    return None if isinstance(event, DisputeOpened) else await queries.entry(session, event.entry_id)


def _concerns(entry: DisputeEntry, side: Side) -> bool:
    """Whether a side is told: not of what it did itself, unless that ended the dispute or changed who decides."""
    return entry.side != side or entry.act in (Act.ACCEPTED, Act.ESCALATED)


def _notice(event: DisputeOpened | DisputeContinued | DisputeEnded) -> str:
    if isinstance(event, DisputeOpened):
        return notices.OPENED
    if isinstance(event, DisputeEnded):
        return notices.ENDED[DisputeState(event.state)]
    return notices.CONTINUED[Act(event.act)]


@reaction(DisputeContinued, name="finance.tell_operator_of_dispute")
async def tell_operator(session: AsyncSession, told: Told) -> None:
    """Tell the operator's people what is to be decided, and what is said about it afterwards."""
    event: DisputeContinued = told.event
    if event.state != DisputeState.ESCALATED or event.act not in (Act.ESCALATED, Act.MESSAGE):
        return
    async with acting_for(session, event.buyer_id):
        row = await queries.dispute(session, event.dispute_id)
        entry = await queries.entry(session, event.entry_id)
        if row is None or entry is None or entry.side == Side.OPERATOR:
            return
        notice = notices.TO_DECIDE if event.act == Act.ESCALATED else notices.CONTINUED[Act.MESSAGE]
        params = await _params(session, notice, row, entry)
        operators = await parties.operators(session, texts.MOST_OPERATORS)
    for operator in operators:
        async with acting_for(session, operator.id):
            await _tell(session, told, operator.id, Permission.OPERATE, notice, params, row)


async def _params(session: AsyncSession, notice: str, row: Dispute, entry: DisputeEntry | None) -> Params:
    """What a notice says, as far as its texts ask for it."""
    author = entry.organization_id if entry and entry.organization_id else row.buyer_id
    firms = await parties.organizations(session, {row.buyer_id, row.supplier_id, author})
    every: Params = {
        "dispute_id": row.id,
        "number": row.deal_number,
        "milestone": row.milestone_position,
        "firm": _name(firms, author),
        "buyer": _name(firms, row.buyer_id),
        "supplier": _name(firms, row.supplier_id),
        "reason": {"i18n": list(REASON_LABELS[Reason(row.reason)])},
        "amount": {"minor": row.disputed_minor, "currency": row.currency},
        "answer_at": row.answer_due_at,
    }
    if entry is not None and entry.release_minor is not None and entry.refund_minor is not None:
        every["release"] = {"minor": entry.release_minor, "currency": row.currency}
        every["refund"] = {"minor": entry.refund_minor, "currency": row.currency}
    return {name: value for name, value in every.items() if name in notices.WANTED[notice]}


def _name(firms: dict[UUID, parties.OrganizationRef], firm_id: UUID) -> str:
    found = firms.get(firm_id)
    return found.legal_name_local if found else ""


async def _tell(
    session: AsyncSession,
    told: Told,
    reader_id: UUID,
    permission: Permission,
    notice: str,
    params: Params,
    row: Dispute,
) -> None:
    await messages.notify(
        session,
        organization_id=reader_id,
        permission=permission,
        notice=notice,
        params=params,
        entity=(ENTITY, row.id),
        dedupe=told.id,
    )
