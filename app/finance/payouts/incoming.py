"""Suppliers' accounts that change at the payment provider: details told, checked, missing again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import settings_queries as queries
from app.finance.payouts.models import SupplierAccount
from app.finance.payouts.reconciling import lines
from app.finance.payouts.usecases.accounts import record_account
from app.finance.provider.facade import follows_accounts
from app.finance.reconciliation.facade import reconciles
from app.gateways.payments import Account
from app.kit.db.tenancy import act_for, acting_for


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether it is the account of a supplier here."""
    return await _found(session, reference) is not None


async def follows(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Record how it stands; its people are told when that is news."""
    row = await _found(session, account.reference)
    if row is None:
        return
    async with acting_for(session, row.organization_id):
        await record_account(session, row.organization_id, account, now=now)


async def _found(session: AsyncSession, reference: str) -> SupplierAccount | None:
    await act_for(session, None, operator=True)
    row = await queries.account_of_reference(session, reference)
    await act_for(session, None)
    return row


follows_accounts("finance.payouts", knows=knows, follows=follows)
reconciles("finance.payouts", lines=lines)
