"""All the SQL on payments and refunds of milestones as the payment provider knows them. Only as the operator."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules.models import MilestonePayment
from app.finance.schedules.states import PaymentStep

_AT_PROVIDER = text("""
WITH concerned AS (
    SELECT milestone_id FROM milestone_payments
    WHERE payment IS NOT NULL AND (changed_at >= :start AND changed_at < :end OR payment = ANY(:known))
    UNION SELECT milestone_id FROM milestone_refunds WHERE changed_at >= :start AND changed_at < :end OR refund = ANY(:known)
), found AS (
    SELECT p.id, 'payment' AS kind, p.payment AS reference, p.amount_minor, p.currency, p.state, p.milestone_id, NULL AS of,
        (SELECT coalesce(sum(r.from_escrow_minor + r.from_supplier_minor), 0)::bigint FROM milestone_refunds r
         WHERE r.payment_id = p.id AND r.match_id IS NULL AND r.state <> 'failed') AS given_back_minor
    FROM milestone_payments p JOIN concerned USING (milestone_id) WHERE p.payment IS NOT NULL
    UNION ALL
    SELECT r.id, 'refund', r.refund, r.from_escrow_minor + r.from_supplier_minor, r.currency, r.state, r.milestone_id, p.payment,
        NULL
    FROM milestone_refunds r JOIN concerned USING (milestone_id) JOIN milestone_payments p ON p.id = r.payment_id
    WHERE r.refund IS NOT NULL
)
SELECT f.*,
    EXISTS (SELECT 1 FROM milestone_payments p
            WHERE p.milestone_id = f.milestone_id AND p.state IN ('pending', 'withdrawing'))
    OR EXISTS (SELECT 1 FROM milestone_refunds r
               WHERE r.milestone_id = f.milestone_id AND r.match_id IS NULL AND r.state IN ('pending', 'processing')) AS moves,
    EXISTS (SELECT 1 FROM milestone_chargebacks c
            WHERE c.milestone_id = f.milestone_id AND c.state <> 'won') AS charged_back
FROM found f WHERE CAST(:after AS uuid) IS NULL OR f.id > :after ORDER BY f.id LIMIT :most
""").bindparams(bindparam("after", type_=Uuid))


@dataclass(frozen=True, slots=True)
class AtProvider:
    """A payment or refund that the provider knows. `moves` while anything of its milestone is under way; `charged_back` when a
    bank has taken money of it back; `of` is the payment of a refund, `given_back_minor` what was given back of a payment, at the
    provider's desk as well."""

    id: UUID
    kind: str
    reference: str
    amount_minor: int
    currency: str
    state: str
    milestone_id: UUID
    of: str | None
    given_back_minor: int | None
    moves: bool
    charged_back: bool


async def at_provider(
    session: AsyncSession, start: datetime, end: datetime, known: Iterable[str], after: UUID | None, most: int
) -> list[AtProvider]:
    """The next payments and refunds of milestones of which one changed in some time, or has one of some references."""
    asked = {"start": start, "end": end, "known": list(known), "after": after, "most": most}
    return [AtProvider(**row) for row in (await session.execute(_AT_PROVIDER, asked)).mappings()]


async def payment_known_as(session: AsyncSession, reference: str) -> MilestonePayment | None:
    """By the provider's reference; for the worker, who acts for nobody."""
    return await session.scalar(select(MilestonePayment).where(MilestonePayment.payment == reference))


async def is_being_paid(session: AsyncSession, milestone_id: UUID) -> bool:
    """Whether a payment of a milestone was asked for of which nothing is written down yet."""
    payment = MilestonePayment
    statement = select(payment.id).where(
        payment.milestone_id == milestone_id, payment.state == PaymentStep.PENDING, payment.payment.is_(None)
    )
    return await session.scalar(statement.limit(1)) is not None
