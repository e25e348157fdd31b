"""Where the corpus is written: the trade's items, ways of being taxed, and a desk that draws prices and quantities by lot."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.finance.einvoicing.corpus_parties import ACCOUNTS, PARTIES
from app.finance.einvoicing.document import Document, Kind, Line, Tax, TaxCategory
from app.reference import facade as reference

SEED = 20261127
_FIRST_DAY = date(2026, 11, 2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One document, and what it is there for."""

    name: str
    tells: str
    document: Document


@dataclass(frozen=True, slots=True)
class _Item:
    name: str
    unit: str
    price: int
    """About so many units of an everyday currency, times a hundred."""
    hs_code: str | None = None


ITEMS = (
    _Item("Two-cavity injection mould, cold runner", "H87", 18_500_00, "848071"),
    _Item("Guide pillar 20 × 76", "H87", 11_40, "848079"),
    _Item("Ejector pin Ø 6 × 160", "H87", 3_85, "820730"),
    _Item("Hot runner nozzle, 24 V", "H87", 412_00, "848790"),
    _Item("Core insert, 1.2343 ESU, 52 HRC", "H87", 1_280_00, "848071"),
    _Item("Polishing to SPI A-2", "HUR", 68_00),
    _Item("Mould flow analysis", "HUR", 92_50),
    _Item("PA66-GF30 granulate", "KGM", 4_15, "390810"),
    _Item("P20 steel plate, 400 × 300 × 86", "KGM", 5_72, "722840"),
    _Item("Texture VDI 30", "MTK", 1_960_00),
)


def standard(rate: str) -> Tax:
    """Taxed at a rate in percent."""
    return Tax(TaxCategory.STANDARD, Decimal(rate))


ZERO = Tax(TaxCategory.ZERO, Decimal(0))
EXEMPT = Tax(TaxCategory.EXEMPT, Decimal(0), "VATEX-EU-132-1I", "Training exempt from VAT")
REVERSE = Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), "VATEX-EU-AE", "Reverse charge")
INTRA = Tax(TaxCategory.INTRA_COMMUNITY, Decimal(0), "VATEX-EU-IC", "Intra-Community supply")
EXPORT = Tax(TaxCategory.EXPORT, Decimal(0), "VATEX-EU-G", "Export outside the EU")
OUTSIDE = Tax(TaxCategory.OUT_OF_SCOPE, None, "VATEX-EU-O", "Not subject to VAT")


class Desk:
    """Writes documents with what every one of them needs; what is drawn by lot is drawn from one seed."""

    def __init__(self, seed: int = SEED) -> None:
        self.lot = random.Random(seed)  # noqa: S311 (nothing is kept secret by it)
        self._written = 0

    def line(self, number: int, tax: Tax, currency: str, item: _Item | None = None, **changed: Any) -> Line:
        """A line about some item of the trade, at some price and quantity."""
        item = item or self.lot.choice(ITEMS)
        scale = 10 ** (reference.currency(currency).exponent - 2)
        price = max(1, int(item.price * scale * self.lot.uniform(0.8, 1.3)))
        whole = item.unit == "H87"
        quantity = Decimal(self.lot.randint(1, 12)) if whole else Decimal(self.lot.randint(10, 9_000)) / 8
        line = Line(
            id=str(number),
            name=item.name,
            quantity=quantity,
            unit=item.unit,
            price_minor=price,
            tax=tax,
            seller_item_id=f"ART-{self.lot.randint(1000, 9999)}",
            hs_code=item.hs_code,
        )
        return replace(line, **changed)

    def document(self, seller: str, buyer: str, currency: str, taxes: tuple[Tax, ...], /, **changed: Any) -> Document:
        """An invoice with one line for each of these taxes, unless lines are given."""
        self._written += 1
        issued = _FIRST_DAY + timedelta(days=self._written % 25)
        lines = tuple(self.line(at, tax, currency) for at, tax in enumerate(taxes, 1))
        transfer = ACCOUNTS.get(seller)
        document = Document(
            kind=Kind.INVOICE,
            number=f"{seller}-2026-{self._written:04}",
            issued_on=issued,
            currency=currency,
            seller=PARTIES[seller],
            buyer=PARTIES[buyer],
            lines=lines,
            due_on=issued + timedelta(days=30),
            payment_terms="30 days net",
            transfer=transfer
            and replace(transfer, reference=f"RF{self._written:04}", sepa=transfer.sepa and currency == "EUR"),
            buyer_reference=f"PO-{self._written:05}",
            order_reference=f"PO-{self._written:05}",
        )
        return replace(document, **changed)
