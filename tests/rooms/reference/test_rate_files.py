"""Files of rates: read when all of them is right, refused whole otherwise, whatever somebody has put in."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reference import rate_files
from app.reference.rate_files import RateFile, RatesRefused, read_ecb, read_table
from tests.rooms.reference.rate_files import ecb_file, table

TODAY = date(2026, 11, 27)


def ecb(content: bytes) -> RateFile:
    return read_ecb(content, today=TODAY)


def test_reference_rates_of_a_day_and_of_many() -> None:
    told = ecb(ecb_file())
    assert told.left_out == {"ISK"}
    assert told.rows[0] == {
        "base": "EUR", "quote": "USD", "on_date": date(2026, 11, 26), "rate": Decimal("1.1572"), "source": "ECB",
    }  # fmt: skip
    assert [row["quote"] for row in told.rows] == ["USD", "JPY", "CNY", "IDR"]
    # Currencies that are no more stand in the history, and are left out like others.
    days = {
        f"20{year:02}-01-04": {"USD": f"1.{year:02}", "LTL": "3.4528", "TRL": "1000000"} for year in range(26, 0, -1)
    }
    told = ecb(b"\xef\xbb\xbf" + ecb_file(days))
    assert (len(told.rows), told.left_out) == (26, {"LTL", "TRL"})
    assert told.rows[-1]["rate"] == Decimal("1.01")


def changed(old: str, new: str, content: bytes | None = None) -> bytes:
    text = (content or ecb_file()).decode()
    assert old in text
    return text.replace(old, new).encode()


BOMB = '<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<gesmes:Envelope'
HOSTILE = {
    "nothing": b"",
    "no XML": b"EUR,USD,1.1",
    "cut off": ecb_file()[:-40],
    "another document": b"<html><body>503</body></html>",
    "another root": changed("gesmes:Envelope", "gesmes:Letter"),
    "another namespace": changed("2002-08-01/eurofxref", "2002-08-01/other"),
    "a document type": changed("<gesmes:Envelope", BOMB),
    "an entity of a file": changed("<gesmes:Envelope", '<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<gesmes:Envelope'),
    "an entity that nobody declared": changed("1.1572", "&rate;"),
    "UTF-16": ecb_file().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "bytes that are no text": ecb_file() + b"\xff\xfe",
    "NUL": changed("Reference rates", "Reference\x00rates"),
    "no days": ecb_file({}),
    "a day without rates": ecb_file({"2026-11-26": {}}),
    "a day twice": changed("</Cube>\n\t</Cube>", "</Cube><Cube time='2026-11-26'><Cube currency='USD' rate='1'/></Cube></Cube>"),
    "a currency twice": changed("'JPY'", "'USD'"),
    "the euro itself": changed("'USD'", "'EUR'"),
    "no currency": changed("'USD'", "'ZZZ'"),
    "small letters": changed("'USD'", "'usd'"),
    "a long code": changed("'USD'", "'USDX'"),
    "a day ahead": changed("2026-11-26", "2026-11-29"),
    "a day before the euro": changed("2026-11-26", "1998-12-31"),
    "no day": changed("2026-11-26", "2026-02-30"),
    "a week": changed("2026-11-26", "2026-W48-4"),
    "another year": changed("2026-11-26", "٢٠٢٦-11-26"),
    "an attribute too many": changed("rate='1.1572'", "rate='1.1572' unit='1000'"),
    "an attribute too few": changed(" rate='1.1572'", ""),
    "an element too many": changed("<Cube currency='USD'", "<Note/><Cube currency='USD'"),
    "deeper": changed("rate='1.1572'/>", "rate='1.1572'><Cube currency='GBP' rate='1'/></Cube>"),
    "deep": changed("</gesmes:Envelope>", "<Cube>" * 3000 + "</Cube>" * 3000 + "</gesmes:Envelope>"),
    "more after the end": ecb_file() + ecb_file(),
    **{
        f"rate {number!r}": changed("'1.1572'", f"'{number}'")
        for number in ("", "0", "0.0", "-1.1", "+1.1", "1e3", "1,1572", "NaN", "Infinity", " 1.1572", "1.", ".5", "1_0", "0x1",
                       "١.١", "1.1234567890123", "1234567890123")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_right_is_refused(name: str) -> None:
    with pytest.raises(RatesRefused) as refused:
        ecb(HOSTILE[name])
    assert refused.value.errors[0].code in ("not-xml", "not-ecb-rates")


def test_too_much_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_files, "MOST_BYTES", 500)
    monkeypatch.setattr(rate_files, "MOST_DAYS", 1)
    for read, content in ((read_ecb, ecb_file()), (read_table, table(*["EUR,USD,2026-11-26,1.1,ECB"] * 50))):
        with pytest.raises(RatesRefused) as refused:
            read(content, today=TODAY)
        assert refused.value.errors[0].code == "file-too-large"
    monkeypatch.setattr(rate_files, "MOST_BYTES", 5000)
    with pytest.raises(RatesRefused, match="not-ecb-rates"):
        ecb(ecb_file({"2026-11-26": {"USD": "1"}, "2026-11-25": {"USD": "1"}}))


@given(st.integers(0, len(ecb_file()) - 1), st.binary(max_size=4), st.integers(0, 30))
def test_a_file_is_read_or_refused_and_nothing_else(at: int, put: bytes, cut: int) -> None:
    """Whatever is changed in it: no other error, and no rate that could not be."""
    content = ecb_file()
    try:
        told = ecb(content[:at] + put + content[at + cut :])
    except RatesRefused:
        return
    assert all(row["rate"] > 0 and date(1999, 1, 1) <= row["on_date"] <= date(2026, 11, 28) for row in told.rows)


def test_a_table_of_the_operator() -> None:
    told = read_table(
        table(
            "EUR,KWD,2026-11-26,0.3551,Bank", "", "usd,CNY,2026-11-27,7.0800,PBoC", '"KWD",JPY,1999-01-01,480,"A, B"'
        ),
        today=TODAY,
    )
    assert [(row["base"], row["quote"], row["rate"], row["source"]) for row in told.rows] == [
        ("EUR", "KWD", Decimal("0.3551"), "Bank"),
        ("USD", "CNY", Decimal("7.0800"), "PBoC"),
        ("KWD", "JPY", Decimal(480), "A, B"),
    ]
    with pytest.raises(RatesRefused) as refused:
        read_table(
            table(
                "XAU,USD,2026-11-26,1,x", "EUR,EUR,2026-11-26,1,x", "EUR,ISK,2026-11-26,1,x", "EUR,USD,2026-11-30,1,x",
                "EUR,USD,26.11.2026,1,x", "EUR,USD,2026-11-26,0,x", "EUR,USD,2026-11-26,1,", f"EUR,USD,2026-11-26,1,{'x' * 121}",
                "EUR,USD,2026-11-26", "EUR,USD,2026-11-26,1,x", "EUR,USD,2026-11-26,2,x",
            ),
            today=TODAY,
        )  # fmt: skip
    assert [(error.params["row"], error.params.get("column")) for error in refused.value.errors] == [
        (2, "base"), (3, "quote"), (4, "quote"), (5, "on_date"), (6, "on_date"), (7, "rate"), (8, "source"), (9, "source"),
        (10, "rate"), (12, None),
    ]  # fmt: skip
    for content, code in (
        (table(), "row-count"),
        (b"", "header-wanted"),
        (b"base,quote,rate\nEUR,USD,1", "header-wanted"),
        (b"\xff\xfe\x00", "not-a-table"),
        (b'base,quote,on_date,rate,source\n"EUR', "not-a-table"),
        (b"base,quote,on_date,rate,source\n" + b"x" * 200_000, "not-a-table"),
    ):
        with pytest.raises(RatesRefused, match=code):
            read_table(content, today=TODAY)
