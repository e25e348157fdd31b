"""All the SQL on financing, locks included. Whoever moves money locks the milestone first, then the financing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing.models import (
    Financing,
    FinancingMove,
    FinancingOffer,
    FinancingPayment,
    FinancingQuote,
)
from app.finance.financing.states import UNDER_WAY, FinancingRole, FinancingState, FundingStep, MoveKind, OfferState


async def insert_offer(session: AsyncSession, values: Mapping[str, Any]) -> FinancingOffer | None:
    """A new offer; None while another of the milestone is open."""
    statement = insert(FinancingOffer).values(**values).on_conflict_do_nothing()
    return await session.scalar(statement.returning(FinancingOffer))


async def offer(session: AsyncSession, offer_id: UUID, *, lock: bool = False) -> FinancingOffer | None:
    """An offer of the supplier who is acted for, or one that is open to the financier who is."""
    statement = select(FinancingOffer).where(FinancingOffer.id == offer_id)
    statement = statement.with_for_update() if lock else statement
    return await session.scalar(statement.execution_options(populate_existing=True))


def offers_of(organization_id: UUID, *, role: FinancingRole | None, now: datetime) -> Select[FinancingOffer]:
    """A supplier's own offers, and those that a financier may quote for: of others' he sees the open ones."""
    own = FinancingOffer.supplier_id == organization_id
    quoted = select(FinancingQuote.id).where(
        FinancingQuote.offer_id == FinancingOffer.id, FinancingQuote.financier_id == organization_id
    )
    is_open = (FinancingOffer.state == OfferState.OPEN) & (FinancingOffer.expires_at > now)
    others = (FinancingOffer.supplier_id != organization_id) & or_(is_open, quoted.exists())
    statement = select(FinancingOffer)
    if role is None:
        return statement.where(or_(own, others))
    return statement.where(own if role is FinancingRole.SUPPLIER else others)


async def end_overdue(session: AsyncSession, milestone_id: UUID, now: datetime) -> Sequence[FinancingOffer]:
    """Let an offer of a milestone whose time is over stand as expired."""
    statement = update(FinancingOffer).where(
        FinancingOffer.milestone_id == milestone_id,
        FinancingOffer.state == OfferState.OPEN,
        FinancingOffer.expires_at <= now,
    )
    changed = statement.values(state=OfferState.EXPIRED, version=FinancingOffer.version + 1)
    return (await session.scalars(changed.returning(FinancingOffer))).all()


async def financed(session: AsyncSession, milestone_id: UUID) -> bool:
    """Whether a milestone is assigned to somebody."""
    statement = select(Financing.id).where(
        Financing.milestone_id == milestone_id, Financing.state != FinancingState.CANCELLED
    )
    return await session.scalar(statement) is not None


async def insert_quote(session: AsyncSession, values: Mapping[str, Any]) -> FinancingQuote | None:
    """A new quote; None while the financier has another one for the offer."""
    statement = insert(FinancingQuote).values(**values).on_conflict_do_nothing()
    return await session.scalar(statement.returning(FinancingQuote))


async def quote(session: AsyncSession, quote_id: UUID) -> FinancingQuote | None:
    """A quote for the offer of whoever is acted for, or his own."""
    statement = select(FinancingQuote).where(FinancingQuote.id == quote_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


def quotes_of(offer_id: UUID) -> Select[FinancingQuote]:
    """Quotes for an offer: all for the supplier, for a financier his own."""
    return select(FinancingQuote).where(FinancingQuote.offer_id == offer_id)


async def end_quote(session: AsyncSession, quote_id: UUID, now: datetime, *, accepted: bool) -> FinancingQuote | None:
    """Accept or withdraw a quote that is open; None when it is not."""
    statement = update(FinancingQuote).where(
        FinancingQuote.id == quote_id, FinancingQuote.accepted_at.is_(None), FinancingQuote.withdrawn_at.is_(None)
    )
    if accepted:
        statement = statement.where(FinancingQuote.expires_at > now).values(accepted_at=now)
    else:
        statement = statement.values(withdrawn_at=now)
    return await session.scalar(
        statement.returning(FinancingQuote).execution_options(populate_existing=True, synchronize_session=False)
    )


async def insert_financing(session: AsyncSession, values: Mapping[str, Any]) -> Financing | None:
    """An assignment; None when the milestone is assigned already."""
    statement = insert(Financing).values(**values).on_conflict_do_nothing()
    return await session.scalar(statement.returning(Financing))


async def financing(session: AsyncSession, financing_id: UUID, *, lock: bool = False) -> Financing | None:
    """A financing of the supplier or financier who is acted for."""
    statement = select(Financing).where(Financing.id == financing_id)
    statement = statement.with_for_update() if lock else statement
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_of_milestone(session: AsyncSession, milestone_id: UUID) -> Financing | None:
    """The financing of a milestone that was funded."""
    statement = select(Financing).where(Financing.milestone_id == milestone_id, Financing.funded_on.is_not(None))
    return await session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def financings_of(organization_id: UUID, role: FinancingRole | None) -> Select[Financing]:
    """What a supplier has assigned, or a financier was assigned."""
    supplier, financier = Financing.supplier_id == organization_id, Financing.financier_id == organization_id
    if role is None:
        return select(Financing).where(or_(supplier, financier))
    return select(Financing).where(supplier if role is FinancingRole.SUPPLIER else financier)


async def moves_of(session: AsyncSession, financing_id: UUID) -> Sequence[FinancingMove]:
    """What became of an advance, the newest first; 100 at most."""
    statement = select(FinancingMove).where(FinancingMove.financing_id == financing_id)
    return (await session.scalars(statement.order_by(FinancingMove.number.desc()).limit(100))).all()


async def held_by_step(session: AsyncSession, financing_id: UUID, step: int) -> tuple[int | None, int]:
    """(number of the move that gave it, what is left) of what a financier was given by a step of the milestone."""
    amount = FinancingMove.principal_minor + FinancingMove.charge_minor
    gave = FinancingMove.kind == MoveKind.REPAID
    statement = select(
        func.min(case((gave, FinancingMove.number))),
        func.coalesce(func.sum(case((gave, amount), else_=-amount)), 0),
    ).where(
        FinancingMove.financing_id == financing_id,
        FinancingMove.step == step,
        FinancingMove.kind.in_((MoveKind.REPAID, MoveKind.RETURNED)),
    )
    row = (await session.execute(statement)).one()
    return row[0], int(row[1])


async def undone_since(session: AsyncSession, financing_id: UUID) -> list[tuple[int, int]]:
    """(number, amount) of moves by which the supplier was given the advance again, or it was taken from him, in their order."""
    amount = FinancingMove.principal_minor
    again = FinancingMove.kind == MoveKind.RENEWED
    statement = select(FinancingMove.number, case((again, amount), else_=-amount)).where(
        FinancingMove.financing_id == financing_id, FinancingMove.kind.in_((MoveKind.UNDONE, MoveKind.RENEWED))
    )
    return [(row[0], int(row[1])) for row in await session.execute(statement.order_by(FinancingMove.number))]


async def insert_payment(session: AsyncSession, values: Mapping[str, Any]) -> FinancingPayment | None:
    """A new payment; None while another is under way or has come."""
    statement = insert(FinancingPayment).values(**values).on_conflict_do_nothing()
    return await session.scalar(statement.returning(FinancingPayment))


async def payment(session: AsyncSession, payment_id: UUID, *, lock: bool = False) -> FinancingPayment | None:
    """A payment of the financier who is acted for."""
    statement = select(FinancingPayment).where(FinancingPayment.id == payment_id)
    statement = statement.with_for_update() if lock else statement
    return await session.scalar(statement.execution_options(populate_existing=True))


async def payment_known_as(session: AsyncSession, reference: str) -> FinancingPayment | None:
    """By the provider's reference; for the worker, who acts for nobody: as the operator."""
    return await session.scalar(select(FinancingPayment).where(FinancingPayment.payment == reference))


async def is_being_funded(session: AsyncSession, financing_id: UUID) -> bool:
    """Whether a payment of an advance was asked for of which nothing is written down yet. As the operator."""
    payment = FinancingPayment
    statement = select(payment.id).where(
        payment.financing_id == financing_id, payment.state == FundingStep.PENDING, payment.payment.is_(None)
    )
    return await session.scalar(statement.limit(1)) is not None


async def last_payments(session: AsyncSession, financing_ids: Sequence[UUID]) -> dict[UUID, FinancingPayment]:
    """The last payment of each financing, as far as whoever acts may see it."""
    statement = select(FinancingPayment).where(FinancingPayment.financing_id.in_(financing_ids))
    statement = statement.ext(distinct_on(FinancingPayment.financing_id))
    statement = statement.order_by(FinancingPayment.financing_id, FinancingPayment.id.desc())
    return {row.financing_id: row for row in await session.scalars(statement)}


async def under_way(session: AsyncSession, financing_id: UUID) -> bool:
    """Whether money may still come."""
    statement = select(FinancingPayment.id).where(
        FinancingPayment.financing_id == financing_id,
        FinancingPayment.state.in_((*UNDER_WAY, FundingStep.CAPTURED)),
    )
    return await session.scalar(statement) is not None


# What the worker looks for, as the operator.


async def overdue_offers(
    session: AsyncSession, after: UUID | None, most: int, *, now: datetime
) -> list[tuple[UUID, UUID]]:
    """(offer, supplier) of what nobody accepted in time; the next ones by id."""
    statement = select(FinancingOffer.id, FinancingOffer.supplier_id).where(
        FinancingOffer.state == OfferState.OPEN, FinancingOffer.expires_at <= now
    )
    statement = statement.where(FinancingOffer.id > after) if after else statement
    rows = await session.execute(statement.order_by(FinancingOffer.id).limit(most))
    return [(row[0], row[1]) for row in rows]


async def overdue_fundings(
    session: AsyncSession, after: UUID | None, most: int, *, now: datetime
) -> list[tuple[UUID, UUID]]:
    """(financing, financier) of advances that did not come in time and of which none is under way; the next ones by id."""
    coming = select(FinancingPayment.id).where(
        FinancingPayment.financing_id == Financing.id,
        FinancingPayment.state.in_((*UNDER_WAY, FundingStep.CAPTURED)),
    )
    statement = select(Financing.id, Financing.financier_id).where(
        Financing.state == FinancingState.FUNDING, Financing.fund_by <= now, ~coming.exists()
    )
    statement = statement.where(Financing.id > after) if after else statement
    rows = await session.execute(statement.order_by(Financing.id).limit(most))
    return [(row[0], row[1]) for row in rows]


async def payments_waiting(
    session: AsyncSession, after: UUID | None, most: int, *, before: datetime
) -> list[tuple[UUID, UUID]]:
    """(payment, financier) of what was not looked at since; the next ones by id."""
    statement = select(FinancingPayment.id, FinancingPayment.financier_id).where(
        FinancingPayment.state.in_(UNDER_WAY), FinancingPayment.changed_at < before
    )
    statement = statement.where(FinancingPayment.id > after) if after else statement
    rows = await session.execute(statement.order_by(FinancingPayment.id).limit(most))
    return [(row[0], row[1]) for row in rows]


async def seen_to(session: AsyncSession, payment_id: UUID, *, now: datetime) -> None:
    """Say that somebody sees to a payment."""
    await session.execute(update(FinancingPayment).where(FinancingPayment.id == payment_id).values(changed_at=now))


async def payments_between(
    session: AsyncSession, start: datetime, end: datetime, references: frozenset[str], after: UUID | None, most: int
) -> Sequence[FinancingPayment]:
    """Payments that the provider knows, in the order of their ids; those that changed in the time, and those asked for."""
    changed = (FinancingPayment.changed_at >= start) & (FinancingPayment.changed_at < end)
    statement = select(FinancingPayment).where(
        FinancingPayment.payment.is_not(None), or_(changed, FinancingPayment.payment.in_(references))
    )
    statement = statement.where(FinancingPayment.id > after) if after else statement
    return (await session.scalars(statement.order_by(FinancingPayment.id).limit(most))).all()
