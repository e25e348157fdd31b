"""What the database holds of payouts: what may follow what, and that nothing changes which was sent."""

from alembic import op

from app.kit.db.policies import APP, WORKER

revision = "20261127_0522"
down_revision = "20261127_0521"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statements in (REFUSE, ITEMS, PAYOUTS, TAKE_BACKS, CALENDARS, SUPPLIER_OF):
        op.execute(statements)
    for table in (
        "supplier_accounts",
        "payout_defaults",
        "payout_calendars",
        "payouts",
        "payout_items",
        "payout_take_backs",
    ):
        op.execute(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION app_refuse_change()"
        )
    function = "payout_supplier_of(text, uuid, smallint)"
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")


REFUSE = """
CREATE FUNCTION payouts_refuse(p_guard text, p_message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_message USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;
"""

# Of what was sent only what comes back may change, and it grows; while it is being sent, its amount stays.
ITEMS = """
CREATE FUNCTION payout_items_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{by_bank,taken_back_minor,set_off_minor,sent_minor,reversed_minor,due_on,state,payout_id,attempt,problem,'
                    'transfer,sent_on,told}';
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
CREATE TRIGGER payout_items_guarded BEFORE INSERT OR UPDATE ON payout_items
FOR EACH ROW EXECUTE FUNCTION payout_items_guard();
"""

PAYOUTS = """
CREATE FUNCTION payouts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{sent_minor,state,bank_reference,ended_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('sending', 'set_off') OR NEW.sent_minor <> 0 THEN
            PERFORM payouts_refuse('payouts_way', 'a payout begins with all that is to be sent');
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
CREATE TRIGGER payouts_guarded BEFORE INSERT OR UPDATE ON payouts FOR EACH ROW EXECUTE FUNCTION payouts_guard();
"""

TAKE_BACKS = """
CREATE FUNCTION payout_take_backs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,reference,problem,ended_on}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'done' THEN
            PERFORM payouts_refuse('payout_take_backs_way', 'what comes back is asked for first');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR OLD.state <> 'asked' OR NEW.state = 'asked' THEN
        PERFORM payouts_refuse('payout_take_backs_way', 'what was asked for ends once, and stays as it was asked for');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payout_take_backs_guarded BEFORE INSERT OR UPDATE ON payout_take_backs
FOR EACH ROW EXECUTE FUNCTION payout_take_backs_guard();
"""

CALENDARS = """
CREATE FUNCTION payout_calendars_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was payout_calendars;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD;
    ELSE
        was.way := 'provider';
    END IF;
    IF (NEW.hold_days, NEW.way) IS DISTINCT FROM (was.hold_days, was.way) AND NOT app_is_operator() THEN
        PERFORM payouts_refuse('payout_calendars_operator', 'how long money is held and how it is sent says the operator');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payout_calendars_guarded BEFORE INSERT OR UPDATE ON payout_calendars
FOR EACH ROW EXECUTE FUNCTION payout_calendars_guard();
"""

# Whoever refunds knows the cause and not the supplier.
SUPPLIER_OF = """
CREATE FUNCTION payout_supplier_of(p_kind text, p_id uuid, p_occasion smallint) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT supplier_id FROM payout_items WHERE (cause_kind, cause_id, occasion) = (p_kind, p_id, p_occasion)
$$;
"""
