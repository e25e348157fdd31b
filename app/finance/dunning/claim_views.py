"""Claims for late payment, and what may be claimed, as their sides see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.dunning import queries
from app.finance.dunning.late_payment import LatePayment, half_year
from app.finance.dunning.models import LatePaymentClaim, LatePaymentClaimLine
from app.finance.dunning.reckoning import Period
from app.finance.dunning.schemas import (
    DunningFirmOut,
    LatePaymentClaimOut,
    LatePaymentLineOut,
    LatePaymentOut,
)
from app.finance.dunning.states import CLAIM_STATE_LABELS, FIXED_BY_LABELS, ClaimState
from app.finance.dunning.usecases.reckon import Reckoned
from app.finance.dunning.views import amount
from app.finance.receivables import facade as receivables
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

_firm = shown.firms(DunningFirmOut)


def reckoned_out(reckoned: Reckoned) -> LatePaymentOut:
    """What may be claimed now."""
    course, currency = reckoned.course, reckoned.course.currency
    return LatePaymentOut(
        open_item_id=course.id,
        number=course.number,
        due_on=course.due_on,
        days_late=reckoned.days_late,
        lines=[_period(one, reckoned.law, currency) for one in reckoned.periods],
        interest=amount(reckoned.interest_minor, currency),
        fixed_sum=amount(reckoned.fixed_minor, currency),
        fixed_by=labelled(reckoned.fixed_by, FIXED_BY_LABELS) if reckoned.fixed_by else None,
        may_state_fixed_sum=reckoned.fixed_open,
        total=amount(reckoned.total_minor, currency),
        source=reckoned.law.source,
    )


def _period(one: Period, law: LatePayment, currency: str) -> LatePaymentLineOut:
    return LatePaymentLineOut(
        first_on=one.first_on,
        last_on=one.last_on,
        days=one.days,
        owed=amount(one.principal_minor, currency),
        reference_bp=law.reference_bp[half_year(one.first_on)],
        rate_bp=one.rate_bp,
        interest=amount(one.interest_minor, currency),
    )


async def claims_out(session: AsyncSession, rows: Sequence[LatePaymentClaim]) -> list[LatePaymentClaimOut]:
    """A page of claims, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.issuer_id, row.recipient_id)])
    lines = await queries.claim_lines(session, [row.id for row in rows])
    refs = await receivables.claims_of(session, [row.id for row in rows])
    return [_claim(row, refs[row.id], lines.get(row.id, []), firms) for row in rows]


def _claim(
    row: LatePaymentClaim,
    ref: receivables.ClaimRef,
    lines: Sequence[LatePaymentClaimLine],
    firms: Mapping[UUID, OrganizationRef],
) -> LatePaymentClaimOut:
    state = ClaimState.OPEN if ref.open_minor else ClaimState.WITHDRAWN if ref.withdrawn else ClaimState.SETTLED
    return LatePaymentClaimOut(
        id=row.id,
        state=labelled(state, CLAIM_STATE_LABELS),
        open_item_id=row.item_id,
        invoice_id=ref.invoice_id,
        number=ref.number,
        issuer=_firm(firms, row.issuer_id),
        recipient=_firm(firms, row.recipient_id),
        due_on=row.due_on,
        claimed_on=row.claimed_on,
        days_late=(row.last_on - row.due_on).days,
        lines=[_line(one, row.currency) for one in lines],
        interest=amount(row.interest_minor, row.currency),
        fixed_sum=amount(row.fixed_minor, row.currency),
        fixed_by=labelled(row.fixed_by, FIXED_BY_LABELS) if row.fixed_by else None,
        total=amount(row.interest_minor + row.fixed_minor, row.currency),
        open=amount(ref.open_minor, row.currency),
        source=row.source,
    )


def _line(one: LatePaymentClaimLine, currency: str) -> LatePaymentLineOut:
    return LatePaymentLineOut(
        first_on=one.first_on,
        last_on=one.last_on,
        days=(one.last_on - one.first_on).days + 1,
        owed=amount(one.principal_minor, currency),
        reference_bp=one.reference_bp,
        rate_bp=one.rate_bp,
        interest=amount(one.interest_minor, currency),
    )
