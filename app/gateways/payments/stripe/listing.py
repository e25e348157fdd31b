"""What Stripe lists of some time."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from app.gateways.payments.checking import check_names
from app.gateways.payments.errors import TransferUnknown
from app.gateways.payments.lists import Listed
from app.gateways.payments.model import Payment, Refund, RefundState
from app.gateways.payments.stripe import reading
from app.gateways.payments.stripe.calling import Rejected, StripeCaller
from app.gateways.payments.stripe.moving import StripeMoves
from app.gateways.payments.stripe.suppliers import reversal_of, transfer_of
from app.gateways.payments.suppliers import Reversal, Transfer

MOST = 100
T = TypeVar("T")


class StripeLists(StripeMoves):
    """Lists of what was made between two moments, newest first."""

    def __init__(self, caller: StripeCaller) -> None:
        super().__init__(caller)

    async def payments_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Payment]:
        """Payment intents."""
        params = _params(start, end, after) | {"expand": ["data.latest_charge.refunds"]}
        page = await self._caller.ask(self._caller.v1.payment_intents.list_async(params))
        found = [reading.payment_of(await self._with_all_refunds(one)) for one in page["data"]]
        return Listed(tuple(found), _after(page))

    async def refunds_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Refund]:
        """Refunds that moved money, or were to."""
        page = await self._page(self._caller.v1.refunds.list_async, _params(start, end, after))
        found = (reading.refund_of(one) for one in page["data"] if reading.moved_money(one) or _failed(one))
        return Listed(tuple(found), _after(page))

    async def transfers_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Transfer]:
        """Transfers to connected accounts."""
        page = await self._page(self._caller.v1.transfers.list_async, _params(start, end, after))
        return Listed(tuple(transfer_of(one) for one in page["data"]), _after(page))

    async def reversals_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Reversal]:
        """Reversals have no list of their own over all transfers: the balance tells of them."""
        params = _params(start, end, after) | {"type": "transfer_refund", "expand": ["data.source"]}
        page = await self._page(self._caller.v1.balance_transactions.list_async, params)
        found = (reversal_of(one["source"]) for one in page["data"] if isinstance(one.get("source"), dict))
        return Listed(tuple(found), _after(page))

    async def find_reversal(self, transfer: str, reference: str) -> Reversal:
        """Read a reversal."""
        check_names(transfer=transfer, reference=reference)
        try:
            call = self._caller.v1.transfers.reversals.retrieve_async(transfer, reference)
            return reversal_of(await self._caller.ask(call))
        except Rejected:
            raise TransferUnknown(reference=reference) from None

    async def _page(self, list_: Callable[..., Awaitable[Any]], params: dict[str, Any]) -> dict[str, Any]:
        return await self._caller.ask(list_(params))


def _params(start: datetime, end: datetime, after: str | None) -> dict[str, Any]:
    params: dict[str, Any] = {"limit": MOST, "created": {"gte": _second(start), "lt": _second(end)}}
    return params if after is None else params | {"starting_after": after}


def _second(at: datetime) -> int:
    return int(at.timestamp())


def _after(page: dict[str, Any]) -> str | None:
    return str(page["data"][-1]["id"]) if page["has_more"] and page["data"] else None


def _failed(refund: dict[str, Any]) -> bool:
    return reading.refund_of(refund).state is RefundState.FAILED
