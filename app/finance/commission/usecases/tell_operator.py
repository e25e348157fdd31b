"""Who invoices commission, and what his people are told where it cannot be invoiced."""

from datetime import date
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission import notices
from app.finance.commission.usecases.invoice_months import Account
from app.finance.invoicing.facade import paid_at
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.errors import Problem
from app.kit.locales import N_
from app.messages import facade as messages
from app.parties import facade as parties

MOST_OPERATORS = 20
MISSING = {
    "seller-vat-id-missing": N_("Your organization states no VAT number."),
    "buyer-vat-id-missing": N_("The supplier states no VAT number of his country."),
    "no-tax-rate": N_("No rate of tax of your country is known for the month."),
    "exchange-rate-missing": N_("No rate of exchange into the currency of your country is known."),
}
"""By what stands in the way of deciding on the tax."""
ELSE = N_("Look at the details for invoices of your organization and of the supplier’s.")


async def issuing_operator(session: AsyncSession) -> UUID | None:
    """The oldest of the operator's organizations that has said where it is paid; the oldest where none has. As the operator."""
    found = [one.id for one in await parties.operators(session, MOST_OPERATORS)]
    for operator_id in found:
        async with acting_for(session, operator_id):
            if await paid_at(session, operator_id) is not None:
                return operator_id
    return found[0] if found else None


async def tell_operator(session: AsyncSession, account: Account, before: date, refused: Problem) -> None:
    """Once a month for each supplier, currency and reason. Calls act for the operator's organization."""
    firm = (await parties.organizations(session, [account.supplier_id]))[account.supplier_id]
    missing = next((MISSING[one.code] for one in refused.errors if one.code in MISSING), ELSE)
    reason = f"{account.currency} {before} {refused.code} {missing}"
    async with acting_for(session, account.issuer_id):
        await messages.notify(
            session,
            organization_id=account.issuer_id,
            permission=Permission.OPERATE,
            notice=notices.NOT_INVOICED,
            params={
                "firm": firm.legal_name_local,
                "currency": account.currency,
                "before_on": before,
                "reason": {"i18n": [refused.title]},
                "missing": {"i18n": [missing]},
            },
            entity=("organization", account.supplier_id),
            dedupe=uuid5(account.supplier_id, reason),
        )
