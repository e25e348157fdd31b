"""What is not owed of milestones any more by settlements of disputes, and what of advances was lost or taken back by banks."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import BACKOFFICE

revision = "20261127_0640"
down_revision = "20261127_0620"
branch_labels = None
depends_on = None

# Tables of which rows are told anew: their owner sees none of them otherwise.
CHANGED = ("payment_milestones", "milestone_refunds", "financings", "financing_payments")


def upgrade() -> None:
    _columns()
    for statements in (MILESTONES, SUMS, FINANCINGS, FINANCING_PAYMENTS):
        op.execute(statements)
    for table in CHANGED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE payment_milestones DISABLE TRIGGER payment_milestones_guarded")
    for statement in TOLD_ANEW:
        op.execute(statement)
    # What is looked at when a transaction ends is looked at here: a table with something pending is not altered.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("ALTER TABLE payment_milestones ENABLE TRIGGER payment_milestones_guarded")
    for table in CHANGED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    _checks()


def _columns() -> None:
    def amounts(table: str, *names: str) -> None:
        for name in names:
            op.add_column(table, sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))

    amounts("payment_milestones", "reduced_minor")
    amounts("financings", "lost_minor", "taken_minor")
    amounts("financing_payments", "advanced_minor", "refunded_minor", "taken_supplier_minor", "taken_financier_minor")
    op.add_column("financing_payments", sa.Column("dispute", sa.String(length=200, collation="C"), nullable=True))
    op.add_column("financing_payments", sa.Column("dispute_state", sa.String(length=4), nullable=True))
    shown = "advanced_minor, refunded_minor, taken_supplier_minor, taken_financier_minor, dispute, dispute_state"
    op.execute(f"GRANT SELECT ({shown}) ON financing_payments TO {BACKOFFICE}")
    op.create_index(
        "uq_financing_payments_dispute",
        "financing_payments",
        ["dispute"],
        unique=True,
        postgresql_where=sa.text("dispute IS NOT NULL"),
    )


TOLD_ANEW = (
    # What was settled for the buyer is not owed, and what was given back by that was paid in excess. Where something was given
    # back otherwise, it counted against his part: so much is not owed as was given back by the settlement.
    """
    WITH settled AS (
        SELECT milestone_id, sum(refund_minor) AS refund FROM payment_disputes WHERE refund_minor > 0 GROUP BY 1
    ), back AS (
        SELECT milestone_id, bool_or(kind IN ('foreign', 'decision')) AS otherwise,
            coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE kind = 'dispute'), 0) AS given
        FROM milestone_refunds WHERE state <> 'failed' GROUP BY 1
    )
    UPDATE payment_milestones m SET surplus_minor = m.surplus_minor + coalesce(b.given, 0), version = m.version + 1,
        reduced_minor = least(m.amount_minor, CASE WHEN b.otherwise THEN b.given ELSE s.refund END)
    FROM settled s LEFT JOIN back b ON b.milestone_id = s.milestone_id WHERE s.milestone_id = m.id
    """,
    "UPDATE financings SET lost_minor = funded_minor - principal_minor - repaid_minor WHERE state = 'lost'",
    """
    UPDATE financing_payments p SET advanced_minor = least(p.captured_minor, f.funded_minor) FROM financings f
    WHERE f.id = p.financing_id AND f.funded_on IS NOT NULL AND p.id = (
        SELECT q.id FROM financing_payments q WHERE q.financing_id = f.id AND q.state = 'captured'
        ORDER BY q.changed_at, q.id LIMIT 1)
    """,
)


def _checks() -> None:
    def replaced(table: str, **checks: str) -> None:
        for name, condition in checks.items():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)

    # It holds of every release, and no more of what a bank or a failed refund gives back to the supplier.
    op.drop_constraint(op.f("ck_payment_milestones_released_at_most_the_amount"), "payment_milestones")
    replaced("payment_milestones", reduced_is_a_part="reduced_minor BETWEEN 0 AND amount_minor")
    replaced(
        "financings",
        state_known="state IN ('funding', 'cancelled', 'running', 'repaid', 'made_good', 'lost', 'reversed')",
        nothing_negative=(
            "least(funded_minor, principal_minor, charge_minor, repaid_minor, charged_minor, lost_minor, taken_minor) >= 0"
        ),
        principal_adds_up="principal_minor + repaid_minor + lost_minor + taken_minor = funded_minor",
        ended_owes_nothing=(
            "state NOT IN ('repaid', 'made_good', 'lost', 'reversed') OR principal_minor + charge_minor = 0"
        ),
    )
    replaced(
        "financing_moves",
        kind_known="kind IN ('repaid', 'returned', 'recourse', 'lost', 'undone', 'renewed')",
    )
    replaced(
        "financing_payments",
        dispute_state_known="dispute_state IN ('open', 'won', 'lost')",
        dispute_stands="(dispute IS NULL) = (dispute_state IS NULL)",
        parts_of_what_came=(
            "least(advanced_minor, refunded_minor, taken_supplier_minor, taken_financier_minor) >= 0 "
            "AND advanced_minor <= captured_minor "
            "AND refunded_minor + taken_supplier_minor + taken_financier_minor <= captured_minor"
        ),
    )


MILESTONES = """
CREATE OR REPLACE FUNCTION payment_milestones_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,silent_at,accepted_at,accepted_by,free_on,retention_settled,due_on,pay_by,frozen_by,funded_minor,'
        'released_minor,refunding_minor,refunded_minor,surplus_minor,charged_back_minor,taken_back_minor,reduced_minor,steps,'
        'version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'planned' OR NEW.steps <> 0 OR NEW.frozen_by IS NOT NULL OR NEW.retention_settled
            OR NEW.reduced_minor <> 0 THEN
            PERFORM schedules_refuse('payment_milestones_way', 'a milestone begins as planned');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR NEW.steps < OLD.steps
        OR (OLD.retention_settled AND NOT NEW.retention_settled) THEN
        PERFORM schedules_refuse('payment_milestones_stay', 'what was agreed on stays, and what has happened');
    END IF;
    IF NEW.reduced_minor <> OLD.reduced_minor
        AND (NEW.reduced_minor < OLD.reduced_minor OR OLD.frozen_by IS NULL OR NEW.frozen_by IS NOT NULL) THEN
        PERFORM schedules_refuse('payment_milestones_reduced', 'less is owed by the settlement of a dispute alone');
    END IF;
    IF OLD.state = 'accepted' AND (NEW.state, NEW.accepted_at, NEW.accepted_by, NEW.free_on)
        IS DISTINCT FROM (OLD.state, OLD.accepted_at, OLD.accepted_by, OLD.free_on)
        OR NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('planned', 'evidenced'), ('returned', 'evidenced'), ('evidenced', 'returned'),
            ('planned', 'accepted'), ('evidenced', 'accepted'), ('returned', 'accepted')) THEN
        PERFORM schedules_refuse('payment_milestones_way', format('a milestone does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'accepted' AND OLD.state <> 'accepted' AND NOT (
        NEW.accepted_by = 'buyer' AND app_organization_id() IS NOT DISTINCT FROM NEW.buyer_id
        OR NEW.accepted_by = 'silence' AND OLD.state = 'evidenced' AND OLD.silent_at <= app_now()
        OR NEW.accepted_by = 'terms' AND NEW.evidence IN ('none', 'order_acknowledged')
        OR NEW.accepted_by = 'dispute' AND NEW.funded_minor + NEW.reduced_minor > 0) THEN
        PERFORM schedules_refuse('payment_milestones_accepted', 'a milestone is accepted by its buyer, or by his silence');
    END IF;
    IF OLD.frozen_by IS NOT NULL AND (NEW.frozen_by <> OLD.frozen_by OR NEW.frozen_by IS NOT NULL AND (
        NEW.state <> OLD.state OR NEW.released_minor <> OLD.released_minor OR NEW.refunding_minor > OLD.refunding_minor)) THEN
        PERFORM schedules_refuse('payment_milestones_frozen', 'nothing of a disputed milestone moves');
    END IF;
    RETURN NEW;
END $$;
"""

# Looked at when the transaction ends: a milestone's sums are those of what happened to it, and nothing is released beyond what
# it is worth.
SUMS = """
CREATE OR REPLACE FUNCTION payment_milestone_sums() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    concerned uuid;
    stands payment_milestones;
    back record;
    charged record;
BEGIN
    IF TG_TABLE_NAME = 'payment_milestones' THEN
        concerned := NEW.id;
    ELSE
        concerned := NEW.milestone_id;
    END IF;
    SELECT * INTO stands FROM payment_milestones WHERE id = concerned;
    SELECT coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE state = 'done'), 0) AS done,
        coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE state <> 'done'), 0) AS put_aside,
        coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE kind IN ('surplus', 'dispute')), 0) AS surplus,
        coalesce(sum(from_supplier_minor), 0) AS from_supplier
    INTO back FROM milestone_refunds WHERE milestone_id = concerned AND state <> 'failed';
    SELECT coalesce(sum(from_escrow_minor + from_supplier_minor), 0) AS taken,
        coalesce(sum(from_supplier_minor), 0) AS from_supplier
    INTO charged FROM milestone_chargebacks WHERE milestone_id = concerned AND state <> 'won';
    IF (stands.funded_minor, stands.released_minor, stands.refunded_minor, stands.refunding_minor, stands.surplus_minor,
        stands.charged_back_minor, stands.taken_back_minor) <> (
            (SELECT coalesce(sum(captured_minor), 0) FROM milestone_payments WHERE milestone_id = concerned),
            (SELECT coalesce(sum(amount_minor), 0) FROM milestone_releases WHERE milestone_id = concerned),
            back.done, back.put_aside, back.surplus, charged.taken, back.from_supplier + charged.from_supplier) THEN
        PERFORM schedules_refuse('payment_milestones_sums', format('sums of milestone %s', concerned));
    END IF;
    IF TG_TABLE_NAME = 'milestone_releases'
        AND stands.released_minor - stands.taken_back_minor > stands.amount_minor - stands.reduced_minor THEN
        PERFORM schedules_refuse('payment_milestones_released', format('milestone %s is worth less', concerned));
    END IF;
    RETURN NULL;
END $$;
"""

FINANCINGS = """
CREATE OR REPLACE FUNCTION financings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,funded_on,reckoned_on,funded_minor,principal_minor,charge_minor,repaid_minor,charged_minor,'
        'lost_minor,taken_minor,moves,version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'funding' OR NEW.funded_minor <> 0 OR app_organization_id() IS DISTINCT FROM NEW.supplier_id THEN
            PERFORM financing_refuse('financings_way', 'the supplier assigns, and the advance is to be paid');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR NEW.moves < OLD.moves OR NEW.reckoned_on < OLD.reckoned_on
        OR OLD.funded_on IS NOT NULL AND (NEW.funded_on, NEW.funded_minor) <> (OLD.funded_on, OLD.funded_minor) THEN
        PERFORM financing_refuse('financings_stay', 'what was assigned stays, and what was paid for it');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('funding', 'running'), ('funding', 'cancelled'), ('running', 'repaid'), ('running', 'made_good'), ('running', 'lost'),
        ('running', 'reversed'), ('repaid', 'running'), ('made_good', 'running'), ('lost', 'running'),
        ('reversed', 'running')) THEN
        PERFORM financing_refuse('financings_way', format('a financing does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.lost_minor < OLD.lost_minor THEN
        PERFORM financing_refuse('financings_way', 'what is lost stays lost');
    END IF;
    RETURN NEW;
END $$;
"""

FINANCING_PAYMENTS = """
CREATE OR REPLACE FUNCTION financing_payments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,captured_minor,advanced_minor,refunded_minor,dispute,dispute_state,taken_supplier_minor,'
        'taken_financier_minor,token,method,shown,payment,bank_accounts,remittance,instructions_url,reason,changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' THEN
            PERFORM financing_refuse('financing_payments_way', 'a payment begins pending');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR OLD.payment IS NOT NULL AND NEW.payment IS DISTINCT FROM OLD.payment
        OR OLD.state = 'captured' AND NEW.captured_minor <> OLD.captured_minor
        OR OLD.advanced_minor > 0 AND NEW.advanced_minor <> OLD.advanced_minor
        OR NEW.refunded_minor < OLD.refunded_minor
        OR NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('pending', 'processing'), ('pending', 'captured'), ('pending', 'declined'), ('processing', 'captured'),
            ('processing', 'declined'), ('declined', 'captured')) THEN
        PERFORM financing_refuse('financing_payments_way', 'a payment stays what it is, and goes one way');
    END IF;
    IF OLD.dispute_state IS NOT NULL AND (OLD.dispute, OLD.dispute_state) IS DISTINCT FROM (NEW.dispute, NEW.dispute_state)
        AND NOT (OLD.dispute = NEW.dispute AND OLD.dispute_state = 'open'
                 OR OLD.dispute <> NEW.dispute AND OLD.dispute_state = 'won') THEN
        PERFORM financing_refuse('financing_payments_way', 'what a bank has decided stays');
    END IF;
    RETURN NEW;
END $$;
"""
