"""The PostgreSQL server of a test run: a migrated template, and clones of it."""

import itertools
import os

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import make_url

from app.kit.embedded import EmbeddedPostgres
from app.settings import Settings
from app.wiring import bring_up

TEMPLATE = "partingline_test_template"


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

    def clone(self, template: str = TEMPLATE) -> str:
        """A fresh copy of the template; its name."""
        name = f"partingline_test_{os.getpid()}_{self._worker}_{next(self._numbers)}"
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
        """Stop the server if this run started it."""
        if self._embedded is not None:
            self._embedded.stop()
