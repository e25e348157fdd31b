"""More rows of what is there: lists are tried with several without the many requests that would make them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from app.kit.db.engine import Database
from tests.market import Caller
from tests.statements import count_statements

Owner = psycopg.Connection[Any]

_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id'
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indkey[0] = a.attnum AND i.indnatts = 1
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.atttypid = 'uuid'::regtype
"""
_COLUMNS = """
    SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
"""
_UNIQUE = """
    SELECT (SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey))
    FROM pg_index WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary
"""
_OTHERWISE = {
    "integer": "{column} + {number}",
    "smallint": "{column} + {number}",
    "bigint": "{column} + {number}",
    "text": "{column} || {number}::text",
    "character varying": "{column} || {number}::text",
    "date": "{column} - {number}",
    "timestamp with time zone": "{column} - interval '1 minute' * {number}",
    "bytea": "sha256({column} || {number}::text::bytea)",
    "uuid": "gen_random_uuid()",
}
"""How a value becomes another one, by its type; what is tried first stands first."""
_ORDERS = (list(_OTHERWISE), list(reversed(_OTHERWISE)))
_REFUSED = (
    psycopg.errors.IntegrityError,
    psycopg.errors.StringDataRightTruncation,
    psycopg.errors.NumericValueOutOfRange,
)


@contextmanager
def copied(owner: Owner, row_id: str, times: int = 3) -> Iterator[None]:
    """While the block lasts, the row with this id stands there so many times more, past triggers and foreign keys. What belongs
    to it in other tables is not copied; a row whose copies a constraint refuses is left alone."""
    made: list[tuple[str, str]] = []
    for table in _tables_of(owner, row_id):
        for order in _ORDERS:
            with suppress(*_REFUSED), _unguarded(owner):
                copies = [(table, _copy(owner, table, row_id, number, order)) for number in range(1, times + 1)]
                made += copies
                break
    try:
        yield
    finally:
        with _unguarded(owner):
            for table, new_id in made:
                owner.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)), (new_id,))


async def asks_alike(database: Database, owner: Owner, reader: Caller, path: str, key: str = "id") -> None:
    """A list takes as many SQL statements for copies of its first row as for that row; `key` is what it calls the row's id."""

    async def asked() -> tuple[int, list[Any]]:
        with count_statements(database) as taken:
            answer = await reader.get(path, params={"limit": 100})
        assert answer.status_code == 200, answer.text
        return len(taken), answer.json()["items"]

    few, rows = await asked()
    with copied(owner, rows[0][key]):
        many, more = await asked()
    assert (len(more) > len(rows), many) == (True, few), path


async def asks_as_often(database: Database, reader: Caller, path: str) -> None:
    """The same for a list that has several rows: it takes as many SQL statements for all as for the first."""
    found = []
    for limit in (1, 100):
        with count_statements(database) as taken:
            answer = await reader.get(path, params={"limit": limit})
        assert answer.status_code == 200, answer.text
        found.append((len(answer.json()["items"]), len(taken)))
    (one, few), (all_, many) = found
    assert (one, all_ > 1, many) == (1, True, few), (path, found)


@contextmanager
def _unguarded(owner: Owner) -> Iterator[None]:
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        yield


def _tables_of(owner: Owner, row_id: str) -> list[str]:
    parts = [
        sql.SQL("SELECT {} FROM {} WHERE id = {}").format(sql.Literal(name), sql.Identifier(name), sql.Literal(row_id))
        for (name,) in owner.execute(_TABLES).fetchall()
    ]
    return [str(table) for (table,) in owner.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()]


def _copy(owner: Owner, table: str, row_id: str, number: int, order: list[str]) -> str:
    """With another id, and another value in one column of each unique index."""
    kinds: dict[str, str] = dict(owner.execute(_COLUMNS, (table,)).fetchall())
    changed = {"id"}
    for (columns,) in owner.execute(_UNIQUE, (table,)).fetchall():
        able = sorted(
            (one for one in columns or () if kinds.get(one) in order), key=lambda one: order.index(kinds[one])
        )
        if able and not changed & set(columns):
            changed.add(able[0])
    new_id = str(uuid4())
    values = {name: _value(name, kinds[name], number) if name in changed else sql.Identifier(name) for name in kinds}
    values["id"] = sql.Literal(new_id)
    owner.execute(
        sql.SQL("INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = {id}").format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, values)),
            values=sql.SQL(", ").join(values.values()),
            id=sql.Literal(row_id),
        )
    )
    return new_id


def _value(name: str, kind: str, number: int) -> sql.Composable:
    return sql.SQL(_OTHERWISE[kind]).format(column=sql.Identifier(name), number=sql.Literal(number))
