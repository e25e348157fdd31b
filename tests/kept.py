"""Databases that tests use one after the other: each is emptied when a test has done with it, and goes when it cannot be.

A copy of the template has to be made, and every connection to it looks through its catalogue anew. What a test has left is
looked for: rows of tables that were empty are deleted. Whoever wrote to what came with the template, changed a table, a
function, a trigger or a policy, or still holds a lock ends the database, and the next test gets a fresh copy.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db.engine import Database, Role
from app.settings import Settings
from tests.server import TestServer

MOST_USES = 60
"""Emptied tables keep their size, so no database is used for ever."""
CATALOGUES = (
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_default_acl",
    "pg_index",
    "pg_namespace",
    "pg_policy",
    "pg_proc",
    "pg_statistic",
    "pg_trigger",
    "pg_type",
)
"""What says what is in a database, other than rows."""
TABLES = """
    SELECT relnamespace::regnamespace::text, relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    ORDER BY 1, 2
"""
SEQUENCES = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences
"""


@dataclass
class Rows:
    """What lies in a database beside what came with the template: tables' rows in PostgreSQL's own form, and sequences."""

    tables: list[tuple[sql.Identifier, bytes]]
    counted: list[tuple[object, ...]]


@dataclass
class Kept:
    """A copy of the template, how it was when it was fresh, and the pools of its roles.

    Of two connections of the superuser, the one only looks and the other changes: whoever goes past triggers forgets the plans of
    his connection, and the questions are long.
    """

    server: TestServer
    name: str
    connection: psycopg.Connection[tuple[object, ...]]
    changing: psycopg.Connection[tuple[object, ...]]
    engines: dict[Role, AsyncEngine] = field(default_factory=dict)
    pool: tuple[int, int] | None = None
    uses: int = 0

    @classmethod
    def fresh(cls, server: TestServer) -> "Kept":
        """A new copy."""
        name = server.clone()
        options = "-c lock_timeout=1000 -c row_security=off -c max_parallel_workers_per_gather=0"
        looking, changing = [psycopg.connect(server.url(name), autocommit=True, options=options) for _ in range(2)]
        kept = cls(server, name, looking, changing)
        kept._look()
        return kept

    def _look(self) -> None:
        tables = [sql.Identifier(str(schema), str(name)) for schema, name in self._asked(sql.SQL(TABLES))]
        with_rows = {number for (number,) in self._asked(_those_with_rows(tables))}
        self._empty = [table for number, table in enumerate(tables) if number not in with_rows]
        self._left = _those_with_rows(self._empty)
        looked_at = [tables[number] for number in sorted(with_rows)]  # type: ignore[type-var, call-overload]
        looked_at += [sql.Identifier("pg_catalog", name) for name in CATALOGUES]
        self._written = sql.SQL(" UNION ALL ").join(
            # The youngest row's transaction, from the third on: a difference of ages stays as it is, and needs no texts.
            sql.SQL("SELECT {}, count(*), age('3'::xid) - min(age(xmin)) FROM {}").format(sql.Literal(number), table)
            for number, table in enumerate(looked_at)
        )
        self._was = self._asked(self._written)
        self._counted = self._asked(sql.SQL(SEQUENCES))

    def _asked(self, question: sql.Composable) -> list[tuple[object, ...]]:
        return sorted(self.connection.execute(question, prepare=True).fetchall())  # type: ignore[arg-type, type-var]

    def emptied(self) -> bool:
        """Whether it is as it was when it was fresh, now that what was added is deleted."""
        self.uses += 1
        try:
            if self.uses >= MOST_USES or self._asked(self._written) != self._was:
                return False
            left = self._asked(self._left)
            with self.changing.transaction():
                # Neither a foreign key nor a trigger of the house keeps anything.
                self.changing.execute("SET LOCAL session_replication_role = replica")
                if left:
                    deletions = [sql.SQL("DELETE FROM {}").format(self._empty[number]) for (number,) in left]  # type: ignore[call-overload]
                    self.changing.execute(sql.SQL("; ").join(deletions), prepare=False)
            if self._asked(sql.SQL(SEQUENCES)) != self._counted:
                self._count(self._counted)
        except psycopg.Error:
            return False
        return True

    def is_empty(self) -> bool:
        """Whether it is as the template."""
        return not self._asked(self._left) and self._asked(self._written) == self._was

    def rows(self) -> Rows | None:
        """What lies in it; None if what came with the template was changed as well."""
        if self._asked(self._written) != self._was:
            return None
        found = []
        for (number,) in self._asked(self._left):
            table = self._empty[number]  # type: ignore[call-overload]
            with self.connection.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(table)) as copy:
                found.append((table, b"".join(bytes(part) for part in copy)))
        return Rows(found, self._asked(sql.SQL(SEQUENCES)))

    def lay(self, rows: Rows) -> None:
        """Lay them in, if it is empty: what they refer to lies among them."""
        with self.changing.transaction():
            self.changing.execute("SET LOCAL session_replication_role = replica")
            for table, content in rows.tables:
                with self.changing.cursor().copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)) as copy:
                    copy.write(content)
        if rows.counted != self._counted:
            self._count(rows.counted)

    def _count(self, sequences: list[tuple[object, ...]]) -> None:
        for name, value, called in sequences:
            self.changing.execute("SELECT setval(%s::regclass, %s, %s)", (name, value, called))

    def drop(self) -> None:
        """Let it go, whoever is still connected."""
        self.connection.close()
        self.changing.close()
        self.server.drop(self.name)


def _those_with_rows(tables: list[sql.Identifier]) -> sql.Composed:
    return sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(number), table)
        for number, table in enumerate(tables)
    )


_free: dict[str, list[Kept]] = {}
_lent: dict[str, Kept] = {}


def lent_at(database_url: str) -> Kept | None:
    """The database that is lent at this address."""
    return _lent.get(database_url)


@contextmanager
def lent(server: TestServer) -> Iterator[str]:
    """The name of a database that is as the template."""
    free = _free.setdefault(server.admin_url, [])
    kept = free.pop() if free else Kept.fresh(server)
    url = server.url(kept.name)
    _lent[url] = kept
    try:
        yield kept.name
    finally:
        del _lent[url]
        if kept.emptied():
            free.append(kept)
        else:
            kept.drop()


@asynccontextmanager
async def engines_of(settings: Settings) -> AsyncIterator[Database]:
    """The engines of a test's database. Those of one that is lent stay with it, and with them what its connections know."""
    database = Database(settings)
    kept = _lent.get(settings.database_url.get_secret_value())
    pool = (settings.pool_size, settings.statement_timeout_ms)
    if kept is not None and kept.pool in (None, pool):
        kept.pool = pool
        database._engines = kept.engines
    yield database
    if kept is not None and database._engines is kept.engines:
        database._engines = {}
        for role, engine in list(kept.engines.items()):
            # A test that ended in the middle of a transaction leaves the connection to nobody else.
            if engine.pool.checkedout():  # type: ignore[attr-defined]
                await engine.dispose()
                del kept.engines[role]
    await database.close()


@contextmanager
def superuser(settings: Settings) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A superuser's connection to a test's database: that of one that is lent, or a new one."""
    url = settings.database_url.get_secret_value()
    kept = lent_at(url)
    if kept is not None:
        yield kept.changing
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection
