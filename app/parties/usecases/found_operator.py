"""Found the operator's organization, from the command line: over HTTP nobody makes himself the operator."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.errors import Problem
from app.parties.errors import EmailInUse
from app.parties.queries import access as queries
from app.parties.schemas.organizations import RegistrationIn
from app.parties.states import OrganizationRole
from app.parties.usecases.register_organization import Registered, found
from app.settings import Settings


async def found_operator(
    session: AsyncSession, settings: Settings, form: RegistrationIn, *, now: datetime
) -> Registered | Problem:
    """The operator's organization and its first owner. Whoever runs commands on the installation is trusted."""
    if await queries.person_of_email(session, form.owner.email) is not None:
        return EmailInUse()
    roles = sorted({role.value for role in form.organization.roles} | {OrganizationRole.OPERATOR.value})
    return await found(session, settings, form.organization, form.owner, roles=roles, now=now)
