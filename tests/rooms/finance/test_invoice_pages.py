"""The page of an invoice: its numbers and amounts as each reader writes them, whatever people wrote in it."""

import asyncio
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pypdf
import pytest

from app.finance.einvoicing.document import Party
from app.finance.invoicing.printing import WORDS, page, printed
from app.kit.locales import translate
from tests.market import Market
from tests.rooms.finance.invoices import invoiced, issuer
from tests.rooms.finance.test_invoice_rules import document_of, line_of

FORMULA = '#panic("x") $x^2$ *fett* \\ <label> @ref ``` 恒锋 لودنشايد'


def read_pdf(content: bytes) -> tuple[pypdf.PdfReader, str]:
    """The file, and its text without what breaks lines."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    return reader, " ".join(" ".join(one.extract_text() for one in reader.pages).split())


async def test_both_sides_have_the_page_in_their_languages(market: Market) -> None:
    buyer, supplier = await market.people("buyer", locale="de"), await issuer(market)
    told = await invoiced(market, buyer, supplier, prepaid_minor=8105)
    path = f"/v1/invoices/{told['id']}/pdf"
    answers = await asyncio.gather(
        buyer.get(path),
        supplier.get(path, headers={"Accept-Language": "ja"}),
        supplier.get(f"{path}?locale=ar"),
        supplier.get(f"{path}?locale=xx"),
    )
    assert [one.status_code for one in answers] == [200, 200, 200, 422]
    german, japanese, arabic = [read_pdf(one.content) for one in answers[:3]]
    assert [one.headers["Content-Language"] for one in answers[:3]] == ["de", "ja", "ar"]
    assert answers[0].headers["Content-Type"] == "application/pdf"
    for text, amounts in ((german[1], ("1.481,05", "1.400,00")), (japanese[1], ("€1,481.05", "€1,400.00"))):
        assert "RE-000001" in text and all(amount in text for amount in amounts), text
    assert "RE-000001" in arabic[1] and "1,400.00" in arabic[1], arabic[1]
    assert german[0].trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "pdfaid" in str(german[0].trailer["/Root"]["/Metadata"].get_data())
    again = await buyer.get(path, headers={"If-None-Match": answers[0].headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("locale", ["de", "ar"])
async def test_what_people_wrote_is_no_markup_and_many_lines_have_their_heads(locale: str) -> None:
    lines = [replace(line_of(Decimal(3), 199, Decimal(1)), id=str(n), name=f"{FORMULA} {n}") for n in range(1, 91)]
    document = document_of(*lines)
    seller: Party = replace(
        document.seller, name="恒锋模具有限公司", trading_name="Hengfeng 😀 ไทย", legal_note=FORMULA
    )
    content = await printed(replace(document, seller=seller, locale=locale), locale)
    reader, text = read_pdf(content)
    assert len(reader.pages) > 2
    # Brackets are mirrored where the text runs from right to left.
    assert all(part in text for part in ("#panic", '"x"', "$x^2$ *fett* \\ <label> @ref ```"))
    if locale == "de":
        head = translate(WORDS["description"], locale)
        assert [head in one.extract_text() for one in reader.pages][:3] == [True] * 3


def test_a_page_says_what_the_document_says() -> None:
    told: dict[str, Any] = page(document_of(line_of(Decimal("1.5"), 399, Decimal(100))), "de")
    assert (told["lines"][0]["price"], told["lines"][0]["net"], told["lines"][0]["rate"]) == (
        "3,99\u00a0€",
        "0,06\u00a0€",
        "19\u00a0%",
    )
    assert told["last"][1] == "0,07\u00a0€"
