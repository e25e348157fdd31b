"""Who may come near offers, quotes and financings: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.financing import queries
from app.finance.financing.models import Financing, FinancingOffer, FinancingQuote
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Offering = Annotated[Actor, Depends(permitted(Permission.INVOICE))]


@dataclass(frozen=True, slots=True)
class AtOffer:
    """An actor at an offer: its supplier, or a financier to whom it is open."""

    actor: Actor
    row: FinancingOffer


@dataclass(frozen=True, slots=True)
class AtQuote:
    """An actor at a quote."""

    actor: Actor
    row: FinancingQuote


@dataclass(frozen=True, slots=True)
class AtFinancing:
    """An actor at a financing."""

    actor: Actor
    row: Financing


async def _offer(offer_id: UUID, actor: Actor, session: Session) -> FinancingOffer:
    row = await queries.offer(session, offer_id)
    if row is None or not (row.supplier_id == actor.organization_id or "financier" in actor.organization_roles):
        raise NotFound()
    return row


async def at_offer(financing_offer_id: UUID, actor: CurrentActor, session: Session) -> AtOffer:
    """Its supplier, and financiers to whom it is open."""
    row = await _offer(financing_offer_id, actor, session)
    actor.require(Permission.READ)
    return AtOffer(actor, row)


async def own_offer(financing_offer_id: UUID, actor: CurrentActor, session: Session) -> AtOffer:
    """The supplier's people who may invoice. For financiers the verb does not exist."""
    row = await _offer(financing_offer_id, actor, session)
    if row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return AtOffer(actor, row)


async def quoting(financing_offer_id: UUID, actor: CurrentActor, session: Session) -> AtOffer:
    """A financier's people who manage its payments. For the supplier the verb does not exist."""
    row = await _offer(financing_offer_id, actor, session)
    if row.supplier_id == actor.organization_id:
        raise NotFound()
    actor.require(Permission.PAYMENTS_MANAGE)
    return AtOffer(actor, row)


async def own_quote(financing_quote_id: UUID, actor: CurrentActor, session: Session) -> AtQuote:
    """The people of its financier who manage its payments."""
    row = await queries.quote(session, financing_quote_id)
    if row is None or row.financier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.PAYMENTS_MANAGE)
    return AtQuote(actor, row)


async def accepting(financing_quote_id: UUID, actor: CurrentActor, session: Session) -> AtQuote:
    """The people of the supplier who may invoice."""
    row = await queries.quote(session, financing_quote_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return AtQuote(actor, row)


async def at_financing(financing_id: UUID, actor: CurrentActor, session: Session) -> AtFinancing:
    """Its supplier and its financier."""
    row = await queries.financing(session, financing_id)
    if row is None or actor.organization_id not in (row.supplier_id, row.financier_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtFinancing(actor, row)


async def funding(financing_id: UUID, actor: CurrentActor, session: Session) -> AtFinancing:
    """The people of its financier who manage its payments."""
    row = await queries.financing(session, financing_id)
    if row is None or row.financier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.PAYMENTS_MANAGE)
    return AtFinancing(actor, row)


SeenOffer = Annotated[AtOffer, Depends(at_offer)]
OwnOffer = Annotated[AtOffer, Depends(own_offer)]
Quoting = Annotated[AtOffer, Depends(quoting)]
OwnQuote = Annotated[AtQuote, Depends(own_quote)]
Accepting = Annotated[AtQuote, Depends(accepting)]
SeenFinancing = Annotated[AtFinancing, Depends(at_financing)]
Funding = Annotated[AtFinancing, Depends(funding)]
