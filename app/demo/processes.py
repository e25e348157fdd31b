"""Child processes of the demo: started with a lifeline, watched, stopped, and found again after a crash of the demo."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

STOP_PATIENCE_S = 25.0
LOG_LIMIT_BYTES = 5_000_000
# A child that ends by itself sooner than this after its start is broken: it is not started again.
SETTLED_S = 3.0


class Child:
    """One `partingline` subcommand as a process of its own, which ends when this process does."""

    def __init__(self, name: str, arguments: Sequence[str], log_file: Path) -> None:
        self.name = name
        self.log_file = log_file
        self._arguments = [sys.executable, "-m", "app.cli", *arguments, "--with-parent"]
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process's number, also after its end; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def broken(self) -> bool:
        """It ended by itself soon after its start, so that starting it again would not help; a killed one is not."""
        if self._process is None or self._process.poll() is None:
            return False
        return self._process.returncode >= 0 and time.monotonic() - self._started_at < SETTLED_S

    def start(self) -> None:
        """Start it with this process's environment; its output goes to the log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def stop(self, patience_s: float = STOP_PATIENCE_S) -> None:
        """End it: asked first, killed when it does not listen."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """End it at once, as a crash would (kill -9)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        return ""


class Nursery:
    """Several children: recorded on disk, watched, started again when they were killed, stopped in reverse order."""

    def __init__(self, children: Sequence[Child], record: Path, on_restart: Callable[[Child], None]) -> None:
        self._children = list(children)
        self._record = record
        self._on_restart = on_restart
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="nursery", daemon=True)
        self._lock = threading.Lock()
        self.broken: Child | None = None

    def start(self) -> None:
        """Start all, and watch them."""
        for child in self._children:
            child.start()
        self._remember()
        self._watcher.start()

    def add(self, *children: Child) -> None:
        """Start more of them, and watch these as well."""
        with self._lock:
            for child in children:
                child.start()
                self._children.append(child)
            self._remember()

    def stop(self) -> None:
        """Stop watching, then stop all."""
        self._stopping.set()
        with self._lock:
            for child in reversed(self._children):
                child.stop()
        self._record.unlink(missing_ok=True)

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            with self._lock:
                for child in self._children:
                    if child.alive or self._stopping.is_set():
                        continue
                    if child.broken:
                        self.broken = child
                        return
                    child.start()
                    self._remember()
                    self._on_restart(child)

    def _remember(self) -> None:
        # Put there whole: a launcher that is killed meanwhile must not leave a record that names nobody.
        written = self._record.with_suffix(".new")
        written.write_text(json.dumps([child.pid for child in self._children]))
        written.replace(self._record)


def end_orphans(record: Path) -> int:
    """End the children that an earlier demo left when it was killed; how many there were."""
    try:
        numbers = [int(number) for number in json.loads(record.read_text())]
    except (OSError, ValueError, TypeError):
        return 0
    orphans = [number for number in numbers if _is_ours(number)]
    for signal_, patience_s in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        for number in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal_)
        deadline = time.monotonic() + patience_s
        while any(_is_ours(number) for number in orphans) and time.monotonic() < deadline:
            time.sleep(0.05)
    record.unlink(missing_ok=True)
    return len(orphans)


def _is_ours(number: int) -> bool:
    """Whether the process of that number is such a child: numbers are given again after a while."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            return False
    else:
        ps = ["/bin/ps", "-o", "args=", "-p", str(number)]
        words = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return "app.cli" in words and "--with-parent" in words
