"""Payouts: suppliers' accounts at the payment provider, calendars, what is owed, what was sent and what was taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, grant, policy, tenant_table, wall

revision = "20261127_0521"
down_revision = "20261127_0520"
branch_labels = None
depends_on = None

OWN = "organization_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"
RHYTHM = (
    "CASE rhythm WHEN 'weekly' THEN weekday BETWEEN 1 AND 7 AND month_day IS NULL AND weekday IS NOT NULL "
    "WHEN 'monthly' THEN month_day BETWEEN 1 AND 28 AND weekday IS NULL AND month_day IS NOT NULL "
    "ELSE weekday IS NULL AND month_day IS NULL END"
)
# What the operator's screens show of payouts: not where anybody has his bank account.
SHOWN = "id, supplier_id, way, currency, amount_minor, sent_minor, state, made_on, bank_reference, created_at, ended_at"


def upgrade() -> None:
    _supplier_accounts()
    _payout_defaults()
    _payout_calendars()
    _payouts()
    _payout_items()
    _payout_take_backs()
    _walls()


def _supplier_accounts() -> None:
    op.create_table(
        "supplier_accounts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("country", sa.String(length=2, collation="C"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("pays_out", sa.Boolean(), nullable=False),
        sa.Column("due", postgresql.ARRAY(sa.String(length=200)), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_supplier_accounts_country_is_iso3166")),
        sa.CheckConstraint(
            "state IN ('new', 'checked', 'ready', 'restricted')", name=op.f("ck_supplier_accounts_state_known")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_supplier_accounts_opened_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_supplier_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_supplier_accounts")),
        sa.UniqueConstraint("reference", name=op.f("uq_supplier_accounts_reference")),
    )
    op.create_index(
        "ix_supplier_accounts_not_ready",
        "supplier_accounts",
        ["looked_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'ready'"),
    )


def _payout_defaults() -> None:
    op.create_table(
        "payout_defaults",
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("rhythm", sa.String(length=7), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("month_day", sa.SmallInteger(), nullable=True),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("least_currency", sa.String(length=3), nullable=False),
        sa.Column("hold_days", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(RHYTHM, name=op.f("ck_payout_defaults_day_of_rhythm")),
        sa.CheckConstraint(
            "least_minor >= 0 AND least_currency ~ '^[A-Z]{3}$'", name=op.f("ck_payout_defaults_least_is_amount")
        ),
        sa.CheckConstraint("rhythm IN ('daily', 'weekly', 'monthly')", name=op.f("ck_payout_defaults_rhythm_known")),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 180", name=op.f("ck_payout_defaults_hold_in_range")),
        sa.CheckConstraint("only_row", name=op.f("ck_payout_defaults_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_payout_defaults")),
    )


def _payout_calendars() -> None:
    op.create_table(
        "payout_calendars",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("rhythm", sa.String(length=7), nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("month_day", sa.SmallInteger(), nullable=True),
        sa.Column("least_minor", sa.BigInteger(), nullable=True),
        sa.Column("least_currency", sa.String(length=3), nullable=True),
        sa.Column("hold_days", sa.SmallInteger(), nullable=True),
        sa.Column("way", sa.String(length=8), server_default=sa.text("'provider'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(RHYTHM, name=op.f("ck_payout_calendars_day_of_rhythm")),
        sa.CheckConstraint(
            "least_minor >= 0 AND least_currency ~ '^[A-Z]{3}$'", name=op.f("ck_payout_calendars_least_is_amount")
        ),
        sa.CheckConstraint("rhythm IN ('daily', 'weekly', 'monthly')", name=op.f("ck_payout_calendars_rhythm_known")),
        sa.CheckConstraint("way IN ('provider', 'bank')", name=op.f("ck_payout_calendars_way_known")),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 180", name=op.f("ck_payout_calendars_hold_in_range")),
        sa.CheckConstraint(
            "num_nonnulls(rhythm, least_minor, least_currency) IN (0, 3)", name=op.f("ck_payout_calendars_said_whole")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payout_calendars_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_payout_calendars")),
    )


def _payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("sent_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("bank_holder", sa.String(length=200), nullable=True),
        sa.Column("bank_account", sa.String(length=34), nullable=True),
        sa.Column("bank_bic", sa.String(length=11), nullable=True),
        sa.Column("bank_reference", sa.String(length=140), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'sending') = (ended_at IS NULL)", name=op.f("ck_payouts_ended_has_time")),
        sa.CheckConstraint("(state = 'sent') <= (sent_minor > 0)", name=op.f("ck_payouts_sent_sends_something")),
        sa.CheckConstraint("(state = 'set_off') = (amount_minor = 0)", name=op.f("ck_payouts_set_off_sends_nothing")),
        sa.CheckConstraint("(way = 'bank') = (bank_account IS NOT NULL)", name=op.f("ck_payouts_account_of_bank")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payouts_currency_is_iso4217")),
        sa.CheckConstraint("state IN ('sending', 'sent', 'failed', 'set_off')", name=op.f("ck_payouts_state_known")),
        sa.CheckConstraint(
            "way <> 'bank' OR state <> 'sent' OR bank_reference IS NOT NULL",
            name=op.f("ck_payouts_bank_tells_reference"),
        ),
        sa.CheckConstraint("way IN ('provider', 'bank')", name=op.f("ck_payouts_way_known")),
        sa.CheckConstraint(
            "amount_minor >= 0 AND sent_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payouts_amounts_in_range")
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_payouts_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("id", "supplier_id", "currency", name=op.f("uq_payouts_id_supplier_id_currency")),
    )
    op.create_index(
        "ix_payouts_sending", "payouts", ["way", "id"], unique=False, postgresql_where=sa.text("state = 'sending'")
    )
    op.create_index("ix_payouts_supplier_id_id", "payouts", ["supplier_id", "id"], unique=False)


def _payout_items() -> None:
    op.create_table(
        "payout_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("cause_kind", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.SmallInteger(), nullable=False),
        sa.Column("payment", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("by_bank", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("set_off_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reversed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.Column("transfer", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (sent_minor > 0)", name=op.f("ck_payout_items_sent_is_something")),
        sa.CheckConstraint("(state = 'sent') = (sent_on IS NOT NULL)", name=op.f("ck_payout_items_sent_on_a_day")),
        sa.CheckConstraint(
            "(state IN ('sending', 'sent', 'set_off')) = (payout_id IS NOT NULL)",
            name=op.f("ck_payout_items_payout_of_state"),
        ),
        sa.CheckConstraint(
            "CASE WHEN state IN ('sent', 'set_off', 'dropped') THEN taken_back_minor + set_off_minor + "
            "sent_minor = amount_minor ELSE sent_minor = 0 END",
            name=op.f("ck_payout_items_parts_are_the_whole"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payout_items_currency_is_iso4217")),
        sa.CheckConstraint("state <> 'refused' OR problem IS NOT NULL", name=op.f("ck_payout_items_refused_says_why")),
        sa.CheckConstraint(
            "state IN ('sending', 'sent', 'set_off') OR set_off_minor = 0",
            name=op.f("ck_payout_items_set_off_with_payout"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'set_off', 'dropped')",
            name=op.f("ck_payout_items_state_known"),
        ),
        sa.CheckConstraint("transfer IS NULL OR state = 'sent'", name=op.f("ck_payout_items_transfer_was_sent")),
        sa.CheckConstraint(
            "amount_minor > 0 AND amount_minor <= 1000000000000000", name=op.f("ck_payout_items_amount_in_range")
        ),
        sa.CheckConstraint("occasion > 0 AND attempt > 0", name=op.f("ck_payout_items_counted")),
        sa.CheckConstraint("payment IS NOT NULL OR by_bank", name=op.f("ck_payout_items_provider_needs_payment")),
        sa.CheckConstraint(
            "taken_back_minor >= 0 AND set_off_minor >= 0 AND sent_minor >= 0 "
            "AND taken_back_minor + set_off_minor + sent_minor <= amount_minor "
            "AND reversed_minor BETWEEN 0 AND sent_minor",
            name=op.f("ck_payout_items_parts_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_id", "supplier_id", "currency"],
            ["payouts.id", "payouts.supplier_id", "payouts.currency"],
            name=op.f("fk_payout_items_payout_id_supplier_id_currency"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_payout_items_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_items")),
        sa.UniqueConstraint("cause_kind", "cause_id", "occasion", name="uq_payout_items_owed_once"),
        sa.UniqueConstraint("id", "supplier_id", "currency", name=op.f("uq_payout_items_id_supplier_id_currency")),
        sa.UniqueConstraint("transfer", name=op.f("uq_payout_items_transfer")),
    )
    op.create_index(
        "ix_payout_items_due",
        "payout_items",
        ["supplier_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_payout_items_payout_id",
        "payout_items",
        ["payout_id"],
        unique=False,
        postgresql_where=sa.text("payout_id IS NOT NULL"),
    )
    op.create_index(
        "ix_payout_items_refused", "payout_items", ["id"], unique=False, postgresql_where=sa.text("state = 'refused'")
    )
    op.create_index("ix_payout_items_supplier_id_id", "payout_items", ["supplier_id", "id"], unique=False)


def _payout_take_backs() -> None:
    op.create_table(
        "payout_take_backs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("reference", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (ended_on IS NULL)", name=op.f("ck_payout_take_backs_ended_has_day")),
        sa.CheckConstraint(
            "(state = 'done') = (reference IS NOT NULL)", name=op.f("ck_payout_take_backs_done_has_reference")
        ),
        sa.CheckConstraint("state IN ('asked', 'done', 'owed')", name=op.f("ck_payout_take_backs_state_known")),
        sa.CheckConstraint("amount_minor > 0 AND number > 0", name=op.f("ck_payout_take_backs_amount_positive")),
        sa.ForeignKeyConstraint(
            ["item_id", "supplier_id", "currency"],
            ["payout_items.id", "payout_items.supplier_id", "payout_items.currency"],
            name=op.f("fk_payout_take_backs_item_id_supplier_id_currency"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_payout_take_backs_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_take_backs")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_payout_take_backs_item_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_payout_take_backs_reference")),
    )
    op.create_index(
        "ix_payout_take_backs_asked",
        "payout_take_backs",
        ["supplier_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index("ix_payout_take_backs_supplier_id_id", "payout_take_backs", ["supplier_id", "id"], unique=False)


def _walls() -> None:
    """Each supplier's own, written while acting for him; read by the operator, who alone says what holds for all."""
    tenant_table("supplier_accounts")
    tenant_table("payouts", owner=SUPPLIER)
    tenant_table("payout_items", owner=SUPPLIER)
    tenant_table("payout_take_backs", owner=SUPPLIER)
    op.execute(f"REVOKE SELECT ON payouts FROM {BACKOFFICE}")
    op.execute(f"GRANT SELECT ({SHOWN}) ON payouts TO {BACKOFFICE}")
    # The function that names a supplier acts as `owner`.
    policy("payout_items", "payout_items_named", "SELECT", "true", None, OWNER)
    said = f"{OWN} OR app_is_operator()"
    tenant_table("payout_calendars", owner=said)
    wall("payout_defaults")
    grant("payout_defaults", ("SELECT",), APP, WORKER, AUDITOR, BACKOFFICE)
    grant("payout_defaults", ("UPDATE",), APP)
    policy("payout_defaults", "payout_defaults_read", "SELECT", "true", None, APP, WORKER, AUDITOR, BACKOFFICE)
    policy("payout_defaults", "payout_defaults_update", "UPDATE", "app_is_operator()", "app_is_operator()", APP)
    policy("payout_defaults", "payout_defaults_begin", "INSERT", None, "true", OWNER)
    op.execute(
        "INSERT INTO payout_defaults (rhythm, weekday, least_minor, least_currency, hold_days) "
        "VALUES ('weekly', 1, 0, 'EUR', 7)"
    )
