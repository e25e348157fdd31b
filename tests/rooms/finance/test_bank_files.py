"""What banks write is read as they mean it, and what hostile files want is refused."""

import io
import time
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from app.finance.bank.camt import MOST_LINES, read_statements
from app.finance.bank.camt_words import Refused
from app.finance.bank.rules import Awaited, decided
from app.finance.bank.statement import Line, Statement, digest
from app.finance.bank.states import Finding, MatchSource
from app.finance.einvoicing.references import ALPHABET, LENGTH, plain, references_in, structured_references, written
from app.finance.facade import creditor_reference
from app.kit.ids import new_id
from tests.rooms.finance import statements as bank
from tests.rooms.finance.statements import amount, details, document, entry, statement

RF = "RF18539007547034"


def read(*given: str, version: str = "02") -> list[Statement]:
    return read_statements(io.BytesIO(document(*given, version=version)))


def line(found: list[Statement], at: int = 0) -> Line:
    return found[0].lines[at]


def refused(content: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as no:
        read_statements(io.BytesIO(content))
    return no.value.code, no.value.place


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_a_statement_is_read_in_every_version(version: str) -> None:
    name = "<Nm>Beispiel Formenbau GmbH</Nm>"
    party = name if version < "07" else f"<Pty>{name}</Pty>"
    account = "<DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct>"
    payer = f"<RltdPties><Dbtr>{party}</Dbtr>{account}</RltdPties>"
    parts = details(
        refs="<EndToEndId>E2E-7</EndToEndId>",
        party=payer,
        remittance=bank.written("Rechnung 4711", "vielen Dank") + bank.structured("RF18 5390 0754 7034"),
    )
    pending = entry("500.00", status="PDNG", version=version)
    [found] = read(
        statement("100.00", "1334.50", entry("1234.50", parts, reference="B1", version=version), pending),
        version=version,
    )
    assert (found.account, found.currency, found.identification) == (bank.IBAN, "EUR", "2026-1")
    assert (found.opening_minor, found.closing_minor, found.sum_minor) == (10_000, 133_450, 123_450)
    [one] = found.lines
    assert (one.amount_minor, one.booked_on, one.place, one.reversal) == (123_450, date(2026, 11, 24), "1.1", False)
    assert (one.party, one.party_account) == ("Beispiel Formenbau GmbH", "DE02120300000000202051")
    assert (one.bank_reference, one.original) == ("B1", "E2E-7")
    assert structured_references(one.structured) == (RF,)
    assert one.texts == ("Rechnung 4711", "vielen Dank", "E2E-7")


def test_charges_belong_to_what_was_sent() -> None:
    def kept(text: str, included: str) -> str:
        return f"<Chrgs><Rcrd>{amount(text)}<CdtDbtInd>DBIT</CdtDbtInd>{included}</Rcrd></Chrgs>"

    sent = f"<AmtDtls><InstdAmt>{amount('1000.00')}</InstdAmt></AmtDtls>"
    said = details(charges=kept("12.50", "<ChrgInclInd>true</ChrgInclInd>"))
    proved = details(amounts=sent, charges=f"<Chrgs>{amount('12.50')}<CdtDbtInd>DBIT</CdtDbtInd></Chrgs>")
    added = details(charges=kept("12.50", "<ChrgInclInd>false</ChrgInclInd>"))
    other = details(amounts=sent, charges=kept("3.00", ""))
    for parts, charge in ((said, 1250), (proved, 1250), (added, 0), (other, 0)):
        one = line(read(statement("0.00", "987.50", entry("987.50", parts))))
        assert (one.booked_minor, one.charge_minor) == (98_750, charge)
    fee = line(read(statement("10.00", "2.00", entry("-8.00", code="CCRD/CHRG"))))
    assert (fee.amount_minor, fee.is_charge) == (-800, True)


def test_batches_reversals_and_foreign_currency() -> None:
    def part(text: str, reference: str) -> str:
        return details(
            amounts=f"<AmtDtls><TxAmt>{amount(text)}</TxAmt></AmtDtls>", remittance=bank.structured(reference)
        )

    batch = entry("300.00", part("100.00", RF), part("200.00", "RF712348231"))
    found = read(statement("0.00", "300.00", batch))
    assert [(one.place, one.amount_minor, one.structured) for one in found[0].lines] == [
        ("1.1", 10_000, (RF,)),
        ("1.2", 20_000, ("RF712348231",)),
    ]
    # Of a batch whose parts do not say what they came to, one line is left, with all references.
    silent = entry("300.00", *(details(remittance=bank.structured(one)) for one in (RF, "RF712348231")))
    assert line(read(statement("0.00", "300.00", silent))).structured == (RF, "RF712348231")
    wrong = document(statement("0.00", "300.00", entry("300.00", part("100.00", RF), part("199.99", RF))))
    assert refused(wrong) == ("bank-parts-differ", "1/1")

    back = line(read(statement("300.00", "0.00", entry("-300.00", reversal=True, reference="B1"))))
    assert (back.amount_minor, back.reversal, back.bank_reference) == (-30_000, True, "B1")
    dollars = f"<AmtDtls><InstdAmt>{amount('110.00', 'USD')}</InstdAmt><TxAmt>{amount('100.00')}</TxAmt></AmtDtls>"
    foreign = line(read(statement("0.00", "100.00", entry("100.00", details(amounts=dollars)))))
    assert (foreign.amount_minor, foreign.instructed_minor, foreign.instructed_currency) == (10_000, 11_000, "USD")
    yen = read(statement("0", "125000", entry("125000", currency="JPY"), currency="JPY"))
    assert line(yen).amount_minor == 125_000


def test_what_does_not_add_up_is_refused_with_its_place() -> None:
    good = statement("0.00", "5.00", entry("5.00"))
    cases: dict[bytes, tuple[str, str]] = {
        document(good, statement("5.00", "9.99", entry("5.00"), name="2")): ("bank-sums-differ", "2"),
        document(statement("0.00", "5.00", entry("4.00"), entry("1.00", currency="USD"))): (
            "bank-currency-differs",
            "1/2",
        ),
        document(statement("0.00", "5.00", entry("5.001"))): ("bank-no-amount", "1/1"),
        document(statement("0.00", "5.00", entry("5.00", day="2026-02-30"))): ("bank-no-day", "1/1"),
        document(good.replace("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>")): ("bank-no-direction", "1/1"),
        document(good.replace("CLBD", "CLAV")): ("bank-no-balance", "1"),
        document(good.replace(f"<IBAN>{bank.IBAN}</IBAN>", "")): ("bank-no-account", "1"),
        document(statement("0.00", "5.00", entry("5.00", currency="XXX"), currency="XXX")): ("bank-currency", "1/1"),
    }
    for content, place in cases.items():
        assert refused(content) == place
    with pytest.raises(Refused) as no:
        read(statement("0.00", "9.99", entry("5.00")))
    assert no.value.params == {"comes_to": "5.00 EUR", "says": "9.99 EUR"}


def test_hostile_files_are_refused() -> None:
    body = document(statement("0.00", "5.00", entry("5.00"))).decode()
    head, rest = body.split("\n", 1)
    bomb = "<!DOCTYPE Document [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(8)
    )
    outside = '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    far = f"<!--{'x' * 70_000}-->{outside}"
    for dtd in (f"{bomb}]>", outside, far, '<!DOCTYPE Document SYSTEM "http://192.0.2.1/x.dtd">'):
        for content in (f"{head}\n{dtd}{rest}".encode(), f"{dtd}{rest}".encode("utf-16")):
            assert refused(content) == ("bank-has-dtd", "")
    for nothing in (
        b"",
        b"%PDF-1.7 whatever",
        b"PK\x03\x04<",
        b"\x00" * 500,
        b"<html><body/></html>",
        body.replace("camt.053.001.02", "camt.052.001.02").encode(),
        body.replace("camt.053.001.02", "camt.053.001.99").encode(),
        document(),
    ):
        assert refused(nothing)[0] in ("bank-not-a-statement", "bank-broken-xml")
    assert refused(document(statement("0.00", "5.00", entry("5.00")))[:-40])[0] == "bank-broken-xml"
    deep = body.replace("<GrpHdr>", "<GrpHdr>" + "<a>" * 500 + "</a>" * 500)
    assert refused(deep.encode())[0] == "bank-broken-xml"
    many = statement("0.00", "5.00", *[entry("0.00")] * (MOST_LINES + 1))
    began = time.process_time()
    assert refused(document(many))[0] == "bank-too-much"
    assert time.process_time() - began < 20
    # Letters that no text has are left out of what is kept.
    odd = details(remittance=bank.written("a&#x202E;b&#x9;c"))
    assert line(read(statement("0.00", "5.00", entry("5.00", odd)))).texts == ("a\u202eb\tc",)


def test_several_statements_follow_one_another_and_are_known_again() -> None:
    first = statement("0.00", "5.00", entry("5.00"), name="A", days=("2026-11-23", "2026-11-23"))
    second = statement("5.00", "2.00", entry("-3.00"), name="B", days=("2026-11-24", "2026-11-24"), sequence=2)
    assert [one.identification for one in read(second, first)] == ["A", "B"]
    [again] = read(statement("0.00", "5.00", entry("5.00"), name="C", days=("2026-11-23", "2026-11-23")))
    other = read(statement("0.00", "5.00", entry("4.00"), entry("1.00"), name="A", days=("2026-11-23", "2026-11-23")))
    assert digest(again) == digest(read(first)[0]) != digest(other[0])


@given(st.uuids(), st.sampled_from(["MS", "IN", "QZ"]))
def test_references_are_whole_and_found_again(thing: UUID, prefix: str) -> None:
    reference = creditor_reference(prefix, thing)
    assert len(reference) == LENGTH and iso11649.is_valid(reference) and reference[4:6] == prefix
    assert creditor_reference(prefix, thing) == reference and set(reference[6:]) <= set(ALPHABET)
    for said in (written(reference), reference.lower(), f"Zahlung {written(reference)} danke", f"x{reference}77"):
        assert reference in references_in([said])
    cut = written(reference)
    assert reference in references_in(["Rechnung vom 3.5. " + cut[:9], cut[9:], "4711"])
    assert reference in references_in(["".join(chr(ord(sign) + 0xFEE0) for sign in reference)])
    wrong = f"RF{reference[2:4].translate(str.maketrans('0123456789', '1234567890'))}{reference[4:]}"
    assert wrong not in references_in([wrong]) and structured_references([wrong]) == ()


def test_references_are_not_guessed() -> None:
    assert references_in([RF.replace("0", "O")]) == ()
    assert structured_references(["21 00000 00003 13947 14300 09017", "", "RF00"]) == ("210000000003139471430009017",)
    assert plain("rf18-5390 0754\u00a07034 ß") == "RF18539007547034SS"
    for prefix in ("", "M", "m1", "MST"):
        with pytest.raises(ValueError, match="two capital letters"):
            creditor_reference(prefix, new_id())
    assert len(references_in(["RF" + "18" * 5000])) <= 200


def test_what_is_sure_is_taken_and_the_rest_is_left() -> None:
    one, other = new_id(), new_id()
    open_ = Awaited("A", ("x", one), 100, "EUR")
    whole = Awaited("B", ("x", other), 100, "EUR", takes_parts=False)
    paid = Awaited("C", ("x", other), 0, "EUR")
    gone = Awaited("D", ("x", other), 100, "EUR", takes_parts=False, leaves=True)
    days = ((date(2026, 11, 23), 95), (date(2026, 11, 24), 98))
    early = Awaited("E", ("x", other), 100, "EUR", takes_parts=False, early=days)
    known = [open_, whole, paid, gone, early]

    def told(minor: int, structured: Any, text: Any, currency: str = "EUR") -> tuple[Any, ...]:
        found = decided(minor, currency, structured, text, known, date(2026, 11, 24))
        return found.awaited and found.awaited.reference, found.source, found.amount_minor, found.finding

    assert told(100, ["A"], ["B"]) == ("A", MatchSource.STRUCTURED, 100, None)
    assert told(100, ["Z"], ["B"]) == ("B", MatchSource.TEXT, 100, None)
    assert told(40, ["A"], []) == ("A", MatchSource.STRUCTURED, 40, None)
    assert told(40, ["B"], []) == ("B", MatchSource.STRUCTURED, 0, Finding.TOO_LITTLE)
    assert told(130, ["B"], []) == ("B", MatchSource.STRUCTURED, 100, Finding.TOO_MUCH)
    assert told(100, [], ["A", "B"]) == (None, None, 0, Finding.AMBIGUOUS)
    assert told(100, ["C"], []) == ("C", MatchSource.STRUCTURED, 0, Finding.NOTHING_AWAITED)
    assert told(100, ["A"], [], "USD") == ("A", MatchSource.STRUCTURED, 0, Finding.OTHER_CURRENCY)
    assert told(-100, ["D"], []) == ("D", MatchSource.STRUCTURED, 100, None)
    assert told(-99, ["D"], [])[3] is Finding.TOO_LITTLE and told(100, ["D"], [])[3] is Finding.UNKNOWN_REFERENCE
    assert told(98, ["E"], [])[2:] == (98, None) and told(97, ["E"], [])[3] is Finding.TOO_LITTLE
    assert told(100, ["Z"], []) == (None, None, 0, Finding.UNKNOWN_REFERENCE)
    assert told(100, [], []) == (None, None, 0, Finding.NO_REFERENCE)
