"""Tell the operator's people of money that came by bank and is to be sent back by bank."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import notices
from app.finance.schedules.models import MilestoneRefund
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.messages import facade as messages
from app.parties import facade as parties

MOST_OPERATORS = 20


async def tell_operators(session: AsyncSession, refund: MilestoneRefund) -> None:
    """It stands on their list until a statement tells that it left."""
    firm = (await parties.organizations(session, [refund.buyer_id]))[refund.buyer_id]
    params: dict[str, messages.Param] = {
        "amount": {"minor": refund.amount_minor, "currency": refund.currency},
        "firm": firm.legal_name_local,
        "reference": refund.reference or "",
    }
    for operator in await parties.operators(session, MOST_OPERATORS):
        async with acting_for(session, operator.id):
            await messages.notify(
                session,
                organization_id=operator.id,
                permission=Permission.OPERATE,
                notice=notices.REFUND_TO_SEND,
                params=params,
                entity=("milestone_refund", refund.id),
                dedupe=refund.id,
            )
