"""A deal takes credit, gives it back, or is invoiced: each in the deal's own transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import queries
from app.finance.credit.errors import CreditExceeded, CreditSuspended, NoCreditLine
from app.finance.credit.states import TakeState
from app.finance.invoicing.facade import JustIssued
from app.kit.ids import new_id
from app.kit.locales import current_locale
from app.reference import facade as reference

Deal = tuple[str, UUID]


async def take(
    session: AsyncSession, *, supplier_id: UUID, buyer_id: UUID, currency: str, amount_minor: int, deal: Deal
) -> None:
    """Take credit for a deal, once. Call it while acting for either side, late in the transaction: whoever takes of the same pair
    waits until it ends.

    What tax adds when the deal is invoiced is exposure too, and is never refused. Raises `NoCreditLine`, `CreditSuspended`,
    `CreditExceeded`; `ValueError` where the deal took another amount before.
    """
    if amount_minor <= 0:
        return
    done = await queries.take(session, new_id(), (supplier_id, buyer_id, currency), amount_minor, deal)
    match done.outcome:
        case "none":
            raise NoCreditLine(currency=currency)
        case "suspended":
            raise CreditSuspended()
        case "exceeded":
            raise _exceeded(done, amount_minor, currency)
        case "otherwise":
            raise ValueError(f"{deal} has taken credit before, and otherwise")


def _exceeded(done: queries.Taken, amount_minor: int, currency: str) -> CreditExceeded:
    left_minor = max(0, done.limit_minor - done.exposure_minor)
    texts: dict[str, Any] = {
        name: reference.display_money(minor, currency, current_locale())
        for name, minor in (("amount", amount_minor), ("limit", done.limit_minor), ("left", left_minor))
    }
    return CreditExceeded(
        **texts, currency=currency, amount_minor=amount_minor, limit_minor=done.limit_minor, left_minor=left_minor
    )


async def give_back(session: AsyncSession, deal: Deal) -> bool:
    """A deal has ended before it was invoiced; whether it had taken credit. Call it while acting for either side."""
    return await queries.end_take(session, deal, TakeState.GIVEN_BACK)


async def follow_invoices(session: AsyncSession, issued: Sequence[JustIssued]) -> None:
    """What deals took is owed by invoices from now on: it is no longer counted as ordered. A part of a deal that is charged by
    itself leaves that as it is, until the whole is charged."""
    deals = {(one.kind, one.id) for invoice in issued for one in invoice.charged if not one.part}
    for deal in sorted(deals):
        await queries.end_take(session, deal, TakeState.INVOICED)
