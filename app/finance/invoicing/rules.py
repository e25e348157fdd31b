"""Which tax applies, how an invoice is numbered, and what a credit note takes back. Pure.

The taxes follow Council Directive 2006/112/EC: goods within the Community article 138, services to businesses articles 44 and
196, exports article 146. An issuer outside the Union sends goods abroad at the zero rate. What is not sure is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from app.finance.einvoicing.document import Line, Tax, TaxCategory
from app.finance.einvoicing.references import creditor_reference
from app.finance.einvoicing.totals import round_half_up
from app.finance.invoicing.states import Supply

_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EUROPEAN_UNION = frozenset(_MEMBERS.split())
"""Member states since 2020-02-01; ISO 3166-1, so Greece is GR though its VAT numbers begin with EL."""

VATEX_INTRA_COMMUNITY = "VATEX-EU-IC"
VATEX_REVERSE_CHARGE = "VATEX-EU-AE"
VATEX_EXPORT = "VATEX-EU-G"
VATEX_OUT_OF_SCOPE = "VATEX-EU-O"
"""Codes of the CEF VATEX list that BT-121 takes."""

NUMBER_DIGITS = 6


class Doubt(StrEnum):
    """Why no tax can be named."""

    NO_RATE = "no-tax-rate"
    NO_SELLER_VAT_ID = "seller-vat-id-missing"
    NO_BUYER_VAT_ID = "buyer-vat-id-missing"
    NO_EXCHANGE = "exchange-rate-missing"


class Undecided(Exception):
    """No tax can be named; `country` is whose law would say it."""

    def __init__(self, doubt: Doubt, country: str) -> None:
        super().__init__(doubt, country)
        self.doubt, self.country = doubt, country


@dataclass(frozen=True, slots=True)
class Supplied:
    """What decides on the tax: who supplies whom with what, and where goods go to. Countries are ISO 3166-1 alpha-2."""

    supply: Supply
    seller_country: str
    buyer_country: str
    to_country: str
    on: date
    seller_vat_id: str | None = None
    buyer_vat_id: str | None = None


@dataclass(frozen=True, slots=True)
class DatedTax:
    """What a country charges; `rate_percent` is None where it charges no value added tax."""

    rate_percent: Decimal | None


TaxOf = Callable[[str, date], DatedTax | None]


def tax_of(supplied: Supplied, rate_at: TaxOf) -> Tax:
    """The tax of a supply, without the sentence that explains it (`sentences`). Raises `Undecided`; it never guesses."""
    home = supplied.seller_country
    away = supplied.to_country if supplied.supply is Supply.GOODS else supplied.buyer_country
    if away == home:
        return _domestic(home, supplied.on, rate_at)
    if home not in EUROPEAN_UNION:
        return Tax(TaxCategory.ZERO, Decimal(0))
    if away in EUROPEAN_UNION:
        return _within_the_union(supplied, away)
    if supplied.supply is Supply.SERVICES:
        return Tax(TaxCategory.OUT_OF_SCOPE, None, VATEX_OUT_OF_SCOPE)
    return Tax(TaxCategory.EXPORT, Decimal(0), VATEX_EXPORT)


def _domestic(country: str, on: date, rate_at: TaxOf) -> Tax:
    found = rate_at(country, on)
    if found is None:
        raise Undecided(Doubt.NO_RATE, country)
    if found.rate_percent is None:
        return Tax(TaxCategory.OUT_OF_SCOPE)
    return Tax(TaxCategory.STANDARD, found.rate_percent)


def _within_the_union(supplied: Supplied, away: str) -> Tax:
    """From one member state to a business in another, which both must have proved by their numbers."""
    if not supplied.seller_vat_id:
        raise Undecided(Doubt.NO_SELLER_VAT_ID, supplied.seller_country)
    if not supplied.buyer_vat_id or supplied.buyer_vat_id[:2] == supplied.seller_vat_id[:2]:
        raise Undecided(Doubt.NO_BUYER_VAT_ID, away)
    if supplied.supply is Supply.SERVICES:
        return Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), VATEX_REVERSE_CHARGE)
    return Tax(TaxCategory.INTRA_COMMUNITY, Decimal(0), VATEX_INTRA_COMMUNITY)


def invoice_reference(invoice_id: UUID) -> str:
    """What a payer of an invoice is asked to name, so that bank statements tell of it."""
    return creditor_reference("IN", invoice_id)


def number_of(series_code: str, series_number: int) -> str:
    """BT-1, such as RE-000123."""
    return f"{series_code}-{series_number:0{NUMBER_DIGITS}d}"


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return Decimal(format(value.normalize(), "f"))


def falling(steps: Sequence[tuple[int, int]]) -> bool:
    """Whether discounts, each (days, rate), go on with more days and a lower rate."""
    return all(first[0] < second[0] and first[1] > second[1] for first, second in pairwise(steps))


@dataclass(frozen=True, slots=True)
class Credited:
    """What credit notes have taken back of a line."""

    quantity: Decimal = Decimal(0)
    net_minor: int = 0


class TooMuch(Exception):
    """More is to be taken back than is left of a line."""

    def __init__(self, line_id: str, left: Decimal) -> None:
        super().__init__(line_id, left)
        self.line_id, self.left = line_id, left


def credited_line(line: Line, net_minor: int, before: Credited, quantity: Decimal | None, step: int = 1) -> Line | None:
    """The line of a credit note that takes back `quantity` of an invoice's line, or what is left of it; None if nothing is.

    `net_minor` is what the line came to. Its price stays where that comes to the same; else the line states its part of the
    whole, so that all that is taken back is never more than was charged. Raises `TooMuch`.
    """
    left = line.quantity - before.quantity
    if line.quantity < 0 and quantity is None:
        # What a final invoice deducts comes back with the rest of it, whole.
        return line if not before.quantity else None
    wanted = left if quantity is None else quantity
    if wanted > left:
        raise TooMuch(line.id, left)
    if wanted <= 0:
        return None
    whole = Fraction(net_minor) * Fraction(wanted) / Fraction(line.quantity)
    rest_minor = net_minor - before.net_minor
    part_minor = rest_minor if wanted == left else min(round_half_up(whole, step), rest_minor)
    plain = Fraction(wanted) * line.price_minor / Fraction(line.price_base)
    if not line.allowances and round_half_up(plain, step) == part_minor:
        return _line(line, wanted, line.price_minor, line.price_base)
    return _line(line, wanted, part_minor, wanted)


def _line(line: Line, quantity: Decimal, price_minor: int, price_base: Decimal) -> Line:
    return Line(
        id=line.id,
        name=line.name,
        quantity=quantity,
        unit=line.unit,
        price_minor=price_minor,
        tax=line.tax,
        price_base=price_base,
        description=line.description,
        seller_item_id=line.seller_item_id,
        buyer_item_id=line.buyer_item_id,
        origin_country=line.origin_country,
        hs_code=line.hs_code,
        order_line=line.order_line,
    )


def credited_before(lines: Sequence[tuple[Line, int]]) -> dict[str, Credited]:
    """By the invoice's line: what credit notes' lines, each with its net amount, have taken back."""
    found: dict[str, Credited] = {}
    for line, net_minor in lines:
        before = found.get(line.id, Credited())
        found[line.id] = Credited(before.quantity + line.quantity, before.net_minor + net_minor)
    return found
