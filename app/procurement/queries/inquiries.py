"""All the SQL on the tables of inquiries, locks included."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.procurement.models import (
    Inquiry,
    InquiryAnswer,
    InquiryCounter,
    InquiryInvitation,
    InquiryLine,
    InquiryLot,
    InquiryOpening,
    InquiryQuestion,
    InquiryTarget,
    Quote,
)
from app.procurement.states import InquiryState, QuoteState


async def inquiry(session: AsyncSession, inquiry_id: UUID) -> Inquiry | None:
    """An inquiry that the acting organization may see, read without a lock."""
    return await session.scalar(select(Inquiry).where(Inquiry.id == inquiry_id))


async def lock_inquiry(session: AsyncSession, inquiry_id: UUID) -> Inquiry | None:
    """The inquiry, locked for the buyer's change: quotes under way are waited for, later ones wait."""
    await session.execute(_in_turn(func.pg_advisory_xact_lock, inquiry_id))
    return await session.scalar(
        select(Inquiry).where(Inquiry.id == inquiry_id).with_for_update().execution_options(populate_existing=True)
    )


async def share_inquiry(session: AsyncSession, inquiry_id: UUID) -> Inquiry | None:
    """The inquiry, locked against closing for as long as a quote is written; suppliers do not wait for one another."""
    await session.execute(_in_turn(func.pg_advisory_xact_lock_shared, inquiry_id))
    return await session.scalar(
        select(Inquiry)
        .where(Inquiry.id == inquiry_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )


def _in_turn(lock: Any, inquiry_id: UUID) -> Select[Any]:
    """Wait in turn before the row: a row's sharers overtake whoever waits to change it, so a rush of quotes would hold
    a closing up until it fails. Only who sees the inquiry gets the lock."""
    return select(lock(func.hashtextextended(f"inquiry {inquiry_id}", 7))).where(Inquiry.id == inquiry_id)


async def next_number(session: AsyncSession, buyer_id: UUID, year: int) -> int:
    """The buyer's next number in a year. Colleagues of one buyer wait for one another; nobody else does."""
    statement = insert(InquiryCounter).values(buyer_id=buyer_id, year=year, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["buyer_id", "year"], set_={"last": InquiryCounter.last + 1}
    )
    return int((await session.execute(statement.returning(InquiryCounter.last))).scalar_one())


async def lots(session: AsyncSession, inquiry_id: UUID) -> Sequence[InquiryLot]:
    """The lots of an inquiry in their order."""
    statement = select(InquiryLot).where(InquiryLot.inquiry_id == inquiry_id).order_by(InquiryLot.position)
    return (await session.scalars(statement)).all()


async def lines(session: AsyncSession, inquiry_id: UUID) -> Sequence[InquiryLine]:
    """The lines of an inquiry in their order."""
    statement = select(InquiryLine).where(InquiryLine.inquiry_id == inquiry_id).order_by(InquiryLine.position)
    return (await session.scalars(statement)).all()


async def quantities(session: AsyncSession, inquiry_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """How much each line of these inquiries asks for."""
    rows = await session.execute(
        select(InquiryLine.id, InquiryLine.quantity).where(InquiryLine.inquiry_id.in_(inquiry_ids))
    )
    return {row[0]: row[1] for row in rows}


async def targets(session: AsyncSession, inquiry_id: UUID) -> dict[UUID, InquiryTarget]:
    """Target prices by line, as far as the acting organization may see them."""
    rows = await session.scalars(select(InquiryTarget).where(InquiryTarget.inquiry_id == inquiry_id))
    return {row.line_id: row for row in rows}


async def clear_contents(session: AsyncSession, inquiry_id: UUID) -> None:
    """Remove a draft's lots, lines and target prices, to be written anew."""
    for table in (InquiryTarget, InquiryLine, InquiryLot):
        await session.execute(
            delete(table).where(table.inquiry_id == inquiry_id).execution_options(synchronize_session=False)
        )


async def invitations(session: AsyncSession, inquiry_id: UUID) -> Sequence[InquiryInvitation]:
    """The invitations of an inquiry that the acting organization may see: all of its own, or the one to itself."""
    statement = (
        select(InquiryInvitation)
        .where(InquiryInvitation.inquiry_id == inquiry_id)
        .order_by(InquiryInvitation.id)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def invitation_of(session: AsyncSession, inquiry_id: UUID, supplier_id: UUID) -> InquiryInvitation | None:
    """A supplier's sent invitation."""
    return await session.scalar(
        select(InquiryInvitation).where(
            InquiryInvitation.inquiry_id == inquiry_id,
            InquiryInvitation.supplier_id == supplier_id,
            InquiryInvitation.sent_at.is_not(None),
        )
    )


async def inquiry_as_invited(
    session: AsyncSession, inquiry_id: UUID, supplier_id: UUID
) -> tuple[Inquiry, InquiryInvitation] | None:
    """An inquiry and the sent invitation of a supplier to it, in one statement."""
    rows = await session.execute(
        select(Inquiry, InquiryInvitation)
        .join(InquiryInvitation, InquiryInvitation.inquiry_id == Inquiry.id)
        .where(
            Inquiry.id == inquiry_id,
            InquiryInvitation.supplier_id == supplier_id,
            InquiryInvitation.sent_at.is_not(None),
        )
    )
    row = rows.first()
    return (row[0], row[1]) if row else None


async def lock_invitation(session: AsyncSession, inquiry_id: UUID, supplier_id: UUID) -> InquiryInvitation | None:
    """A supplier's sent invitation, locked."""
    return await session.scalar(
        select(InquiryInvitation)
        .where(
            InquiryInvitation.inquiry_id == inquiry_id,
            InquiryInvitation.supplier_id == supplier_id,
            InquiryInvitation.sent_at.is_not(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def invite(
    session: AsyncSession, inquiry_id: UUID, buyer_id: UUID, supplier_ids: Sequence[UUID], *, sent_at: datetime | None
) -> list[InquiryInvitation]:
    """Invite suppliers; those who were invited before are left as they are. The new invitations."""
    if not supplier_ids:
        return []
    statement = (
        insert(InquiryInvitation)
        .values(
            [
                {"inquiry_id": inquiry_id, "buyer_id": buyer_id, "supplier_id": supplier_id, "sent_at": sent_at}
                for supplier_id in sorted(set(supplier_ids))
            ]
        )
        .on_conflict_do_nothing(index_elements=["inquiry_id", "buyer_id", "supplier_id"])
        .returning(InquiryInvitation)
    )
    return list((await session.scalars(statement)).all())


async def drop_invitations(session: AsyncSession, inquiry_id: UUID, *, but: Sequence[UUID]) -> None:
    """Take unsent invitations of a draft back, except those to `but`."""
    await session.execute(
        delete(InquiryInvitation)
        .where(InquiryInvitation.inquiry_id == inquiry_id, InquiryInvitation.supplier_id.not_in(but))
        .execution_options(synchronize_session=False)
    )


async def send_invitations(session: AsyncSession, inquiry_id: UUID, *, at: datetime) -> None:
    """Let the invited suppliers see the inquiry."""
    await session.execute(
        update(InquiryInvitation)
        .where(InquiryInvitation.inquiry_id == inquiry_id, InquiryInvitation.sent_at.is_(None))
        .values(sent_at=at)
        .execution_options(synchronize_session=False)
    )


async def take_back_refusal(session: AsyncSession, inquiry_id: UUID, supplier_id: UUID) -> None:
    """A supplier who quotes has not declined, whatever he said before."""
    await session.execute(
        update(InquiryInvitation)
        .where(
            InquiryInvitation.inquiry_id == inquiry_id,
            InquiryInvitation.supplier_id == supplier_id,
            InquiryInvitation.declined_at.is_not(None),
        )
        .values(declined_at=None, decline_reason=None)
        .execution_options(synchronize_session=False)
    )


async def opening(session: AsyncSession, inquiry_id: UUID) -> InquiryOpening | None:
    """The opening of an inquiry, if it was opened."""
    return await session.scalar(select(InquiryOpening).where(InquiryOpening.inquiry_id == inquiry_id))


async def openings(session: AsyncSession, inquiry_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When inquiries were opened."""
    rows = await session.execute(
        select(InquiryOpening.inquiry_id, InquiryOpening.opened_at).where(InquiryOpening.inquiry_id.in_(inquiry_ids))
    )
    return {row[0]: row[1] for row in rows}


async def record_opening(session: AsyncSession, inquiry_id: UUID, buyer_id: UUID, person_id: UUID | None) -> datetime:
    """Store the opening. PostgreSQL refuses it before the opening time, by its own clock."""
    statement = insert(InquiryOpening).values(inquiry_id=inquiry_id, buyer_id=buyer_id, opened_by=person_id)
    return (await session.execute(statement.returning(InquiryOpening.opened_at))).scalar_one()


async def due_for_closing(session: AsyncSession, *, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(inquiry, buyer) of published inquiries whose time has come; the worker sees these without acting for anybody."""
    rows = await session.execute(
        select(Inquiry.id, Inquiry.buyer_id)
        .where(Inquiry.state == InquiryState.PUBLISHED, Inquiry.closes_at <= func.app_now())
        .order_by(Inquiry.closes_at)
        .limit(limit)
    )
    return [(inquiry_id, buyer_id) for inquiry_id, buyer_id in rows]


def bought_by(buyer_id: UUID, state: InquiryState | None, *, now: datetime) -> Select[Inquiry]:
    """A buyer's inquiries, perhaps of one state as it is shown: past its closing time a published one is closed."""
    statement = select(Inquiry).where(Inquiry.buyer_id == buyer_id)
    if state is InquiryState.PUBLISHED:
        return statement.where(Inquiry.state == state, Inquiry.closes_at > now)
    if state is InquiryState.CLOSED:
        overdue = (Inquiry.state == InquiryState.PUBLISHED) & (Inquiry.closes_at <= now)
        return statement.where((Inquiry.state == state) | overdue)
    return statement.where(Inquiry.state == state) if state else statement


def invitations_to(supplier_id: UUID, is_open: bool | None, *, now: datetime) -> Select[InquiryInvitation]:
    """A supplier's invitations, perhaps only those that still take (or no longer take) quotes."""
    statement = select(InquiryInvitation).where(
        InquiryInvitation.supplier_id == supplier_id, InquiryInvitation.sent_at.is_not(None)
    )
    if is_open is None:
        return statement
    taking = exists().where(
        Inquiry.id == InquiryInvitation.inquiry_id, Inquiry.state == InquiryState.PUBLISHED, Inquiry.closes_at > now
    )
    return statement.where(taking if is_open else ~taking)


async def inquiries(session: AsyncSession, inquiry_ids: Sequence[UUID]) -> dict[UUID, Inquiry]:
    """Inquiries by id."""
    rows = await session.scalars(select(Inquiry).where(Inquiry.id.in_(inquiry_ids)))
    return {row.id: row for row in rows}


async def counts(session: AsyncSession, inquiry_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """(invited, quoted) of a buyer's inquiries."""
    quoted = (
        select(Quote.inquiry_id, func.count().label("quoted"))
        .where(Quote.inquiry_id.in_(inquiry_ids), Quote.state == QuoteState.SUBMITTED)
        .group_by(Quote.inquiry_id)
        .subquery()
    )
    rows = await session.execute(
        select(InquiryInvitation.inquiry_id, func.count(), func.coalesce(func.max(quoted.c.quoted), 0))
        .outerjoin(quoted, quoted.c.inquiry_id == InquiryInvitation.inquiry_id)
        .where(InquiryInvitation.inquiry_id.in_(inquiry_ids))
        .group_by(InquiryInvitation.inquiry_id)
    )
    return {inquiry_id: (invited, answered) for inquiry_id, invited, answered in rows}


async def suppliers_who_quoted(session: AsyncSession, inquiry_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """(inquiry, supplier) of submitted quotes that the acting organization may know of."""
    rows = await session.execute(
        select(Quote.inquiry_id, Quote.supplier_id).where(
            Quote.inquiry_id.in_(inquiry_ids), Quote.state == QuoteState.SUBMITTED
        )
    )
    return {(inquiry_id, supplier_id) for inquiry_id, supplier_id in rows}


def questions_of(inquiry_id: UUID) -> Select[InquiryQuestion]:
    """The questions on an inquiry that the acting organization asked, or all for the buyer."""
    return select(InquiryQuestion).where(InquiryQuestion.inquiry_id == inquiry_id)


def question_ids(inquiry_id: UUID) -> Select[UUID]:
    """What was asked: the questions that the acting organization may see, and those whose answers it may see."""
    asked = select(InquiryQuestion.id).where(InquiryQuestion.inquiry_id == inquiry_id)
    answered = select(InquiryAnswer.question_id).where(InquiryAnswer.inquiry_id == inquiry_id)
    return select(asked.union(answered).subquery().c.id)


async def question(session: AsyncSession, inquiry_id: UUID, question_id: UUID) -> InquiryQuestion | None:
    """One question on an inquiry."""
    return await session.scalar(questions_of(inquiry_id).where(InquiryQuestion.id == question_id))


def answers_of(inquiry_id: UUID) -> Select[InquiryAnswer]:
    """The answers on an inquiry, for the buyer and every invited supplier."""
    return select(InquiryAnswer).where(InquiryAnswer.inquiry_id == inquiry_id)


async def first_answer(session: AsyncSession, invitation: InquiryInvitation) -> datetime | None:
    """When an invited supplier first quoted, asked or declined, as far as it stands written now."""
    quoted = select(func.min(Quote.submitted_at)).where(
        Quote.inquiry_id == invitation.inquiry_id, Quote.supplier_id == invitation.supplier_id
    )
    asked = select(func.min(InquiryQuestion.asked_at)).where(
        InquiryQuestion.inquiry_id == invitation.inquiry_id, InquiryQuestion.supplier_id == invitation.supplier_id
    )
    statement = select(quoted.scalar_subquery(), asked.scalar_subquery())
    moments = [*(await session.execute(statement)).one(), invitation.declined_at]
    return min((moment for moment in moments if moment is not None), default=None)
