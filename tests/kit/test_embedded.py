"""The embedded PostgreSQL: real starts, and what a launcher must survive."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from app.kit.embedded import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    ServerInfo,
    binaries,
    homes,
    watchdog,
)

REPOSITORY = Path(__file__).resolve().parents[2]
USER_OF_A_SERVER = """
import sys, time
from pathlib import Path
from app.kit.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), throwaway=sys.argv[2] == "throwaway")
info = server.start()
print(info.port, server.home, server._watchdog.pid, flush=True)
sys.stdin.read()
server.stop()
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others may pass through: pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-", dir=binaries.open_folder(binaries.RunAs.current())))
    folder.chmod(0o711)
    yield folder
    watchdog.stop_server(folder / "pg" / watchdog.CLUSTER, watchdog.IMMEDIATE)
    shutil.rmtree(folder, ignore_errors=True)


def one_value(info: ServerInfo, query: str, database: str = "postgres") -> object:
    with psycopg.connect(info.url(database), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def another_user(home: Path, kind: str = "keep") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER_OF_A_SERVER, str(home), kind],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def postmaster(place: Path) -> int | None:
    return watchdog.recorded_postmaster(place / "pg" / watchdog.CLUSTER)


def test_a_throwaway_server_is_postgresql_18_and_leaves_nothing() -> None:
    server = EmbeddedPostgres(throwaway=True, settings={"application_name": "it's ours"})
    with server as info:
        home = server.home
        assert str(one_value(info, "SELECT current_setting('server_version')")).startswith("18.")
        assert one_value(info, "SELECT current_setting('fsync')") == "off"
        assert one_value(info, "SELECT current_setting('listen_addresses')") == "127.0.0.1"
        assert one_value(info, "SELECT datlocale FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
        assert one_value(info, "SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == "UTF8"
        assert one_value(info, "SELECT upper('zähl')") == "ZÄHL"
        assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(info.url(user="postgres", password="guess"))
        assert server.start() is info
    assert not home.exists()
    assert watchdog.server_processes(home / watchdog.CLUSTER) == []


def test_a_kept_server_keeps_its_data_password_and_port(place: Path) -> None:
    with EmbeddedPostgres(place / "pg") as info:
        assert one_value(info, "SELECT current_setting('fsync')") == "on"
        with psycopg.connect(info.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert postmaster(place) is None
    with EmbeddedPostgres(place / "pg") as again:
        assert again == info
        assert one_value(again, "SELECT n FROM kept") == 7


def test_a_taken_port_is_left_to_its_holder(place: Path) -> None:
    with EmbeddedPostgres(place / "pg") as info:
        pass
    with socket.socket() as holder:
        holder.bind((info.host, info.port))
        holder.listen()
        with EmbeddedPostgres(place / "pg", port=info.port) as other:
            assert other.port != info.port
            assert one_value(other, "SELECT 1") == 1


def test_the_last_user_stops_the_server(place: Path) -> None:
    mine = EmbeddedPostgres(place / "pg")
    info = mine.start()
    other = another_user(place / "pg")
    assert first_line(other)[0] == str(info.port)
    mine.stop()
    assert postmaster(place) is not None
    other.communicate()
    assert postmaster(place) is None


def test_two_processes_may_start_it_at_once(place: Path) -> None:
    users = [another_user(place / "pg") for _ in range(3)]
    ports = {first_line(user)[0] for user in users}
    assert len(ports) == 1
    for user in users:
        user.communicate()
    assert postmaster(place) is None


@pytest.mark.parametrize("kind", ["keep", "throwaway"])
def test_a_killed_user_does_not_leave_a_server_behind(place: Path, kind: str) -> None:
    user = another_user(place / "pg", kind)
    assert first_line(user)
    assert postmaster(place) is not None
    user.kill()
    user.communicate()
    assert eventually(lambda: postmaster(place) is None)
    assert eventually(lambda: (place / "pg").exists() == (kind == "keep"))


def test_a_killed_server_is_started_again(place: Path) -> None:
    server = EmbeddedPostgres(place / "pg")
    info = server.start()
    with psycopg.connect(info.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    pid = postmaster(place)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: postmaster(place) is None)
    assert (place / "pg" / "cluster" / "postmaster.pid").exists()
    again = server.start()
    assert one_value(again, "SELECT n FROM kept") == 7
    server.stop()


def test_a_recorded_number_that_a_stranger_was_given_since_is_no_server(
    place: Path,
) -> None:
    with EmbeddedPostgres(place / "pg"):
        pass
    stale = place / "pg" / "cluster" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n5432\n\n127.0.0.1\n\nready\n")
    with EmbeddedPostgres(place / "pg") as info:
        assert one_value(info, "SELECT 1") == 1


def test_a_server_whose_user_and_watchdog_were_killed_is_joined(place: Path) -> None:
    user = another_user(place / "pg")
    port, _, guard = first_line(user)
    os.kill(int(guard), signal.SIGKILL)
    user.kill()
    user.communicate()
    assert postmaster(place) is not None
    with EmbeddedPostgres(place / "pg") as info:
        assert str(info.port) == port
    assert postmaster(place) is None


@pytest.mark.parametrize("roomy", [True, False])
def test_a_throwaway_server_lives_in_memory_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, place: Path, roomy: bool
) -> None:
    monkeypatch.setattr(homes, "MEMORY", place)
    monkeypatch.setattr(homes, "LEAST_FREE_MEMORY_BYTES", 0 if roomy else 2**60)
    with EmbeddedPostgres(throwaway=True) as info:
        assert one_value(info, "SELECT 1") == 1
        homes_there = list(place.glob(f"{homes.THROWAWAY_PREFIX}*"))
        assert len(homes_there) == roomy
    assert not list(place.glob(f"{homes.THROWAWAY_PREFIX}*"))


def test_an_abandoned_throwaway_server_is_swept_away(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(homes, "THROWAWAY_PREFIX", f"{place.name}-abandoned-")
    abandoned = place.with_name(f"{place.name}-abandoned-1")
    user = another_user(abandoned, "throwaway")
    os.kill(int(first_line(user)[2]), signal.SIGKILL)
    user.kill()
    user.communicate()
    monkeypatch.setattr(homes, "YOUNG_S", -1)
    with EmbeddedPostgres(throwaway=True):
        assert not abandoned.exists()
    assert watchdog.server_processes(abandoned / watchdog.CLUSTER) == []


def test_an_interrupted_making_is_begun_again(place: Path) -> None:
    rubbish = place / "pg" / "cluster.new"
    rubbish.mkdir(parents=True)
    (rubbish / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(place / "pg") as info:
        assert one_value(info, "SELECT 1") == 1


def test_data_of_another_version_are_refused(place: Path) -> None:
    (place / "pg" / "cluster").mkdir(parents=True)
    (place / "pg" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 17, and this is 18"):
        EmbeddedPostgres(place / "pg").start()


def test_a_full_disk_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    full = subprocess.CompletedProcess[str]([], 1, stdout="initdb: error: could not write: No space left on device\n")
    with monkeypatch.context() as patched:
        patched.setattr(binaries.RunAs, "run", lambda *_, **__: full)
        patched.setattr(binaries.RunAs, "can_enter", lambda *_: True)
        patched.setattr(binaries.RunAs, "can_read", lambda *_: True)
        with pytest.raises(EmbeddedPostgresError, match="no disk space left"):
            EmbeddedPostgres(place / "pg").start()
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
        with pytest.raises(EmbeddedPostgresError, match="no disk space left"):
            EmbeddedPostgres(place / "pg").start()
    with EmbeddedPostgres(place / "pg") as info:
        assert one_value(info, "SELECT 1") == 1


@as_root
def test_root_gets_a_server_even_in_a_closed_home(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "data" / "pg")
    try:
        with server as info:
            assert one_value(info, "SELECT 1") == 1
            assert not server.home.is_relative_to(closed)
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "no parent's permissions may be opened"
        with EmbeddedPostgres(closed / "data" / "pg") as again:
            assert again == info
    finally:
        shutil.rmtree(server.home)


@as_root
def test_binaries_that_nobody_may_read_are_copied_once(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(binaries.RunAs, "can_read", lambda *_: False)
    monkeypatch.setattr(binaries, "open_folder", lambda _: place)
    with EmbeddedPostgres(place / "pg") as info:
        assert one_value(info, "SELECT 1") == 1
        copy = binaries.bin_folder(binaries.RunAs.current())
        assert copy.is_relative_to(place)
        assert one_value(info, "SELECT current_setting('data_directory')") == str(place / "pg" / "cluster")
        made = copy.stat().st_mtime_ns
    with EmbeddedPostgres(place / "pg"):
        assert copy.stat().st_mtime_ns == made
