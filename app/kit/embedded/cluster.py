"""A cluster on disk: making it, checking it, starting a server on it."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.kit.embedded import watchdog
from app.kit.embedded.binaries import RunAs
from app.kit.embedded.errors import (
    DISK_FULL_MARKS,
    PORT_TAKEN_MARKS,
    EmbeddedPostgresError,
    disk_full,
    mentions,
)

HOST = "127.0.0.1"
SUPERUSER = "postgres"
LEAST_FREE_MB = 150
LOG_LIMIT_BYTES = 10_000_000
LONGEST_SOCKET_PATH = 90
START_TIMEOUT_S = 90
PORT_ATTEMPTS = 4


@dataclass(frozen=True)
class Cluster:
    """A server's home, the binaries for it and the account that runs them."""

    home: Path
    binaries: Path
    run_as: RunAs
    throwaway: bool

    @property
    def data(self) -> Path:
        return self.home / watchdog.CLUSTER

    @property
    def log_file(self) -> Path:
        return self.home / "server.log"

    @property
    def socket_dir(self) -> Path | None:
        """The cluster is entered by its owner alone, so a socket inside is private; long paths do without one."""
        return self.data if len(os.fsencode(self.data)) <= LONGEST_SOCKET_PATH else None

    def launch(self, settings: dict[str, str], chosen_port: int | None) -> int:
        """Start a server, making the cluster first when there is none, and return its port.

        The caller holds `start.lock` and knows that no server of ours runs here.
        """
        if shutil.disk_usage(self.home).free < LEAST_FREE_MB * 1_000_000:
            raise disk_full(self.home)
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self._refuse_other_version()
        watchdog.end_orphans(self.data)
        # What is recorded is dead, or a stranger that was given its number.
        for stale in [self.data / "postmaster.pid", *self.data.glob(".s.PGSQL.*")]:
            stale.unlink(missing_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        self.log_file.touch(mode=0o640)
        self.run_as.own(self.log_file)
        said = ""
        for port in self._ports(chosen_port):
            said = self._try_start(settings, port)
            if not said:
                (self.home / "port").write_text(f"{port}\n")
                return port
            if not mentions(said, PORT_TAKEN_MARKS):
                break
        if mentions(said, DISK_FULL_MARKS):
            raise disk_full(self.home)
        raise EmbeddedPostgresError(
            f"PostgreSQL did not start; its log is {self.log_file}. The last it said:\n{said.strip()[-1500:]}"
        )

    def _make(self) -> None:
        """initdb beside the final place, then one rename: a cluster is there whole or not at all."""
        fresh = self.home / f"{watchdog.CLUSTER}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.run_as.own(fresh)
        handed_over = self.home / "password.new"
        handed_over.unlink(missing_ok=True)
        handed_over.touch(mode=0o600)
        handed_over.write_text(f"{secrets.token_urlsafe(24)}\n")
        self.run_as.own(handed_over)
        command: list[str | Path] = [
            self.binaries / "initdb",
            f"--pgdata={fresh}",
            f"--username={SUPERUSER}",
            f"--pwfile={handed_over}",
            "--auth=scram-sha-256",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--encoding=UTF8",
            "--no-instructions",
        ]
        if self.throwaway:
            command += ["--no-sync", "--no-data-checksums"]
        try:
            done = self.run_as.run(command, cwd=self.home)
        except subprocess.TimeoutExpired as error:
            raise EmbeddedPostgresError(f"initdb did not finish in {error.timeout:.0f} s on {fresh}.") from error
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            if mentions(done.stdout, DISK_FULL_MARKS):
                raise disk_full(self.home)
            raise EmbeddedPostgresError(f"initdb could not make a cluster in {fresh}:\n{done.stdout.strip()[-1500:]}")
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = 'partingline.conf'\n")
        # The password first: a cluster without its password would be of no use, the reverse is harmless.
        if self.run_as.switched:
            os.chown(handed_over, os.geteuid(), os.getegid())
        handed_over.replace(self.home / "password")
        fresh.rename(self.data)

    def _refuse_other_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        version = subprocess.run(
            [self.binaries / "postgres", "-V"],
            capture_output=True,
            text=True,
            check=True,
        )
        ours = version.stdout.split()[2]
        if ours.partition(".")[0] != made_by:
            raise EmbeddedPostgresError(
                f"The data in {self.data} were made by PostgreSQL {made_by}, and this is {ours}. "
                "Move that folder away (the next start makes a new one), or upgrade it with pg_upgrade."
            )

    def _ports(self, chosen: int | None) -> Iterator[int]:
        """Ports to try: the chosen one, the one of last time, then any free ones."""
        kept = None
        with contextlib.suppress(OSError, ValueError):
            kept = int((self.home / "port").read_text())
        yield from (port for port in (chosen, kept) if port and _is_free(port))
        for _ in range(PORT_ATTEMPTS):
            yield _free_port()

    def _try_start(self, settings: dict[str, str], port: int) -> str:
        """Start on that port; empty when it runs, else what it said."""
        every = settings | {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": str(self.socket_dir or ""),
            "unix_socket_permissions": "0700",
        }
        configuration = self.data / "partingline.conf"
        configuration.write_text("".join(f"{name} = {_quoted(value)}\n" for name, value in every.items()))
        self.run_as.own(configuration)
        before = self.log_file.stat().st_size
        command: list[str | Path] = [
            self.binaries / "pg_ctl",
            "start",
            "-w",
            "-s",
            "-t",
            str(START_TIMEOUT_S),
            "-D",
            self.data,
        ]
        try:
            done = self.run_as.run(
                [*command, "-l", self.log_file],
                cwd=self.home,
                timeout_s=START_TIMEOUT_S + 10,
            )
        except subprocess.TimeoutExpired:
            watchdog.stop_server(self.data, watchdog.IMMEDIATE)
            return f"pg_ctl did not finish in {START_TIMEOUT_S + 10} s"
        if done.returncode == 0:
            return ""
        with self.log_file.open("rb") as file:
            file.seek(before)
            return done.stdout + file.read().decode(errors="replace") or f"pg_ctl ended with code {done.returncode}"


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


def _quoted(value: str) -> str:
    """A value as postgresql.conf writes it."""
    return "'" + value.replace("'", "''") + "'"
