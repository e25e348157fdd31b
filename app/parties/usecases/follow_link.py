"""What the pages behind mailed links ask of this room: an offer to look at, and forms as people fill them in."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.errors import Problem
from app.kit.findings import from_validation
from app.kit.schemas import Input, Labelled
from app.parties import views
from app.parties.queries import access
from app.parties.queries import people as queries
from app.parties.schemas.access import LinkIn, ResetIn, ResetRequestIn
from app.parties.schemas.members import AcceptanceIn
from app.parties.usecases.invite import accept_invitation, find_invitation
from app.parties.usecases.set_password import confirm_email, request_password_reset, reset_password
from app.settings import Settings

Form = TypeVar("Form", bound=Input)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invited person is offered; with an account he needs no other."""

    organization_id: UUID
    organization_name: str
    email: str
    roles: tuple[Labelled, ...]
    expires_at: datetime
    has_account: bool


async def offer_of(session: AsyncSession, token: str, *, now: datetime) -> Offer:
    """What an invitation offers to who holds its token. Raises `LinkNotUsable`."""
    row = await find_invitation(session, token, now=now)
    organization = (await queries.organizations(session, [row.organization_id]))[0]
    has_account = await access.person_of_email(session, row.email) is not None
    roles = tuple(views.roles(row.roles))
    return Offer(organization.id, organization.legal_name_local, row.email, roles, row.expires_at, has_account)


async def ask_for_password_link(
    session: AsyncSession, settings: Settings, email: str, *, address: str | None, now: datetime
) -> Problem | None:
    """Have a link mailed if somebody has this address. Raises `Invalid` for what is no address."""
    form = _checked(ResetRequestIn, email=email)
    return await request_password_reset(session, settings, form.email, address=address, now=now)


async def set_password_by_link(session: AsyncSession, token: str, new_password: str, *, now: datetime) -> None:
    """Set a new password. Raises `Invalid` for one that is not good, `LinkNotUsable`."""
    form = _checked(ResetIn, token=token, new_password=new_password)
    await reset_password(session, form.token, form.new_password, now=now)


async def confirm_email_by_link(session: AsyncSession, token: str, *, now: datetime) -> None:
    """Confirm an address. Raises `LinkNotUsable`."""
    await confirm_email(session, _checked(LinkIn, token=token).token, now=now)


async def accept_offer(session: AsyncSession, token: str, *, now: datetime, **person: str | None) -> None:
    """Join. `person` is what `AcceptanceIn` says of who has no account yet. Raises `Invalid`, `LinkNotUsable`,
    `AlreadyMember`."""
    await accept_invitation(session, _checked(AcceptanceIn, token=token, **person), now=now)


def _checked(form: type[Form], **fields: str | None) -> Form:
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        raise from_validation(error) from error
