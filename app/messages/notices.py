"""The notices of this room and of the parties room, which stands below and only announces."""

from app.kit.locales import N_, NP_
from app.messages.registry import register_notice
from app.messages.states import NoticeGroup

APPROVAL_SUBJECTS = {
    "award": NP_("approval subject", "Award"),
    "order": NP_("approval subject", "Purchase order"),
    "commitment": NP_("approval subject", "Commitment to a campaign"),
}

register_notice(
    "parties.member_invited",
    subject=N_("{organization} invites you to Partingline"),
    body=N_(
        "{organization} wants you to work with them on Partingline, the market of the mould trade.\n\n"
        "Accept the invitation by {expires_at}; then the link below is no longer valid."
    ),
    path="/",
    group=NoticeGroup.SECURITY,
    link="invitation",
)
register_notice(
    "parties.password_reset_requested",
    subject=N_("Set a new password"),
    body=N_(
        "Somebody asked for a new password for your account. With the link below you can set one; it works once and for a "
        "short time.\n\nIf it was not you, ignore this mail: your password stays as it is."
    ),
    path="/",
    group=NoticeGroup.SECURITY,
    link="password_reset",
)
register_notice(
    "parties.email_confirmation_requested",
    subject=N_("Confirm your e-mail address"),
    body=N_("Please confirm with the link below that this address is yours."),
    path="/",
    group=NoticeGroup.SECURITY,
    link="email_confirmation",
)
register_notice(
    "parties.approval_requested",
    subject=N_("Your approval is needed: {subject}"),
    body=N_("A colleague asks for your approval ({subject}). Nothing is ordered until it is decided."),
    path="/approvals/{approval_id}",
    group=NoticeGroup.APPROVALS,
)
register_notice(
    "parties.approval_granted",
    subject=N_("Approved: {subject}"),
    body=N_("What you asked for was approved ({subject})."),
    path="/approvals/{approval_id}",
    group=NoticeGroup.APPROVALS,
)
register_notice(
    "parties.approval_refused",
    subject=N_("Not approved: {subject}"),
    body=N_("What you asked for was not approved ({subject}). Open it to read why."),
    path="/approvals/{approval_id}",
    group=NoticeGroup.APPROVALS,
)
register_notice(
    "parties.organization_verified",
    subject=N_("Your organization is verified"),
    body=N_("The operator checked the particulars of {organization}. Partners now see the badge next to its name."),
    path="/organization",
    group=NoticeGroup.ORGANIZATION,
)
register_notice(
    "parties.organization_unverified",
    subject=N_("Your organization is no longer verified"),
    body=N_("The operator took the badge of {organization} away. Check its particulars, or ask the operator why."),
    path="/organization",
    group=NoticeGroup.ORGANIZATION,
)
register_notice(
    "parties.certificate_expiring",
    subject=N_("Your {scheme} certificate is valid until {expires_on}"),
    body=N_(
        "The {scheme} certificate {number} on your page is valid until {expires_on}. Enter the renewed one before that day, "
        "so that buyers go on finding you by it."
    ),
    path="/organization/certificates/{certificate_id}",
    group=NoticeGroup.ORGANIZATION,
)
register_notice(
    "parties.certificate_expired",
    subject=N_("Your {scheme} certificate has expired"),
    body=N_(
        "The {scheme} certificate {number} was valid until {expires_on}. It is no longer shown on your page or with your "
        "listings. Enter the renewed one to show it again."
    ),
    path="/organization/certificates/{certificate_id}",
    group=NoticeGroup.ORGANIZATION,
)
register_notice(
    "messages.webhook_endpoint_gone",
    subject=N_("A webhook endpoint was disabled"),
    body=N_(
        "The system at {host} answered that it is gone (410), so no more events are sent to it. When it is back, enable the "
        "endpoint and replay what it missed."
    ),
    path="/webhook-endpoints/{endpoint_id}",
    group=NoticeGroup.INTEGRATION,
)
