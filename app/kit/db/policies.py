"""SQL for migrations: row-level security and grants in one vocabulary, so that every table is walled the same way."""

from collections.abc import Iterable, Sequence

from alembic import op

APP, WORKER, READER, AUDITOR, BACKOFFICE, OWNER = (
    "partingline_app",
    "partingline_worker",
    "partingline_reader",
    "partingline_auditor",
    "partingline_backoffice",
    "partingline_owner",
)
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


def grant(table: str, privileges: Sequence[str], *roles: str) -> None:
    """Grant table privileges to login roles."""
    op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {', '.join(roles)}")


def wall(table: str) -> None:
    """Enable and force row-level security: from here on nobody sees a row without a policy, the owner included."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def policy(table: str, name: str, command: str, using: str | None, check: str | None, *roles: str) -> None:
    """One policy. `command` is SELECT, INSERT, UPDATE, DELETE or ALL; conditions are SQL expressions on the row."""
    clauses = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO {', '.join(roles)}{clauses}")


def tenant_table(
    table: str,
    *,
    owner: str = "organization_id = app_organization_id()",
    read: str | None = None,
    privileges: Sequence[str] = ("SELECT", "INSERT", "UPDATE"),
    operator_reads: bool = True,
    auditor_reads: bool = True,
    roles: Iterable[str] = (APP, WORKER),
) -> None:
    """Wall a tenant table: `owner` says whose rows may be written, `read` (default: the same) whose may be read.

    The operator's people read what is not sealed. So do the roles `auditor` (proofs, reports) and `backoffice` (the
    operator's read-only screens), unless `auditor_reads` is False.
    """
    roles = tuple(roles)
    reading = read or owner
    if operator_reads:
        reading = f"({reading}) OR app_is_operator()"
    wall(table)
    grant(table, privileges, *roles)
    policy(table, f"{table}_read", "SELECT", reading, None, *roles)
    if "INSERT" in privileges:
        policy(table, f"{table}_insert", "INSERT", None, owner, *roles)
    if "UPDATE" in privileges:
        policy(table, f"{table}_update", "UPDATE", owner, owner, *roles)
    if "DELETE" in privileges:
        policy(table, f"{table}_delete", "DELETE", owner, None, *roles)
    if auditor_reads:
        grant(table, ("SELECT",), AUDITOR, BACKOFFICE)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)


def append_only(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE for everybody, the owner included."""
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION app_refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change()"
    )
