"""The local provider's book: one SQLite file, whose journal only grows and whose balances the file itself keeps honest.

SQLite undoes on the next opening what a killed process left half done, and lets one process write at a time.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.gateways.payments.errors import PaymentUnavailable

_METHODS = """
CREATE TABLE methods (
  reference TEXT PRIMARY KEY,
  payer TEXT NOT NULL,
  token TEXT NOT NULL,
  saved_at TEXT NOT NULL,
  usable_until TEXT,
  forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1))
)
"""
_PAYMENTS = """
CREATE TABLE payments (
  reference TEXT PRIMARY KEY,
  payer TEXT NOT NULL,
  method TEXT NOT NULL REFERENCES methods (reference),
  cause TEXT NOT NULL,
  state TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  currency TEXT NOT NULL,
  held_minor INTEGER NOT NULL DEFAULT 0,
  captured_minor INTEGER NOT NULL DEFAULT 0,
  released_minor INTEGER NOT NULL DEFAULT 0,
  refunded_minor INTEGER NOT NULL DEFAULT 0,
  decline TEXT,
  made_at TEXT NOT NULL,
  held_until TEXT,
  due_at TEXT,
  CHECK (min(held_minor, captured_minor, released_minor, refunded_minor) >= 0),
  CHECK (CASE state
    WHEN 'held' THEN (held_minor, captured_minor, released_minor, refunded_minor) = (amount_minor, 0, 0, 0)
    WHEN 'processing' THEN (held_minor, captured_minor, released_minor, refunded_minor) = (0, 0, 0, 0)
    WHEN 'captured' THEN (held_minor, captured_minor) = (0, amount_minor - released_minor)
      AND refunded_minor < captured_minor
    WHEN 'refunded' THEN (held_minor, captured_minor) = (0, amount_minor - released_minor)
      AND refunded_minor = captured_minor AND captured_minor > 0
    WHEN 'released' THEN (held_minor, captured_minor, released_minor, refunded_minor) = (0, 0, amount_minor, 0)
    WHEN 'expired' THEN (held_minor, captured_minor, released_minor, refunded_minor) = (0, 0, amount_minor, 0)
    WHEN 'declined' THEN (held_minor, captured_minor, refunded_minor) = (0, 0, 0)
      AND released_minor IN (0, amount_minor)
    ELSE 0 END),
  CHECK ((state = 'declined') = (decline IS NOT NULL)),
  CHECK ((state IN ('held', 'processing')) = (due_at IS NOT NULL))
)
"""
_REFUNDS = """
CREATE TABLE refunds (
  reference TEXT PRIMARY KEY,
  payment TEXT NOT NULL REFERENCES payments (reference),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('processing', 'done', 'failed')),
  made_at TEXT NOT NULL
)
"""
_OPERATIONS = """
CREATE TABLE operations (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT UNIQUE,
  fingerprint TEXT,
  operation TEXT NOT NULL,
  payer TEXT NOT NULL,
  method TEXT,
  payment TEXT REFERENCES payments (reference),
  refund TEXT REFERENCES refunds (reference),
  amount_minor INTEGER,
  currency TEXT,
  held_change INTEGER NOT NULL,
  captured_change INTEGER NOT NULL,
  refusal TEXT,
  params TEXT,
  answer TEXT,
  at TEXT NOT NULL,
  CHECK ((key IS NULL) = (operation IN ('expire', 'settle'))),
  CHECK ((key IS NULL) = (fingerprint IS NULL)),
  CHECK (answer IS NOT NULL OR refusal IS NOT NULL OR key IS NULL)
)
"""
_WAYS = """
CREATE TRIGGER payments_go_forward BEFORE UPDATE ON payments WHEN NOT (
  (OLD.reference, OLD.payer, OLD.method, OLD.amount_minor, OLD.currency, OLD.made_at)
    = (NEW.reference, NEW.payer, NEW.method, NEW.amount_minor, NEW.currency, NEW.made_at)
  AND NEW.refunded_minor >= OLD.refunded_minor
  AND CASE OLD.state
    WHEN 'held' THEN NEW.state IN ('captured', 'released', 'expired', 'declined')
    WHEN 'processing' THEN NEW.state IN ('captured', 'declined', 'released')
    WHEN 'captured' THEN NEW.state IN ('captured', 'refunded')
      AND (NEW.captured_minor, NEW.released_minor) = (OLD.captured_minor, OLD.released_minor)
    ELSE 0 END
) BEGIN SELECT RAISE(ABORT, 'a payment goes no such way'); END
"""
_ACCOUNTS = """
CREATE TABLE accounts (
  reference TEXT PRIMARY KEY,
  supplier TEXT NOT NULL,
  country TEXT NOT NULL,
  made_at TEXT NOT NULL
)
"""
_TRANSFERS = """
CREATE TABLE transfers (
  reference TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts (reference),
  payment TEXT NOT NULL REFERENCES payments (reference),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  currency TEXT NOT NULL,
  reversed_minor INTEGER NOT NULL DEFAULT 0 CHECK (reversed_minor BETWEEN 0 AND amount_minor),
  made_at TEXT NOT NULL
)
"""
_SCHEMA = (
    _METHODS,
    _PAYMENTS,
    "CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL",
    _REFUNDS,
    _OPERATIONS,
    _WAYS,
    *(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are never changed so'); END"
        for table, verb in (
            ("operations", "update"),
            ("operations", "delete"),
            ("refunds", "delete"),
            ("payments", "delete"),
            ("methods", "delete"),
        )
    ),
    "PRAGMA user_version = 1",
)
# What an older file lacks; the way of payments is newer too.
_SECOND = (
    _ACCOUNTS,
    _TRANSFERS,
    "DROP TRIGGER payments_go_forward",
    _WAYS,
    "PRAGMA user_version = 2",
)
_EDITIONS = (_SCHEMA, _SECOND)


class Book:
    """The file, made when it is first needed. Its folder and the file are nobody else's to read."""

    def __init__(self, folder: Path, *, patience_s: float) -> None:
        self._folder = folder
        self._file = folder / "payments.sqlite3"
        self._patience_s = patience_s

    @contextmanager
    def page(self, *, readonly: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction: kept when the block ends, undone when it raises. Raises `PaymentUnavailable` when the file
        cannot be written, or others write for longer than one's patience."""
        try:
            with closing(self._opened()) as connection:
                connection.execute("BEGIN" if readonly else "BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except (OSError, sqlite3.OperationalError):
            raise PaymentUnavailable() from None

    def _opened(self) -> sqlite3.Connection:
        if not self._file.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self._file, timeout=self._patience_s, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            if _version(connection) < len(_EDITIONS):
                self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables, all at once: whoever comes first does so, others wait and find them."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            for edition in _EDITIONS[_version(connection) :]:
                for statement in edition:
                    connection.execute(statement)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
