"""Who may come near a letter or a claim: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.dunning import queries
from app.finance.dunning.models import DunningNotice, LatePaymentClaim
from app.finance.receivables import facade as receivables
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Invoicer = Annotated[Actor, Depends(permitted(Permission.INVOICE))]


def seen(row: DunningNotice | None, actor: Actor) -> DunningNotice:
    """Whoever wrote or received it."""
    if row is None or actor.organization_id not in (row.issuer_id, row.recipient_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def at_notice(dunning_notice_id: UUID, actor: CurrentActor, session: Session) -> DunningNotice:
    """One letter, for its two sides."""
    return seen(await queries.notice(session, dunning_notice_id), actor)


SeenNotice = Annotated[DunningNotice, Depends(at_notice)]


@dataclass(frozen=True, slots=True)
class AtItem:
    """An actor at an open item that his organization issued."""

    actor: Actor
    id: UUID
    number: str


async def _issued(item_id: UUID, actor: Actor, session: Session, permission: Permission) -> AtItem:
    ref = await receivables.item_at(session, item_id)
    if ref is None or ref.issuer_id != actor.organization_id:
        raise NotFound()
    actor.require(permission)
    return AtItem(actor, ref.id, ref.number)


async def read_item(open_item_id: UUID, actor: CurrentActor, session: Session) -> AtItem:
    """Its issuer's people. What may be claimed of him is not the recipient's to reckon."""
    return await _issued(open_item_id, actor, session, Permission.READ)


async def own_item(open_item_id: UUID, actor: CurrentActor, session: Session) -> AtItem:
    """Its issuer's people who may invoice."""
    return await _issued(open_item_id, actor, session, Permission.INVOICE)


@dataclass(frozen=True, slots=True)
class AtClaim:
    """An actor at a claim for late payment, on one of its sides."""

    actor: Actor
    row: LatePaymentClaim


async def at_claim(late_payment_claim_id: UUID, actor: CurrentActor, session: Session) -> AtClaim:
    """Whoever made or received it."""
    row = await queries.claim(session, late_payment_claim_id)
    if row is None or actor.organization_id not in (row.issuer_id, row.recipient_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtClaim(actor, row)


async def own_claim(late_payment_claim_id: UUID, actor: CurrentActor, session: Session) -> AtClaim:
    """Its issuer's people who may invoice. For the recipient the verb does not exist."""
    row = await queries.claim(session, late_payment_claim_id)
    if row is None or row.issuer_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return AtClaim(actor, row)


ReadItem = Annotated[AtItem, Depends(read_item)]
OwnItem = Annotated[AtItem, Depends(own_item)]
SeenClaim = Annotated[AtClaim, Depends(at_claim)]
OwnClaim = Annotated[AtClaim, Depends(own_claim)]
