"""What stands on the page of an invoice, every word, day, number and amount as the reader writes it."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal

from app.documents import facade as documents
from app.finance.einvoicing.document import AllowanceOrCharge, Document, Kind, Line, Party
from app.finance.einvoicing.notes import in_tax_currency
from app.finance.einvoicing.references import is_whole, written
from app.finance.einvoicing.totals import Totals, signed_minor, totals
from app.finance.invoicing.sentences import reason_of, terms_of
from app.finance.invoicing.states import EXPORT_REASON_LABELS, INVOICE_KIND_LABELS, UNTDID_1001, ExportReason
from app.finance.invoicing.views import quantity_text
from app.kit.locales import NP_, cldr, translate
from app.reference import facade as reference

TEMPLATE = Path(__file__).with_name("invoice.typ")
Row = tuple[str, str]

WORDS = {
    "seller": NP_("invoice page", "Seller"),
    "buyer": NP_("invoice page", "Bill to"),
    "delivery": NP_("invoice page", "Delivered to"),
    "position": NP_("invoice page", "Pos."),
    "description": NP_("invoice page", "Description"),
    "quantity": NP_("invoice page", "Quantity"),
    "price": NP_("invoice page", "Unit price"),
    "rate": NP_("invoice page", "VAT"),
    "amount": NP_("invoice page", "Amount"),
    "taxable": NP_("invoice page", "Taxable amount"),
    "tax": NP_("invoice page", "VAT amount"),
    "payment": NP_("invoice page", "Payment"),
    "remarks": NP_("invoice page", "Remarks"),
    "page": NP_("invoice page", "Page {page} of {pages}"),
}

_KINDS = {kind: INVOICE_KIND_LABELS[own] for own, kind in UNTDID_1001.items()} | {
    Kind.CORRECTION: NP_("invoice kind", "Corrected invoice")
}


def title_of(document: Document, locale: str) -> str:
    """What the page is: its kind, in a language."""
    if document.kind is Kind.INVOICE and document.preceding:
        return translate(NP_("invoice kind", "Final invoice"), locale)
    return translate(_KINDS[document.kind], locale)


async def printed(document: Document, locale: str) -> bytes:
    """The PDF of an invoice in a language. Call it with no transaction open. Raises `NotTypeset`."""
    return await documents.typeset(TEMPLATE, page(document, locale), locale=locale, dated=document.issued_on)


def page(document: Document, locale: str) -> dict[str, Any]:
    """The texts of the page; the template only places them. `{page}` and `{pages}` are filled in there."""
    sums = totals(document)
    words = {name: translate(word, locale) for name, word in WORDS.items()}
    title = title_of(document, locale)
    return {
        "words": words,
        "title": title,
        "number": document.number,
        "keywords": [document.number, document.seller.name, document.buyer.name],
        "day": [document.issued_on.year, document.issued_on.month, document.issued_on.day],
        "seller": _party(document.seller, locale),
        "buyer": _party(document.buyer, locale),
        "delivery": _delivery(document, locale),
        "facts": _facts(document, locale),
        "lines": [
            _line(document, line, net_minor, locale)
            for line, net_minor in zip(document.lines, sums.line_net_minor, strict=True)
        ],
        "sums": _sums(document, sums, locale),
        "last": _payable(document, sums, locale),
        "taxes": _taxes(document, sums, locale),
        "reasons": _reasons(sums, locale),
        "terms": terms_of(document, locale),
        "payment": _payment(document, locale),
        "remarks": _remarks(document, locale),
        "legal_note": document.seller.legal_note,
    }


def _party(party: Party, locale: str) -> dict[str, Any]:
    address = party.address
    town = " ".join(part for part in (address.postcode, address.city) if part)
    lines = [*address.lines, town, address.subdivision or "", reference.country_name(address.country, locale)]
    ids: list[Row] = []
    if party.vat_id:
        ids.append((translate(NP_("invoice page", "VAT no."), locale), party.vat_id))
    if party.tax_number:
        ids.append((translate(NP_("invoice page", "Tax no."), locale), party.tax_number))
    if party.legal_id and party.legal_id.value not in (party.vat_id, party.tax_number):
        ids.append((translate(NP_("invoice page", "Register no."), locale), party.legal_id.value))
    return {"name": party.name, "latin": party.trading_name, "lines": [line for line in lines if line], "ids": ids}


def _delivery(document: Document, locale: str) -> list[str] | None:
    """Where it went, if that is not where the buyer sits."""
    found = document.delivery
    if found is None or found.address is None or found.address == document.buyer.address:
        return None
    parts = [found.name, *found.address.lines, found.address.city]
    return [*(part for part in parts if part), reference.country_name(found.address.country, locale)]


def _facts(document: Document, locale: str) -> list[Row]:
    """The numbers and days that both sides file it under."""
    supplied = document.delivery.on if document.delivery else None
    preceding = ", ".join(one.number for one in document.preceding)
    masses = [line.net_mass_kg for line in document.lines if line.net_mass_kg is not None]
    rows: Sequence[tuple[tuple[str, str], str | None]] = (
        (NP_("invoice page", "Number"), document.number),
        (NP_("invoice page", "Date"), reference.display_date(document.issued_on, locale)),
        (NP_("invoice page", "Supplied on"), reference.display_date(supplied, locale) if supplied else None),
        (NP_("invoice page", "Due on"), reference.display_date(document.due_on, locale) if document.due_on else None),
        (NP_("invoice page", "Credited invoice"), preceding if document.kind is Kind.CREDIT_NOTE else None),
        (NP_("invoice page", "Deducted invoices"), preceding if document.kind is Kind.INVOICE else None),
        (NP_("invoice page", "Your order"), document.order_reference),
        (NP_("invoice page", "Framework order"), document.contract_reference),
        (NP_("invoice page", "Your reference"), document.buyer_reference),
        (NP_("invoice page", "Project"), document.project_reference),
        (NP_("invoice page", "Delivery note"), document.despatch_reference),
        (NP_("invoice page", "Delivery terms"), document.incoterm),
        (NP_("invoice page", "Reason for export"), _export_reason(document, locale)),
        (NP_("invoice page", "Net mass"), _mass(sum(masses), locale) if masses else None),
    )
    return [(translate(word, locale), value) for word, value in rows if value]


def _export_reason(document: Document, locale: str) -> str | None:
    reason = document.export_reason
    return translate(EXPORT_REASON_LABELS[ExportReason(reason)], locale) if reason else None


def _mass(mass_kg: Decimal | int, locale: str) -> str:
    return reference.display_number(mass_kg, locale) + "\u00a0kg"


def _line(document: Document, line: Line, net_minor: int, locale: str) -> dict[str, Any]:
    unit_price = reference.display_money(line.price_minor, document.currency, locale)
    base = None if line.price_base == 1 else quantity_text(line.price_base, line.unit, locale)
    codes: list[Row] = []
    for word, value in (
        (NP_("invoice page", "Item no."), line.seller_item_id),
        (NP_("invoice page", "Your item no."), line.buyer_item_id),
        (NP_("invoice page", "HS code"), line.hs_code),
        (NP_("invoice page", "Origin"), reference.country_name(line.origin_country, locale) if line.origin_country else None),
        (NP_("invoice page", "Net mass"), None if line.net_mass_kg is None else _mass(line.net_mass_kg, locale)),
    ):  # fmt: skip
        if value:
            codes.append((translate(word, locale), value))
    return {
        "id": line.id,
        "name": line.name,
        "description": line.description,
        "codes": codes,
        "quantity": quantity_text(line.quantity, line.unit, locale),
        "price": unit_price,
        "base": translate(NP_("invoice page", "per {quantity}"), locale, quantity=base) if base else None,
        "rate": _rate(line.tax.rate_percent, locale),
        "net": reference.display_money(net_minor, document.currency, locale),
        "allowances": [_allowance(one, document.currency, locale) for one in line.allowances],
    }


def _allowance(one: AllowanceOrCharge, currency: str, locale: str) -> Row:
    return one.reason, reference.display_money(signed_minor(one), currency, locale)


def _rate(rate: Decimal | None, locale: str) -> str:
    if rate is None:
        return "–"
    return format_decimal(rate, format="#,##0.###", locale=cldr(locale)) + "\u00a0%"


def _sums(document: Document, sums: Totals, locale: str) -> list[Row]:
    def shown(minor: int) -> str:
        return reference.display_money(minor, document.currency, locale)

    rows: list[Row] = []
    if document.allowances:
        rows.append((translate(NP_("invoice page", "Sum of lines"), locale), shown(sums.lines_minor)))
        rows += [_allowance(one, document.currency, locale) for one in document.allowances]
    rows.append((translate(NP_("invoice page", "Total without VAT"), locale), shown(sums.net_minor)))
    rows.append((translate(NP_("invoice page", "VAT"), locale), shown(sums.tax_minor)))
    if sums.prepaid_minor or sums.rounding_minor:
        rows.append((translate(NP_("invoice page", "Total with VAT"), locale), shown(sums.gross_minor)))
    if sums.prepaid_minor:
        rows.append((translate(NP_("invoice page", "Paid already"), locale), shown(-sums.prepaid_minor)))
    if sums.rounding_minor:
        rows.append((translate(NP_("invoice page", "Rounding"), locale), shown(sums.rounding_minor)))
    return rows


def _payable(document: Document, sums: Totals, locale: str) -> Row:
    words = {
        Kind.CREDIT_NOTE: NP_("invoice page", "Credited to you"),
        Kind.PRO_FORMA: NP_("invoice page", "Total"),
        Kind.CUSTOMS: NP_("invoice page", "Total"),
    }
    word = words.get(document.kind, NP_("invoice page", "Amount due"))
    return translate(word, locale), reference.display_money(sums.payable_minor, document.currency, locale)


def _taxes(document: Document, sums: Totals, locale: str) -> list[list[str]]:
    return [
        [
            _rate(one.tax.rate_percent, locale),
            reference.display_money(one.taxable_minor, document.currency, locale),
            reference.display_money(one.tax_minor, document.currency, locale),
        ]
        for one in sums.breakdown
    ]


def _reasons(sums: Totals, locale: str) -> list[str]:
    return [reason for one in sums.breakdown if (reason := reason_of(one.tax, locale))]


def _remarks(document: Document, locale: str) -> list[str]:
    stated = in_tax_currency(document, locale)
    return [*document.notes, stated] if stated else list(document.notes)


def _spaced(reference: str | None) -> str | None:
    """A creditor reference in groups of four; others, the numbers of earlier invoices, as they are."""
    return written(reference) if reference and is_whole(reference) else reference


def _payment(document: Document, locale: str) -> list[Row]:
    transfer = document.transfer
    if transfer is None:
        return []
    is_iban = len(transfer.account) >= 15 and transfer.account[:2].isalpha() and transfer.account[2:4].isdigit()
    account = " ".join(transfer.account[i : i + 4] for i in range(0, len(transfer.account), 4))
    rows: Sequence[tuple[tuple[str, str], str | None]] = (
        (NP_("invoice page", "Account holder"), transfer.account_name),
        (NP_("invoice page", "IBAN") if is_iban else NP_("invoice page", "Account"),
         account if is_iban else transfer.account),
        (NP_("invoice page", "BIC"), transfer.bic),
        (NP_("invoice page", "Payment reference"), _spaced(transfer.reference)),
    )  # fmt: skip
    return [(translate(word, locale), value) for word, value in rows if value]
