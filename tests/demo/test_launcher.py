"""The demo's launcher as a process: it ends as it should, and what is killed neither stays nor stops the next run.

The market and the tour have tests of their own; here both are stand-ins, so that only the launcher is tried.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import httpx
import pytest

from app.commands.provider import kept_provider
from app.demo import processes
from app.kit.embedded import watchdog
from app.kit.embedded.binaries import RunAs, open_folder

REPOSITORY = Path(__file__).resolve().parents[2]
LAUNCH = """
import sys, types
import typer
import app.demo

app.demo.seed = types.SimpleNamespace(run=lambda settings: None, sample_logins=lambda: ["somebody@example.org"])
app.demo.tour = types.SimpleNamespace(run=lambda base_url: arguments[2] == "held")
from app.commands.failures import told_in_sentences
from app.demo.launcher import run_demo


def main():
    with told_in_sentences():
        raise typer.Exit(run_demo(port=int(arguments[1]), exit_after="--exit" in arguments))

arguments, sys.argv = sys.argv, sys.argv[:1]
typer.run(main)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """One `demo` process on a folder."""

    def __init__(self, data_dir: Path, *arguments: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.data_dir = data_dir
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PARTINGLINE_")}
        environment.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(self.port), *arguments],
            cwd=REPOSITORY,
            env=environment | {"PARTINGLINE_DATA_DIR": str(data_dir), "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until(self, said: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if said in line:
                return
        pytest.fail(f"the demo ended without saying {said!r}")

    def children(self) -> list[int]:
        return [int(number) for number in json.loads((self.data_dir / "demo.json").read_text())]

    def end(self) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that others may pass through (pytest's own are closed to them), as root's PostgreSQL needs it."""
    folder = Path(tempfile.mkdtemp(prefix="demo-test-", dir=open_folder(RunAs.current())))
    folder.chmod(0o711)
    yield folder
    processes.end_orphans(folder / "demo.json")
    watchdog.stop_server(folder / "postgres" / watchdog.CLUSTER, watchdog.IMMEDIATE)
    shutil.rmtree(folder, ignore_errors=True)


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def answers(port: int) -> bool:
    return _succeeds(f"http://127.0.0.1:{port}/readyz")


def healthy(address: str) -> bool:
    return _succeeds(f"{address}/healthz")


def _succeeds(url: str) -> bool:
    try:
        return asker().get(url).is_success
    except httpx.HTTPError:
        return False


@lru_cache(maxsize=1)
def asker() -> httpx.Client:
    """Made once: making one takes longer than asking."""
    return httpx.Client(timeout=5, headers={"Connection": "close"})


def test_from_the_first_start_to_the_last(data_dir: Path) -> None:
    # One folder for the whole story: its first start takes longer than all that is looked at.
    first = it_stays_and_revives_what_was_killed(data_dir)
    killed_it_leaves_nothing_and_the_next_one_stops_everything_and_tells_that_the_tour_did_not_hold(first)
    ctrl_c_ends_one_that_has_only_begun(data_dir)


def it_stays_and_revives_what_was_killed(data_dir: Path) -> Demo:
    demo = Demo(data_dir, "held")
    demo.wait_until("Every step of the tour held")
    demo.wait_until("Press Ctrl-C")
    provider, api, worker = demo.children()
    killed = {provider, api}
    kept = kept_provider(data_dir)
    assert kept is not None and healthy(kept.address)
    second_code, second_said = Demo(data_dir, "held", port=demo.port).end()
    assert second_code == 1
    assert f"already runs in this folder (process {demo.process.pid})" in second_said
    for number in killed:
        os.kill(number, signal.SIGKILL)
    assert eventually(lambda: not killed & set(demo.children()))
    assert worker in demo.children()
    assert eventually(lambda: answers(demo.port))
    assert eventually(lambda: healthy(kept.address))
    return demo


def killed_it_leaves_nothing_and_the_next_one_stops_everything_and_tells_that_the_tour_did_not_hold(
    demo: Demo,
) -> None:
    children = demo.children()
    os.kill(children[-1], signal.SIGSTOP)  # deaf to its lifeline: the next demo has to find and end it
    demo.process.kill()
    demo.process.communicate()
    assert eventually(lambda: not answers(demo.port))
    code, said = Demo(demo.data_dir, "did not hold", "--exit", port=demo.port).end()
    assert code == 1, said
    assert "an earlier demo had left running" in said
    assert "A step of the tour did not hold" in said
    assert "Everything is stopped" in said
    assert not answers(demo.port)
    assert not (demo.data_dir / "demo.json").exists()
    assert eventually(lambda: not any(processes._is_ours(number) for number in children))


def ctrl_c_ends_one_that_has_only_begun(data_dir: Path) -> None:
    demo = Demo(data_dir, "held")
    demo.wait_until("PostgreSQL")
    demo.process.send_signal(signal.SIGINT)
    code, said = demo.end()
    assert code == 0, said
    assert "Everything is stopped" in said
    assert "Stopped. The data are kept" in said


def test_a_taken_port_names_the_way_out(data_dir: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        code, said = Demo(data_dir, "held", "--exit", port=port).end()
    assert code == 1
    assert f"Port {port} on 127.0.0.1 is taken" in said
    assert f"--port {port + 1}" in said
    assert "Traceback" not in said
