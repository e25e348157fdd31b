"""All that other rooms may call, each in the caller's own transaction and for the organization that it acts for."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.warehousing import queries
from app.warehousing.errors import StockShort
from app.warehousing.picking import queries as picking_queries
from app.warehousing.states import AllocationRule
from app.warehousing.usecases.reserve_stock import Wanted, reserve_stock

__all__ = [
    "AllocationRule",
    "Available",
    "HeldLine",
    "PackedPackage",
    "StockShort",
    "Wanted",
    "available",
    "packed_packages",
    "release",
    "reserve",
]


@dataclass(frozen=True, slots=True)
class HeldLine:
    """So much of an item, held in a warehouse; without a warehouse it waits for stock."""

    line_id: UUID
    item_id: UUID
    warehouse_id: UUID | None
    owner_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Available:
    """How much of an offered variant may be held now, and the item that it is stocked as."""

    item_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PackedPackage:
    """A closed outer package, as a carrier takes it: type by UN/ECE Recommendation 21, outer measures in mm, mass in kg.
    `sscc` is absent where the keeper has no company prefix of GS1."""

    package_id: UUID
    number: str
    type: str
    sscc: str | None
    length_mm: int
    width_mm: int
    height_mm: int
    gross_mass_kg: Decimal
    marks: str


async def reserve(session: AsyncSession, actor: Actor, wanted: Wanted) -> tuple[UUID, list[HeldLine]]:
    """Hold stock for the actor's organization: the reservation and its lines. All is held, or nothing, unless `wanted` lets the
    rest wait. Raises `StockShort`, whose errors point at `/lines/<place>/quantity`."""
    reservation_id, held = await reserve_stock(session, actor, wanted)
    return reservation_id, [
        HeldLine(line.line_id, line.held_item_id, line.held_warehouse_id, line.held_owner_id, line.held)
        for line in held
        if line.line_id and line.held_owner_id and line.held is not None
    ]


async def release(session: AsyncSession, holder: tuple[str, UUID]) -> int:
    """Let go of all that is still held for a thing of the acting organization; how many reservations ended."""
    rows = await queries.reservations_of_holder(session, *holder)
    return sum([await queries.release(session, row.id) for row in rows if row.state == "held"])


async def available(session: AsyncSession, variant_ids: Sequence[UUID]) -> dict[UUID, Available]:
    """What of some variants is offered from stock; others are absent."""
    return {variant: Available(item, amount) for variant, item, amount in await queries.available(session, variant_ids)}


async def packed_packages(session: AsyncSession, package_ids: Sequence[UUID]) -> dict[UUID, PackedPackage]:
    """Of some packages those that are closed, or have left, and are in no other one; packed by the acting organization, or
    for it. Others are absent."""
    return {
        row.id: PackedPackage(
            package_id=row.id,
            number=row.number,
            type=row.type,
            sscc=row.sscc,
            length_mm=row.length_mm,
            width_mm=row.width_mm,
            height_mm=row.height_mm,
            gross_mass_kg=row.gross_kg,
            marks=row.marks,
        )
        for row in await picking_queries.closed_outer(session, package_ids)
        if row.length_mm and row.width_mm and row.height_mm and row.gross_kg
    }
