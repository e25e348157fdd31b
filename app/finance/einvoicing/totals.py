"""What follows from an invoice's lines: its sums and its breakdown by tax, as EN 16931-1 reckons them (BR-CO-10 to 18).

Exact fractions until an amount is rounded, and each is rounded once, half away from nought: a credit note is the mirror of its
invoice. Tax is reckoned on the sum of each category and rate (BT-117), never line by line.

A deal that is charged in parts is rounded on its running total: each part's tax is what the tax of all so far comes to, less what
was charged before. It is the share of its own part, rounded up or down; so the parts come to the tax of the whole, to the minor
unit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from app.finance.einvoicing.document import (
    AllowanceOrCharge,
    ChargedBefore,
    Document,
    Line,
    Tax,
    TaxCategory,
)
from app.reference import facade as reference

_MOST_DECIMALS = 2
"""BR-DEC-*: no amount of a core invoice has more digits after its point."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """BG-23: what is taxed alike. `tax` has the rate (0 where a category charges none, none when out of scope) and the first
    reason that a line gives."""

    tax: Tax
    taxable_minor: int
    """BT-116."""
    tax_minor: int
    """BT-117."""


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22, in minor units of the document's currency."""

    line_net_minor: tuple[int, ...]
    """BT-131 of each line, in the lines' order."""
    lines_minor: int
    """BT-106."""
    allowances_minor: int
    """BT-107."""
    charges_minor: int
    """BT-108."""
    net_minor: int
    """BT-109."""
    tax_minor: int
    """BT-110."""
    gross_minor: int
    """BT-112."""
    prepaid_minor: int
    """BT-113."""
    rounding_minor: int
    """BT-114."""
    payable_minor: int
    """BT-115."""
    breakdown: tuple[Breakdown, ...]
    """In the order in which the lines, then the document's allowances and charges, first name each."""


def totals(document: Document) -> Totals:
    """The sums of this document. Raises UnknownCode for a currency that the house does not know, ZeroDivisionError for a price
    per none (`price_base`).

    It reckons what it is given, right or wrong: `checking` says what is wrong. An allowance or charge of the document that
    names no tax is in the sums and in no category.
    """
    step = smallest_step(document.currency)
    line_net = tuple(_line_net(line, step) for line in document.lines)
    allowances = sum(one.amount_minor for one in document.allowances if not one.is_charge)
    charges = sum(one.amount_minor for one in document.allowances if one.is_charge)
    breakdown = _breakdown(_taxed(document, line_net), step, document.before)
    net = sum(line_net) - allowances + charges
    tax = sum(one.tax_minor for one in breakdown)
    return Totals(
        line_net_minor=line_net,
        lines_minor=sum(line_net),
        allowances_minor=allowances,
        charges_minor=charges,
        net_minor=net,
        tax_minor=tax,
        gross_minor=net + tax,
        prepaid_minor=document.prepaid_minor,
        rounding_minor=document.rounding_minor,
        payable_minor=net + tax - document.prepaid_minor + document.rounding_minor,
        breakdown=breakdown,
    )


def smallest_step(currency: str) -> int:
    """How many minor units the least amount is that an invoice in this currency may state: 1, or 10 where a currency has
    thousandths (KWD, TND), for an invoice has only hundredths. Raises UnknownCode."""
    decimals = reference.currency(currency).exponent
    return int(10 ** max(0, decimals - _MOST_DECIMALS))


def signed_minor(one: AllowanceOrCharge) -> int:
    """What it adds to a sum: a charge its amount, an allowance its amount less nought."""
    return one.amount_minor if one.is_charge else -one.amount_minor


def rate_of(tax: Tax) -> Decimal | None:
    """The rate in percent as an invoice states it: none when out of scope, and 0 where a category needs none to be given."""
    if tax.category is TaxCategory.OUT_OF_SCOPE:
        return None
    return Decimal(0) if tax.rate_percent is None else tax.rate_percent


def round_half_up(amount: Fraction, step: int = 1) -> int:
    """The multiple of `step` that is nearest to an exact amount; the one farther from nought if two are."""
    steps = (abs(amount) / step * 2 + 1) // 2
    return int(steps) * step * (-1 if amount < 0 else 1)


def _line_net(line: Line, step: int) -> int:
    goods = Fraction(line.quantity) * line.price_minor / Fraction(line.price_base)
    return round_half_up(goods, step) + sum(signed_minor(one) for one in line.allowances)


def _taxed(document: Document, line_net: tuple[int, ...]) -> Iterable[tuple[Tax, int]]:
    for line, net_minor in zip(document.lines, line_net, strict=True):
        yield line.tax, net_minor
    for one in document.allowances:
        if one.tax is not None:
            yield one.tax, signed_minor(one)


def _breakdown(taxed: Iterable[tuple[Tax, int]], step: int, before: Iterable[ChargedBefore]) -> tuple[Breakdown, ...]:
    charged = {(one.category, one.rate_percent): one for one in before}
    groups: dict[tuple[TaxCategory, Decimal | None], list[tuple[Tax, int]]] = {}
    for tax, amount_minor in taxed:
        groups.setdefault((tax.category, rate_of(tax)), []).append((tax, amount_minor))
    return tuple(
        _group(category, rate, members, step, charged.get((category, rate)))
        for (category, rate), members in groups.items()
    )


def _group(
    category: TaxCategory,
    rate: Decimal | None,
    members: list[tuple[Tax, int]],
    step: int,
    before: ChargedBefore | None,
) -> Breakdown:
    taxable = sum(amount_minor for _, amount_minor in members)
    codes = (tax.exemption_code for tax, _ in members if tax.exemption_code)
    reasons = (tax.exemption_reason for tax, _ in members if tax.exemption_reason)
    return Breakdown(
        tax=Tax(category, rate, next(codes, None), next(reasons, None)),
        taxable_minor=taxable,
        tax_minor=_tax(taxable, Fraction(rate or 0) / 100, step, before),
    )


def _tax(taxable_minor: int, rate: Fraction, step: int, before: ChargedBefore | None) -> int:
    share = taxable_minor * rate
    if before is None:
        return round_half_up(share, step)
    running = round_half_up((before.taxable_minor + taxable_minor) * rate, step) - before.tax_minor
    # Only where parts were taken back meanwhile can this be further off than rounding goes.
    return min(max(running, floor(share / step) * step), ceil(share / step) * step)
