"""Suppliers' accounts at the payment provider: opened by them, followed as the provider tells of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import settings_queries as queries
from app.finance.payouts.errors import PayoutCountryUnsupported
from app.finance.payouts.events import PayoutAccountChanged
from app.finance.payouts.models import SupplierAccount
from app.finance.provider.facade import ProviderSilent
from app.gateways.payments import (
    Account,
    AccountUnknown,
    Onboarding,
    PaymentRequestInvalid,
    PaymentUnavailable,
    SupplierPayments,
)
from app.kit import audit
from app.kit.actor import Actor
from app.kit.outbox import announce

ENTITY = "payout_account"
MOST_DUE = 100


async def opened(payments: SupplierPayments, organization_id: UUID, country: str) -> Account:
    """An account at the provider, one for each organization however often it is asked for. No transaction is open.

    Raises `PayoutCountryUnsupported`, `ProviderSilent`.
    """
    key = f"payout-account/{organization_id}"
    try:
        return await payments.open_account(supplier=str(organization_id), country=country, key=key)
    except PaymentRequestInvalid as refusal:
        raise PayoutCountryUnsupported() from refusal
    except PaymentUnavailable as silence:
        raise ProviderSilent() from silence


async def onboarding(payments: SupplierPayments, reference: str, public_url: str) -> Onboarding:
    """Where a supplier tells who he is, for him alone and once: it is neither kept nor logged. No transaction is open.

    Raises `ProviderSilent`.
    """
    try:
        return await payments.onboarding(
            reference, return_url=f"{public_url}/?payouts=told", again_url=f"{public_url}/?payouts=again"
        )
    except (PaymentUnavailable, AccountUnknown, PaymentRequestInvalid):
        raise ProviderSilent() from None


async def keep_account(session: AsyncSession, actor: Actor, opened_now: Account | None) -> SupplierAccount:
    """Keep an account that was opened; the one that is kept already stands."""
    if opened_now is not None:
        values = {
            "organization_id": actor.organization_id,
            "reference": opened_now.reference,
            "country": opened_now.country,
            "state": opened_now.state,
            "pays_out": opened_now.pays_out,
            "due": list(opened_now.due[:MOST_DUE]),
            "opened_by": actor.person_id,
        }
        if await queries.insert_account(session, values):
            after = {"country": opened_now.country, "state": opened_now.state}
            await audit.record(session, actor, "payout_account.open", ENTITY, actor.organization_id, after=after)
    row = await queries.account(session, actor.organization_id)
    assert row is not None
    return row


async def record_account(session: AsyncSession, organization_id: UUID, found: Account, *, now: datetime) -> None:
    """Record how an account stands, and announce it when that is news. Acts for the organization."""
    row = await queries.lock_account(session, organization_id)
    if row is None or row.reference != found.reference:
        return
    was, row.state = row.state, found.state
    row.pays_out, row.due, row.looked_at = found.pays_out, list(found.due[:MOST_DUE]), now
    await session.flush()
    if was != found.state:
        event = PayoutAccountChanged(supplier_id=organization_id, state=found.state, was=was)
        await announce(session, event, organizations=[organization_id])
