"""Databases that tests use one after the other: what a test leaves is found, whatever it is."""

import psycopg
import pytest
from psycopg import sql

from tests.kept import Kept
from tests.server import TestServer

FIRM = """
    INSERT INTO organizations (id, code, legal_name_local, legal_name_latin, country, city, roles, locale)
    VALUES (gen_random_uuid(), 'left-behind', 'Left Behind', 'Left Behind', 'DE', 'Hagen', ARRAY['buyer'], 'de')
"""


def test_what_was_added_is_deleted_and_counting_begins_anew(server: TestServer) -> None:
    kept = Kept.fresh(server)
    try:
        with psycopg.connect(server.url(kept.name), autocommit=True) as connection:
            connection.execute(FIRM)
            [sequence] = connection.execute("SELECT pg_get_serial_sequence('procrastinate_jobs', 'id')").fetchone() or [
                ""
            ]
            before = connection.execute("SELECT nextval(%s::regclass)", (sequence,)).fetchone()
            assert kept.emptied()
            assert connection.execute("SELECT count(*) FROM organizations").fetchone() == (0,)
            assert connection.execute("SELECT nextval(%s::regclass)", (sequence,)).fetchone() == before
    finally:
        kept.drop()


@pytest.mark.parametrize(
    "deed",
    [
        "DELETE FROM tax_rates WHERE country = 'DE'",
        "UPDATE tax_rates SET source = source WHERE country = 'DE'",
        "ALTER TABLE purchase_orders DISABLE TRIGGER USER",
        "DROP POLICY {policy} ON organizations",
        "CREATE TABLE left_behind ()",
        "CREATE FUNCTION left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT DELETE ON organizations TO partingline_app",
    ],
)
def test_what_cannot_be_deleted_ends_the_database(server: TestServer, deed: str) -> None:
    kept = Kept.fresh(server)
    try:
        with psycopg.connect(server.url(kept.name), autocommit=True) as connection:
            [policy] = connection.execute(
                "SELECT min(polname::text) FROM pg_policy WHERE polrelid = 'organizations'::regclass"
            ).fetchone() or [""]
            connection.execute(sql.SQL(deed).format(policy=sql.Identifier(policy)))  # type: ignore[arg-type]
        assert not kept.emptied()
    finally:
        kept.drop()


def test_a_lock_that_somebody_holds_ends_the_database(server: TestServer) -> None:
    kept = Kept.fresh(server)
    try:
        with psycopg.connect(server.url(kept.name), autocommit=True) as connection, connection.transaction():
            connection.execute(FIRM)
            kept.connection.execute(FIRM.replace("left-behind", "another"))
            connection.execute("LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE")
            assert not kept.emptied()
    finally:
        kept.drop()
