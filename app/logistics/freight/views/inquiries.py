"""Freight inquiries and offers as their readers see them: the shipper all of it, a partner what is his."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.schemas import labelled
from app.logistics.freight.models import FreightInquiry, FreightOffer
from app.logistics.freight.queries import inquiries as queries
from app.logistics.freight.schemas.inquiries import FreightInquiryOut, FreightOfferOut
from app.logistics.freight.states import (
    FREIGHT_INQUIRY_STATE_LABELS,
    FREIGHT_OFFER_STATE_LABELS,
    FreightInquiryState,
)
from app.logistics.freight.views.quotes import NOBODY, lines_out, names_of
from app.logistics.states import MODE_LABELS


async def inquiries_out(
    session: AsyncSession, reader_id: UUID, rows: Sequence[FreightInquiry], *, now: datetime
) -> list[FreightInquiryOut]:
    """Inquiries, in as many statements for many as for one. One whose time has come is closed, noted or not."""
    names = await names_of(session, {row.shipper_id for row in rows})
    asked = await queries.invitations(session, (row.id for row in rows))
    own = await queries.own_offers(session, {row.taken_offer_id for row in rows if row.taken_offer_id})
    found = []
    for row in rows:
        is_due = row.state == FreightInquiryState.OPEN and row.closes_at <= now
        state = FreightInquiryState.CLOSED if is_due else row.state
        partners = [one.partner_id for one in asked.get(row.id, ())]
        values = {name: getattr(row, name) for name in FreightInquiryOut.model_fields if hasattr(row, name)}
        shown = {
            "shipper_name": names.get(row.shipper_id, NOBODY),
            "state": labelled(state, FREIGHT_INQUIRY_STATE_LABELS),
            "partner_ids": partners if row.shipper_id == reader_id else [reader_id],
            "taken_offer_id": row.taken_offer_id if row.taken_offer_id in own else None,
        }
        found.append(FreightInquiryOut(**values | shown))
    return found


async def offers_out(session: AsyncSession, rows: Sequence[FreightOffer]) -> list[FreightOfferOut]:
    """Offers, in as many statements for many as for one."""
    names = await names_of(session, {row.partner_id for row in rows})
    found = []
    for row in rows:
        values = {name: getattr(row, name) for name in FreightOfferOut.model_fields if hasattr(row, name)}
        shown = {
            "freight_inquiry_id": row.inquiry_id,
            "partner_name": names.get(row.partner_id, NOBODY),
            "mode": labelled(row.mode, MODE_LABELS),
            "lines": lines_out(row.lines),
            "state": labelled(row.state, FREIGHT_OFFER_STATE_LABELS),
        }
        found.append(FreightOfferOut(**values | shown))
    return found
