"""Deals that are charged in parts: prepayment invoices, and the final invoice that deducts them line by line.

Totals are odd on purpose: rounded each by itself, the taxes of the parts would miss the tax of the whole.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.finance.einvoicing.corpus_desk import INTRA, Desk, Entry, standard
from app.finance.einvoicing.document import (
    ChargedBefore,
    Delivery,
    Document,
    Kind,
    Line,
    Reference,
    Tax,
)
from app.finance.einvoicing.totals import totals

DEALS = (
    ("DE", "DE2", "EUR", standard("19"), 18_500_33),
    ("FR", "FR", "EUR", standard("20"), 9_999_97),
    ("CH", "CH", "CHF", standard("8.1"), 41_230_05),
    ("JP", "JP", "JPY", standard("10"), 2_345_677),
    ("DE", "FR", "EUR", INTRA, 77_777_77),
)
SHARES = (30, 40)


def in_parts(desk: Desk) -> Iterator[Entry]:
    """30 and 40 percent before, and the rest with a final invoice over all that was ordered; and that one taken back."""
    for seller, buyer, currency, tax, whole_minor in DEALS:
        name = f"parts-{seller}-{buyer}-{currency}".lower()
        before: list[Document] = []
        for share in SHARES:
            line = _line(1, f"Prepayment of {share} %", whole_minor * share // 100, tax)
            part = _of(desk, seller, buyer, currency, (line,), before, kind=Kind.PREPAYMENT)
            before.append(part)
            yield Entry(f"{name}-{share}", f"prepayment of {share} %", part)
        deducted = [
            replace(_line(at, f"Prepayment invoice {one.number}", totals(one).net_minor, tax), quantity=Decimal(-1))
            for at, one in enumerate(before, start=2)
        ]
        tool = _line(1, "Two-cavity injection mould, cold runner", whole_minor, tax)
        last = _of(desk, seller, buyer, currency, (tool, *deducted), before)
        last = replace(last, preceding=tuple(Reference(one.number, one.issued_on) for one in before))
        yield Entry(f"{name}-final", "final invoice that deducts prepayments by their lines", last)
    note = replace(
        last,
        kind=Kind.CREDIT_NOTE,
        number=f"C-{last.number}",
        due_on=None,
        transfer=None,
        preceding=(Reference(last.number, last.issued_on),),
    )
    yield Entry("parts-credited", "credit note over a final invoice", note)


def _line(number: int, name: str, net_minor: int, tax: Tax) -> Line:
    return Line(str(number), name, Decimal(1), "C62", net_minor, tax)


def _of(
    desk: Desk,
    seller: str,
    buyer: str,
    currency: str,
    lines: tuple[Line, ...],
    before: list[Document],
    kind: Kind = Kind.INVOICE,
) -> Document:
    document = desk.document(seller, buyer, currency, (), lines=lines, kind=kind, project_reference="TOOL-3040")
    tax, earlier = lines[0].tax, [totals(one) for one in before]
    charged = ChargedBefore(
        tax.category,
        tax.rate_percent,
        sum(one.net_minor for one in earlier),
        sum(one.tax_minor for one in earlier),
    )
    delivery = Delivery(document.issued_on, document.buyer.name, document.buyer.address)
    return replace(document, delivery=delivery, before=(charged,) if before else ())
