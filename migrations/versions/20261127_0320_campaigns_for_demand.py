"""Campaigns made of a demand suggestion: those who share the demand are told of the opening."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_0320"
down_revision = "20261127_0310"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION campaigns_of_demand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM demand_suggestions s WHERE s.id = NEW.demand_suggestion_id AND s.state = 'current') THEN
        PERFORM pooling_refuse('campaigns_of_demand', 'a campaign is made of a suggestion that stands');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_made_of_demand BEFORE INSERT ON campaigns FOR EACH ROW
WHEN (NEW.demand_suggestion_id IS NOT NULL) EXECUTE FUNCTION campaigns_of_demand();
CREATE TRIGGER campaigns_stay_of_demand BEFORE UPDATE ON campaigns FOR EACH ROW
WHEN (NEW.demand_suggestion_id IS NOT NULL AND NEW.demand_suggestion_id IS DISTINCT FROM OLD.demand_suggestion_id)
EXECUTE FUNCTION campaigns_of_demand();
"""


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("demand_suggestion_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_campaigns_demand_suggestion_id"), "campaigns", "demand_suggestions", ["demand_suggestion_id"], ["id"]
    )
    op.create_unique_constraint(
        op.f("uq_campaigns_demand_suggestion_id_lead_id"), "campaigns", ["demand_suggestion_id", "lead_id"]
    )
    op.execute(GUARD)
