"""What follows from a letter or a claim: whoever orders or pays for the debtor is told, in his language."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning.events import DunningNoticeIssued, LatePaymentClaimed, LatePaymentClaimWithdrawn
from app.finance.dunning.notices import BY_TONE, CLAIMED, WITHDRAWN
from app.finance.dunning.states import Tone
from app.finance.dunning.usecases import claim
from app.finance.dunning.usecases.write_letters import ENTITY
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.messages.facade import Param
from app.parties import facade as parties


@reaction(DunningNoticeIssued, name="finance.send_reminder")
async def send_reminder(session: AsyncSession, told: Told) -> None:
    """Send the letter's mail."""
    event: DunningNoticeIssued = told.event
    async with acting_for(session, event.recipient_id):
        firms = await parties.organizations(session, [event.issuer_id])
        if event.issuer_id not in firms:
            return
        await messages.notify(
            session,
            organization_id=event.recipient_id,
            permission=Permission.ORDER,
            notice=BY_TONE[Tone(event.tone)],
            params={
                "dunning_notice_id": event.dunning_notice_id,
                "firm": firms[event.issuer_id].legal_name_local,
                "invoices": event.invoices,
                "oldest_on": event.oldest_due_on,
            },
            entity=(ENTITY, event.dunning_notice_id),
            dedupe=told.id,
        )


@reaction(LatePaymentClaimed, LatePaymentClaimWithdrawn, name="finance.tell_of_late_payment_claim")
async def tell_of_claim(session: AsyncSession, told: Told) -> None:
    """What is claimed for late payment, or is not any more."""
    event: LatePaymentClaimed | LatePaymentClaimWithdrawn = told.event
    async with acting_for(session, event.recipient_id):
        firms = await parties.organizations(session, [event.issuer_id])
        if event.issuer_id not in firms:
            return
        params: dict[str, Param] = {
            "late_payment_claim_id": event.late_payment_claim_id,
            "firm": firms[event.issuer_id].legal_name_local,
            "number": event.number,
        }
        if isinstance(event, LatePaymentClaimed):
            sums = {
                "amount": event.interest_minor + event.fixed_sum_minor,
                "interest": event.interest_minor,
                "fixed_sum": event.fixed_sum_minor,
            }
        else:
            sums = {"amount": event.amount_minor}
        for name, minor in sums.items():
            params[name] = {"minor": minor, "currency": event.currency}
        await messages.notify(
            session,
            organization_id=event.recipient_id,
            permission=Permission.ORDER,
            notice=CLAIMED if isinstance(event, LatePaymentClaimed) else WITHDRAWN,
            params=params,
            entity=(claim.ENTITY, event.late_payment_claim_id),
            dedupe=told.id,
        )
