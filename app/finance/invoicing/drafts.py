"""An invoice to be issued, as deals ask for it: ids, words and amounts. Nothing in it knows what the deal is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.finance.einvoicing.document import AllowanceOrCharge
from app.finance.invoicing.states import ExportReason, InvoiceKind, Supply


@dataclass(frozen=True, slots=True)
class Charged:
    """What is charged for: an issuer charges for it once at a time."""

    kind: str
    id: UUID
    part: str = ""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line: `quantity` of the UN/CEFACT `unit` at `price_minor` for each `price_base` of it, without tax."""

    name: str
    quantity: Decimal
    unit: str
    price_minor: int
    price_base: Decimal = Decimal(1)
    description: str | None = None
    seller_item_id: str | None = None
    buyer_item_id: str | None = None
    origin_country: str | None = None
    hs_code: str | None = None
    order_line: str | None = None
    net_mass_kg: Decimal | None = None
    supply: Supply = Supply.GOODS
    allowances: tuple[AllowanceOrCharge, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftDelivery:
    """When it was supplied and where to: `country` is ISO 3166-1 alpha-2, and the recipient's own where it is absent."""

    on: date | None = None
    country: str | None = None
    city: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DiscountStep:
    """What may be deducted by whoever pays within so many days of the issue: 200 bp are 2 %."""

    within_days: int
    rate_bp: int


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """Everything of an invoice but its number. `charged` names what may not be charged twice while this invoice stands.

    `prepaid_minor` counts up to what the invoice comes to; one that is `kept_back` asks for no payment where that is all, and
    names no account and no day. `locale` is the reader's; the recipient's own where it is absent.
    `discounts` are those of the issuer's details where they are absent; an empty tuple gives none. `earlier` are invoices of the
    same deal that stand: this one's tax is rounded with theirs, and with `deducts` it takes off what they charged.
    """

    issuer_id: UUID
    recipient_id: UUID
    subject_kind: str
    subject_id: UUID
    currency: str
    lines: tuple[DraftLine, ...]
    charged: tuple[Charged, ...] = ()
    kind: InvoiceKind = InvoiceKind.INVOICE
    allowances: tuple[AllowanceOrCharge, ...] = ()
    delivery: DraftDelivery = field(default_factory=DraftDelivery)
    prepaid_minor: int = 0
    kept_back: bool = False
    terms_days: int = 30
    discounts: tuple[DiscountStep, ...] | None = None
    earlier: tuple[UUID, ...] = ()
    deducts: bool = False
    locale: str | None = None
    buyer_reference: str | None = None
    order_reference: str | None = None
    contract_reference: str | None = None
    project_reference: str | None = None
    incoterm: str | None = None
    export_reason: ExportReason | None = None
    notes: tuple[str, ...] = ()
    created_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A part of a deal that is charged by itself, without tax: what it is called on an invoice, in the reader's language."""

    code: str
    name: str
    net_minor: int


@dataclass(frozen=True, slots=True)
class FiledInvoice:
    """An invoice with its electronic forms by file name; none as long as they are not made."""

    id: UUID
    number: str
    issuer: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice as the deal is told of it."""

    id: UUID
    number: str
    issuer_id: UUID
    recipient_id: UUID
    kind: str
    state: str
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    prepaid_minor: int
    payable_minor: int
    issued_on: date
    due_on: date | None
    subject_kind: str
    subject_id: UUID
