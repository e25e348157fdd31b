"""Hold stock for an organization, and let it go again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.warehousing import queries
from app.warehousing.errors import StockShort
from app.warehousing.queries import Held
from app.warehousing.rules import is_whole
from app.warehousing.states import AllocationRule


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be held. `lines` are (item, quantity); `holder` says what for: kind and id, in the holder's own words.

    `position` is (latitude, longitude) in degrees, for the nearest warehouse; without `expires_at` it is held until it is
    picked or released.
    """

    holder: tuple[str, UUID]
    lines: Sequence[tuple[UUID, Decimal]]
    expires_at: datetime | None = None
    rule: AllocationRule = AllocationRule.PRIORITY
    position: tuple[Decimal, Decimal] | None = None
    split: bool = False
    backorder: bool = False
    warehouse_ids: Sequence[UUID] | None = None


async def reserve_stock(
    session: AsyncSession, actor: Actor, wanted: Wanted, *, reservation_id: UUID | None = None
) -> tuple[UUID, list[Held]]:
    """Hold stock for the actor's organization in one statement; the reservation and its lines.

    Lines of one item are held together, at the place of the first. Raises `StockShort`, which says of each item how much there
    is, and leaves nothing held; `Invalid` for a part of what is counted.
    """
    together: dict[UUID, Decimal] = {}
    places: dict[UUID, int] = {}
    for at, (item_id, quantity) in enumerate(wanted.lines):
        together[item_id] = together.get(item_id, Decimal(0)) + quantity
        places.setdefault(item_id, at)
    await _require_whole(session, together, places)
    reservation_id = reservation_id or new_id()
    held = await queries.reserve(
        session,
        {
            "reservation": reservation_id,
            "holder_kind": wanted.holder[0],
            "holder_id": wanted.holder[1],
            "expires_at": wanted.expires_at,
            "person": actor.person_id,
            "client": actor.client_id,
            "items": list(together),
            "quantities": list(together.values()),
            "rule": wanted.rule.value,
            "split": wanted.split,
            "backorder": wanted.backorder,
            "latitude": wanted.position[0] if wanted.position else None,
            "longitude": wanted.position[1] if wanted.position else None,
            "warehouses": list(wanted.warehouse_ids) if wanted.warehouse_ids is not None else None,
        },
    )
    short = [line for line in held if line.line_id is None]
    if short or not held:
        raise StockShort(
            errors=[_short(places[line.held_item_id], line, together[line.held_item_id]) for line in short]
        )
    return reservation_id, held


async def _require_whole(session: AsyncSession, wanted: Mapping[UUID, Decimal], places: Mapping[UUID, int]) -> None:
    """Half a piece is neither held nor picked. Nothing is read for whole numbers, which is what nearly everybody asks for."""
    broken = {item_id: quantity for item_id, quantity in wanted.items() if quantity != quantity.to_integral_value()}
    if not broken:
        return
    items = await queries.items_by_id(session, broken)
    message = N_("These are counted in whole numbers.")
    errors = [
        FieldError(f"/lines/{places[item_id]}/quantity", "not-whole", message)
        for item_id, quantity in broken.items()
        if item_id in items and not is_whole(quantity, items[item_id].unit)
    ]
    if errors:
        raise Invalid(errors=errors)


def _short(place: int, line: Held, wanted: Decimal) -> FieldError:
    free = line.free or Decimal(0)
    message = (
        N_("Only {available} are available.")
        if free < wanted
        else N_("{available} are available in all, but no warehouse alone has everything that you ask for.")
    )
    return FieldError(f"/lines/{place}/quantity", "stock-short", message, {"available": format(free.normalize(), "f")})


async def release_stock(session: AsyncSession, reservation_id: UUID) -> bool:
    """Let go of what is still held; False when the reservation had ended or is another's."""
    return await queries.release(session, reservation_id)
