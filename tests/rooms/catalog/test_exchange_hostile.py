"""Files that are broken, huge or meant to do harm: each gets a clear answer, and what is sound in them goes on."""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.readers import xlsx_file
from app.catalog.exchange.readers.bmecat_file import read_bmecat
from app.catalog.exchange.readers.csv_file import encoding_of, read_csv
from app.catalog.exchange.readers.xlsx_file import read_xlsx
from app.kit.xlsx import XlsxOut
from tests.market import Market
from tests.rooms.catalog.files import codes, csv_bytes, findings, imported, row, supplier
from tests.rooms.documents.uploads import ready

CHINESE = "code,sku,title:zh-Hans\n" + "".join(f"pin-{n},P-{n},顶针，氮化处理，硬度九百五十\n" for n in range(40))
JAPANESE = "code,sku,title:ja\n" + "".join(f"pin-{n},P-{n},エジェクタピン、窒化処理、硬さ九五〇\n" for n in range(40))
GERMAN = "code,sku,title:de\n" + "".join(
    f"pin-{n},P-{n},Auswerferstift, gehärtet für große Werkzeuge – ß\n" for n in range(40)
)


def rows(content: bytes, encoding: str | None = None) -> list[Any]:
    return list(read_csv(io.BytesIO(content), encoding))


@pytest.mark.parametrize(
    ("text", "python", "name"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8-sig"),
        (CHINESE, "utf-16", "utf-16"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (CHINESE, "gb18030", "gb18030"),
        (JAPANESE, "cp932", "shift_jis"),
        (GERMAN, "cp1252", "windows-1252"),
    ],
)
def test_encodings_are_found_out(text: str, python: str, name: str) -> None:
    content = text.encode(python)
    assert encoding_of(io.BytesIO(content)) == name
    read = rows(content)
    assert len(read) == 41 and not any(one.fault for one in read)
    assert [one.cells[2].split(",")[0] for one in read][1:] == [line.split(",")[2] for line in text.splitlines()[1:]]


def test_a_line_that_cannot_be_decoded_is_alone_at_fault() -> None:
    lines = [f"pin-{n},P-{n},gehärtet".encode() for n in range(6)]
    lines[3] = "pin-3,P-3,gehärtet".encode("cp1252")
    read = rows(b"code,sku,title\n" + b"\n".join(lines))
    assert [one.fault.code if one.fault else None for one in read] == [
        None,
        None,
        None,
        None,
        "not-decodable",
        None,
        None,
    ]
    assert read[5].cells == ["pin-4", "P-4", "gehärtet"]


def test_a_cell_of_forty_megabytes_is_alone_at_fault() -> None:
    def content() -> Iterator[bytes]:
        yield b"code,sku,title\na,A-1,first\n"
        yield b"b,B-1,"
        for _ in range(40):
            yield b"x" * 1024 * 1024
        yield b"\nc,C-1,third\n"

    file = io.BytesIO(b"".join(content()))
    read = list(read_csv(file))
    assert [one.fault.code if one.fault else one.cells[0] for one in read] == ["code", "a", "cell-too-long", "c"]
    assert [one.number for one in read] == [1, 2, 3, 4]


def test_a_quotation_left_open_does_not_swallow_the_file() -> None:
    body = b"code,sku,title\n" + b'a,A-1,"open\n' + b"".join(b"p-%d,P-%d,fine\n" % (n, n) for n in range(10_000))
    read = rows(body)
    assert [one.fault.code for one in read if one.fault] == ["cell-too-long"]
    assert len(read) > 7_000 and read[-1].cells == ["p-9999", "P-9999", "fine"]


def test_separators_and_marks() -> None:
    for separator in ",;\t|":
        read = rows(f"# ours\ncode{separator}sku\n\na{separator}A-1\n# left out\n".encode())
        assert [one.cells for one in read] == [["code", "sku"], ["a", "A-1"]]
    assert [one.cells for one in rows(b"sep=|\r\ncode|sku\r\na|A,1\r\n")] == [["code", "sku"], ["a", "A,1"]]
    with pytest.raises(FileRefused, match="empty-file"):
        rows(b"\n\n")


def workbook(*table: list[str]) -> bytes:
    out = XlsxOut(["Listings"])
    return out.rows(table) + out.end()


def repacked(content: bytes, name: str, text: bytes) -> bytes:
    """A workbook with another content of one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            after.writestr(entry.filename, text if entry.filename == name else before.read(entry))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def line(*cells: bytes) -> bytes:
    return b"<row>" + b"".join(b'<c t="inlineStr"><is><t>' + cell + b"</t></is></c>" for cell in cells) + b"</row>"


def xlsx_rows(content: bytes) -> list[Any]:
    return list(read_xlsx(io.BytesIO(content)))


def test_a_workbook_with_a_cell_of_forty_megabytes_goes_on_behind_it() -> None:
    table = HEAD + line(b"code", b"sku") + line(b"a", b"x" * 40 * 1024 * 1024) + line(b"b", b"B-1") + TAIL
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["code"]))) as before, zipfile.ZipFile(out, "w") as after:
        for entry in before.infolist():
            after.writestr(entry.filename, table if entry.filename == SHEET else before.read(entry))
    read = xlsx_rows(out.getvalue())
    assert [one.fault.code if one.fault else one.cells for one in read] == [
        ["code", "sku"],
        "cell-too-long",
        ["b", "B-1"],
    ]


def test_a_bomb_is_not_unpacked() -> None:
    bomb = repacked(workbook(["code"]), SHEET, HEAD + b"<row>" + b"<c/>" * 12_000_000)
    assert len(bomb) < 1_000_000
    with pytest.raises(FileRefused, match="unpacks-too-large"):
        xlsx_rows(bomb)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is made to say little; unpacking counts for itself."""
    honest = repacked(workbook(["code"]), SHEET, HEAD + b"<row>" + b"<c/>" * 12_000_000)
    lying = bytearray(honest)
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo(SHEET).file_size
    for at in range(len(lying) - 4):
        if lying[at : at + 4] == size.to_bytes(4, "little"):
            lying[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(FileRefused):
        xlsx_rows(bytes(lying))
    taken = 0

    def counted(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
        nonlocal taken
        for chunk in original(archive, name):
            taken += len(chunk)
            yield chunk

    original = xlsx_file._unpacked
    monkeypatch.setattr(xlsx_file, "_unpacked", counted)
    monkeypatch.setattr(xlsx_file, "_look_at_directory", lambda archive: None)
    with pytest.raises(FileRefused, match="unpacks-too-large"):
        xlsx_rows(honest)
    assert 1_000_000 < taken < 20_000_000


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml"])
def test_a_workbook_with_entities_is_refused(part: str) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(FileRefused, match="document-type"):
        xlsx_rows(repacked(workbook(["code"]), part, laughs))


def test_broken_workbooks() -> None:
    broken_sheet = repacked(workbook(["a"]), SHEET, b"<row")
    for content in (b"PK\x03\x04 no archive", broken_sheet, repacked(workbook(["a"]), "xl/workbook.xml", b"<w/>")):
        with pytest.raises(FileRefused, match="broken-workbook"):
            xlsx_rows(content)
    for number in (b"0", b"1048577", b"99999999999"):
        far = HEAD + b'<row r="' + number + b'"><c><v>1</v></c></row>' + TAIL
        with pytest.raises(FileRefused, match="broken-workbook"):
            xlsx_rows(repacked(workbook(["a"]), SHEET, far))


def test_a_cell_far_to_the_right_claims_no_memory_and_is_not_lost() -> None:
    """Seven thousand short rows that each end in the last column of a sheet would be 115 million cells."""
    table = HEAD + line(b"code") + b'<row><c><v>1</v></c><c r="XFD1"><v>7</v></c></row>' * 7_000 + TAIL
    read = xlsx_rows(repacked(workbook(["a"]), SHEET, table))
    assert len(read) == 7_001
    assert {(len(one.cells), one.cells[0], one.cells[-1]) for one in read[1:]} == {(1_000, "1", "7")}


CATALOG = b'<?xml version="1.0"?>\n%s<BMECAT version="2005"><HEADER/><T_NEW_CATALOG>%s</T_NEW_CATALOG></BMECAT>'


@pytest.mark.parametrize(
    "dtd",
    [
        b'<!DOCTYPE BMECAT SYSTEM "http://192.0.2.1/evil.dtd">',
        b'<!DOCTYPE BMECAT [<!ENTITY secret SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE BMECAT [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b"<!-- " + b"x" * 70_000 + b' --><!DOCTYPE BMECAT [<!ENTITY e "x">]>',
    ],
)
def test_document_types_and_entities_are_refused(dtd: bytes) -> None:
    product = b"<PRODUCT><SUPPLIER_PID>&secret;&b;</SUPPLIER_PID></PRODUCT>"
    with pytest.raises(FileRefused, match="document-type"):
        list(read_bmecat(io.BytesIO(CATALOG % (dtd, product))))


def test_undefined_entities_and_huge_texts_end_the_reading() -> None:
    good = b"<PRODUCT><SUPPLIER_PID>A-1</SUPPLIER_PID></PRODUCT>"
    for bad in (
        b"<PRODUCT><SUPPLIER_PID>&secret;</SUPPLIER_PID></PRODUCT>",
        b"<PRODUCT>" + b"x" * 12_000_000 + b"</PRODUCT>",
    ):
        read = []
        with pytest.raises(FileRefused, match="broken-xml"):
            for article in read_bmecat(io.BytesIO(CATALOG % (b"", good + bad))):
                read.append(article.cells["sku"])
        assert read in ([], ["A-1"])
    with pytest.raises(FileRefused, match="no-catalogue"):
        list(read_bmecat(io.BytesIO(b"<?xml version='1.0'?><html/>")))


async def test_too_many_columns_end_the_import(market: Market) -> None:
    seller = await supplier(market)
    wide = {**row(), **{f"extra-{n}": "" for n in range(500)}}
    done = await imported(market, seller, csv_bytes([wide]))
    assert (done["state"]["code"], done["failure"]["code"]) == ("failed", "too-many-columns")
    assert "400" in done["failure"]["detail"]


async def test_rows_that_go_on_too_long_and_headers_that_come_twice(market: Market) -> None:
    seller = await supplier(market)
    content = csv_bytes([row(code="one", sku="O-1"), row(code="two", sku="T-1")])
    lines = content.decode().splitlines()
    lines[0] += ",SKU"
    lines[1] += ",ignored"
    lines[2] += ",ignored,too,much"
    done = await imported(market, seller, "\n".join(lines).encode())
    assert codes(await findings(seller, done)) == [(0, "SKU", "duplicate-column"), (3, "", "too-many-cells")]
    assert (done["products_created"], done["rows_refused"]) == (1, 1)


async def test_a_row_with_nul_is_alone_at_fault(market: Market) -> None:
    seller = await supplier(market)
    content = csv_bytes([row(code="one", sku="O-1"), row(code="two", sku="T-1", label="a\x00b")], encoding="utf-16")
    done = await imported(market, seller, content)
    assert codes(await findings(seller, done)) == [(3, "", "nul-character")]
    assert done["products_created"] == 1


async def test_a_file_with_nul_bytes_is_refused_by_the_checks(market: Market) -> None:
    seller = await supplier(market)
    content = csv_bytes([row(), row(code="two", sku="T-1", label="a\x00b")]) + b"#" * 5000
    done = await seller.post(
        "/v1/documents", files={"file": ("list.csv", content.replace(b"\x00", b"") + b"\n\x00", "text/csv")}
    )
    assert done.status_code == 201
    answer = await seller.post("/v1/listing-imports", json={"document_id": done.json()["id"]})
    assert answer.status_code == 202
    await market.work()
    await market.work()
    failed = (await seller.get(f"/v1/listing-imports/{answer.json()['id']}")).json()
    if failed["state"]["code"] == "waiting":
        # The checks had not ended when the import's turn came; it comes again after a moment.
        await asyncio.sleep(2.2)
        await market.work()
        failed = (await seller.get(f"/v1/listing-imports/{answer.json()['id']}")).json()
    assert (failed["state"]["code"], failed["failure"]["code"]) == ("failed", "document-refused")
    later = await seller.post("/v1/listing-imports", json={"document_id": done.json()["id"]})
    assert (later.status_code, later.json()["code"]) == (409, "document-refused")
    assert later.json()["errors"][0]["pointer"] == "/document_id"


async def test_a_product_of_too_many_rows(market: Market) -> None:
    seller = await supplier(market)
    short = [{"code": "pins", "sku": f"P-{n}"} for n in range(501)]
    done = await imported(market, seller, csv_bytes([*short, {"code": "other", "sku": "P-1"}]))
    assert [one["code"] for one in await findings(seller, done)][:2] == ["too-many-variants", "sku-twice"]
    assert (done["rows_refused"], done["rows_accepted"]) == (502, 0)


async def test_wrong_documents(market: Market) -> None:
    seller, other = await supplier(market), await supplier(market)
    drawing = await ready(market, seller)
    answer = await seller.post("/v1/listing-imports", json={"document_id": drawing})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no-listings-file")
    theirs = await ready(market, other, csv_bytes([row()]), "list.csv")
    answer = await seller.post("/v1/listing-imports", json={"document_id": theirs})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-document")
    broken = await imported(
        market, seller, b'<?xml version="1.0"?><!DOCTYPE BMECAT SYSTEM "x.dtd"><BMECAT/>', "list.xml"
    )
    assert broken["failure"]["code"] == "document-type"
