"""Who writes an invoice is told what is wrong before it is written; and whatever was written is judged before it leaves."""

import shutil
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import typst

from app.finance.einvoicing import child, facturx, issuing, proving, saxon
from app.finance.einvoicing.checking import check, keeps_peppol
from app.finance.einvoicing.cii import cii
from app.finance.einvoicing.corpus import Entry, corpus
from app.finance.einvoicing.document import Document
from app.finance.einvoicing.findings import Finding, Layer, Severity, errors
from app.finance.einvoicing.proving import NotJudged, prove
from app.finance.einvoicing.rule_folder import RulesFolderIncomplete
from app.finance.einvoicing.ubl import CORE_CUSTOMIZATION, ubl
from app.finance.einvoicing.validating import CARRIED, validate_cii, validate_ubl
from app.kit.children import Answer, Ended
from tests.proofs import einvoices
from tests.proofs.einvoice_breaking import CII, DOCUMENTS, UBL

SOME = (
    "domestic-jp",
    "allowances-de",
    "credit-de",
    "intra-de-fr",
    "reverse-de-at",
    "outside-kw-cn-kwd",
    "text-hostile",
    "references",
)
PDF = b'#set document(title: "Invoice")\nInvoice'


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return corpus()


@pytest.fixture(scope="module")
def document(entries: tuple[Entry, ...]) -> Document:
    return next(entry.document for entry in entries if entry.name == "intra-de-fr")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    made: bytes = typst.compile(PDF, format="pdf", pdf_standards=["a-3b"])
    return made


def test_the_corpus_is_sound_and_holds_every_kind(entries: tuple[Entry, ...]) -> None:
    assert len(entries) >= 60
    assert len({entry.name for entry in entries}) == len(entries)
    assert not [(entry.name, check(entry.document)) for entry in entries if check(entry.document)]
    told = einvoices.judged(tuple(entry for entry in entries if entry.name in SOME))
    assert (told["invoices"], told["wrong"]) == (len(SOME), {})


def test_what_is_broken_is_found(entries: tuple[Entry, ...]) -> None:
    """Every broken document; of the broken files every fourth: `make prove POINT=einvoices` tries them all."""
    assert len(DOCUMENTS) + len(UBL) + len(CII) >= 100
    told = [
        *einvoices.documents(entries),
        *einvoices.seeded(entries, UBL[::4], cii_=False),
        *einvoices.seeded(entries, CII[::4], cii_=True),
        *einvoices.hostile(entries),
    ]
    assert not [one for one in told if not one["caught"]]


def test_rules_of_peppol_stand_in_the_way_of_peppol_alone(document: Document) -> None:
    without = replace(document, seller=replace(document.seller, endpoint=None))
    (problem,) = check(without)
    assert (problem.rule, problem.place, problem.only_peppol) == ("PEPPOL-EN16931-R020", "/seller/endpoint", True)
    assert not keeps_peppol(without)
    assert errors(validate_ubl(ubl(without)))
    core = ubl(without, peppol=False)
    assert CORE_CUSTOMIZATION.encode() in core
    assert not errors(validate_ubl(core))
    assert [one.rule for one in validate_ubl(cii(document))] == ["PL-12"]
    assert [one.rule for one in validate_cii(core)] == ["PL-12"]


async def test_files_leave_together_and_judged(document: Document, pdf: bytes) -> None:
    issued = await issuing.issue(document, pdf, title="Invoice")
    assert facturx.taken_out(issued.facturx) == issued.cii == cii(document)
    assert issued.ubl == ubl(document)
    assert (issued.peppol, issued.warnings) == (True, ())
    plain: bytes = typst.compile(PDF, format="pdf")
    for unfit in (plain, b"nothing"):
        with pytest.raises(issuing.BrokenRules, match="PL-21"):
            await issuing.issue(document, unfit, title="Invoice")
    assert [one.rule for one in facturx.look_at_pdf(pdf)] == ["PL-20"]
    assert [one.rule for one in facturx.look_at_pdf(b"%PDF-1.7 nothing")] == ["PL-20"]


async def test_nothing_leaves_that_breaks_a_rule_or_was_not_judged(
    document: Document, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(issuing.Refused) as refused:
        await issuing.issue(replace(document, lines=()), pdf, title="Invoice")
    assert "BR-16" in {one.rule for one in refused.value.problems}

    async def finds(files: Sequence[bytes], **_: Any) -> tuple[tuple[Finding, ...], ...]:
        return ((), (Finding(Layer.HOUSE, "PL-01", Severity.ERROR, "/", ""),))

    with monkeypatch.context() as patched, pytest.raises(issuing.BrokenRules):
        patched.setattr(issuing, "prove", finds)
        await issuing.issue(document, pdf, title="Invoice")

    async def finds_nothing(files: Sequence[bytes], **_: Any) -> tuple[tuple[Finding, ...], ...]:
        return ((),) * len(files)

    with monkeypatch.context() as patched, pytest.raises(issuing.BrokenRules):
        patched.setattr(issuing, "prove", finds_nothing)
        patched.setattr(issuing, "taken_out", lambda _: cii(replace(document, number="another")))
        await issuing.issue(document, pdf, title="Invoice")

    async def crashed(*_: Any, **__: Any) -> Answer:
        return Answer(Ended.FAILED, code=-11)

    with monkeypatch.context() as patched, pytest.raises(NotJudged, match="-11"):
        patched.setattr(proving._JUDGE, "ask", crashed)
        await issuing.issue(document, pdf, title="Invoice")

    async def forgets(*_: Any, **__: Any) -> Answer:
        return Answer(Ended.ANSWERED, out=b"[[]]")

    with monkeypatch.context() as patched, pytest.raises(NotJudged, match="2 files"):
        patched.setattr(proving._JUDGE, "ask", forgets)
        await prove((b"", b""))


def test_the_child_answers_for_each_file(document: Document) -> None:
    asked = orjson.dumps({"rules_dir": None, "files": ["", "PG9yZGVyLz4="]})
    told = orjson.loads(child.answer(asked))
    assert [[one["rule"] for one in of_file] for of_file in told] == [["PL-10"], ["PL-12"]]


def test_another_thread_is_refused(document: Document) -> None:
    """SaxonC belongs to the thread that made it; what cannot be judged is an error, never a silence."""
    validate_cii(cii(document))
    found: list[Finding] = []
    thread = threading.Thread(target=lambda: found.extend(validate_cii(cii(document))))
    thread.start()
    thread.join()
    assert [(one.rule, one.severity) for one in found] == [("PL-13", Severity.ERROR)]
    with pytest.raises(saxon.RulesFailed):
        saxon.transform(Path("/nowhere.xslt"), "<a/>")


def test_a_folder_of_rules_is_asked_too(document: Document, tmp_path: Path) -> None:
    cen = CARRIED / "ubl-2.1/EN16931-UBL-validation.xslt"
    for version in ("1.3.9", "1.3.16"):
        folder = tmp_path / f"en16931-ubl-{version}" / "xslt"
        folder.mkdir(parents=True)
        shutil.copy(cen, folder)
    with pytest.raises(RulesFolderIncomplete, match="peppol-ubl"):
        validate_ubl(ubl(document), rules_dir=tmp_path)
    peppol = tmp_path / "peppol-ubl-3.0.20"
    peppol.mkdir()
    (peppol / "PEPPOL-EN16931-UBL.xsl").write_text(
        '<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        '<xsl:template match="/"><s:schematron-output xmlns:s="http://purl.oclc.org/dsdl/svrl">'
        '<s:failed-assert id="XX-R-001" flag="fatal" location="/Invoice"><s:text>Of a country.</s:text></s:failed-assert>'
        "</s:schematron-output></xsl:template></xsl:stylesheet>"
    )
    found = validate_ubl(ubl(document), rules_dir=tmp_path)
    assert found == (Finding(Layer.FOLDER, "XX-R-001", Severity.ERROR, "/Invoice", "Of a country."),)
    assert not errors(validate_ubl(ubl(document, peppol=False), rules_dir=tmp_path))
    with pytest.raises(RulesFolderIncomplete, match="en16931-cii"):
        validate_cii(cii(document), rules_dir=tmp_path)
