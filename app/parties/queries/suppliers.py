"""Suppliers' profiles, machines, certificates and response cases. Every function runs under the transaction's tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, bindparam, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.parties.models import Organization, ResponseCase, SupplierCertificate, SupplierMachine, SupplierProfile
from app.parties.queries.people import directory
from app.parties.rules import WARNING_DAYS

# Ended certificates stay on file; a list of one's own holds at most this many.
MOST_CERTIFICATES = 100


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """How a supplier answered over the last 180 days: cases, answered ones, the median in hours of those."""

    cases: int
    answered: int
    median_hours: float | None


async def profiles(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, SupplierProfile]:
    """Profiles by organization; those without one are absent."""
    rows = await session.scalars(select(SupplierProfile).where(SupplierProfile.organization_id.in_(ids)))
    return {row.organization_id: row for row in rows}


async def put_profile(session: AsyncSession, organization_id: UUID, values: Mapping[str, Any]) -> int:
    """Write a profile; its new version. Lock the organization first."""
    statement = insert(SupplierProfile).values(organization_id=organization_id, version=1, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id"], set_={**values, "version": SupplierProfile.version + 1}
    )
    return (await session.execute(statement.returning(SupplierProfile.version))).scalar_one()


async def replace_machines(session: AsyncSession, organization_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give a supplier another list of machines."""
    await session.execute(delete(SupplierMachine).where(SupplierMachine.organization_id == organization_id))
    if rows:
        await session.execute(insert(SupplierMachine), list(rows))


async def machines(session: AsyncSession, organization_id: UUID) -> list[SupplierMachine]:
    """A supplier's machines in his order."""
    statement = select(SupplierMachine).where(SupplierMachine.organization_id == organization_id)
    return list((await session.scalars(statement.order_by(SupplierMachine.position))).all())


def _kept(organization_id: UUID) -> Select[SupplierCertificate]:
    return (
        select(SupplierCertificate)
        .where(SupplierCertificate.organization_id == organization_id, SupplierCertificate.removed_at.is_(None))
        .order_by(SupplierCertificate.scheme, SupplierCertificate.expires_on.desc(), SupplierCertificate.id)
    )


async def certificates(
    session: AsyncSession, organization_id: UUID, *, valid_on: date | None = None
) -> list[SupplierCertificate]:
    """A supplier's certificates by scheme; only those valid on a day when one is given."""
    statement = _kept(organization_id).limit(MOST_CERTIFICATES)
    if valid_on is not None:
        statement = statement.where(SupplierCertificate.expires_on >= valid_on)
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def certificate(
    session: AsyncSession, organization_id: UUID, certificate_id: UUID, *, lock: bool = False
) -> SupplierCertificate | None:
    """One of a supplier's certificates, locked for a change when asked."""
    statement = _kept(organization_id).where(SupplierCertificate.id == certificate_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def lock_certificates(session: AsyncSession, organization_id: UUID) -> list[SupplierCertificate]:
    """All certificates of a supplier, locked."""
    statement = select(SupplierCertificate).where(
        SupplierCertificate.organization_id == organization_id, SupplierCertificate.removed_at.is_(None)
    )
    statement = statement.order_by(SupplierCertificate.id).with_for_update()
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def insert_certificate(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Record a certificate; False when the supplier has this number of the scheme already."""
    statement = insert(SupplierCertificate).values(**values)
    statement = statement.on_conflict_do_nothing(
        index_elements=["organization_id", "scheme", "number"], index_where=SupplierCertificate.removed_at.is_(None)
    )
    return await session.scalar(statement.returning(SupplierCertificate.id)) is not None


async def number_taken(session: AsyncSession, row: SupplierCertificate, scheme: str, number: str) -> bool:
    """Whether another certificate of the same holder has this number. Lock the organization first."""
    statement = _kept(row.organization_id).where(
        SupplierCertificate.scheme == scheme, SupplierCertificate.number == number, SupplierCertificate.id != row.id
    )
    return (await session.scalars(statement)).first() is not None


async def keep_certifications(session: AsyncSession, organization_id: UUID, codes: Sequence[str]) -> bool:
    """Note the schemes of the valid certificates on the organization; whether that changed anything."""
    statement = (
        update(Organization)
        .where(Organization.id == organization_id, Organization.certifications != list(codes))
        .values(certifications=list(codes))
        .returning(Organization.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(statement) is not None


async def holders_to_look_at(session: AsyncSession, today: date, *, limit: int = 500) -> list[UUID]:
    """Holders of certificates that end soon, or have ended, and of which they were not told yet. For the worker."""
    row = SupplierCertificate
    never, early = row.told_days.is_(None), row.told_days == WARNING_DAYS[0]
    first, second = (today + timedelta(days=days) for days in WARNING_DAYS)
    due = or_(
        and_(row.expires_on < today, or_(never, row.told_days != 0)),
        and_(row.expires_on <= second, or_(never, early)),
        and_(row.expires_on <= first, never),
    )
    statement = select(row.organization_id).where(row.removed_at.is_(None), due).distinct().limit(limit)
    return list((await session.scalars(statement)).all())


def listed_suppliers(
    *,
    capabilities: Sequence[str] = (),
    certifications: Sequence[str] = (),
    country: str | None = None,
    verified: bool | None = None,
) -> Select[Organization]:
    """The public directory of suppliers: those that can do all that is named and are certified to all that is named."""
    statement = directory(listed=True, country=country, verified=verified)
    if certifications:
        statement = statement.where(Organization.certifications.contains(list(certifications)))
    if capabilities:
        able = select(SupplierProfile.organization_id).where(SupplierProfile.capabilities.contains(list(capabilities)))
        statement = statement.where(Organization.id.in_(able))
    return statement


async def responses(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, ResponseFigures]:
    """How suppliers answered, by supplier; those with fewer than three counted cases are absent. One statement."""
    statement = text("SELECT supplier_id, cases, answered, median_hours FROM app_supplier_responses(:ids)")
    statement = statement.bindparams(bindparam("ids", list(ids), type_=ARRAY(Uuid)))
    return {
        row.supplier_id: ResponseFigures(row.cases, row.answered, row.median_hours)
        for row in await session.execute(statement)
    }


async def put_response(
    session: AsyncSession,
    case_id: UUID,
    supplier_id: UUID,
    asked_at: datetime,
    due_at: datetime,
    answered_at: datetime | None,
) -> None:
    """Note a case, or what became of it. The earliest answer stays."""
    upsert = insert(ResponseCase).values(
        case_id=case_id, supplier_id=supplier_id, asked_at=asked_at, due_at=due_at, answered_at=answered_at
    )
    # LEAST leaves out nulls: what was answered stays answered.
    earliest = func.least(ResponseCase.answered_at, upsert.excluded.answered_at)
    await session.execute(
        upsert.on_conflict_do_update(
            index_elements=["case_id"], set_={"due_at": upsert.excluded.due_at, "answered_at": earliest}
        )
    )


async def drop_unanswered(session: AsyncSession, case_id: UUID) -> None:
    """Forget a case that nobody could answer to the end."""
    await session.execute(
        delete(ResponseCase).where(ResponseCase.case_id == case_id, ResponseCase.answered_at.is_(None))
    )
