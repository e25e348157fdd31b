"""The launcher: makes a cluster, starts it, shares it between processes and stops it with its last user.

What lies in a data folder (the "home" of a server):

    cluster/      the PostgreSQL cluster, owned by the account that runs it
    cluster.new/  a cluster whose making was interrupted; removed at the next start
    password      the superuser's password, readable by its owner alone
    port          the port of the last start, taken again when it is free
    server.log    what the server said
    start.lock    held while starting or stopping     users.lock    held, shared, by everyone who uses the server
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from app.kit.embedded import watchdog
from app.kit.embedded.binaries import RunAs, bin_folder, open_folder
from app.kit.embedded.errors import (
    DISK_FULL_MARKS,
    PORT_TAKEN_MARKS,
    EmbeddedPostgresError,
    disk_full,
    mentions,
)

HOST = "127.0.0.1"
SUPERUSER = "postgres"
THROWAWAY_PREFIX = "partingline-pg-"
LEAST_FREE_MB = 150
LOG_LIMIT_BYTES = 10_000_000
LONGEST_SOCKET_PATH = 90
START_TIMEOUT_S = 90

COMMON = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "%m [%p] %u@%d ",
    "jit": "off",
}
KEPT = COMMON | {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
}
# Nothing here needs to outlive a crash, so nothing waits for the disk.
THROWAWAY = COMMON | {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
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
    removed when it stops; without a `data_dir` it lives in a temporary folder. Root runs the server as `nobody`; if
    that user cannot enter `data_dir`, the cluster goes to `/var/tmp`, where it can. `home` says where it is.
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
        self._home: Path | None = None
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
    def home(self) -> Path:
        """The folder that everything of this server lies in; known once it was started."""
        if self._home is None:
            raise EmbeddedPostgresError("The embedded PostgreSQL was not started.")
        return self._home

    @property
    def log_file(self) -> Path:
        return self.home / "server.log"

    def start(self) -> ServerInfo:
        """Start the server, or join the one that already runs on this folder. Blocks until it takes connections."""
        if self._info is not None and watchdog.recorded_postmaster(self.home / watchdog.CLUSTER) is not None:
            return self._info
        self.stop()
        run_as = RunAs.current()
        try:
            binaries = bin_folder(run_as)
            self._home = self._choose_home(run_as)
            self._process = os.getpid()
            with watchdog.locked(self._home / "start.lock", fcntl.LOCK_EX):
                self._join_users()
                self._info = self._running() or self._launch(binaries, run_as)
        except OSError as error:
            self.stop()
            if mentions(str(error), DISK_FULL_MARKS):
                raise disk_full(self._home or self._asked_dir) from error
            raise EmbeddedPostgresError(f"The embedded PostgreSQL could not be started: {error}.") from error
        except BaseException:
            self.stop()
            raise
        return self._info

    def stop(self) -> None:
        """Let go of the server; it ends when this was its last user. Does nothing when it was not started here."""
        if self._users_lock is None or self._process != os.getpid():
            return
        os.close(self._users_lock)
        self._users_lock = self._info = None
        watchdog.stop_if_last(self.home, throwaway=self._throwaway)
        if self._watchdog is not None:
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None

    def _join_users(self) -> None:
        """Be counted as a user, and leave a watchdog that is told by the kernel when we die."""
        self._users_lock = os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        self._watchdog = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                watchdog.__file__,
                self.home,
                "throwaway" if self._throwaway else "keep",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def _choose_home(self, run_as: RunAs) -> Path:
        if self._throwaway:
            _sweep_abandoned(run_as)
        wanted = self._asked_dir
        if wanted is not None:
            wanted.mkdir(parents=True, exist_ok=True)
            if not run_as.can_enter(wanted.parent):
                wanted = self._elsewhere(wanted, run_as)
        else:
            wanted = Path(tempfile.mkdtemp(prefix=THROWAWAY_PREFIX, dir=open_folder(run_as)))
        wanted.chmod(0o711)
        return wanted.resolve()

    def _elsewhere(self, wanted: Path, run_as: RunAs) -> Path:
        """A folder `nobody` can enter, the same one for the same wish; a kept one must survive a reboot."""
        digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
        parent = open_folder(run_as) if self._throwaway else Path("/var/tmp")
        place = parent / f"{THROWAWAY_PREFIX if self._throwaway else 'partingline-data-'}{digest}"
        place.mkdir(mode=0o711, exist_ok=True)
        if place.is_symlink() or place.stat().st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{wanted} cannot be entered by the user `nobody`, and {place} belongs to somebody else. "
                "Set PARTINGLINE_DATA_DIR to a folder that others may enter."
            )
        (wanted / "MOVED").write_text(f"{place}\n")
        return place

    def _running(self) -> ServerInfo | None:
        """The server that already runs here, if it is ready for connections."""
        cluster = self.home / watchdog.CLUSTER
        pid = watchdog.recorded_postmaster(cluster)
        deadline = time.monotonic() + START_TIMEOUT_S
        while pid is not None and watchdog.recorded_postmaster(cluster) == pid:
            lines = (cluster / "postmaster.pid").read_text().split("\n")
            if len(lines) > 7 and lines[7].strip() == "ready":
                return self._describe(int(lines[3]))
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL is still starting after {START_TIMEOUT_S} s: {self.log_file}")
            time.sleep(0.05)
        return None

    def _describe(self, port: int) -> ServerInfo:
        return ServerInfo(
            HOST,
            port,
            SUPERUSER,
            (self.home / "password").read_text().strip(),
            self._socket_dir(),
        )

    def _socket_dir(self) -> Path | None:
        """The cluster is entered by its owner alone, so a socket inside is private; long paths do without one."""
        cluster = self.home / watchdog.CLUSTER
        return cluster if len(os.fsencode(cluster)) <= LONGEST_SOCKET_PATH else None

    def _launch(self, binaries: Path, run_as: RunAs) -> ServerInfo:
        cluster = self.home / watchdog.CLUSTER
        if shutil.disk_usage(self.home).free < LEAST_FREE_MB * 1_000_000:
            raise disk_full(self.home)
        if not (cluster / "PG_VERSION").exists():
            self._make_cluster(binaries, run_as, cluster)
        self._refuse_other_version(binaries, cluster)
        watchdog.end_orphans(cluster)
        # Nobody of ours runs (we hold the lock): what is recorded is dead, or a stranger that was given its number.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        self.log_file.touch(mode=0o640)
        run_as.own(self.log_file)
        for port in self._ports():
            said = self._try_start(binaries, run_as, cluster, port)
            if said is None:
                (self.home / "port").write_text(f"{port}\n")
                return self._describe(port)
            if not mentions(said, PORT_TAKEN_MARKS):
                break
        if mentions(said, DISK_FULL_MARKS):
            raise disk_full(self.home)
        raise EmbeddedPostgresError(
            f"PostgreSQL did not start; its log is {self.log_file}. The last it said:\n{said.strip()[-1500:]}"
        )

    def _make_cluster(self, binaries: Path, run_as: RunAs, cluster: Path) -> None:
        fresh = cluster.with_name(f"{cluster.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        run_as.own(fresh)
        password = secrets.token_urlsafe(24)
        handed_over = self.home / "password.new"
        handed_over.unlink(missing_ok=True)
        handed_over.touch(mode=0o600)
        handed_over.write_text(f"{password}\n")
        run_as.own(handed_over)
        options = ["--no-sync", "--no-data-checksums"] if self._throwaway else []
        try:
            done = run_as.run(
                [
                    binaries / "initdb",
                    f"--pgdata={fresh}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={handed_over}",
                    "--auth=scram-sha-256",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                    "--encoding=UTF8",
                    "--no-instructions",
                    *options,
                ],
                cwd=self.home,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedPostgresError(f"initdb did not finish in {error.timeout:.0f} s on {fresh}.") from error
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            if mentions(done.stdout, DISK_FULL_MARKS):
                raise disk_full(self.home)
            raise EmbeddedPostgresError(f"initdb could not make a cluster in {fresh}:\n{done.stdout.strip()[-1500:]}")
        if run_as.switched:
            os.chown(handed_over, os.geteuid(), os.getegid())
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = 'partingline.conf'\n")
        # The password first: a cluster without its password would be of no use, the reverse is harmless.
        handed_over.replace(self.home / "password")
        fresh.rename(cluster)

    def _refuse_other_version(self, binaries: Path, cluster: Path) -> None:
        made_by = (cluster / "PG_VERSION").read_text().strip()
        have = subprocess.run([binaries / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
        if have.split()[2].partition(".")[0] != made_by:
            raise EmbeddedPostgresError(
                f"The data in {cluster} were made by PostgreSQL {made_by}, and this is {have.split()[2]}. "
                "Move that folder away (the demo makes a new one), or upgrade it with pg_upgrade."
            )

    def _ports(self) -> list[int]:
        """Ports to try: the chosen one, the one of last time, then any free ones."""
        with contextlib.suppress(OSError, ValueError):
            kept = int((self.home / "port").read_text())
            return [port for port in (self._port, kept) if port and _is_free(port)] + [_free_port() for _ in range(4)]
        return [port for port in (self._port,) if port and _is_free(port)] + [_free_port() for _ in range(4)]

    def _try_start(self, binaries: Path, run_as: RunAs, cluster: Path, port: int) -> str | None:
        """Start on that port; None when it runs, else what it said."""
        settings = self._settings | {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": str(self._socket_dir() or ""),
            "unix_socket_permissions": "0700",
        }
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
        configuration = cluster / "partingline.conf"
        configuration.write_text("".join(lines))
        run_as.own(configuration)
        before = self.log_file.stat().st_size
        command = [
            binaries / "pg_ctl",
            "start",
            "-w",
            "-s",
            "-t",
            str(START_TIMEOUT_S),
            "-D",
            cluster,
        ]
        try:
            done = run_as.run(
                [*command, "-l", self.log_file],
                cwd=self.home,
                timeout_s=START_TIMEOUT_S + 10,
            )
        except subprocess.TimeoutExpired:
            watchdog.stop_server(cluster, watchdog.IMMEDIATE)
            return f"pg_ctl did not finish in {START_TIMEOUT_S + 10} s"
        if done.returncode == 0:
            return None
        with self.log_file.open("rb") as file:
            file.seek(before)
            return done.stdout + file.read().decode(errors="replace")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _sweep_abandoned(run_as: RunAs) -> None:
    """Remove throw-away servers whose users and watchdogs were all killed."""
    for home in open_folder(run_as).glob(f"{THROWAWAY_PREFIX}*"):
        with contextlib.suppress(OSError):
            status = home.lstat()
            if home.is_symlink() or status.st_uid != os.geteuid() or time.time() - status.st_mtime < 60:
                continue
            with watchdog.locked(home / "start.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                pass
            watchdog.stop_if_last(home, throwaway=True)
