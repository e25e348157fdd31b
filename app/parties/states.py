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


class VerificationOutcome(StrEnum):
    """What the operator decided about an organization."""

    VERIFIED = "verified"
    REVOKED = "revoked"


class SubjectKind(StrEnum):
    """What may have to be approved."""

    AWARD = "award"
    ORDER = "order"
    COMMITMENT = "commitment"


class ApprovalState(StrEnum):
    """Where a request for approval, or one of its steps, stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class SignInEnd(StrEnum):
    """Why a signed-in session ended before its time."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    TOKEN_REUSED = "token_reused"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105


class EmployeesBand(StrEnum):
    """How many people work for a supplier."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    VERY_LARGE = "very_large"


class CertificateState(StrEnum):
    """Whether a certificate is shown as valid."""

    VALID = "valid"
    EXPIRED = "expired"


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

VERIFICATION_OUTCOME_LABELS = {
    VerificationOutcome.VERIFIED: NP_("verification", "Verified"),
    VerificationOutcome.REVOKED: NP_("verification", "Verification revoked"),
}

SUBJECT_KIND_LABELS = {
    SubjectKind.AWARD: NP_("approval subject", "Award"),
    SubjectKind.ORDER: NP_("approval subject", "Purchase order"),
    SubjectKind.COMMITMENT: NP_("approval subject", "Commitment to a campaign"),
}

APPROVAL_STATE_LABELS = {
    ApprovalState.PENDING: NP_("approval state", "Awaiting approval"),
    ApprovalState.APPROVED: NP_("approval state", "Approved"),
    ApprovalState.REJECTED: NP_("approval state", "Rejected"),
    ApprovalState.WITHDRAWN: NP_("approval state", "Withdrawn"),
}

EMPLOYEES_LABELS = {
    EmployeesBand.MICRO: NP_("employees", "1 to 9 people"),
    EmployeesBand.SMALL: NP_("employees", "10 to 49 people"),
    EmployeesBand.MEDIUM: NP_("employees", "50 to 249 people"),
    EmployeesBand.LARGE: NP_("employees", "250 to 999 people"),
    EmployeesBand.VERY_LARGE: NP_("employees", "1,000 people or more"),
}

CERTIFICATE_STATE_LABELS = {
    CertificateState.VALID: NP_("certificate state", "Valid"),
    CertificateState.EXPIRED: NP_("certificate state", "Expired"),
}
