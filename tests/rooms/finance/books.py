"""Builders of facts for the ledger, and of what stands in it."""

from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from app.finance import facade as ledger
from app.finance.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.kit.db.engine import Database, Role
from app.kit.ids import new_id
from tests.market import Market, Member

Owner = psycopg.Connection[tuple[object, ...]]
CASH = AccountOf(None, Purpose.CASH_AT_PROVIDER, "EUR")
NOBODY = UUID(int=0)


def held_for(organization_id: UUID, currency: str = "EUR") -> AccountOf:
    """The account of an organization's deposits."""
    return AccountOf(organization_id, Purpose.DEPOSIT_HELD, currency)


def taken(organization_id: UUID, amount: int, day: date, *, cause: UUID | None = None) -> Posting:
    """A deposit that was taken."""
    legs = (debit(CASH, amount), credit(held_for(organization_id), amount))
    return Posting(FactKind.DEPOSIT_TAKEN, (CauseKind.DEPOSIT, cause or new_id()), day, legs)


def returned(organization_id: UUID, amount: int, day: date) -> Posting:
    """A deposit that was given back."""
    legs = (debit(held_for(organization_id), amount), credit(CASH, amount))
    return Posting(FactKind.DEPOSIT_RETURNED, (CauseKind.DEPOSIT, new_id()), day, legs)


async def posted(database: Database, *facts: Posting) -> list[UUID]:
    """What the worker posts, acting for nobody."""
    async with database.transaction(Role.WORKER) as session:
        return await ledger.post(session, *facts)


async def account_of(member: Member, purpose: str = "deposit_held") -> dict[str, Any]:
    """The member's account for a purpose, as the API shows it."""
    rows = (await member.get("/v1/ledger/accounts")).json()["items"]
    return next(row for row in rows if row["purpose"]["code"] == purpose)


async def operator(market: Market) -> Member:
    """Somebody who runs the marketplace."""
    return await market.people("operator")


def verified(owner: Owner) -> dict[str, Any]:
    """Balances and sums of the log, by account."""
    rows = owner.execute(
        "SELECT b.account_id, b.balance_minor, coalesce(sum(e.amount_minor), 0) FROM ledger_balances b "
        "LEFT JOIN ledger_entries e ON e.account_id = b.account_id GROUP BY 1, 2"
    ).fetchall()
    return {str(row[0]): (row[1], row[2]) for row in rows}
