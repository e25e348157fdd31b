"""`partingline invoice`: a folder of examples, files judged, exit codes, languages."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.finance.einvoicing.corpus import corpus


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["invoice", *arguments], env={"COLUMNS": "200", "LC_ALL": "C.UTF-8", **environment})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("written") / "invoices"
    assert run("export", str(at)).exit_code == 0
    return at


def test_the_same_files_are_written_each_time(folder: Path, tmp_path: Path) -> None:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert len(index) >= 60
    assert len({one["seller"] for one in index}) >= 8
    assert {"JPY", "EUR", "USD", "CNY", "KWD"} <= {one["currency"] for one in index}
    assert {"380", "381", "384", "386"} == {one["kind"] for one in index}
    assert len(list(folder.glob("*.xml"))) == 2 * len(index)
    assert run("export", str(tmp_path)).exit_code == 0
    assert all((tmp_path / path.name).read_bytes() == path.read_bytes() for path in folder.iterdir())
    assert [entry.document for entry in corpus(seed=7)] != [entry.document for entry in corpus()]


def test_sound_files_pass_and_broken_ones_are_told_in_words(folder: Path, tmp_path: Path) -> None:
    sound = [str(folder / name) for name in ("domestic-fr.cii.xml", "credit-de.ubl.xml")]
    passed = run("validate", *sound)
    assert passed.exit_code == 0, passed.output
    assert "domestic-fr.cii.xml: keeps every rule that is here." in passed.output
    assert "1.09.2" in passed.output
    broken = tmp_path / "broken.xml"
    text = (folder / "credit-de.ubl.xml").read_text(encoding="utf-8")
    broken.write_text(
        text.replace("<cbc:PayableAmount", "<cbc:PayableAmount ", 1).replace(">DE<", ">XX<"), encoding="utf-8"
    )
    failed = run("validate", sound[0], str(broken))
    assert failed.exit_code == 1, failed.output
    assert "broken.xml: may not be sent." in failed.output
    assert "BR-CL-14" in failed.output
    assert "Give the country by its ISO 3166 code of two letters." in failed.output


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert run("validate", str(tmp_path / "none.xml")).exit_code == 2
    taken = tmp_path / "taken"
    taken.write_text("")
    assert run("export", str(taken)).exit_code == 1
    assert run("validate", "--language", "tlh", str(tmp_path)).exit_code == 2
    nothing = tmp_path / "nothing.pdf"
    nothing.write_bytes(b"%PDF-1.7")
    result = run("validate", str(nothing))
    assert (result.exit_code, "PL-20" in result.output) == (1, True), result.output
    lacking = run("validate", str(nothing), PARTINGLINE_EINVOICE_RULES_DIR=str(tmp_path))
    assert lacking.exit_code == 1
