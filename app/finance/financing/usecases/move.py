"""What becomes of an advance: the buyer's money repays it, is taken back, the supplier makes it good, or it is lost."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import booking, queries, rules
from app.finance.financing.events import FinancingMoved
from app.finance.financing.models import Financing, FinancingMove
from app.finance.financing.rules import Division, Standing
from app.finance.financing.states import FinancingState, MoveKind
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import CauseKind
from app.finance.payouts import facade as payouts
from app.finance.schedules.facade import Diverted, Left
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.outbox import announce

_ENDS = {
    MoveKind.REPAID: FinancingState.REPAID,
    MoveKind.RECOURSE: FinancingState.MADE_GOOD,
    MoveKind.LOST: FinancingState.LOST,
    MoveKind.UNDONE: FinancingState.REVERSED,
}
_OWED_AGAIN = (MoveKind.RETURNED, MoveKind.RENEWED)


async def claim(session: AsyncSession, left: Left) -> Diverted | None:
    """What of a milestone's money is the financier's, when some of it goes to the supplier or is taken from him again."""
    async with acting_for(session, left.supplier_id):
        row = await queries.lock_of_milestone(session, left.milestone_id)
        if row is None:
            return None
        return await (_repay(session, row, left) if left.given else _take(session, row, left))


async def _repay(session: AsyncSession, row: Financing, left: Left) -> Diverted | None:
    if row.state != FinancingState.RUNNING:
        return None
    part = rules.divided(reckon(row, left.day), left.amount_minor)
    if not part.whole_minor:
        return None
    move = await write(session, row, MoveKind.REPAID, part, left.day, step=left.step)
    return Diverted(
        holder_id=row.financier_id,
        amount_minor=part.whole_minor,
        cause=(CauseKind.FINANCING, row.id),
        occasion=move.number,
        facts=(booking.moved(row, move),),
    )


async def _take(session: AsyncSession, row: Financing, left: Left) -> Diverted | None:
    """First the supplier bears what is taken back, with what he has of the step's money. What is beyond that the financier bears,
    who is owed it again; with recourse the supplier makes it good at once, so that the financier keeps it."""
    gave, held = await queries.held_by_step(session, row.id, left.step)
    over = min(held - min(held, left.amount_minor), left.changed_minor)
    if gave is None or over <= 0:
        return None
    reckon(row, left.day)
    part = rules.returned(row.repaid_minor, over)
    moves = [await write(session, row, MoveKind.RETURNED, part, left.day, step=left.step)]
    if row.recourse:
        moves.append(await write(session, row, MoveKind.RECOURSE, part, left.day))
    return Diverted(
        holder_id=row.financier_id,
        amount_minor=over,
        cause=(CauseKind.FINANCING, row.id),
        occasion=gave,
        facts=tuple(booking.moved(row, move) for move in moves),
        made_good=row.recourse,
    )


async def ended(session: AsyncSession, milestone_id: UUID, supplier_id: UUID, day: date) -> None:
    """Nothing more comes of a milestone. What is still owed of the advance the supplier makes good, or it is lost."""
    async with acting_for(session, supplier_id):
        row = await queries.lock_of_milestone(session, milestone_id)
        if row is None or row.state != FinancingState.RUNNING:
            return
        standing = reckon(row, day)
        if row.recourse:
            await make_good(session, row, standing.whole_minor, day)
        else:
            part = Division(standing.principal_minor, standing.charge_minor)
            move = await write(session, row, MoveKind.LOST, part, day)
            if move.principal_minor:
                await ledger.post(session, booking.moved(row, move))


async def binds(session: AsyncSession, milestone_id: UUID, supplier_id: UUID) -> bool:
    """Whether the supplier may not give back what he has assigned without recourse: it is not his to give. Where a part was lost
    the financier still has the rest."""
    async with acting_for(session, supplier_id):
        row = await queries.lock_of_milestone(session, milestone_id)
        if row is None or row.recourse:
            return False
        return row.state == FinancingState.RUNNING or row.repaid_minor + row.charged_minor > 0


async def make_good(session: AsyncSession, row: Financing, most_minor: int, day: date) -> None:
    """The supplier owes so much of what the financier does not get of the buyer. No payment brought it: it is paid by bank."""
    part = rules.divided(reckon(row, day), most_minor)
    if not part.whole_minor:
        return
    move = await write(session, row, MoveKind.RECOURSE, part, day)
    await ledger.post(session, booking.moved(row, move))
    await payouts.owe(
        session,
        supplier_id=row.financier_id,
        payment_reference=None,
        amount=(part.whole_minor, row.currency),
        cause=(CauseKind.FINANCING, row.id),
        occasion=move.number,
        day=day,
    )


def reckon(row: Financing, day: date) -> Standing:
    """Write down what is owed as reckoned to a day."""
    assert row.reckoned_on is not None, "it was funded"
    standing = Standing(row.principal_minor, row.charge_minor, row.reckoned_on)
    if row.rate_bp is not None:
        standing = rules.reckoned(standing, row.rate_bp, day)
    row.charge_minor, row.reckoned_on = standing.charge_minor, max(day, row.reckoned_on)
    return standing


async def write(
    session: AsyncSession, row: Financing, kind: MoveKind, part: Division, day: date, *, step: int | None = None
) -> FinancingMove:
    """Number a move, and sum up. Whatever comes after a loss, what is lost stays so."""
    sign = -1 if kind in _OWED_AGAIN else 1
    row.principal_minor -= sign * part.principal_minor
    row.charge_minor -= sign * part.charge_minor
    if kind is MoveKind.LOST:
        row.lost_minor += part.principal_minor
    elif kind in (MoveKind.UNDONE, MoveKind.RENEWED):
        row.taken_minor += sign * part.principal_minor
    else:
        row.repaid_minor += sign * part.principal_minor
        row.charged_minor += sign * part.charge_minor
    owes = row.principal_minor + row.charge_minor > 0
    ends = FinancingState.LOST if row.lost_minor else _ENDS.get(kind, FinancingState.RUNNING)
    row.state = FinancingState.RUNNING if owes else ends
    row.moves += 1
    row.version += 1
    move = FinancingMove(
        id=new_id(),
        financing_id=row.id,
        supplier_id=row.supplier_id,
        financier_id=row.financier_id,
        currency=row.currency,
        number=row.moves,
        kind=kind,
        step=step,
        principal_minor=part.principal_minor,
        charge_minor=part.charge_minor,
        occurred_on=day,
    )
    session.add(move)
    await session.flush()
    event = FinancingMoved(
        financing_id=row.id,
        supplier_id=row.supplier_id,
        financier_id=row.financier_id,
        currency=row.currency,
        kind=kind,
        principal_minor=part.principal_minor,
        charge_minor=part.charge_minor,
        state=row.state,
    )
    await announce(session, event, organizations=[row.supplier_id, row.financier_id])
    return move
