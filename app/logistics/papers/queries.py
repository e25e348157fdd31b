"""All the SQL on packages and documents of shipments. What the acting organization may not see is not there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.papers.models import Cargo, ShipmentPackage, ShipmentPaper
from app.logistics.papers.states import PaperType


async def cargo(session: AsyncSession, shipment_id: UUID) -> Cargo | None:
    """What the packages of a shipment come to; None before any was told."""
    statement = select(Cargo).where(Cargo.shipment_id == shipment_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


def packages_of(shipment_id: UUID) -> Select[ShipmentPackage]:
    """The packages of a shipment."""
    return select(ShipmentPackage).where(ShipmentPackage.shipment_id == shipment_id)


async def package(session: AsyncSession, shipment_id: UUID, package_id: UUID) -> ShipmentPackage | None:
    """One of them."""
    found: ShipmentPackage | None = await session.scalar(
        packages_of(shipment_id).where(ShipmentPackage.id == package_id)
    )
    return found


async def listed_numbers(session: AsyncSession, shipment_id: UUID) -> set[str]:
    """The SSCCs of a shipment's packages."""
    statement = select(ShipmentPackage.sscc).where(
        ShipmentPackage.shipment_id == shipment_id, ShipmentPackage.sscc.is_not(None)
    )
    return {one for one in await session.scalars(statement) if one is not None}


async def packed_containers(session: AsyncSession, shipment_id: UUID) -> set[str]:
    """The containers that packages are said to be in."""
    statement = select(ShipmentPackage.container).where(
        ShipmentPackage.shipment_id == shipment_id, ShipmentPackage.container.is_not(None)
    )
    return {one for one in await session.scalars(statement) if one is not None}


async def replace_packages(session: AsyncSession, shipment_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Other packages instead of those there are."""
    await session.execute(delete(ShipmentPackage).where(ShipmentPackage.shipment_id == shipment_id))
    if rows:
        await add_packages(session, rows)


async def add_packages(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Further packages of a shipment."""
    await session.execute(insert(ShipmentPackage), list(rows))


async def insert_paper(session: AsyncSession, values: Mapping[str, Any]) -> ShipmentPaper | None:
    """Attach a document; None when it is there already as what it is."""
    statement = insert(ShipmentPaper).values(**values).on_conflict_do_nothing().returning(ShipmentPaper)
    found: ShipmentPaper | None = await session.scalar(statement)
    return found


def papers_of(shipment_id: UUID) -> Select[ShipmentPaper]:
    """The documents of a shipment, withdrawn ones included."""
    return select(ShipmentPaper).where(ShipmentPaper.shipment_id == shipment_id)


async def proofs(session: AsyncSession, shipment_id: UUID) -> list[ShipmentPaper]:
    """The proofs of delivery that stand, the newest first; at most ten."""
    statement = papers_of(shipment_id).where(
        ShipmentPaper.type == PaperType.PROOF_OF_DELIVERY, ShipmentPaper.withdrawn_at.is_(None)
    )
    return list((await session.scalars(statement.order_by(ShipmentPaper.id.desc()).limit(10))).all())


async def paper(session: AsyncSession, paper_id: UUID) -> ShipmentPaper | None:
    """A document of a shipment."""
    return await session.scalar(select(ShipmentPaper).where(ShipmentPaper.id == paper_id))


async def lock_paper(session: AsyncSession, paper_id: UUID) -> ShipmentPaper | None:
    """The same, locked."""
    return await session.scalar(
        select(ShipmentPaper)
        .where(ShipmentPaper.id == paper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def is_given(session: AsyncSession, document_id: UUID) -> bool:
    """Whether the acting organization is shown a file with a shipment that it has to do with now."""
    shown = exists().where(ShipmentPaper.document_id == document_id, ShipmentPaper.withdrawn_at.is_(None))
    return bool(await session.scalar(select(shown)))
