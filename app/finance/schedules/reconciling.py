"""What the payment provider should say of the payments and refunds of milestones."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind
from app.finance.reconciliation.facade import ExpectedLine, LineKind, Scope
from app.finance.schedules import provider_queries
from app.finance.schedules.provider_queries import AtProvider
from app.finance.schedules.states import PaymentStep, RefundStep
from app.gateways.payments import PaymentState, RefundState

_PAYMENTS = {
    PaymentStep.PROCESSING: frozenset({PaymentState.PROCESSING.value, PaymentState.HELD.value}),
    PaymentStep.CAPTURED: frozenset({PaymentState.CAPTURED.value, PaymentState.REFUNDED.value}),
    PaymentStep.DECLINED: frozenset({PaymentState.DECLINED.value}),
    PaymentStep.WITHDRAWN: frozenset({PaymentState.RELEASED.value, PaymentState.EXPIRED.value}),
}
_REFUNDS = {
    RefundStep.DONE: frozenset({RefundState.DONE.value}),
    RefundStep.FAILED: frozenset({RefundState.FAILED.value}),
}


async def lines(session: AsyncSession, scope: Scope, after: UUID | None, most: int) -> list[ExpectedLine]:
    """The payments and refunds of milestones, each with its milestone as its cause. While anything of a milestone is under way
    nothing of it is compared. What a bank took back the provider does not take off the payment: of such milestones the ledger's
    sums are not compared."""
    rows = await provider_queries.at_provider(session, scope.start, scope.end, scope.references, after, most)
    return [_line(row) for row in rows]


def _line(row: AtProvider) -> ExpectedLine:
    kind = LineKind(row.kind)
    fitting = _PAYMENTS.get(PaymentStep(row.state)) if kind is LineKind.PAYMENT else _REFUNDS.get(RefundStep(row.state))
    return ExpectedLine(
        row.id,
        kind,
        row.reference,
        row.amount_minor,
        row.currency,
        frozenset() if row.moves or fitting is None else fitting,
        None if row.charged_back else (CauseKind.MILESTONE, row.milestone_id),
        row.of,
        row.given_back_minor,
    )
