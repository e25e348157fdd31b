"""What the parties room announces: ids and scalars, no person's data."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class OrganizationRegistered(
    Event, name="parties.organization_registered.v1", subject=("organization", "organization_id")
):
    """A new organization with its first owner. Told to itself."""

    organization_id: UUID
    owner_id: UUID


class OrganizationVerified(Event, name="parties.organization_verified.v1", subject=("organization", "organization_id")):
    """The operator gave the badge (`verified`) or took it away."""

    organization_id: UUID
    verified: bool


class SandboxOpened(Event, name="parties.sandbox_opened.v1", subject=("organization", "organization_id")):
    """A logistics partner has a sandbox now: a partner and a shipper that exist there only, each with a machine."""

    organization_id: UUID
    partner_id: UUID
    partner_client_id: UUID
    shipper_id: UUID
    shipper_client_id: UUID


class CertificatesChanged(Event, name="parties.certificates_changed.v1", subject=("organization", "organization_id")):
    """The valid certificates of a supplier are others than before: `certifications` are their schemes."""

    organization_id: UUID
    certifications: tuple[str, ...]


class CertificateRemoved(Event, name="parties.certificate_removed.v1", subject=("certificate", "certificate_id")):
    """A supplier took a certificate off his page; its file is no longer for everybody."""

    certificate_id: UUID
    organization_id: UUID


class CertificateExpiring(Event, name="parties.certificate_expiring.v1", subject=("certificate", "certificate_id")):
    """A certificate ends within `days` (60 or 14) days, or has ended (0)."""

    certificate_id: UUID
    organization_id: UUID
    scheme: str
    number: str
    expires_on: date
    days: int


class MemberInvited(Event, name="parties.member_invited.v1", subject=("invitation", "invitation_id")):
    """Somebody was invited to an organization; `facade.invitation` and `facade.invitation_link` tell what to mail."""

    invitation_id: UUID
    organization_id: UUID


class PasswordResetRequested(Event, name="parties.password_reset_requested.v1", subject=("person", "person_id")):
    """A person asked for a new password; mail him `facade.password_reset_link(settings, reset_id)`.

    Its audience in the outbox is the person's own id, so that no organization's webhook or feed learns of it;
    `organization_id` is one that he belongs to, for choosing in whose name to write.
    """

    person_id: UUID
    reset_id: UUID
    organization_id: UUID


class EmailConfirmationRequested(
    Event, name="parties.email_confirmation_requested.v1", subject=("person", "person_id")
):
    """A person's address must be confirmed; mail him `facade.email_confirmation_link(settings, confirmation_id)`.

    Its audience is the person's own id, as with `PasswordResetRequested`.
    """

    person_id: UUID
    confirmation_id: UUID
    organization_id: UUID


class ApprovalRequested(Event, name="parties.approval_requested.v1", subject=("approval", "approval_id")):
    """An award or order waits for agreement; `facade.approvers_of` says whose."""

    approval_id: UUID
    organization_id: UUID
    subject_kind: str
    subject_id: UUID
    requested_by: UUID


class ApprovalDecided(Event, name="parties.approval_decided.v1", subject=("approval", "approval_id")):
    """An award or order was agreed to, or was not."""

    approval_id: UUID
    organization_id: UUID
    subject_kind: str
    subject_id: UUID
    approved: bool
    decided_by: UUID
