"""How people are told of shipments: whoever sends, receives or carries goods for an organization, each in his language."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.outbox import Told
from app.logistics.models import Shipment
from app.messages import facade as messages
from app.parties import facade as parties
from app.reference import facade as reference

NOBODY = "–"


async def tell_people(
    session: AsyncSession,
    told: Told,
    organization_id: UUID,
    notice: str,
    params: Mapping[str, messages.Param],
    entity: tuple[str, UUID],
) -> None:
    """Tell those of an organization's people who have to do with freight. Call it while acting for the organization."""
    people = [
        person.id
        for permission in (Permission.FULFIL, Permission.ORDER)
        for person in await parties.people_who_may(session, organization_id, permission)
    ]
    await messages.notify(
        session,
        organization_id=organization_id,
        recipients=people,
        notice=notice,
        params=params,
        entity=entity,
        dedupe=told.id,
    )


def named(shipment: Shipment) -> str:
    """What people call a shipment: its shipper's reference, or else where it goes."""
    return shipment.reference or f"{shipment.load} – {shipment.discharge}"


def place(code: str) -> str:
    """A place by its name and UN/LOCODE."""
    found = reference.find_place(code)
    return f"{found.name} ({code})" if found else code


async def firm(session: AsyncSession, organization_id: UUID) -> str:
    """The name of an organization."""
    found = (await parties.organizations(session, [organization_id])).get(organization_id)
    return found.legal_name_local if found else NOBODY
