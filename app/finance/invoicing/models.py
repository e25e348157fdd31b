"""Tables of invoices. What was issued is never changed: triggers say so, and what else a row may become."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.einvoicing.document import TaxCategory
from app.finance.invoicing.states import FilesState, InvoiceForm, InvoiceKind, InvoiceState
from app.kit.db.base import Base, CreatedAt, Currency, Id, LocaleTag, Moment, one_of
from app.kit.locales import LOCALES

_OF_RATES = (TaxCategory.STANDARD, TaxCategory.OUT_OF_SCOPE)
_SERIES_FORM = "^[A-Z0-9][A-Z0-9-]{0,11}$"
_SIDES = ["invoices.id", "invoices.issuer_id", "invoices.recipient_id"]


class InvoiceIssuer(Base):
    """What an organization tells of itself for invoices: where it is paid, its numbers and series, what its law wants said;
    and where invoices to it go, and what they have to name."""

    __tablename__ = "invoice_issuers"
    __table_args__ = (
        CheckConstraint(
            f"series_code ~ '{_SERIES_FORM}' AND credit_series_code ~ '{_SERIES_FORM}' AND series_code <> credit_series_code",
            name="series_form",
        ),
        CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'", name="iban_form"),
        CheckConstraint("bic ~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'", name="bic_form"),
        CheckConstraint("num_nonnulls(iban, account_number) <= 1", name="one_account"),
        CheckConstraint("num_nonnulls(endpoint_scheme, endpoint) IN (0, 2)", name="endpoint_has_scheme"),
        CheckConstraint(
            "jsonb_typeof(discounts) = 'array' AND jsonb_array_length(discounts) <= 3", name="few_discounts"
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    series_code: Mapped[str] = mapped_column(String(12, collation="C"))
    credit_series_code: Mapped[str] = mapped_column(String(12, collation="C"))
    iban: Mapped[str | None] = mapped_column(String(34))
    account_number: Mapped[str | None] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    account_name: Mapped[str | None] = mapped_column(String(140))
    tax_number: Mapped[str | None] = mapped_column(String(40))
    register_number: Mapped[str | None] = mapped_column(String(60))
    contact_name: Mapped[str | None] = mapped_column(String(140))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    legal_note: Mapped[str | None] = mapped_column(String(1000))
    endpoint_scheme: Mapped[str | None] = mapped_column(String(4))
    endpoint: Mapped[str | None] = mapped_column(String(80))
    buyer_reference: Mapped[str | None] = mapped_column(String(100))
    # What may be deducted for early payment where a deal says nothing else: [{within_days, rate_bp}].
    discounts: Mapped[list[dict[str, int]]] = mapped_column(JSONB, server_default=text("'[]'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))


class InvoiceSeries(Base):
    """The next number of a series of an issuer. Its row is locked from the drawing of a number to the end of the transaction, so
    that a failed issue leaves no gap; a trigger lets it go on by what was issued alone."""

    __tablename__ = "invoice_series"
    __table_args__ = (CheckConstraint("next_number > 0", name="next_number_positive"),)

    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(16, collation="C"), primary_key=True)
    next_number: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class Invoice(Base):
    """An invoice as issued. `document` is all that it says, `sha256` the digest of that; amounts repeat what follows from it.

    `subject_kind` and `subject_id` name the deal. `credited_net_minor` and `state` follow from the credit notes by a trigger.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["preceding_id", "issuer_id", "recipient_id", "currency"],
            ["invoices.id", "invoices.issuer_id", "invoices.recipient_id", "invoices.currency"],
        ),
        ForeignKeyConstraint(["issuer_id", "series_code"], ["invoice_series.issuer_id", "invoice_series.code"]),
        UniqueConstraint("id", "issuer_id"),
        UniqueConstraint("id", "issuer_id", "recipient_id"),
        UniqueConstraint("id", "issuer_id", "recipient_id", "currency"),
        UniqueConstraint("issuer_id", "series_code", "series_number"),
        Index("ix_invoices_issuer_id_id", "issuer_id", "id"),
        Index("ix_invoices_recipient_id_id", "recipient_id", "id"),
        Index("ix_invoices_subject", "subject_id", "id"),
        Index("ix_invoices_preceding_id", "preceding_id", postgresql_where=text("preceding_id IS NOT NULL")),
        CheckConstraint(f"kind IN ({one_of(InvoiceKind)})", name="kind_known"),
        CheckConstraint(f"state IN ({one_of(InvoiceState)})", name="state_known"),
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
        CheckConstraint("issuer_id <> recipient_id", name="not_oneself"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint(
            "number = series_code || '-' || lpad(series_number::text, greatest(6, length(series_number::text)), '0') "
            "AND series_number > 0",
            name="number_of_series",
        ),
        CheckConstraint(
            "net_minor > 0 AND tax_minor >= 0 AND gross_minor > 0 AND prepaid_minor >= 0 AND payable_minor >= 0 "
            "AND gross_minor <= 1000000000000000",
            name="amounts_in_range",
        ),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_is_net_and_tax"),
        CheckConstraint("payable_minor = gross_minor - prepaid_minor", name="payable_is_left"),
        CheckConstraint("(kind = 'credit_note') = (preceding_id IS NOT NULL)", name="credit_note_names_invoice"),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        CheckConstraint("credited_net_minor BETWEEN 0 AND net_minor", name="credited_in_range"),
        CheckConstraint("kind <> 'credit_note' OR credited_net_minor = 0", name="credit_note_not_credited"),
        CheckConstraint("octet_length(sha256) = 32", name="digest_is_sha256"),
    )

    id: Mapped[Id]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[str] = mapped_column(String(11))
    series_code: Mapped[str] = mapped_column(String(16, collation="C"))
    series_number: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(30, collation="C"))
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[Currency]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    prepaid_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    payable_minor: Mapped[int] = mapped_column(BigInteger)
    credited_net_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'issued'"))
    locale: Mapped[LocaleTag]
    subject_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    subject_id: Mapped[UUID]
    preceding_id: Mapped[UUID | None]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]


class InvoiceSubject(Base):
    """What an invoice charges for. An issuer charges for it once at a time: until that invoice is taken back in full."""

    __tablename__ = "invoice_subjects"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "issuer_id"], ["invoices.id", "invoices.issuer_id"]),
        Index(
            "uq_invoice_subjects_charged_once",
            "issuer_id",
            "kind",
            "subject_id",
            "part",
            unique=True,
            postgresql_where=text("stands"),
        ),
        Index("ix_invoice_subjects_subject_id", "subject_id"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40, collation="C"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(String(40, collation="C"), primary_key=True, server_default=text("''"))
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    stands: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class InvoiceDeduction(Base):
    """A prepayment invoice that a final invoice deducts, and what was left of it then. Append-only; while the final one stands,
    what it deducts is deducted by no other and not taken back: triggers say so."""

    __tablename__ = "invoice_deductions"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "issuer_id", "recipient_id"], _SIDES),
        ForeignKeyConstraint(["deducted_id", "issuer_id", "recipient_id"], _SIDES),
        CheckConstraint("invoice_id <> deducted_id", name="not_itself"),
        CheckConstraint("net_minor > 0 AND tax_minor >= 0", name="amounts_in_range"),
        Index("ix_invoice_deductions_deducted_id", "deducted_id"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    deducted_id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)


class InvoiceFiling(Base):
    """That an invoice has electronic forms, or is to get them: when it is tried, and what stood in the way the last time."""

    __tablename__ = "invoice_filings"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "issuer_id", "recipient_id"], _SIDES),
        CheckConstraint(f"state IN ({one_of(FilesState)})", name="state_known"),
        CheckConstraint("(state = 'ready') = (made_at IS NOT NULL)", name="ready_has_time"),
        CheckConstraint("(state = 'ready') = (peppol IS NOT NULL)", name="ready_says_peppol"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        Index("ix_invoice_filings_next_attempt_at", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(7), server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
    complaint: Mapped[str | None] = mapped_column(String(1000))
    peppol: Mapped[bool | None] = mapped_column(Boolean)
    made_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class InvoiceFile(Base):
    """One electronic form of an invoice, as it was judged. Append-only; the digest is that of the content."""

    __tablename__ = "invoice_files"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "issuer_id", "recipient_id"], _SIDES),
        CheckConstraint(f"form IN ({one_of(InvoiceForm)})", name="form_known"),
        CheckConstraint("sha256(content) = sha256", name="digest_is_of_content"),
        CheckConstraint("octet_length(content) = size_bytes AND size_bytes > 0", name="size_is_of_content"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(12, collation="C"), primary_key=True)
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size_bytes: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    made_at: Mapped[CreatedAt]


class TaxRate(Base):
    """What a country charges on what is supplied within it, from a day to a day. Category O: it charges no value added tax."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        UniqueConstraint("country", "category", "valid_from"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
        CheckConstraint(f"category IN ({one_of(_OF_RATES)})", name="category_known"),
        CheckConstraint(
            "CASE category WHEN 'O' THEN rate_percent IS NULL "
            "ELSE rate_percent IS NOT NULL AND rate_percent > 0 AND rate_percent < 100 END",
            name="rate_of_category",
        ),
        CheckConstraint("valid_until >= valid_from", name="validity_in_order"),
    )

    id: Mapped[Id]
    country: Mapped[str] = mapped_column(String(2, collation="C"))
    category: Mapped[str] = mapped_column(String(1, collation="C"))
    rate_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(300))
    loaded_at: Mapped[CreatedAt]
