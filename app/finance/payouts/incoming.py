"""Suppliers' accounts that change at the payment provider: details told, checked, missing again; payouts on bank statements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import matches_reference
from app.finance.payouts import by_bank
from app.finance.payouts import settings_queries as queries
from app.finance.payouts.models import SupplierAccount
from app.finance.payouts.reconciling import lines
from app.finance.payouts.usecases.accounts import record_account
from app.finance.provider.facade import follows_accounts
from app.finance.reconciliation.facade import reconciles
from app.gateways.payments import Account
from app.kit.db.tenancy import act_for, acting_for
from app.parties import facade as parties


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether it is the account of a supplier here."""
    return await _found(session, reference) is not None


async def awaits(session: AsyncSession, account: Account, /) -> bool:
    """Whether it was opened for a firm here of which no account is written down yet."""
    try:
        supplier_id = UUID(account.supplier)
    except ValueError:
        return False
    await act_for(session, None, operator=True)
    here = await parties.organizations(session, [supplier_id])
    found = bool(here) and await queries.account(session, supplier_id) is None
    await act_for(session, None)
    return found


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


follows_accounts("finance.payouts", knows=knows, awaits=awaits, follows=follows)
reconciles("finance.payouts", lines=lines)
matches_reference(by_bank.NAME, find=by_bank.find, settle=by_bank.settle, undo=by_bank.undo, fits=by_bank.fits)
