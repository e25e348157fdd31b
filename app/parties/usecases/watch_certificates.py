"""What becomes of certificates as days go by: warnings, and an end."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.outbox import announce
from app.parties import rules
from app.parties.events import CertificateExpiring, CertificatesChanged
from app.parties.queries import suppliers as queries


async def watch_certificates(session: AsyncSession, organization_id: UUID, *, today: date) -> None:
    """Announce what is due of a supplier's certificates, each stage once. Call it while acting for the supplier."""
    for row in await queries.lock_certificates(session, organization_id):
        stage = rules.warning_due(row.expires_on, today, row.told_days)
        if stage is None:
            continue
        row.told_days = stage
        event = CertificateExpiring(
            certificate_id=row.id,
            organization_id=organization_id,
            scheme=row.scheme,
            number=row.number,
            expires_on=row.expires_on,
            days=stage,
        )
        await session.flush()
        await announce(session, event, organizations=[organization_id])
    await refresh_certifications(session, organization_id, today=today)


async def refresh_certifications(session: AsyncSession, organization_id: UUID, *, today: date) -> None:
    """Keep what the organization shows of its certificates in step with them, and tell when it changed."""
    valid = await queries.certificates(session, organization_id, valid_on=today)
    codes = sorted({row.scheme for row in valid})
    if await queries.keep_certifications(session, organization_id, codes):
        event = CertificatesChanged(organization_id=organization_id, certifications=tuple(codes))
        await announce(session, event, organizations=[organization_id])
