"""What an invoice says in sentences, in its reader's language: why no tax is charged, and by when to pay."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal

from app.finance.einvoicing.document import Document, EarlyPayment, Kind, Tax, TaxCategory
from app.finance.einvoicing.totals import totals
from app.finance.invoicing.rules import (
    VATEX_EXPORT,
    VATEX_INTRA_COMMUNITY,
    VATEX_OUT_OF_SCOPE,
    VATEX_REVERSE_CHARGE,
)
from app.kit.locales import N_, cldr, translate
from app.reference import facade as reference

REASONS: dict[str, str] = {
    VATEX_INTRA_COMMUNITY: N_("VAT-exempt intra-Community supply of goods (Article 138 of Directive 2006/112/EC)."),
    VATEX_REVERSE_CHARGE: N_("Reverse charge: the recipient owes the VAT (Article 196 of Directive 2006/112/EC)."),
    VATEX_EXPORT: N_("VAT-exempt export of goods (Article 146 of Directive 2006/112/EC)."),
    VATEX_OUT_OF_SCOPE: N_(
        "Not subject to VAT here: the place of supply is abroad (Article 44 of Directive 2006/112/EC)."
    ),
}
NOT_TAXED = N_("No value added tax is charged.")
SENT_ABROAD = N_("Supplied abroad at the zero rate.")


def reasoned(tax: Tax, locale: str) -> Tax:
    """The tax with the sentence that explains it, where an invoice must say why none is charged."""
    # A zero rate is a rate: an electronic invoice must give no reason for it (BR-Z-10), a page may.
    reason = None if tax.category is TaxCategory.ZERO else reason_of(tax, locale)
    return replace(tax, exemption_reason=reason) if reason else tax


def reason_of(tax: Tax, locale: str) -> str | None:
    """Why no tax is charged; what the invoice was issued with where its code is not known here."""
    if tax.exemption_code in REASONS:
        return translate(REASONS[tax.exemption_code], locale)
    if tax.category is TaxCategory.OUT_OF_SCOPE:
        return translate(NOT_TAXED, locale)
    if tax.category is TaxCategory.ZERO:
        return translate(SENT_ABROAD, locale)
    return tax.exemption_reason


def payment_terms(due_on: date, locale: str, discounts: Sequence[EarlyPayment] = ()) -> str:
    """BT-20: what may be deducted until when, and by when all is due."""
    said = [
        translate(
            N_("{percent} discount for payment by {day}."),
            locale,
            percent=percent_text(one.rate_bp, locale),
            day=reference.display_date(one.until, locale),
        )
        for one in discounts
    ]
    day = reference.display_date(due_on, locale)
    return " ".join([*said, translate(N_("Payable without deduction by {day}."), locale, day=day)])


def percent_text(rate_bp: int, locale: str) -> str:
    """Basis points as a percentage."""
    return format_decimal(Decimal(rate_bp) / 100, format="#,##0.##", locale=cldr(locale)) + "\u00a0%"


def credit_terms(locale: str) -> str:
    """BT-20 of a credit note, which has no day by which to pay."""
    return translate(N_("The amount is set off against what you owe, or paid back to you."), locale)


def settled_terms(locale: str) -> str:
    """BT-20 where nothing is left to be paid."""
    return translate(N_("Settled already: nothing is left to be paid."), locale)


def terms_of(document: Document, locale: str) -> str | None:
    """When and how to pay, in another language than the document's own; what it was issued with where it says no day."""
    if document.prepaid_minor and totals(document).payable_minor == 0 and document.due_on is None:
        return settled_terms(locale)
    if document.kind is Kind.CREDIT_NOTE:
        return credit_terms(locale)
    if document.due_on is None:
        return document.payment_terms
    return payment_terms(document.due_on, locale, document.discounts)
