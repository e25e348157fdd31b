"""What the ledger is told of deposits.

What a card's bank has authorized is no money yet: it stands on accounts of its own, and becomes money that is held for the member
when it is taken. The ledger is told what differs between what it has of a deposit and what the provider said, so that telling it
once more changes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.finance.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.gateways.payments import payable_step_minor
from app.kit.db.tenancy import acting_for
from app.pooling.deposits import queries
from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.states import DepositState

AUTHORIZED, HELD = Purpose.DEPOSIT_AUTHORIZED, Purpose.DEPOSIT_HELD
# The house's account on the other side; what is told when there is more, and when there is less.
TOLD = {
    AUTHORIZED: (Purpose.HOLD_AT_PROVIDER, FactKind.DEPOSIT_AUTHORIZED, FactKind.AUTHORIZATION_ENDED),
    HELD: (Purpose.CASH_AT_PROVIDER, FactKind.DEPOSIT_TAKEN, FactKind.DEPOSIT_RETURNED),
}


def facts(row: PoolDeposit, has: Mapping[Purpose, int], state: str, day: date) -> list[Posting]:
    """What is to be posted when the provider has answered that a deposit is in this state, and the ledger `has` so much of it."""
    should = {
        AUTHORIZED: row.amount_minor if state == DepositState.HELD else 0,
        HELD: row.amount_minor if state == DepositState.CAPTURED else 0,
    }
    found = []
    for purpose, (house, more, less) in TOLD.items():
        change = should[purpose] - has.get(purpose, 0)
        if not change:
            continue
        at_house, of_member = AccountOf(None, house, row.currency), AccountOf(row.member_id, purpose, row.currency)
        legs = (debit(at_house, change), credit(of_member, change))
        found.append(Posting(more if change > 0 else less, _cause(row), day, legs, row.attempt))
    return found


async def book(session: AsyncSession, row: PoolDeposit, state: str, day: date) -> None:
    """Post what the provider answered, in the transaction that records it."""
    async with acting_for(session, row.member_id):
        has = await finance.balances_of_cause(session, row.member_id, _cause(row))
    await finance.post(session, *facts(row, has, state, day))


async def book_use(
    session: AsyncSession, rows: Sequence[PoolDeposit], lines: Sequence[Mapping[str, Any]], day: date
) -> None:
    """Put deposits that were taken towards what their members are to pay to suppliers, in proportion to the lines of each, and
    let it be sent on to them. Of a deposit each supplier's part is an occasion of its own. What is more than there is to pay is
    noted, to be given back."""
    of: dict[UUID, list[Mapping[str, Any]]] = {}
    for line in lines:
        of.setdefault(line["commitment_id"], []).append(line)
    uses = [(row, shares(row, of[row.commitment_id])) for row in rows if row.commitment_id in of]
    await finance.post(session, *(use(row, parts, day) for row, parts in uses))
    found = {row.id: surplus(row, sum(parts.values())) for row, parts in uses}
    await queries.note_surpluses(session, {deposit_id: minor for deposit_id, minor in found.items() if minor})
    for row, parts in uses:
        for occasion, (supplier_id, part) in enumerate(parts.items(), 1):
            await finance.owe(
                session,
                supplier_id=supplier_id,
                payment_reference=row.payment,
                amount=(part, row.currency),
                cause=_cause(row),
                occasion=occasion,
                day=day,
            )


async def book_surplus(session: AsyncSession, row: PoolDeposit, day: date) -> None:
    """What was taken beyond what there is to pay was given back."""
    of_member = AccountOf(row.member_id, HELD, row.currency)
    legs = (
        debit(of_member, row.surplus_minor),
        credit(AccountOf(None, Purpose.CASH_AT_PROVIDER, row.currency), row.surplus_minor),
    )
    await finance.post(session, Posting(FactKind.DEPOSIT_RETURNED, _cause(row), day, legs, row.attempt))


def surplus(row: PoolDeposit, owed_minor: int) -> int:
    """What of a deposit that was taken is more than is to be paid and can be given back: in steps in which it can be paid."""
    step = payable_step_minor(row.currency)
    return max(0, row.amount_minor - owed_minor) // step * step


def shares(row: PoolDeposit, lines: Sequence[Mapping[str, Any]]) -> dict[UUID, int]:
    """What of a deposit is whose, by the lines of its commitment: each names a supplier and what is to be paid to him."""
    owed: dict[UUID, int] = {}
    for line in lines:
        owed[line["supplier_id"]] = owed.get(line["supplier_id"], 0) + line["payment_minor"]
    parts = finance.shared(min(row.amount_minor, sum(owed.values())), list(owed.values()))
    return {supplier_id: part for supplier_id, part in zip(owed, parts, strict=True) if part}


def use(row: PoolDeposit, parts: Mapping[UUID, int], day: date) -> Posting:
    """One deposit, and what of it is whose. What is too little to be given back goes to the house's rounding differences."""
    used = sum(parts.values())
    odd = row.amount_minor - used - surplus(row, used)
    legs = [debit(AccountOf(row.member_id, HELD, row.currency), used + odd)]
    if odd:
        legs.append(credit(AccountOf(None, Purpose.ROUNDING, row.currency), odd))
    legs += [
        credit(AccountOf(supplier_id, Purpose.PAYABLE_TO_SUPPLIER, row.currency), part)
        for supplier_id, part in parts.items()
    ]
    return Posting(FactKind.DEPOSIT_USED, _cause(row), day, tuple(legs), row.attempt)


def _cause(row: PoolDeposit) -> tuple[CauseKind, UUID]:
    return CauseKind.DEPOSIT, row.id
