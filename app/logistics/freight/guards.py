"""Who may come near cards, quotes, freight inquiries and shared containers: authenticate, find in scope (404), permit (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.logistics.freight.errors import NotAPartner
from app.logistics.freight.models import (
    Consolidation,
    FreightInquiry,
    FreightOffer,
    FreightOption,
    FreightQuoteAsked,
    RateCardVersion,
)
from app.logistics.freight.queries import cards, consolidations, inquiries, quotes
from app.logistics.guards import require_shipper


async def partner(actor: CurrentActor) -> Actor:
    """People and programs of a logistics partner who may fulfil."""
    actor.require(Permission.FULFIL)
    if "logistics" not in actor.organization_roles:
        raise NotAPartner()
    return actor


async def own_card(rate_card_id: UUID, actor: CurrentActor, session: Session) -> RateCardVersion:
    """Its partner's people."""
    row = await cards.card(session, rate_card_id)
    if row is None or row.partner_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def card_keeper(rate_card_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its partner's people who may fulfil."""
    await own_card(rate_card_id, actor, session)
    actor.require(Permission.FULFIL)
    return actor


async def own_quote(freight_quote_id: UUID, actor: CurrentActor, session: Session) -> FreightQuoteAsked:
    """Its shipper's people."""
    row = await quotes.quote(session, freight_quote_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def seen_option(freight_option_id: UUID, actor: CurrentActor, session: Session) -> FreightOption:
    """Its shipper's people, and its partner's once it was booked."""
    row = await quotes.option(session, freight_option_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def seen_inquiry(freight_inquiry_id: UUID, actor: CurrentActor, session: Session) -> FreightInquiry:
    """Who asks, and who is asked."""
    row = await inquiries.inquiry(session, freight_inquiry_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def own_inquiry(freight_inquiry_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its shipper's people who may send goods. For a partner the verbs do not exist."""
    row = await inquiries.inquiry(session, freight_inquiry_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    require_shipper(actor)
    return actor


async def asked_partner(freight_inquiry_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The people of a partner who is asked, who may fulfil."""
    if await inquiries.invitation(session, freight_inquiry_id, actor.organization_id) is None:
        raise NotFound()
    actor.require(Permission.FULFIL)
    return actor


async def seen_offer(freight_offer_id: UUID, actor: CurrentActor, session: Session) -> FreightOffer:
    """Who made it, and who was made it."""
    row = await inquiries.offer(session, freight_offer_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def offer_maker(freight_offer_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its partner's people who may fulfil."""
    row = await inquiries.offer(session, freight_offer_id)
    if row is None or row.partner_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.FULFIL)
    return actor


async def offer_taker(freight_offer_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The shipper's people who may send goods."""
    row = await inquiries.offer(session, freight_offer_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    require_shipper(actor)
    return actor


async def own_consolidation(consolidation_id: UUID, actor: CurrentActor, session: Session) -> Consolidation:
    """Its partner's people. Shippers read their shares."""
    row = await consolidations.consolidation(session, consolidation_id)
    if row is None or row.partner_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def consolidator(consolidation_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its partner's people who may fulfil."""
    await own_consolidation(consolidation_id, actor, session)
    actor.require(Permission.FULFIL)
    return actor


async def remover(
    consolidation_id: UUID, consolidation_member_id: UUID, actor: CurrentActor, session: Session
) -> Actor:
    """The same, where the member is in this container."""
    await own_consolidation(consolidation_id, actor, session)
    member = await consolidations.member(session, consolidation_member_id)
    if member is None or member.consolidation_id != consolidation_id or member.removed_at is not None:
        raise NotFound()
    actor.require(Permission.FULFIL)
    return actor


Partner = Annotated[Actor, Depends(partner)]
OwnCard = Annotated[RateCardVersion, Depends(own_card)]
CardKeeper = Annotated[Actor, Depends(card_keeper)]
OwnQuote = Annotated[FreightQuoteAsked, Depends(own_quote)]
SeenOption = Annotated[FreightOption, Depends(seen_option)]
SeenFreightInquiry = Annotated[FreightInquiry, Depends(seen_inquiry)]
FreightAsker = Annotated[Actor, Depends(own_inquiry)]
AskedPartner = Annotated[Actor, Depends(asked_partner)]
SeenOffer = Annotated[FreightOffer, Depends(seen_offer)]
OfferMaker = Annotated[Actor, Depends(offer_maker)]
OfferTaker = Annotated[Actor, Depends(offer_taker)]
OwnConsolidation = Annotated[Consolidation, Depends(own_consolidation)]
Consolidator = Annotated[Actor, Depends(consolidator)]
MemberRemover = Annotated[Actor, Depends(remover)]
