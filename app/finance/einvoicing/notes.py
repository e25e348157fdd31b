"""BT-22: what an invoice says beside its fields, one note each."""

from babel.numbers import format_decimal

from app.finance.einvoicing.document import Document
from app.finance.einvoicing.texts import given
from app.kit.locales import N_, cldr, translate
from app.reference import facade as reference

_RATE = "#,##0.############"
IN_TAX_CURRENCY = N_("VAT in {currency}: {amount}, at {rate} {currency} for 1 {of}, the rate of {day}.")


def notes(document: Document) -> list[str]:
    """What people wrote, the delivery terms, and by which rate the tax was stated in another currency."""
    found = (*document.notes, document.incoterm or "", in_tax_currency(document, document.locale) or "")
    return [note.strip() for note in found if given(note)]


def in_tax_currency(document: Document, locale: str) -> str | None:
    """The tax in the accounting currency, with its rate and day; None where the invoice is in that currency."""
    own, rate, day = document.tax_currency, document.tax_exchange_rate, document.tax_exchange_on
    if own is None or document.tax_in_tax_currency_minor is None or rate is None or day is None:
        return None
    return translate(
        IN_TAX_CURRENCY,
        locale,
        currency=own,
        amount=reference.display_money(document.tax_in_tax_currency_minor, own, locale),
        rate=format_decimal(rate, format=_RATE, locale=cldr(locale)),
        of=document.currency,
        day=reference.display_date(day, locale),
    )
