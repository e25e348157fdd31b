"""The ledger: accounts, postings and their entries, balances, months that are closed."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, wall

revision = "20261127_0100"
down_revision = "20261126_2481"
branch_labels = None
depends_on = None

OF_HOUSE = (
    "'bank', 'cash_at_provider', 'clearing_remainder', 'commission_income', 'fx_gain_loss', 'fx_position', "
    "'hold_at_provider', 'provider_fees', 'retained', 'rounding', 'tax'"
)
PURPOSES = (
    "'cash_at_provider', 'hold_at_provider', 'bank', 'commission_income', 'provider_fees', 'fx_position', "
    "'fx_gain_loss', 'rounding', 'tax', 'clearing_remainder', 'retained', 'receivable', 'financing_due', "
    "'payable_to_supplier', 'deposit_authorized', 'deposit_held', 'escrow'"
)
DEBIT = "'bank', 'cash_at_provider', 'financing_due', 'fx_position', 'hold_at_provider', 'provider_fees', 'receivable'"
OTHERS_MONEY = "'deposit_authorized', 'deposit_held', 'escrow'"
HOUSE = "'00000000-0000-0000-0000-000000000000'::uuid"
OWN = "holder_id = app_organization_id()"


def upgrade() -> None:
    _accounts()
    _balances()
    _postings()
    _entries()
    _periods()
    _walls()


def _accounts() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column(
            "holder_id", sa.Uuid(), sa.Computed(f"coalesce(organization_id, {HOUSE})", persisted=True), nullable=False
        ),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "side",
            sa.String(length=6),
            sa.Computed(f"CASE WHEN purpose IN ({DEBIT}) THEN 'debit' ELSE 'credit' END", persisted=True),
            nullable=False,
        ),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            f"(organization_id IS NULL) = (purpose IN ({OF_HOUSE}))", name=op.f("ck_ledger_accounts_held_by_purpose")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_ledger_accounts_currency_is_iso4217")),
        sa.CheckConstraint(
            f"purpose NOT IN ({OTHERS_MONEY}) OR coalesce(floor_minor >= 0, false)",
            name=op.f("ck_ledger_accounts_others_money_is_there"),
        ),
        sa.CheckConstraint(f"purpose IN ({PURPOSES})", name=op.f("ck_ledger_accounts_purpose_known")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_ledger_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint(
            "holder_id", "purpose", "currency", name=op.f("uq_ledger_accounts_holder_id_purpose_currency")
        ),
        sa.UniqueConstraint("id", "holder_id", "currency", name=op.f("uq_ledger_accounts_id_holder_id_currency")),
    )
    op.create_index("ix_ledger_accounts_organization_id_id", "ledger_accounts", ["organization_id", "id"], unique=False)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id", "holder_id", "currency"],
        ["ledger_accounts.id", "ledger_accounts.holder_id", "ledger_accounts.currency"],
        name=op.f(f"fk_{table}_account_id_holder_id_currency"),
    )


def _balances() -> None:
    op.create_table(
        "ledger_balances",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("entries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "CASE side WHEN 'debit' THEN balance_minor ELSE -balance_minor END >= floor_minor",
            name=op.f("ck_ledger_balances_floor_kept"),
        ),
        sa.CheckConstraint("side IN ('debit', 'credit')", name=op.f("ck_ledger_balances_side_known")),
        _of_account("ledger_balances"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_balances")),
    )
    # No index holds what changes, so that a much posted balance is written in place.
    op.execute("ALTER TABLE ledger_balances SET (fillfactor = 50)")


def _postings() -> None:
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause_kind", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("occasion", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column(
            "period",
            sa.Date(),
            sa.Computed("(date_trunc('month', occurred_on::timestamp))::date", persisted=True),
            nullable=False,
        ),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(reverses_id IS NULL) = (kind <> 'reversal') AND (reverses_id IS NULL) = (reason IS NULL) "
            "AND (reverses_id IS NULL OR (cause_kind, cause_id, occasion) = ('posting', reverses_id, 1))",
            name=op.f("ck_ledger_postings_reversal_says_of_what_and_why"),
        ),
        sa.CheckConstraint("cause_kind ~ '^[a-z_]+$' AND kind ~ '^[a-z_]+$'", name=op.f("ck_ledger_postings_words")),
        sa.CheckConstraint("occasion > 0", name=op.f("ck_ledger_postings_occasions_count")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ledger_postings_person_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["ledger_postings.id"], name=op.f("fk_ledger_postings_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
        sa.UniqueConstraint("cause_kind", "cause_id", "kind", "occasion", name="uq_ledger_postings_fact"),
        sa.UniqueConstraint("id", "occurred_on", name=op.f("uq_ledger_postings_id_occurred_on")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_postings_reverses_id")),
    )
    op.create_index("ix_ledger_postings_occurred_on", "ledger_postings", ["occurred_on"], unique=False)


def _entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "amount_minor <> 0 AND amount_minor BETWEEN -1000000000000000 AND 1000000000000000",
            name=op.f("ck_ledger_entries_amount_in_range"),
        ),
        _of_account("ledger_entries"),
        sa.ForeignKeyConstraint(
            ["posting_id", "occurred_on"],
            ["ledger_postings.id", "ledger_postings.occurred_on"],
            name=op.f("fk_ledger_entries_posting_id_occurred_on"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index(
        "ix_ledger_entries_account_id_occurred_on_id",
        "ledger_entries",
        ["account_id", "occurred_on", "id"],
        unique=False,
    )
    op.create_index("ix_ledger_entries_posting_id", "ledger_entries", ["posting_id"], unique=False)


def _periods() -> None:
    op.create_table(
        "ledger_periods",
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("extract(day FROM period) = 1", name=op.f("ck_ledger_periods_first_of_month")),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"], name=op.f("fk_ledger_periods_closed_by")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_ledger_periods")),
    )
    op.create_table(
        "ledger_closings",
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        _of_account("ledger_closings"),
        sa.ForeignKeyConstraint(["period"], ["ledger_periods.period"], name=op.f("fk_ledger_closings_period")),
        sa.PrimaryKeyConstraint("period", "account_id", name=op.f("pk_ledger_closings")),
    )
    op.create_index("ix_ledger_closings_account_id_period", "ledger_closings", ["account_id", "period"], unique=False)


def _walls() -> None:
    """Nobody writes but `owner`, as whom the functions below act. An organization reads its own accounts and what is on them, and
    of a posting the head alone; the house's are the operator's."""
    concerned = (
        "EXISTS (SELECT 1 FROM ledger_entries e WHERE e.posting_id = ledger_postings.id "
        "AND e.holder_id = app_organization_id())"
    )
    read = dict.fromkeys(("ledger_accounts", "ledger_balances", "ledger_entries", "ledger_closings"), OWN)
    read |= {"ledger_postings": concerned, "ledger_periods": "app_organization_id() IS NOT NULL"}
    for table, whose in read.items():
        readers = (AUDITOR,) if table == "ledger_periods" else (AUDITOR, BACKOFFICE)
        wall(table)
        grant(table, ("SELECT",), APP, WORKER, *readers)
        policy(table, f"{table}_read", "SELECT", f"{whose} OR app_is_operator()", None, APP, WORKER)
        policy(table, f"{table}_audit", "SELECT", "true", None, *readers)
        policy(table, f"{table}_kept", "ALL", "true", "true", OWNER)
        if table != "ledger_balances":
            append_only(table)
