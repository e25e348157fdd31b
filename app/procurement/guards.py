"""Who may come near an inquiry or a quote: authenticate, find in scope (404), permit (403), in this order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session, after_reading
from app.kit.db.tenancy import act_for
from app.kit.errors import NotFound
from app.procurement.models import Inquiry, InquiryInvitation, Quote
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries


@dataclass(frozen=True, slots=True)
class AtInquiry:
    """An actor at an inquiry that he may see. `invitation` is his own when he is there as a supplier."""

    actor: Actor
    inquiry: Inquiry
    invitation: InquiryInvitation | None

    @property
    def is_buyer(self) -> bool:
        """Whether the inquiry is the actor's own."""
        return self.inquiry.buyer_id == self.actor.organization_id


@dataclass(frozen=True, slots=True)
class AtQuote:
    """An actor at a quote that he may know of."""

    actor: Actor
    quote: Quote


async def at_inquiry(inquiry_id: UUID, actor: CurrentActor, session: Session) -> AtInquiry:
    """The buyer, or an invited supplier. A supplier who was not invited must not learn that the inquiry exists."""
    found = await queries.inquiry(session, inquiry_id)
    if found is None:
        raise NotFound()
    if found.buyer_id == actor.organization_id:
        invitation = None
    else:
        invitation = await queries.invitation_of(session, inquiry_id, actor.organization_id)
        if invitation is None:
            raise NotFound()
    actor.require(Permission.READ)
    return AtInquiry(actor, found, invitation)


def buyer_who_may(permission: Permission) -> Callable[..., Awaitable[AtInquiry]]:
    """A guard for the buyer's own verbs."""

    async def guard(inquiry_id: UUID, actor: CurrentActor, session: Session) -> AtInquiry:
        found = await queries.inquiry(session, inquiry_id)
        if found is None or found.buyer_id != actor.organization_id:
            raise NotFound()
        actor.require(permission)
        return AtInquiry(actor, found, None)

    return guard


async def invited_supplier(inquiry_id: UUID, actor: CurrentActor, session: Session) -> AtInquiry:
    """A guard for an invited supplier's verbs."""
    found = await queries.inquiry_as_invited(session, inquiry_id, actor.organization_id)
    if found is None:
        raise NotFound()
    actor.require(Permission.QUOTE)
    return AtInquiry(actor, *found)


async def at_quote(quote_id: UUID, actor: CurrentActor, session: Session) -> AtQuote:
    """The quote's supplier, or the buyer it was submitted to."""
    found = await quote_queries.quote(session, quote_id)
    if found is None or actor.organization_id not in (found.supplier_id, found.buyer_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtQuote(actor, found)


async def own_quote(quote_id: UUID, actor: CurrentActor, session: Session) -> AtQuote:
    """A guard for the supplier's verbs on his own quote."""
    found = await quote_queries.quote(session, quote_id)
    if found is None or found.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.QUOTE)
    return AtQuote(actor, found)


async def remember_peek(request: Request, session: AsyncSession, actor: Actor, inquiry_id: UUID, at: str) -> None:
    """Audit a refused look at sealed quotes, by a request that only reads."""
    async with after_reading(request, session) as own:
        await act_for(own, actor.organization_id, person_id=actor.person_id)
        await audit.record(own, actor, "quotes.peek_refused", "inquiry", inquiry_id, after={"at": at})
