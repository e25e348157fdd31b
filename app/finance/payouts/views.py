"""Payouts as their readers see them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.ledger.facade import CAUSE_LABELS
from app.finance.payouts import queries
from app.finance.payouts.models import Payout, PayoutCalendar, PayoutDefaults, PayoutItem, SupplierAccount
from app.finance.payouts.requirements import asked_for
from app.finance.payouts.rules import pays_on
from app.finance.payouts.schemas import (
    BankPayoutOut,
    PayoutAccountOut,
    PayoutAmountOut,
    PayoutCalendarOut,
    PayoutCauseOut,
    PayoutDefaultsOut,
    PayoutItemOut,
    PayoutOut,
    RefusedItemOut,
    RequirementOut,
)
from app.finance.payouts.states import (
    ACCOUNT_STATE_LABELS,
    ITEM_STATE_LABELS,
    PAYOUT_STATE_LABELS,
    RHYTHM_LABELS,
    WAY_LABELS,
)
from app.finance.payouts.terms import merged
from app.kit.locales import current_locale, translate
from app.kit.schemas import labelled
from app.parties import facade as parties

amount_out = shown.amounts(PayoutAmountOut)


def account_out(row: SupplierAccount) -> PayoutAccountOut:
    """An account, with what is still to be told."""
    return PayoutAccountOut(
        state=labelled(row.state, ACCOUNT_STATE_LABELS),
        country=row.country,
        pays_out=row.pays_out,
        due=[RequirementOut(text=translate(text, current_locale()), codes=codes) for text, codes in asked_for(row.due)],
        opened_at=row.opened_at,
        looked_at=row.looked_at,
    )


def calendar_out(defaults: PayoutDefaults, row: PayoutCalendar | None, today: date) -> PayoutCalendarOut:
    """What holds for an organization."""
    terms = merged(defaults, row)
    return PayoutCalendarOut(
        rhythm=labelled(terms.rhythm, RHYTHM_LABELS),
        weekday=terms.weekday,
        month_day=terms.month_day,
        least=amount_out(*terms.least),
        hold_days=terms.hold_days,
        way=labelled(terms.way, WAY_LABELS),
        is_default=row is None or row.rhythm is None,
        next_on=pays_on(terms, today),
        version=row.version if row is not None else 1,
    )


def defaults_out(row: PayoutDefaults) -> PayoutDefaultsOut:
    """What holds for those who have said nothing."""
    return PayoutDefaultsOut(
        rhythm=labelled(row.rhythm, RHYTHM_LABELS),
        weekday=row.weekday,
        month_day=row.month_day,
        least=amount_out(row.least_minor, row.least_currency),
        hold_days=row.hold_days,
        version=row.version,
    )


async def payouts_out(session: AsyncSession, rows: Sequence[Payout]) -> list[PayoutOut]:
    """A page of payouts, in as many statements as for one."""
    set_off = await queries.set_off_in(session, [row.id for row in rows])
    return [PayoutOut(**_payout(row, set_off.get(row.id, 0))) for row in rows]


def _payout(row: Payout, set_off_minor: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "way": labelled(row.way, WAY_LABELS),
        "state": labelled(row.state, PAYOUT_STATE_LABELS),
        "amount": amount_out(row.amount_minor, row.currency),
        "sent": amount_out(row.sent_minor, row.currency),
        "set_off": amount_out(set_off_minor, row.currency),
        "made_on": row.made_on,
        "ended_at": row.ended_at,
        "bank_reference": row.bank_reference,
        "returned_on": row.returned_on,
    }


async def bank_payouts_out(session: AsyncSession, rows: Sequence[Payout]) -> list[BankPayoutOut]:
    """What the operator's bank is to send, with where to."""
    set_off = await queries.set_off_in(session, [row.id for row in rows])
    firms = await parties.organizations(session, [row.supplier_id for row in rows])
    return [
        BankPayoutOut(
            **_payout(row, set_off.get(row.id, 0)),
            supplier_id=row.supplier_id,
            supplier=firms[row.supplier_id].legal_name_local,
            holder=row.bank_holder or "",
            account=row.bank_account or "",
            bic=row.bank_bic,
            remittance=remittance(row),
        )
        for row in rows
    ]


def remittance(row: Payout) -> str:
    """What a transfer says, and is called by, in letters that every bank takes."""
    return row.reference or f"PAYOUT {row.id.hex.upper()}"


def item_out(row: PayoutItem) -> PayoutItemOut:
    """What is or was owed."""
    return PayoutItemOut(**_item(row))


def refused_out(row: PayoutItem) -> RefusedItemOut:
    """What was refused, for the operator."""
    return RefusedItemOut(**_item(row), supplier_id=row.supplier_id, problem=row.problem or "")


def _item(row: PayoutItem) -> dict[str, Any]:
    amounts = {
        "amount": row.amount_minor,
        "taken_back": row.taken_back_minor,
        "set_off": row.set_off_minor,
        "sent": row.sent_minor,
        "came_back": row.reversed_minor,
    }
    return {
        "id": row.id,
        "cause": PayoutCauseOut(kind=labelled(row.cause_kind, CAUSE_LABELS), id=row.cause_id),
        "state": labelled(row.state, ITEM_STATE_LABELS),
        **{name: amount_out(minor, row.currency) for name, minor in amounts.items()},
        "released_on": row.released_on,
        "due_on": row.due_on,
        "sent_on": row.sent_on,
        "payout_id": row.payout_id,
    }
