"""What freight costs: rate cards, instant quotes, inquiries that partners answer, and containers that shippers share."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, tenant_table

revision = "20261126_2230"
down_revision = "20261126_2220"
branch_labels = None
depends_on = None

SHIPPED = "shipper_id = app_organization_id()"
CARRIED = "partner_id = app_organization_id()"
BOTH = f"{SHIPPED} OR {CARRIED}"
SHOWN = (
    "id, shipment_id, shipper_id, partner_id, number, leg, mode, from_place, to_place, note, state, expires_at, "
    "partner_reference, answer, ended_at, freight_option_id, currency, version, created_at"
)
PLACE = "^[A-Z]{2}([A-Z2-9]{3}|-[0-9A-Z]{1,7})?$"

TOTAL = """
CREATE FUNCTION freight_lines_total(lines jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum((line ->> 'amount_minor')::numeric), 0) FROM jsonb_array_elements(lines) line)
"""


def upgrade() -> None:
    op.execute(TOTAL)
    _rate_cards()
    _freight_quotes()
    _freight_inquiries()
    _freight_invitations()
    _freight_offers()
    _freight_options()
    _bookings()
    _consolidations()
    _consolidation_members()
    _walls()


def _rate_cards() -> None:
    op.create_table(
        "rate_cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("from_place", sa.String(length=10, collation="C"), nullable=False),
        sa.Column("to_place", sa.String(length=10, collation="C"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("transit_days_min", sa.SmallInteger(), nullable=False),
        sa.Column("transit_days_max", sa.SmallInteger(), nullable=False),
        sa.Column("tariff", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'current'"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'current') = (ended_at IS NULL)", name=op.f("ck_rate_cards_ended_has_time")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_rate_cards_currency_form")),
        sa.CheckConstraint(
            f"from_place ~ '{PLACE}' AND to_place ~ '{PLACE}'", name=op.f("ck_rate_cards_places_known_form")
        ),
        sa.CheckConstraint("jsonb_typeof(tariff) = 'object'", name=op.f("ck_rate_cards_tariff_is_object")),
        sa.CheckConstraint(
            "mode IN ('sea_fcl', 'sea_lcl', 'air', 'road', 'rail', 'courier')", name=op.f("ck_rate_cards_mode_known")
        ),
        sa.CheckConstraint("state IN ('current', 'replaced', 'withdrawn')", name=op.f("ck_rate_cards_state_known")),
        sa.CheckConstraint(
            "0 <= transit_days_min AND transit_days_min <= transit_days_max",
            name=op.f("ck_rate_cards_transit_is_range"),
        ),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_rate_cards_digest_is_sha256")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_rate_cards_validity_in_order")),
        sa.CheckConstraint("version > 0", name=op.f("ck_rate_cards_version_positive")),
        sa.ForeignKeyConstraint(["partner_id"], ["organizations.id"], name=op.f("fk_rate_cards_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_cards")),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_rate_cards_id_partner_id")),
        sa.UniqueConstraint(
            "partner_id", "reference", "version", name=op.f("uq_rate_cards_partner_id_reference_version")
        ),
    )
    op.create_index(
        "ix_rate_cards_lane",
        "rate_cards",
        ["from_place", "to_place", "mode", "valid_until"],
        unique=False,
        postgresql_where=sa.text("state = 'current'"),
    )
    op.create_index("ix_rate_cards_partner_id_id", "rate_cards", ["partner_id", "id"], unique=False)
    op.create_index(
        "uq_rate_cards_current",
        "rate_cards",
        ["partner_id", "reference"],
        unique=True,
        postgresql_where=sa.text("state = 'current'"),
    )


def _freight_quotes() -> None:
    op.create_table(
        "freight_quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unfit", postgresql.JSONB(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_freight_quotes_currency_form")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_freight_quotes_created_by")),
        sa.ForeignKeyConstraint(["shipper_id"], ["organizations.id"], name=op.f("fk_freight_quotes_shipper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_quotes")),
        sa.UniqueConstraint("id", "shipper_id", name=op.f("uq_freight_quotes_id_shipper_id")),
    )
    op.create_index("ix_freight_quotes_shipper_id_id", "freight_quotes", ["shipper_id", "id"], unique=False)


def _freight_inquiries() -> None:
    op.create_table(
        "freight_inquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_offer_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_freight_inquiries_ended_has_time")),
        sa.CheckConstraint(
            "(state = 'taken') = (taken_offer_id IS NOT NULL)", name=op.f("ck_freight_inquiries_taken_names_offer")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'taken', 'cancelled')", name=op.f("ck_freight_inquiries_state_known")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_freight_inquiries_created_by")),
        sa.ForeignKeyConstraint(["shipper_id"], ["organizations.id"], name=op.f("fk_freight_inquiries_shipper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_inquiries")),
        sa.UniqueConstraint("id", "shipper_id", name=op.f("uq_freight_inquiries_id_shipper_id")),
    )
    op.create_index(
        "ix_freight_inquiries_closes_at",
        "freight_inquiries",
        ["closes_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_freight_inquiries_shipper_id_id", "freight_inquiries", ["shipper_id", "id"], unique=False)


def _freight_invitations() -> None:
    op.create_table(
        "freight_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("shipper_id <> partner_id", name=op.f("ck_freight_invitations_not_oneself")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "shipper_id"],
            ["freight_inquiries.id", "freight_inquiries.shipper_id"],
            name=op.f("fk_freight_invitations_inquiry_id_shipper_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["organizations.id"], name=op.f("fk_freight_invitations_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_invitations")),
        sa.UniqueConstraint("inquiry_id", "partner_id", name=op.f("uq_freight_invitations_inquiry_id_partner_id")),
    )
    op.create_index(
        "ix_freight_invitations_partner_id_inquiry_id",
        "freight_invitations",
        ["partner_id", "inquiry_id"],
        unique=False,
    )


def _freight_offers() -> None:
    op.create_table(
        "freight_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("transit_days_min", sa.SmallInteger(), nullable=False),
        sa.Column("transit_days_max", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'offered'"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name=op.f("ck_freight_offers_ended_has_time")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_freight_offers_currency_form")),
        sa.CheckConstraint(
            "mode IN ('sea_fcl', 'sea_lcl', 'air', 'road', 'rail', 'courier')",
            name=op.f("ck_freight_offers_mode_known"),
        ),
        sa.CheckConstraint(
            "state IN ('offered', 'revised', 'withdrawn', 'taken', 'not_taken')",
            name=op.f("ck_freight_offers_state_known"),
        ),
        sa.CheckConstraint(
            "0 <= transit_days_min AND transit_days_min <= transit_days_max",
            name=op.f("ck_freight_offers_transit_is_range"),
        ),
        sa.CheckConstraint(
            "freight_lines_total(lines) = total_minor", name=op.f("ck_freight_offers_lines_sum_to_total")
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_freight_offers_revision_positive")),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_freight_offers_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "partner_id"],
            ["freight_invitations.inquiry_id", "freight_invitations.partner_id"],
            name=op.f("fk_freight_offers_inquiry_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["inquiry_id", "shipper_id"],
            ["freight_inquiries.id", "freight_inquiries.shipper_id"],
            name=op.f("fk_freight_offers_inquiry_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_offers")),
        sa.UniqueConstraint("id", "shipper_id", "partner_id", name=op.f("uq_freight_offers_id_shipper_id_partner_id")),
        sa.UniqueConstraint(
            "inquiry_id", "partner_id", "revision", name=op.f("uq_freight_offers_inquiry_id_partner_id_revision")
        ),
    )
    op.create_index(
        "uq_freight_offers_live",
        "freight_offers",
        ["inquiry_id", "partner_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('offered', 'taken')"),
    )
    op.create_index(
        "uq_freight_offers_taken",
        "freight_offers",
        ["inquiry_id"],
        unique=True,
        postgresql_where=sa.text("state = 'taken'"),
    )


def _freight_options() -> None:
    op.create_table(
        "freight_options",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("from_place", sa.String(length=10), nullable=False),
        sa.Column("to_place", sa.String(length=10), nullable=False),
        sa.Column("transit_days_min", sa.SmallInteger(), nullable=False),
        sa.Column("transit_days_max", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("chargeable", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reader_currency", sa.String(length=3), nullable=True),
        sa.Column("reader_total_minor", sa.BigInteger(), nullable=True),
        sa.Column("fx_rate", sa.Numeric(precision=24, scale=12), nullable=True),
        sa.Column("fx_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_freight_options_currency_form")),
        sa.CheckConstraint(
            f"from_place ~ '{PLACE}' AND to_place ~ '{PLACE}'", name=op.f("ck_freight_options_places_known_form")
        ),
        sa.CheckConstraint(
            "mode IN ('sea_fcl', 'sea_lcl', 'air', 'road', 'rail', 'courier')",
            name=op.f("ck_freight_options_mode_known"),
        ),
        sa.CheckConstraint(
            "(quote_id IS NULL) <> (offer_id IS NULL)", name=op.f("ck_freight_options_quoted_or_offered")
        ),
        sa.CheckConstraint("(quote_id IS NULL) = (card_id IS NULL)", name=op.f("ck_freight_options_quoted_of_a_card")),
        sa.CheckConstraint(
            "freight_lines_total(lines) = total_minor", name=op.f("ck_freight_options_lines_sum_to_total")
        ),
        sa.CheckConstraint("fx_rate > 0", name=op.f("ck_freight_options_fx_rate_positive")),
        sa.CheckConstraint(
            "num_nonnulls(reader_currency, reader_total_minor, fx_rate, fx_on) IN (0, 4)",
            name=op.f("ck_freight_options_conversion_is_whole"),
        ),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_freight_options_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["card_id", "partner_id"],
            ["rate_cards.id", "rate_cards.partner_id"],
            name=op.f("fk_freight_options_card_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "shipper_id", "partner_id"],
            ["freight_offers.id", "freight_offers.shipper_id", "freight_offers.partner_id"],
            name=op.f("fk_freight_options_offer_id_shipper_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["organizations.id"], name=op.f("fk_freight_options_partner_id")),
        sa.ForeignKeyConstraint(
            ["quote_id", "shipper_id"],
            ["freight_quotes.id", "freight_quotes.shipper_id"],
            name=op.f("fk_freight_options_quote_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freight_options")),
        sa.UniqueConstraint("id", "shipper_id", "partner_id", name=op.f("uq_freight_options_id_shipper_id_partner_id")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_freight_options_offer_id")),
    )
    op.create_index("ix_freight_options_card_id", "freight_options", ["card_id"], unique=False)
    op.create_index("ix_freight_options_quote_id", "freight_options", ["quote_id"], unique=False)
    op.create_index("ix_freight_options_shipper_id", "freight_options", ["shipper_id"], unique=False)


def _consolidations() -> None:
    op.create_table(
        "consolidations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("container_type", sa.String(length=20), nullable=False),
        sa.Column("container_number", sa.String(length=11), nullable=True),
        sa.Column("from_place", sa.String(length=5), nullable=False),
        sa.Column("to_place", sa.String(length=5), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=9), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_consolidations_ended_has_time")),
        sa.CheckConstraint("basis IN ('goods', 'container')", name=op.f("ck_consolidations_basis_known")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_consolidations_currency_form")),
        sa.CheckConstraint(
            "from_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND to_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND from_place <> to_place",
            name=op.f("ck_consolidations_places_are_unlocodes"),
        ),
        sa.CheckConstraint("state IN ('open', 'closed', 'cancelled')", name=op.f("ck_consolidations_state_known")),
        sa.CheckConstraint("cost_minor BETWEEN 0 AND 1000000000000000", name=op.f("ck_consolidations_cost_in_range")),
        sa.ForeignKeyConstraint(["partner_id"], ["organizations.id"], name=op.f("fk_consolidations_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consolidations")),
        sa.UniqueConstraint("id", "partner_id", name=op.f("uq_consolidations_id_partner_id")),
    )
    op.create_index("ix_consolidations_partner_id_id", "consolidations", ["partner_id", "id"], unique=False)


def _consolidation_members() -> None:
    op.create_table(
        "consolidation_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consolidation_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("volume_m3", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("mass_kg", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("share_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(share_minor IS NULL) = (currency IS NULL)", name=op.f("ck_consolidation_members_share_has_currency")
        ),
        sa.CheckConstraint(
            "removed_at IS NULL OR share_minor IS NULL", name=op.f("ck_consolidation_members_removed_pays_nothing")
        ),
        sa.CheckConstraint("share_minor >= 0", name=op.f("ck_consolidation_members_share_not_negative")),
        sa.CheckConstraint(
            "volume_m3 >= 0 AND mass_kg >= 0 AND volume_m3 + mass_kg > 0",
            name=op.f("ck_consolidation_members_measures_given"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id", "shipper_id", "partner_id"],
            ["bookings.id", "bookings.shipper_id", "bookings.partner_id"],
            name=op.f("fk_consolidation_members_booking_id_shipper_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["consolidation_id", "partner_id"],
            ["consolidations.id", "consolidations.partner_id"],
            name=op.f("fk_consolidation_members_consolidation_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consolidation_members")),
    )
    op.create_index("ix_consolidation_members_booking_id", "consolidation_members", ["booking_id"], unique=False)
    op.create_index(
        "ix_consolidation_members_consolidation_id", "consolidation_members", ["consolidation_id"], unique=False
    )
    op.create_index(
        "ix_consolidation_members_shipper_id_id", "consolidation_members", ["shipper_id", "id"], unique=False
    )
    op.create_index(
        "uq_consolidation_members_booking",
        "consolidation_members",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def _bookings() -> None:
    op.add_column("bookings", sa.Column("freight_option_id", sa.Uuid(), nullable=True))
    op.add_column("bookings", sa.Column("price_minor", sa.BigInteger(), nullable=True))
    op.add_column("bookings", sa.Column("currency", sa.String(length=3), nullable=True))
    op.create_check_constraint(
        op.f("ck_bookings_price_of_an_option"),
        "bookings",
        "num_nonnulls(freight_option_id, price_minor, currency) IN (0, 3)",
    )
    op.create_unique_constraint(
        op.f("uq_bookings_id_shipper_id_partner_id"), "bookings", ["id", "shipper_id", "partner_id"]
    )
    op.create_foreign_key(
        op.f("fk_bookings_freight_option_id_shipper_id_partner_id"),
        "bookings",
        "freight_options",
        ["freight_option_id", "shipper_id", "partner_id"],
        ["id", "shipper_id", "partner_id"],
    )
    op.create_index(
        "uq_bookings_one_an_option",
        "bookings",
        ["freight_option_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('offered', 'accepted')"),
    )


def _walls() -> None:
    # A card is its partner's alone. Prices are made of it by a function.
    tenant_table("rate_cards", owner=CARRIED)
    tenant_table("freight_quotes", owner=SHIPPED, privileges=("SELECT", "INSERT"))
    append_only("freight_quotes")
    # A partner reads what was booked with him. The operator does not read what is between the two.
    tenant_table(
        "freight_options",
        owner=SHIPPED,
        read=f"{SHIPPED} OR ({CARRIED} AND booked_at IS NOT NULL)",
        privileges=("SELECT", "INSERT"),
        operator_reads=False,
        auditor_reads=False,
    )
    asked = (
        "EXISTS (SELECT 1 FROM freight_invitations i "
        "WHERE i.inquiry_id = freight_inquiries.id AND i.partner_id = app_organization_id())"
    )
    tenant_table("freight_inquiries", owner=SHIPPED, read=f"{SHIPPED} OR {asked}")
    tenant_table("freight_invitations", owner=SHIPPED, read=BOTH, privileges=("SELECT", "INSERT"))
    append_only("freight_invitations")
    tenant_table(
        "freight_offers",
        owner=CARRIED,
        read=BOTH,
        privileges=("SELECT", "INSERT"),
        operator_reads=False,
        auditor_reads=False,
    )
    op.execute(f"GRANT UPDATE ON freight_offers TO {APP}, {WORKER}")
    policy("freight_offers", "freight_offers_update", "UPDATE", BOTH, BOTH, APP, WORKER)
    for table in ("freight_options", "freight_offers"):
        grant(table, ("SELECT",), AUDITOR)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR)
    # Nor do the operator's screens show what a booking costs.
    op.execute(f"REVOKE SELECT ON bookings FROM {BACKOFFICE}")
    op.execute(f"GRANT SELECT ({SHOWN}) ON bookings TO {BACKOFFICE}")
    tenant_table("consolidations", owner=CARRIED)
    # A shipper reads his own share, once it is fixed.
    tenant_table("consolidation_members", owner=CARRIED, read=f"{CARRIED} OR ({SHIPPED} AND share_minor IS NOT NULL)")
    # Functions and triggers act as `owner`.
    for table in ("rate_cards", "freight_offers", "consolidations", "consolidation_members"):
        policy(table, f"{table}_kept", "SELECT", "true", None, OWNER)
    for table in ("freight_inquiries", "freight_invitations", "freight_options"):
        policy(table, f"{table}_held", "ALL", "true", "true", OWNER)
    policy("organizations", "organizations_asking", "SELECT", "id = app_organization_id()", None, OWNER)
