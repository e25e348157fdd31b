"""Tables of the parties room, in three files: who there is, how they get in, and who must agree."""

from app.parties.models.access import (
    ApiClient,
    ClientSecret,
    Credential,
    LoginThrottle,
    MailToken,
    RecoveryCode,
    RefreshToken,
    SignIn,
)
from app.parties.models.approvals import Approval, ApprovalDelegation, ApprovalRule, ApprovalStep
from app.parties.models.organizations import (
    Invitation,
    Membership,
    Organization,
    OrganizationDetails,
    Person,
    RegistrationNumber,
    VerificationDecision,
)

__all__ = [
    "ApiClient",
    "Approval",
    "ApprovalDelegation",
    "ApprovalRule",
    "ApprovalStep",
    "ClientSecret",
    "Credential",
    "Invitation",
    "LoginThrottle",
    "MailToken",
    "Membership",
    "Organization",
    "OrganizationDetails",
    "Person",
    "RecoveryCode",
    "RefreshToken",
    "RegistrationNumber",
    "SignIn",
    "VerificationDecision",
]
