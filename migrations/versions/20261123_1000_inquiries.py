"""Procurement: inquiries, lots, lines, invitations, questions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, grant, policy, tenant_table, wall

revision = "20261123_1000"
down_revision = "20261123_0950"
branch_labels = None
depends_on = None

BUYER = "buyer_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"
INVITED = """EXISTS (
    SELECT 1 FROM inquiry_invitations i
    WHERE i.inquiry_id = {table}.{key} AND i.supplier_id = app_organization_id() AND i.sent_at IS NOT NULL)"""

# After publication an inquiry moves one way: states forward, times later, nothing else at all.
GUARDS = """
CREATE FUNCTION inquiry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an inquiry begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_transition';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.buyer_id, NEW.number) IS DISTINCT FROM (OLD.id, OLD.buyer_id, OLD.number) THEN
        RAISE EXCEPTION 'the identity of an inquiry cannot change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_identity';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'published'), ('draft', 'cancelled'), ('published', 'closed'), ('published', 'cancelled'),
        ('closed', 'awarded'), ('closed', 'cancelled')) THEN
        RAISE EXCEPTION 'an inquiry cannot go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_transition';
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'published' AND NEW.closes_at <= app_now() THEN
        RAISE EXCEPTION 'the closing time has passed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_closes_in_future';
    END IF;
    IF OLD.state <> 'draft' THEN
        IF (NEW.locale, NEW.title, NEW.notes, NEW.payment_notes, NEW.currency, NEW.incoterm, NEW.incoterm_place,
            NEW.milestone_template, NEW.required_on, NEW.published_at)
           IS DISTINCT FROM
           (OLD.locale, OLD.title, OLD.notes, OLD.payment_notes, OLD.currency, OLD.incoterm, OLD.incoterm_place,
            OLD.milestone_template, OLD.required_on, OLD.published_at) THEN
            RAISE EXCEPTION 'a published inquiry cannot be rewritten'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_published';
        END IF;
        IF NEW.opens_at < OLD.opens_at OR NEW.closes_at < OLD.closes_at THEN
            RAISE EXCEPTION 'closing and opening can only be moved later'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_times_later';
        END IF;
        IF (NEW.closes_at, NEW.opens_at) IS DISTINCT FROM (OLD.closes_at, OLD.opens_at)
           AND (OLD.state <> 'published' OR NEW.state <> 'published' OR OLD.closes_at <= app_now()) THEN
            RAISE EXCEPTION 'a closed inquiry cannot be extended'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_closed';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inquiry_guard BEFORE INSERT OR UPDATE ON inquiries FOR EACH ROW EXECUTE FUNCTION inquiry_guard();

CREATE FUNCTION inquiry_contents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.inquiry_id ELSE NEW.inquiry_id END;
BEGIN
    PERFORM 1 FROM inquiries WHERE id = concerned AND state = 'draft' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a published inquiry cannot be rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_published';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER inquiry_lots_guard BEFORE INSERT OR UPDATE OR DELETE ON inquiry_lots
    FOR EACH ROW EXECUTE FUNCTION inquiry_contents_guard();
CREATE TRIGGER inquiry_lines_guard BEFORE INSERT OR UPDATE OR DELETE ON inquiry_lines
    FOR EACH ROW EXECUTE FUNCTION inquiry_contents_guard();
CREATE TRIGGER inquiry_targets_guard BEFORE INSERT OR UPDATE OR DELETE ON inquiry_targets
    FOR EACH ROW EXECUTE FUNCTION inquiry_contents_guard();

CREATE FUNCTION inquiry_invitation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.sent_at IS NOT NULL THEN
            RAISE EXCEPTION 'a sent invitation stays'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'invitation_sent';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.inquiry_id, NEW.buyer_id, NEW.supplier_id) IS DISTINCT FROM
       (OLD.id, OLD.inquiry_id, OLD.buyer_id, OLD.supplier_id)
       OR (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at) THEN
        RAISE EXCEPTION 'a sent invitation stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'invitation_sent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inquiry_invitation_guard BEFORE UPDATE OR DELETE ON inquiry_invitations
    FOR EACH ROW EXECUTE FUNCTION inquiry_invitation_guard();
"""


def upgrade() -> None:
    _tables()
    _walls()
    op.execute(GUARDS)


def _walls() -> None:
    wall("inquiries")
    grant("inquiries", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    grant("inquiries", ("SELECT",), AUDITOR, BACKOFFICE)
    invited = f"state <> 'draft' AND {INVITED.format(table='inquiries', key='id')}"
    policy("inquiries", "inquiries_read", "SELECT", f"{BUYER} OR ({invited}) OR app_is_operator()", None, APP, WORKER)
    policy("inquiries", "inquiries_insert", "INSERT", None, BUYER, APP, WORKER)
    # FOR SHARE asks the UPDATE policy too: a supplier may lock the inquiry that he quotes on, and may not change it.
    policy("inquiries", "inquiries_update", "UPDATE", f"{BUYER} OR ({invited})", BUYER, APP, WORKER)
    policy("inquiries", "inquiries_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    # The closing job finds what is due before it knows whose it is.
    policy("inquiries", "inquiries_due", "SELECT", "state = 'published' AND closes_at <= app_now()", None, WORKER)

    tenant_table("inquiry_counters", owner=BUYER)
    for table in ("inquiry_lots", "inquiry_lines"):
        read = f"{BUYER} OR {INVITED.format(table=table, key='inquiry_id')}"
        tenant_table(table, owner=BUYER, read=read, privileges=("SELECT", "INSERT", "UPDATE", "DELETE"))
    shared = f"{BUYER} OR (shared AND {INVITED.format(table='inquiry_targets', key='inquiry_id')})"
    tenant_table(
        "inquiry_targets",
        owner=BUYER,
        read=shared,
        privileges=("SELECT", "INSERT", "UPDATE", "DELETE"),
        operator_reads=False,
        auditor_reads=False,
    )
    _invitations()
    tenant_table(
        "inquiry_questions",
        owner=f"{SUPPLIER} AND {INVITED.format(table='inquiry_questions', key='inquiry_id')}",
        read=f"{BUYER} OR {SUPPLIER}",
        privileges=("SELECT", "INSERT"),
    )
    tenant_table(
        "inquiry_answers",
        owner=BUYER,
        read=f"{BUYER} OR {INVITED.format(table='inquiry_answers', key='inquiry_id')}",
        privileges=("SELECT", "INSERT"),
    )


def _invitations() -> None:
    wall("inquiry_invitations")
    grant("inquiry_invitations", ("SELECT", "INSERT", "UPDATE", "DELETE"), APP, WORKER)
    grant("inquiry_invitations", ("SELECT",), AUDITOR, BACKOFFICE)
    own = f"{BUYER} OR ({SUPPLIER} AND sent_at IS NOT NULL)"
    table = "inquiry_invitations"
    policy(table, f"{table}_read", "SELECT", f"{own} OR app_is_operator()", None, APP, WORKER)
    policy(table, f"{table}_insert", "INSERT", None, BUYER, APP, WORKER)
    policy(table, f"{table}_update", "UPDATE", own, own, APP, WORKER)
    policy(table, f"{table}_delete", "DELETE", BUYER, None, APP, WORKER)
    policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)


def _tables() -> None:
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24, collation="C"), nullable=False),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("payment_notes", sa.Text(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("incoterm", sa.String(length=3), nullable=False),
        sa.Column("incoterm_place", sa.String(length=120), nullable=False),
        sa.Column("milestone_template", sa.String(length=40), nullable=True),
        sa.Column("required_on", sa.Date(), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=1000), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_inquiries_cancelled_has_time")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_inquiries_currency_is_iso4217")),
        sa.CheckConstraint(
            "state = 'draft' OR published_at IS NOT NULL OR state = 'cancelled'",
            name=op.f("ck_inquiries_published_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'closed', 'awarded', 'cancelled')", name=op.f("ck_inquiries_state_known")
        ),
        sa.CheckConstraint("opens_at >= closes_at", name=op.f("ck_inquiries_opens_after_closing")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_inquiries_buyer_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_inquiries_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
        sa.UniqueConstraint("buyer_id", "number", name=op.f("uq_inquiries_buyer_id_number")),
        sa.UniqueConstraint("id", "buyer_id", name=op.f("uq_inquiries_id_buyer_id")),
    )
    op.create_index("ix_inquiries_buyer_id_id", "inquiries", ["buyer_id", "id"], unique=False)
    op.create_index(
        "ix_inquiries_due", "inquiries", ["closes_at"], unique=False, postgresql_where=sa.text("state = 'published'")
    )
    op.create_table(
        "inquiry_counters",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_inquiry_counters_buyer_id")),
        sa.PrimaryKeyConstraint("buyer_id", "year", name=op.f("pk_inquiry_counters")),
    )
    op.create_table(
        "inquiry_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(length=1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(declined_at IS NULL) = (decline_reason IS NULL)", name=op.f("ck_inquiry_invitations_decline_has_reason")
        ),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_inquiry_invitations_not_oneself")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organizations.id"], name=op.f("fk_inquiry_invitations_buyer_id")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_inquiry_invitations_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_inquiry_invitations_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_invitations")),
        sa.UniqueConstraint(
            "inquiry_id", "buyer_id", "supplier_id", name=op.f("uq_inquiry_invitations_inquiry_id_buyer_id_supplier_id")
        ),
    )
    op.create_index("ix_inquiry_invitations_supplier_id_id", "inquiry_invitations", ["supplier_id", "id"], unique=False)
    op.create_table(
        "inquiry_lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_inquiry_lots_inquiry_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_lots")),
        sa.UniqueConstraint("id", "inquiry_id", name=op.f("uq_inquiry_lots_id_inquiry_id")),
        sa.UniqueConstraint(
            "inquiry_id", "buyer_id", "position", name=op.f("uq_inquiry_lots_inquiry_id_buyer_id_position")
        ),
    )
    op.create_table(
        "inquiry_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.String(length=80), nullable=True),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("required_on", sa.Date(), nullable=True),
        sa.CheckConstraint("num_nonnulls(variant_id, spec) <= 1", name=op.f("ck_inquiry_lines_item_or_mould")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_inquiry_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_inquiry_lines_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id", "inquiry_id"],
            ["inquiry_lots.id", "inquiry_lots.inquiry_id"],
            name=op.f("fk_inquiry_lines_lot_id_inquiry_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_lines")),
        sa.UniqueConstraint("id", "inquiry_id", name=op.f("uq_inquiry_lines_id_inquiry_id")),
        sa.UniqueConstraint(
            "inquiry_id", "buyer_id", "position", name=op.f("uq_inquiry_lines_inquiry_id_buyer_id_position")
        ),
    )
    op.create_index("ix_inquiry_lines_lot_id_inquiry_id", "inquiry_lines", ["lot_id", "inquiry_id"], unique=False)
    op.create_table(
        "inquiry_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id", "supplier_id"],
            ["inquiry_invitations.inquiry_id", "inquiry_invitations.buyer_id", "inquiry_invitations.supplier_id"],
            name=op.f("fk_inquiry_questions_inquiry_id_buyer_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_questions")),
        sa.UniqueConstraint("id", "inquiry_id", name=op.f("uq_inquiry_questions_id_inquiry_id")),
    )
    op.create_index(
        "ix_inquiry_questions_invitation", "inquiry_questions", ["inquiry_id", "buyer_id", "supplier_id"], unique=False
    )
    op.create_table(
        "inquiry_answers",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("question_locale", sa.String(length=8), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_inquiry_answers_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id", "inquiry_id"],
            ["inquiry_questions.id", "inquiry_questions.inquiry_id"],
            name=op.f("fk_inquiry_answers_question_id_inquiry_id"),
        ),
        sa.PrimaryKeyConstraint("question_id", "inquiry_id", name=op.f("pk_inquiry_answers")),
    )
    op.create_index(
        "ix_inquiry_answers_inquiry_id_buyer_id", "inquiry_answers", ["inquiry_id", "buyer_id"], unique=False
    )
    op.create_table(
        "inquiry_targets",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_inquiry_targets_price_positive")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_inquiry_targets_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id", "inquiry_id"],
            ["inquiry_lines.id", "inquiry_lines.inquiry_id"],
            name=op.f("fk_inquiry_targets_line_id_inquiry_id"),
        ),
        sa.PrimaryKeyConstraint("line_id", "inquiry_id", name=op.f("pk_inquiry_targets")),
    )
    op.create_index(
        "ix_inquiry_targets_inquiry_id_buyer_id", "inquiry_targets", ["inquiry_id", "buyer_id"], unique=False
    )


def downgrade() -> None:
    for table in ("inquiry_answers", "inquiry_questions", "inquiry_invitations", "inquiry_targets", "inquiry_lines",
                  "inquiry_lots", "inquiry_counters", "inquiries"):  # fmt: skip
        op.drop_table(table)
    for function in ("inquiry_guard", "inquiry_contents_guard", "inquiry_invitation_guard"):
        op.execute(f"DROP FUNCTION {function}()")
