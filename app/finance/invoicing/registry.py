"""The registry of those who do something at once when an invoice is issued: in its transaction, so that neither is without the
other. A part registers in its `reactions` module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import EarlyPayment
from app.finance.invoicing.drafts import Charged
from app.finance.invoicing.states import InvoiceKind


@dataclass(frozen=True, slots=True)
class JustIssued:
    """An invoice or credit note that this transaction issues. `charged` is what it charges for."""

    id: UUID
    issuer_id: UUID
    recipient_id: UUID
    kind: InvoiceKind
    number: str
    currency: str
    gross_minor: int
    payable_minor: int
    issued_on: date
    due_on: date | None
    subject_kind: str
    subject_id: UUID
    preceding_id: UUID | None
    created_by: UUID | None
    charged: tuple[Charged, ...] = ()
    discounts: tuple[EarlyPayment, ...] = ()

    @classmethod
    def of(
        cls, row: Mapping[str, Any], charged: tuple[Charged, ...] = (), discounts: tuple[EarlyPayment, ...] = ()
    ) -> "JustIssued":
        """From the values of its row."""
        names = [name for name in cls.__dataclass_fields__ if name not in ("kind", "charged", "discounts")]
        values = {name: row[name] for name in names}
        return cls(**values, kind=InvoiceKind(row["kind"]), charged=charged, discounts=discounts)


class FollowsInvoices(Protocol):
    """Does what follows from invoices of one issuer."""

    async def __call__(self, session: AsyncSession, issued: Sequence[JustIssued], /) -> None:
        """In the issue's transaction, which acts for the issuer; his series is locked, so it does not take long."""
        ...


FOLLOWERS: dict[str, tuple[int, FollowsInvoices]] = {}
"""By name, with their turns."""


def follows_invoices(name: str, follows: FollowsInvoices, *, turn: int = 0) -> None:
    """Register who follows invoices. Those of a lower turn are told first; of one turn, in the order in which they registered."""
    if name in FOLLOWERS:
        raise RuntimeError(f"two who follow invoices are called {name}")
    FOLLOWERS[name] = turn, follows


async def tell_followers(session: AsyncSession, issued: Sequence[JustIssued]) -> None:
    """Let everybody who registered do his part."""
    for _, follows in sorted(FOLLOWERS.values(), key=lambda one: one[0]):
        await follows(session, issued)
