"""What came by bank and was not meant for a milestone is taken off it again, and is owed again."""

from alembic import op

revision = "20261128_0300"
down_revision = "20261128_0200"
branch_labels = None
depends_on = None

TABLE = "milestone_refunds"
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
        coalesce(sum(from_escrow_minor + from_supplier_minor)
            FILTER (WHERE kind IN ('surplus', 'dispute', 'mistaken')), 0) AS surplus,
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


def upgrade() -> None:
    op.drop_constraint(op.f("ck_milestone_refunds_kind_known"), TABLE, type_="check")
    op.create_check_constraint(
        op.f("ck_milestone_refunds_kind_known"),
        TABLE,
        "kind IN ('decision', 'dispute', 'surplus', 'foreign', 'mistaken')",
    )
    op.create_check_constraint(
        op.f("ck_milestone_refunds_mistaken_came_by_bank"), TABLE, "kind <> 'mistaken' OR match_id IS NOT NULL"
    )
    op.execute(SUMS)
