"""`partingline solve clearing`: tables, files, exit codes."""

import json
from pathlib import Path

import jsonschema_rs
from typer.testing import CliRunner, Result

from app.cli import cli

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "clearing.json"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["solve", "clearing", *arguments], env={"COLUMNS": "200"})


def test_a_file_is_cleared_and_written(tmp_path: Path) -> None:
    out = tmp_path / "cleared.json"
    result = run(str(EXAMPLE), "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "24 lots to 5 of 6 members" in result.output
    assert "HiGHS" not in result.output
    cleared = json.loads(out.read_text(encoding="utf-8"))
    assert cleared["payments_minor"] == cleared["cost_minor"] + cleared["remainder_minor"]
    assert {price["place"]: price["price_minor"] for price in cleared["prices"]} == {
        "DEHAG": "20354.545455", "ESBCN": "21200", "PTMDR": "21500"
    }  # fmt: skip
    assert [aim["gap_pct"] for part in cleared["certificate"] for aim in part["aims"]] == ["0"] * 3


def test_of_the_draw_no_gap_is_told_where_none_was_proven(tmp_path: Path) -> None:
    out = tmp_path / "cleared.json"
    result = run(str(EXAMPLE), "--gap", "0.01", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "24 lots to 5 of 6 members" in result.output
    assert "(of lots and cost; the draw decided within each place)" in result.output
    (part,) = json.loads(out.read_text(encoding="utf-8"))["certificate"]
    assert [(aim["aim"], aim["bound"] is None, aim["gap_pct"]) for aim in part["aims"]] == [
        ("lots", False, "0"),
        ("cost_minor", False, "0"),
        ("drawn", True, None),
    ]


def test_the_schema_fits_the_example() -> None:
    result = run("--schema")
    assert result.exit_code == 0, result.output
    assert jsonschema_rs.is_valid(json.loads(result.output), json.loads(EXAMPLE.read_text(encoding="utf-8")))


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert run().exit_code == 2
    missing = run(str(tmp_path / "none.json"))
    assert (missing.exit_code, "cannot be read" in missing.output) == (2, True)
    broken = tmp_path / "broken.json"
    for text, said in (("{", "malformed"), ('{"seed": "s", "items": [], "offers": [], "members": []}', "/items")):
        broken.write_text(text)
        result = run(str(broken))
        assert (result.exit_code, said in result.output) == (2, True), result.output
    assert not (tmp_path / "cleared.json").exists()
