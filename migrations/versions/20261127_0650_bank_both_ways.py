"""Payouts that come back, payments and refunds of milestones by bank, references on milestones and open items."""

import re

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import BACKOFFICE

revision = "20261127_0650"
down_revision = "20261127_0640"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _payouts()
    _milestones()
    _open_items()
    _ledger()


def _check(table: str, name: str, condition: str, *, anew: bool = False) -> None:
    """A constraint, instead of the one of its name where it is made anew."""
    if anew:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _reference(table: str) -> None:
    op.add_column(table, sa.Column("reference", sa.String(length=25, collation="C"), nullable=True))
    op.create_unique_constraint(op.f(f"uq_{table}_reference"), table, ["reference"])


def _payouts() -> None:
    _reference("payouts")
    op.add_column("payouts", sa.Column("returned_on", sa.Date(), nullable=True))
    op.add_column("payouts", sa.Column("return_reason", sa.String(length=500), nullable=True))
    op.add_column("payouts", sa.Column("kept_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    states = "'sending', 'sent', 'failed', 'set_off', 'returned'"
    _check("payouts", "state_known", f"state IN ({states})", anew=True)
    told = "way <> 'bank' OR state NOT IN ('sent', 'returned') OR bank_reference IS NOT NULL"
    _check("payouts", "bank_tells_reference", told, anew=True)
    _check("payouts", "bank_returns", "way = 'bank' OR reference IS NULL AND state <> 'returned'")
    _check("payouts", "returned_on_a_day", "(state = 'returned') = (returned_on IS NOT NULL)")
    _check("payouts", "reason_of_return", "state = 'returned' OR return_reason IS NULL")
    kept = "kept_minor = 0 OR state = 'returned' AND kept_minor > 0 AND kept_minor < sent_minor"
    _check("payouts", "kept_in_range", kept)
    op.execute(f"GRANT SELECT (reference, returned_on, return_reason, kept_minor) ON payouts TO {BACKOFFICE}")
    op.execute(PAYOUTS)
    op.execute(ITEMS)


# What was sent by bank comes back once, and stays as it was sent.
PAYOUTS = """
CREATE OR REPLACE FUNCTION payouts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{sent_minor,state,bank_reference,ended_at}';
    returns text[] := '{state,returned_on,return_reason,kept_minor}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('sending', 'set_off') OR NEW.sent_minor <> 0 THEN
            PERFORM payouts_refuse('payouts_way', 'a payout begins with all that is to be sent');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'sent' AND NEW.state = 'returned' THEN
        IF to_jsonb(NEW) - returns <> to_jsonb(OLD) - returns THEN
            PERFORM payouts_refuse('payouts_stay', 'what came back stays as it was sent');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR NEW.sent_minor < OLD.sent_minor THEN
        PERFORM payouts_refuse('payouts_stay', 'a payout stays as it was made');
    END IF;
    IF OLD.state <> 'sending' OR NEW.state NOT IN ('sending', 'sent', 'failed') THEN
        PERFORM payouts_refuse('payouts_way', 'a payout that has ended stays so');
    END IF;
    RETURN NEW;
END $$;
"""

# What was sent by bank waits again when its payout came back: whole, for another attempt.
ITEMS = """
CREATE OR REPLACE FUNCTION payout_items_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{by_bank,taken_back_minor,set_off_minor,sent_minor,reversed_minor,due_on,state,payout_id,attempt,problem,'
                    'transfer,sent_on,told}';
    returns text[] := '{set_off_minor,sent_minor,due_on,state,payout_id,attempt,sent_on,told}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' OR NEW.attempt <> 1 OR NEW.taken_back_minor <> 0 THEN
            PERFORM payouts_refuse('payout_items_way', 'what is owed begins waiting, and whole');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR NEW.attempt < OLD.attempt
        OR NEW.taken_back_minor < OLD.taken_back_minor OR NEW.reversed_minor < OLD.reversed_minor THEN
        PERFORM payouts_refuse('payout_items_stay', 'what is owed stays as it was told');
    END IF;
    IF OLD.state = 'sent' AND NEW.state = 'waiting' THEN
        IF to_jsonb(NEW) - returns <> to_jsonb(OLD) - returns OR NEW.attempt <> OLD.attempt + 1
            OR NOT EXISTS (SELECT 1 FROM payouts p WHERE p.id = OLD.payout_id AND p.state = 'returned') THEN
            PERFORM payouts_refuse('payout_items_way', 'what was sent is owed again when its payout came back');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('waiting', 'sending'), ('waiting', 'set_off'), ('waiting', 'dropped'), ('sending', 'sent'), ('sending', 'waiting'),
        ('sending', 'refused'), ('refused', 'waiting'), ('refused', 'dropped')) THEN
        PERFORM payouts_refuse('payout_items_way', format('an item does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.taken_back_minor <> OLD.taken_back_minor AND OLD.state NOT IN ('waiting', 'refused') THEN
        PERFORM payouts_refuse('payout_items_stay', 'what is sent, or is being sent, is not taken back so');
    END IF;
    IF OLD.state = 'sending' AND NEW.state IN ('sending', 'sent') AND NEW.set_off_minor <> OLD.set_off_minor THEN
        PERFORM payouts_refuse('payout_items_stay', 'the amount that is being sent stays');
    END IF;
    IF OLD.state IN ('sent', 'set_off', 'dropped')
        AND to_jsonb(NEW) - 'reversed_minor' <> to_jsonb(OLD) - 'reversed_minor' THEN
        PERFORM payouts_refuse('payout_items_stay', 'what has ended stays so');
    END IF;
    RETURN NEW;
END $$;
"""


def _milestones() -> None:
    _reference("payment_milestones")
    _reference("milestone_refunds")
    for table in ("milestone_payments", "milestone_refunds"):
        op.add_column(table, sa.Column("match_id", sa.Uuid(), nullable=True))
        op.execute(f"GRANT SELECT (match_id) ON {table} TO {BACKOFFICE}")
    op.execute(f"GRANT SELECT (reference) ON milestone_refunds TO {BACKOFFICE}")
    table = "milestone_payments"
    name = op.f("uq_milestone_payments_match_id_milestone_id")
    op.create_unique_constraint(name, table, ["match_id", "milestone_id"])
    _check(table, "way_known", "way IN ('method', 'transfer', 'bank')", anew=True)
    known = "state NOT IN ('processing', 'captured', 'withdrawing', 'withdrawn') OR payment IS NOT NULL OR way = 'bank'"
    _check(table, "known_to_the_provider", known, anew=True)
    _check(table, "bank_has_match", "(way = 'bank') = (match_id IS NOT NULL)")
    _check(table, "bank_brought_it", "way <> 'bank' OR state = 'captured' AND payment IS NULL")
    _check("milestone_refunds", "by_bank_is_named", "num_nonnulls(match_id, reference) IN (0, 2)")
    _check("milestone_refunds", "bank_is_not_asked", "match_id IS NULL OR refund IS NULL AND state <> 'processing'")
    op.execute(PAYMENTS)


# What came by bank has come when it is heard of.
PAYMENTS = """
CREATE OR REPLACE FUNCTION milestone_payments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,captured_minor,token,method,shown,payment,bank_accounts,remittance,instructions_url,reason,looked_at,'
        'changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.way = 'bank') <> (NEW.state = 'captured') OR NEW.state NOT IN ('pending', 'captured') THEN
            PERFORM schedules_refuse('milestone_payments_way', 'a payment begins pending, unless it came by bank');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR OLD.payment IS NOT NULL AND NEW.payment IS DISTINCT FROM OLD.payment
        OR OLD.state = 'captured' AND NEW.captured_minor <> OLD.captured_minor THEN
        PERFORM schedules_refuse('milestone_payments_stay', 'a payment stays what it is, and what came stays');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'processing'), ('pending', 'captured'), ('pending', 'declined'), ('processing', 'captured'),
        ('processing', 'declined'), ('processing', 'withdrawing'), ('processing', 'withdrawn'), ('withdrawing', 'withdrawn'),
        ('withdrawing', 'captured'), ('withdrawing', 'declined'), ('declined', 'captured'), ('withdrawn', 'captured')) THEN
        PERFORM schedules_refuse('milestone_payments_way', format('a payment does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
"""


def _open_items() -> None:
    _reference("open_items")
    op.execute(f"GRANT SELECT (reference) ON open_items TO {BACKOFFICE}")


def _ledger() -> None:
    """Remainders of pooled purchases are the lead's: nothing was ever posted to an account of the house for them."""
    told = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
    for name, check in (
        ("ck_ledger_accounts_purpose_known", "purpose IN ({words})"),
        ("ck_ledger_accounts_held_by_purpose", "(organization_id IS NULL) = (purpose IN ({words}))"),
    ):
        definition = str(op.get_bind().execute(sa.text(told), {"name": name}).scalar_one())
        words = set(re.findall(r"'([a-z_]+)'::", definition)) - {"clearing_remainder"}
        listed = ", ".join(f"'{word}'" for word in sorted(words))
        op.execute(f"ALTER TABLE ledger_accounts DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE ledger_accounts ADD CONSTRAINT {name} CHECK ({check.format(words=listed)})")
