"""What the papers say is so: links lead somewhere, commands and settings exist, and nothing names a machine of ours."""

import re
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.main import get_command

from app.cli import cli
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OPERATORS = ROOT / "docs" / "operators.md"
# Read by docker/compose.yaml, not by the application.
COMPOSE_VARIABLES = {"PARTINGLINE_DOMAIN"}

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
OPERATION = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)\s+(/v1/[^\s`?,;)]*)")
# Folders of the machines on which this was written, and addresses of package registries.
MACHINE = re.compile(
    r"(?<![\w.~-])/(?:work|root|tmp/build)/|\bhttps?://[^\s\"'<>]+/simple\b|^\s*--(?:extra-)?index-url|\bindex[-_]url\s*=",
    re.MULTILINE,
)


@lru_cache(maxsize=1)
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, new ones included; without git, whatever lies outside hidden folders."""
    if not (ROOT / ".git").exists():
        every = (path for path in ROOT.rglob("*") if path.is_file())
        return tuple(path for path in every if not any(p.startswith((".", "__")) for p in path.relative_to(ROOT).parts))
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return tuple(path for name in listed if name and (path := ROOT / name).is_file())


def papers() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def code_of(text: str) -> Iterator[str]:
    """What stands in fences and between backticks."""
    yield from FENCE.findall(text)
    yield from SPAN.findall(FENCE.sub("", text))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def points() -> set[str]:
    """What `make prove` can prove."""
    programs = (ROOT / "tests" / "proofs").glob("*.py")
    return {path.stem.replace("_", "-") for path in programs if "__main__" in path.read_text(encoding="utf-8")}


def anchors(text: str) -> set[str]:
    """The anchors that a forge makes of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def settings_table() -> list[str]:
    """The table of settings as docs/operators.md shows it."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for field_name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"PARTINGLINE_{field_name.upper()}")
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = "" if default is None or default in ("", ()) else f"`{default}`"
        rows.append(f"| `{variable}` | {shown} | {field.description} |")
    return rows


def test_there_are_papers() -> None:
    assert len(papers()) > 20


def test_every_link_leads_somewhere() -> None:
    broken = []
    for paper in papers():
        for target in LINK.findall(FENCE.sub("", paper.read_text(encoding="utf-8"))):
            if not re.match(r"[a-z]+:", target) and not leads_somewhere(paper, target):
                broken.append(f"{name(paper)}: {target}")
    assert broken == []


def leads_somewhere(paper: Path, target: str) -> bool:
    """To a file of the repository and a heading in it, or to what a proof will write."""
    file, _, anchor = target.partition("#")
    there = (paper.parent / file).resolve() if file else paper
    if there.parent == ROOT / "docs" / "proofs" and there.suffix == ".json":
        return there.stem in points()
    if not there.exists() or not there.is_relative_to(ROOT):
        return False
    return not anchor or there.suffix != ".md" or anchor in anchors(there.read_text(encoding="utf-8"))


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    seen = set()
    for paper in papers():
        for code in code_of(paper.read_text(encoding="utf-8")):
            for target in re.findall(r"(?:^|[\s;&])make ([a-z][a-z-]*)", code, re.MULTILINE):
                assert target in targets, f"{name(paper)}: make {target}"
                seen.add(target)
            for point in re.findall(r"POINT=([a-z][a-z-]*)", code):
                assert point in points(), f"{name(paper)}: make prove POINT={point}"
    assert {"demo", "test", "check", "prove"} <= seen


def test_every_command_exists() -> None:
    commands = set(getattr(get_command(cli), "commands", {}))
    seen = set()
    for paper in papers():
        for code in code_of(paper.read_text(encoding="utf-8")):
            for command in re.findall(r"(?:^|[\s;&])partingline ([a-z][a-z-]*)", code, re.MULTILINE):
                assert command in commands, f"{name(paper)}: partingline {command}"
                seen.add(command)
    assert {"migrate", "serve", "worker", "verify", "found-operator"} <= seen


def test_every_variable_exists() -> None:
    known = {f"PARTINGLINE_{field.upper()}" for field in Settings.model_fields} | COMPOSE_VARIABLES
    for paper in papers():
        for variable in re.findall(r"\bPARTINGLINE_[A-Z_]*[A-Z]\b(?!\*|_)", paper.read_text(encoding="utf-8")):
            assert variable in known, f"{name(paper)}: {variable}"


def test_every_setting_is_described() -> None:
    lines = OPERATORS.read_text(encoding="utf-8").splitlines()
    begin = lines.index(settings_table()[0])
    end = next(number for number in range(begin, len(lines)) if not lines[number].startswith("|"))
    assert lines[begin:end] == settings_table(), "docs/operators.md differs from app/settings.py"


def test_every_operation_exists() -> None:
    from tests.contracts.snapshot import kept

    def shape(path: str) -> str:
        return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/.")

    known = {(method.upper(), shape(path)) for path, verbs in kept()["paths"].items() for method in verbs}
    found = 0
    for paper in (ROOT / "docs").glob("*.md"):
        for method, path in OPERATION.findall(paper.read_text(encoding="utf-8")):
            # An example may name one thing where the description has `{…}`.
            fits = any(verb == method and _fits(there, shape(path)) for verb, there in known)
            assert fits, f"{name(paper)}: {method} {path}"
            found += 1
    assert found > 20


def _fits(described: str, named: str) -> bool:
    return re.fullmatch(re.escape(described).replace(r"\{\}", "[^/]+"), named) is not None


def test_nothing_names_a_machine_of_ours() -> None:
    broken = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        broken += [f"{name(path)}: {found[0]}" for found in MACHINE.finditer(text)]
    assert broken == []


@pytest.mark.parametrize(
    "text", ["cd /wo" + "rk/x", "HOME=/ro" + "ot/", "https://pypi.example/sim" + "ple/", "--index-" + "url x"]
)
def test_a_machine_would_be_noticed(text: str) -> None:
    assert MACHINE.search(text)


def test_the_quick_start_says_what_is_wrong() -> None:
    nowhere = "http://127.0.0.1:1"
    command = ["sh", "examples/quickstart.sh", nowhere]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert nowhere in done.stderr
    assert "Traceback" not in done.stderr
