"""Invoices: the issuers' details, their series without gaps, what was issued and for what, the dated rates of tax."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, grant, policy, tenant_table, wall
from app.kit.ids import new_id

revision = "20261127_0200"
down_revision = "20261127_0101"
branch_labels = None
depends_on = None

ISSUED = "issuer_id = app_organization_id()"
RECEIVED = "recipient_id = app_organization_id()"
# What the operator's screens show: not what an invoice says, nor where anybody is paid.
SHOWN = (
    "id, issuer_id, recipient_id, kind, series_code, series_number, number, issued_on, due_on, currency, net_minor, tax_minor, "
    "gross_minor, prepaid_minor, payable_minor, credited_net_minor, state, locale, subject_kind, subject_id, preceding_id, "
    "created_by, created_at"
)

# Standard rates: country, percent, first day, last day, where it stands.
RATES = (
    ("AT", "20", "1984-01-01", None, "UStG 1994 § 10 Abs. 1"),
    ("BE", "21", "1996-01-01", None, "KB nr. 20 van 20 juli 1970, art. 1"),
    ("CH", "8.1", "2024-01-01", None, "MWSTG Art. 25 Abs. 1"),
    ("CN", "13", "2019-04-01", None, "财政部 税务总局 海关总署公告2019年第39号"),
    ("CZ", "21", "2013-01-01", None, "zákon č. 235/2004 Sb. § 47"),
    ("DE", "19", "2007-01-01", "2020-06-30", "UStG § 12 Abs. 1"),
    ("DE", "16", "2020-07-01", "2020-12-31", "UStG § 28 Abs. 1"),
    ("DE", "19", "2021-01-01", None, "UStG § 12 Abs. 1"),
    ("DK", "25", "1992-01-01", None, "Momsloven § 33"),
    ("ES", "21", "2012-09-01", None, "Ley 37/1992 art. 90 (Real Decreto-ley 20/2012)"),
    ("FR", "20", "2014-01-01", None, "Code général des impôts, art. 278"),
    ("GB", "20", "2011-01-04", None, "Value Added Tax Act 1994 s. 2"),
    ("IT", "22", "2013-10-01", None, "D.P.R. 633/1972 art. 16"),
    ("JP", "10", "2019-10-01", None, "消費税法第29条、地方税法第72条の83"),
    ("KR", "10", "1977-07-01", None, "부가가치세법 제30조"),
    ("MX", "16", "2010-01-01", None, "Ley del IVA art. 1"),
    ("NL", "21", "2012-10-01", None, "Wet op de omzetbelasting 1968, art. 9"),
    ("PL", "23", "2011-01-01", None, "ustawa o podatku od towarów i usług, art. 41 i 146a–146ef"),
    ("PT", "23", "2011-01-01", None, "Código do IVA art. 18.º"),
    ("TW", "5", "1986-04-01", None, "加值型及非加值型營業稅法第10條"),
)


def upgrade() -> None:
    _invoice_issuers()
    _invoice_series()
    _invoices()
    _invoice_subjects()
    _tax_rates()
    op.execute(GUARDS)
    _walls()


def _invoice_issuers() -> None:
    op.create_table(
        "invoice_issuers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("series_code", sa.String(length=12, collation="C"), nullable=False),
        sa.Column("credit_series_code", sa.String(length=12, collation="C"), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=True),
        sa.Column("account_number", sa.String(length=34), nullable=True),
        sa.Column("bic", sa.String(length=11), nullable=True),
        sa.Column("account_name", sa.String(length=140), nullable=True),
        sa.Column("tax_number", sa.String(length=40), nullable=True),
        sa.Column("legal_note", sa.String(length=1000), nullable=True),
        sa.Column("endpoint_scheme", sa.String(length=4), nullable=True),
        sa.Column("endpoint", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("bic ~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'", name=op.f("ck_invoice_issuers_bic_form")),
        sa.CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'", name=op.f("ck_invoice_issuers_iban_form")),
        sa.CheckConstraint(
            "series_code ~ '^[A-Z0-9][A-Z0-9-]{0,11}$' AND credit_series_code ~ '^[A-Z0-9][A-Z0-9-]{0,11}$' "
            "AND series_code <> credit_series_code",
            name=op.f("ck_invoice_issuers_series_form"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(endpoint_scheme, endpoint) IN (0, 2)", name=op.f("ck_invoice_issuers_endpoint_has_scheme")
        ),
        sa.CheckConstraint("num_nonnulls(iban, account_number) = 1", name=op.f("ck_invoice_issuers_one_account")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_invoice_issuers_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_invoice_issuers")),
    )


def _invoice_series() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=16, collation="C"), nullable=False),
        sa.Column("next_number", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("next_number > 0", name=op.f("ck_invoice_series_next_number_positive")),
        sa.ForeignKeyConstraint(["issuer_id"], ["organizations.id"], name=op.f("fk_invoice_series_issuer_id")),
        sa.PrimaryKeyConstraint("issuer_id", "code", name=op.f("pk_invoice_series")),
    )


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("series_code", sa.String(length=16, collation="C"), nullable=False),
        sa.Column("series_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30, collation="C"), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("prepaid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("payable_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_net_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'issued'"), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("subject_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("preceding_id", sa.Uuid(), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (preceding_id IS NOT NULL)", name=op.f("ck_invoices_credit_note_names_invoice")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_invoices_currency_is_iso4217")),
        sa.CheckConstraint(
            "kind <> 'credit_note' OR credited_net_minor = 0", name=op.f("ck_invoices_credit_note_not_credited")
        ),
        sa.CheckConstraint("kind <> 'credit_note' OR prepaid_minor = 0", name=op.f("ck_invoices_credit_note_whole")),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note', 'prepayment', 'pro_forma')", name=op.f("ck_invoices_kind_known")
        ),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_invoices_locale_known"),
        ),
        sa.CheckConstraint(
            "number = series_code || '-' || lpad(series_number::text, greatest(6, length(series_number::text)), '0') "
            "AND series_number > 0",
            name=op.f("ck_invoices_number_of_series"),
        ),
        sa.CheckConstraint("state IN ('issued', 'cancelled')", name=op.f("ck_invoices_state_known")),
        sa.CheckConstraint("credited_net_minor BETWEEN 0 AND net_minor", name=op.f("ck_invoices_credited_in_range")),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_invoices_due_after_issue")),
        sa.CheckConstraint("gross_minor = net_minor + tax_minor", name=op.f("ck_invoices_gross_is_net_and_tax")),
        sa.CheckConstraint("issuer_id <> recipient_id", name=op.f("ck_invoices_not_oneself")),
        sa.CheckConstraint(
            "net_minor > 0 AND tax_minor >= 0 AND gross_minor > 0 AND prepaid_minor >= 0 AND payable_minor >= 0 "
            "AND gross_minor <= 1000000000000000",
            name=op.f("ck_invoices_amounts_in_range"),
        ),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_invoices_digest_is_sha256")),
        sa.CheckConstraint("payable_minor = gross_minor - prepaid_minor", name=op.f("ck_invoices_payable_is_left")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_invoices_created_by")),
        sa.ForeignKeyConstraint(
            ["issuer_id", "series_code"],
            ["invoice_series.issuer_id", "invoice_series.code"],
            name=op.f("fk_invoices_issuer_id_series_code"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["organizations.id"], name=op.f("fk_invoices_issuer_id")),
        sa.ForeignKeyConstraint(
            ["preceding_id", "issuer_id", "recipient_id", "currency"],
            ["invoices.id", "invoices.issuer_id", "invoices.recipient_id", "invoices.currency"],
            name=op.f("fk_invoices_preceding_id_issuer_id_recipient_id_currency"),
        ),
        sa.ForeignKeyConstraint(["recipient_id"], ["organizations.id"], name=op.f("fk_invoices_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint(
            "id", "issuer_id", "recipient_id", "currency", name=op.f("uq_invoices_id_issuer_id_recipient_id_currency")
        ),
        sa.UniqueConstraint("id", "issuer_id", name=op.f("uq_invoices_id_issuer_id")),
        sa.UniqueConstraint(
            "issuer_id", "series_code", "series_number", name=op.f("uq_invoices_issuer_id_series_code_series_number")
        ),
    )
    op.create_index("ix_invoices_issuer_id_id", "invoices", ["issuer_id", "id"])
    op.create_index(
        "ix_invoices_preceding_id", "invoices", ["preceding_id"], postgresql_where=sa.text("preceding_id IS NOT NULL")
    )
    op.create_index("ix_invoices_recipient_id_id", "invoices", ["recipient_id", "id"])
    op.create_index("ix_invoices_subject", "invoices", ["subject_id", "id"])


def _invoice_subjects() -> None:
    op.create_table(
        "invoice_subjects",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=40, collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("stands", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id", "issuer_id"],
            ["invoices.id", "invoices.issuer_id"],
            name=op.f("fk_invoice_subjects_invoice_id_issuer_id"),
        ),
        sa.ForeignKeyConstraint(["recipient_id"], ["organizations.id"], name=op.f("fk_invoice_subjects_recipient_id")),
        sa.PrimaryKeyConstraint("invoice_id", "kind", "subject_id", "part", name=op.f("pk_invoice_subjects")),
    )
    op.create_index("ix_invoice_subjects_subject_id", "invoice_subjects", ["subject_id"])
    op.create_index(
        "uq_invoice_subjects_charged_once",
        "invoice_subjects",
        ["issuer_id", "kind", "subject_id", "part"],
        unique=True,
        postgresql_where=sa.text("stands"),
    )


def _tax_rates() -> None:
    op.create_table(
        "tax_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(length=2, collation="C"), nullable=False),
        sa.Column("category", sa.String(length=1, collation="C"), nullable=False),
        sa.Column("rate_percent", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "CASE category WHEN 'O' THEN rate_percent IS NULL ELSE rate_percent IS NOT NULL AND "
            "rate_percent > 0 AND rate_percent < 100 END",
            name=op.f("ck_tax_rates_rate_of_category"),
        ),
        sa.CheckConstraint("category IN ('S', 'O')", name=op.f("ck_tax_rates_category_known")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_tax_rates_country_is_iso3166")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_tax_rates_validity_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rates")),
        sa.UniqueConstraint("country", "category", "valid_from", name=op.f("uq_tax_rates_country_category_valid_from")),
    )
    # Of each country one rate holds on a day. Looked at when all rows of a file are in.
    op.execute(
        "ALTER TABLE tax_rates ADD CONSTRAINT ex_tax_rates_one_at_a_time EXCLUDE USING gist "
        "(country WITH =, daterange(valid_from, valid_until, '[]') WITH &&) DEFERRABLE INITIALLY DEFERRED"
    )
    insert = sa.text(
        "INSERT INTO tax_rates (id, country, category, rate_percent, valid_from, valid_until, source) "
        "VALUES (:id, :country, 'S', :percent, :first, :last, :source)"
    )
    for country, percent, first, last, source in RATES:
        days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last) if last else None}
        said = {"country": country, "percent": Decimal(percent), "source": source}
        op.execute(insert.bindparams(id=new_id(), **said, **days))


# What the room refuses: a check violation that names its guard.
GUARDS = """
CREATE FUNCTION invoicing_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

-- A series goes on by what was issued: looked at when the transaction ends. With each number's predecessor there (below) and
-- the last one issued, the numbers are 1 to n.
CREATE FUNCTION invoice_series_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.issuer_id, NEW.code) <> (OLD.issuer_id, OLD.code) OR NEW.next_number < OLD.next_number THEN
        PERFORM invoicing_refuse('invoice_series_goes_on', 'a series keeps its name and never goes back');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_series_guarded BEFORE UPDATE ON invoice_series
FOR EACH ROW EXECUTE FUNCTION invoice_series_guard();
CREATE TRIGGER invoice_series_not_deleted BEFORE DELETE ON invoice_series
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION invoice_series_gapless() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ends integer := (SELECT next_number - 1 FROM invoice_series WHERE issuer_id = NEW.issuer_id AND code = NEW.code);
BEGIN
    IF (SELECT coalesce(max(series_number), 0) FROM invoices
        WHERE issuer_id = NEW.issuer_id AND series_code = NEW.code) <> ends THEN
        PERFORM invoicing_refuse('invoice_series_gapless', 'a number that was drawn is an invoice');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_series_gapless AFTER INSERT OR UPDATE ON invoice_series
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoice_series_gapless();

CREATE FUNCTION invoices_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moves text[] := '{credited_net_minor,state}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' OR NEW.credited_net_minor <> 0 THEN
            PERFORM invoicing_refuse('invoices_way', 'an invoice begins as issued');
        END IF;
        IF NEW.series_number > 1 AND NOT EXISTS (
            SELECT 1 FROM invoices WHERE (issuer_id, series_code, series_number)
                = (NEW.issuer_id, NEW.series_code, NEW.series_number - 1)) THEN
            PERFORM invoicing_refuse('invoices_gapless', 'each number follows the one before it');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR OLD.state = 'cancelled' OR NEW.credited_net_minor <> (
            SELECT coalesce(sum(net_minor), 0) FROM invoices WHERE preceding_id = NEW.id)
        OR (NEW.state = 'cancelled') <> (NEW.credited_net_minor = NEW.net_minor) THEN
        PERFORM invoicing_refuse('invoices_stay', 'an invoice is changed by its credit notes alone');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_guarded BEFORE INSERT OR UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_guard();
CREATE TRIGGER invoices_not_deleted BEFORE DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER invoices_no_truncate BEFORE TRUNCATE ON invoices FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

-- Credit notes take back at most what was charged. Each rounds its tax once, so that their sum may be so many minor units more.
CREATE FUNCTION invoices_credit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    charged invoices;
    back record;
BEGIN
    SELECT * INTO charged FROM invoices WHERE id = NEW.preceding_id FOR NO KEY UPDATE;
    SELECT sum(net_minor) AS net, sum(gross_minor) AS gross, count(*) AS notes INTO back
    FROM invoices WHERE preceding_id = NEW.preceding_id;
    IF charged.kind NOT IN ('invoice', 'prepayment') OR back.net > charged.net_minor
        OR back.gross > charged.gross_minor + back.notes THEN
        PERFORM invoicing_refuse('invoices_credited', 'credit notes take back at most what was charged');
    END IF;
    UPDATE invoices SET credited_net_minor = back.net,
        state = CASE WHEN back.net = net_minor THEN 'cancelled' ELSE 'issued' END
    WHERE id = NEW.preceding_id;
    UPDATE invoice_subjects SET stands = false WHERE invoice_id = NEW.preceding_id AND back.net = charged.net_minor;
    RETURN NULL;
END $$;
CREATE TRIGGER invoices_credited AFTER INSERT ON invoices
FOR EACH ROW WHEN (NEW.preceding_id IS NOT NULL) EXECUTE FUNCTION invoices_credit();

CREATE FUNCTION invoice_subjects_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT NEW.stands OR NOT EXISTS (
            SELECT 1 FROM invoices WHERE (id, issuer_id, recipient_id) = (NEW.invoice_id, NEW.issuer_id, NEW.recipient_id)
              AND kind IN ('invoice', 'prepayment') AND state = 'issued') THEN
            PERFORM invoicing_refuse('invoice_subjects_way', 'an invoice charges for something when it is issued');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'stands' <> to_jsonb(OLD) - 'stands' OR NEW.stands
        OR (SELECT state FROM invoices WHERE id = NEW.invoice_id) <> 'cancelled' THEN
        PERFORM invoicing_refuse('invoice_subjects_way', 'something is charged for until its invoice is taken back in full');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_subjects_guarded BEFORE INSERT OR UPDATE ON invoice_subjects
FOR EACH ROW EXECUTE FUNCTION invoice_subjects_guard();
CREATE TRIGGER invoice_subjects_not_deleted BEFORE DELETE ON invoice_subjects
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
"""


def _walls() -> None:
    tenant_table("invoice_issuers")
    tenant_table("invoice_series", owner=ISSUED)
    read = f"{ISSUED} OR {RECEIVED}"
    tenant_table("invoices", owner=ISSUED, read=read, privileges=("SELECT", "INSERT"))
    tenant_table("invoice_subjects", owner=ISSUED, read=read, privileges=("SELECT", "INSERT"))
    op.execute(f"REVOKE SELECT ON invoice_issuers, invoice_series, invoices FROM {BACKOFFICE}")
    op.execute(f"GRANT SELECT ({SHOWN}) ON invoices TO {BACKOFFICE}")
    # The triggers look at whole series and at all credit notes, and alone write down what was taken back.
    policy("invoice_series", "invoice_series_guards", "SELECT", "true", None, OWNER)
    policy("invoices", "invoices_guards", "ALL", "true", "true", OWNER)
    policy("invoice_subjects", "invoice_subjects_guards", "ALL", "true", "true", OWNER)
    wall("tax_rates")
    grant("tax_rates", ("SELECT",), APP, WORKER, AUDITOR, BACKOFFICE)
    grant("tax_rates", ("INSERT", "UPDATE"), APP)
    policy("tax_rates", "tax_rates_read", "SELECT", "true", None, APP, WORKER, AUDITOR, BACKOFFICE)
    policy("tax_rates", "tax_rates_insert", "INSERT", None, "app_is_operator()", APP)
    policy("tax_rates", "tax_rates_update", "UPDATE", "app_is_operator()", "app_is_operator()", APP)
