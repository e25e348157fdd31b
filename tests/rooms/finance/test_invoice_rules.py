"""Which tax applies, what credit notes take back, and that a stored document is the one that was issued."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.finance.einvoicing.document import Address, AllowanceOrCharge, Document, Kind, Line, Party, Tax, TaxCategory
from app.finance.einvoicing.totals import totals
from app.finance.invoicing import rules, stored
from app.finance.invoicing.rules import Credited, DatedTax, Doubt, Supplied, TooMuch, Undecided, tax_of
from app.finance.invoicing.sentences import reasoned
from app.finance.invoicing.states import Supply

DAY = date(2026, 11, 27)
RATES = {"DE": DatedTax(Decimal(19)), "CN": DatedTax(Decimal(13)), "US": DatedTax(None)}
COUNTRIES = st.sampled_from(["DE", "FR", "GR", "CN", "US", "BR", "CH", "GB"])


def at(country: str, _: date) -> DatedTax | None:
    """What the countries of these tests charge."""
    return RATES.get(country)


def supplied(seller: str, to: str, **more: object) -> Supplied:
    """Goods from one country to another, both sides with VAT numbers."""
    base = Supplied(Supply.GOODS, seller, to, to, DAY, f"{seller}1", f"{to}2")
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "category", "rate", "code"),
    [
        (supplied("DE", "DE"), "S", 19, None),
        (supplied("CN", "CN", seller_vat_id=None), "S", 13, None),
        (supplied("DE", "FR"), "K", 0, "VATEX-EU-IC"),
        (supplied("DE", "FR", supply=Supply.SERVICES), "AE", 0, "VATEX-EU-AE"),
        (supplied("DE", "US"), "G", 0, "VATEX-EU-G"),
        (supplied("DE", "CH", supply=Supply.SERVICES), "O", None, "VATEX-EU-O"),
        # A French buyer has goods sent within Germany, a German one has them sent to Switzerland.
        (supplied("DE", "FR", to_country="DE"), "S", 19, None),
        (supplied("DE", "DE", to_country="CH"), "G", 0, "VATEX-EU-G"),
        (supplied("CN", "DE"), "Z", 0, None),
        (supplied("US", "US"), "O", None, None),
    ],
)
def test_which_tax_applies(found: Supplied, category: str, rate: int | None, code: str | None) -> None:
    tax = tax_of(found, at)
    assert (tax.category, tax.rate_percent, tax.exemption_code) == (category, rate, code)
    said = reasoned(tax, "de").exemption_reason
    assert (said is not None) == (category not in ("S", "Z"))


@pytest.mark.parametrize(
    ("found", "doubt", "country"),
    [
        (supplied("BR", "BR"), Doubt.NO_RATE, "BR"),
        (supplied("DE", "FR", seller_vat_id=None), Doubt.NO_SELLER_VAT_ID, "DE"),
        (supplied("DE", "FR", buyer_vat_id=None), Doubt.NO_BUYER_VAT_ID, "FR"),
        (supplied("DE", "FR", buyer_vat_id="DE9"), Doubt.NO_BUYER_VAT_ID, "FR"),
    ],
)
def test_what_is_not_sure_is_refused(found: Supplied, doubt: Doubt, country: str) -> None:
    with pytest.raises(Undecided) as refused:
        tax_of(found, at)
    assert (refused.value.doubt, refused.value.country) == (doubt, country)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(Supply), COUNTRIES, COUNTRIES, COUNTRIES, st.booleans(), st.booleans())
def test_tax_is_charged_at_home_alone_and_never_guessed(
    supply: Supply, seller: str, buyer: str, to: str, seller_id: bool, buyer_id: bool
) -> None:
    found = Supplied(
        supply, seller, buyer, to, DAY, f"{seller}1" if seller_id else None, f"{buyer}2" if buyer_id else None
    )
    home = (to if supply is Supply.GOODS else buyer) == seller
    if (home and seller not in RATES) or (not home and not (seller_id and buyer_id and buyer != seller)):
        with suppress(Undecided):
            tax_of(found, at)
        return
    tax = tax_of(found, at)
    assert (tax.category is TaxCategory.STANDARD) == (bool(tax.rate_percent))
    assert not tax.rate_percent or (home and tax.rate_percent == RATES[seller].rate_percent)
    if tax.category in (TaxCategory.INTRA_COMMUNITY, TaxCategory.REVERSE_CHARGE):
        assert seller_id and buyer_id and {seller, to if supply is Supply.GOODS else buyer} <= rules.EUROPEAN_UNION


QUANTITIES = st.decimals(Decimal("0.001"), Decimal(5000), places=3)
TAX = Tax(TaxCategory.STANDARD, Decimal(19))


def line_of(quantity: Decimal, price: int, base: Decimal, off: int = 0) -> Line:
    """A line, with an allowance if something is taken off."""
    allowances = (AllowanceOrCharge(off, "Rabatt"),) if off else ()
    return Line("1", "Werkzeug", quantity, "H87", price, TAX, base, allowances=allowances)


def document_of(*lines: Line) -> Document:
    """An invoice of these lines."""
    party = Party("Müller GmbH", Address("DE", ("Weg 1",), "Lüdenscheid"), vat_id="DE136695976")
    return Document(Kind.INVOICE, "RE-000001", DAY, "EUR", party, party, lines, due_on=DAY, notes=("Danke",))


@settings(max_examples=80, deadline=None)
@given(
    QUANTITIES,
    st.integers(0, 10**7),
    QUANTITIES,
    st.integers(0, 300),
    st.lists(st.decimals(Decimal("0.001"), Decimal(1), places=3), max_size=5),
)
def test_what_is_taken_back_in_parts_is_what_was_charged(
    quantity: Decimal, price: int, base: Decimal, off: int, parts: list[Decimal]
) -> None:
    line = line_of(quantity, price, base)
    net = totals(document_of(line)).line_net_minor[0]
    if 0 < off <= net:
        line = line_of(quantity, price, base, off)
        net -= off
    assert totals(document_of(line)).line_net_minor[0] == net
    before = Credited()
    for part in [*((quantity * part).quantize(Decimal("0.001")) for part in parts), None]:
        if part is not None and not 0 < part <= quantity - before.quantity:
            continue
        taken = rules.credited_line(line, net, before, part)
        if taken is None:
            break
        minor = totals(document_of(taken)).line_net_minor[0]
        assert minor >= 0
        before = Credited(before.quantity + taken.quantity, before.net_minor + minor)
        assert before.net_minor <= net
    assert before == Credited(quantity, net)
    with pytest.raises(TooMuch):
        rules.credited_line(line, net, before, Decimal("0.001"))
    assert rules.credited_line(line, net, before, None) is None


def test_a_document_is_read_as_it_was_written() -> None:
    document = replace(
        document_of(line_of(Decimal("1.500"), 399, Decimal(100), 3), line_of(Decimal(2), 1, Decimal(1))),
        allowances=(AllowanceOrCharge(10, "Fracht", True, percent=Decimal("2.5"), tax=TAX),),
        prepaid_minor=5,
    )
    written = stored.written(document)
    assert stored.read(written) == document
    assert stored.digest(written) == stored.digest(dict(reversed(written.items())))
    assert stored.digest(written) != stored.digest(stored.written(replace(document, prepaid_minor=6)))
    assert rules.number_of("RE", 7) == "RE-000007" and rules.number_of("RE", 1234567) == "RE-1234567"
