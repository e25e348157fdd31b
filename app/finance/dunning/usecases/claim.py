"""An issuer claims what late payment has cost him, or does not hold on to it."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries
from app.finance.dunning.errors import AlreadyClaimed, NotPaidLate
from app.finance.dunning.events import LatePaymentClaimed, LatePaymentClaimWithdrawn
from app.finance.dunning.late_payment import half_year
from app.finance.dunning.models import LatePaymentClaim
from app.finance.dunning.usecases.reckon import Reckoned, reckon
from app.finance.receivables import facade as receivables
from app.kit import audit
from app.kit.actor import Actor
from app.kit.outbox import announce

ENTITY = "late_payment_claim"


async def claim(
    session: AsyncSession, actor: Actor, item: tuple[UUID, str], stated_minor: int | None, *, today: date
) -> UUID:
    """Claim it as it is reckoned now, to the last line; of an invoice one at a time. Raises what `reckon` does, and
    `AlreadyClaimed`."""
    reckoned = await reckon(session, item, today, stated_minor=stated_minor, lock=True)
    course = reckoned.course
    if any(one.open_minor for one in course.claims):
        raise AlreadyClaimed(number=course.number)
    if not reckoned.total_minor:
        raise NotPaidLate(number=course.number)
    claim_id = await receivables.open_claim(session, course.id, reckoned.total_minor, today)
    row = _row(claim_id, reckoned, today, actor.person_id)
    await queries.insert_claim(session, row, _lines(row, reckoned))
    event = LatePaymentClaimed(
        late_payment_claim_id=claim_id,
        invoice_id=course.invoice_id,
        issuer_id=course.issuer_id,
        recipient_id=course.recipient_id,
        number=course.number,
        currency=course.currency,
        interest_minor=reckoned.interest_minor,
        fixed_sum_minor=reckoned.fixed_minor,
        claimed_on=today,
    )
    await announce(session, event, organizations=[course.issuer_id, course.recipient_id])
    after = {"item": course.id, "interest_minor": row["interest_minor"], "fixed_minor": row["fixed_minor"]}
    await audit.record(session, actor, "late_payment.claim", ENTITY, claim_id, after=after)
    return claim_id


async def withdraw(session: AsyncSession, actor: Actor, row: LatePaymentClaim, reason: str, *, today: date) -> None:
    """What is open of it is not asked for any more, and its days may be claimed anew. Raises `ItemSettled`, `ClaimPaid`."""
    ref = (await receivables.claims_of(session, [row.id]))[row.id]
    await receivables.withdraw_claim(session, row.id, reason, today, actor.person_id)
    event = LatePaymentClaimWithdrawn(
        late_payment_claim_id=row.id,
        invoice_id=ref.invoice_id,
        issuer_id=row.issuer_id,
        recipient_id=row.recipient_id,
        number=ref.number,
        currency=row.currency,
        amount_minor=ref.open_minor,
    )
    await announce(session, event, organizations=[row.issuer_id, row.recipient_id])
    await audit.record(session, actor, "late_payment.withdraw", ENTITY, row.id, after={"reason": reason})


def _row(claim_id: UUID, reckoned: Reckoned, today: date, person_id: UUID | None) -> dict[str, Any]:
    course = reckoned.course
    return {
        "id": claim_id,
        "item_id": course.id,
        "issuer_id": course.issuer_id,
        "recipient_id": course.recipient_id,
        "currency": course.currency,
        "due_on": course.due_on,
        "first_on": reckoned.periods[0].first_on,
        "last_on": reckoned.periods[-1].last_on,
        "claimed_on": today,
        "interest_minor": reckoned.interest_minor,
        "fixed_minor": reckoned.fixed_minor,
        "fixed_by": reckoned.fixed_by,
        "country": reckoned.country,
        "source": reckoned.law.source,
        "person_id": person_id,
    }


def _lines(row: dict[str, Any], reckoned: Reckoned) -> list[dict[str, Any]]:
    return [
        {
            "claim_id": row["id"],
            "position": position,
            "issuer_id": row["issuer_id"],
            "recipient_id": row["recipient_id"],
            "first_on": one.first_on,
            "last_on": one.last_on,
            "principal_minor": one.principal_minor,
            "reference_bp": reckoned.law.reference_bp[half_year(one.first_on)],
            "rate_bp": one.rate_bp,
            "interest_minor": one.interest_minor,
        }
        for position, one in enumerate(reckoned.periods, start=1)
    ]
