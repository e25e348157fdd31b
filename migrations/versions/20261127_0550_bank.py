"""Statements of the house's bank accounts, their entries, what those are for; accounts for money that nobody knows yet."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, wall

revision = "20261127_0550"
down_revision = "20261127_0542"
branch_labels = None
depends_on = None

OPERATOR = "app_is_operator()"
# What the operator's screens show: not whose accounts payers have, nor what they wrote.
SHOWN = {
    "bank_statements": (
        "id, account, currency, position, identification, electronic_number, legal_number, opening_minor, opening_on, "
        "closing_minor, closing_on, entries, transaction_id, imported_by, imported_at"
    ),
    "bank_entries": (
        "id, statement_id, entry, part, currency, booked_minor, charge_minor, amount_minor, booked_on, value_on, reversal, "
        "is_charge, bank_reference, original, structured, written, party_name, instructed_minor, instructed_currency"
    ),
}


def upgrade() -> None:
    _ledger()
    _statements()
    _entries()
    _tasks()
    _matches()
    op.execute(GUARDS)
    _walls()


def _words(definition: str) -> set[str]:
    return set(re.findall(r"'([a-z_]+)'::", definition))


def _listed(words: set[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _ledger() -> None:
    """Two more purposes of the house's accounts, beside those that there are."""
    connection = op.get_bind()
    told = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
    for name, check in (
        ("ck_ledger_accounts_purpose_known", "purpose IN ({words})"),
        ("ck_ledger_accounts_held_by_purpose", "(organization_id IS NULL) = (purpose IN ({words}))"),
    ):
        words = _words(str(connection.execute(sa.text(told), {"name": name}).scalar_one()))
        listed = _listed(words | {"unassigned", "bank_charges"})
        op.execute(f"ALTER TABLE ledger_accounts DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE ledger_accounts ADD CONSTRAINT {name} CHECK ({check.format(words=listed)})")
    side = connection.execute(
        sa.text(
            "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid "
            "AND a.attnum = d.adnum WHERE d.adrelid = 'ledger_accounts'::regclass AND a.attname = 'side'"
        )
    ).scalar_one()
    debit = _listed((_words(str(side)) - {"debit", "credit"}) | {"bank_charges"})
    op.execute(
        "ALTER TABLE ledger_accounts ALTER COLUMN side "
        f"SET EXPRESSION AS (CASE WHEN purpose IN ({debit}) THEN 'debit' ELSE 'credit' END)"
    )


def _statements() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=34, collation="C"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("identification", sa.String(length=70, collation="C"), nullable=False),
        sa.Column("electronic_number", sa.BigInteger(), nullable=True),
        sa.Column("legal_number", sa.BigInteger(), nullable=True),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("opening_on", sa.Date(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_on", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("account ~ '^[A-Z0-9]{4,34}$'", name=op.f("ck_bank_statements_account_form")),
        sa.CheckConstraint("closing_on >= opening_on", name=op.f("ck_bank_statements_days_in_order")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_bank_statements_currency_is_iso4217")),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_bank_statements_digest_is_sha256")),
        sa.CheckConstraint("position > 0 AND entries >= 0", name=op.f("ck_bank_statements_counted")),
        sa.ForeignKeyConstraint(["imported_by"], ["people.id"], name=op.f("fk_bank_statements_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint(
            "account", "currency", "identification", name=op.f("uq_bank_statements_account_currency_identification")
        ),
        sa.UniqueConstraint(
            "account", "currency", "position", name=op.f("uq_bank_statements_account_currency_position")
        ),
        sa.UniqueConstraint("account", "currency", "sha256", name=op.f("uq_bank_statements_account_currency_sha256")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_bank_statements_id_currency")),
    )


def _entries() -> None:
    op.create_table(
        "bank_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("booked_minor", sa.BigInteger(), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("is_charge", sa.Boolean(), nullable=False),
        sa.Column("bank_reference", sa.String(length=70, collation="C"), nullable=True),
        sa.Column("original", sa.String(length=70, collation="C"), nullable=True),
        sa.Column("structured", postgresql.ARRAY(sa.String(length=70)), nullable=False),
        sa.Column("written", postgresql.ARRAY(sa.String(length=25)), nullable=False),
        sa.Column("remittance", sa.String(length=2000), nullable=True),
        sa.Column("party_name", sa.String(length=140), nullable=True),
        sa.Column("party_account", sa.String(length=34), nullable=True),
        sa.Column("instructed_minor", sa.BigInteger(), nullable=True),
        sa.Column("instructed_currency", sa.String(length=3), nullable=True),
        sa.CheckConstraint(
            "amount_minor <> 0 AND (charge_minor = 0 OR amount_minor > 0)",
            name=op.f("ck_bank_entries_amount_in_one_direction"),
        ),
        sa.CheckConstraint(
            "amount_minor = booked_minor + charge_minor AND charge_minor >= 0",
            name=op.f("ck_bank_entries_amount_is_whole"),
        ),
        sa.CheckConstraint("entry > 0 AND part > 0", name=op.f("ck_bank_entries_counted")),
        sa.CheckConstraint(
            "num_nonnulls(instructed_minor, instructed_currency) IN (0, 2)",
            name=op.f("ck_bank_entries_instructed_is_whole"),
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_entries_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_entries")),
        sa.UniqueConstraint("statement_id", "entry", "part", name=op.f("uq_bank_entries_statement_id_entry_part")),
    )
    for column in ("original", "bank_reference"):
        op.create_index(
            f"ix_bank_entries_{column}",
            "bank_entries",
            [column],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def _tasks() -> None:
    op.create_table(
        "bank_tasks",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'new'"), nullable=False),
        sa.Column("finding", sa.String(length=20), nullable=True),
        sa.Column("refusal", sa.String(length=60), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "finding IN ('no_reference', 'unknown_reference', 'ambiguous', 'other_currency', 'nothing_awaited', "
            "'too_little', 'too_much', 'reversal', 'money_out', 'refused', 'undone')",
            name=op.f("ck_bank_tasks_finding_known"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND left_minor BETWEEN 0 AND amount_minor "
            "OR amount_minor < 0 AND left_minor BETWEEN amount_minor AND 0",
            name=op.f("ck_bank_tasks_left_in_range"),
        ),
        sa.CheckConstraint("(state = 'open') = (finding IS NOT NULL)", name=op.f("ck_bank_tasks_open_says_why")),
        sa.CheckConstraint("(state = 'settled') = (left_minor = 0)", name=op.f("ck_bank_tasks_settled_is_whole")),
        sa.CheckConstraint("state IN ('new', 'open', 'settled')", name=op.f("ck_bank_tasks_state_known")),
        sa.ForeignKeyConstraint(["entry_id"], ["bank_entries.id"], name=op.f("fk_bank_tasks_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_bank_tasks")),
    )
    op.create_index("ix_bank_tasks_state", "bank_tasks", ["state", "entry_id"], unique=False)


def _matches() -> None:
    op.create_table(
        "bank_matches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("reference", sa.String(length=70), nullable=True),
        sa.Column("subject_kind", sa.String(length=40), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("offset_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("matched_by", sa.Uuid(), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(kind = 'offset') = (offset_id IS NOT NULL)", name=op.f("ck_bank_matches_offset_has_other")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_bank_matches_amount_of_something")),
        sa.CheckConstraint(
            "kind <> 'not_ours' OR reason IS NOT NULL", name=op.f("ck_bank_matches_not_ours_has_reason")
        ),
        sa.CheckConstraint(
            "kind IN ('reference', 'offset', 'not_ours', 'charge')", name=op.f("ck_bank_matches_kind_known")
        ),
        sa.CheckConstraint(
            "num_nonnulls(owner, reference, subject_kind, subject_id) = CASE kind WHEN 'reference' THEN 4 ELSE 0 END",
            name=op.f("ck_bank_matches_reference_has_owner"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(undone_at, undone_because) IN (0, 2)", name=op.f("ck_bank_matches_undone_has_reason")
        ),
        sa.CheckConstraint(
            "source IN ('structured', 'text', 'bank', 'hand')", name=op.f("ck_bank_matches_source_known")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["bank_entries.id"], name=op.f("fk_bank_matches_entry_id")),
        sa.ForeignKeyConstraint(["offset_id"], ["bank_entries.id"], name=op.f("fk_bank_matches_offset_id")),
        sa.ForeignKeyConstraint(["matched_by"], ["people.id"], name=op.f("fk_bank_matches_matched_by")),
        sa.ForeignKeyConstraint(["undone_by"], ["people.id"], name=op.f("fk_bank_matches_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_matches")),
    )
    op.create_index("ix_bank_matches_entry_id", "bank_matches", ["entry_id"], unique=False)
    for column in ("offset_id", "subject_id"):
        op.create_index(
            f"ix_bank_matches_{column}",
            "bank_matches",
            [column],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


GUARDS = """
CREATE FUNCTION bank_refuse(p_guard text, p_message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_message USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

-- Each statement begins with what the one before ended with.
CREATE FUNCTION bank_statements_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before bank_statements;
BEGIN
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    NEW.imported_at := app_now();
    IF NEW.position > 1 THEN
        SELECT * INTO before FROM bank_statements
        WHERE account = NEW.account AND currency = NEW.currency AND position = NEW.position - 1;
        IF NOT FOUND OR before.closing_minor <> NEW.opening_minor OR before.closing_on > NEW.closing_on THEN
            PERFORM bank_refuse('bank_statements_follow', 'a statement begins with what the one before ended with');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_statements_guarded BEFORE INSERT ON bank_statements
FOR EACH ROW EXECUTE FUNCTION bank_statements_guard();

-- Looked at when the transaction ends.
CREATE FUNCTION bank_statements_sum() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT (count(*), coalesce(sum(booked_minor), 0)) IS DISTINCT FROM
               (NEW.entries::bigint, (NEW.closing_minor - NEW.opening_minor)::numeric)
        FROM bank_entries WHERE statement_id = NEW.id) THEN
        PERFORM bank_refuse('bank_statements_add_up', format('statement %s does not add up', NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER bank_statements_add_up AFTER INSERT ON bank_statements
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bank_statements_sum();

CREATE FUNCTION bank_entries_arrive() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM arrived a JOIN bank_statements s ON s.id = a.statement_id
               WHERE s.transaction_id <> pg_current_xact_id()::text::bigint OR s.currency <> a.currency) THEN
        PERFORM bank_refuse('bank_entries_with_statement', 'entries come with their statement, in its currency');
    END IF;
    INSERT INTO bank_tasks (entry_id, amount_minor, left_minor) SELECT id, amount_minor, amount_minor FROM arrived;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_entries_arrived AFTER INSERT ON bank_entries
REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION bank_entries_arrive();

CREATE FUNCTION bank_matches_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.undone_at IS NOT NULL THEN
            PERFORM bank_refuse('bank_matches_way', 'a match begins standing');
        END IF;
        NEW.matched_at := app_now();
        RETURN NEW;
    END IF;
    IF OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL
        OR to_jsonb(NEW) - '{undone_at,undone_by,undone_because}'::text[]
           <> to_jsonb(OLD) - '{undone_at,undone_by,undone_because}'::text[] THEN
        PERFORM bank_refuse('bank_matches_way', 'a match is undone once, and not changed otherwise');
    END IF;
    NEW.undone_at := app_now();
    RETURN NEW;
END $$;
CREATE TRIGGER bank_matches_guarded BEFORE INSERT OR UPDATE ON bank_matches
FOR EACH ROW EXECUTE FUNCTION bank_matches_guard();
CREATE TRIGGER bank_matches_not_deleted BEFORE DELETE OR TRUNCATE ON bank_matches
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION bank_matches_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    change bigint := CASE TG_OP WHEN 'INSERT' THEN -NEW.amount_minor ELSE NEW.amount_minor END;
BEGIN
    UPDATE bank_tasks SET
        left_minor = left_minor + change,
        state = CASE WHEN left_minor + change = 0 THEN 'settled' WHEN state = 'settled' THEN 'open' ELSE state END,
        finding = CASE WHEN left_minor + change = 0 THEN NULL WHEN state = 'settled' THEN 'undone' ELSE finding END,
        refusal = NULL,
        changed_at = app_now()
    WHERE entry_id = NEW.entry_id;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_matches_applied AFTER INSERT OR UPDATE ON bank_matches
FOR EACH ROW EXECUTE FUNCTION bank_matches_apply();

CREATE FUNCTION bank_tasks_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.entry_id, NEW.amount_minor) IS DISTINCT FROM (OLD.entry_id, OLD.amount_minor)
        OR (NEW.state = 'new' AND OLD.state <> 'new') THEN
        PERFORM bank_refuse('bank_tasks_way', 'what was looked at is not new any more');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_tasks_guarded BEFORE UPDATE ON bank_tasks FOR EACH ROW EXECUTE FUNCTION bank_tasks_guard();
CREATE TRIGGER bank_tasks_not_deleted BEFORE DELETE OR TRUNCATE ON bank_tasks
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();
"""


def _walls() -> None:
    """The house's own accounts: the operator's people alone see and assign what is on them, and the worker for them."""
    for table in ("bank_statements", "bank_entries", "bank_tasks", "bank_matches"):
        wall(table)
        grant(table, ("SELECT",), APP, WORKER, AUDITOR)
        grant(table, (f"SELECT ({SHOWN[table]})" if table in SHOWN else "SELECT",), BACKOFFICE)
        policy(table, f"{table}_read", "SELECT", OPERATOR, None, APP, WORKER)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
        policy(table, f"{table}_guards", "ALL", "true", "true", OWNER)
        if table != "bank_tasks":
            grant(table, ("INSERT",), APP, WORKER)
            policy(table, f"{table}_insert", "INSERT", None, OPERATOR, APP, WORKER)
    append_only("bank_statements")
    append_only("bank_entries")
    changes = {
        "bank_tasks": "state, finding, refusal, changed_at",
        "bank_matches": "undone_at, undone_by, undone_because",
    }
    for table, columns in changes.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}, {WORKER}")
        policy(table, f"{table}_update", "UPDATE", OPERATOR, OPERATOR, APP, WORKER)
