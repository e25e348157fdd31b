"""A row in every table that holds what must not be seen where it must not be seen."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.sql.schema import Column

from app.backoffice.exposure import HIDDEN_TABLES, PERSONAL_COLUMNS, is_shown
from app.kit.db.base import Base

SENTINEL = "sentinel7f3a"
NUMBER = 987_654_321_987
BYTES = b"sentinel-bytes-9d1c!"
FORBIDDEN = (SENTINEL, str(NUMBER), "987654321.98", BYTES.decode(), BYTES.hex(), "hidden.person@")
ADDRESS = "hidden.person@firm.example"
MASKED = "h•••@firm.example"


def _value(column: Column[Any], hidden: bool) -> Any:
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, ARRAY):
        return (
            []
            if isinstance(kind.item_type, Uuid | Numeric | Integer)
            else [(SENTINEL if hidden else "seen")[: _room(kind.item_type)]]
        )
    if isinstance(kind, JSONB):
        return Jsonb({"text": SENTINEL if hidden else f"seen by {ADDRESS}"})
    if isinstance(kind, Uuid):
        return uuid4()
    if isinstance(kind, String):
        text = SENTINEL if hidden else ADDRESS if column.name in PERSONAL_COLUMNS else "seen"
        return text[: _room(kind)]
    if isinstance(kind, SmallInteger):
        return 1
    if isinstance(kind, BigInteger):
        return NUMBER if hidden else 5
    if isinstance(kind, Integer):
        return 1
    simple: dict[type, Any] = {
        Boolean: False,
        LargeBinary: BYTES if hidden else b"seen",
        Numeric: Decimal("7"),
        DateTime: datetime(2026, 11, 23, tzinfo=UTC),
        Date: date(2026, 11, 23),
        Interval: timedelta(0),
        TSVECTOR: SENTINEL if hidden else "seen",
    }
    return next(value for known, value in simple.items() if isinstance(kind, known))


def _room(kind: Any) -> int:
    return getattr(kind, "length", None) or 1000


def seed(owner: psycopg.Connection[tuple[object, ...]]) -> set[str]:
    """Fill every table, the database's own checks set aside (this is one test's copy); the tables filled."""
    owner.execute("SET session_replication_role = replica")
    checks = owner.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"
    ).fetchall()
    for table, name in checks:
        if not str(table).startswith(("pg_", "information_schema")):
            alter = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            owner.execute(alter.format(sql.Identifier(str(table)), sql.Identifier(str(name))))
    for row in Base.metadata.tables.values():
        _insert(owner, row)
    owner.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('q', 'seen', '{\"id\": 1}', 'failed')"
    )
    owner.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    owner.execute("INSERT INTO procrastinate_periodic_defers (task_name, periodic_id) VALUES ('seen', 'seen')")
    owner.execute("SET session_replication_role = origin")
    return set(Base.metadata.tables)


def _insert(owner: psycopg.Connection[tuple[object, ...]], table: Table) -> None:
    hidden_table = table.name in HIDDEN_TABLES
    columns = [column for column in table.columns if column.computed is None]
    if table.name == "clock_offset":
        return
    values = [_value(column, hidden_table or not is_shown(column)) for column in columns]
    owner.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            sql.SQL(", ").join(sql.Placeholder() for _ in columns),
        ),
        values,
    )
