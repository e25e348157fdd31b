"""What is not deleted is not emptied either; and milestones that were released before there were parts get theirs."""

from alembic import op

revision = "20261127_0690"
down_revision = "20261127_0672"
branch_labels = None
depends_on = None

# Their rows were kept one by one, and could all be lost at once.
KEPT = (
    "clearings", "commitments", "consolidation_members", "consolidations", "credit_lines", "financing_offers",
    "financing_payments", "financing_quotes", "financings", "framework_lines", "framework_orders", "freight_inquiries",
    "freight_offers", "freight_options", "invoice_filings", "invoice_series", "invoice_subjects", "milestone_chargebacks",
    "milestone_payments", "milestone_refunds", "payment_methods", "payment_milestones", "payout_calendars", "payout_defaults",
    "payout_items", "payout_take_backs", "payouts", "pool_deposits", "pool_offers", "rate_cards", "supplier_accounts",
)  # fmt: skip
READ = (
    "milestone_chargebacks", "milestone_parts", "milestone_payments", "milestone_refunds", "milestone_releases",
    "payout_calendars", "payout_defaults", "payout_items",
)  # fmt: skip

# Then no commission was taken and nothing sent on. What refunds and chargebacks took is taken of what was given last, as today;
# what is left is owed now. A refund that the provider has not done yet is set aside, as one is that is asked for today.
OF_BEFORE = """
DO $$
DECLARE
    step record;
    part record;
    wanted bigint;
    taken bigint;
    given uuid[] := '{}';
    today date := (app_now() AT TIME ZONE 'UTC')::date;
    first_open date := (SELECT max(period) + interval '1 month' FROM ledger_periods)::date;
BEGIN
    FOR step IN
        SELECT s.* FROM (
            SELECT milestone_id, buyer_id, supplier_id, currency, payment_id, number, amount_minor, true AS gives, false AS takes,
                false AS waits
            FROM milestone_releases
            UNION ALL
            SELECT milestone_id, buyer_id, supplier_id, currency, payment_id, number, from_supplier_minor, false, true,
                state <> 'done'
            FROM milestone_refunds WHERE state <> 'failed' AND from_supplier_minor > 0
            UNION ALL
            SELECT milestone_id, buyer_id, supplier_id, currency, payment_id, number, from_supplier_minor, state = 'won', true,
                false
            FROM milestone_chargebacks WHERE from_supplier_minor > 0
        ) s
        WHERE NOT EXISTS (
            SELECT 1 FROM milestone_parts p WHERE p.milestone_id = s.milestone_id AND p.number = s.number
        ) ORDER BY s.milestone_id, s.number
    LOOP
        wanted := CASE WHEN step.takes THEN step.amount_minor ELSE 0 END;
        FOR part IN
            SELECT owed_by, sum(amount_minor) AS left_minor FROM milestone_parts WHERE payment_id = step.payment_id
            GROUP BY owed_by HAVING sum(amount_minor) > 0 ORDER BY owed_by DESC
        LOOP
            taken := least(part.left_minor, wanted);
            EXIT WHEN taken = 0;
            INSERT INTO milestone_parts (id, milestone_id, buyer_id, supplier_id, currency, payment_id, number, owed_by,
                amount_minor, commission_minor)
            VALUES (uuidv7(), step.milestone_id, step.buyer_id, step.supplier_id, step.currency, step.payment_id, step.number,
                part.owed_by, -taken, 0);
            wanted := wanted - taken;
        END LOOP;
        IF step.gives THEN
            INSERT INTO milestone_parts (id, milestone_id, buyer_id, supplier_id, currency, payment_id, number, owed_by,
                amount_minor, commission_minor)
            VALUES (uuidv7(), step.milestone_id, step.buyer_id, step.supplier_id, step.currency, step.payment_id, step.number,
                step.number, step.amount_minor, 0)
            RETURNING given || id INTO given;
        END IF;
        IF step.waits THEN
            PERFORM ledger_post(jsonb_build_array(jsonb_build_object(
                'id', uuidv7(), 'cause_kind', 'milestone', 'cause_id', step.milestone_id, 'kind', 'refund_set_aside',
                'occasion', step.number, 'occurred_on', greatest(today, first_open),
                'legs', jsonb_build_array(
                    jsonb_build_object('organization_id', step.supplier_id, 'purpose', 'payable_to_supplier',
                        'currency', step.currency, 'amount_minor', step.amount_minor),
                    jsonb_build_object('organization_id', step.buyer_id, 'purpose', 'escrow',
                        'currency', step.currency, 'amount_minor', -step.amount_minor)))));
        END IF;
    END LOOP;
    INSERT INTO payout_items (id, supplier_id, cause_kind, cause_id, occasion, payment, by_bank, currency, amount_minor,
        released_on, due_on)
    SELECT uuidv7(), p.supplier_id, 'milestone', p.milestone_id, p.number, m.payment, false, p.currency,
        (SELECT sum(o.amount_minor) FROM milestone_parts o WHERE o.milestone_id = p.milestone_id AND o.owed_by = p.number),
        coalesce(r.released_on, today),
        greatest(today, coalesce(r.released_on, today) + coalesce(c.hold_days, d.hold_days))
    FROM milestone_parts p JOIN milestone_payments m ON m.id = p.payment_id CROSS JOIN payout_defaults d
    LEFT JOIN milestone_releases r ON (r.milestone_id, r.number) = (p.milestone_id, p.number)
    LEFT JOIN payout_calendars c ON c.organization_id = p.supplier_id
    WHERE p.id = ANY (given) AND (
        SELECT sum(o.amount_minor) FROM milestone_parts o WHERE o.milestone_id = p.milestone_id AND o.owed_by = p.number
    ) > 0 ORDER BY p.id;
END $$
"""


def upgrade() -> None:
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change()"
        )
    # Read and written behind the walls, for all organizations at once.
    for table in READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(OF_BEFORE)
    for table in READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
