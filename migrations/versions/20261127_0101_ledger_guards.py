"""What the database holds of the ledger: postings balance, balances follow entries, closed months stay closed."""

from alembic import op

from app.kit.db.policies import APP, WORKER

revision = "20261127_0101"
down_revision = "20261127_0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statements in (REFUSE, ACCOUNTS, POSTINGS, ENTRIES, PERIODS, POST, CLOSE):
        op.execute(statements)
    for function in ("ledger_post(jsonb)", "ledger_reverse(uuid, uuid, date, text, uuid)", "ledger_close(date, uuid)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")


REFUSE = """
CREATE FUNCTION ledger_refuse(p_guard text, p_message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_message USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;
"""

ACCOUNTS = """
CREATE FUNCTION ledger_account_opened() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_balances (account_id, holder_id, currency, side, floor_minor)
    SELECT id, holder_id, currency, side, floor_minor FROM opened;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_accounts_opened AFTER INSERT ON ledger_accounts
REFERENCING NEW TABLE AS opened FOR EACH STATEMENT EXECUTE FUNCTION ledger_account_opened();

CREATE FUNCTION ledger_balances_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_refuse('ledger_balances_stay', 'a balance begins at nothing and stays with its account');
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_balances_begin BEFORE INSERT ON ledger_balances FOR EACH ROW
WHEN (NEW.balance_minor <> 0 OR NEW.entries <> 0) EXECUTE FUNCTION ledger_balances_guard();
CREATE TRIGGER ledger_balances_stay BEFORE UPDATE ON ledger_balances FOR EACH ROW
WHEN ((OLD.account_id, OLD.holder_id, OLD.currency, OLD.side, OLD.floor_minor)
      IS DISTINCT FROM (NEW.account_id, NEW.holder_id, NEW.currency, NEW.side, NEW.floor_minor) OR NEW.entries <= OLD.entries)
EXECUTE FUNCTION ledger_balances_guard();
CREATE TRIGGER ledger_balances_not_deleted BEFORE DELETE OR TRUNCATE ON ledger_balances
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();
"""

# Posters of all kinds hold one lock in common; who closes a month waits until they have committed, and they for him.
POSTINGS = """
CREATE FUNCTION ledger_postings_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7241180, 1);
    IF NEW.occurred_on < (SELECT max(period) + interval '1 month' FROM ledger_periods) THEN
        PERFORM ledger_refuse('ledger_postings_period', format('%s lies in a closed month', NEW.occurred_on));
    END IF;
    -- East of Greenwich the next day has begun.
    IF NEW.occurred_on > (app_now() AT TIME ZONE 'UTC')::date + 1 THEN
        PERFORM ledger_refuse('ledger_postings_day', format('%s is still to come', NEW.occurred_on));
    END IF;
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    NEW.posted_at := app_now();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_postings_guarded BEFORE INSERT ON ledger_postings
FOR EACH ROW EXECUTE FUNCTION ledger_postings_guard();

-- Looked at when the transaction ends.
CREATE FUNCTION ledger_postings_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT coalesce(sum(legs), 0) < 2 OR bool_or(total <> 0) FROM (
            SELECT count(*) AS legs, sum(amount_minor) AS total FROM ledger_entries WHERE posting_id = NEW.id GROUP BY currency
        ) AS by_currency) THEN
        PERFORM ledger_refuse('ledger_postings_balanced', format('posting %s does not balance', NEW.id));
    END IF;
    IF NEW.reverses_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM (
            SELECT account_id, amount_minor, count(*) AS times
            FROM ledger_entries WHERE posting_id = NEW.reverses_id GROUP BY 1, 2
        ) AS was FULL JOIN (
            SELECT account_id, -amount_minor AS amount_minor, count(*) AS times
            FROM ledger_entries WHERE posting_id = NEW.id GROUP BY 1, 2
        ) AS undone USING (account_id, amount_minor, times) WHERE was.times IS NULL OR undone.times IS NULL) THEN
        PERFORM ledger_refuse('ledger_postings_reversed', format('posting %s does not undo %s', NEW.id, NEW.reverses_id));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_postings_balanced AFTER INSERT ON ledger_postings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_postings_balance();
"""

# Balances are locked in one order: those of organizations by id, then those of the house, which everybody posts to.
ENTRIES = """
CREATE FUNCTION ledger_entries_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    touched record;
BEGIN
    IF EXISTS (SELECT 1 FROM arrived a JOIN ledger_postings p ON p.id = a.posting_id
               WHERE p.transaction_id <> pg_current_xact_id()::text::bigint) THEN
        PERFORM ledger_refuse('ledger_entries_with_posting', 'entries are made with their posting');
    END IF;
    FOR touched IN
        SELECT account_id, sum(amount_minor)::bigint AS moved, count(*) AS legs FROM arrived GROUP BY account_id, holder_id
        ORDER BY holder_id = '00000000-0000-0000-0000-000000000000', account_id
    LOOP
        UPDATE ledger_balances SET balance_minor = balance_minor + touched.moved, entries = entries + touched.legs
        WHERE account_id = touched.account_id;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_applied AFTER INSERT ON ledger_entries
REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_apply();
"""

PERIODS = """
CREATE FUNCTION ledger_periods_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last_closed date := (SELECT max(period) FROM ledger_periods);
    over date := (app_now() AT TIME ZONE 'UTC')::date;
BEGIN
    IF NEW.period + interval '1 month' > over OR NEW.period <= last_closed OR EXISTS (
        SELECT 1 FROM ledger_postings WHERE occurred_on < NEW.period
          AND occurred_on >= coalesce(last_closed + interval '1 month', '-infinity'::timestamp)) THEN
        PERFORM ledger_refuse('ledger_periods_in_order', format('%s cannot be closed now', NEW.period));
    END IF;
    NEW.closed_at := app_now();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_periods_guarded BEFORE INSERT ON ledger_periods FOR EACH ROW EXECUTE FUNCTION ledger_periods_guard();
"""

# A fact that was told before is not posted again; told otherwise than before it is refused. Reversals undo what stands.
POST = """
CREATE FUNCTION ledger_post(p_facts jsonb) RETURNS TABLE (asked uuid, stands uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    fresh uuid[];
BEGIN
    INSERT INTO ledger_accounts (organization_id, purpose, currency, floor_minor)
    SELECT DISTINCT l.organization_id, l.purpose, l.currency,
        CASE WHEN l.purpose IN ('deposit_authorized', 'deposit_held', 'escrow') THEN 0 END
    FROM jsonb_array_elements(p_facts) f,
        jsonb_to_recordset(f -> 'legs') AS l (organization_id uuid, purpose text, currency text)
    WHERE (SELECT a.id FROM ledger_accounts a
           WHERE a.holder_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')
             AND a.purpose = l.purpose AND a.currency = l.currency) IS NULL
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;

    WITH told AS (
        INSERT INTO ledger_postings (id, cause_kind, cause_id, kind, occasion, occurred_on)
        SELECT id, cause_kind, cause_id, kind, occasion, occurred_on FROM jsonb_to_recordset(p_facts)
            AS f (id uuid, cause_kind text, cause_id uuid, kind text, occasion smallint, occurred_on date)
        -- Told again after its month was closed, it must not be refused for that.
        WHERE NOT EXISTS (SELECT 1 FROM ledger_postings p
            WHERE (p.cause_kind, p.cause_id, p.kind, p.occasion) = (f.cause_kind, f.cause_id, f.kind, f.occasion))
        ORDER BY cause_kind, cause_id, kind, occasion
        ON CONFLICT ON CONSTRAINT uq_ledger_postings_fact DO NOTHING
        RETURNING id
    ) SELECT coalesce(array_agg(id), '{}') INTO fresh FROM told;

    IF cardinality(fresh) > 0 THEN
        INSERT INTO ledger_entries (posting_id, account_id, holder_id, currency, amount_minor, occurred_on)
        SELECT f.id,
            (SELECT a.id FROM ledger_accounts a
             WHERE a.holder_id = l.holder_id AND a.purpose = l.purpose AND a.currency = l.currency),
            l.holder_id, l.currency, l.amount_minor, f.occurred_on
        FROM jsonb_to_recordset(p_facts) AS f (id uuid, occurred_on date, legs jsonb)
        CROSS JOIN LATERAL (
            SELECT coalesce(organization_id, '00000000-0000-0000-0000-000000000000') AS holder_id, purpose, currency, amount_minor
            FROM jsonb_to_recordset(f.legs) AS l (organization_id uuid, purpose text, currency text, amount_minor bigint)
        ) l
        WHERE f.id = ANY (fresh);
    END IF;

    IF cardinality(fresh) < jsonb_array_length(p_facts) AND EXISTS (
        SELECT 1 FROM jsonb_to_recordset(p_facts)
            AS f (id uuid, cause_kind text, cause_id uuid, kind text, occasion smallint, occurred_on date, legs jsonb)
        JOIN ledger_postings p USING (cause_kind, cause_id, kind, occasion)
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE total <> 0) AS differing FROM (
                SELECT sum(amount_minor) AS total FROM (
                    SELECT a.holder_id, a.purpose, a.currency, e.amount_minor
                    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE e.posting_id = p.id
                    UNION ALL
                    SELECT coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), purpose, currency, -amount_minor
                    FROM jsonb_to_recordset(f.legs) AS l (organization_id uuid, purpose text, currency text, amount_minor bigint)
                ) AS both_sides GROUP BY holder_id, purpose, currency
            ) AS summed
        ) AS compared
        WHERE f.id <> ALL (fresh) AND (compared.differing > 0)) THEN
        PERFORM ledger_refuse('ledger_postings_told_once', 'this was posted before, and otherwise');
    END IF;

    RETURN QUERY
    SELECT f.id, p.id FROM jsonb_to_recordset(p_facts)
        AS f (id uuid, cause_kind text, cause_id uuid, kind text, occasion smallint)
    JOIN ledger_postings p USING (cause_kind, cause_id, kind, occasion);
END $$;

CREATE FUNCTION ledger_reverse(p_posting uuid, p_id uuid, p_on date, p_reason text, p_person uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT app_is_operator() THEN
        RAISE EXCEPTION 'the operator corrects' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO ledger_postings (id, cause_kind, cause_id, kind, occurred_on, reverses_id, reason, person_id)
    VALUES (p_id, 'posting', p_posting, 'reversal', p_on, p_posting, p_reason, p_person)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO ledger_entries (posting_id, account_id, holder_id, currency, amount_minor, occurred_on)
    SELECT p_id, account_id, holder_id, currency, -amount_minor, p_on
    FROM ledger_entries WHERE posting_id = p_posting ORDER BY id;
    RETURN true;
END $$;
"""

# What was carried forward from the month before, and what was posted since.
CLOSE = """
CREATE FUNCTION ledger_close(p_period date, p_person uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last_closed date;
    closed bigint;
BEGIN
    IF NOT app_is_operator() THEN
        RAISE EXCEPTION 'the operator closes months' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(7241180, 1);
    last_closed := (SELECT max(period) FROM ledger_periods);
    INSERT INTO ledger_periods (period, closed_by) VALUES (p_period, p_person);
    INSERT INTO ledger_closings (period, account_id, holder_id, currency, balance_minor)
    SELECT p_period, a.id, a.holder_id, a.currency, coalesce(c.balance_minor, 0) + coalesce(m.moved, 0)
    FROM ledger_accounts a
    LEFT JOIN ledger_closings c ON c.account_id = a.id AND c.period = last_closed
    LEFT JOIN (
        SELECT account_id, sum(amount_minor)::bigint AS moved FROM ledger_entries
        WHERE occurred_on >= coalesce(last_closed + interval '1 month', '-infinity'::timestamp)
          AND occurred_on < p_period + interval '1 month'
        GROUP BY account_id
    ) m ON m.account_id = a.id;
    GET DIAGNOSTICS closed = ROW_COUNT;
    RETURN closed;
END $$;
"""
