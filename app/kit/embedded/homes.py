"""Where a server lives: a folder that we own and that the account running PostgreSQL may pass through.

What lies in such a home:

    cluster/      the PostgreSQL cluster, owned by the account that runs it
    cluster.new/  a cluster whose making was interrupted; removed at the next start
    password      the superuser's password, readable by its owner alone
    port          the port of the last start, taken again when it is free
    server.log    what the server said
    start.lock    held while starting or stopping
    users.lock    held, shared, by everyone who uses the server
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from app.kit.embedded import watchdog
from app.kit.embedded.binaries import RunAs, open_folder
from app.kit.embedded.errors import EmbeddedPostgresError

THROWAWAY_PREFIX = "partingline-pg-"
KEPT_PREFIX = "partingline-data-"
YOUNG_S = 60

# Copying a database is a thousand small files: on a disk it takes ten times as long as in memory.
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
LEAST_FREE_MEMORY_BYTES = 3_000_000_000


def choose_home(wanted: Path | None, run_as: RunAs, *, throwaway: bool) -> Path:
    """The folder itself when the server's account can reach it, else one that it can; made when missing."""
    if throwaway:
        _sweep_abandoned(run_as)
    if wanted is None:
        home = Path(tempfile.mkdtemp(prefix=THROWAWAY_PREFIX, dir=_throwaway_folder(run_as)))
    else:
        _make_passable(wanted)
        home = wanted if run_as.can_enter(wanted.parent) else _elsewhere(wanted, run_as, throwaway=throwaway)
    home.chmod(0o711)
    return home.resolve()


def _throwaway_folder(run_as: RunAs) -> Path:
    """Memory when there is plenty of it, else the temporary folder."""
    return MEMORY if _memory_has_room() and run_as.can_enter(MEMORY) else open_folder(run_as)


def _memory_has_room() -> bool:
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < LEAST_FREE_MEMORY_BYTES:
        return False
    # The folder's size is a limit, not a promise: it may be larger than what the machine has left.
    with contextlib.suppress(OSError, ValueError), Path("/proc/meminfo").open(encoding="ascii") as lines:
        available = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)
        return available * 1024 >= 2 * LEAST_FREE_MEMORY_BYTES
    return False


def _make_passable(folder: Path) -> None:
    """Make the folder and the missing ones above it so that others may pass, whatever the umask."""
    if not folder.exists():
        _make_passable(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)


def _elsewhere(wanted: Path, run_as: RunAs, *, throwaway: bool) -> Path:
    """A folder `nobody` can reach, the same one for the same wish; a kept one must survive a reboot."""
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    parent = open_folder(run_as) if throwaway else Path("/var/tmp")  # noqa: S108 (its owner is checked below)
    place = parent / f"{THROWAWAY_PREFIX if throwaway else KEPT_PREFIX}{digest}"
    place.mkdir(mode=0o711, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise EmbeddedPostgresError(
            f"The user `nobody` cannot reach {wanted}, and {place} belongs to somebody else. "
            "Set PARTINGLINE_DATA_DIR to a folder that others may pass through."
        )
    (wanted / "MOVED").write_text(f"The database of this folder is in {place}: PostgreSQL cannot run as root here.\n")
    return place


def _sweep_abandoned(run_as: RunAs) -> None:
    """Remove throw-away servers whose users and watchdogs were all killed."""
    folders = {open_folder(run_as), MEMORY}
    for home in (home for folder in folders for home in folder.glob(f"{THROWAWAY_PREFIX}*")):
        with contextlib.suppress(OSError):
            status = home.lstat()
            if home.is_symlink() or status.st_uid != os.geteuid() or time.time() - status.st_mtime < YOUNG_S:
                continue
            with watchdog.locked(home / "start.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                pass
            watchdog.stop_if_last(home, throwaway=True)
