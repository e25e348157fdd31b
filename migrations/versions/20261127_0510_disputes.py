"""Disputes about milestones of payment schedules: where each stands, what is proposed, what was said and done."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261127_0510"
down_revision = "20261127_0502"
branch_labels = None
depends_on = None

PARTY = "app_organization_id() IN (buyer_id, supplier_id)"


def upgrade() -> None:
    _payment_disputes()
    _payment_dispute_proposals()
    _payment_dispute_entries()
    op.execute(GUARDS)
    append_only("payment_dispute_entries")
    _walls()


def _payment_disputes() -> None:
    op.create_table(
        "payment_disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("deal_number", sa.String(length=40), nullable=False),
        sa.Column("milestone_position", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("disputed_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=14), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalates_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_minor", sa.BigInteger(), nullable=True),
        sa.Column("refund_minor", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('agreed', 'decided')) = (num_nonnulls(release_minor, refund_minor) = 2) AND "
            "num_nonnulls(release_minor, refund_minor) IN (0, 2)",
            name=op.f("ck_payment_disputes_settled_with_split"),
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'answered', 'escalated')) = (ended_at IS NULL)",
            name=op.f("ck_payment_disputes_ended_when"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_disputes_currency_is_iso4217")),
        sa.CheckConstraint(
            "reason IN ('dimension', 'surface', 'documents', 'late', 't1_failed', 'not_as_ordered', 'other')",
            name=op.f("ck_payment_disputes_reason_known"),
        ),
        sa.CheckConstraint(
            "state <> 'answered' OR answered_at IS NOT NULL", name=op.f("ck_payment_disputes_answered_when")
        ),
        sa.CheckConstraint(
            "state <> 'open' OR answered_at IS NULL", name=op.f("ck_payment_disputes_open_is_unanswered")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'escalated', 'agreed', 'withdrawn', 'decided')",
            name=op.f("ck_payment_disputes_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('escalated', 'decided') OR escalated_at IS NOT NULL",
            name=op.f("ck_payment_disputes_escalated_when"),
        ),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_payment_disputes_not_oneself")),
        sa.CheckConstraint(
            "disputed_minor BETWEEN 0 AND 1000000000000000", name=op.f("ck_payment_disputes_disputed_in_range")
        ),
        sa.CheckConstraint(
            "opened_at < answer_due_at AND answer_due_at <= escalates_at",
            name=op.f("ck_payment_disputes_deadlines_in_order"),
        ),
        sa.CheckConstraint(
            "release_minor >= 0 AND refund_minor >= 0 AND release_minor + refund_minor = disputed_minor",
            name=op.f("ck_payment_disputes_split_is_whole"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_payment_disputes_buyer_id")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_payment_disputes_of_milestone",
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_payment_disputes_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_disputes")),
        sa.UniqueConstraint(
            "id",
            "buyer_id",
            "supplier_id",
            "disputed_minor",
            name=op.f("uq_payment_disputes_id_buyer_id_supplier_id_disputed_minor"),
        ),
    )
    op.create_index(
        "ix_payment_disputes_answer_due_at",
        "payment_disputes",
        ["answer_due_at"],
        postgresql_where=sa.text("state = 'open' AND answer_overdue_at IS NULL"),
    )
    op.create_index("ix_payment_disputes_buyer_id_id", "payment_disputes", ["buyer_id", "id"])
    op.create_index(
        "ix_payment_disputes_escalated", "payment_disputes", ["id"], postgresql_where=sa.text("state = 'escalated'")
    )
    op.create_index(
        "ix_payment_disputes_escalates_at",
        "payment_disputes",
        ["escalates_at"],
        postgresql_where=sa.text("state IN ('open', 'answered')"),
    )
    op.create_index("ix_payment_disputes_milestone_id_id", "payment_disputes", ["milestone_id", "id"])
    op.create_index("ix_payment_disputes_supplier_id_id", "payment_disputes", ["supplier_id", "id"])
    op.create_index(
        "uq_payment_disputes_one_open",
        "payment_disputes",
        ["milestone_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'answered', 'escalated')"),
    )


def _payment_dispute_proposals() -> None:
    op.create_table(
        "payment_dispute_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("disputed_minor", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("release_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'open'"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_payment_dispute_proposals_closed_when")
        ),
        sa.CheckConstraint("side IN ('buyer', 'supplier')", name=op.f("ck_payment_dispute_proposals_side_known")),
        sa.CheckConstraint(
            "state IN ('open', 'replaced', 'taken_back', 'declined', 'accepted', 'lapsed')",
            name=op.f("ck_payment_dispute_proposals_state_known"),
        ),
        sa.CheckConstraint(
            "release_minor >= 0 AND refund_minor >= 0 AND release_minor + refund_minor = disputed_minor",
            name=op.f("ck_payment_dispute_proposals_split_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id", "buyer_id", "supplier_id", "disputed_minor"],
            [
                "payment_disputes.id",
                "payment_disputes.buyer_id",
                "payment_disputes.supplier_id",
                "payment_disputes.disputed_minor",
            ],
            name="fk_payment_dispute_proposals_of_dispute",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_dispute_proposals")),
        sa.UniqueConstraint("id", "dispute_id", name=op.f("uq_payment_dispute_proposals_id_dispute_id")),
    )
    op.create_index("ix_payment_dispute_proposals_dispute_id_id", "payment_dispute_proposals", ["dispute_id", "id"])
    op.create_index(
        "uq_payment_dispute_proposals_one_accepted",
        "payment_dispute_proposals",
        ["dispute_id"],
        unique=True,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "uq_payment_dispute_proposals_one_open",
        "payment_dispute_proposals",
        ["dispute_id", "side"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _payment_dispute_entries() -> None:
    op.create_table(
        "payment_dispute_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("disputed_minor", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=14), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("release_minor", sa.BigInteger(), nullable=True),
        sa.Column("refund_minor", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(act IN ('proposed', 'taken_back', 'declined', 'accepted')) = (proposal_id IS NOT NULL)",
            name=op.f("ck_payment_dispute_entries_of_a_proposal"),
        ),
        sa.CheckConstraint(
            "CASE act WHEN 'opened' THEN side = 'buyer' WHEN 'withdrawn' THEN side = 'buyer' WHEN 'decided' THEN side = "
            "'operator' WHEN 'message' THEN true WHEN 'answer_overdue' THEN side IS NULL WHEN 'escalated' THEN "
            "coalesce(side <> 'operator', true) ELSE side <> 'operator' END",
            name=op.f("ck_payment_dispute_entries_act_of_side"),
        ),
        sa.CheckConstraint(
            "CASE side WHEN 'buyer' THEN organization_id = buyer_id WHEN 'supplier' THEN organization_id = supplier_id "
            "ELSE true END",
            name=op.f("ck_payment_dispute_entries_side_is_who_it_says"),
        ),
        sa.CheckConstraint(
            "act IN ('opened', 'message', 'proposed', 'taken_back', 'declined', 'accepted', 'withdrawn', "
            "'answer_overdue', 'escalated', 'decided')",
            name=op.f("ck_payment_dispute_entries_act_known"),
        ),
        sa.CheckConstraint(
            "act NOT IN ('opened', 'message', 'decided') OR text IS NOT NULL",
            name=op.f("ck_payment_dispute_entries_text_where_wanted"),
        ),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_payment_dispute_entries_locale_known"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(release_minor, refund_minor) = CASE WHEN act IN ('proposed', 'taken_back', 'declined', "
            "'accepted', 'decided') THEN 2 ELSE 0 END",
            name=op.f("ck_payment_dispute_entries_split_where_one_is"),
        ),
        sa.CheckConstraint(
            "side IN ('buyer', 'supplier', 'operator')", name=op.f("ck_payment_dispute_entries_side_known")
        ),
        sa.CheckConstraint(
            "side IS NOT NULL OR act IN ('answer_overdue', 'escalated')",
            name=op.f("ck_payment_dispute_entries_clock_does_little"),
        ),
        sa.CheckConstraint(
            "(side IS NULL) = (organization_id IS NULL)", name=op.f("ck_payment_dispute_entries_side_is_somebody")
        ),
        sa.CheckConstraint(
            "(text IS NULL) = (locale IS NULL)", name=op.f("ck_payment_dispute_entries_text_has_locale")
        ),
        sa.CheckConstraint(
            "char_length(text) BETWEEN 1 AND 5000", name=op.f("ck_payment_dispute_entries_text_in_range")
        ),
        sa.CheckConstraint(
            "release_minor >= 0 AND refund_minor >= 0 AND release_minor + refund_minor = disputed_minor",
            name=op.f("ck_payment_dispute_entries_split_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id", "buyer_id", "supplier_id", "disputed_minor"],
            [
                "payment_disputes.id",
                "payment_disputes.buyer_id",
                "payment_disputes.supplier_id",
                "payment_disputes.disputed_minor",
            ],
            name="fk_payment_dispute_entries_of_dispute",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payment_dispute_entries_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_payment_dispute_entries_person_id")),
        sa.ForeignKeyConstraint(
            ["proposal_id", "dispute_id"],
            ["payment_dispute_proposals.id", "payment_dispute_proposals.dispute_id"],
            name=op.f("fk_payment_dispute_entries_proposal_id_dispute_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_dispute_entries")),
    )
    op.create_index("ix_payment_dispute_entries_dispute_id_id", "payment_dispute_entries", ["dispute_id", "id"])
    op.create_index(
        "ix_payment_dispute_entries_proposal_id",
        "payment_dispute_entries",
        ["proposal_id", "dispute_id"],
        postgresql_where=sa.text("proposal_id IS NOT NULL"),
    )


# What the part refuses: a check violation that names its guard.
GUARDS = """
CREATE FUNCTION disputes_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

-- A dispute is opened by its buyer, moves only as it may, keeps what it is about, and is never touched again when it has ended.
CREATE FUNCTION payment_disputes_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moves text[] := '{state,answered_at,answer_overdue_at,escalated_at,ended_at,release_minor,refund_minor,version}';
    step text := OLD.state || ' ' || NEW.state;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR num_nonnulls(NEW.answered_at, NEW.answer_overdue_at, NEW.escalated_at) > 0
            OR NEW.buyer_id IS DISTINCT FROM app_organization_id() THEN
            PERFORM disputes_refuse('payment_disputes_way', 'a dispute is opened by the buyer');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NOT NULL THEN
        PERFORM disputes_refuse('payment_disputes_final', 'a dispute that has ended stays so');
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR NEW.answered_at IS DISTINCT FROM coalesce(OLD.answered_at, NEW.answered_at)
        OR NEW.answer_overdue_at IS DISTINCT FROM coalesce(OLD.answer_overdue_at, NEW.answer_overdue_at)
        OR NEW.escalated_at IS DISTINCT FROM coalesce(OLD.escalated_at, NEW.escalated_at)
        OR NEW.version <= OLD.version THEN
        PERFORM disputes_refuse('payment_disputes_stay', 'what a dispute is about stays, and so does what was noted');
    END IF;
    IF NEW.state <> OLD.state AND step NOT IN (
        'open answered', 'open escalated', 'open agreed', 'open withdrawn',
        'answered escalated', 'answered agreed', 'answered withdrawn',
        'escalated agreed', 'escalated withdrawn', 'escalated decided') THEN
        PERFORM disputes_refuse('payment_disputes_way', 'a dispute does not go from ' || OLD.state || ' to ' || NEW.state);
    END IF;
    IF NEW.state = 'agreed' AND NOT EXISTS (
        SELECT 1 FROM payment_dispute_proposals WHERE dispute_id = NEW.id AND state = 'accepted'
          AND (release_minor, refund_minor) = (NEW.release_minor, NEW.refund_minor)) THEN
        PERFORM disputes_refuse('payment_disputes_way', 'an agreement is a proposal that was accepted');
    END IF;
    IF NEW.state = 'withdrawn' AND NEW.buyer_id IS DISTINCT FROM app_organization_id() THEN
        PERFORM disputes_refuse('payment_disputes_way', 'a dispute is withdrawn by the buyer');
    END IF;
    IF NEW.state = 'decided' AND (NOT app_is_operator() OR app_organization_id() IN (NEW.buyer_id, NEW.supplier_id)
        OR NOT EXISTS (SELECT 1 FROM payment_dispute_entries WHERE dispute_id = NEW.id AND act = 'decided'
          AND (release_minor, refund_minor) = (NEW.release_minor, NEW.refund_minor))) THEN
        PERFORM disputes_refuse('payment_disputes_way', 'a dispute is decided by the operator, with his reasons');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_disputes_guarded BEFORE INSERT OR UPDATE ON payment_disputes
FOR EACH ROW EXECUTE FUNCTION payment_disputes_guard();
CREATE TRIGGER payment_disputes_not_deleted BEFORE DELETE ON payment_disputes
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER payment_disputes_no_truncate BEFORE TRUNCATE ON payment_disputes
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

-- A proposal is made by its side while the dispute goes on, is closed once, and is answered by the other side alone.
CREATE FUNCTION payment_dispute_proposals_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own uuid := NEW.supplier_id;
    other uuid := NEW.buyer_id;
BEGIN
    IF NEW.side = 'buyer' THEN
        own := NEW.buyer_id;
        other := NEW.supplier_id;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM payment_disputes WHERE id = NEW.dispute_id AND ended_at IS NULL) THEN
        PERFORM disputes_refuse('payment_dispute_proposals_way', 'the dispute has ended');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR own IS DISTINCT FROM app_organization_id() THEN
            PERFORM disputes_refuse('payment_dispute_proposals_way', 'a proposal is made by its side');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' OR NEW.state = 'open'
        OR to_jsonb(NEW) - '{state,closed_at}'::text[] <> to_jsonb(OLD) - '{state,closed_at}'::text[] THEN
        PERFORM disputes_refuse('payment_dispute_proposals_way', 'a proposal is closed once, and keeps its amounts');
    END IF;
    IF NEW.state IN ('accepted', 'declined') AND other IS DISTINCT FROM app_organization_id() THEN
        PERFORM disputes_refuse('payment_dispute_proposals_way', 'a proposal is answered by the other side');
    END IF;
    IF NEW.state IN ('replaced', 'taken_back') AND own IS DISTINCT FROM app_organization_id() THEN
        PERFORM disputes_refuse('payment_dispute_proposals_way', 'a proposal is taken back by its side');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_dispute_proposals_guarded BEFORE INSERT OR UPDATE ON payment_dispute_proposals
FOR EACH ROW EXECUTE FUNCTION payment_dispute_proposals_guard();
CREATE TRIGGER payment_dispute_proposals_not_deleted BEFORE DELETE ON payment_dispute_proposals
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER payment_dispute_proposals_no_truncate BEFORE TRUNCATE ON payment_dispute_proposals
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

-- Nothing is said in a dispute that has ended.
CREATE FUNCTION payment_dispute_entries_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payment_disputes WHERE id = NEW.dispute_id AND ended_at IS NULL) THEN
        PERFORM disputes_refuse('payment_dispute_entries_way', 'the dispute has ended');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_dispute_entries_guarded BEFORE INSERT ON payment_dispute_entries
FOR EACH ROW EXECUTE FUNCTION payment_dispute_entries_guard();
"""


def _walls() -> None:
    # The operator takes steps in disputes of others, too: he speaks, and he decides.
    writes = f"{PARTY} OR app_is_operator()"
    tenant_table("payment_disputes", owner=writes)
    tenant_table("payment_dispute_proposals", owner=writes)
    wall("payment_dispute_entries")
    grant("payment_dispute_entries", ("SELECT", "INSERT"), APP, WORKER)
    grant("payment_dispute_entries", ("SELECT",), AUDITOR)
    # What both sides write to each other is not shown on the operator's screens; he reads it in the dispute.
    shown = "id, dispute_id, buyer_id, supplier_id, disputed_minor, act, side, organization_id, person_id, locale, proposal_id"
    op.execute(
        f"GRANT SELECT ({shown}, release_minor, refund_minor, created_at) ON payment_dispute_entries TO {BACKOFFICE}"
    )
    policy("payment_dispute_entries", "payment_dispute_entries_read", "SELECT", writes, None, APP, WORKER)
    # Everybody writes in his own name; in nobody's name the worker alone does, for the clock.
    mine = "organization_id = app_organization_id() AND (side <> 'operator' OR app_is_operator())"
    policy("payment_dispute_entries", "payment_dispute_entries_insert", "INSERT", None, mine, APP)
    policy(
        "payment_dispute_entries", "payment_dispute_entries_clock", "INSERT", None, f"side IS NULL AND {PARTY}", WORKER
    )
    policy("payment_dispute_entries", "payment_dispute_entries_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    # The triggers look at all there is of a dispute.
    for table in ("payment_disputes", "payment_dispute_proposals", "payment_dispute_entries"):
        policy(table, f"{table}_guards", "SELECT", "true", None, OWNER)
