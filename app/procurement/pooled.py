"""What a pool orders for its members, as this room is told it: numbers, words and amounts, and nothing of how they came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.finance.facade import IssuedInvoice


@dataclass(frozen=True, slots=True)
class PooledWords:
    """A text as it was written, and (text, state) by locale in every language that it has; the source may be among them.

    States are those of a shown text: human, reviewed, machine or stale.
    """

    text: str
    locale: str
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PooledLine:
    """So much of something, and what the member pays for all of it, in minor units of the order's currency.

    `quantity` has at most 6 decimals, in the UN/CEFACT `unit`.
    """

    description: PooledWords
    quantity: Decimal
    unit: str
    total_minor: int
    variant_id: UUID | None = None
    sku: str | None = None
    category_code: str | None = None


@dataclass(frozen=True, slots=True)
class PooledOrder:
    """A member's order to one supplier, under a framework order (`pool_id`, `pool_number`).

    `pool_key` names the commitment that it fulfils. Of a supplier it is ordered once, also when the order comes to nothing.
    """

    buyer_id: UUID
    supplier_id: UUID
    pool_id: UUID
    pool_number: str
    pool_key: UUID
    title: PooledWords
    lines: Sequence[PooledLine]
    currency: str
    incoterm: str
    incoterm_place: str
    lead_time_days: int
    milestone_template: str = "on_shipment"
    requested_on: date | None = None
    created_by: UUID | None = None

    @property
    def total_minor(self) -> int:
        """What the member pays for everything."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class PooledOrderRef:
    """A pooled order as its pool, or whoever else may see it, asks for it. `state` is an order's state."""

    id: UUID
    buyer_id: UUID
    supplier_id: UUID
    pool_id: UUID
    pool_key: UUID
    number: str
    state: str
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True)
class PoolInvoices:
    """The invoices over what members ordered under a framework order: those that were issued now, and those that stood before."""

    issued: Sequence[IssuedInvoice]
    before: Sequence[IssuedInvoice]
