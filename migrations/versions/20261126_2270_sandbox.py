"""Sandboxes: organizations that exist for one logistics partner's programs alone, walled off from the market."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, policy

revision = "20261126_2270"
down_revision = "20261126_2260"
branch_labels = None
depends_on = None

TWO_SIDES = {
    "shipments": ("shipper_id", "consignee_id"),
    "bookings": ("shipper_id", "partner_id"),
    "inquiry_invitations": ("buyer_id", "supplier_id"),
    "quotes": ("buyer_id", "supplier_id"),
    "purchase_orders": ("buyer_id", "supplier_id"),
    "price_list_grants": ("supplier_id", "buyer_id"),
}
"""Tables whose rows stand between two organizations, and the columns that name them."""


def upgrade() -> None:
    op.add_column("organizations", sa.Column("sandbox_of", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_organizations_sandbox_of"), "organizations", "organizations", ["sandbox_of"], ["id"])
    op.create_check_constraint(
        op.f("ck_organizations_sandbox_is_no_market"),
        "organizations",
        "sandbox_of IS NULL OR (NOT listed AND verified_at IS NULL AND NOT 'operator' = ANY (roles))",
    )
    op.create_index(
        "ix_organizations_sandbox_of",
        "organizations",
        ["sandbox_of"],
        unique=False,
        postgresql_where=sa.text("sandbox_of IS NOT NULL"),
    )
    op.execute(WORLDS)
    policy("organizations", "organizations_lookup", "SELECT", "true", None, OWNER)
    for function in ("app_sandbox_of(uuid)", "app_deal(uuid, uuid)"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")
    op.execute(GUARDS)
    for table, sides in TWO_SIDES.items():
        first, second = sides
        op.execute(
            f"CREATE TRIGGER {table}_one_world BEFORE INSERT OR UPDATE OF {first}, {second} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION parties_one_world('{first}', '{second}')"
        )


# Whether two may deal is asked by triggers of tables of all rooms, whoever is acting, also by one who has row-level security off.
# Nobody on one side is no other world.
WORLDS = """
CREATE FUNCTION app_sandbox_of(uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' SET row_security = on
    RETURN (SELECT sandbox_of FROM public.organizations WHERE id = $1);

CREATE FUNCTION app_deal(uuid, uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN $1 IS NULL OR $2 IS NULL OR public.app_sandbox_of($1) IS NOT DISTINCT FROM public.app_sandbox_of($2);
"""

GUARDS = """
CREATE FUNCTION parties_one_world() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given jsonb := to_jsonb(NEW);
BEGIN
    IF NOT app_deal((given ->> TG_ARGV[0])::uuid, (given ->> TG_ARGV[1])::uuid) THEN
        RAISE EXCEPTION 'a sandbox deals with nobody outside it'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_one_world';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION parties_guard_sandbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'an organization stays in its world'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_sandbox_stays';
    END IF;
    IF NEW.sandbox_of = NEW.id OR app_sandbox_of(NEW.sandbox_of) IS NOT NULL THEN
        RAISE EXCEPTION 'a sandbox is of a real organization'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_sandbox_of_real';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER organizations_new_sandbox BEFORE INSERT ON organizations
    FOR EACH ROW WHEN (NEW.sandbox_of IS NOT NULL) EXECUTE FUNCTION parties_guard_sandbox();
CREATE TRIGGER organizations_sandbox_stays BEFORE UPDATE OF sandbox_of ON organizations
    FOR EACH ROW WHEN (NEW.sandbox_of IS DISTINCT FROM OLD.sandbox_of) EXECUTE FUNCTION parties_guard_sandbox();

CREATE FUNCTION parties_sandbox_has_nobody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF app_sandbox_of(NEW.organization_id) IS NOT NULL THEN
        RAISE EXCEPTION 'a sandbox has no people'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sandbox_has_nobody';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER memberships_not_in_sandbox BEFORE INSERT OR UPDATE OF organization_id ON memberships
    FOR EACH ROW EXECUTE FUNCTION parties_sandbox_has_nobody();
CREATE TRIGGER invitations_not_in_sandbox BEFORE INSERT OR UPDATE OF organization_id ON invitations
    FOR EACH ROW EXECUTE FUNCTION parties_sandbox_has_nobody();

-- Machines are all that acts in a sandbox: what they may not do, such as list, quote, inquire and order, is not done there.
CREATE FUNCTION parties_sandbox_scopes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.scopes <@ ARRAY['read', 'fulfil', 'webhooks:manage', 'audit:read']::varchar[]
        AND app_sandbox_of(NEW.organization_id) IS NOT NULL THEN
        RAISE EXCEPTION 'machines in a sandbox carry and send, and connect systems'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sandbox_scopes';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER api_clients_in_sandbox BEFORE INSERT OR UPDATE OF scopes, organization_id ON api_clients
    FOR EACH ROW EXECUTE FUNCTION parties_sandbox_scopes();
CREATE TRIGGER webhook_sources_in_sandbox BEFORE INSERT OR UPDATE OF scopes, organization_id ON webhook_sources
    FOR EACH ROW EXECUTE FUNCTION parties_sandbox_scopes();
"""
