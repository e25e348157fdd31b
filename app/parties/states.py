"""Words of the parties room: roles of organizations and of people, and what they may do."""

from enum import StrEnum

from app.kit.locales import NP_


class OrganizationRole(StrEnum):
    """What an organization is in the trade; it may be several at once."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    LOGISTICS = "logistics"
    FINANCIER = "financier"
    OPERATOR = "operator"


class MemberRole(StrEnum):
    """What a person does in an organization; he may have several roles."""

    OWNER = "owner"
    ADMIN = "admin"
    PURCHASER = "purchaser"
    APPROVER = "approver"
    SALES = "sales"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    VIEWER = "viewer"


class UnitSystem(StrEnum):
    """How lengths, masses and temperatures are shown to a reader."""

    METRIC = "metric"
    INCH = "inch"


ORGANIZATION_ROLE_LABELS = {
    OrganizationRole.BUYER: NP_("organization role", "Mould buyer"),
    OrganizationRole.SUPPLIER: NP_("organization role", "Supplier"),
    OrganizationRole.LOGISTICS: NP_("organization role", "Logistics partner"),
    OrganizationRole.FINANCIER: NP_("organization role", "Financier"),
    OrganizationRole.OPERATOR: NP_("organization role", "Operator"),
}

MEMBER_ROLE_LABELS = {
    MemberRole.OWNER: NP_("member role", "Owner"),
    MemberRole.ADMIN: NP_("member role", "Administrator"),
    MemberRole.PURCHASER: NP_("member role", "Purchaser"),
    MemberRole.APPROVER: NP_("member role", "Approver"),
    MemberRole.SALES: NP_("member role", "Sales"),
    MemberRole.WAREHOUSE: NP_("member role", "Warehouse"),
    MemberRole.FINANCE: NP_("member role", "Finance"),
    MemberRole.VIEWER: NP_("member role", "Viewer"),
}

UNIT_SYSTEM_LABELS = {
    UnitSystem.METRIC: NP_("unit system", "Metric"),
    UnitSystem.INCH: NP_("unit system", "Inch"),
}
