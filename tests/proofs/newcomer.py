"""`make prove POINT=newcomer`: a clean clone with an empty home and package cache runs the README's two commands.

Writes how long each took. The network's package registry is the only thing taken from outside.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.proofs.record import record

ROOT = Path(__file__).resolve().parents[2]
# How the machine reaches its package registry is not the newcomer's home.
KEPT = re.compile(r"^(PIP_(?!CACHE_DIR|FIND_LINKS)|SSL_CERT|REQUESTS_CA|HTTPS?_PROXY|NO_PROXY)", re.IGNORECASE)


def environment(home: Path) -> dict[str, str]:
    """An environment with nothing of this machine's user in it."""
    search = [part for part in os.environ["PATH"].split(os.pathsep) if "/.venv/" not in part]
    kept = {name: value for name, value in os.environ.items() if KEPT.match(name)}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PATH": os.pathsep.join(search),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
    }


def step(clone: Path, env: dict[str, str], *command: str) -> tuple[float, int, str]:
    """Run a command in the clone: (seconds, exit code, the end of what it printed)."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=clone,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return round(time.monotonic() - started, 1), done.returncode, (done.stdout + done.stderr)[-3000:]


def main() -> int:
    """Clone HEAD, run `make demo ARGS=--exit` twice and `make test` once."""
    folder = Path(tempfile.mkdtemp(prefix="newcomer-"))
    folder.chmod(0o755)
    try:
        home = folder / "home"
        (home / "tmp").mkdir(parents=True)
        (home / "tmp").chmod(0o1777)
        clone = folder / "partingline"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        env = environment(home)
        first_s, first, first_text = step(clone, env, "make", "demo", "ARGS=--exit")
        again_s, again, again_text = step(clone, env, "make", "demo", "ARGS=--exit")
        test_s, test, test_text = step(clone, env, "make", "test")
        left = subprocess.run(
            ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
        ).stdout
        summary = re.findall(r"(\d+) passed.* in ([\d.]+)s", test_text)
        for code, text in ((first, first_text), (again, again_text), (test, test_text)):
            if code:
                sys.stderr.write(text + "\n")
        figures = {
            "demo_first_s": first_s,
            "demo_again_s": again_s,
            "test_s": test_s,
            "suite_s": float(summary[-1][1]) if summary else None,
            "tests_passed": int(summary[-1][0]) if summary else 0,
            "files_left": left.splitlines(),
        }
        holds = first == again == test == 0 and bool(summary) and not left and float(summary[-1][1]) < 600
        return record("newcomer", figures, holds=holds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
