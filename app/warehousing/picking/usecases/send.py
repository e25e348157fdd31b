"""Send closed packages of one consignee: what is in them leaves the stock in the same transaction."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.warehousing.errors import MoveRefused
from app.warehousing.picking import queries
from app.warehousing.picking.errors import PackageNotReady
from app.warehousing.picking.events import GoodsDispatched, HeldFor
from app.warehousing.picking.models import Dispatch, PackageContent, PackedUnit
from app.warehousing.picking.schemas import DispatchIn
from app.warehousing.picking.states import PackageState
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, Outside
from app.warehousing.usecases.post_moves import post_moves

CAUSE = "dispatch"


async def send_packages(session: AsyncSession, actor: Actor, warehouse_id: UUID, form: DispatchIn) -> Dispatch:
    """Packages leave with all that is in them. Raises `Invalid`, `PackageNotReady`, `MoveRefused`."""
    outer = await queries.lock_packages(session, actor.organization_id, form.package_ids)
    _require_sendable(form.package_ids, outer, warehouse_id)
    packages = dict(outer)
    level = list(outer)
    while level:
        # Nobody puts anything into what is closed, so that these stay all.
        inner = await queries.lock_packages(
            session, actor.organization_id, [row.id for row in await queries.inner_packages(session, level)]
        )
        packages |= inner
        level = list(inner)
    contents = await queries.contents(session, packages)
    holder_id = next(iter(outer.values())).holder_id
    row = await _dispatch(session, actor, warehouse_id, holder_id, form)
    await _leave(session, actor, row, contents)
    for package in packages.values():
        package.state, package.dispatch_id = PackageState.DISPATCHED, row.id
        package.version += 1
    await session.flush()
    held_for = await queries.holders(session, (one.pick_line_id for one in contents))
    event = GoodsDispatched(
        dispatch_id=row.id,
        keeper_id=row.keeper_id,
        warehouse_id=warehouse_id,
        organization_id=holder_id,
        package_ids=sorted(packages),
        held_for=[HeldFor(kind=kind, id=holder) for kind, holder in held_for],
        shipment_kind=row.shipment_kind,
        shipment_id=row.shipment_id,
    )
    await announce(
        session, event, organizations=[row.keeper_id, holder_id, *sorted({one.owner_id for one in contents})]
    )
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "dispatch.send", "dispatch", row.id, after=after)
    return row


def _require_sendable(wanted: Sequence[UUID], found: Mapping[UUID, PackedUnit], warehouse_id: UUID) -> None:
    """They must be closed outer packages of one consignee in this warehouse."""
    invalid, unready = [], []
    holder_id = next((found[one].holder_id for one in wanted if one in found), None)
    for at, package_id in enumerate(wanted):
        row, pointer = found.get(package_id), f"/package_ids/{at}"
        if row is None or row.warehouse_id != warehouse_id:
            message = N_("There is no such package in this warehouse.")
            invalid.append(FieldError(pointer, "unknown-package", message))
        elif row.holder_id != holder_id:
            message = N_("Packages of one dispatch go to one consignee.")
            invalid.append(FieldError(pointer, "other-consignee", message))
        elif row.parent_id is not None:
            message = N_("This package is in another one: send that, or take it out first.")
            unready.append(FieldError(pointer, "inside-another", message))
        elif row.state != PackageState.CLOSED:
            message = N_("This package is not closed, or has left already.")
            unready.append(FieldError(pointer, "not-closed", message))
    if invalid:
        raise Invalid(errors=invalid)
    if unready:
        raise PackageNotReady(errors=unready)


async def _dispatch(
    session: AsyncSession, actor: Actor, warehouse_id: UUID, holder_id: UUID, form: DispatchIn
) -> Dispatch:
    name = form.consignee_name
    if name is None:
        firm = (await parties.organizations(session, [holder_id])).get(holder_id)
        name = firm.legal_name_local[:200] if firm else "–"
    row = Dispatch(
        id=new_id(),
        keeper_id=actor.organization_id,
        warehouse_id=warehouse_id,
        holder_id=holder_id,
        consignee_name=name,
        address=form.address,
        country=form.country,
        reference=form.reference,
        shipment_kind=form.shipment.kind if form.shipment else None,
        shipment_id=form.shipment.id if form.shipment else None,
        person_id=actor.person_id,
        client_id=actor.client_id,
    )
    session.add(row)
    await session.flush()
    return row


async def _leave(session: AsyncSession, actor: Actor, row: Dispatch, contents: Sequence[PackageContent]) -> None:
    """Out of the packing bins, to the customer; what is alike in one move."""
    bins = await queries.packing_bins(session, (one.pick_line_id for one in contents))
    alike: dict[tuple[UUID, str | None, UUID, UUID], Decimal] = {}
    for one in contents:
        key = (one.item_id, one.lot, one.owner_id, bins[one.pick_line_id])
        alike[key] = alike.get(key, Decimal(0)) + one.quantity
    moves = [
        MoveIn(
            item_id=item_id,
            quantity=quantity,
            lot=LotIn(code=lot) if lot else None,
            origin=PlaceIn(bin_id=bin_id),
            target=PlaceIn(outside=Outside.CUSTOMER),
            owner_id=owner_id,
            reason=MoveReason.DISPATCH,
        )
        for (item_id, lot, owner_id, bin_id), quantity in alike.items()
    ]
    try:
        await post_moves(session, actor, moves, cause=(CAUSE, row.id))
    except MoveRefused as refusal:
        # Somebody has moved what was picked out of the packing bin.
        raise MoveRefused(
            errors=[FieldError("/package_ids", error.code, error.message) for error in refusal.errors]
        ) from None
