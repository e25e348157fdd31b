"""Documents drawn by lot: sound ones, of any currency, category of tax and size."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.finance.einvoicing.corpus_desk import EXEMPT, EXPORT, INTRA, OUTSIDE, REVERSE, ZERO, standard
from app.finance.einvoicing.corpus_parties import ACCOUNTS, PARTIES
from app.finance.einvoicing.document import AllowanceOrCharge, Delivery, Document, Kind, Line, Reference, Tax
from app.finance.einvoicing.totals import smallest_step

CURRENCIES = ("EUR", "JPY", "KWD", "CHF", "USD")
_RATES = ("19", "7", "8.1", "5.5", "0.5")
_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=40).filter(str.strip)
_AMOUNTS = st.integers(0, 10**7)


@st.composite
def taxes(draw: st.DrawFn) -> tuple[Tax, ...]:
    """What may stand on one invoice together."""
    return draw(
        st.one_of(
            st.lists(st.sampled_from(_RATES).map(standard), min_size=1, max_size=3).map(tuple),
            st.sampled_from(
                ((REVERSE,), (INTRA,), (EXPORT,), (OUTSIDE,), (EXEMPT, standard("19")), (ZERO, standard("20")))
            ),
        )
    )


@st.composite
def lines(draw: st.DrawFn, number: int, of: tuple[Tax, ...], step: int) -> Line:
    """A line with quantities and prices of any size, and some allowances."""
    allowed = draw(st.lists(st.tuples(_AMOUNTS, st.booleans()), max_size=2))
    return Line(
        id=str(number),
        name=draw(_TEXTS),
        quantity=draw(st.decimals(-1000, 100_000, places=draw(st.integers(0, 4)))),
        unit=draw(st.sampled_from(("H87", "KGM", "HUR", "XBX"))),
        price_minor=draw(st.integers(0, 10**8)),
        tax=draw(st.sampled_from(of)),
        price_base=draw(st.sampled_from((Decimal(1), Decimal(100), Decimal("0.5"), Decimal(7)))),
        allowances=tuple(AllowanceOrCharge(minor * step, "Agreed", is_charge=put_on) for minor, put_on in allowed),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A sound invoice or credit note."""
    currency = draw(st.sampled_from(CURRENCIES))
    step = smallest_step(currency)
    of = draw(taxes())
    whole = draw(st.lists(st.tuples(_AMOUNTS, st.booleans(), st.sampled_from(of)), max_size=3))
    changed: dict[str, Any] = {}
    if draw(st.booleans()):
        changed = {"kind": Kind.CREDIT_NOTE, "preceding": (Reference("R-1", date(2026, 10, 1)),)}
    return Document(
        **{"kind": Kind.INVOICE, **changed},
        number=draw(_TEXTS),
        issued_on=date(2026, 11, 27),
        currency=currency,
        seller=PARTIES["DE"],
        buyer=PARTIES["FR"],
        lines=tuple(draw(lines(number, of, step)) for number in range(1, draw(st.integers(1, 4)) + 1)),
        due_on=date(2026, 12, 27),
        transfer=replace(ACCOUNTS["DE"], sepa=currency == "EUR"),
        delivery=Delivery(date(2026, 11, 20), draw(_TEXTS), PARTIES["FR"].address),
        allowances=tuple(
            AllowanceOrCharge(minor * step, draw(_TEXTS), is_charge=put_on, tax=tax) for minor, put_on, tax in whole
        ),
        prepaid_minor=draw(_AMOUNTS) * step,
        rounding_minor=draw(st.integers(-50, 50)) * step,
        buyer_reference=draw(_TEXTS),
        notes=tuple(draw(st.lists(_TEXTS, max_size=2))),
    )
