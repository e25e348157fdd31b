"""Campaigns for invited organizations alone: who is invited, and that nobody else sees them or takes part."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, policy, tenant_table

revision = "20261127_0330"
down_revision = "20261127_0320"
branch_labels = None
depends_on = None

LEAD = "lead_id = app_organization_id()"
ME = "organization_id = app_organization_id()"

ADMITS = """
-- Whether an organization may see a campaign once it is open, and take part.
CREATE FUNCTION campaign_admits(p_campaign uuid, p_organization uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (
    SELECT 1 FROM campaigns c WHERE c.id = p_campaign AND app_deal(c.lead_id, p_organization)
      AND (c.audience = 'everybody' OR c.lead_id = p_organization OR EXISTS (
          SELECT 1 FROM campaign_invitations i WHERE i.campaign_id = c.id AND i.organization_id = p_organization)));

CREATE OR REPLACE FUNCTION campaign_hold_open(p_campaign uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_open boolean;
BEGIN
    -- In turn: who shares a row overtakes whoever waits to change it, so a rush would hold the freeze up.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('campaign ' || p_campaign, 7));
    SELECT c.state = 'open' AND app_now() < c.closes_at INTO is_open FROM campaigns c WHERE c.id = p_campaign FOR SHARE;
    RETURN coalesce(is_open, false) AND campaign_admits(p_campaign, app_organization_id());
END $$;

CREATE OR REPLACE FUNCTION auction_hold(p_campaign uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    running boolean;
    ending timestamptz;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('campaign ' || p_campaign, 7));
    SELECT c.state = 'bidding' INTO running FROM campaigns c WHERE c.id = p_campaign FOR SHARE;
    SELECT a.ends_at INTO ending FROM auctions a WHERE a.campaign_id = p_campaign FOR UPDATE;
    moment := auction_moment();
    RETURN CASE WHEN running AND moment < ending AND campaign_admits(p_campaign, app_organization_id()) THEN moment END;
END $$;

CREATE OR REPLACE FUNCTION auction_pooled(p_campaign uuid) RETURNS TABLE (item_id uuid, place text, lots bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT m.item_id, m.place, sum(m.lots)::bigint FROM commitments m JOIN campaigns c ON c.id = m.campaign_id
    WHERE c.id = p_campaign AND m.state = 'standing' AND c.competition = 'auction'
      AND c.state NOT IN ('draft', 'open', 'cancelled') AND (SELECT campaign_admits(p_campaign, app_organization_id()))
    GROUP BY m.item_id, m.place ORDER BY m.item_id, m.place;
END;

CREATE OR REPLACE FUNCTION auction_standing(p_campaign uuid)
RETURNS TABLE (item_id uuid, best_minor bigint, own_minor bigint, own_rank integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH lowest AS (
        SELECT priced.key::uuid AS item_id, b.supplier_id, min(priced.value::bigint) AS minor
        FROM auction_bids b, jsonb_each_text(b.prices) AS priced
        WHERE b.campaign_id = p_campaign AND (SELECT campaign_admits(p_campaign, app_organization_id()))
        GROUP BY 1, 2
    )
    SELECT l.item_id, min(l.minor), min(own.minor),
        CASE WHEN min(own.minor) IS NOT NULL THEN 1 + count(*) FILTER (WHERE l.minor < own.minor) END::integer
    FROM lowest l LEFT JOIN lowest own ON own.item_id = l.item_id AND own.supplier_id = app_organization_id()
    GROUP BY l.item_id;
END;
"""

INVITATIONS = """
CREATE FUNCTION campaign_invitations_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    concerned uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.campaign_id ELSE NEW.campaign_id END;
BEGIN
    -- Whoever commits himself or offers just now is waited for.
    PERFORM 1 FROM campaigns c WHERE c.id = concerned
        AND (c.state = 'draft' OR c.state = 'open' AND app_now() < c.closes_at) FOR UPDATE;
    IF NOT FOUND OR TG_OP = 'UPDATE' THEN
        PERFORM pooling_refuse('campaign_invitations_stand', 'organizations are invited until the freeze');
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM campaign_totals t WHERE t.campaign_id = concerned AND t.commitments > 0) THEN
            PERFORM pooling_refuse('campaign_invitations_stand', 'invitations are taken back before the first commitment');
        END IF;
        RETURN OLD;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.id = concerned AND c.audience = 'invited'
                   AND app_deal(c.lead_id, NEW.organization_id)) THEN
        PERFORM pooling_refuse('campaign_invitations_way', 'who deals with the lead is invited to what is not for everybody');
    END IF;
    IF (SELECT count(*) FROM campaign_invitations i WHERE i.campaign_id = concerned) >= 500 THEN
        PERFORM pooling_refuse('campaign_invitations_most', 'a campaign has so many invitations at most');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_invitations_guarded BEFORE INSERT OR UPDATE OR DELETE ON campaign_invitations
FOR EACH ROW EXECUTE FUNCTION campaign_invitations_guard();

-- What somebody who is shut out has in the campaign falls: the lead is not told whether there was anything.
CREATE FUNCTION campaign_invitations_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE pool_offers SET state = 'withdrawn', ended_at = app_now(), version = version + 1
    WHERE campaign_id = OLD.campaign_id AND supplier_id = OLD.organization_id AND state = 'standing';
    UPDATE commitments SET state = 'lapsed', version = version + 1
    WHERE campaign_id = OLD.campaign_id AND member_id = OLD.organization_id AND state = 'awaiting';
    RETURN NULL;
END $$;
CREATE TRIGGER campaign_invitations_ended AFTER DELETE ON campaign_invitations
FOR EACH ROW EXECUTE FUNCTION campaign_invitations_end();
"""

LAPSING = """
-- What awaits approval lapses when nothing is taken any more, or when its member is shut out.
CREATE OR REPLACE FUNCTION commitment_may_lapse(p_campaign uuid, p_member uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT campaign_hold_open(p_campaign) OR NOT campaign_admits(p_campaign, p_member);
END $$;
"""


def upgrade() -> None:
    _audience()
    _campaign_invitations()
    for statements in (ADMITS, INVITATIONS, LAPSING):
        op.execute(statements)
    op.execute("REVOKE ALL ON FUNCTION campaign_admits(uuid, uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION campaign_admits(uuid, uuid) TO {APP}, {WORKER}")
    _walls()


def _audience() -> None:
    op.add_column(
        "campaigns", sa.Column("audience", sa.String(length=9), server_default=sa.text("'everybody'"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_campaigns_audience_known"), "campaigns", "audience IN ('everybody', 'invited')")


def _campaign_invitations() -> None:
    op.create_table(
        "campaign_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("organization_id <> lead_id", name=op.f("ck_campaign_invitations_invites_others")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_campaign_invitations_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_campaign_invitations_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_invitations")),
        sa.UniqueConstraint(
            "campaign_id", "organization_id", name=op.f("uq_campaign_invitations_campaign_id_organization_id")
        ),
    )
    op.create_index(
        "ix_campaign_invitations_organization_id_campaign_id",
        "campaign_invitations",
        ["organization_id", "campaign_id"],
        unique=False,
    )


def _walls() -> None:
    tenant_table(
        "campaign_invitations",
        owner=LEAD,
        read=f"{LEAD} OR {ME}",
        privileges=("SELECT", "INSERT", "DELETE"),
    )
    policy("campaign_invitations", "campaign_invitations_held", "ALL", "true", "true", OWNER)
    op.execute("DROP POLICY campaigns_read ON campaigns")
    invited = (
        "EXISTS (SELECT 1 FROM campaign_invitations i WHERE i.campaign_id = campaigns.id "
        "AND i.organization_id = app_organization_id())"
    )
    reading = (
        f"({LEAD} OR (opened_at IS NOT NULL AND app_organization_id() IS NOT NULL "
        f"AND app_deal(lead_id, app_organization_id()) AND (audience = 'everybody' OR {invited}))) OR app_is_operator()"
    )
    policy("campaigns", "campaigns_read", "SELECT", reading, None, APP, WORKER)
