"""Members and invitations."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Input, Labelled, LocaleTag, Output, TimeZoneName
from app.parties.schemas.common import Email, LinkToken, Name, NewPassword
from app.parties.states import MemberRole, UnitSystem
from app.reference.facade import AcceptedCurrency


class MemberOut(Output):
    """A colleague."""

    person_id: UUID
    name: str
    email: str
    locale: str
    title: str | None
    roles: list[Labelled]
    since: datetime
    version: int


class MemberPatch(Input):
    """New roles or a new title; absent fields stay."""

    roles: list[MemberRole] | None = Field(default=None, min_length=1, max_length=8)
    title: str | None = Field(default=None, max_length=120)


class InvitationIn(Input):
    """Whom to invite, as what, and in which language to write."""

    email: Email
    roles: list[MemberRole] = Field(min_length=1, max_length=8)
    locale: LocaleTag | None = Field(default=None, description="The organization's own language when absent.")


class InvitationOut(Output):
    """An open invitation."""

    id: UUID
    email: str
    roles: list[Labelled]
    locale: str
    invited_by: UUID
    created_at: datetime
    expires_at: datetime


class InvitationTokenIn(Input):
    """The token of the mailed link."""

    token: LinkToken


class InvitationPreviewOut(Output):
    """What an invited person sees before he accepts."""

    organization_id: UUID
    organization_name: str
    email: str
    roles: list[Labelled]
    expires_at: datetime
    has_account: bool = Field(
        description="Whether this address signs in already; if not, a name and password are needed."
    )


class AcceptanceIn(Input):
    """The token, and who one is when one has no account yet."""

    token: LinkToken
    name: Name | None = None
    password: NewPassword | None = None
    locale: LocaleTag | None = None
    time_zone: TimeZoneName = "UTC"
    unit_system: UnitSystem = UnitSystem.METRIC
    currency: AcceptedCurrency = "EUR"


class AcceptedOut(Output):
    """Membership begun. Sign in to go on."""

    organization_id: UUID
    person_id: UUID
