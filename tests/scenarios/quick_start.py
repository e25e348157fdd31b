"""The examples, against real processes: each prints what its README says."""

import difflib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "<!-- a test runs both and compares, numbers of inquiries aside -->"
NUMBER = re.compile(r"RFQ-\d{4}-\d{4}")


def promised(readme: str = "README.md", mark: str = MARK) -> list[str]:
    """The lines below the mark in a README."""
    text = (ROOT / readme).read_text(encoding="utf-8").split(mark)[1]
    block = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert block
    return comparable(block[1])


def comparable(said: str) -> list[str]:
    """Inquiries are numbered as they come; some languages put a no-break space into sums."""
    return NUMBER.sub("RFQ-0000-0000", said.replace("\xa0", " ")).splitlines()


def printed(*command: str) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return comparable(done.stdout)


def is_as_promised(said: list[str], expected: list[str]) -> None:
    """Line by line; what differs is said."""
    assert said == expected, "\n".join(difflib.unified_diff(expected, said, "promised", "printed", lineterm=""))


def check_quick_start(base_url: str) -> None:
    """Both programs print what the README says."""
    is_as_promised(printed(sys.executable, "examples/quickstart.py", base_url), promised())
    # curl before 7.82 lacks --json; the program says what it needs.
    if shutil.which("curl") and shutil.which("sh"):
        shell = f"PYTHON='{sys.executable}' sh examples/quickstart.sh {base_url}"
        is_as_promised(printed("sh", "-c", shell), promised())


def check_forwarder(base_url: str) -> None:
    """The forwarder's system quotes, is booked, tells events and verifies webhooks, and prints what its README says."""
    said = printed(sys.executable, "examples/forwarder/forwarder.py", base_url)
    is_as_promised(said, promised("examples/forwarder/README.md", "<!-- a test runs it and compares -->"))
