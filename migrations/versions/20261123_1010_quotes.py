"""Procurement: sealed quotes and their opening."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261123_1010"
down_revision = "20261123_1000"
branch_labels = None
depends_on = None

BUYER = "buyer_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"
OPENED = """EXISTS (
    SELECT 1 FROM inquiry_openings o JOIN quotes q ON q.inquiry_id = o.inquiry_id
    WHERE q.id = {table}.quote_id AND q.state = 'submitted')"""

GUARDS = """
CREATE FUNCTION inquiry_takes_quotes(concerned uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- The lock makes a quote and the buyer's closing wait for one another.
    PERFORM 1 FROM inquiries WHERE id = concerned AND state = 'published' AND app_now() < closes_at FOR SHARE;
    RETURN FOUND;
END $$;

CREATE FUNCTION quote_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a quote begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_transition';
        END IF;
    ELSE
        IF (NEW.id, NEW.inquiry_id, NEW.buyer_id, NEW.supplier_id, NEW.revision) IS DISTINCT FROM
           (OLD.id, OLD.inquiry_id, OLD.buyer_id, OLD.supplier_id, OLD.revision)
           OR (OLD.digest IS NOT NULL
               AND (NEW.digest, NEW.submitted_at) IS DISTINCT FROM (OLD.digest, OLD.submitted_at)) THEN
            RAISE EXCEPTION 'the seal of a quote cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_seal';
        END IF;
        IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'withdrawn')) THEN
            RAISE EXCEPTION 'a quote cannot go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_transition';
        END IF;
        IF NEW.state = OLD.state AND OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a submitted quote cannot change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_seal';
        END IF;
    END IF;
    IF NOT inquiry_takes_quotes(NEW.inquiry_id) THEN
        RAISE EXCEPTION 'the inquiry takes no quotes any more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quote_guard BEFORE INSERT OR UPDATE ON quotes FOR EACH ROW EXECUTE FUNCTION quote_guard();

CREATE FUNCTION quote_contents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM quotes WHERE id = OLD.quote_id AND state = 'draft' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a submitted quote cannot change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_seal';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    PERFORM 1 FROM quotes WHERE id = NEW.quote_id AND state = 'draft'
        AND (inquiry_id, buyer_id, supplier_id) = (NEW.inquiry_id, NEW.buyer_id, NEW.supplier_id) FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a submitted quote cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_seal';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quote_terms_guard BEFORE INSERT OR UPDATE OR DELETE ON quote_terms
    FOR EACH ROW EXECUTE FUNCTION quote_contents_guard();
CREATE TRIGGER quote_prices_guard BEFORE INSERT OR UPDATE OR DELETE ON quote_prices
    FOR EACH ROW EXECUTE FUNCTION quote_contents_guard();

CREATE FUNCTION inquiry_opening_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM inquiries
        WHERE id = NEW.inquiry_id AND buyer_id = NEW.buyer_id AND state = 'closed' AND app_now() >= opens_at FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the opening time has not come'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_opens_at';
    END IF;
    NEW.opened_at := app_now();
    RETURN NEW;
END $$;
CREATE TRIGGER inquiry_opening_guard BEFORE INSERT ON inquiry_openings
    FOR EACH ROW EXECUTE FUNCTION inquiry_opening_guard();

CREATE FUNCTION inquiry_award_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM inquiry_openings WHERE inquiry_id = NEW.id) THEN
        RAISE EXCEPTION 'an inquiry is awarded after its quotes were opened'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inquiry_opened';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inquiry_award_guard BEFORE UPDATE ON inquiries
    FOR EACH ROW WHEN (NEW.state = 'awarded' AND OLD.state <> 'awarded') EXECUTE FUNCTION inquiry_award_guard();
"""


def upgrade() -> None:
    _tables()
    tenant_table("quotes", owner=SUPPLIER, read=f"{SUPPLIER} OR ({BUYER} AND submitted_at IS NOT NULL)")
    tenant_table(
        "inquiry_openings",
        owner=BUYER,
        read=f"{BUYER} OR EXISTS (SELECT 1 FROM inquiry_invitations i "
        "WHERE i.inquiry_id = inquiry_openings.inquiry_id AND i.supplier_id = app_organization_id())",
        privileges=("SELECT", "INSERT"),
    )
    append_only("inquiry_openings")
    for table in ("quote_terms", "quote_prices"):
        _sealed(table)
    op.execute(GUARDS)


def _sealed(table: str) -> None:
    """Until the opening a quote is its supplier's alone: not the buyer's, the operator's, the worker's or the auditor's."""
    wall(table)
    opened = OPENED.format(table=table)
    grant(table, ("SELECT", "INSERT", "UPDATE", "DELETE"), APP)
    grant(table, ("SELECT",), WORKER, AUDITOR)
    policy(table, f"{table}_read", "SELECT", f"{SUPPLIER} OR ({BUYER} AND {opened})", None, APP)
    policy(table, f"{table}_insert", "INSERT", None, SUPPLIER, APP)
    policy(table, f"{table}_update", "UPDATE", SUPPLIER, SUPPLIER, APP)
    policy(table, f"{table}_delete", "DELETE", SUPPLIER, None, APP)
    policy(table, f"{table}_work", "SELECT", f"{BUYER} AND {opened}", None, WORKER)
    policy(table, f"{table}_audit", "SELECT", opened, None, AUDITOR)


def _tables() -> None:
    op.create_table(
        "inquiry_openings",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id"],
            ["inquiries.id", "inquiries.buyer_id"],
            name=op.f("fk_inquiry_openings_inquiry_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_inquiry_openings_opened_by")),
        sa.PrimaryKeyConstraint("inquiry_id", "buyer_id", name=op.f("pk_inquiry_openings")),
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_quotes_withdrawn_has_time")
        ),
        sa.CheckConstraint("state <> 'submitted' OR digest IS NOT NULL", name=op.f("ck_quotes_submitted_is_sealed")),
        sa.CheckConstraint("state IN ('draft', 'submitted', 'withdrawn')", name=op.f("ck_quotes_state_known")),
        sa.CheckConstraint("(digest IS NULL) = (submitted_at IS NULL)", name=op.f("ck_quotes_seal_has_time")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_quotes_revision_counts")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_quotes_created_by")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "buyer_id", "supplier_id"],
            ["inquiry_invitations.inquiry_id", "inquiry_invitations.buyer_id", "inquiry_invitations.supplier_id"],
            name=op.f("fk_quotes_inquiry_id_buyer_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_quotes_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint(
            "inquiry_id",
            "buyer_id",
            "supplier_id",
            "revision",
            name=op.f("uq_quotes_inquiry_id_buyer_id_supplier_id_revision"),
        ),
    )
    op.create_index("ix_quotes_supplier_id_id", "quotes", ["supplier_id", "id"], unique=False)
    op.create_index(
        "uq_quotes_live",
        "quotes",
        ["inquiry_id", "supplier_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "quote_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("label", sa.String(length=200), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("per_quantity", sa.Numeric(precision=18, scale=6), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(kind = 'extra') = (label IS NOT NULL)", name=op.f("ck_quote_prices_extra_labelled")),
        sa.CheckConstraint("(kind = 'line') = (line_id IS NOT NULL)", name=op.f("ck_quote_prices_line_named")),
        sa.CheckConstraint("kind IN ('line', 'extra')", name=op.f("ck_quote_prices_kind_known")),
        sa.CheckConstraint("per_quantity > 0", name=op.f("ck_quote_prices_per_quantity_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_quote_prices_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["line_id", "inquiry_id"],
            ["inquiry_lines.id", "inquiry_lines.inquiry_id"],
            name=op.f("fk_quote_prices_line_id_inquiry_id"),
        ),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_prices_quote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_prices")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_quote_prices_quote_id_position")),
    )
    op.create_index("ix_quote_prices_line_id_inquiry_id", "quote_prices", ["line_id", "inquiry_id"], unique=False)
    op.create_index(
        "uq_quote_prices_line",
        "quote_prices",
        ["quote_id", "line_id"],
        unique=True,
        postgresql_where=sa.text("line_id IS NOT NULL"),
    )
    op.create_table(
        "quote_terms",
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lead_time_days", sa.SmallInteger(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("incoterm", sa.String(length=3), nullable=False),
        sa.Column("incoterm_place", sa.String(length=120), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("notes_locale", sa.String(length=8), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_quote_terms_currency_is_iso4217")),
        sa.CheckConstraint("(notes IS NULL) = (notes_locale IS NULL)", name=op.f("ck_quote_terms_notes_have_locale")),
        sa.CheckConstraint("lead_time_days > 0", name=op.f("ck_quote_terms_lead_time_positive")),
        sa.CheckConstraint("octet_length(salt) = 32", name=op.f("ck_quote_terms_salt_is_full")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_terms_quote_id")),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_quote_terms")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER inquiry_award_guard ON inquiries")
    for table in ("inquiry_openings", "quote_prices", "quote_terms", "quotes"):
        op.drop_table(table)
    for function in ("inquiry_award_guard()", "inquiry_opening_guard()", "quote_contents_guard()", "quote_guard()",
                     "inquiry_takes_quotes(uuid)"):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
