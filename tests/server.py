"""The PostgreSQL servers of a test run: a migrated template, and clones of it; the demo market, seeded once."""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import make_url

from app.demo import seed
from app.kit.embedded import EmbeddedPostgres
from app.settings import Settings
from app.wiring import bring_up

TEMPLATE = "partingline_test_template"
SEEDED = "partingline_test_seeded"


class TestServer:
    """One server for a whole run; every process of the run clones the template that the controller migrated."""

    __test__ = False
    SECRET_KEY = "a secret key that only the tests know, long enough"

    def __init__(self, admin_url: str, worker: str, embedded: EmbeddedPostgres | None = None) -> None:
        self.admin_url = admin_url
        self._worker = worker
        self._embedded = embedded
        self._numbers = itertools.count(1)

    @classmethod
    def at(cls, admin_url: str, worker: str) -> "TestServer":
        """The server that the controller started."""
        return cls(admin_url, worker)

    @classmethod
    def start(cls, given_url: str | None) -> "TestServer":
        """Start a throw-away embedded server (or use the given one) and migrate the template."""
        embedded = None
        if given_url is None:
            embedded = EmbeddedPostgres(throwaway=True)
            given_url = embedded.start().url("postgres")
        server = cls(given_url, "main", embedded)
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(TEMPLATE)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        bring_up(Settings(DATABASE_URL=SecretStr(server.url(TEMPLATE)), secret_key=SecretStr(cls.SECRET_KEY)))
        return server

    def url(self, database: str) -> str:
        """The administrative URL of a database on this server."""
        return make_url(self.admin_url).set(database=database).render_as_string(hide_password=False)

    def clone(self, template: str = TEMPLATE, *, name: str = "") -> str:
        """A fresh copy of the template; its name."""
        name = name or f"partingline_test_{os.getpid()}_{self._worker}_{next(self._numbers)}"
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop(self, name: str) -> None:
        """Remove a clone, whoever is still connected."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server if this process started it and no other one uses it."""
        if self._embedded is not None:
            self._embedded.stop()


class SeededServer(TestServer):
    """A server with the demo market, for all processes of a run: the first that needs it starts it and seeds it.

    It is one of its own: the seeding is one long transaction, and what is told in commit order (audit chain, feed of
    events) waits for every older transaction of the whole server.
    """

    @classmethod
    def joined(cls, home: Path, worker: str) -> "SeededServer":
        """The server in that folder, started and seeded when nobody has done so. It goes when its last user goes."""
        embedded = EmbeddedPostgres(home, throwaway=True)
        server = cls(embedded.start().url("postgres"), worker, embedded)
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (SEEDED,)).fetchone():
                server._seed(connection)
        return server

    @property
    def files(self) -> Path:
        """What the demo market keeps outside the database."""
        assert self._embedded is not None
        return self._embedded.home / "files"

    def _seed(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        unfinished = sql.Identifier(f"{SEEDED}_unfinished")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(unfinished))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(unfinished))
        settings = Settings(
            DATABASE_URL=SecretStr(self.url(f"{SEEDED}_unfinished")),
            secret_key=SecretStr(self.SECRET_KEY),
            environment="development",
            data_dir=self.files,
        )
        bring_up(settings)
        assert seed.run(settings)
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, sql.Identifier(SEEDED)))

    def market(self, data_dir: Path) -> str:
        """A fresh copy of the demo market, its files in the given folder; the name of its database."""
        shutil.copytree(self.files, data_dir, dirs_exist_ok=True)
        return self.clone(SEEDED)


def seeded_home() -> Path:
    """Where the seeded server of a run is to live. Nothing is made yet."""
    return Path(tempfile.gettempdir()) / f"partingline-pg-seeded-{os.getpid()}"
