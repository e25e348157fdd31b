"""What comes in and goes out about invoices."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.kit.schemas import Input, Labelled, Output, PlainDecimal

MOST_LINES = 1000


def _spaceless(value: Any) -> Any:
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("string_pattern_mismatch", "control characters", {"pattern": "printable"})
    return value


SeriesCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{0,11}$"),
    Field(description="Begins every number of the series: RE gives RE-000001."),
]
Spaceless = BeforeValidator(_spaceless)
Line140 = Annotated[str, StringConstraints(min_length=1, max_length=140), AfterValidator(_printable)]


class EarlyPaymentIn(Input):
    """What may be deducted by whoever pays within so many days of the issue."""

    within_days: Annotated[int, Field(ge=1, le=364)]
    rate_bp: Annotated[int, Field(ge=1, le=2000, description="Basis points: 200 are 2 %.")]


class EarlyPaymentOut(Output):
    """What may be deducted by whoever pays within so many days of the issue."""

    within_days: int
    rate_bp: int


class InvoicingDetailsIn(Input):
    """What an organization says of itself on its invoices."""

    series_code: SeriesCode = "RE"
    credit_series_code: SeriesCode = "GS"
    iban: Annotated[str, Spaceless, StringConstraints(min_length=15, max_length=34)] | None = None
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{4,34}$")] | None = Field(
        None, description="Where your bank has no IBAN."
    )
    bic: Annotated[str, Spaceless, StringConstraints(min_length=8, max_length=11)] | None = None
    account_name: Line140 | None = Field(None, description="Your legal name when absent.")
    tax_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z /.-]{4,40}$")] | None = Field(
        None, description="That of your tax office; VAT numbers belong to your organization."
    )
    register_number: Annotated[Line140, StringConstraints(max_length=60)] | None = Field(
        None, description="In the commercial register, such as HRB 4711."
    )
    contact_name: Line140 | None = Field(None, description="Whom to ask about invoices.")
    contact_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$")] | None = None
    legal_note: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = Field(
        None, description="What your law wants said: register court, directors, capital."
    )
    endpoint_scheme: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2,4}$")] | None = Field(
        None, description="EAS code of the electronic address, such as 9930."
    )
    endpoint: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,80}$")] | None = Field(
        None, description="Where electronic invoices to you go."
    )
    buyer_reference: Annotated[Line140, StringConstraints(max_length=100)] | None = Field(
        None, description="What invoices to you have to name where an order says nothing: a cost centre, a Leitweg-ID."
    )
    discounts: Annotated[list[EarlyPaymentIn], Field(max_length=3)] = Field(
        default=[],
        description="For early payment, where a deal says nothing else; the more days, the lower the rate.",
    )


class InvoicingDetailsOut(Output):
    """What an organization says of itself on its invoices."""

    series_code: str
    credit_series_code: str
    iban: str | None
    account_number: str | None
    bic: str | None
    account_name: str | None
    tax_number: str | None
    register_number: str | None
    contact_name: str | None
    contact_email: str | None
    legal_note: str | None
    endpoint_scheme: str | None
    endpoint: str | None
    buyer_reference: str | None
    discounts: list[EarlyPaymentOut]
    version: int
    changed_at: datetime | None


class CreditLineIn(Input):
    """So much of a line is taken back; all that is left of it when no quantity is given."""

    line: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")] = Field(description="The invoice's line.")
    quantity: Annotated[PlainDecimal, Field(gt=0, max_digits=18, decimal_places=6)] | None = None


class CreditNoteIn(Input):
    """What is taken back: some lines, or all that is left when none is named."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="In the recipient's language; it stands on the credit note."
    )
    lines: list[CreditLineIn] | None = Field(None, min_length=1, max_length=MOST_LINES)


class InvoiceAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class InvoiceSideOut(Output):
    """Who issued or received it."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class InvoiceSummaryOut(Output):
    """An invoice in a list."""

    id: UUID
    number: str
    kind: Labelled
    state: Labelled
    role: Labelled = Field(description="Whether your organization issued or received it.")
    issuer: InvoiceSideOut
    recipient: InvoiceSideOut
    issued_on: date
    due_on: date | None
    net: InvoiceAmountOut
    tax: InvoiceAmountOut
    gross: InvoiceAmountOut
    payable: InvoiceAmountOut = Field(description="What was still to be paid when it was issued.")
    subject_kind: str = Field(description="What the deal is, such as `order`.")
    subject_id: UUID
    preceding_id: UUID | None = Field(description="Of a credit note: the invoice that it takes back.")


class InvoiceTaxOut(Output):
    """What is taxed alike."""

    category: Labelled
    rate_percent: PlainDecimal | None
    taxable: InvoiceAmountOut
    tax: InvoiceAmountOut
    reason: str | None = Field(description="Why no tax is charged.")


class InvoiceLineOut(Output):
    """One line."""

    id: str
    name: str
    description: str | None
    quantity: PlainDecimal
    unit: str
    quantity_text: str
    price_minor: int
    price_base: PlainDecimal
    net: InvoiceAmountOut
    hs_code: str | None
    origin_country: str | None
    net_mass_kg: PlainDecimal | None


class CreditNoteRefOut(Output):
    """A credit note of an invoice."""

    id: UUID
    number: str
    issued_on: date
    gross: InvoiceAmountOut


class DeductionOut(Output):
    """A prepayment invoice that a final invoice deducts: what was left of it then."""

    id: UUID
    number: str
    issued_on: date
    net: InvoiceAmountOut
    tax: InvoiceAmountOut


class ForeignTaxOut(Output):
    """The tax in the currency of the issuer's country, where the invoice is in another (BT-111)."""

    amount: InvoiceAmountOut
    rate: PlainDecimal = Field(description="So many of this currency for one of the invoice's.")
    rate_of: date


class InvoiceFileOut(Output):
    """An electronic form of an invoice, as it was judged by the official rules."""

    form: str = Field(description="`facturx.pdf` (PDF/A-3 with the CII in it), `ubl.xml` or `cii.xml`.")
    url: str
    size_bytes: int
    sha256: str


class InvoiceFilesOut(Output):
    """The electronic forms of an invoice."""

    state: Labelled
    peppol: bool | None = Field(description="Whether the UBL keeps Peppol's own rules too.")
    broken_rules: list[Labelled] = Field(
        description="Official rules that what was written broke, while there are no forms."
    )
    items: list[InvoiceFileOut]


class InvoiceOut(InvoiceSummaryOut):
    """An invoice with all that it says."""

    prepaid: InvoiceAmountOut
    credited_net: InvoiceAmountOut = Field(description="What credit notes have taken back, without tax.")
    locale: str = Field(description="The language it was issued in.")
    supplied_on: date | None
    order_reference: str | None
    contract_reference: str | None
    payment_terms: str | None
    account: str | None
    bic: str | None
    payment_reference: str | None
    notes: list[str]
    lines: list[InvoiceLineOut]
    taxes: list[InvoiceTaxOut]
    credit_notes: list[CreditNoteRefOut]
    deducts: list[DeductionOut] = Field(description="Of a final invoice: the prepayment invoices that it deducts.")
    tax_in_own_currency: ForeignTaxOut | None
    export_reason: Labelled | None = Field(description="Of a commercial invoice: why the goods cross the border.")
    sha256: str = Field(description="Of the stored document, hexadecimal.")
    pdf: str = Field(description="The address of its PDF.")
    files: InvoiceFilesOut | None = Field(
        description="None for what is no invoice in law: pro-forma and commercial ones."
    )


class TaxRateOut(Output):
    """What a country charges on what is supplied within it."""

    country: str
    category: Labelled
    rate_percent: PlainDecimal | None
    valid_from: date
    valid_until: date | None
    source: str


class RatesLoadedOut(Output):
    """How many rates a table brought."""

    loaded: int
