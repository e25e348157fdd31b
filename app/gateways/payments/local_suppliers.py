"""Suppliers at the local provider: accounts that are ready at once, transfers that never exceed what was taken, reversals."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from sqlite3 import Row
from typing import TypeVar

from app.gateways.payments.checking import check_amount, check_names
from app.gateways.payments.desk import Desk, Done, moment, stamp
from app.gateways.payments.errors import (
    AccountUnknown,
    AmountExceeded,
    CurrencyDiffers,
    DisputeUnknown,
    PaymentStateForbids,
    TransferUnknown,
)
from app.gateways.payments.model import Amount, Operation
from app.gateways.payments.suppliers import (
    Account,
    AccountState,
    Dispute,
    Onboarding,
    Payout,
    Reversal,
    Transfer,
)
from app.kit.ids import new_id

Found = TypeVar("Found")
LINK_LIVES = timedelta(minutes=5)


class LocalSuppliers(ABC):
    """What the local provider does for those who are paid. It pays nothing out, and no bank disputes anything."""

    async def open_account(self, *, supplier: str, country: str, key: str) -> Account:
        """An account that can be sent transfers at once."""
        check_names(supplier=supplier, country=country, key=key)
        return await self._do(
            Account, Operation.OPEN_ACCOUNT, key, (supplier, country), lambda desk: _open(desk, supplier, country)
        )

    async def onboarding(self, account: str, *, return_url: str, again_url: str) -> Onboarding:
        """There is nothing to tell: the link leads back at once."""
        check_names(account=account)
        _, now = await self._look(lambda desk: (_account(desk, account), desk.now))
        return Onboarding(return_url, now + LINK_LIVES)

    async def find_account(self, reference: str) -> Account:
        """Read an account."""
        check_names(reference=reference)
        return await self._look(lambda desk: _account(desk, reference))

    async def transfer(self, amount: Amount, *, account: str, payment: str, key: str) -> Transfer:
        """Send a share of a captured payment on."""
        check_amount(amount)
        check_names(account=account, payment=payment, key=key)
        request = (amount.minor, amount.currency, account, payment)
        return await self._do(
            Transfer, Operation.TRANSFER, key, request, lambda desk: _transferred(desk, amount, account, payment)
        )

    async def reverse(self, transfer: str, amount: Amount | None = None, *, key: str) -> Reversal:
        """Take a transfer back, or a part."""
        check_names(transfer=transfer, key=key)
        request: tuple[str | int, ...] = (transfer,)
        if amount is not None:
            check_amount(amount)
            request = (transfer, amount.minor, amount.currency)
        return await self._do(Reversal, Operation.REVERSE, key, request, lambda desk: _reversed(desk, transfer, amount))

    async def find_transfer(self, reference: str) -> Transfer:
        """Read a transfer."""
        check_names(reference=reference)
        return await self._look(lambda desk: transfer_at(desk, reference))

    async def payouts_of(self, account: str, *, most: int = 20) -> list[Payout]:
        """None."""
        await self.find_account(account)
        return []

    async def find_dispute(self, reference: str) -> Dispute:
        """None."""
        check_names(reference=reference)
        raise DisputeUnknown(reference=reference)

    @abstractmethod
    async def _do(
        self,
        kind: type[Found],
        operation: Operation,
        key: str,
        request: tuple[str | int | None, ...],
        act: Callable[[Desk], Done],
    ) -> Found:
        """Do something once for its key."""

    @abstractmethod
    async def _look(self, look: Callable[[Desk], Found]) -> Found:
        """Look something up."""


def _open(desk: Desk, supplier: str, country: str) -> Done:
    reference = f"acct_{new_id().hex}"
    desk.page.execute(
        "INSERT INTO accounts (reference, supplier, country, made_at) VALUES (?, ?, ?, ?)",
        (reference, supplier, country, stamp(desk.now)),
    )
    return Done(_account(desk, reference), supplier)


def _account(desk: Desk, reference: str) -> Account:
    row = desk.page.execute("SELECT * FROM accounts WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        raise AccountUnknown(reference=reference)
    return Account(reference, row["supplier"], row["country"], AccountState.READY, True, ())


def _transferred(desk: Desk, amount: Amount, account: str, payment: str) -> Done:
    supplier, paid = _account(desk, account).supplier, desk.payment(payment)
    if not paid.captured_minor:
        refusal = PaymentStateForbids(reference=payment, state=paid.state)
        return Done(None, supplier, amount=amount, refusal=refusal, payment=payment)
    if amount.currency != paid.amount.currency:
        differs = CurrencyDiffers(reference=payment, currency=paid.amount.currency)
        return Done(None, supplier, amount=amount, refusal=differs, payment=payment)
    statement = "SELECT coalesce(sum(amount_minor - reversed_minor), 0) FROM transfers WHERE payment = ?"
    left = paid.captured_minor - int(desk.page.execute(statement, (payment,)).fetchone()[0])
    if amount.minor > left:
        over = AmountExceeded(reference=payment, most_minor=left)
        return Done(None, supplier, amount=amount, refusal=over, payment=payment)
    reference = f"tr_{new_id().hex}"
    desk.page.execute(
        "INSERT INTO transfers (reference, account, payment, amount_minor, currency, made_at) VALUES (?, ?, ?, ?, ?, ?)",
        (reference, account, payment, amount.minor, amount.currency, stamp(desk.now)),
    )
    return Done(transfer_at(desk, reference), supplier, amount=amount, payment=payment)


def _reversed(desk: Desk, reference: str, amount: Amount | None) -> Done:
    row = _transfer_row(desk, reference)
    supplier, left = _account(desk, row["account"]).supplier, row["amount_minor"] - row["reversed_minor"]
    given = amount or Amount(left, row["currency"])
    if given.currency != row["currency"]:
        differs = CurrencyDiffers(reference=reference, currency=row["currency"])
        return Done(None, supplier, amount=given, refusal=differs, payment=row["payment"])
    if not 0 < given.minor <= left:
        over = AmountExceeded(reference=reference, most_minor=left)
        return Done(None, supplier, amount=amount, refusal=over, payment=row["payment"])
    desk.page.execute(
        "UPDATE transfers SET reversed_minor = reversed_minor + ? WHERE reference = ?", (given.minor, reference)
    )
    made = Reversal(f"trr_{new_id().hex}", reference, given, desk.now)
    return Done(made, supplier, amount=given, payment=row["payment"])


def transfer_at(desk: Desk, reference: str) -> Transfer:
    """A transfer as it stands."""
    row = _transfer_row(desk, reference)
    return Transfer(
        reference,
        row["account"],
        row["payment"],
        desk.payment(row["payment"]).cause,
        Amount(row["amount_minor"], row["currency"]),
        row["reversed_minor"],
        moment(row["made_at"]),
    )


def _transfer_row(desk: Desk, reference: str) -> Row:
    row: Row | None = desk.page.execute("SELECT * FROM transfers WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        raise TransferUnknown(reference=reference)
    return row
