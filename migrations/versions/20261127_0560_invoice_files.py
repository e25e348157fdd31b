"""Electronic forms of invoices, final invoices that deduct prepayments, invoices for customs, what else firms say."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, tenant_table

revision = "20261127_0560"
down_revision = "20261127_0551"
branch_labels = None
depends_on = None

ISSUED = "issuer_id = app_organization_id()"
READ = f"{ISSUED} OR recipient_id = app_organization_id()"
SIDES = ["id", "issuer_id", "recipient_id"]
OF_INVOICE = ["invoice_id", "issuer_id", "recipient_id"]


def upgrade() -> None:
    _details()
    _invoices()
    _deductions()
    _filings()
    _files()
    op.execute(GUARDS)
    _walls()


def _details() -> None:
    op.add_column("invoice_issuers", sa.Column("register_number", sa.String(length=60), nullable=True))
    op.add_column("invoice_issuers", sa.Column("contact_name", sa.String(length=140), nullable=True))
    op.add_column("invoice_issuers", sa.Column("contact_email", sa.String(length=254), nullable=True))
    op.add_column("invoice_issuers", sa.Column("buyer_reference", sa.String(length=100), nullable=True))
    op.drop_constraint(op.f("ck_invoice_issuers_one_account"), "invoice_issuers", type_="check")
    op.create_check_constraint(
        op.f("ck_invoice_issuers_one_account"), "invoice_issuers", "num_nonnulls(iban, account_number) <= 1"
    )


def _invoices() -> None:
    op.drop_constraint(op.f("ck_invoices_kind_known"), "invoices", type_="check")
    op.create_check_constraint(
        op.f("ck_invoices_kind_known"),
        "invoices",
        "kind IN ('invoice', 'credit_note', 'prepayment', 'pro_forma', 'commercial')",
    )
    op.create_unique_constraint(op.f("uq_invoices_id_issuer_id_recipient_id"), "invoices", SIDES)


def _deductions() -> None:
    op.create_table(
        "invoice_deductions",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("deducted_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("invoice_id <> deducted_id", name=op.f("ck_invoice_deductions_not_itself")),
        sa.CheckConstraint("net_minor > 0 AND tax_minor >= 0", name=op.f("ck_invoice_deductions_amounts_in_range")),
        sa.ForeignKeyConstraint(
            OF_INVOICE,
            [f"invoices.{one}" for one in SIDES],
            name=op.f("fk_invoice_deductions_invoice_id_issuer_id_recipient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["deducted_id", "issuer_id", "recipient_id"],
            [f"invoices.{one}" for one in SIDES],
            name=op.f("fk_invoice_deductions_deducted_id_issuer_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("invoice_id", "deducted_id", name=op.f("pk_invoice_deductions")),
    )
    op.create_index("ix_invoice_deductions_deducted_id", "invoice_deductions", ["deducted_id"])


def _filings() -> None:
    op.create_table(
        "invoice_filings",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=7), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("complaint", sa.String(length=1000), nullable=True),
        sa.Column("peppol", sa.Boolean(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'ready')", name=op.f("ck_invoice_filings_state_known")),
        sa.CheckConstraint("(state = 'ready') = (made_at IS NOT NULL)", name=op.f("ck_invoice_filings_ready_has_time")),
        sa.CheckConstraint(
            "(state = 'ready') = (peppol IS NOT NULL)", name=op.f("ck_invoice_filings_ready_says_peppol")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_invoice_filings_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            OF_INVOICE,
            [f"invoices.{one}" for one in SIDES],
            name=op.f("fk_invoice_filings_invoice_id_issuer_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_filings")),
    )
    op.create_index(
        "ix_invoice_filings_next_attempt_at",
        "invoice_filings",
        ["next_attempt_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    # Invoices that were issued before there were forms get theirs now.
    op.execute(
        "INSERT INTO invoice_filings (invoice_id, issuer_id, recipient_id) "
        "SELECT id, issuer_id, recipient_id FROM invoices WHERE kind IN ('invoice', 'prepayment', 'credit_note')"
    )


def _files() -> None:
    op.create_table(
        "invoice_files",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=12, collation="C"), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("form IN ('facturx.pdf', 'ubl.xml', 'cii.xml')", name=op.f("ck_invoice_files_form_known")),
        sa.CheckConstraint("sha256(content) = sha256", name=op.f("ck_invoice_files_digest_is_of_content")),
        sa.CheckConstraint(
            "octet_length(content) = size_bytes AND size_bytes > 0", name=op.f("ck_invoice_files_size_is_of_content")
        ),
        sa.ForeignKeyConstraint(
            OF_INVOICE,
            [f"invoices.{one}" for one in SIDES],
            name=op.f("fk_invoice_files_invoice_id_issuer_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("invoice_id", "form", name=op.f("pk_invoice_files")),
    )


GUARDS = """
-- A final invoice deducts what is left of prepayment invoices, each once. Whoever takes one of these back waits for the same row.
CREATE FUNCTION invoice_deductions_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    deducted invoices;
    back record;
BEGIN
    SELECT * INTO deducted FROM invoices WHERE id = NEW.deducted_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(net_minor), 0) AS net, coalesce(sum(tax_minor), 0) AS tax INTO back
    FROM invoices WHERE preceding_id = NEW.deducted_id;
    IF deducted.kind <> 'prepayment' OR deducted.state <> 'issued'
        OR NEW.net_minor <> deducted.net_minor - back.net OR NEW.tax_minor <> deducted.tax_minor - back.tax
        OR NOT EXISTS (SELECT 1 FROM invoices WHERE id = NEW.invoice_id AND kind = 'invoice' AND state = 'issued')
        OR invoice_deducted(NEW.deducted_id) THEN
        PERFORM invoicing_refuse('invoice_deductions_once', 'a final invoice deducts what is left of a prepayment, once');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION invoice_deducted(p_invoice uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM invoice_deductions d JOIN invoices i ON i.id = d.invoice_id
                   WHERE d.deducted_id = p_invoice AND i.state = 'issued')
$$;
REVOKE ALL ON FUNCTION invoice_deducted(uuid) FROM PUBLIC;

CREATE TRIGGER invoice_deductions_guarded BEFORE INSERT ON invoice_deductions
FOR EACH ROW EXECUTE FUNCTION invoice_deductions_guard();

CREATE FUNCTION invoices_not_deducted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM invoices WHERE id = NEW.preceding_id FOR NO KEY UPDATE;
    IF invoice_deducted(NEW.preceding_id) THEN
        PERFORM invoicing_refuse('invoices_not_deducted', 'what a final invoice deducts is not taken back before that one');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_not_deducted BEFORE INSERT ON invoices
FOR EACH ROW WHEN (NEW.preceding_id IS NOT NULL) EXECUTE FUNCTION invoices_not_deducted();

-- What is ready stays so, and has all its files.
CREATE FUNCTION invoice_filings_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moves text[] := '{state,attempts,next_attempt_at,complaint,peppol,made_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' OR NEW.attempts <> 0 OR NOT EXISTS (SELECT 1 FROM invoices WHERE id = NEW.invoice_id
                AND kind IN ('invoice', 'prepayment', 'credit_note')) THEN
            PERFORM invoicing_refuse('invoice_filings_way', 'the forms of an invoice are waited for first');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR OLD.state = 'ready' OR NEW.state = 'ready' AND (
            SELECT count(*) FROM invoice_files WHERE invoice_id = NEW.invoice_id) <> 3 THEN
        PERFORM invoicing_refuse('invoice_filings_way', 'the forms of an invoice are made once, and all of them');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_filings_guarded BEFORE INSERT OR UPDATE ON invoice_filings
FOR EACH ROW EXECUTE FUNCTION invoice_filings_guard();
CREATE TRIGGER invoice_filings_not_deleted BEFORE DELETE ON invoice_filings
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
"""


def _walls() -> None:
    tenant_table("invoice_deductions", owner=ISSUED, read=READ, privileges=("SELECT", "INSERT"))
    policy("invoice_deductions", "invoice_deductions_guards", "SELECT", "true", None, OWNER)
    append_only("invoice_deductions")
    tenant_table("invoice_filings", owner=ISSUED, read=READ, privileges=("SELECT", "INSERT"))
    # The job looks for what waits, whoever's it is; then it acts for the issuer.
    grant("invoice_filings", ("UPDATE",), WORKER)
    policy("invoice_filings", "invoice_filings_found", "SELECT", "true", None, WORKER)
    policy("invoice_filings", "invoice_filings_tried", "UPDATE", "state = 'waiting'", "true", WORKER)
    tenant_table("invoice_files", owner=ISSUED, read=READ, privileges=("SELECT",))
    grant("invoice_files", ("INSERT",), WORKER)
    policy("invoice_files", "invoice_files_made", "INSERT", None, ISSUED, WORKER)
    policy("invoice_files", "invoice_files_guards", "SELECT", "true", None, OWNER)
    append_only("invoice_files")
    # The operator's screens show that there are files, and not what stands in them.
    op.execute(f"REVOKE SELECT ON invoice_files FROM {BACKOFFICE}")
    shown = "invoice_id, form, issuer_id, recipient_id, size_bytes, made_at"
    op.execute(f"GRANT SELECT ({shown}) ON invoice_files TO {BACKOFFICE}")
    op.execute(f"GRANT EXECUTE ON FUNCTION invoice_deducted(uuid) TO {APP}, {WORKER}")
