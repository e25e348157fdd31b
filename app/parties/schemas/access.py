"""Signing in, one's own profile and sessions, API clients."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.kit.actor import Permission
from app.kit.schemas import Input, Labelled, LocaleTag, Output, TimeZoneName
from app.parties.schemas.common import Code, Email, FormText, GivenPassword, LinkToken, Name, NewPassword
from app.parties.schemas.organizations import OrganizationOut
from app.parties.states import UnitSystem
from app.reference.facade import AcceptedCurrency

_Text = Annotated[FormText, StringConstraints(max_length=4000)]


class TokenForm(BaseModel):
    """An OAuth 2 token request (RFC 6749). Which fields are needed depends on `grant_type`; others are ignored."""

    # Whatever is missing is refused by the route, in OAuth's words.
    model_config = ConfigDict(json_schema_extra={"required": ["grant_type"]})

    grant_type: _Text = Field(default="", description="`password`, `refresh_token` or `client_credentials`.")
    username: _Text | None = Field(default=None, description="password: the e-mail address.")
    password: _Text | None = Field(default=None, description="password: the password.")
    otp: _Text | None = Field(
        default=None, description="password: the code of the authenticator app, or a recovery code."
    )
    device_token: _Text | None = Field(
        default=None,
        description="password: what an earlier sign-in on this device returned; keeps it from being slowed by strangers.",
    )
    organization_id: UUID | None = Field(default=None, description="The organization to act for; one of the person's.")
    refresh_token: _Text | None = Field(default=None, description="refresh_token: the token; it works once.")
    client_id: _Text | None = Field(default=None, description="client_credentials: the client, unless sent as Basic.")
    client_secret: _Text | None = Field(default=None, description="client_credentials: its secret.")
    scope: _Text | None = Field(default=None, description="client_credentials: fewer scopes than the client has.")


class TokenOut(Output):
    """Tokens (RFC 6749 §5.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds.")
    organization_id: UUID = Field(description="The organization that the token acts for.")
    refresh_token: str | None = Field(default=None, description="Works once; its answer brings the next.")
    person_id: UUID | None = None
    device_token: str | None = Field(
        default=None, description="Keep it on this device and send it at the next sign-in."
    )
    scope: str | None = None


class SwitchIn(Input):
    """Which organization to act for."""

    organization_id: UUID


class PasswordIn(Input):
    """A new password, with the present one as proof."""

    password: GivenPassword
    new_password: NewPassword


class ResetRequestIn(Input):
    """Whose password was forgotten."""

    email: Email


class ResetIn(Input):
    """The token of the mailed link, and the new password."""

    token: LinkToken
    new_password: NewPassword


class LinkIn(Input):
    """The token of a mailed link."""

    token: LinkToken


class ProofIn(Input):
    """The present password."""

    password: GivenPassword


class CodeIn(Input):
    """A code of the authenticator app."""

    otp: Code


class ProofWithCodeIn(Input):
    """The present password and a code."""

    password: GivenPassword
    otp: Code


class EnrolmentOut(Output):
    """What to give the authenticator app. Confirm with its first code."""

    secret: str = Field(description="Base32, for typing.")
    otpauth_uri: str = Field(description="For a QR code.")


class RecoveryCodesOut(Output):
    """Each replaces the second factor once. Shown this one time."""

    recovery_codes: list[str]


class SessionOut(Output):
    """A session of one's own."""

    id: UUID
    organization_id: UUID
    user_agent: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = Field(description="Whether this request belongs to it.")


class OwnMembershipOut(Output):
    """Where one belongs, and as what."""

    organization: OrganizationOut
    roles: list[Labelled]
    title: str | None


class MeOut(Output):
    """The person who is signed in."""

    id: UUID
    email: str
    email_confirmed: bool
    name: str
    locale: str
    time_zone: str
    unit_system: Labelled
    currency: str
    second_factor: bool
    recovery_codes_left: int
    version: int
    organization_id: UUID = Field(description="The organization that this token acts for.")
    permissions: list[Permission]
    memberships: list[OwnMembershipOut]


class MePatch(Input):
    """What changes; absent fields stay."""

    name: Name | None = None
    locale: LocaleTag | None = None
    time_zone: TimeZoneName | None = None
    unit_system: UnitSystem | None = None
    currency: AcceptedCurrency | None = None


class ApiClientIn(Input):
    """A machine and what it may do."""

    name: Name
    scopes: list[Permission] = Field(min_length=1, max_length=30)


class ApiClientOut(Output):
    """A machine. Its `client_id` is its id."""

    id: UUID
    name: str
    scopes: list[Permission]
    created_by: UUID
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None
    secrets: list["ClientSecretOut"] = Field(description="The secrets that are good now; never their text.")


class ClientSecretOut(Output):
    """That a secret exists."""

    id: UUID
    created_at: datetime
    expires_at: datetime | None


class IssuedSecretOut(Output):
    """A new secret, shown this one time."""

    client: ApiClientOut
    client_secret: str


class RotationIn(Input):
    """How long the present secret stays good beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=168)
