"""The installation a command works on: the database it is told of, or an embedded one of this folder.

With DATABASE_URL set, nothing is started and the operator's settings hold as they are. Without it, PostgreSQL runs
embedded under `PARTINGLINE_DATA_DIR` (by default `.partingline`), with a secret key that is made once and kept there.
Where a demo has paid through its own payment provider, payments go to that one.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.commands.provider import variables_of_demo
from app.kit.db.engine import Role, role_url
from app.kit.db.migrate import LEAST_SERVER, ServerTooOld
from app.kit.embedded import EmbeddedPostgres, ServerInfo
from app.settings import Settings, get_settings

DATABASE = "partingline"


@dataclass(frozen=True)
class Installation:
    """Settings that name a reachable database; `embedded` tells whether it is ours to stop."""

    settings: Settings
    embedded: bool


@contextmanager
def installation() -> Iterator[Installation]:
    """Start (or join) the embedded database when none is named; the environment of child processes names it too."""
    with ExitStack() as stack:
        embedded = not os.environ.get("DATABASE_URL")
        data_dir = Path(os.environ.get("PARTINGLINE_DATA_DIR") or ".partingline").absolute()
        if embedded:
            server = stack.enter_context(EmbeddedPostgres(data_dir / "postgres"))
            _ensure_database(server)
            stack.enter_context(_environment(_of_folder(server, data_dir)))
        stack.enter_context(_environment(variables_of_demo(data_dir, os.environ, embedded=embedded)))
        yield Installation(get_settings(), embedded)


def _of_folder(server: ServerInfo, data_dir: Path) -> dict[str, str]:
    ours = {"DATABASE_URL": server.url(DATABASE), "PARTINGLINE_DATA_DIR": str(data_dir)}
    if not os.environ.get("PARTINGLINE_SECRET_KEY"):
        ours["PARTINGLINE_SECRET_KEY"] = _kept_secret(data_dir / "secret_key")
    if not os.environ.get("PARTINGLINE_ENVIRONMENT"):
        ours["PARTINGLINE_ENVIRONMENT"] = "development"
    return ours


@contextmanager
def _environment(ours: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    get_settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        get_settings.cache_clear()


def _ensure_database(server: ServerInfo) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            # Another command may be a moment faster.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _kept_secret(path: Path) -> str:
    """The text of the file; made at random, whole or not at all, when there is none."""
    if not path.exists():
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{secrets.token_urlsafe(48)}\n")
        try:
            os.link(partial, path)
        except FileExistsError:
            pass  # another command was a moment faster
        finally:
            partial.unlink()
    return path.read_text().strip()


def refuse_old_server(settings: Settings) -> None:
    """Raise `ServerTooOld` before a process serves from a server that lacks what the schema needs."""
    url = role_url(settings, Role.APP).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=10) as connection:
        major = connection.info.server_version // 10_000
    if major < LEAST_SERVER:
        raise ServerTooOld(
            f"This PostgreSQL server is version {major}; Partingline needs {LEAST_SERVER} or newer. "
            "Upgrade the server or point DATABASE_URL at a newer one."
        )
