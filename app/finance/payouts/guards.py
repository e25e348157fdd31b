"""Who may come near payouts: authenticate, find in scope (404), permit (403); and what is asked of the provider first."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.finance.payouts import queries, settings_queries
from app.finance.payouts.models import Payout, PayoutItem, SupplierAccount
from app.finance.payouts.usecases import accounts
from app.gateways.payments import Account, Onboarding, SupplierPayments
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission, permitted
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import NotFound
from app.parties import facade as parties

Payee = Annotated[Actor, Depends(permitted(Permission.PAYMENTS_MANAGE))]
"""Who says how his organization is paid out."""
Reader = Annotated[Actor, Depends(permitted(Permission.LEDGER_READ))]
Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]


async def known_payee(actor: KnownActor) -> Actor:
    """The same, found in a short transaction of its own, before anything is asked of the provider."""
    actor.require(Permission.PAYMENTS_MANAGE)
    return actor


KnownPayee = Annotated[Actor, Depends(known_payee)]


async def _account_and_country(request: Request, actor: Actor) -> tuple[SupplierAccount | None, str]:
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, actor.organization_id, person_id=actor.person_id)
        row = await settings_queries.account(session, actor.organization_id)
        firms = await parties.organizations(session, [actor.organization_id])
    return row, firms[actor.organization_id].country


async def opened_account(request: Request, actor: KnownPayee) -> Account | None:
    """Let the provider open an account, ahead of the request's transaction; None when there is one already."""
    row, country = await _account_and_country(request, actor)
    if row is not None:
        return None
    payments: SupplierPayments = request.app.state.gateways["payments"]
    return await accounts.opened(payments, actor.organization_id, country)


async def onboarding_link(request: Request, actor: KnownPayee) -> Onboarding:
    """Let the provider make a link, ahead of the request's transaction."""
    row, _ = await _account_and_country(request, actor)
    if row is None:
        raise NotFound()
    payments: SupplierPayments = request.app.state.gateways["payments"]
    return await accounts.onboarding(payments, row.reference, request.app.state.settings.public_url)


OpenedAccount = Annotated[Account | None, Depends(opened_account)]
OnboardingLink = Annotated[Onboarding, Depends(onboarding_link)]
ask_for_account, ask_for_link = Depends(opened_account), Depends(onboarding_link)
"""Put them into a route's `dependencies` ahead of the others, so that they run before the transaction begins."""


async def own_account(actor: CurrentActor, session: Session) -> SupplierAccount:
    """That of the own organization."""
    row = await settings_queries.account(session, actor.organization_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.PAYMENTS_MANAGE)
    return row


OwnAccount = Annotated[SupplierAccount, Depends(own_account)]


@dataclass(frozen=True, slots=True)
class AtPayout:
    """An actor at a payout."""

    actor: Actor
    row: Payout


async def at_payout(payout_id: UUID, actor: CurrentActor, session: Session) -> AtPayout:
    """One to the own organization."""
    row = await queries.payout(session, payout_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.LEDGER_READ)
    return AtPayout(actor, row)


async def any_payout(payout_id: UUID, actor: Operator, session: Session) -> AtPayout:
    """Any, for the operator."""
    row = await queries.payout(session, payout_id)
    if row is None:
        raise NotFound()
    return AtPayout(actor, row)


async def any_item(payout_item_id: UUID, actor: Operator, session: Session) -> PayoutItem:
    """Any, for the operator."""
    row = await queries.item(session, payout_item_id)
    if row is None:
        raise NotFound()
    return row


SeenPayout = Annotated[AtPayout, Depends(at_payout)]
AnyPayout = Annotated[AtPayout, Depends(any_payout)]
AnyItem = Annotated[PayoutItem, Depends(any_item)]
