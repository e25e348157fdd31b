"""Freight is quoted, asked and offered within one world: a sandbox's prices are no market's, nor the other way round."""

from alembic import op

revision = "20261126_2280"
down_revision = "20261126_2270"
branch_labels = None
depends_on = None

CARDS = """
-- Shippers are quoted of everybody's cards in their world, and who carries of his own alone.
CREATE OR REPLACE FUNCTION freight_cards(p_from text[], p_to text[], p_modes text[], p_day date, p_most integer)
RETURNS SETOF rate_cards LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := app_organization_id();
    carries boolean := coalesce((SELECT 'logistics' = ANY (o.roles) FROM organizations o WHERE o.id = me), true);
BEGIN
    RETURN QUERY
    SELECT c.* FROM rate_cards c
    WHERE c.state = 'current' AND c.from_place = ANY (p_from) AND c.to_place = ANY (p_to) AND c.mode = ANY (p_modes)
      AND c.valid_until >= p_day AND (NOT carries OR c.partner_id = me) AND app_deal(c.partner_id, me)
    ORDER BY c.valid_from > p_day, c.id LIMIT p_most;
END $$;
"""


def upgrade() -> None:
    op.execute(CARDS)
    op.execute(
        "CREATE TRIGGER freight_invitations_one_world BEFORE INSERT OR UPDATE OF shipper_id, partner_id ON freight_invitations "
        "FOR EACH ROW EXECUTE FUNCTION parties_one_world('shipper_id', 'partner_id')"
    )
