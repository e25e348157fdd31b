"""Reminders as their two sides see them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.dunning import queries
from app.finance.dunning.models import DunningLine, DunningNotice, DunningSettings, DunningStep
from app.finance.dunning.schemas import (
    DunningAmountOut,
    DunningClaimOut,
    DunningFirmOut,
    DunningLineOut,
    DunningNoticeOut,
    DunningSettingsOut,
    DunningStepOut,
)
from app.finance.dunning.states import CHARGES_LABELS, TONE_LABELS
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

amount = shown.amounts(DunningAmountOut)
_firm = shown.firms(DunningFirmOut)


def settings_out(row: DunningSettings | None, steps: Sequence[DunningStep]) -> DunningSettingsOut:
    """What an issuer has set; before he has set anything, that nobody is reminded."""
    return DunningSettingsOut(
        active=row.active if row else False,
        steps=[
            DunningStepOut(
                step=one.step,
                days_overdue=one.days_overdue,
                tone=labelled(one.tone, TONE_LABELS),
                charges=labelled(one.charges, CHARGES_LABELS),
            )
            for one in steps
        ],
        agreed_interest_bp=row.agreed_interest_bp if row else None,
        version=row.version if row else 1,
        changed_at=row.changed_at if row else None,
    )


def by_currency(amounts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """What amounts come to, by currency; nothing where that is nothing."""
    sums: dict[str, int] = defaultdict(int)
    for currency, minor in amounts:
        sums[currency] += minor
    return [(currency, minor) for currency, minor in sorted(sums.items()) if minor]


async def notices_out(session: AsyncSession, rows: Sequence[DunningNotice]) -> list[DunningNoticeOut]:
    """A page of letters, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.issuer_id, row.recipient_id)])
    lines = await queries.lines_of(session, [row.id for row in rows])
    return [_notice(row, lines.get(row.id, []), firms) for row in rows]


def _notice(
    row: DunningNotice, lines: Sequence[DunningLine], firms: Mapping[UUID, OrganizationRef]
) -> DunningNoticeOut:
    owed = by_currency((line.currency, line.open_minor) for line in lines)
    claimed = by_currency((line.currency, line.interest_minor + line.fixed_minor) for line in lines)
    return DunningNoticeOut(
        id=row.id,
        tone=labelled(row.tone, TONE_LABELS),
        issuer=_firm(firms, row.issuer_id),
        recipient=_firm(firms, row.recipient_id),
        issued_on=row.issued_on,
        locale=row.locale,
        open=[amount(minor, currency) for currency, minor in owed],
        claimed=[amount(minor, currency) for currency, minor in claimed],
        claims=[claim_told(one) for one in row.letterhead.get("claims", ())],
        lines=[_line(line) for line in lines],
        pdf=f"/v1/dunning-notices/{row.id}/pdf",
    )


def _line(line: DunningLine) -> DunningLineOut:
    return DunningLineOut(
        open_item_id=line.item_id,
        number=line.number,
        invoiced_on=line.invoiced_on,
        due_on=line.due_on,
        days_overdue=line.days_overdue,
        amount=amount(line.amount_minor, line.currency),
        open=amount(line.open_minor, line.currency),
        step=line.step,
        interest=amount(line.interest_minor, line.currency),
        fixed_sum=amount(line.fixed_minor, line.currency),
    )


def claim_told(told: Mapping[str, Any]) -> DunningClaimOut:
    """A claim as a letter tells it."""
    open_now = amount(told["open_minor"], told["currency"])
    claimed_on = date.fromisoformat(told["claimed_on"])
    return DunningClaimOut(number=told["number"], claimed_on=claimed_on, open=open_now)
