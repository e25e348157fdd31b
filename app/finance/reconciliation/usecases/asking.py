"""Ask the provider, a few questions at a time, with no transaction open."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.finance.reconciliation.models import ReconciliationLine
from app.finance.reconciliation.rules import There, Thing, told_by
from app.finance.reconciliation.states import LineKind
from app.gateways.payments import (
    CardDataRefused,
    PaymentRequestInvalid,
    PaymentUnavailable,
    PaymentUnknown,
    TransferUnknown,
)

AT_ONCE = 8
_UNKNOWN = (PaymentUnknown, TransferUnknown, CardDataRefused, PaymentRequestInvalid)


async def listed(
    payments: Any, kind: LineKind, start: datetime, end: datetime, after: str | None
) -> tuple[Sequence[Thing], str | None]:
    """A page of what was made, and where the next one begins. Raises `PaymentUnavailable`."""
    lists = {
        LineKind.PAYMENT: payments.payments_between,
        LineKind.REFUND: payments.refunds_between,
        LineKind.TRANSFER: payments.transfers_between,
        LineKind.REVERSAL: payments.reversals_between,
    }
    page = await lists[kind](start, end, after=after)
    return page.items, page.after


async def asked(payments: Any, lines: Sequence[ReconciliationLine]) -> tuple[list[There], list[tuple[LineKind, str]]]:
    """(what the provider says, what it does not know). What was not answered is asked for again; when nothing is, it raises
    `PaymentUnavailable`."""
    few = asyncio.Semaphore(AT_ONCE)
    silent: list[PaymentUnavailable] = []

    async def one(line: ReconciliationLine) -> There | tuple[LineKind, str] | None:
        async with few:
            try:
                return told_by(await _found(payments, line))
            except _UNKNOWN:
                return LineKind(line.kind), line.reference
            except PaymentUnavailable as error:
                silent.append(error)
                return None

    found = await asyncio.gather(*(one(line) for line in lines))
    answers = [item for item in found if isinstance(item, There)]
    missing = [item for item in found if isinstance(item, tuple)]
    if silent and not answers and not missing:
        raise silent[0]
    return answers, missing


async def _found(payments: Any, line: ReconciliationLine) -> Thing:
    match LineKind(line.kind):
        case LineKind.PAYMENT:
            thing: Thing = await payments.find_payment(line.reference)
        case LineKind.REFUND:
            thing = await payments.find_refund(line.reference)
        case LineKind.TRANSFER:
            thing = await payments.find_transfer(line.reference)
        case LineKind.REVERSAL:
            thing = await payments.find_reversal(line.of or "-", line.reference)
    return thing
