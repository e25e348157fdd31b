"""SQL on freight inquiries and offers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.freight.models import FreightInquiry, FreightInvitation, FreightOffer
from app.logistics.freight.states import FreightInquiryState, FreightOfferState


async def inquiry(session: AsyncSession, inquiry_id: UUID) -> FreightInquiry | None:
    """An inquiry that the acting organization made or is asked by."""
    return await session.scalar(select(FreightInquiry).where(FreightInquiry.id == inquiry_id))


async def lock_inquiry(session: AsyncSession, inquiry_id: UUID) -> FreightInquiry | None:
    """The shipper's own, locked: closing it and an offer come one after the other."""
    return await session.scalar(
        select(FreightInquiry)
        .where(FreightInquiry.id == inquiry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def inquiries_of(organization_id: UUID, state: str | None) -> Select[FreightInquiry]:
    """What an organization asked, or is asked."""
    asked = select(FreightInvitation.inquiry_id).where(FreightInvitation.partner_id == organization_id)
    statement = select(FreightInquiry).where(
        (FreightInquiry.shipper_id == organization_id) | FreightInquiry.id.in_(asked)
    )
    return statement.where(FreightInquiry.state == state) if state else statement


async def invitations(session: AsyncSession, inquiry_ids: Iterable[UUID]) -> dict[UUID, list[FreightInvitation]]:
    """Who is asked, by inquiry; a partner sees himself."""
    statement = select(FreightInvitation).where(FreightInvitation.inquiry_id.in_(set(inquiry_ids)))
    found: dict[UUID, list[FreightInvitation]] = {}
    for row in await session.scalars(statement.order_by(FreightInvitation.id)):
        found.setdefault(row.inquiry_id, []).append(row)
    return found


async def invitation(session: AsyncSession, inquiry_id: UUID, partner_id: UUID) -> FreightInvitation | None:
    """That a partner is asked."""
    return await session.scalar(
        select(FreightInvitation).where(
            FreightInvitation.inquiry_id == inquiry_id, FreightInvitation.partner_id == partner_id
        )
    )


async def insert_invitations(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Ask partners."""
    await session.execute(insert(FreightInvitation), list(rows))


async def hold_open(session: AsyncSession, inquiry_id: UUID) -> bool:
    """Whether an inquiry that the acting partner is asked by is open; it stays so until this transaction ends, and his offers to
    it come one after the other."""
    return bool(await session.scalar(text("SELECT freight_hold_inquiry(:id)"), {"id": inquiry_id}))


async def overdue(session: AsyncSession, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(inquiry, shipper) of open inquiries whose time has come; only as the operator."""
    statement = (
        select(FreightInquiry.id, FreightInquiry.shipper_id)
        .where(FreightInquiry.state == FreightInquiryState.OPEN, FreightInquiry.closes_at <= now)
        .order_by(FreightInquiry.closes_at, FreightInquiry.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def offer(session: AsyncSession, offer_id: UUID) -> FreightOffer | None:
    """An offer that the acting organization made or was made."""
    return await session.scalar(select(FreightOffer).where(FreightOffer.id == offer_id))


async def lock_offer(session: AsyncSession, offer_id: UUID) -> FreightOffer | None:
    """The same, locked."""
    return await session.scalar(
        select(FreightOffer)
        .where(FreightOffer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def offers_of(inquiry_id: UUID) -> Select[FreightOffer]:
    """The offers to an inquiry; a partner sees his own."""
    return select(FreightOffer).where(FreightOffer.inquiry_id == inquiry_id)


async def last_revision(session: AsyncSession, inquiry_id: UUID, partner_id: UUID) -> int:
    """How often a partner has offered."""
    statement = select(func.max(FreightOffer.revision)).where(
        FreightOffer.inquiry_id == inquiry_id, FreightOffer.partner_id == partner_id
    )
    return await session.scalar(statement) or 0


async def end_offers(
    session: AsyncSession, inquiry_id: UUID, state: FreightOfferState, *, partner_id: UUID | None = None
) -> list[FreightOffer]:
    """What stands of the offers to an inquiry, or of a partner's, ends so; those that ended."""
    statement = (
        update(FreightOffer)
        .where(FreightOffer.inquiry_id == inquiry_id, FreightOffer.state == FreightOfferState.OFFERED)
        .values(state=state, ended_at=func.app_now())
        .returning(FreightOffer)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if partner_id is not None:
        statement = statement.where(FreightOffer.partner_id == partner_id)
    return list((await session.scalars(statement)).all())


async def own_offers(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    """Those of them that the acting organization made or was made."""
    return set(await session.scalars(select(FreightOffer.id).where(FreightOffer.id.in_(set(ids)))))
