"""Builders of milestones of payment schedules, as disputes want them."""

from uuid import UUID

from sqlalchemy import select

from app.finance.facade import Evidence, PaymentTerms, ScheduleDraft, SchedulePart, open_schedule
from app.finance.schedules.facade import MilestoneState, accepted, evidenced, milestone
from app.finance.schedules.models import MilestonePayment, PaymentMilestone
from app.finance.schedules.usecases.chargeback import follow_dispute
from app.gateways.payments import Amount, Dispute, DisputeState
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.warehousing.stock import made


async def payment_milestone(
    market: Market,
    buyer: Member,
    supplier: Member,
    *,
    amount_minor: int = 300_000,
    progress: str = "evidenced",
    paid: bool = True,
    released: bool = False,
) -> UUID:
    """The third milestone of a deal between the two, which they call PO-2026-0042. One that is paid and accepted is released."""
    deal = ("deal", new_id())
    shares = ((2500, Evidence.DESIGN_APPROVED), (2500, Evidence.T1_REPORT), (5000, Evidence.BILL_OF_LADING))
    parts = [SchedulePart(new_id(), f"m{at}", *share) for at, share in enumerate(shares, start=1)]
    draft = ScheduleDraft(
        deal=deal,
        number="PO-2026-0042",
        buyer_id=buyer.firm.id,
        supplier_id=supplier.firm.id,
        currency="EUR",
        total_minor=2 * amount_minor,
        terms=PaymentTerms(),
        parts=parts,
    )
    now = market.clock.now()
    async with market.db.transaction() as session, acting_for(session, supplier.firm.id):
        schedule_id = await open_schedule(session, draft, now=now)
        statement = select(PaymentMilestone.id).where(PaymentMilestone.schedule_id == schedule_id)
        milestone_id = await session.scalar(statement.where(PaymentMilestone.position == 3))
        assert milestone_id is not None
        if progress == "evidenced":
            await evidenced(session, deal, parts[2].part_id, now=now)
    if progress == "accepted":
        async with market.db.transaction() as session, acting_for(session, buyer.firm.id):
            await accepted(session, deal, parts[2].part_id, now=now)
    if paid:
        await made(buyer, f"/v1/payment-milestones/{milestone_id}/pay", {"payment_method": "tok_visa"}, 202)
        await market.work()
    assert released == (paid and progress == "accepted")
    return milestone_id


async def milestone_of(market: Market, buyer: Member, milestone_id: UUID | str) -> MilestoneState:
    """The same as its facade tells it, once the provider has done what was asked of it."""
    await market.work()
    async with market.db.transaction() as session, acting_for(session, buyer.firm.id):
        found = await milestone(session, UUID(str(milestone_id)))
        assert found is not None
        return found


async def charged_back(
    market: Market,
    buyer: Member,
    milestone_id: UUID | str,
    minor: int,
    *,
    state: DisputeState = DisputeState.TO_ANSWER,
) -> None:
    """The payer's bank takes so much of it back, or decides about it."""
    async with market.db.transaction() as session, acting_for(session, buyer.firm.id):
        payment = await session.scalar(select(MilestonePayment).where(MilestonePayment.milestone_id == milestone_id))
        assert payment is not None
        now = market.clock.now()
        taken = Dispute("dp_1", "pi_1", Amount(minor, "EUR"), state, "general", None, now)
        await follow_dispute(session, payment.id, taken, now=now)
