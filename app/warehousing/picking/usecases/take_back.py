"""Let goods come back, and receive them: on quality hold, in a returns zone."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.warehousing.errors import MoveRefused
from app.warehousing.picking import queries
from app.warehousing.picking.errors import ReturnedTooMuch, ReturnEnded
from app.warehousing.picking.events import GoodsReturned
from app.warehousing.picking.models import GoodsReturn, GoodsReturnLine, PackageContent
from app.warehousing.picking.schemas import ReturnIn, ReturnReceiptIn
from app.warehousing.picking.states import RETURN_STATE_LABELS, ReturnState
from app.warehousing.rules import is_whole
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, Outside, StockStatus, ZonePurpose
from app.warehousing.usecases.post_moves import post_moves

CAUSE = "goods_return"


async def authorise_return(session: AsyncSession, actor: Actor, dispatch_id: UUID, form: ReturnIn) -> GoodsReturn:
    """Say what of a dispatch may come back. Raises `NotFound`, `Invalid`, `ReturnedTooMuch`."""
    sent = await queries.dispatch(session, dispatch_id)
    if sent is None or sent.keeper_id != actor.organization_id:
        raise NotFound()
    packages = await queries.dispatched(session, [sent.id])
    contents = {one.id: one for one in await queries.contents(session, (row.id for row in packages))}
    _require_sent(form, contents)
    row = GoodsReturn(
        id=new_id(),
        dispatch_id=sent.id,
        keeper_id=sent.keeper_id,
        warehouse_id=sent.warehouse_id,
        holder_id=sent.holder_id,
        reason=form.reason,
        note=form.note,
        person_id=actor.person_id,
        client_id=actor.client_id,
    )
    session.add(row)
    await session.flush()
    # By id, since each locks what it is of.
    for at, line in sorted(enumerate(form.lines), key=lambda one: one[1].content_id):
        keys = {"dispatch_id": sent.id, "keeper_id": sent.keeper_id, "holder_id": sent.holder_id}
        session.add(
            GoodsReturnLine(id=new_id(), return_id=row.id, content_id=line.content_id, quantity=line.quantity, **keys)
        )
        try:
            await session.flush()
        except DBAPIError as error:
            if refused_by(error, "ck_package_contents_returned_was_sent"):
                message = N_("So much of it was not dispatched, or comes back already.")
                raise ReturnedTooMuch(errors=[FieldError(f"/lines/{at}/quantity", "not-sent", message)]) from error
            raise
    await audit.record(session, actor, "return.authorise", "goods_return", row.id, after=form.model_dump(mode="json"))
    return row


def _require_sent(form: ReturnIn, contents: dict[UUID, PackageContent]) -> None:
    errors = []
    seen: set[UUID] = set()
    for at, line in enumerate(form.lines):
        content = contents.get(line.content_id)
        if content is None or content.id in seen:
            message = N_("Name contents of packages of this dispatch, each once.")
            errors.append(FieldError(f"/lines/{at}/content_id", "unknown-content", message))
        elif not is_whole(line.quantity, content.unit):
            message = N_("These are counted in whole numbers.")
            errors.append(FieldError(f"/lines/{at}/quantity", "not-whole", message))
        seen.add(line.content_id)
    if errors:
        raise Invalid(errors=errors)


async def receive_return(
    session: AsyncSession, actor: Actor, return_id: UUID, form: ReturnReceiptIn, *, now: datetime
) -> GoodsReturn:
    """Take in what came; the rest may be authorised again. Raises `NotFound`, `ReturnEnded`, `Invalid`, `MoveRefused`."""
    row = await _authorised(session, actor, return_id)
    into = await queries.first_bin(session, row.warehouse_id, ZonePurpose.RETURNS, form.bin_id)
    if into is None:
        message = N_("Name a bin of a returns zone of this warehouse that is not blocked.")
        raise Invalid(errors=[FieldError("/bin_id", "no-returns-bin", message)])
    pairs = await queries.return_lines(session, [row.id])
    came = _came(form, {line.id: (line, content) for line, content in pairs})
    moves = [
        MoveIn(
            item_id=content.item_id,
            quantity=came[line.id],
            lot=LotIn(code=content.lot) if content.lot else None,
            origin=PlaceIn(outside=Outside.CUSTOMER),
            target=PlaceIn(bin_id=into, status=StockStatus.QUALITY_HOLD),
            owner_id=content.owner_id,
            reason=MoveReason.RETURN,
            note=row.note,
        )
        for line, content in pairs
        if came[line.id]
    ]
    try:
        await post_moves(session, actor, moves, cause=(CAUSE, row.id))
    except MoveRefused as refusal:
        raise MoveRefused(
            errors=[
                FieldError("/bin_id" if error.code.startswith("bin-") else "/lines", error.code, error.message)
                for error in refusal.errors
            ]
        ) from None
    await _end(session, row, came, ReturnState.RECEIVED, now=now)
    event = GoodsReturned(
        return_id=row.id,
        dispatch_id=row.dispatch_id,
        keeper_id=row.keeper_id,
        organization_id=row.holder_id,
        reason=row.reason,
    )
    await announce(session, event, organizations=[row.keeper_id, row.holder_id])
    after = {"received": {str(line_id): str(quantity) for line_id, quantity in came.items()}}
    await audit.record(session, actor, "return.receive", "goods_return", row.id, after=after)
    return row


def _came(form: ReturnReceiptIn, lines: dict[UUID, tuple[GoodsReturnLine, PackageContent]]) -> dict[UUID, Decimal]:
    if form.lines is None:
        return {line_id: line.quantity for line_id, (line, _) in lines.items()}
    came = dict.fromkeys(lines, Decimal(0))
    errors = []
    seen: set[UUID] = set()
    for at, one in enumerate(form.lines):
        if one.line_id not in lines or one.line_id in seen:
            message = N_("Name lines of this return, each once.")
            errors.append(FieldError(f"/lines/{at}/line_id", "unknown-line", message))
            continue
        seen.add(one.line_id)
        line, content = lines[one.line_id]
        if one.quantity > line.quantity:
            message = N_("No more than {quantity} may come back of it.")
            params = {"quantity": format(line.quantity.normalize(), "f")}
            errors.append(FieldError(f"/lines/{at}/quantity", "more-than-authorised", message, params))
        elif not is_whole(one.quantity, content.unit):
            message = N_("These are counted in whole numbers.")
            errors.append(FieldError(f"/lines/{at}/quantity", "not-whole", message))
        came[one.line_id] = one.quantity
    if not errors and not any(came.values()):
        message = N_("If nothing came back, cancel the return.")
        errors.append(FieldError("/lines", "nothing-came", message))
    if errors:
        raise Invalid(errors=errors)
    return came


async def cancel_return(session: AsyncSession, actor: Actor, return_id: UUID, *, now: datetime) -> GoodsReturn:
    """Nothing comes back of it. Raises `NotFound`, `ReturnEnded`."""
    row = await _authorised(session, actor, return_id)
    pairs = await queries.return_lines(session, [row.id])
    await _end(session, row, {line.id: Decimal(0) for line, _ in pairs}, ReturnState.CANCELLED, now=now)
    await audit.record(session, actor, "return.cancel", "goods_return", row.id)
    return row


async def _authorised(session: AsyncSession, actor: Actor, return_id: UUID) -> GoodsReturn:
    row = await queries.lock_return(session, actor.organization_id, return_id)
    if row is None:
        raise NotFound()
    if row.state != ReturnState.AUTHORISED:
        raise ReturnEnded(state=Labelled.of(row.state, RETURN_STATE_LABELS))
    return row


async def _end(
    session: AsyncSession, row: GoodsReturn, came: dict[UUID, Decimal], state: ReturnState, *, now: datetime
) -> None:
    for line, _ in await queries.return_lines(session, [row.id]):
        line.received = came[line.id]
    row.state, row.ended_at = state, now
    await session.flush()
