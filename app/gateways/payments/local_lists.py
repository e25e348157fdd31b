"""What the local provider lists of some time."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from app.gateways.payments.checking import check_names
from app.gateways.payments.desk import Desk, stamp
from app.gateways.payments.errors import TransferUnknown
from app.gateways.payments.lists import Listed
from app.gateways.payments.local_suppliers import transfer_at
from app.gateways.payments.model import Operation, Payment, Refund
from app.gateways.payments.suppliers import Reversal, Transfer

Found = TypeVar("Found")
MOST = 100
_REVERSAL: TypeAdapter[Reversal] = TypeAdapter(Reversal)


class LocalLists(ABC):
    """Lists of what was made between two moments, oldest first."""

    async def payments_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Payment]:
        """Payments."""
        return await self._look(lambda desk: _page(desk, "payments", start, end, after, desk.payment))

    async def refunds_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Refund]:
        """Refunds."""
        return await self._look(lambda desk: _page(desk, "refunds", start, end, after, desk.refund_made))

    async def transfers_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Transfer]:
        """Transfers."""
        return await self._look(
            lambda desk: _page(desk, "transfers", start, end, after, lambda one: transfer_at(desk, one))
        )

    async def reversals_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Reversal]:
        """Reversals stand in the journal alone."""
        return await self._look(lambda desk: _reversals(desk, start, end, after))

    async def find_reversal(self, transfer: str, reference: str) -> Reversal:
        """Read a reversal."""
        check_names(transfer=transfer, reference=reference)
        return await self._look(lambda desk: _reversal(desk, transfer, reference))

    @abstractmethod
    async def _look(self, look: Callable[[Desk], Found]) -> Found:
        """Look something up."""


def _page(
    desk: Desk, table: str, start: datetime, end: datetime, after: str | None, read: Callable[[str], Found]
) -> Listed[Found]:
    made_at, _, reference = (after or " ").partition(" ")
    statement = (
        f"SELECT reference, made_at FROM {table} WHERE made_at >= ? AND made_at < ? AND (made_at, reference) > (?, ?) "  # noqa: S608
        "ORDER BY made_at, reference LIMIT ?"
    )
    rows = desk.page.execute(statement, (stamp(start), stamp(end), made_at, reference, MOST + 1)).fetchall()
    more = f"{rows[MOST - 1]['made_at']} {rows[MOST - 1]['reference']}" if len(rows) > MOST else None
    return Listed(tuple(read(row["reference"]) for row in rows[:MOST]), more)


_MADE = f"FROM operations WHERE operation = '{Operation.REVERSE}' AND answer IS NOT NULL"


def _reversals(desk: Desk, start: datetime, end: datetime, after: str | None) -> Listed[Reversal]:
    statement = f"SELECT sequence, answer {_MADE} AND at >= ? AND at < ? AND sequence > ? ORDER BY sequence LIMIT ?"
    rows = desk.page.execute(statement, (stamp(start), stamp(end), int(after or 0), MOST + 1)).fetchall()
    more = str(rows[MOST - 1]["sequence"]) if len(rows) > MOST else None
    return Listed(tuple(_REVERSAL.validate_json(row["answer"]) for row in rows[:MOST]), more)


def _reversal(desk: Desk, transfer: str, reference: str) -> Reversal:
    statement = f"SELECT answer {_MADE} AND answer ->> 'reference' = ? AND answer ->> 'transfer' = ?"
    row: Any = desk.page.execute(statement, (reference, transfer)).fetchone()
    if row is None:
        raise TransferUnknown(reference=reference)
    return _REVERSAL.validate_json(row["answer"])
