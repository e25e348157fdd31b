"""Credit lines as their two sides see them."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.credit import queries
from app.finance.credit.models import CreditLine, CreditTake
from app.finance.credit.rules import left_minor, state_of
from app.finance.credit.schemas import CreditAmountOut, CreditFirmOut, CreditLineOut, CreditTakeOut
from app.finance.credit.states import (
    CREDIT_SIDE_LABELS,
    LINE_STATE_LABELS,
    SUSPENSION_LABELS,
    TAKE_STATE_LABELS,
    CreditSide,
)
from app.kit.actor import Actor
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

amount = shown.amounts(CreditAmountOut)
_firm = shown.firms(CreditFirmOut)


async def lines_out(
    session: AsyncSession, actor: Actor, rows: Sequence[CreditLine], today: date
) -> list[CreditLineOut]:
    """A page of lines with what is used of them, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.supplier_id, row.buyer_id)])
    used = await queries.exposures(session, rows)
    return [
        _line(actor, row, firms, used.get((row.supplier_id, row.buyer_id, row.currency), (0, 0)), today) for row in rows
    ]


def _line(
    actor: Actor, row: CreditLine, firms: Mapping[UUID, OrganizationRef], used: tuple[int, int], today: date
) -> CreditLineOut:
    granted = row.supplier_id == actor.organization_id
    state = state_of(row.valid_from, row.valid_until, row.suspension is not None, today)
    return CreditLineOut(
        id=row.id,
        version=row.version,
        side=labelled(CreditSide.SUPPLIER if granted else CreditSide.BUYER, CREDIT_SIDE_LABELS),
        supplier=_firm(firms, row.supplier_id),
        buyer=_firm(firms, row.buyer_id),
        currency=row.currency,
        limit=amount(row.limit_minor, row.currency),
        ordered=amount(used[0], row.currency),
        invoiced=amount(used[1], row.currency),
        left=amount(left_minor(row.limit_minor, sum(used)), row.currency),
        state=labelled(state, LINE_STATE_LABELS),
        payment_days=row.payment_days,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        suspend_after_days=row.suspend_after_days,
        suspension=labelled(row.suspension, SUSPENSION_LABELS) if row.suspension else None,
        suspension_reason=row.suspension_reason if granted else None,
        suspended_at=row.suspended_at,
        created_at=row.created_at,
    )


def take_out(row: CreditTake) -> CreditTakeOut:
    """What a deal took."""
    return CreditTakeOut(
        id=row.id,
        deal_kind=row.deal_kind,
        deal_id=row.deal_id,
        amount=amount(row.amount_minor, row.currency),
        state=labelled(row.state, TAKE_STATE_LABELS),
        taken_at=row.taken_at,
        ended_at=row.ended_at,
    )
