"""All the SQL on what suppliers are owed and sent, locks included. Accounts and calendars stand in
`settings_queries.py`, payouts by bank in `bank_queries.py`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, SmallInteger, String, Uuid, bindparam, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts.models import Payout, PayoutItem, PayoutTakeBack
from app.finance.payouts.states import UNSENT, ItemState, PayoutState, TakeBackState, Way

_SUPPLIER_OF = text("SELECT payout_supplier_of(:kind, :id, :occasion)").bindparams(
    bindparam("kind", type_=String), bindparam("id", type_=Uuid), bindparam("occasion", type_=SmallInteger)
)
_OPEN = PayoutItem.amount_minor - PayoutItem.taken_back_minor - PayoutItem.set_off_minor - PayoutItem.sent_minor


@dataclass(frozen=True, slots=True)
class Position:
    """What is still to be sent to a supplier in a currency, and what of it is being taken back."""

    open_minor: int = 0
    asked_minor: int = 0


async def supplier_of(session: AsyncSession, cause: tuple[str, UUID], occasion: int) -> UUID | None:
    """Who is owed by a cause: the one thing that may be asked without acting for him."""
    found: UUID | None = await session.scalar(
        _SUPPLIER_OF, {"kind": cause[0], "id": cause[1], "occasion": occasion}
    )  # fmt: skip
    return found


async def insert_item(session: AsyncSession, values: Mapping[str, Any]) -> UUID | None:
    """What is owed; None when it was told before."""
    statement = insert(PayoutItem).values(**values).on_conflict_do_nothing(constraint="uq_payout_items_owed_once")
    return await session.scalar(statement.returning(PayoutItem.id))


def _item_of(cause: tuple[str, UUID], occasion: int) -> Select[PayoutItem]:
    return select(PayoutItem).where(
        PayoutItem.cause_kind == cause[0], PayoutItem.cause_id == cause[1], PayoutItem.occasion == occasion
    )


async def item_of(session: AsyncSession, cause: tuple[str, UUID], occasion: int) -> PayoutItem | None:
    """What is owed by a cause to the organization acted for."""
    return await session.scalar(_item_of(cause, occasion).execution_options(populate_existing=True))


async def lock_item_of(session: AsyncSession, cause: tuple[str, UUID], occasion: int) -> PayoutItem | None:
    """The same, locked."""
    statement = _item_of(cause, occasion).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def item(session: AsyncSession, item_id: UUID) -> PayoutItem | None:
    """One that whoever acts may see."""
    statement = select(PayoutItem).where(PayoutItem.id == item_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def change_item(
    session: AsyncSession, item_id: UUID, was: ItemState, was_attempt: int, values: Mapping[str, Any]
) -> bool:
    """Change an item that stands so; whether it did."""
    statement = (
        update(PayoutItem)
        .where(PayoutItem.id == item_id, PayoutItem.state == was, PayoutItem.attempt == was_attempt)
        .values(**values)
    )
    return await session.scalar(statement.returning(PayoutItem.id)) is not None


def items_of(supplier_id: UUID, *, state: ItemState | None = None, payout_id: UUID | None = None) -> Select[PayoutItem]:
    """What a supplier is and was owed."""
    statement = select(PayoutItem).where(PayoutItem.supplier_id == supplier_id)
    if state is not None:
        statement = statement.where(PayoutItem.state == state)
    return statement if payout_id is None else statement.where(PayoutItem.payout_id == payout_id)


def unsent_of(supplier_id: UUID) -> Select[PayoutItem]:
    """What is still to be sent to a supplier."""
    return select(PayoutItem).where(PayoutItem.supplier_id == supplier_id, PayoutItem.state.in_(UNSENT))


async def due_of(session: AsyncSession, supplier_id: UUID, day: date) -> dict[str, int]:
    """What of it is due on a day, by currency."""
    statement = select(PayoutItem.currency, func.sum(_OPEN)).where(
        PayoutItem.supplier_id == supplier_id, PayoutItem.state == ItemState.WAITING, PayoutItem.due_on <= day
    )
    return {row[0]: int(row[1]) for row in await session.execute(statement.group_by(PayoutItem.currency))}


def refused_items() -> Select[PayoutItem]:
    """What the provider has refused to send; only as the operator."""
    return select(PayoutItem).where(PayoutItem.state == ItemState.REFUSED)


async def suppliers_due(session: AsyncSession, today: date, after: UUID | None, most: int) -> list[UUID]:
    """Suppliers with something due, in the order of their ids; only as the operator."""
    statement = select(PayoutItem.supplier_id).where(PayoutItem.state == ItemState.WAITING, PayoutItem.due_on <= today)
    if after is not None:
        statement = statement.where(PayoutItem.supplier_id > after)
    return list(await session.scalars(statement.distinct().order_by(PayoutItem.supplier_id).limit(most)))


async def lock_due(session: AsyncSession, supplier_id: UUID, today: date, most: int) -> list[PayoutItem]:
    """What is due to a supplier, the longest due first, locked in the order of ids."""
    due = (
        select(PayoutItem.id)
        .where(PayoutItem.supplier_id == supplier_id, PayoutItem.state == ItemState.WAITING, PayoutItem.due_on <= today)
        .order_by(PayoutItem.due_on, PayoutItem.id)
        .limit(most)
    )
    statement = select(PayoutItem).where(PayoutItem.id.in_(due)).order_by(PayoutItem.id).with_for_update()
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return sorted(rows, key=lambda row: (row.due_on, row.id))


async def positions(session: AsyncSession, supplier_id: UUID) -> dict[str, Position]:
    """By currency."""
    unsent = (
        select(PayoutItem.currency, func.sum(_OPEN))
        .where(PayoutItem.supplier_id == supplier_id, PayoutItem.state.in_(UNSENT))
        .group_by(PayoutItem.currency)
    )
    asked = (
        select(PayoutTakeBack.currency, func.sum(PayoutTakeBack.amount_minor))
        .where(PayoutTakeBack.supplier_id == supplier_id, PayoutTakeBack.state == TakeBackState.ASKED)
        .group_by(PayoutTakeBack.currency)
    )
    open_in = {row[0]: int(row[1]) for row in await session.execute(unsent)}
    asked_in = {row[0]: int(row[1]) for row in await session.execute(asked)}
    return {
        currency: Position(open_in.get(currency, 0), asked_in.get(currency, 0)) for currency in {*open_in, *asked_in}
    }


async def insert_payout(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """A new payout."""
    await session.execute(insert(Payout).values(**values))


async def mark_told(session: AsyncSession, item_ids: Iterable[UUID]) -> None:
    """The supplier knows that these wait for him."""
    await session.execute(update(PayoutItem).where(PayoutItem.id.in_(set(item_ids))).values(told=True))


async def to_send(session: AsyncSession, payout_id: UUID) -> list[UUID]:
    """Items of a payout that are still to be sent."""
    statement = select(PayoutItem.id).where(
        PayoutItem.payout_id == payout_id, PayoutItem.state == ItemState.SENDING
    )  # fmt: skip
    return list(await session.scalars(statement.order_by(PayoutItem.id)))


async def items_to_send(session: AsyncSession, payout_id: UUID) -> list[PayoutItem]:
    """The same with all that is known of them."""
    statement = select(PayoutItem).where(PayoutItem.payout_id == payout_id, PayoutItem.state == ItemState.SENDING)
    return list(await session.scalars(statement.order_by(PayoutItem.id).execution_options(populate_existing=True)))


async def payout(session: AsyncSession, payout_id: UUID) -> Payout | None:
    """One that whoever acts may see."""
    statement = select(Payout).where(Payout.id == payout_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def payouts(session: AsyncSession, payout_ids: Iterable[UUID]) -> dict[UUID, Payout]:
    """Those of them that whoever acts may see."""
    statement = select(Payout).where(Payout.id.in_(set(payout_ids)))
    return {row.id: row for row in await session.scalars(statement)}


async def items(session: AsyncSession, item_ids: Iterable[UUID]) -> dict[UUID, PayoutItem]:
    """Those of them that whoever acts may see."""
    statement = select(PayoutItem).where(PayoutItem.id.in_(set(item_ids)))
    return {row.id: row for row in await session.scalars(statement)}


async def add_sent(session: AsyncSession, payout_id: UUID, sent_minor: int) -> None:
    """So much more of a payout was sent, or nothing of an item after all; its row stays locked until the transaction ends."""
    await session.execute(
        update(Payout).where(Payout.id == payout_id).values(sent_minor=Payout.sent_minor + sent_minor)
    )


async def end_payout(
    session: AsyncSession, payout_id: UUID, *, now: datetime, bank_reference: str | None = None
) -> Payout | None:
    """End a payout of which nothing is left to be sent; None while something is, and when it has ended already. Call it after
    `add_sent`, so that of two who send the last items the second one ends it."""
    if await to_send(session, payout_id):
        return None
    row = await payout(session, payout_id)
    if row is None or row.state != PayoutState.SENDING:
        return None
    state = PayoutState.SENT if row.sent_minor else PayoutState.FAILED
    values = {"state": state, "ended_at": now, "bank_reference": bank_reference if row.sent_minor else None}
    await session.execute(update(Payout).where(Payout.id == payout_id).values(**values))
    return await payout(session, payout_id)


def payouts_of(supplier_id: UUID) -> Select[Payout]:
    """What a supplier was and is being sent."""
    return select(Payout).where(Payout.supplier_id == supplier_id)


async def unfinished(session: AsyncSession, most: int) -> list[tuple[UUID, UUID]]:
    """(payout, supplier) of those that transfers are still to be made for; only as the operator."""
    statement = select(Payout.id, Payout.supplier_id).where(
        Payout.state == PayoutState.SENDING, Payout.way == Way.PROVIDER
    )
    return [(row[0], row[1]) for row in await session.execute(statement.order_by(Payout.id).limit(most))]


async def set_off_in(session: AsyncSession, payout_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What was set off in payouts."""
    statement = (
        select(PayoutItem.payout_id, func.sum(PayoutItem.set_off_minor))
        .where(PayoutItem.payout_id.in_(set(payout_ids)))
        .group_by(PayoutItem.payout_id)
    )
    return {row[0]: int(row[1]) for row in await session.execute(statement) if row[0] is not None}


async def take_backs_of(session: AsyncSession, item_ids: Iterable[UUID]) -> list[PayoutTakeBack]:
    """What is to come, and what came back of items, in their order."""
    statement = select(PayoutTakeBack).where(PayoutTakeBack.item_id.in_(set(item_ids)))
    rows = await session.scalars(statement.order_by(PayoutTakeBack.id).execution_options(populate_existing=True))
    return list(rows)


async def insert_take_back(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Something is to come back."""
    await session.execute(insert(PayoutTakeBack).values(**values))


async def to_reverse(session: AsyncSession, supplier_id: UUID) -> list[UUID]:
    """What transfers of a supplier are to be reversed for, those that were made."""
    statement = (
        select(PayoutTakeBack.id)
        .join(PayoutItem, PayoutItem.id == PayoutTakeBack.item_id)
        .where(
            PayoutTakeBack.supplier_id == supplier_id,
            PayoutTakeBack.state == TakeBackState.ASKED,
            PayoutItem.state == ItemState.SENT,
        )
    )
    return list(await session.scalars(statement.order_by(PayoutTakeBack.id)))


async def take_back(session: AsyncSession, take_back_id: UUID) -> PayoutTakeBack | None:
    """One that whoever acts may see."""
    statement = select(PayoutTakeBack).where(PayoutTakeBack.id == take_back_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def end_take_back(session: AsyncSession, take_back_id: UUID, **values: Any) -> bool:
    """What came of one that was asked for; False when that is known already."""
    statement = (
        update(PayoutTakeBack)
        .where(PayoutTakeBack.id == take_back_id, PayoutTakeBack.state == TakeBackState.ASKED)
        .values(**values)
    )
    return await session.scalar(statement.returning(PayoutTakeBack.id)) is not None


async def add_reversed(session: AsyncSession, item_id: UUID, amount_minor: int) -> None:
    """So much more of what was sent came back."""
    statement = update(PayoutItem).where(PayoutItem.id == item_id)
    await session.execute(statement.values(reversed_minor=PayoutItem.reversed_minor + amount_minor))


async def suppliers_to_reverse(session: AsyncSession, most: int) -> list[UUID]:
    """Suppliers of whom something is to be taken back; only as the operator."""
    statement = select(PayoutTakeBack.supplier_id).where(PayoutTakeBack.state == TakeBackState.ASKED)
    return list(await session.scalars(statement.distinct().limit(most)))


async def sent_after(
    session: AsyncSession, supplier_id: UUID, first: date, last: date, after: tuple[date, UUID] | None, most: int
) -> Sequence[PayoutItem]:
    """What was sent on some days, in their order."""
    statement = select(PayoutItem).where(
        PayoutItem.supplier_id == supplier_id, PayoutItem.sent_on >= first, PayoutItem.sent_on <= last
    )
    if after is not None:
        statement = statement.where(tuple_(PayoutItem.sent_on, PayoutItem.id) > after)
    return (await session.scalars(statement.order_by(PayoutItem.sent_on, PayoutItem.id).limit(most))).all()


async def taken_back_after(
    session: AsyncSession, supplier_id: UUID, first: date, last: date, after: tuple[date, UUID] | None, most: int
) -> Sequence[PayoutTakeBack]:
    """What was taken back on some days by reversed transfers, in their order."""
    statement = select(PayoutTakeBack).where(
        PayoutTakeBack.supplier_id == supplier_id,
        PayoutTakeBack.state == TakeBackState.DONE,
        PayoutTakeBack.ended_on >= first,
        PayoutTakeBack.ended_on <= last,
    )
    if after is not None:
        statement = statement.where(tuple_(PayoutTakeBack.ended_on, PayoutTakeBack.id) > after)
    return (await session.scalars(statement.order_by(PayoutTakeBack.ended_on, PayoutTakeBack.id).limit(most))).all()


# An item changed when its payout ended or something of it came back; days are all that is written down of the latter.
_AT_PROVIDER = text("""
WITH concerned AS (
    SELECT i.id AS item_id FROM payout_items i JOIN payouts p ON p.id = i.payout_id
    WHERE i.transfer IS NOT NULL AND (p.ended_at >= :start AND p.ended_at < :end OR i.transfer = ANY(:known))
    UNION SELECT item_id FROM payout_take_backs WHERE state = 'done' AND (
        ended_on BETWEEN CAST(:start AS timestamptz)::date AND CAST(:end AS timestamptz)::date OR reference = ANY(:known))
), found AS (
    SELECT i.id, 'transfer' AS kind, i.transfer AS reference, i.sent_minor AS amount_minor, i.currency, i.id AS item_id,
        NULL AS of
    FROM payout_items i JOIN concerned c ON c.item_id = i.id WHERE i.transfer IS NOT NULL
    UNION ALL
    SELECT t.id, 'reversal', t.reference, t.amount_minor, t.currency, t.item_id, i.transfer
    FROM payout_take_backs t JOIN concerned USING (item_id) JOIN payout_items i ON i.id = t.item_id WHERE t.state = 'done'
)
SELECT f.*, EXISTS (SELECT 1 FROM payout_take_backs t WHERE t.item_id = f.item_id AND t.state = 'asked') AS moves
FROM found f WHERE CAST(:after AS uuid) IS NULL OR f.id > :after ORDER BY f.id LIMIT :most
""").bindparams(bindparam("after", type_=Uuid))


@dataclass(frozen=True, slots=True)
class AtProvider:
    """A transfer or reversal that the provider made. `moves` while a reversal of its item is asked for; `of` is the transfer of a
    reversal."""

    id: UUID
    kind: str
    reference: str
    amount_minor: int
    currency: str
    item_id: UUID
    of: str | None
    moves: bool


async def at_provider(
    session: AsyncSession, start: datetime, end: datetime, known: Iterable[str], after: UUID | None, most: int
) -> list[AtProvider]:
    """The next transfers and reversals of items of which one changed in some time, or has one of some references. Only as the
    operator."""
    asked = {"start": start, "end": end, "known": list(known), "after": after, "most": most}
    return [AtProvider(**row) for row in (await session.execute(_AT_PROVIDER, asked)).mappings()]
