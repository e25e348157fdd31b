"""The launcher: starts a server, shares it between processes and stops it with its last user."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from app.kit.embedded import watchdog
from app.kit.embedded.binaries import RunAs, bin_folder
from app.kit.embedded.cluster import HOST, START_TIMEOUT_S, SUPERUSER, Cluster
from app.kit.embedded.errors import (
    DISK_FULL_MARKS,
    EmbeddedPostgresError,
    disk_full,
    mentions,
)
from app.kit.embedded.homes import choose_home

COMMON = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%m [%p] %u@%d ",
    "jit": "off",
    "shared_buffers": "128MB",
}
KEPT = COMMON | {
    "max_connections": "100",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
}
# Nothing here needs to outlive a crash, so nothing waits for the disk.
THROWAWAY = COMMON | {
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "max_wal_size": "1GB",
    # Of passwords set here: they are random, die with the server, and are spoken a dozen times a test.
    "scram_iterations": "1",
}


@dataclass(frozen=True)
class ServerInfo:
    """How to reach a running server."""

    host: str
    port: int
    superuser: str
    password: str
    socket_dir: Path | None

    def url(
        self,
        database: str = "postgres",
        *,
        user: str | None = None,
        password: str | None = None,
    ) -> str:
        """`postgresql://user:password@host:port/database`; without `user`, the superuser's."""
        name, word = (user, password) if user is not None else (self.superuser, self.password)
        login = quote(name, safe="") + (f":{quote(word, safe='')}" if word is not None else "")
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(database, safe='')}"


class EmbeddedPostgres:
    """One embedded server; `start()` joins it when it already runs, `stop()` ends it when nobody else uses it.

    A kept server lives in `data_dir`. A throw-away one (`throwaway=True`) is fast, loses its data in a crash, and is
    removed when it stops; without a `data_dir` it lives in memory or, where that is scarce, in a temporary folder. Root
    runs the server as `nobody`; if that user cannot reach `data_dir`, the cluster goes to a folder that it can. `home`
    says where it is.
    `settings` are lines of postgresql.conf, laid over those of the mode; they count when the server is started, not
    when it is joined.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        port: int | None = None,
        throwaway: bool = False,
        settings: dict[str, str] | None = None,
    ) -> None:
        if data_dir is None and not throwaway:
            raise ValueError("a server that is kept needs a data folder")
        self._asked_dir = None if data_dir is None else Path(data_dir).absolute()
        self._port = port
        self._throwaway = throwaway
        self._settings = (THROWAWAY if throwaway else KEPT) | (settings or {})
        self._cluster: Cluster | None = None
        self._info: ServerInfo | None = None
        self._users_lock: int | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._process = 0

    def __enter__(self) -> ServerInfo:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def cluster(self) -> Cluster:
        """The cluster; known once it was started."""
        if self._cluster is None:
            raise EmbeddedPostgresError("The embedded PostgreSQL was not started.")
        return self._cluster

    @property
    def home(self) -> Path:
        """The folder that everything of this server lies in; known once it was started."""
        return self.cluster.home

    @property
    def log_file(self) -> Path:
        return self.cluster.log_file

    def start(self) -> ServerInfo:
        """Start the server, or join the one that already runs on this folder. Blocks until it takes connections.

        Raises EmbeddedPostgresError, whose message says what to do.
        """
        if self._info is not None and watchdog.recorded_postmaster(self.cluster.data) is not None:
            return self._info
        self.stop()
        try:
            run_as = RunAs.current()
            home = choose_home(self._asked_dir, run_as, throwaway=self._throwaway)
            self._cluster = Cluster(home, bin_folder(run_as), run_as, self._throwaway)
            self._process = os.getpid()
            with watchdog.locked(home / "start.lock", fcntl.LOCK_EX):
                self._join_users()
                port = self._running_port() or self._cluster.launch(self._settings, self._port)
                password = (home / "password").read_text().strip()
        except OSError as error:
            self.stop()
            if mentions(str(error), DISK_FULL_MARKS):
                raise disk_full(self._asked_dir or "the temporary folder") from error
            raise EmbeddedPostgresError(f"The embedded PostgreSQL could not be started: {error}.") from error
        except BaseException:
            self.stop()
            raise
        self._info = ServerInfo(HOST, port, SUPERUSER, password, self._cluster.socket_dir)
        return self._info

    def stop(self) -> None:
        """Let go of the server; it ends when this was its last user. Does nothing when it was not started here."""
        if self._users_lock is None or self._process != os.getpid():
            return
        os.close(self._users_lock)
        self._users_lock = self._info = None
        watchdog.stop_if_last(self.home, throwaway=self._throwaway)
        if self._watchdog is not None:
            # With a word the watchdog has nothing to do; it may be gone already, if somebody killed it.
            with contextlib.suppress(BrokenPipeError):
                self._watchdog.communicate(b"done")
            self._watchdog = None

    def _join_users(self) -> None:
        """Be counted as a user, and leave a watchdog that the kernel tells when we die."""
        self._users_lock = os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        kind = "throwaway" if self._throwaway else "keep"
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__, self.home, kind, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def _running_port(self) -> int | None:
        """The port of the server that already runs here, once it is ready for connections."""
        data = self.cluster.data
        deadline = time.monotonic() + START_TIMEOUT_S
        while watchdog.recorded_postmaster(data) is not None:
            with contextlib.suppress(FileNotFoundError):
                lines = (data / "postmaster.pid").read_text().split("\n")
                if len(lines) > 7 and lines[7].strip() == "ready":
                    return int(lines[3])
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL is still starting after {START_TIMEOUT_S} s: {self.log_file}")
            time.sleep(0.05)
        return None
