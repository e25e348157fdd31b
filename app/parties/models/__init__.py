"""Tables of the parties room, in four files: who there is, how they get in, who must agree, and suppliers' pages."""

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
from app.parties.models.suppliers import ResponseCase, SupplierCertificate, SupplierMachine, SupplierProfile

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
    "ResponseCase",
    "SignIn",
    "SupplierCertificate",
    "SupplierMachine",
    "SupplierProfile",
    "VerificationDecision",
]
