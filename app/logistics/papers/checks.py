"""What `partingline verify` proves of packages: that what they come to is what they are."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.logistics.papers.models import Cargo, ShipmentPackage


@check("packages of shipments")
async def package_totals(session: AsyncSession) -> tuple[int, list[str]]:
    """Add the packages of each shipment again; packages without a sum are broken too."""
    package = ShipmentPackage
    added = (
        select(
            package.shipment_id,
            func.count().label("lines"),
            func.sum(package.pieces).label("pieces"),
            func.sum(package.pieces * package.gross_mass_kg).label("mass"),
            func.sum(package.volume_m3).label("volume"),
        )
        .group_by(package.shipment_id)
        .subquery()
    )
    same = (
        (Cargo.lines == func.coalesce(added.c.lines, 0))
        & (Cargo.pieces == func.coalesce(added.c.pieces, 0))
        & (Cargo.gross_mass_kg == func.coalesce(added.c.mass, 0))
        & (Cargo.volume_m3 == func.coalesce(added.c.volume, 0))
    )
    looked = await session.scalar(select(func.count()).select_from(Cargo)) or 0
    statement = (
        select(func.coalesce(Cargo.shipment_id, added.c.shipment_id))
        .select_from(Cargo)
        .join(added, added.c.shipment_id == Cargo.shipment_id, full=True)
        .where(func.coalesce(~same, True))
    )
    return looked, [f"packages of shipment {one}" for one in await session.scalars(statement)]
