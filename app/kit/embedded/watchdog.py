"""Stops the embedded server when nobody uses it any more, even if its users were killed.

Run as a program it holds the reading end of a pipe whose writing end is its parent's. The kernel closes that end
however the parent dies, and the watchdog then does what the parent would have done. Only the standard library is
used, so that `python -I -S watchdog.py` starts in milliseconds and does not depend on the project being importable.

Everyone who uses a server holds a shared lock on `users.lock`; who gets that lock alone is the last one.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CLUSTER = "cluster"
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
STOP_TIMEOUT_S = 30.0
PROC = Path("/proc")
HAS_PROC = (PROC / "self").is_dir()


@contextlib.contextmanager
def locked(path: Path, how: int) -> Iterator[int]:
    """Hold a file lock; raises BlockingIOError when `how` includes LOCK_NB and somebody else has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield handle
    finally:
        os.close(handle)


def server_processes(cluster: Path) -> list[int]:
    """The processes of the server on that cluster, also those that outlived their postmaster (Linux: by /proc)."""
    place = os.path.realpath(cluster)
    found = []
    for entry in PROC.iterdir() if HAS_PROC else []:
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str((entry / "cwd").readlink()) == place:
                command = (entry / "stat").read_text().rpartition(")")[0].partition("(")[2]
                if command.startswith("postgres"):
                    found.append(int(entry.name))
    return found


def recorded_postmaster(cluster: Path) -> int | None:
    """The process in postmaster.pid if it is alive and really this cluster's postmaster."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    if HAS_PROC and pid not in server_processes(cluster):
        return None
    return pid


def wait_gone(cluster: Path, pid: int, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while recorded_postmaster(cluster) == pid:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def stop_server(cluster: Path, how: int) -> None:
    """Shut the server down and clear away whatever outlived it."""
    pid = recorded_postmaster(cluster)
    if pid is not None:
        for signal_, patience_s in (
            (how, STOP_TIMEOUT_S),
            (IMMEDIATE, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_)
            if wait_gone(cluster, pid, patience_s):
                break
    end_orphans(cluster)


def end_orphans(cluster: Path) -> None:
    """Backends leave by themselves soon after their postmaster died; make sure of it before anybody starts another."""
    if recorded_postmaster(cluster) is not None:
        return
    deadline = time.monotonic() + 3.0
    while left := server_processes(cluster):
        late = time.monotonic() > deadline
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else IMMEDIATE)
        if time.monotonic() > deadline + 3.0:
            return
        time.sleep(0.05)


def stop_if_last(home: Path, *, throwaway: bool) -> bool:
    """Stop the server under `home` unless somebody still uses it; a throw-away one is removed altogether."""
    try:
        with (
            locked(home / "start.lock", fcntl.LOCK_EX),
            locked(home / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB),
        ):
            stop_server(home / CLUSTER, IMMEDIATE if throwaway else FAST)
            if throwaway:
                shutil.rmtree(home, ignore_errors=True)
            return True
    except (BlockingIOError, FileNotFoundError):
        return False


def main() -> None:
    """argv: the server's home, `throwaway` or `keep`, the parent's number; standard input is the pipe from the parent.

    A word on the pipe means that the parent took care itself. Its mere end means that the parent is dying, and we wait
    for its death: only then are its locks gone for certain.
    """
    for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_, signal.SIG_IGN)
    home, throwaway, parent = Path(sys.argv[1]), sys.argv[2] == "throwaway", int(sys.argv[3])
    if os.read(0, 64):
        return
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.01)
    stop_if_last(home, throwaway=throwaway)


if __name__ == "__main__":
    main()
