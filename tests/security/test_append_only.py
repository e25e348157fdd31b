"""What is history stays as it was written: for every login role, and for the owner of the tables."""

from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, RaiseException

from app.kit.db.engine import Role
from tests.world import World

Owner = psycopg.Connection[Any]

WRITTEN_ONCE = {
    "alembic_version": "migrations write it",
    "auctions": "triggers move it with its bids",
    "campaign_seeds": "shown at the freeze, and proved by the digest that campaigns showed before",
    "campaign_totals": "sums that triggers keep",
    "catalog_labels": "ships with the house, and is written anew by migrations",
    "categories": "ships with the house, and is written anew by migrations",
    "category_attributes": "ships with the house, and is written anew by migrations",
    "category_spares": "ships with the house, and is written anew by migrations",
    "credit_exposures": "sums that triggers keep",
    "credit_takes": "given back once, which a guard sees to",
    "clock_offset": "one number that only tests move",
    "country_names": "ships with the house, and is written anew by migrations",
    "currency_formats": "ships with the house, and is written anew by migrations",
    "display_editions": "ships with the house, and is written anew by migrations",
    "freight_options": "taken once, which a guard sees to",
    "inquiry_answers": "words that a person may have erased",
    "inquiry_questions": "words that a person may have erased",
    "invoice_subjects": "charged for until it is taken back, which a guard sees to",
    "invoices": "taken back by credit notes, which a guard sees to; the document stays",
    "ledger_balances": "sums that triggers keep",
    "listing_import_findings": "go with their import",
    "locale_formats": "ships with the house, and is written anew by migrations",
    "packing_counters": "numbers that triggers draw",
    "reactions_done": "go with old events",
    "steel_families": "ships with the house, and is written anew by migrations",
    "stock_balances": "sums that triggers keep",
    "stock_lots": "named once; what moves stands in stock_moves",
    "stock_reservation_lines": "sums that functions keep",
    "stock_reservations": "states that functions move",
    "unit_formats": "ships with the house, and is written anew by migrations",
    "warehouse_zones": "layout, not history",
    "webhook_attempts": "go with old deliveries",
}
"""Tables that no login role may change, and that are no history all the same, each with the reason."""

_TABLES = """
    SELECT c.relname::text, has_change AS may_change, refuses
    FROM pg_class c,
    LATERAL (
        SELECT bool_or(has_any_column_privilege(r, c.oid, 'UPDATE') OR has_table_privilege(r, c.oid, 'DELETE')) AS has_change
        FROM unnest(%s::text[]) r
    ) roles,
    LATERAL (
        SELECT coalesce(array_agg(DISTINCT event ORDER BY event), '{}') AS refuses
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid,
        LATERAL (VALUES (8, 'DELETE'), (16, 'UPDATE'), (32, 'TRUNCATE')) AS kinds (bit, event)
        WHERE t.tgrelid = c.oid AND p.proname = 'app_refuse_change' AND t.tgtype & 2 = 2 AND t.tgtype & bit = bit
          AND t.tgqual IS NULL AND t.tgattr = '' AND t.tgenabled IN ('O', 'A')
    ) triggers
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'procrastinate%%'
    ORDER BY 1
"""
ALL = ["DELETE", "TRUNCATE", "UPDATE"]


def histories(owner: Owner) -> tuple[set[str], set[str], set[str]]:
    """(tables whose triggers refuse every change, tables that no login role may change and no trigger keeps, tables of which rows
    are not deleted, and yet all at once)."""
    logins = [role.login for role in Role if role is not Role.OWNER]
    found = owner.execute(_TABLES, (logins,)).fetchall()
    kept = {table for table, _, refuses in found if refuses == ALL}
    half_kept = {table for table, _, refuses in found if ("DELETE" in refuses) != ("TRUNCATE" in refuses)}
    return kept, {table for table, may_change, _ in found if not may_change} - kept, half_kept


def changes(owner: Owner, table: str) -> list[sql.Composed]:
    """What would change it."""
    [column] = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' LIMIT 1",
        (table,),
    ).fetchone()  # type: ignore[misc]
    named, at = sql.Identifier(table), sql.Identifier(str(column))
    return [
        sql.SQL("UPDATE {} SET {} = {}").format(named, at, at),
        sql.SQL("DELETE FROM {}").format(named),
        sql.SQL("TRUNCATE {} CASCADE").format(named),
    ]


async def test_history_stays_as_it_was_written(world: World, owner: Owner) -> None:
    kept, others, half_kept = histories(owner)
    assert half_kept == set()
    assert others == set(WRITTEN_ONCE)
    assert len(kept) > 50
    assert kept >= {"ledger_entries", "ledger_postings", "audit_entries", "audit_chain", "outbox_events", "stock_moves"}
    filled = 0
    for table in sorted(kept):
        [rows] = owner.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()  # type: ignore[misc]
        filled += rows > 0
        for statement in changes(owner, table):
            for role in Role:
                # Under a login role nothing happens: it may not, or it sees no row of it.
                with owner.transaction(force_rollback=True):
                    owner.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role.login)))
                    try:
                        done = owner.execute(statement)
                    except (InsufficientPrivilege, RaiseException):
                        continue
                    assert done.rowcount == 0, (table, role, statement)
            # Past all walls the triggers refuse.
            if rows or b"TRUNCATE" in statement.as_bytes():
                with pytest.raises(psycopg.Error, match=r"append-only"), owner.transaction(force_rollback=True):
                    owner.execute(statement)
    assert filled > 30


async def test_the_law_sees_a_history_that_nothing_keeps(owner: Owner) -> None:
    owner.execute("CREATE TABLE forgotten_events (id int)")
    assert "forgotten_events" in histories(owner)[1]
    owner.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only")
    assert "ledger_entries" in histories(owner)[1]
