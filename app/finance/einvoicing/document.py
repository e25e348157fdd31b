"""One invoice or credit note, complete and unchanging: the core invoice of EN 16931-1:2017 as our trade uses it.

Each field names its business term (BT) or group (BG). Money is integer minor units of `currency`; rates are percent; quantities
carry a UN/CEFACT Recommendation 20 code. What follows from the lines (sums, the breakdown by tax) is not in here: `totals`
says it.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


class Kind(StrEnum):
    """BT-3, codes of UNTDID 1001. Pro-forma and customs invoices are no core invoices: they are shown, and never sent as XML."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    CORRECTION = "384"
    PREPAYMENT = "386"
    PRO_FORMA = "325"
    CUSTOMS = "935"


NEVER_SENT = frozenset({Kind.PRO_FORMA, Kind.CUSTOMS})
"""They ask nobody to pay."""


class TaxCategory(StrEnum):
    """BT-118 and BT-151, the codes of UNTDID 5305 that EN 16931 allows and our trade needs."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True, slots=True)
class Tax:
    """How something is taxed: category, rate in percent (none when out of scope), and why no tax is charged (BT-120, BT-121)."""

    category: TaxCategory
    rate_percent: Decimal | None = None
    exemption_code: str | None = None
    exemption_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """BG-5, BG-8, BG-15: `country` is ISO 3166-1 alpha-2; lines are BT-35/36/162 and their like, at most three."""

    country: str
    lines: tuple[str, ...] = ()
    city: str | None = None
    postcode: str | None = None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value with its scheme: an ICD code (ISO/IEC 6523) for BT-29/30/46/47, an EAS code for BT-34/49."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """BG-6, BG-9."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4) or buyer (BG-7)."""

    name: str
    address: Address
    trading_name: str | None = None
    id: str | None = None
    """BT-29, BT-46: the number under which the market knows him."""
    vat_id: str | None = None
    """BT-31, BT-48: with the country's prefix."""
    tax_number: str | None = None
    """BT-32, of a seller alone."""
    legal_id: Identifier | None = None
    """BT-30, BT-47."""
    endpoint: Identifier | None = None
    """BT-34, BT-49: where electronic invoices go."""
    contact: Contact | None = None
    legal_note: str | None = None
    """BT-33, of a seller alone: what his law wants said of him."""


@dataclass(frozen=True, slots=True)
class AllowanceOrCharge:
    """BG-20, BG-21, BG-27, BG-28: taken off, or put on (`is_charge`). `amount_minor` is never negative."""

    amount_minor: int
    reason: str
    is_charge: bool = False
    reason_code: str | None = None
    """UNTDID 5189 for an allowance, UNTDID 7161 for a charge."""
    base_minor: int | None = None
    percent: Decimal | None = None
    tax: Tax | None = None
    """Of the document's own ones alone; a line's are taxed as the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25. Its net amount (BT-131): `quantity` × `price_minor` / `price_base`, rounded half up, less allowances, plus charges.

    A credit note's quantities are positive, as what is credited is.
    """

    id: str
    name: str
    quantity: Decimal
    unit: str
    price_minor: int
    tax: Tax
    price_base: Decimal = Decimal(1)
    """BT-149: the price is for so many of the unit."""
    description: str | None = None
    seller_item_id: str | None = None
    buyer_item_id: str | None = None
    origin_country: str | None = None
    """BT-159."""
    hs_code: str | None = None
    """BT-158 with the list identifier HS."""
    order_line: str | None = None
    """BT-132."""
    note: str | None = None
    allowances: tuple[AllowanceOrCharge, ...] = ()
    net_mass_kg: Decimal | None = None
    """Of the whole line, for customs; not in the XML."""


@dataclass(frozen=True, slots=True)
class ChargedBefore:
    """What earlier invoices of the same deal charged at a category and rate: its tax is rounded with theirs, so that all of them
    come to the tax of the whole."""

    category: TaxCategory
    rate_percent: Decimal | None
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Reference:
    """BG-3: an invoice that came before."""

    number: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """BG-17, by SEPA or otherwise; `reference` is BT-83, what the payer writes so that his payment is recognised."""

    account: str
    account_name: str | None = None
    bic: str | None = None
    reference: str | None = None
    sepa: bool = True

    @property
    def iban(self) -> str | None:
        """The account without blanks if it has the form of an IBAN; whether it is a real one is not looked at."""
        bare = "".join(self.account.split())
        return bare if _IBAN.fullmatch(bare) else None

    @property
    def means_code(self) -> str:
        """BT-81, a code of UNTDID 4461: a SEPA credit transfer or another one."""
        return "58" if self.sepa else "30"


@dataclass(frozen=True, slots=True)
class Delivery:
    """BG-13: when (BT-72) and where to (BG-15)."""

    on: date | None = None
    name: str | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class EarlyPayment:
    """What may be deducted by whoever pays until a day: 200 bp are 2 %. The payment terms (BT-20) say it in words."""

    until: date
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice as issued. `locale` is the reader's language, in which all its sentences are."""

    kind: Kind
    number: str
    issued_on: date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    locale: str = "en"
    due_on: date | None = None
    payment_terms: str | None = None
    transfer: CreditTransfer | None = None
    delivery: Delivery | None = None
    allowances: tuple[AllowanceOrCharge, ...] = ()
    prepaid_minor: int = 0
    """BT-113: what was paid already."""
    rounding_minor: int = 0
    """BT-114."""
    buyer_reference: str | None = None
    """BT-10."""
    order_reference: str | None = None
    """BT-13: the purchase order's number."""
    contract_reference: str | None = None
    """BT-12: such as a framework order's number."""
    project_reference: str | None = None
    despatch_reference: str | None = None
    preceding: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()
    tax_currency: str | None = None
    """BT-6, when the seller's country wants its own currency for the tax."""
    tax_in_tax_currency_minor: int | None = None
    """BT-111: in minor units of `tax_currency`."""
    tax_exchange_rate: Decimal | None = None
    """How many of `tax_currency` one of `currency` is, by which BT-111 was reckoned; a note of the XML."""
    tax_exchange_on: date | None = None
    """The day of that rate."""
    incoterm: str | None = field(default=None)
    """Such as “FCA Ningbo (Incoterms 2020)”; shown, and a note of the XML."""
    tax_point_on: date | None = None
    """BT-7: when the tax becomes chargeable, if that is not the day of issue."""
    before: tuple[ChargedBefore, ...] = ()
    """Of an invoice over a part of a deal."""
    discounts: tuple[EarlyPayment, ...] = ()
    export_reason: str | None = None
    """Of a customs invoice: a code of why goods cross the border."""
