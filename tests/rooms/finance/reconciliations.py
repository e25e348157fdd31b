"""A night's comparison with the payment provider, what it found, and a part of the house that has payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.facade import (
    AccountOf,
    CauseKind,
    ExpectedLine,
    FactKind,
    LineKind,
    Posting,
    Purpose,
    Scope,
    credit,
    debit,
)
from app.finance.reconciliation.checks import reconciliation
from app.finance.reconciliation.jobs import reconcile_every_night
from app.gateways.payments import Amount
from app.kit.db.engine import Database, Role
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from tests.market import Market, Member
from tests.rooms.finance.books import posted

DIFFERENCES = "/v1/operator/reconciliation-differences"


def runtime(market: Market) -> Runtime:
    """What jobs are given."""
    return Runtime(market.settings, market.db, market.clock, market.app.state.gateways)


async def compared(market: Market, chief: Member) -> dict[str, Any]:
    """A night passes; the run. Who reads it has signed in again."""
    market.move_clock(hours=1)
    await reconcile_every_night(runtime(market))
    chief.headers = (await market.member(chief.firm)).headers
    run = (await chief.get("/v1/operator/reconciliations")).json()["items"][0]
    assert run["phase"]["code"] == "done"
    return dict(run)


async def told(chief: Member, query: str = "?state=open") -> list[tuple[str, str, str]]:
    """(kind, kind of line, reference) of differences, in the order of their ids."""
    answer = await chief.get(f"{DIFFERENCES}{query}")
    assert answer.status_code == 200, answer.text
    rows = answer.json()["items"][::-1]
    return [(row["kind"]["code"], row["line_kind"]["code"], row["reference"]) for row in rows]


async def one(chief: Member, reference: str) -> dict[str, Any]:
    """The difference at that reference."""
    rows = (await chief.get(f"{DIFFERENCES}?limit=100")).json()["items"]
    [found] = [row for row in rows if row["reference"] == reference]
    return dict(found)


async def closed(chief: Member, row: dict[str, Any], status: int = 200, **form: Any) -> dict[str, Any]:
    """The operator says what became of it."""
    form = {"reason": "Looked into.", **form}
    answer = await chief.post(f"{DIFFERENCES}/{row['id']}/closing", json=form)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def proved(db: Database, looked_at: int | None = None) -> list[str]:
    """What `verify` finds wrong."""
    async with db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await reconciliation(session)
    assert looked > 0 and looked_at in (None, looked)
    return broken


class Desk:
    """A part of the house that has payments, refunds, transfers and reversals, each told to the ledger."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[ExpectedLine, datetime]] = {}

    async def lines(
        self, session: AsyncSession, scope: Scope, after: UUID | None, most: int, /
    ) -> Sequence[ExpectedLine]:
        """As a table would."""
        found = [
            line
            for line, at in self.rows.values()
            if (scope.start <= at < scope.end or line.reference in scope.references)
            and (after is None or line.key > after)
        ]
        return sorted(found, key=lambda line: line.key)[:most]

    def keep(self, line: ExpectedLine, at: datetime) -> None:
        self.rows[line.reference] = (line, at)

    def changed(self, reference: str, **values: Any) -> None:
        line, at = self.rows[reference]
        names = ("key", "kind", "reference", "amount_minor", "currency", "states", "cause", "of")
        self.rows[reference] = (ExpectedLine(**{name: getattr(line, name) for name in names} | values), at)


async def charged(market: Market, desk: Desk, minor: int = 10_000, *, books: bool = True) -> ExpectedLine:
    """A charge at the local provider, known to the desk and to the ledger."""
    payments, payer, cause = market.app.state.gateways["payments"], str(new_id()), new_id()
    method = await payments.save_method(payer=payer, token="tok_visa", key=f"save/{cause}")
    paid = await payments.charge(
        Amount(minor, "EUR"), payer=payer, method=method.reference, cause=f"payment/{cause}", key=f"charge/{cause}"
    )
    line = ExpectedLine(
        new_id(), LineKind.PAYMENT, paid.reference, minor, "EUR", frozenset({"captured"}), (CauseKind.PAYMENT, cause)
    )
    desk.keep(line, market.clock.now())
    if books:
        await booked(market, cause, minor)
    return line


async def booked(market: Market, cause: UUID, minor: int, *, occasion: int = 1, currency: str = "EUR") -> UUID:
    """Cash at the provider because of a cause."""
    firm = await market.firm("buyer")
    legs = (
        debit(AccountOf(None, Purpose.CASH_AT_PROVIDER, currency), minor),
        credit(AccountOf(firm.id, Purpose.PAYABLE_TO_SUPPLIER, currency), minor),
    )
    day = market.clock.now().date()
    fact = Posting(FactKind.PAYMENT_RECEIVED, (CauseKind.PAYMENT, cause), day, legs, occasion)
    return (await posted(market.db, fact))[0]
