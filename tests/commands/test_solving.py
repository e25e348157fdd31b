"""`partingline solve load`: tables, files, exit codes."""

import json
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from app.cli import cli
from app.logistics import facade
from app.logistics.loading import checking, thpack
from tests.proofs.br_instances import instance

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "load-plan.json"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["solve", "load", *arguments], env={"COLUMNS": "200"})


def test_a_request_is_planned_drawn_and_written(tmp_path: Path) -> None:
    picture, plan = tmp_path / "plan.svg", tmp_path / "plan.json"
    result = run(str(EXAMPLE), "--rounds", "3", "--svg", str(picture), "--out", str(plan))
    assert result.exit_code == 0, result.output
    assert "holds" in result.output and "mean volume use" in result.output
    assert json.loads(plan.read_text(encoding="utf-8"))["loads"][0]["container"] == "20DC"
    etree.fromstring(picture.read_bytes())


def test_instances_get_a_line_each_and_a_mean(tmp_path: Path) -> None:
    file, plans = tmp_path / "thpack.txt", tmp_path / "plans.json"
    file.write_text(thpack.write([instance(1, 1), instance(1, 2)]))
    arguments = (
        str(file),
        "--format",
        "thpack",
        "--rounds",
        "2",
        "--svg",
        str(tmp_path / "p.svg"),
        "--out",
        str(plans),
    )
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert "2 planned" in result.output
    assert len(json.loads(plans.read_text())) == 2
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["p-1.svg", "p-2.svg"]


def test_what_is_left_over_is_said_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    box = {"id": "LONG", "count": 2, "length_mm": 20_000, "width_mm": 10, "height_mm": 10}
    file.write_text(json.dumps({"containers": [{"type": "20DC"}], "boxes": [box]}))
    result = run(str(file), "--seconds", "0")
    assert result.exit_code == 0
    assert "left over: 2 × LONG: too-large" in result.output


@pytest.mark.parametrize(
    ("content", "form", "said"),
    [
        (b'{"containers": [], "boxes": []}', "json", "/containers: Give at least 1 entries. (too-short)"),
        (b"not json", "json", "malformed-body"),
        (b"1 1 1 587 -233", "thpack", "#/line/1: -233 lies outside 1 to 3000. (out-of-range)"),
    ],
)
def test_unreadable_input_ends_with_2(tmp_path: Path, content: bytes, form: str, said: str) -> None:
    file = tmp_path / "input"
    file.write_bytes(content)
    result = run(str(file), "--format", form)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_files_that_cannot_be_read_or_written_are_said(tmp_path: Path) -> None:
    missing = run(str(tmp_path / "nothing.json"))
    assert missing.exit_code == 2
    assert "cannot be read" in missing.output
    result = run(str(EXAMPLE), "--rounds", "1", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_a_broken_plan_would_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = checking.Violation(checking.Fault.OVERLAP, 0, ("A#1", "B#1"))
    monkeypatch.setattr(facade, "check_load", lambda *_: [broken])
    result = run(str(EXAMPLE), "--rounds", "1")
    assert result.exit_code == 1
    assert "broken: overlap A#1, B#1" in result.output


def test_the_time_must_be_a_number() -> None:
    for wrong in ("nan", "-1", "soon"):
        assert run(str(EXAMPLE), "--seconds", wrong).exit_code == 2
