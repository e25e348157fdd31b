"""The rules of each category of tax: whose numbers it needs, which rate, and why none is charged (BR-S/Z/E/AE/IC/G/O-*)."""

from collections.abc import Iterator

from app.finance.einvoicing.codes import VATEX_RULES, exemption_reasons
from app.finance.einvoicing.document import Document, Tax, TaxCategory
from app.finance.einvoicing.texts import given

_FAMILY: dict[TaxCategory, str] = {category: str(category) for category in TaxCategory} | {
    TaxCategory.INTRA_COMMUNITY: "IC"
}
"""How rules name a category: an intra-Community supply is K in the code list, and IC in the rules."""

_SELLER_NUMBER_WILL_DO = frozenset(
    {TaxCategory.STANDARD, TaxCategory.ZERO, TaxCategory.EXEMPT, TaxCategory.REVERSE_CHARGE}
)
_NEEDS_REASON = frozenset(TaxCategory) - {TaxCategory.STANDARD, TaxCategory.ZERO}

_LINE, _ALLOWANCE, _CHARGE = 0, 1, 2
Broken = tuple[str, str]


def broken(document: Document) -> Iterator[Broken]:
    """Each rule of the categories in use that this document breaks, with the place."""
    used = list(_used(document))
    for kind, at, tax in used:
        yield from _rate(tax, kind, at)
        yield from _reason(tax, at)
    seen: set[tuple[TaxCategory, int]] = set()
    for kind, _, tax in used:
        if (tax.category, kind) not in seen:
            seen.add((tax.category, kind))
            yield from _numbers(document, tax.category, kind)
    yield from _together(document, used)


def _used(document: Document) -> Iterator[tuple[int, str, Tax]]:
    for number, line in enumerate(document.lines):
        yield _LINE, f"/lines/{number}/tax", line.tax
    for number, one in enumerate(document.allowances):
        if one.tax is not None:
            yield (_CHARGE if one.is_charge else _ALLOWANCE), f"/allowances/{number}/tax", one.tax


def _rule(category: TaxCategory, first: int, kind: int) -> str:
    """Rules come in threes: of lines, of allowances, of charges."""
    return f"BR-{_FAMILY[category]}-{first + kind:02}"


def _rate(tax: Tax, kind: int, at: str) -> Iterator[Broken]:
    """A rate of 0 may be given or not: what is out of scope is written without one (BR-O-05)."""
    rate = tax.rate_percent or 0
    if rate <= 0 if tax.category is TaxCategory.STANDARD else rate:
        yield _rule(tax.category, 5, kind), f"{at}/rate_percent"


def _reason(tax: Tax, at: str) -> Iterator[Broken]:
    said = given(tax.exemption_code) or given(tax.exemption_reason)
    if tax.category in _NEEDS_REASON and not said:
        yield f"BR-{_FAMILY[tax.category]}-10", f"{at}/exemption_reason"
    if tax.category not in _NEEDS_REASON and said:
        yield f"BR-{_FAMILY[tax.category]}-10", f"{at}/exemption_reason"
    if given(tax.exemption_code) and tax.exemption_code not in exemption_reasons():
        yield "BR-CL-22", f"{at}/exemption_code"
    category, rule = VATEX_RULES.get(tax.exemption_code or "", (tax.category, ""))
    if category is not tax.category:
        yield rule, f"{at}/exemption_code"


def _numbers(document: Document, category: TaxCategory, kind: int) -> Iterator[Broken]:
    seller, buyer = document.seller, document.buyer
    sellers, buyers = given(seller.vat_id), given(buyer.vat_id)
    rule = _rule(category, 2, kind)
    if category in _SELLER_NUMBER_WILL_DO and not (sellers or given(seller.tax_number)):
        yield rule, "/seller/vat_id"
    if category is TaxCategory.REVERSE_CHARGE and not (
        buyers or (buyer.legal_id is not None and given(buyer.legal_id.value))
    ):
        yield rule, "/buyer/vat_id"
    if category in (TaxCategory.INTRA_COMMUNITY, TaxCategory.EXPORT) and not sellers:
        yield rule, "/seller/vat_id"
    if category is TaxCategory.INTRA_COMMUNITY and not buyers:
        yield rule, "/buyer/vat_id"


def _together(document: Document, used: list[tuple[int, str, Tax]]) -> Iterator[Broken]:
    """What concerns all parts of the document at once."""
    categories = {tax.category for _, _, tax in used}
    if TaxCategory.OUT_OF_SCOPE in categories and len(categories) > 1:
        for kind, at, tax in used:
            if tax.category is not TaxCategory.OUT_OF_SCOPE:
                yield f"BR-O-{12 + kind}", f"{at}/category"
    if TaxCategory.INTRA_COMMUNITY in categories:
        delivery = document.delivery
        if delivery is None or delivery.on is None:
            yield "BR-IC-11", "/delivery/on"
        if delivery is None or delivery.address is None:
            yield "BR-IC-12", "/delivery/address/country"
    reasons: dict[TaxCategory, tuple[str | None, str | None]] = {}
    for _, at, tax in used:
        if tax.category in _NEEDS_REASON:
            own = (tax.exemption_code, tax.exemption_reason)
            if reasons.setdefault(tax.category, own) != own:
                yield "PL-03", f"{at}/exemption_reason"
