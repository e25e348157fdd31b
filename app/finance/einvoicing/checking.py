"""What is wrong with an invoice, told to its issuer before any XML is written, in words and by the field.

The rules of EN 16931-1 and of Peppol BIS Billing 3 that people break, as far as a `Document` can break them; sums cannot be
wrong, for they are reckoned. The official rules have the last word: `validating` runs them on what was written.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.finance.einvoicing import checking_tax
from app.finance.einvoicing.codes import (
    VAT_PREFIXES_BESIDE_COUNTRIES,
    address_schemes,
    allowance_reasons,
    charge_reasons,
    register_schemes,
    unit_codes,
)
from app.finance.einvoicing.document import (
    NEVER_SENT,
    Address,
    AllowanceOrCharge,
    CreditTransfer,
    Document,
    Kind,
    Line,
    Party,
)
from app.finance.einvoicing.parties import as_written
from app.finance.einvoicing.sentences import sentence
from app.finance.einvoicing.texts import given, texts
from app.finance.einvoicing.totals import smallest_step, totals
from app.reference import facade as reference

_PEPPOL = "PEPPOL-"
_PERCENT_SLACK_MINOR = 2
"""R040 and R120 allow two hundredths."""

Broken = tuple[str, str]
"""A rule and the place where it is broken."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule: its identifier, where (a JSON Pointer into the `Document`), and a sentence marked for translation."""

    rule: str
    place: str
    sentence: str

    @property
    def only_peppol(self) -> bool:
        """Whether it stands in the way of Peppol alone: as a Factur-X, the document can be sent."""
        return self.rule.startswith(_PEPPOL)


def check(document: Document) -> tuple[Problem, ...]:
    """All broken rules, each place once, in the order of the document's parts; empty for a sound document."""
    broken = dict.fromkeys(_broken(document))
    return tuple(Problem(rule, place, _words(rule)) for rule, place in broken)


def keeps_peppol(document: Document) -> bool:
    """Whether the document keeps Peppol's own rules too, as far as they can be told beforehand."""
    return not any(problem.only_peppol for problem in check(document))


def _words(rule: str) -> str:
    said = sentence(rule)
    if said is None:
        raise LookupError(f"there are no words for {rule}")
    return said


def _broken(document: Document) -> Iterator[Broken]:
    known = reference.is_accepted_currency(document.currency)
    if not known:
        yield "BR-CL-04", "/currency"
    yield from _head(document)
    yield from _party(document.seller, "/seller", name="BR-06", country="BR-09", address="BR-62")
    yield from _party(document.buyer, "/buyer", name="BR-07", country="BR-11", address="BR-63")
    yield from _seller(document)
    yield from _lines(document, known=known)
    for at, one in enumerate(document.allowances):
        yield from _allowance(one, f"/allowances/{at}", "38" if one.is_charge else "33")
        if one.tax is None:
            yield f"BR-{'37' if one.is_charge else '32'}", f"/allowances/{at}/tax"
    if document.delivery is not None and document.delivery.address is not None:
        yield from _address(document.delivery.address, "/delivery/address", "BR-57")
    yield from checking_tax.broken(document)
    if known:
        yield from _money(document)
    yield from _peppol(document)
    yield from (("PL-04", place) for place, _ in texts(document) if not _fits_xml(_))


def _head(document: Document) -> Iterator[Broken]:
    if document.kind in NEVER_SENT:
        yield "PL-08", "/kind"
    if not document.number.strip():
        yield "BR-02", "/number"
    for at, before in enumerate(document.preceding):
        if not before.number.strip():
            yield "BR-55", f"/preceding/{at}/number"
    if document.transfer is not None:
        yield from _transfer(document.transfer)


def _transfer(transfer: CreditTransfer) -> Iterator[Broken]:
    if not transfer.account.strip():
        yield "BR-61", "/transfer/account"
    elif transfer.iban is None:
        if transfer.sepa:
            yield "PL-06", "/transfer/account"
    elif not reference.check_registration_number("iban", transfer.iban).ok:
        yield "PL-06", "/transfer/account"


def _party(party: Party, at: str, *, name: str, country: str, address: str) -> Iterator[Broken]:
    if not party.name.strip():
        yield name, f"{at}/name"
    yield from _address(party.address, f"{at}/address", country)
    prefix = (party.vat_id or "")[:2]
    if given(party.vat_id) and not (reference.is_country(prefix) or prefix in VAT_PREFIXES_BESIDE_COUNTRIES):
        yield "BR-CO-09", f"{at}/vat_id"
    if party.endpoint is not None and party.endpoint.scheme not in address_schemes():
        yield (address if not party.endpoint.scheme else "BR-CL-25"), f"{at}/endpoint/scheme"
    if party.legal_id is not None and party.legal_id.scheme and party.legal_id.scheme not in register_schemes():
        yield "BR-CL-11", f"{at}/legal_id/scheme"


def _address(address: Address, at: str, rule: str) -> Iterator[Broken]:
    if not reference.is_country(address.country):
        yield (rule if not address.country else "BR-CL-14"), f"{at}/country"


def _seller(document: Document) -> Iterator[Broken]:
    seller, _ = as_written(document)
    registered = seller.legal_id is not None and given(seller.legal_id.value)
    if not given(seller.id) and not given(seller.vat_id) and not registered:
        yield "BR-CO-26", "/seller"


def _lines(document: Document, *, known: bool) -> Iterator[Broken]:
    if not document.lines:
        yield "BR-16", "/lines"
    times = Counter(line.id.strip() for line in document.lines)
    for number, line in enumerate(document.lines):
        at = f"/lines/{number}"
        if not line.id.strip():
            yield "BR-21", f"{at}/id"
        elif times[line.id.strip()] > 1:
            yield "PL-01", f"{at}/id"
        yield from _line(line, at)
        for place, one in enumerate(line.allowances):
            yield from _allowance(one, f"{at}/allowances/{place}", "44" if one.is_charge else "42")


def _line(line: Line, at: str) -> Iterator[Broken]:
    if not line.name.strip():
        yield "BR-25", f"{at}/name"
    if line.unit not in unit_codes():
        yield ("BR-CL-23" if line.unit else "BR-23"), f"{at}/unit"
    if line.price_minor < 0:
        yield "BR-27", f"{at}/price_minor"
    if line.price_base <= 0:
        yield "PL-07", f"{at}/price_base"
    if line.origin_country is not None and not reference.is_country(line.origin_country):
        yield "BR-CL-15", f"{at}/origin_country"


def _allowance(one: AllowanceOrCharge, at: str, no_reason: str) -> Iterator[Broken]:
    if one.amount_minor < 0:
        yield "PL-02", f"{at}/amount_minor"
    if not one.reason.strip() and not one.reason_code:
        yield f"BR-{no_reason}", f"{at}/reason"
    if one.reason_code and one.reason_code not in (charge_reasons() if one.is_charge else allowance_reasons()):
        yield f"BR-CL-{'20' if one.is_charge else '19'}", f"{at}/reason_code"
    if one.percent is not None and one.base_minor is None:
        yield "PEPPOL-EN16931-R041", f"{at}/base_minor"
    if one.percent is None and one.base_minor is not None:
        yield "PEPPOL-EN16931-R042", f"{at}/percent"
    if one.percent is not None and one.base_minor is not None:
        exact = Fraction(one.base_minor) * Fraction(one.percent) / 100
        if abs(exact - one.amount_minor) > _PERCENT_SLACK_MINOR:
            yield "PEPPOL-EN16931-R040", f"{at}/amount_minor"


def _money(document: Document) -> Iterator[Broken]:
    """What needs sums, or the currency's decimals."""
    step = smallest_step(document.currency)
    stated = [("/prepaid_minor", "16", document.prepaid_minor), ("/rounding_minor", "17", document.rounding_minor)]
    for at, one in enumerate(document.allowances):
        first, second = ("05", "06") if one.is_charge else ("01", "02")
        stated.append((f"/allowances/{at}/amount_minor", first, one.amount_minor))
        stated.append((f"/allowances/{at}/base_minor", second, one.base_minor or 0))
    for number, line in enumerate(document.lines):
        for at, one in enumerate(line.allowances):
            first, second = ("27", "28") if one.is_charge else ("24", "25")
            stated.append((f"/lines/{number}/allowances/{at}/amount_minor", first, one.amount_minor))
            stated.append((f"/lines/{number}/allowances/{at}/base_minor", second, one.base_minor or 0))
    yield from ((f"BR-DEC-{rule}", place) for place, rule, minor in stated if minor % step)
    if any(line.price_base == 0 for line in document.lines):
        return
    sums = totals(document)
    if sums.payable_minor > 0 and document.due_on is None and not given(document.payment_terms):
        yield "BR-CO-25", "/due_on"
    if document.tax_currency is not None:
        yield from _tax_currency(document, sums.tax_minor)


def _tax_currency(document: Document, tax_minor: int) -> Iterator[Broken]:
    other = document.tax_in_tax_currency_minor
    if not reference.is_accepted_currency(document.tax_currency or ""):
        yield "BR-CL-05", "/tax_currency"
    elif document.tax_currency == document.currency:
        yield "BR-53", "/tax_currency"
    elif other is None:
        yield "BR-53", "/tax_in_tax_currency_minor"
    elif tax_minor * other < 0:
        yield "PEPPOL-EN16931-R055", "/tax_in_tax_currency_minor"
    elif other % smallest_step(document.tax_currency or ""):
        yield "BR-DEC-15", "/tax_in_tax_currency_minor"


def _peppol(document: Document) -> Iterator[Broken]:
    if not given(document.buyer_reference) and not given(document.order_reference):
        yield "PEPPOL-EN16931-R003", "/buyer_reference"
    if document.buyer.endpoint is None or not document.buyer.endpoint.value.strip():
        yield "PEPPOL-EN16931-R010", "/buyer/endpoint"
    if document.seller.endpoint is None or not document.seller.endpoint.value.strip():
        yield "PEPPOL-EN16931-R020", "/seller/endpoint"
    countries = {document.seller.address.country, document.buyer.address.country}
    if document.kind is Kind.CORRECTION and countries != {"DE"}:
        yield "PEPPOL-EN16931-P0112", "/kind"


def _fits_xml(text: str) -> bool:
    """Whether XML 1.0 has all these characters (production 2: Char)."""
    return all(
        char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000"
        for char in text
    )
