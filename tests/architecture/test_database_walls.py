"""Every table is walled, or stands on the list of tables without a tenant with its reason; no login role can climb over."""

import psycopg

from app.kit.db.engine import Role
from app.settings import Settings
from app.wiring import TABLES_WITHOUT_TENANT
from tests.server import TestServer

Connection = psycopg.Connection[tuple[object, ...]]


def unwalled(owner: Connection) -> tuple[int, set[str]]:
    """(tables looked at, those without forced row-level security or without any policy)."""
    rows = owner.execute(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
               AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        """
    ).fetchall()
    return len(rows), {str(name) for name, walled in rows if not walled}


def test_every_table_is_walled_or_listed_with_a_reason(owner: Connection) -> None:
    looked, open_tables = unwalled(owner)
    assert looked > 20
    assert open_tables == set(TABLES_WITHOUT_TENANT)
    assert all(len(reason) > 10 for reason in TABLES_WITHOUT_TENANT.values())


def test_the_law_sees_an_unwalled_table(owner: Connection) -> None:
    owner.execute("CREATE TABLE forgotten (id int, organization_id uuid)")
    assert "forgotten" in unwalled(owner)[1]


def test_login_roles_have_no_way_over_the_wall(owner: Connection) -> None:
    rows = owner.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'partingline%'"
    ).fetchall()
    assert {row[0] for row in rows} == {role.login for role in Role}
    assert all(row[1:] == (False, False, False, False) for row in rows)


def test_application_roles_own_nothing_and_belong_to_nobody(owner: Connection) -> None:
    for role in (Role.APP, Role.WORKER, Role.READER, Role.AUDITOR, Role.BACKOFFICE):
        owned = owner.execute("SELECT relname FROM pg_class WHERE relowner = %s::regrole", (role.login,)).fetchall()
        member = owner.execute(
            "SELECT roleid::regrole FROM pg_auth_members WHERE member = %s::regrole", (role.login,)
        ).fetchall()
        assert (owned, member) == ([], [])


def test_policies_name_their_roles(owner: Connection) -> None:
    rows = owner.execute("SELECT polname, polroles FROM pg_policy").fetchall()
    assert len(rows) > 20
    assert [name for name, roles in rows if roles == [0]] == []


def test_every_foreign_key_has_an_index_or_a_small_parent(
    owner: Connection, settings: Settings, server: TestServer
) -> None:
    """An unindexed foreign key turns the deletion or update of a parent, and many lookups, into a scan.

    For a composite key an index that begins with one of its columns does.
    """
    rows = owner.execute(
        """
        SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
          AND c.conrelid::regclass::text NOT LIKE 'procrastinate%'
          AND NOT EXISTS (
            SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid
              AND i.indkey[0] = ANY (c.conkey))
        """
    ).fetchall()
    # Parents that are never deleted and whose children are never looked up by them.
    accepted = {"organizations", "people", "outbox_events"}
    parents = {
        name: owner.execute(
            "SELECT confrelid::regclass::text FROM pg_constraint WHERE conname = %s", (name,)
        ).fetchone()
        for _, name in rows
    }
    assert [name for name, parent in parents.items() if parent and parent[0] not in accepted] == []
