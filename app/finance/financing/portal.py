"""Financing as its pages show it: a supplier's offers, a financier's board, and what both do there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries
from app.finance.financing.guards import accepting, at_financing, at_offer, funding, own_offer, own_quote, quoting
from app.finance.financing.models import Financing, FinancingOffer, FinancingQuote
from app.finance.financing.schemas import FinancingOfferIn, FinancingQuoteIn, FundingIn
from app.finance.financing.states import SIZE_LABELS, UNDER_WAY, FinancingRole, FinancingState, OfferState, QuoteState
from app.finance.financing.usecases.accept import accept
from app.finance.financing.usecases.fund import fund
from app.finance.financing.usecases.offer import offer, withdraw
from app.finance.financing.usecases.quote import quote
from app.finance.financing.usecases.quote import withdraw as withdraw_quote
from app.finance.financing.views import detail_out, financings_out, offers_out, quotes_out
from app.finance.schedules import facade as schedules
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.locales import current_locale, translate
from app.kit.paging import PageRequest, fetch_page
from app.parties import facade as parties

Document = dict[str, Any]

FINANCIER = "financier"
MOST_FINANCIERS = 50
"""As many as an offer may name."""


@dataclass(frozen=True, slots=True)
class Board:
    """What one offers or may quote for, and what is assigned; a page of each."""

    offers: Sequence[Document]
    more_offers: str | None
    financings: Sequence[Document]
    more_financings: str | None
    is_financier: bool


@dataclass(frozen=True, slots=True)
class OfferShown:
    """An offer with the quotes that its reader may see, and what this person may do: `withdraw`, `accept`, `quote`,
    `withdraw_quote`."""

    offer: Document
    quotes: Sequence[Document]
    next_cursor: str | None
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class FinancingShown:
    """A financing with what became of its advance, and whether this person may pay the advance now."""

    financing: Document
    may_fund: bool


async def board(
    session: AsyncSession, actor: Actor, offers: PageRequest, assigned: PageRequest, *, now: datetime
) -> Board:
    """Offers and financings of the actor's organization, newest first."""
    actor.require(Permission.READ)
    is_financier = FINANCIER in actor.organization_roles
    role = None if is_financier else FinancingRole.SUPPLIER
    statement = queries.offers_of(actor.organization_id, role=role, now=now)
    rows, more = await fetch_page(session, statement, offers, keys=[FinancingOffer.id], descending=True)
    own = queries.financings_of(actor.organization_id, None)
    found, more_found = await fetch_page(session, own, assigned, keys=[Financing.id], descending=True)
    return Board(
        [one.model_dump(mode="json") for one in await offers_out(session, actor, rows, now)],
        more,
        [one.model_dump(mode="json") for one in await financings_out(session, actor, found, now.date())],
        more_found,
        is_financier,
    )


def sizes() -> list[tuple[str, str]]:
    """How large a debtor can be: (code, name in the reader's language)."""
    return [(size.value, translate(label, current_locale())) for size, label in SIZE_LABELS.items()]


async def financiers(session: AsyncSession, actor: Actor) -> list[tuple[str, str]]:
    """Verified financiers that an offer can be made to, the oldest first: (id, name)."""
    found = await parties.verified_with_role(session, FINANCIER, MOST_FINANCIERS)
    return [(str(one.id), one.legal_name_local) for one in found if one.id != actor.organization_id]


async def to_offer(session: AsyncSession, actor: Actor, milestone_id: UUID) -> tuple[Document, str, UUID]:
    """A milestone that its supplier can offer, as its schedule shows it, the deal's number and its id. Raises `NotFound` before
    `Forbidden`."""
    shown, schedule = await schedules.milestone_of(session, actor, milestone_id)
    actor.require(Permission.INVOICE)
    return shown, schedule.deal_number, schedule.deal_id


async def make_offer(
    session: AsyncSession, actor: Actor, milestone_id: UUID, values: Mapping[str, Any], *, now: datetime
) -> UUID:
    """Offer it; the offer. Raises as `to_offer`, and what the route is refused with."""
    await to_offer(session, actor, milestone_id)
    form = validated(FinancingOfferIn, {**values, "milestone_id": milestone_id})
    return (await offer(session, actor, form, now=now)).id


async def offer_of(
    session: AsyncSession, actor: Actor, offer_id: UUID, page: PageRequest, *, now: datetime
) -> OfferShown:
    """An offer. Raises `NotFound` before `Forbidden`."""
    at = await at_offer(offer_id, actor, session)
    [shown] = await offers_out(session, actor, [at.row], now)
    rows, cursor = await fetch_page(
        session, queries.quotes_of(at.row.id), page, keys=[FinancingQuote.id], descending=True
    )
    quotes = await quotes_out(session, at.row, rows, now)
    is_open = shown.state.code == OfferState.OPEN
    may: set[str] = set()
    if is_open and at.row.supplier_id == actor.organization_id:
        may |= {"withdraw", "accept"} if actor.may(Permission.INVOICE) else set()
    elif is_open and actor.may(Permission.PAYMENTS_MANAGE):
        may.add("withdraw_quote" if any(one.state.code == QuoteState.OPEN for one in quotes) else "quote")
    return OfferShown(
        shown.model_dump(mode="json"), [one.model_dump(mode="json") for one in quotes], cursor, frozenset(may)
    )


async def step_of_offer(
    session: AsyncSession, actor: Actor, offer_id: UUID, verb: str, values: Mapping[str, Any], *, now: datetime
) -> UUID | None:
    """Withdraw an offer, quote for it, withdraw the quote, or accept one: then it is the financing's id that comes back. Raises
    `NotFound` before `Forbidden`, and what the routes are refused with."""
    if verb == "withdraw":
        of = await own_offer(offer_id, actor, session)
        await withdraw(session, actor, of.row.id)
    elif verb == "quote":
        at = await quoting(offer_id, actor, session)
        await quote(session, actor, at.row, validated(FinancingQuoteIn, values), now=now)
    elif verb == "withdraw_quote":
        mine = await own_quote(values["quote_id"], actor, session)
        await withdraw_quote(session, actor, mine.row.id, now=now)
    elif verb == "accept":
        chosen = await accepting(values["quote_id"], actor, session)
        if chosen.row.offer_id != offer_id:
            raise NotFound()
        return (await accept(session, actor, chosen.row, now=now)).id
    else:
        raise NotFound()
    return None


async def financing_of(session: AsyncSession, actor: Actor, financing_id: UUID, *, now: datetime) -> FinancingShown:
    """A financing. Raises `NotFound` before `Forbidden`."""
    at = await at_financing(financing_id, actor, session)
    shown = await detail_out(session, actor, at.row, now.date())
    under_way = shown.payment is not None and shown.payment.state.code in UNDER_WAY
    mine = at.row.financier_id == actor.organization_id and actor.may(Permission.PAYMENTS_MANAGE)
    may = mine and at.row.state == FinancingState.FUNDING and not under_way
    return FinancingShown(shown.model_dump(mode="json"), may)


async def pay_advance(session: AsyncSession, actor: Actor, financing_id: UUID, values: Mapping[str, Any]) -> None:
    """Pay the advance. Raises `NotFound` before `Forbidden`, and what the route is refused with."""
    at = await funding(financing_id, actor, session)
    await fund(session, actor, at.row.id, validated(FundingIn, values))
