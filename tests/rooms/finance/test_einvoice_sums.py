"""An invoice's sums: what always holds of them, and the cases in which a hundredth is won or lost."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from app.finance.einvoicing.checking import check
from app.finance.einvoicing.cii import RAM, cii
from app.finance.einvoicing.corpus import corpus
from app.finance.einvoicing.corpus_desk import standard
from app.finance.einvoicing.document import (
    Address,
    ChargedBefore,
    Document,
    Kind,
    Line,
    Party,
    Tax,
    TaxCategory,
)
from app.finance.einvoicing.findings import errors
from app.finance.einvoicing.totals import round_half_up, signed_minor, smallest_step, totals
from app.finance.einvoicing.ubl import CBC, ubl
from app.finance.einvoicing.validating import validate_cii, validate_ubl
from app.reference import facade as reference
from app.reference.errors import UnknownCode
from tests.rooms.finance.documents import CURRENCIES, documents


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_sums_always_add_up(document: Document) -> None:
    sums = totals(document)
    assert sums.lines_minor == sum(sums.line_net_minor)
    assert sums.net_minor == sums.lines_minor - sums.allowances_minor + sums.charges_minor
    assert sums.net_minor == sum(part.taxable_minor for part in sums.breakdown)
    assert sums.tax_minor == sum(part.tax_minor for part in sums.breakdown)
    assert sums.gross_minor == sums.net_minor + sums.tax_minor
    assert sums.payable_minor == sums.gross_minor - sums.prepaid_minor + sums.rounding_minor
    step = smallest_step(document.currency)
    for line, net in zip(document.lines, sums.line_net_minor, strict=True):
        added = sum(signed_minor(one) for one in line.allowances)
        exact = Fraction(line.quantity) * line.price_minor / Fraction(line.price_base)
        assert abs(exact + added - net) * 2 <= step
        assert net % step == 0
    for part in sums.breakdown:
        exact = part.taxable_minor * Fraction(part.tax.rate_percent or 0) / 100
        assert abs(exact - part.tax_minor) * 2 <= step
    assert len({(part.tax.category, part.tax.rate_percent) for part in sums.breakdown}) == len(sums.breakdown)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_both_syntaxes_say_the_same_and_keep_every_rule(document: Document) -> None:
    assert not check(document)
    as_cii, as_ubl = cii(document), ubl(document)
    assert not errors(validate_cii(as_cii))
    assert not errors(validate_ubl(as_ubl))
    one = etree.fromstring(as_cii).findtext(f".//{{{RAM}}}DuePayableAmount")
    other = etree.fromstring(as_ubl).findtext(f".//{{{CBC}}}PayableAmount")
    assert one is not None
    assert one == other
    decimals = reference.currency(document.currency).exponent
    assert Decimal(one).scaleb(decimals) == totals(document).payable_minor


@pytest.mark.parametrize(
    ("exact", "step", "rounded"),
    [
        ("1/2", 1, 1),
        ("-1/2", 1, -1),
        ("3/2", 1, 2),
        ("5/2", 1, 3),
        ("-5/3", 1, -2),
        ("5", 10, 10),
        ("4", 10, 0),
        ("-15", 10, -20),
    ],
)
def test_halves_go_away_from_nought(exact: str, step: int, rounded: int) -> None:
    assert round_half_up(Fraction(exact), step) == rounded


def test_tax_is_reckoned_on_the_sum_and_a_credit_note_mirrors_it() -> None:
    by_name = {entry.name: entry.document for entry in corpus()}
    halves = totals(by_name["rounding-halves"])
    assert (halves.line_net_minor, halves.net_minor, halves.tax_minor) == (
        (1,) * 7,
        7,
        1,
    )  # 7 × 0.19 is 1.33: once, not 7 × 0.
    per_thousand = totals(by_name["rounding-per-thousand"])
    assert per_thousand.line_net_minor == (21, 48)  # 1250 × 17/1000 is 21.25; 333/7 is 47.57.
    assert totals(by_name["rounding-yen"]).line_net_minor == (333, 333, 333)
    assert totals(by_name["rounding-fils"]).line_net_minor == (
        3710,
        3710,
        3710,
    )  # 3.705 dinars: no thousandths on an invoice.
    paid = totals(by_name["rounding-paid"])
    assert (paid.payable_minor, paid.prepaid_minor) == (0, paid.gross_minor)
    parts = [totals(by_name[f"milestone-de-{which}"]) for which in ("30", "40", "rest")]
    assert sum(part.payable_minor for part in parts) == parts[2].gross_minor
    back = by_name["rounding-taken-back"]
    mirrored = replace(back, lines=tuple(replace(line, quantity=-line.quantity) for line in back.lines))
    assert totals(mirrored).payable_minor == -totals(back).payable_minor


def test_equal_rates_are_one_however_they_are_written() -> None:
    document = next(entry.document for entry in corpus() if entry.name == "domestic-de")
    written = [
        replace(line, tax=standard(rate)) for line, rate in zip(document.lines, ("19", "19.0", "19.00"), strict=True)
    ]
    assert len(totals(replace(document, lines=tuple(written))).breakdown) == 1
    assert totals(replace(document, kind=Kind.PRO_FORMA)).payable_minor == totals(document).payable_minor
    with pytest.raises(UnknownCode):
        totals(replace(document, currency="EUX"))


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
    st.sampled_from(("19", "8.1", "5.5", "0.5", "33.333")),
    st.sampled_from(CURRENCIES),
)
def test_parts_of_a_deal_come_to_the_tax_of_the_whole(nets: list[int], rate: str, currency: str) -> None:
    tax, step = Tax(TaxCategory.STANDARD, Decimal(rate)), smallest_step(currency)

    def document(net_minor: int, taxable_before: int = 0, tax_before: int = 0) -> Document:
        line = Line("1", "Teil", Decimal(1), "C62", net_minor, tax)
        before = ChargedBefore(tax.category, tax.rate_percent, taxable_before, tax_before)
        party = Party("Muster GmbH", Address("DE"))
        return Document(
            Kind.INVOICE,
            "1",
            date(2026, 12, 1),
            currency,
            party,
            party,
            (line,),
            before=(before,) if taxable_before else (),
        )

    charged = taxed = 0
    for net in (one * step for one in nets):
        sums = totals(document(net, charged, taxed))
        assert abs(sums.tax_minor - Fraction(net) * Fraction(rate) / 100) < step
        charged, taxed = charged + net, taxed + sums.tax_minor
    assert taxed == totals(document(charged)).tax_minor
