"""A local payment provider and a payer, for tests."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from app.gateways.payments import Amount, LocalPayments, Payment, Payments, PaymentState
from app.kit.clock import Clock
from app.kit.ids import new_id

PAYER, CAUSE = "0199f3c2-5b1e-7d3a-9a55-0c8f6f1f2a10", "commitment/0199f3c2-77aa-7b10-8f00-3d1f8f1f2a11"
SUM = Amount(125_000, "EUR")


class Stand:
    """A provider, its clock, and a payer."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.clock = Clock()
        self.folder = folder
        self.payments: Payments = LocalPayments(folder, clock=self.clock, **options)

    async def method(self, token: str = "tok_visa") -> str:
        return (await self.payments.save_method(payer=PAYER, token=token, key=f"save-{new_id()}")).reference

    async def hold(self, token: str = "tok_visa", amount: Amount = SUM, key: str | None = None) -> Payment:
        method = await self.method(token)
        return await self.payments.hold(amount, payer=PAYER, method=method, cause=CAUSE, key=key or f"hold-{new_id()}")

    async def charge(self, token: str = "tok_visa", amount: Amount = SUM, key: str | None = None) -> Payment:
        method = await self.method(token)
        return await self.payments.charge(
            amount, payer=PAYER, method=method, cause=CAUSE, key=key or f"charge-{new_id()}"
        )

    async def adds_up(self) -> int:
        """Every payment's changes in the journal are what the payment says of itself; how many there are."""
        assert isinstance(self.payments, LocalPayments)
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for entry in await self.payments.journal():
            if entry.payment:
                sums[entry.payment][0] += entry.held_change
                sums[entry.payment][1] += entry.captured_change
        for reference, (held, captured) in sums.items():
            payment = await self.payments.find_payment(reference)
            assert held == (payment.amount.minor if payment.state is PaymentState.HELD else 0)
            assert captured == payment.captured_minor - payment.refunded_minor
        return len(sums)
