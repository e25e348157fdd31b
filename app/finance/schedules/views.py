"""Payment schedules as their two sides see them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.bank.facade import payers, written
from app.finance.schedules import queries
from app.finance.schedules.models import MilestonePayment, MilestoneRefund, PaymentMilestone, PaymentSchedule
from app.finance.schedules.schemas import (
    BankRefundOut,
    MilestonePaymentOut,
    MilestoneRefundOut,
    PaymentAmountOut,
    PaymentMilestoneDetailOut,
    PaymentMilestoneOut,
    PaymentScheduleOut,
    PaymentScheduleSummaryOut,
    PaymentSideOut,
    PaymentTermsOut,
    TransferAccountOut,
)
from app.finance.schedules.states import (
    ACCEPTED_BY_LABELS,
    DECLINE_TEXTS,
    EVIDENCE_LABELS,
    MISTAKEN_LABELS,
    PROGRESS_LABELS,
    REFUND_KIND_LABELS,
    REFUND_LABELS,
    ROLE_LABELS,
    STEP_LABELS,
    WAY_LABELS,
    RefundKind,
    ScheduleRole,
)
from app.finance.schedules.usecases.go_on import held_of, owed
from app.kit.actor import Actor
from app.kit.locales import current_locale, translate
from app.kit.schemas import Labelled, labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

amount = shown.amounts(PaymentAmountOut)
_side = shown.firms(PaymentSideOut)


async def summaries(
    session: AsyncSession, actor: Actor, rows: Sequence[PaymentSchedule]
) -> list[PaymentScheduleSummaryOut]:
    """A page of schedules, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.buyer_id, row.supplier_id)])
    parts = await queries.milestones(session, [row.id for row in rows])
    return [_summary(actor, row, parts[row.id], firms) for row in rows]


def _summary(
    actor: Actor, row: PaymentSchedule, parts: Sequence[PaymentMilestone], firms: Mapping[UUID, OrganizationRef]
) -> PaymentScheduleSummaryOut:
    role = ScheduleRole.BUYER if row.buyer_id == actor.organization_id else ScheduleRole.SUPPLIER
    return PaymentScheduleSummaryOut(
        id=row.id,
        role=labelled(role, ROLE_LABELS),
        deal_kind=row.deal_kind,
        deal_id=row.deal_id,
        deal_number=row.deal_number,
        buyer=_side(firms, row.buyer_id),
        supplier=_side(firms, row.supplier_id),
        total=amount(row.total_minor, row.currency),
        outstanding=amount(sum(map(owed, parts)), row.currency),
        held=amount(sum(map(held_of, parts)), row.currency),
        released=amount(sum(part.released_minor for part in parts), row.currency),
        refunded=amount(sum(part.refunded_minor for part in parts), row.currency),
        opened_at=row.opened_at,
    )


async def schedule_out(session: AsyncSession, actor: Actor, row: PaymentSchedule) -> PaymentScheduleOut:
    """A schedule with its terms and milestones."""
    [summary] = await summaries(session, actor, [row])
    parts = (await queries.milestones(session, [row.id]))[row.id]
    paid = await queries.last_payments(session, [part.id for part in parts])
    return PaymentScheduleOut(
        **dict(summary),
        terms=PaymentTermsOut(
            retention_percent=_percent(row.retention_bp),
            retention_days=row.retention_days,
            silence_days=row.silence_days,
            payment_days=row.payment_days,
        ),
        milestones=[milestone_out(part, paid.get(part.id)) for part in parts],
    )


async def milestone_detail_out(session: AsyncSession, row: PaymentMilestone) -> PaymentMilestoneDetailOut:
    """A milestone with its last payment, for the buyer, and what was given back of it."""
    paid = await queries.last_payments(session, [row.id])
    refunds = [refund_out(one) for one in await queries.refunds_of(session, row.id)]
    return PaymentMilestoneDetailOut(**dict(milestone_out(row, paid.get(row.id))), refunds=refunds)


def milestone_out(row: PaymentMilestone, paid: MilestonePayment | None) -> PaymentMilestoneOut:
    """A milestone and its money."""
    currency = row.currency
    return PaymentMilestoneOut(
        id=row.id,
        schedule_id=row.schedule_id,
        position=row.position,
        key=row.key,
        part_id=row.part_id,
        reference=written(row.reference) if row.reference else None,
        share_percent=_percent(row.share_bp),
        amount=amount(row.amount_minor, currency),
        evidence=labelled(row.evidence, EVIDENCE_LABELS),
        expected_on=row.expected_on,
        state=labelled(row.state, PROGRESS_LABELS),
        silence_accepts_at=None if row.frozen_by else row.silent_at,
        accepted_at=row.accepted_at,
        accepted_by=labelled(row.accepted_by, ACCEPTED_BY_LABELS) if row.accepted_by else None,
        disputed=row.frozen_by is not None,
        due_on=row.due_on,
        pay_by=row.pay_by,
        outstanding=amount(owed(row), currency),
        funded=amount(row.funded_minor, currency),
        held=amount(held_of(row), currency),
        released=amount(row.released_minor, currency),
        refunded=amount(row.refunded_minor, currency),
        charged_back=amount(row.charged_back_minor, currency),
        reduced=amount(row.reduced_minor, currency),
        retention=amount(row.retention_minor, currency),
        retention_free_on=row.free_on if row.retention_minor else None,
        payment=_payment(paid) if paid else None,
    )


def _payment(row: MilestonePayment) -> MilestonePaymentOut:
    reason = None
    if row.reason is not None:
        reason = Labelled(code=row.reason, label=translate(DECLINE_TEXTS[row.reason], current_locale()))
    accounts = None
    if row.bank_accounts is not None:
        accounts = [TransferAccountOut(**account) for account in row.bank_accounts]
    return MilestonePaymentOut(
        id=row.id,
        way=labelled(row.way, WAY_LABELS),
        state=labelled(row.state, STEP_LABELS),
        amount=amount(row.amount_minor, row.currency),
        method=row.shown,
        reason=reason,
        accounts=accounts,
        remittance=row.remittance,
        instructions_url=row.instructions_url,
        created_at=row.created_at,
    )


def refund_out(row: MilestoneRefund) -> MilestoneRefundOut:
    """Something that is given back."""
    return MilestoneRefundOut(
        id=row.id,
        kind=labelled(row.kind, REFUND_KIND_LABELS),
        state=labelled(row.state, MISTAKEN_LABELS if row.kind == RefundKind.MISTAKEN else REFUND_LABELS),
        amount=amount(row.amount_minor, row.currency),
        reason=row.reason,
        created_at=row.created_at,
    )


async def bank_refunds_out(session: AsyncSession, rows: Sequence[MilestoneRefund]) -> list[BankRefundOut]:
    """What is to be sent back by bank, with where to. As the operator."""
    firms = await parties.organizations(session, [row.buyer_id for row in rows])
    sent_by = await payers(session, [row.match_id for row in rows if row.match_id])
    found = []
    for row in rows:
        assert row.match_id is not None and row.reference is not None
        payer = sent_by[row.match_id]
        found.append(
            BankRefundOut(
                id=row.id,
                milestone_id=row.milestone_id,
                kind=labelled(row.kind, REFUND_KIND_LABELS),
                amount=amount(row.amount_minor, row.currency),
                reference=row.reference,
                holder=payer.name,
                account=payer.account,
                buyer=_side(firms, row.buyer_id),
                created_at=row.created_at,
            )
        )
    return found


def _percent(basis_points: int) -> Decimal:
    return Decimal(format((Decimal(basis_points) / 100).normalize(), "f"))
