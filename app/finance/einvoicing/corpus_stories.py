"""The kinds of invoices in the corpus: each story writes some documents, and says what each is there for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from app.finance.einvoicing.corpus_desk import (
    EXEMPT,
    EXPORT,
    INTRA,
    OUTSIDE,
    REVERSE,
    ZERO,
    Desk,
    Entry,
    standard,
)
from app.finance.einvoicing.corpus_parties import PARTIES
from app.finance.einvoicing.corpus_parts import in_parts
from app.finance.einvoicing.document import (
    AllowanceOrCharge,
    Delivery,
    Document,
    Kind,
    Line,
    Reference,
    Tax,
)
from app.finance.einvoicing.totals import totals

DOMESTIC = {
    "DE": ("DE2", "EUR", "19", "7"),
    "FR": ("FR", "EUR", "20", "5.5"),
    "IT": ("IT", "EUR", "22", "10"),
    "ES": ("ES", "EUR", "21", "10"),
    "NL": ("NL", "EUR", "21", "9"),
    "BE": ("BE", "EUR", "21", "6"),
    "AT": ("AT", "EUR", "20", "10"),
    "PL": ("PL", "PLN", "23", "8"),
    "SE": ("SE", "SEK", "25", "12"),
    "GB": ("GB", "GBP", "20", "5"),
    "CH": ("CH", "CHF", "8.1", "2.6"),
    "JP": ("JP", "JPY", "10", "8"),
}
INTRA_COMMUNITY = (("DE", "FR"), ("IT", "DE"), ("ES", "PT"), ("NL", "BE"), ("PL", "DE"), ("AT", "IT"))
SERVICES = (("DE", "AT"), ("FR", "BE"), ("NL", "DE"), ("IT", "ES"), ("AT", "PL"))
EXPORTS = (
    ("DE", "US", "USD"),
    ("IT", "TR", "EUR"),
    ("DE", "CH", "CHF"),
    ("FR", "BR", "EUR"),
    ("PT", "MX", "USD"),
    ("JP", "US", "JPY"),
)
OUT_OF_SCOPE = (("CN", "DE", "USD"), ("CN", "JP", "CNY"), ("US", "MX", "USD"), ("KW", "CN", "KWD"), ("US", "DE", "EUR"))


def domestic(desk: Desk) -> Iterator[Entry]:
    """Two rates on one invoice, in each country's currency."""
    for seller, (buyer, currency, high, low) in DOMESTIC.items():
        taxes = (standard(high), standard(low), standard(high))
        yield Entry(
            f"domestic-{seller.lower()}",
            f"two rates, {high} and {low} %",
            desk.document(seller, buyer, currency, taxes),
        )


def across_borders(desk: Desk) -> Iterator[Entry]:
    """Supplies and services within the Union, exports, and sellers outside the scope of VAT."""
    for seller, buyer in INTRA_COMMUNITY:
        document = _delivered(desk.document(seller, buyer, "EUR", (INTRA, INTRA)))
        yield Entry(f"intra-{seller}-{buyer}".lower(), "intra-Community supply", document)
    for seller, buyer in SERVICES:
        yield Entry(
            f"reverse-{seller}-{buyer}".lower(), "reverse charge", desk.document(seller, buyer, "EUR", (REVERSE,))
        )
    for seller, buyer, currency in EXPORTS:
        document = desk.document(seller, buyer, currency, (EXPORT, EXPORT), incoterm="FCA Hamburg (Incoterms 2020)")
        lines = tuple(replace(line, origin_country=document.seller.address.country) for line in document.lines)
        yield Entry(f"export-{seller}-{buyer}-{currency}".lower(), "export", _delivered(replace(document, lines=lines)))
    for seller, buyer, currency in OUT_OF_SCOPE:
        document = desk.document(seller, buyer, currency, (OUTSIDE, OUTSIDE), incoterm="FOB Ningbo (Incoterms 2020)")
        yield Entry(f"outside-{seller}-{buyer}-{currency}".lower(), "not subject to VAT", document)


def untaxed(desk: Desk) -> Iterator[Entry]:
    """Rates of zero at home, with and without a reason."""
    yield Entry("exempt", "exempt beside a standard rate", desk.document("DE", "DE2", "EUR", (EXEMPT, standard("19"))))
    yield Entry("zero-rated", "zero rated", desk.document("GB", "GB", "GBP", (ZERO, standard("20"))))


def allowances(desk: Desk) -> Iterator[Entry]:
    """What is taken off and put on, on lines and on the whole, by percent and as an amount."""
    for seller in ("DE", "FR", "PL", "JP", "CH", "SE"):
        buyer, currency, high, low = DOMESTIC[seller]
        document = desk.document(seller, buyer, currency, (standard(high), standard(low)))
        first, *rest = document.lines
        first = replace(first, allowances=_of_a_line(totals(document).line_net_minor[0]))
        tax = first.tax
        whole = (
            AllowanceOrCharge(
                1000, "Quantity discount", reason_code="95", base_minor=20000, percent=Decimal(5), tax=tax
            ),
            AllowanceOrCharge(4500, "Freight", is_charge=True, reason_code="FC", tax=tax),
            AllowanceOrCharge(250, "Pallet", is_charge=True, tax=standard(low)),
        )
        changed = replace(document, lines=(first, *rest), allowances=whole)
        yield Entry(f"allowances-{seller}".lower(), "allowances and charges on a line and on the whole", changed)
    document = desk.document("IT", "FR", "EUR", (INTRA,))
    freight = AllowanceOrCharge(9900, "Freight", is_charge=True, reason_code="FC", tax=INTRA)
    yield Entry(
        "allowances-intra", "freight of an intra-Community supply", _delivered(replace(document, allowances=(freight,)))
    )


def _of_a_line(net_minor: int) -> tuple[AllowanceOrCharge, ...]:
    tenth = net_minor // 10
    return (
        AllowanceOrCharge(tenth, "Special agreement", reason_code="100", base_minor=tenth * 10, percent=Decimal(10)),
        AllowanceOrCharge(120, "Packing", is_charge=True, reason_code="ABL"),
    )


def credit_notes(desk: Desk) -> Iterator[Entry]:
    """What was invoiced is credited: the same lines, with the number of the invoice."""
    for seller in ("DE", "FR", "IT", "NL", "BE", "PL", "SE", "JP"):
        buyer, currency, high, low = DOMESTIC[seller]
        invoice = desk.document(seller, buyer, currency, (standard(high), standard(low)))
        note = replace(
            invoice,
            kind=Kind.CREDIT_NOTE,
            number=f"C-{invoice.number}",
            preceding=(Reference(invoice.number, invoice.issued_on),),
            project_reference="TOOL-4711",
        )
        yield Entry(f"credit-{seller}".lower(), "credit note", note)
    base = desk.document("DE", "FR", "EUR", (INTRA,), kind=Kind.CREDIT_NOTE, due_on=None, transfer=None)
    yield Entry("credit-intra", "credit note of an intra-Community supply", _delivered(base))
    base = desk.document("DE", "DE2", "EUR", (standard("19"),), kind=Kind.CREDIT_NOTE, transfer=None)
    yield Entry("credit-due", "credit note with a due date and no account", base)
    base = desk.document("DE", "DE2", "EUR", (standard("19"),), kind=Kind.CORRECTION)
    yield Entry("correction", "corrected invoice", replace(base, preceding=(Reference("DE-2026-0001"),)))


def milestones(desk: Desk) -> Iterator[Entry]:
    """A tool that is paid in three parts: 30 and 40 percent before, the rest with the invoice of the whole."""
    for seller, buyer, currency, tax in (
        ("DE", "DE2", "EUR", standard("19")),
        ("JP", "JP", "JPY", standard("10")),
        ("CH", "CH", "CHF", standard("8.1")),
    ):
        whole = desk.document(
            seller, buyer, currency, (tax,), contract_reference="FO-2026-0007", project_reference="TOOL-0815"
        )
        (tool,) = (replace(line, quantity=Decimal(1), note="Paid in three parts: 30/40/30") for line in whole.lines)
        before: list[Document] = []
        for share, step in ((30, "order"), (40, "first samples")):
            line = replace(
                tool, quantity=Decimal(share) / 100, unit="C62", name=f"{share} % at {step}: {tool.name}", note=None
            )
            part = desk.document(
                seller, buyer, currency, (tax,), lines=(line,), kind=Kind.PREPAYMENT, project_reference="TOOL-0815"
            )
            before.append(part)
            yield Entry(f"milestone-{seller}-{share}".lower(), f"prepayment of {share} %", part)
        last = replace(
            whole,
            number=f"{whole.number}-R",
            lines=(tool,),
            prepaid_minor=sum(totals(part).gross_minor for part in before),
            preceding=tuple(Reference(part.number, part.issued_on) for part in before),
        )
        yield Entry(f"milestone-{seller}-rest".lower(), "the rest, with what was paid before", last)


def rounding(desk: Desk) -> Iterator[Entry]:
    """Where a hundredth is won or lost."""
    tax = standard("19")
    halves = tuple(_plain(at, "0.5", 1, tax) for at in range(1, 8))
    yield Entry(
        "rounding-halves", "seven lines of half a cent each", desk.document("DE", "DE2", "EUR", (tax,), lines=halves)
    )
    thousands = (_plain(1, "1250", 17, tax, base="1000"), _plain(2, "333", 1, tax, base="7"))
    yield Entry(
        "rounding-per-thousand", "prices per thousand", desk.document("DE", "DE2", "EUR", (tax,), lines=thousands)
    )
    fine = (_plain(1, "0.0001", 99_999, tax), _plain(2, "12345.6789", 123_45, tax))
    yield Entry("rounding-fine", "quantities with four decimals", desk.document("DE", "DE2", "EUR", (tax,), lines=fine))
    taken = (_plain(1, "3", 99_95, tax), _plain(2, "-1", 99_95, tax))
    yield Entry("rounding-taken-back", "a line that takes back", desk.document("DE", "DE2", "EUR", (tax,), lines=taken))
    swiss = desk.document("CH", "CH", "CHF", (standard("8.1"),), lines=(_plain(1, "7", 33_33, standard("8.1")),))
    gross = totals(swiss).gross_minor
    yield Entry(
        "rounding-cash", "rounded to five centimes", replace(swiss, rounding_minor=(gross + 2) // 5 * 5 - gross)
    )
    yen = tuple(_plain(at, "0.333", 1001, standard("10")) for at in range(1, 4))
    yield Entry(
        "rounding-yen", "a currency without decimals", desk.document("JP", "JP", "JPY", (standard("10"),), lines=yen)
    )
    fils = tuple(replace(_plain(at, "3", 1235, OUTSIDE), unit="KGM") for at in range(1, 4))
    yield Entry(
        "rounding-fils", "a currency with thousandths", desk.document("KW", "CN", "KWD", (OUTSIDE,), lines=fils)
    )
    free = (_plain(1, "1", 0, tax), _plain(2, "1", 100_00, tax))
    yield Entry("rounding-free", "a line that costs nothing", desk.document("DE", "DE2", "EUR", (tax,), lines=free))
    paid = desk.document("FR", "FR", "EUR", (standard("20"),))
    yield Entry("rounding-paid", "all of it paid before", replace(paid, prepaid_minor=totals(paid).gross_minor))


def accounting_currency(desk: Desk) -> Iterator[Entry]:
    """Invoices in a foreign currency whose tax is stated in the country's own too."""
    for seller, currency, own, rate, per_unit in (
        ("PL", "EUR", "PLN", "23", "4.2613"),
        ("SE", "EUR", "SEK", "25", "11.052"),
        ("DE", "USD", "EUR", "19", "0.9217"),
    ):
        buyer = DOMESTIC[seller][0]
        document = desk.document(seller, buyer, currency, (standard(rate),))
        inward = int(Decimal(totals(document).tax_minor) * Decimal(per_unit))
        changed = replace(
            document,
            tax_currency=own,
            tax_in_tax_currency_minor=inward,
            tax_exchange_rate=Decimal(per_unit),
            tax_exchange_on=document.issued_on - timedelta(days=1),
        )
        yield Entry(f"tax-currency-{seller}".lower(), f"tax in {own} too", changed)


LONG_NAMES = {
    "en": "Two-plate, four-cavity injection mould with conformally cooled cores, hot half and interchangeable date stamps",
    "de": "Vierfach-Zweiplattenspritzgießwerkzeug mit konturnah temperierten Kernen, heißer Seite und Wechseldatumsstempeln",
    "fr": "Moule d'injection à deux plaques et quatre empreintes, noyaux à refroidissement conforme, bloc chaud et dateurs",
    "es": "Molde de inyección de dos placas y cuatro cavidades con machos de refrigeración conformada y fechadores",
    "pt-BR": "Molde de injeção de duas placas e quatro cavidades, machos com refrigeração conformada, câmara quente e datadores",
    "zh-Hans": "两板式四腔注塑模具，随形冷却型芯，热流道半模，可换日期印",
    "zh-Hant": "兩板式四穴射出模具，隨形冷卻公模仁，熱澆道半模，可換日期章",
    "ja": "二枚プレート四個取り射出成形金型（三次元冷却コア、ホットランナー、交換式デートマーク付き）",
    "ar": "قالب حقن ثنائي الألواح بأربع تجاويف، بقلوب ذات تبريد مطابق للشكل وعدائين ساخنة وأختام تاريخ قابلة للتبديل",
}
HOSTILE = "<![CDATA[&amp;]]> \"quoted\" 'single' & <b>bold</b> \u2028 \U0001f527 e\u0301 \u202bعربي\u202c ]]>"


def texts(desk: Desk) -> Iterator[Entry]:
    """Long names in nine languages, and characters that mean something to XML."""
    tax = standard("19")
    for locale, name in LONG_NAMES.items():
        line = replace(_plain(1, "1", 48_750_00, tax), name=name, description=" · ".join([name] * 4))
        document = desk.document("DE", "DE2", "EUR", (tax,), lines=(line,), locale=locale, notes=(name,))
        yield Entry(f"text-{locale}".lower(), f"long names: {locale}", document)
    line = replace(_plain(1, "1", 100_00, tax), name=HOSTILE, description=HOSTILE, note=HOSTILE, buyer_item_id="<>&\"'")
    seller = replace(
        PARTIES["DE"], name=f"Müller & Söhne <{HOSTILE}>", trading_name='A&B "Moulds"', legal_note='HRB <1> & "2"'
    )
    document = desk.document("DE", "DE2", "EUR", (tax,), lines=(line,), notes=(HOSTILE, "second\nline"), seller=seller)
    yield Entry("text-hostile", "characters that mean something to XML", document)
    document = desk.document(
        "DE",
        "DE2",
        "EUR",
        (tax,),
        tax_point_on=date(2026, 10, 31),
        despatch_reference="DN-77",
        contract_reference="FO-1",
    )
    lines = tuple(
        replace(line, order_line="10", buyer_item_id="B-1", hs_code="8480710090", origin_country="CN")
        for line in document.lines
    )
    yield Entry(
        "references", "every reference there is", _delivered(replace(document, lines=lines, project_reference="TOOL-1"))
    )


def _plain(number: int, quantity: str, price_minor: int, tax: Tax, base: str = "1") -> Line:
    return Line(str(number), f"Part {number}", Decimal(quantity), "C62", price_minor, tax, price_base=Decimal(base))


def _delivered(document: Document) -> Document:
    buyer = document.buyer
    return replace(document, delivery=Delivery(document.issued_on - timedelta(days=3), buyer.name, buyer.address))


STORIES: tuple[Callable[[Desk], Iterator[Entry]], ...] = (
    domestic,
    across_borders,
    untaxed,
    allowances,
    credit_notes,
    milestones,
    rounding,
    accounting_currency,
    texts,
    in_parts,
)
