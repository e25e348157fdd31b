"""The one place where a supplier's money is passed on and taken back. Each function writes down what a step means for him, and
gives the facts that the ledger is told of it.

What is subtracted for the house, and what is sent on, belongs here: `released` knows the payment that each part came in by.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import Posting
from app.finance.schedules import booking
from app.finance.schedules.models import (
    MilestoneChargeback,
    MilestoneRefund,
    MilestoneRelease,
    PaymentMilestone,
)


async def released(
    session: AsyncSession, milestone: PaymentMilestone, releases: Sequence[MilestoneRelease]
) -> list[Posting]:
    """Parts of payments went to the supplier."""
    return [booking.released(milestone, one) for one in releases]


async def refunded(
    session: AsyncSession, milestone: PaymentMilestone, refund: MilestoneRefund, day: date
) -> list[Posting]:
    """A refund is done. What of it is the supplier's to bear is `from_supplier_minor`."""
    return [booking.refunded(milestone, refund, day)]


async def charged_back(
    session: AsyncSession, milestone: PaymentMilestone, chargeback: MilestoneChargeback, day: date
) -> list[Posting]:
    """The payer's bank took money back. What of it had been released the supplier owes."""
    return [booking.charged_back(milestone, chargeback, day)]


async def chargeback_won(
    session: AsyncSession, milestone: PaymentMilestone, chargeback: MilestoneChargeback, day: date
) -> list[Posting]:
    """The payer's bank gave it back: what was taken from the supplier is his again."""
    return [booking.chargeback_won(milestone, chargeback, day)]
