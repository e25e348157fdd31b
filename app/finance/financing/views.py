"""Offers, quotes and financings as suppliers and financiers see them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.financing import queries, rules
from app.finance.financing.models import Financing, FinancingMove, FinancingOffer, FinancingPayment, FinancingQuote
from app.finance.financing.schemas import (
    FinancingAmountOut,
    FinancingDetailOut,
    FinancingFirmOut,
    FinancingMoveOut,
    FinancingOfferOut,
    FinancingOut,
    FinancingQuoteOut,
    FundingPaymentOut,
)
from app.finance.financing.states import (
    CHARGE_LABELS,
    FINANCING_LABELS,
    FUNDING_LABELS,
    MOVE_LABELS,
    OFFER_LABELS,
    QUOTE_LABELS,
    ROLE_LABELS,
    SIZE_LABELS,
    FinancingRole,
    FinancingState,
    OfferState,
    QuoteState,
)
from app.finance.schedules.facade import DECLINE_TEXTS, WAY_LABELS, TransferAccountOut
from app.kit.actor import Actor
from app.kit.locales import current_locale, translate
from app.kit.schemas import Labelled, labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

amount = shown.amounts(FinancingAmountOut)
_firm = shown.firms(FinancingFirmOut)

Firms = Mapping[UUID, OrganizationRef]


def _role(actor: Actor, supplier_id: UUID) -> Labelled:
    is_supplier = actor.organization_id == supplier_id
    return labelled(FinancingRole.SUPPLIER if is_supplier else FinancingRole.FINANCIER, ROLE_LABELS)


async def offers_out(
    session: AsyncSession, actor: Actor, rows: Sequence[FinancingOffer], now: datetime
) -> list[FinancingOfferOut]:
    """A page of offers, in as many statements as for one."""
    named = [one for row in rows for one in (row.supplier_id, row.shown_buyer_id) if one]
    firms = await parties.organizations(session, named)
    return [_offer(actor, row, firms, now) for row in rows]


def _offer(actor: Actor, row: FinancingOffer, firms: Firms, now: datetime) -> FinancingOfferOut:
    own = row.supplier_id == actor.organization_id
    over = row.state == OfferState.OPEN and row.expires_at <= now
    return FinancingOfferOut(
        id=row.id,
        version=row.version,
        role=_role(actor, row.supplier_id),
        state=labelled(OfferState.EXPIRED if over else row.state, OFFER_LABELS),
        supplier=_firm(firms, row.supplier_id),
        buyer=_firm(firms, row.shown_buyer_id) if row.shown_buyer_id else None,
        buyer_country=row.buyer_country,
        buyer_size=labelled(row.buyer_size, SIZE_LABELS) if row.buyer_size else None,
        amount=amount(row.amount_minor, row.currency),
        pay_by=row.pay_by,
        milestone_id=row.milestone_id if own else None,
        financier_ids=row.financier_ids if own else None,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )


async def quotes_out(
    session: AsyncSession, offer: FinancingOffer, rows: Sequence[FinancingQuote], now: datetime
) -> list[FinancingQuoteOut]:
    """A page of quotes for an offer, in as many statements as for one."""
    firms = await parties.organizations(session, [row.financier_id for row in rows])
    return [_quote(offer, row, firms, now) for row in rows]


def _quote(offer: FinancingOffer, row: FinancingQuote, firms: Firms, now: datetime) -> FinancingQuoteOut:
    state = QuoteState.OPEN if min(row.expires_at, offer.expires_at) > now else QuoteState.EXPIRED
    if offer.state != OfferState.OPEN:
        state = QuoteState.EXPIRED
    if row.withdrawn_at:
        state = QuoteState.WITHDRAWN
    if row.accepted_at:
        state = QuoteState.ACCEPTED
    return FinancingQuoteOut(
        id=row.id,
        financing_offer_id=row.offer_id,
        financier=_firm(firms, row.financier_id),
        state=labelled(state, QUOTE_LABELS),
        charge=labelled(row.kind, CHARGE_LABELS),
        rate_bp=row.rate_bp,
        fee=None if row.fee_minor is None else amount(row.fee_minor, row.currency),
        advance_bp=row.advance_bp,
        advance=amount(rules.advance_minor(offer.amount_minor, row.advance_bp), row.currency),
        day_count=None if row.rate_bp is None else "ACT/360",
        recourse=row.recourse,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )


async def financings_out(
    session: AsyncSession, actor: Actor, rows: Sequence[Financing], today: date
) -> list[FinancingOut]:
    """A page of financings, in as many statements as for one."""
    named = [one for row in rows for one in (row.supplier_id, row.buyer_id, row.financier_id)]
    firms = await parties.organizations(session, named)
    paid = await queries.last_payments(session, [row.id for row in rows])
    return [_financing(actor, row, firms, paid.get(row.id), today) for row in rows]


def _financing(actor: Actor, row: Financing, firms: Firms, paid: FinancingPayment | None, today: date) -> FinancingOut:
    charge = row.charge_minor
    if row.state == FinancingState.RUNNING and row.rate_bp is not None and row.reckoned_on is not None:
        standing = rules.Standing(row.principal_minor, row.charge_minor, row.reckoned_on)
        charge = rules.reckoned(standing, row.rate_bp, today).charge_minor
    return FinancingOut(
        id=row.id,
        version=row.version,
        role=_role(actor, row.supplier_id),
        state=labelled(row.state, FINANCING_LABELS),
        supplier=_firm(firms, row.supplier_id),
        buyer=_firm(firms, row.buyer_id),
        financier=_firm(firms, row.financier_id),
        deal_number=row.deal_number,
        milestone_id=row.milestone_id,
        amount=amount(row.amount_minor, row.currency),
        advance=amount(row.advance_minor, row.currency),
        charge=labelled(row.kind, CHARGE_LABELS),
        rate_bp=row.rate_bp,
        fee=None if row.fee_minor is None else amount(row.fee_minor, row.currency),
        recourse=row.recourse,
        fund_by=row.fund_by,
        funded_on=row.funded_on,
        owed=amount(row.principal_minor, row.currency),
        charge_owed=amount(charge, row.currency),
        repaid=amount(row.repaid_minor, row.currency),
        charge_paid=amount(row.charged_minor, row.currency),
        lost=amount(row.lost_minor, row.currency),
        taken_back=amount(row.taken_minor, row.currency),
        payment=_payment(paid) if paid else None,
        created_at=row.created_at,
    )


async def detail_out(session: AsyncSession, actor: Actor, row: Financing, today: date) -> FinancingDetailOut:
    """A financing with what became of its advance."""
    [summary] = await financings_out(session, actor, [row], today)
    return FinancingDetailOut(**dict(summary), moves=[_move(one) for one in await queries.moves_of(session, row.id)])


def _move(row: FinancingMove) -> FinancingMoveOut:
    return FinancingMoveOut(
        number=row.number,
        kind=labelled(row.kind, MOVE_LABELS),
        principal=amount(row.principal_minor, row.currency),
        charge=amount(row.charge_minor, row.currency),
        occurred_on=row.occurred_on,
    )


def _payment(row: FinancingPayment) -> FundingPaymentOut:
    reason = None
    if row.reason is not None:
        reason = Labelled(code=row.reason, label=translate(DECLINE_TEXTS[row.reason], current_locale()))
    accounts = None
    if row.bank_accounts is not None:
        accounts = [TransferAccountOut(**account) for account in row.bank_accounts]
    return FundingPaymentOut(
        id=row.id,
        way=labelled(row.way, WAY_LABELS),
        state=labelled(row.state, FUNDING_LABELS),
        amount=amount(row.amount_minor, row.currency),
        method=row.shown,
        reason=reason,
        accounts=accounts,
        remittance=row.remittance,
        instructions_url=row.instructions_url,
        created_at=row.created_at,
    )
