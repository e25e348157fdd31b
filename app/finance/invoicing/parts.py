"""Deals that are charged in parts: what earlier invoices charged, how a final invoice deducts it, by which rate tax is stated.

Pure. A part is charged by a prepayment invoice; whichever part is left at the end, by the final invoice: it names all that was
ordered and deducts what was charged before, line by line, so that net, tax and gross of all invoices come to those of the whole.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from app.finance.einvoicing.document import ChargedBefore, Document, Line, Tax, TaxCategory
from app.finance.einvoicing.totals import Breakdown, rate_of, round_half_up, smallest_step, totals
from app.finance.invoicing.rules import plain
from app.kit.locales import N_, translate
from app.reference import facade as reference

ONE = "C62"
DEDUCTED = N_("Prepayment invoice {number} of {day}")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An invoice of the same deal, and what credit notes have left of it, by category and rate."""

    id: UUID
    number: str
    issued_on: date
    left: tuple[Breakdown, ...]

    @property
    def net_minor(self) -> int:
        """What is left of it without tax."""
        return sum(one.taxable_minor for one in self.left)

    @property
    def tax_minor(self) -> int:
        """What is left of its tax."""
        return sum(one.tax_minor for one in self.left)


def left_of(invoice: Document, notes: Sequence[Document]) -> tuple[Breakdown, ...]:
    """What credit notes have left of an invoice, by category and rate."""
    taxable: dict[tuple[TaxCategory, Decimal | None], int] = defaultdict(int)
    tax: dict[tuple[TaxCategory, Decimal | None], int] = defaultdict(int)
    for document, sign in ((invoice, 1), *((note, -1) for note in notes)):
        for one in totals(document).breakdown:
            taxable[_key(one.tax)] += sign * one.taxable_minor
            tax[_key(one.tax)] += sign * one.tax_minor
    found = [replace(one, taxable_minor=taxable[_key(one.tax)], tax_minor=tax[_key(one.tax)])
             for one in totals(invoice).breakdown]  # fmt: skip
    return tuple(one for one in found if one.taxable_minor)


def _key(tax: Tax) -> tuple[TaxCategory, Decimal | None]:
    return tax.category, rate_of(tax)


def charged_before(earlier: Sequence[Earlier]) -> tuple[ChargedBefore, ...]:
    """What earlier invoices charged, by category and rate."""
    groups: dict[tuple[TaxCategory, Decimal | None], list[Breakdown]] = defaultdict(list)
    for invoice in earlier:
        for one in invoice.left:
            groups[_key(one.tax)].append(one)
    return tuple(
        ChargedBefore(*key, sum(one.taxable_minor for one in found), sum(one.tax_minor for one in found))
        for key, found in groups.items()
    )


def deducting_lines(earlier: Sequence[Earlier], first: int, taxes: Sequence[Tax], locale: str) -> tuple[Line, ...]:
    """The lines of a final invoice that deduct earlier ones, numbered from `first`.

    `taxes` are those of its other lines: what is taxed alike gives one reason (PL-03), in one language.
    """
    said = {_key(tax): tax for tax in taxes}
    found = [(invoice, one) for invoice in earlier for one in invoice.left]
    return tuple(
        Line(
            id=str(number),
            name=translate(
                DEDUCTED, locale, number=invoice.number, day=reference.display_date(invoice.issued_on, locale)
            ),
            quantity=Decimal(-1),
            unit=ONE,
            price_minor=one.taxable_minor,
            tax=said.get(_key(one.tax), one.tax),
        )
        for number, (invoice, one) in enumerate(found, start=first)
    )


def in_accounting_currency(document: Document) -> Document:
    """The same with its tax stated in the accounting currency too (BT-111), by the rate that it names; untouched without one."""
    own, rate = document.tax_currency, document.tax_exchange_rate
    if own is None or rate is None:
        return document
    exponents = reference.currency(own).exponent - reference.currency(document.currency).exponent
    exact = totals(document).tax_minor * Fraction(rate) * Fraction(10) ** exponents
    return replace(document, tax_in_tax_currency_minor=round_half_up(exact, smallest_step(own)))


def foreign_tax(document: Document, own: str | None, rates: Mapping[str, reference.Rate]) -> Document | None:
    """The document with its tax in `own`, the seller's currency, where that is needed; None where no rate of late is known."""
    if own is None or own == document.currency or totals(document).tax_minor == 0:
        return document
    rate = rates.get(document.currency)
    if rate is None or (document.issued_on - rate.day).days > reference.MOST_DAYS_OLD:
        return None
    named = replace(document, tax_currency=own, tax_exchange_rate=plain(rate.value), tax_exchange_on=rate.day)
    return in_accounting_currency(named)
