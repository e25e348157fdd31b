"""Open items of invoices: what is left to be paid, early-payment discounts, what happened to each; told to the books in pairs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, BACKOFFICE, OWNER, WORKER, append_only, policy, tenant_table

revision = "20261127_0540"
down_revision = "20261127_0531"
branch_labels = None
depends_on = None

PURPOSES = (
    "'cash_at_provider', 'hold_at_provider', 'bank', 'commission_income', 'provider_fees', 'fx_position', "
    "'fx_gain_loss', 'rounding', 'tax', 'clearing_remainder', 'retained', 'receivable', 'financing_due', "
    "'payable_to_supplier', 'deposit_authorized', 'deposit_held', 'escrow', 'trade_payable'"
)
ISSUED = "issuer_id = app_organization_id()"
SIDES = f"{ISSUED} OR recipient_id = app_organization_id()"
# What the operator's screens show: not why an issuer waits, or has given something up.
SHOWN = {
    "open_items": "id, issuer_id, recipient_id, kind, invoice_id, source_kind, source_id, number, currency, issued_on, due_on, "
    "amount_minor, settled_minor, entries, closed_on, hold, held_at, subject_kind, subject_id, version, created_at",
    "open_item_entries": "id, item_id, issuer_id, recipient_id, position, kind, amount_minor, occurred_on, source_kind, "
    "source_id, reference, with_id, reverses_id, person_id, created_at",
}


def upgrade() -> None:
    op.drop_constraint(op.f("ck_ledger_accounts_purpose_known"), "ledger_accounts")
    op.create_check_constraint(op.f("ck_ledger_accounts_purpose_known"), "ledger_accounts", f"purpose IN ({PURPOSES})")
    op.add_column(
        "invoice_issuers",
        sa.Column("discounts", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_invoice_issuers_few_discounts"),
        "invoice_issuers",
        "jsonb_typeof(discounts) = 'array' AND jsonb_array_length(discounts) <= 3",
    )
    _open_items()
    _discounts()
    _entries()
    op.execute(GUARDS)
    _walls()
    for statements in (OF_BEFORE, BOOKS_OF_BEFORE):
        op.execute(statements)


def _open_items() -> None:
    op.create_table(
        "open_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.String(length=40, collation="C"), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(length=30, collation="C"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("entries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("hold", sa.String(length=8), nullable=True),
        sa.Column("hold_reason", sa.String(length=500), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(settled_minor = amount_minor) = (closed_on IS NOT NULL)", name=op.f("ck_open_items_closed_when_settled")
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND amount_minor <= 1000000000000000", name=op.f("ck_open_items_amount_in_range")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_open_items_currency_is_iso4217")),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_open_items_due_after_issue")),
        sa.CheckConstraint("hold IN ('paused', 'disputed')", name=op.f("ck_open_items_hold_known")),
        sa.CheckConstraint(
            "kind = 'credit' OR source_id IS NULL", name=op.f("ck_open_items_only_credits_come_of_payments")
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit')", name=op.f("ck_open_items_kind_known")),
        sa.CheckConstraint(
            "num_nonnulls(hold, hold_reason, held_at) IN (0, 3)", name=op.f("ck_open_items_hold_has_reason")
        ),
        sa.CheckConstraint("num_nonnulls(source_kind, source_id) IN (0, 2)", name=op.f("ck_open_items_source_whole")),
        sa.CheckConstraint("settled_minor BETWEEN 0 AND amount_minor", name=op.f("ck_open_items_settled_in_range")),
        sa.ForeignKeyConstraint(
            ["invoice_id", "issuer_id", "recipient_id", "currency"],
            ["invoices.id", "invoices.issuer_id", "invoices.recipient_id", "invoices.currency"],
            name=op.f("fk_open_items_invoice_id_issuer_id_recipient_id_currency"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["organizations.id"], name=op.f("fk_open_items_issuer_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organizations.id"], name=op.f("fk_open_items_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_items")),
        sa.UniqueConstraint("id", "issuer_id", "recipient_id", name=op.f("uq_open_items_id_issuer_id_recipient_id")),
    )
    table = "open_items"
    op.create_index("ix_open_items_invoice_id", table, ["invoice_id"])
    op.create_index("ix_open_items_issuer_id_due_on_id", table, ["issuer_id", "due_on", "id"])
    op.create_index("ix_open_items_recipient_id_due_on_id", table, ["recipient_id", "due_on", "id"])
    pair = ["issuer_id", "recipient_id", "currency", "due_on"]
    op.create_index("ix_open_items_of_pair", table, pair, postgresql_where=sa.text("closed_on IS NULL"))
    of_invoice = sa.text("kind = 'invoice'")
    op.create_index("uq_open_items_invoice", table, ["invoice_id"], unique=True, postgresql_where=of_invoice)
    source, named = ["invoice_id", "source_kind", "source_id"], sa.text("source_id IS NOT NULL")
    op.create_index("uq_open_items_source", table, source, unique=True, postgresql_where=named)


def _of_item(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["item_id", "issuer_id", "recipient_id"],
        ["open_items.id", "open_items.issuer_id", "open_items.recipient_id"],
        name=op.f(f"fk_{table}_item_id_issuer_id_recipient_id"),
    )


def _discounts() -> None:
    op.create_table(
        "open_item_discounts",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 1 AND 9999", name=op.f("ck_open_item_discounts_rate_in_range")),
        _of_item("open_item_discounts"),
        sa.PrimaryKeyConstraint("item_id", "until_on", name=op.f("pk_open_item_discounts")),
    )


def _entries() -> None:
    table = "open_item_entries"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("source_kind", sa.String(length=40, collation="C"), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=140), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("with_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'undone') = (reverses_id IS NOT NULL)", name=op.f("ck_open_item_entries_undone_names_what")
        ),
        sa.CheckConstraint(
            "amount_minor <> 0 AND (amount_minor < 0) = (kind = 'undone')",
            name=op.f("ck_open_item_entries_amount_has_sign"),
        ),
        sa.CheckConstraint(
            "kind IN ('payment', 'discount', 'credit_note', 'write_off', 'applied', 'paid_back', 'withdrawn', 'undone')",
            name=op.f("ck_open_item_entries_kind_known"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('write_off', 'undone') OR reason IS NOT NULL", name=op.f("ck_open_item_entries_reason_given")
        ),
        sa.CheckConstraint(
            "num_nonnulls(source_kind, source_id) IN (0, 2)", name=op.f("ck_open_item_entries_source_whole")
        ),
        _of_item(table),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_open_item_entries_person_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["open_item_entries.id"], name=op.f("fk_open_item_entries_reverses_id")
        ),
        sa.ForeignKeyConstraint(["with_id"], ["open_item_entries.id"], name=op.f("fk_open_item_entries_with_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item_entries")),
        sa.UniqueConstraint("item_id", "position", name=op.f("uq_open_item_entries_item_id_position")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_open_item_entries_reverses_id")),
    )
    with_it = sa.text("with_id IS NOT NULL")
    op.create_index("ix_open_item_entries_with_id", table, ["with_id"], postgresql_where=with_it)
    source, named = ["item_id", "kind", "source_kind", "source_id"], sa.text("source_id IS NOT NULL")
    op.create_index("uq_open_item_entries_source", table, source, unique=True, postgresql_where=named)


# An entry is numbered under its item's lock, and alone changes what is settled of it.
GUARDS = """
CREATE FUNCTION receivables_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

CREATE FUNCTION open_item_entries_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_item open_items;
    undone open_item_entries;
BEGIN
    SELECT * INTO of_item FROM open_items WHERE id = NEW.item_id FOR NO KEY UPDATE;
    NEW.position := of_item.entries + 1;
    IF of_item.kind = 'invoice' AND NEW.kind IN ('paid_back', 'withdrawn')
        OR of_item.kind = 'credit' AND NEW.kind NOT IN ('applied', 'paid_back', 'withdrawn', 'undone') THEN
        PERFORM receivables_refuse('open_item_entries_kind', format('a %s has no %s', of_item.kind, NEW.kind));
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO undone FROM open_item_entries WHERE id = NEW.reverses_id;
        IF undone.item_id IS DISTINCT FROM NEW.item_id OR undone.amount_minor <> -NEW.amount_minor
            OR undone.kind NOT IN ('payment', 'discount', 'paid_back') THEN
            PERFORM receivables_refuse('open_item_entries_undone', 'a payment is undone by its opposite');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER open_item_entries_numbered BEFORE INSERT ON open_item_entries
FOR EACH ROW EXECUTE FUNCTION open_item_entries_number();

CREATE FUNCTION open_item_entries_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE open_items SET settled_minor = settled_minor + NEW.amount_minor, entries = NEW.position, version = version + 1,
        closed_on = CASE WHEN settled_minor + NEW.amount_minor = amount_minor THEN NEW.occurred_on END
    WHERE id = NEW.item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER open_item_entries_applied AFTER INSERT ON open_item_entries
FOR EACH ROW EXECUTE FUNCTION open_item_entries_apply();

CREATE FUNCTION open_items_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moves text[] := '{settled_minor,entries,closed_on,hold,hold_reason,held_at,version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.settled_minor <> 0 OR NEW.entries <> 0 THEN
            PERFORM receivables_refuse('open_items_way', 'an item begins with all of it open');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR NEW.settled_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM open_item_entries WHERE item_id = NEW.id)
        OR NEW.entries <> (SELECT count(*) FROM open_item_entries WHERE item_id = NEW.id) THEN
        PERFORM receivables_refuse('open_items_stay', 'an item is changed by what happens to it alone');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER open_items_guarded BEFORE INSERT OR UPDATE ON open_items
FOR EACH ROW EXECUTE FUNCTION open_items_guard();
CREATE TRIGGER open_items_not_deleted BEFORE DELETE ON open_items FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER open_items_no_truncate BEFORE TRUNCATE ON open_items
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();
"""


def _walls() -> None:
    for table in ("open_items", "open_item_discounts", "open_item_entries"):
        tenant_table(table, owner=ISSUED, read=SIDES, privileges=("SELECT", "INSERT"))
        # The triggers look at all that happened to an item, whoever acts.
        policy(table, f"{table}_guards", "ALL", "true", "true", OWNER)
    op.execute(f"GRANT UPDATE (hold, hold_reason, held_at, version) ON open_items TO {APP}, {WORKER}")
    policy("open_items", "open_items_update", "UPDATE", ISSUED, ISSUED, APP, WORKER)
    for table, columns in SHOWN.items():
        op.execute(f"REVOKE SELECT ON {table} FROM {BACKOFFICE}")
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {BACKOFFICE}")
    append_only("open_item_discounts")
    append_only("open_item_entries")


# What was invoiced before is open, less what credit notes took back; what was paid of it, its issuers record.
OF_BEFORE = """
INSERT INTO open_items (id, issuer_id, recipient_id, kind, invoice_id, number, currency, issued_on, due_on, amount_minor,
    subject_kind, subject_id)
SELECT uuidv7(), issuer_id, recipient_id, 'invoice', id, number, currency, issued_on, coalesce(due_on, issued_on),
    payable_minor, subject_kind, subject_id
FROM invoices WHERE kind IN ('invoice', 'prepayment') AND payable_minor > 0 ORDER BY id;

DO $$
DECLARE
    note invoices;
    item open_items;
    taken bigint;
BEGIN
    FOR note IN SELECT * FROM invoices WHERE kind = 'credit_note' ORDER BY id LOOP
        SELECT * INTO item FROM open_items WHERE invoice_id = note.preceding_id AND kind = 'invoice';
        taken := least(coalesce(item.amount_minor - item.settled_minor, 0), note.gross_minor);
        IF taken > 0 THEN
            INSERT INTO open_item_entries (id, item_id, issuer_id, recipient_id, position, kind, amount_minor, occurred_on,
                source_kind, source_id, reference)
            VALUES (uuidv7(), item.id, item.issuer_id, item.recipient_id, 0, 'credit_note', taken, note.issued_on,
                'invoice', note.id, note.number);
        END IF;
        IF taken < note.gross_minor THEN
            INSERT INTO open_items (id, issuer_id, recipient_id, kind, invoice_id, number, currency, issued_on, due_on,
                amount_minor, subject_kind, subject_id)
            VALUES (uuidv7(), note.issuer_id, note.recipient_id, 'credit', note.id, note.number, note.currency, note.issued_on,
                note.issued_on, note.gross_minor - taken, note.subject_kind, note.subject_id);
        END IF;
    END LOOP;
END $$;
"""

# Of months that are closed the books say nothing more: what was invoiced in them is told on the first day after.
BOOKS_OF_BEFORE = """
SELECT ledger_post(coalesce(jsonb_agg(jsonb_build_object(
    'id', uuidv7(), 'cause_kind', 'invoice', 'cause_id', i.id,
    'kind', CASE i.kind WHEN 'credit_note' THEN 'credited' ELSE 'invoiced' END, 'occasion', 1,
    'occurred_on', greatest(i.issued_on, (SELECT max(period) + interval '1 month' FROM ledger_periods)::date),
    'legs', jsonb_build_array(
        jsonb_build_object('organization_id', i.issuer_id, 'purpose', 'receivable', 'currency', i.currency,
            'amount_minor', CASE i.kind WHEN 'credit_note' THEN -i.gross_minor ELSE i.payable_minor END),
        jsonb_build_object('organization_id', i.recipient_id, 'purpose', 'trade_payable', 'currency', i.currency,
            'amount_minor', CASE i.kind WHEN 'credit_note' THEN i.gross_minor ELSE -i.payable_minor END))
)), '[]'))
FROM invoices i WHERE i.kind = 'credit_note' OR i.kind IN ('invoice', 'prepayment') AND i.payable_minor > 0
"""
