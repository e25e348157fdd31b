"""Load plans: what is to be loaded into what, and what came of the search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import tenant_table

revision = "20261126_2250"
down_revision = "20261126_2240"
branch_labels = None
depends_on = None

OPEN = "state IN ('queued', 'solving')"


def upgrade() -> None:
    _load_plans()
    op.execute(GUARD)
    _walls()


def _load_plans() -> None:
    op.create_table(
        "load_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("consignee_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("seconds", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("spaces", sa.SmallInteger(), nullable=False),
        sa.Column("task", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("plan", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("failure", sa.String(length=13), nullable=True),
        sa.Column(
            "violations", postgresql.ARRAY(sa.String(length=300)), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("loaded", sa.Integer(), nullable=True),
        sa.Column("spaces_used", sa.SmallInteger(), nullable=True),
        sa.Column("mass_kg", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("volume_use_pct", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_checks(),
        sa.ForeignKeyConstraint(["consignee_id"], ["organizations.id"], name=op.f("fk_load_plans_consignee_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_load_plans_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_load_plans_person_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id", "owner_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_load_plans_shipment_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_load_plans")),
    )
    op.create_index("ix_load_plans_owner_id_id", "load_plans", ["owner_id", "id"], unique=False)
    for column in ("shipment_id", "consignee_id"):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_load_plans_{column}_id", "load_plans", [column, "id"], unique=False, postgresql_where=given
        )
    op.create_index("ix_load_plans_open", "load_plans", ["id"], unique=False, postgresql_where=sa.text(OPEN))
    op.create_index(
        "uq_load_plans_one_a_place",
        "load_plans",
        ["owner_id", "place"],
        unique=True,
        postgresql_where=sa.text(OPEN),
    )


def _checks() -> list[sa.CheckConstraint]:
    found = {
        "state_known": "state IN ('queued', 'solving', 'done', 'failed', 'cancelled')",
        "failure_known": "failure IN ('rules-broken', 'out-of-time', 'solver-failed', 'interrupted')",
        "place_in_range": "place BETWEEN 1 AND 10",
        "seconds_in_range": "seconds BETWEEN 1 AND 60",
        "task_in_range": "boxes BETWEEN 1 AND 5000 AND spaces BETWEEN 1 AND 50",
        "attempts_counted": "attempts >= 0",
        "ended_has_time": f"({OPEN}) = (ended_at IS NULL)",
        "failure_has_reason": "(state = 'failed') = (failure IS NOT NULL)",
        "done_has_plan": (
            "(state = 'done') = (plan IS NOT NULL) AND (state = 'done') = (loaded IS NOT NULL) "
            "AND (state = 'done') = (spaces_used IS NOT NULL) AND (state = 'done') = (mass_kg IS NOT NULL) "
            "AND (state = 'done') = (volume_use_pct IS NOT NULL)"
        ),
        "no_more_than_asked": "loaded BETWEEN 0 AND boxes AND spaces_used BETWEEN 0 AND spaces",
        "figures_in_range": "volume_use_pct BETWEEN 0 AND 100 AND mass_kg >= 0",
        "done_breaks_no_rule": "state <> 'done' OR cardinality(violations) = 0",
    }
    return [sa.CheckConstraint(rule, name=op.f(f"ck_load_plans_{name}")) for name, rule in found.items()]


# What was asked stays, what has ended stays, and who receives the shipment is not for the writer to say.
GUARD = """
CREATE FUNCTION load_plans_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'queued' THEN
            RAISE EXCEPTION 'a load plan begins queued' USING ERRCODE = 'check_violation', CONSTRAINT = 'load_plans_way';
        END IF;
        NEW.consignee_id := (SELECT s.consignee_id FROM shipments s WHERE s.id = NEW.shipment_id);
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.owner_id, NEW.shipment_id, NEW.consignee_id, NEW.seconds, NEW.place, NEW.boxes, NEW.spaces, NEW.task,
        NEW.person_id, NEW.client_id) IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.shipment_id, OLD.consignee_id, OLD.seconds,
        OLD.place, OLD.boxes, OLD.spaces, OLD.task, OLD.person_id, OLD.client_id) THEN
        RAISE EXCEPTION 'what was asked stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'load_plans_task_stays';
    END IF;
    IF NOT (
        (OLD.state IN ('queued', 'solving') AND NEW.state IN ('solving', 'cancelled'))
        OR (OLD.state = 'solving' AND NEW.state IN ('done', 'failed'))
    ) THEN
        RAISE EXCEPTION 'a load plan does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'load_plans_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER load_plans_guarded BEFORE INSERT OR UPDATE ON load_plans FOR EACH ROW EXECUTE FUNCTION load_plans_guard();
"""


def _walls() -> None:
    # Policies of `bookings` look at no other table, so this one may look at them.
    carried = (
        "EXISTS (SELECT 1 FROM bookings b WHERE b.shipment_id = load_plans.shipment_id "
        "AND b.partner_id = app_organization_id() AND b.state = 'accepted')"
    )
    tenant_table(
        "load_plans",
        owner="owner_id = app_organization_id()",
        read=(
            "owner_id = app_organization_id() "
            f"OR (state = 'done' AND (consignee_id = app_organization_id() OR {carried}))"
        ),
    )
