"""Commitments that await approval: neither pooled nor cleared before it is given, fallen when it is refused or comes too late."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, policy

revision = "20261127_0310"
down_revision = "20261127_0300"
branch_labels = None
depends_on = None

KINDS = "subject_kind IN ('award', 'order', 'commitment')"

COMMITMENTS = """
CREATE FUNCTION commitment_may_lapse(p_campaign uuid, p_member uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT campaign_hold_open(p_campaign);
END $$;

CREATE OR REPLACE FUNCTION commitments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item record;
    instead record;
    asked record;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state = 'lapsed' THEN
        IF OLD.state <> 'awaiting' OR to_jsonb(NEW) - '{state,version}'::text[] <> to_jsonb(OLD) - '{state,version}'::text[]
            OR NOT commitment_may_lapse(NEW.campaign_id, NEW.member_id) THEN
            PERFORM pooling_refuse('commitments_way', 'what awaits approval lapses when nothing is taken any more');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT campaign_hold_open(NEW.campaign_id) THEN
        PERFORM pooling_refuse('commitments_in_time', 'members commit themselves until the freeze');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state NOT IN ('awaiting', 'standing') OR (NEW.id, NEW.campaign_id, NEW.member_id, NEW.currency)
            IS DISTINCT FROM (OLD.id, OLD.campaign_id, OLD.member_id, OLD.currency)
            OR (NEW.state = 'refused' AND OLD.state <> 'awaiting') THEN
            PERFORM pooling_refuse('commitments_way', 'what has fallen stays so, and nobody else takes a commitment over');
        END IF;
        IF OLD.state = 'awaiting' AND (NEW.state, NEW.approval_id) IS DISTINCT FROM (OLD.state, OLD.approval_id) AND EXISTS (
            SELECT 1 FROM approvals a WHERE a.id = OLD.approval_id AND a.state = 'pending') THEN
            PERFORM pooling_refuse('commitments_approved', 'what was asked is decided or taken back first');
        END IF;
        IF NEW.state IN ('withdrawn', 'refused')
            AND (NEW.item_id, NEW.place, NEW.lots) IS DISTINCT FROM (OLD.item_id, OLD.place, OLD.lots) THEN
            PERFORM pooling_refuse('commitments_way', 'what falls stays as it was');
        END IF;
        IF NEW.state = 'withdrawn' THEN
            RETURN NEW;
        END IF;
    ELSE
        IF NEW.state NOT IN ('awaiting', 'standing') OR NEW.member_id IS DISTINCT FROM app_organization_id() THEN
            PERFORM pooling_refuse('commitments_way', 'a member commits himself, and nobody else');
        END IF;
        PERFORM pooling_one_side(NEW.campaign_id, NEW.member_id);
        IF EXISTS (SELECT 1 FROM pool_offers o WHERE o.campaign_id = NEW.campaign_id AND o.supplier_id = NEW.member_id
                   AND o.state = 'standing') THEN
            PERFORM pooling_refuse('pooling_one_side', 'who offers does not commit himself');
        END IF;
        IF (SELECT count(*) FROM commitments c WHERE c.campaign_id = NEW.campaign_id AND c.member_id = NEW.member_id
            AND c.state IN ('awaiting', 'standing')) >= 40 THEN
            PERFORM pooling_refuse('commitments_of_member', 'a member has so many commitments at most');
        END IF;
    END IF;
    IF NEW.approval_id IS NOT NULL
        AND (TG_OP = 'INSERT' OR (NEW.state, NEW.approval_id) IS DISTINCT FROM (OLD.state, OLD.approval_id)) THEN
        SELECT organization_id, subject_kind, subject_id, state INTO asked FROM approvals WHERE id = NEW.approval_id;
        IF (asked.organization_id, asked.subject_kind, asked.subject_id, asked.state) IS DISTINCT FROM (
            NEW.member_id, 'commitment', NEW.id,
            CASE NEW.state WHEN 'awaiting' THEN 'pending' WHEN 'standing' THEN 'approved' ELSE 'rejected' END) THEN
            PERFORM pooling_refuse('commitments_approved', 'what was asked of those who approve stands once they agreed');
        END IF;
    END IF;
    SELECT member_min_lots, member_max_lots INTO item FROM campaign_items
    WHERE id = NEW.item_id AND campaign_id = NEW.campaign_id;
    SELECT member_min_lots, member_max_lots INTO instead FROM campaign_items
    WHERE id = NEW.substitute_item_id AND campaign_id = NEW.campaign_id;
    IF NOT coalesce(NEW.lots BETWEEN item.member_min_lots AND item.member_max_lots, true) OR NOT coalesce(
        NEW.substitute_lots BETWEEN instead.member_min_lots AND instead.member_max_lots, true) THEN
        PERFORM pooling_refuse('commitments_lots', 'a member commits himself to as many lots as the campaign allows');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION commitment_limits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT campaign_hold_open(NEW.campaign_id)
        OR (TG_OP = 'UPDATE' AND (NEW.commitment_id, NEW.campaign_id, NEW.member_id)
            IS DISTINCT FROM (OLD.commitment_id, OLD.campaign_id, OLD.member_id))
        OR NOT EXISTS (SELECT 1 FROM commitments c WHERE c.id = NEW.commitment_id AND c.state IN ('awaiting', 'standing')
            AND (c.substitute_item_id IS NULL) = (NEW.substitute_limit_minor IS NULL)) THEN
        PERFORM pooling_refuse('commitments_in_time', 'limits are set until the freeze, one for each wish');
    END IF;
    RETURN NEW;
END $$;

-- With the freeze, or when it is cancelled, what nobody has agreed to lapses.
CREATE FUNCTION commitments_lapse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE commitments SET state = 'lapsed', version = version + 1 WHERE campaign_id = NEW.id AND state = 'awaiting';
    RETURN NULL;
END $$;
CREATE TRIGGER campaigns_lapsed AFTER UPDATE ON campaigns FOR EACH ROW
WHEN (OLD.state = 'open' AND NEW.state <> 'open') EXECUTE FUNCTION commitments_lapse();
"""

OFFERS = """
CREATE OR REPLACE FUNCTION pool_offers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_auction boolean := EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.competition = 'auction');
BEGIN
    IF NOT (CASE WHEN is_auction THEN auction_hold(NEW.campaign_id) IS NOT NULL ELSE campaign_hold_open(NEW.campaign_id) END) THEN
        PERFORM pooling_refuse('pool_offers_in_time', 'suppliers offer until the freeze, and bid until the close');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'standing' OR to_jsonb(NEW) - '{state,ended_at,version}'::text[]
            <> to_jsonb(OLD) - '{state,ended_at,version}'::text[] THEN
            PERFORM pooling_refuse('pool_offers_way', 'what was offered stays');
        END IF;
        IF EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.led_as = 'supplier') THEN
            PERFORM pooling_refuse('pool_offers_published', 'what a supplier published stands');
        END IF;
        IF is_auction AND NEW.state <> 'revised' THEN
            PERFORM pooling_refuse('pool_offers_bid', 'what was bid binds');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> 'standing' OR NEW.supplier_id IS DISTINCT FROM app_organization_id() THEN
        PERFORM pooling_refuse('pool_offers_way', 'a supplier offers for himself');
    END IF;
    PERFORM pooling_one_side(NEW.campaign_id, NEW.supplier_id);
    IF EXISTS (SELECT 1 FROM commitments c WHERE c.campaign_id = NEW.campaign_id AND c.member_id = NEW.supplier_id
               AND c.state IN ('awaiting', 'standing')) THEN
        PERFORM pooling_refuse('pooling_one_side', 'who has committed himself does not offer');
    END IF;
    IF EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.led_as = 'supplier'
               AND c.lead_id <> NEW.supplier_id) THEN
        PERFORM pooling_refuse('pool_offers_published', 'in his own campaign a supplier is alone');
    END IF;
    RETURN NEW;
END $$;
"""

DEPOSITS = """
CREATE OR REPLACE FUNCTION pool_deposits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,attempt,token,method,shown,payment,reason,give_back,due_at,version,changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('waiting', 'pending') OR NEW.attempt <> 1 OR NEW.give_back THEN
            PERFORM pooling_refuse('pool_deposits_way', 'a deposit begins pending, or waiting for an approval');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR (OLD.give_back AND NOT NEW.give_back)
        OR NEW.attempt <> OLD.attempt + (OLD.state = 'declined' AND NEW.state = 'pending')::integer THEN
        PERFORM pooling_refuse('pool_deposits_stay', 'what is secured stays, and what is to be given back');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('waiting', 'pending'), ('waiting', 'releasing'),
        ('pending', 'held'), ('pending', 'saved'), ('pending', 'declined'), ('pending', 'releasing'), ('held', 'capturing'),
        ('held', 'releasing'), ('saved', 'charging'), ('saved', 'releasing'), ('charging', 'captured'), ('charging', 'declined'),
        ('charging', 'releasing'), ('capturing', 'captured'), ('capturing', 'charging'), ('capturing', 'declined'),
        ('capturing', 'releasing'), ('captured', 'releasing'), ('declined', 'pending'), ('declined', 'releasing'),
        ('declined', 'defaulted'), ('releasing', 'released')) THEN
        PERFORM pooling_refuse('pool_deposits_way', format('a deposit does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'defaulted' AND OLD.state <> 'defaulted' AND coalesce(OLD.due_at > app_now(), true) THEN
        PERFORM pooling_refuse('pool_deposits_due', 'whoever has time to pay has not defaulted');
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _approvals()
    _commitments()
    _deposits()
    for statements in (COMMITMENTS, OFFERS, DEPOSITS):
        op.execute(statements)
    # Whoever was not approved in time is told, and asked no more: the lead's worker finds them.
    policy(
        "commitments",
        "commitments_lapsed",
        "SELECT",
        "state = 'lapsed' AND EXISTS (SELECT 1 FROM campaigns c WHERE c.id = commitments.campaign_id "
        "AND c.lead_id = app_organization_id())",
        None,
        WORKER,
    )


def _replace(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _approvals() -> None:
    for table in ("approval_rules", "approvals"):
        _replace(table, "subject_kind_known", KINDS)
    # What a commitment costs at most tells its limit, which is sealed: the member's own people read the request, and nobody else.
    own = "organization_id = app_organization_id()"
    op.execute("DROP POLICY approvals_read ON approvals")
    op.execute("DROP POLICY approvals_audit ON approvals")
    reading = f"{own} OR (app_is_operator() AND subject_kind <> 'commitment')"
    policy("approvals", "approvals_read", "SELECT", reading, None, APP, WORKER)
    policy("approvals", "approvals_audit", "SELECT", "subject_kind <> 'commitment'", None, AUDITOR, BACKOFFICE)


def _commitments() -> None:
    op.add_column("commitments", sa.Column("approval_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_commitments_approval_id"), "commitments", "approvals", ["approval_id"], ["id"])
    op.create_index("ix_commitments_approval_id", "commitments", ["approval_id"], unique=False)
    _replace("commitments", "state_known", "state IN ('awaiting', 'standing', 'withdrawn', 'refused', 'lapsed')")
    op.create_check_constraint(
        op.f("ck_commitments_question_has_request"),
        "commitments",
        "state NOT IN ('awaiting', 'refused', 'lapsed') OR approval_id IS NOT NULL",
    )
    op.create_index(
        "ix_commitments_awaiting",
        "commitments",
        ["campaign_id"],
        unique=False,
        postgresql_where=sa.text("state = 'awaiting'"),
    )
    op.drop_index("uq_commitments_one_an_item_and_place", "commitments")
    op.create_index(
        "uq_commitments_one_an_item_and_place",
        "commitments",
        ["campaign_id", "member_id", "item_id", "place"],
        unique=True,
        postgresql_where=sa.text("state IN ('awaiting', 'standing')"),
    )


def _deposits() -> None:
    _replace(
        "pool_deposits",
        "state_known",
        "state IN ('waiting', 'pending', 'held', 'saved', 'charging', 'capturing', 'captured', "
        "'declined', 'releasing', 'released', 'defaulted')",
    )
    _replace(
        "pool_deposits",
        "pending_has_method",
        "state NOT IN ('waiting', 'pending') OR num_nonnulls(token, method) > 0",
    )
