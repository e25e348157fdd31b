"""Claims for late payment: what they are over, day by day; each is an open item of its own beside its invoice's."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import OWNER, append_only, policy, tenant_table

revision = "20261127_0710"
down_revision = "20261127_0700"
branch_labels = None
depends_on = None

CLAIMS, LINES = "late_payment_claims", "late_payment_claim_lines"
ISSUED = "issuer_id = app_organization_id()"
SIDES = f"{ISSUED} OR recipient_id = app_organization_id()"
OPEN = "kind = 'claim' AND closed_on IS NULL"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_open_items_kind_known"), "open_items")
    op.create_check_constraint(op.f("ck_open_items_kind_known"), "open_items", "kind IN ('invoice', 'credit', 'claim')")
    op.create_index("uq_open_items_claim", "open_items", ["invoice_id"], unique=True, postgresql_where=sa.text(OPEN))
    _claims()
    _lines()
    for table in (CLAIMS, LINES):
        tenant_table(table, owner=ISSUED, read=SIDES, privileges=("SELECT", "INSERT"))
        # The triggers look at whole claims, whoever acts.
        policy(table, f"{table}_guards", "SELECT", "true", None, OWNER)
        append_only(table)
    op.execute(GUARDS)


def _claims() -> None:
    sides = ["open_items.issuer_id", "open_items.recipient_id"]
    op.create_table(
        CLAIMS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), nullable=False),
        sa.Column("fixed_by", sa.String(length=6), nullable=True),
        sa.Column("country", sa.String(length=2, collation="C"), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(fixed_minor > 0) = (fixed_by IS NOT NULL)", name=op.f(f"ck_{CLAIMS}_fixed_by_somebody")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f(f"ck_{CLAIMS}_country_is_iso3166")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f(f"ck_{CLAIMS}_currency_is_iso4217")),
        sa.CheckConstraint(
            "due_on < first_on AND first_on <= last_on AND last_on <= claimed_on",
            name=op.f(f"ck_{CLAIMS}_days_in_order"),
        ),
        sa.CheckConstraint("fixed_by IN ('law', 'issuer')", name=op.f(f"ck_{CLAIMS}_fixed_by_known")),
        sa.CheckConstraint(
            "interest_minor >= 0 AND fixed_minor >= 0 AND interest_minor + fixed_minor > 0",
            name=op.f(f"ck_{CLAIMS}_something_claimed"),
        ),
        sa.ForeignKeyConstraint(
            ["id", "issuer_id", "recipient_id"],
            ["open_items.id", *sides],
            name=op.f(f"fk_{CLAIMS}_id_issuer_id_recipient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "issuer_id", "recipient_id"],
            ["open_items.id", *sides],
            name=op.f(f"fk_{CLAIMS}_item_id_issuer_id_recipient_id"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["organizations.id"], name=op.f(f"fk_{CLAIMS}_issuer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{CLAIMS}_person_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organizations.id"], name=op.f(f"fk_{CLAIMS}_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CLAIMS}")),
        sa.UniqueConstraint("id", "issuer_id", "recipient_id", name=op.f(f"uq_{CLAIMS}_id_issuer_id_recipient_id")),
    )
    op.create_index(f"ix_{CLAIMS}_item_id", CLAIMS, ["item_id"])
    op.create_index(f"ix_{CLAIMS}_issuer_id_id", CLAIMS, ["issuer_id", "id"])
    op.create_index(f"ix_{CLAIMS}_recipient_id_id", CLAIMS, ["recipient_id", "id"])


def _lines() -> None:
    op.create_table(
        LINES,
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference_bp", sa.SmallInteger(), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f(f"ck_{LINES}_days_in_order")),
        sa.CheckConstraint(
            "principal_minor > 0 AND rate_bp >= 0 AND interest_minor >= 0", name=op.f(f"ck_{LINES}_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id", "issuer_id", "recipient_id"],
            [f"{CLAIMS}.id", f"{CLAIMS}.issuer_id", f"{CLAIMS}.recipient_id"],
            name=op.f(f"fk_{LINES}_claim_id_issuer_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("claim_id", "position", name=op.f(f"pk_{LINES}")),
    )


# A claim is over what its lines come to, and its open item over just that: whoever writes them, when the transaction ends.
GUARDS = """
CREATE OR REPLACE FUNCTION open_item_entries_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_item open_items;
    undone open_item_entries;
BEGIN
    SELECT * INTO of_item FROM open_items WHERE id = NEW.item_id FOR NO KEY UPDATE;
    NEW.position := of_item.entries + 1;
    IF of_item.kind = 'invoice' AND NEW.kind IN ('paid_back', 'withdrawn')
        OR of_item.kind = 'claim' AND NEW.kind NOT IN ('payment', 'applied', 'write_off', 'withdrawn', 'undone')
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

CREATE FUNCTION late_payment_claims_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own open_items;
    claim late_payment_claims;
    late open_items;
    reckoned bigint;
BEGIN
    IF TG_TABLE_NAME = 'late_payment_claim_lines' THEN
        SELECT * INTO own FROM open_items WHERE id = NEW.claim_id;
    ELSE
        SELECT * INTO own FROM open_items WHERE id = NEW.id;
    END IF;
    SELECT * INTO claim FROM late_payment_claims WHERE id = own.id;
    SELECT * INTO late FROM open_items WHERE id = claim.item_id;
    SELECT coalesce(sum(interest_minor), 0) INTO reckoned FROM late_payment_claim_lines WHERE claim_id = own.id;
    IF claim.id IS NULL OR own.kind <> 'claim' OR late.kind <> 'invoice' OR own.invoice_id <> late.invoice_id
        OR (own.currency, late.currency, late.due_on) <> (claim.currency, claim.currency, claim.due_on)
        OR own.amount_minor <> claim.interest_minor + claim.fixed_minor OR claim.interest_minor <> reckoned THEN
        PERFORM receivables_refuse('late_payment_claims_whole', 'a claim is what its lines come to, and its item is over that');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER open_items_claimed AFTER INSERT ON open_items DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.kind = 'claim') EXECUTE FUNCTION late_payment_claims_whole();
CREATE CONSTRAINT TRIGGER late_payment_claims_whole AFTER INSERT ON late_payment_claims DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION late_payment_claims_whole();
CREATE CONSTRAINT TRIGGER late_payment_claim_lines_whole AFTER INSERT ON late_payment_claim_lines
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late_payment_claims_whole();
"""
