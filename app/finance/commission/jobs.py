"""Background work: telling many suppliers, some at a time, and invoicing them every month."""

from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission.usecases.invoice_months import Account, accounts_to_invoice, invoice_months
from app.finance.commission.usecases.tell_operator import issuing_operator, tell_operator
from app.finance.commission.usecases.tell_suppliers import tell_supplier
from app.finance.invoicing.facade import REFUSALS
from app.finance.ledger.facade import month_after, month_of
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.kit.many import each
from app.parties import facade as parties

TELL_SUPPLIERS = "finance.tell_suppliers_of_commission"
INVOICE = "finance.invoice_commissions"
AT_ONCE = 100


@job(TELL_SUPPLIERS)
async def tell_suppliers(
    runtime: Runtime, *, about: dict[str, str], only: str | None = None, after: str | None = None
) -> None:
    """Tell a supplier, or the next of all, for whom other terms will hold. Nobody is told twice, nor of what has long begun."""
    first_day = date.fromisoformat(about["first_day"])
    if first_day < runtime.clock.now().date():
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        if only is not None:
            concerned = [UUID(only)]
        else:
            last = UUID(after) if after else None
            concerned = [firm.id for firm in await parties.with_role(session, "supplier", last, AT_ONCE)]
        rule_id, told = UUID(about["rule_id"]), UUID(about["told"])
        for supplier_id in concerned:
            await tell_supplier(session, supplier_id, rule_id=rule_id, first_day=first_day, told=told)
        if len(concerned) == AT_ONCE and only is None:
            await defer(session, TELL_SUPPLIERS, about=about, only=None, after=str(concerned[-1]))


@job(INVOICE, cron="37 4 * * *")
async def invoice_commissions(runtime: Runtime, *, through: str | None = None) -> None:
    """Invoice what is not invoiced of the months that are over, or of those up to one: one transaction a supplier and currency.
    What stands in the way is told to the operator, and the next run makes up for it."""
    now = runtime.clock.now()
    before = month_of(now.date())
    if through is not None:
        before = min(before, month_after(date.fromisoformat(through)))
    after: UUID | None = None
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, None, operator=True)
            issuer_id = await issuing_operator(session)
            if issuer_id is None:
                return
            rows, after = await accounts_to_invoice(session, issuer_id, after, AT_ONCE)
        await each(runtime, INVOICE, rows, partial(_invoice, before=before, now=now))
        if after is None:
            return


async def _invoice(session: AsyncSession, account: Account, *, before: date, now: datetime) -> None:
    await act_for(session, account.issuer_id, operator=True)
    try:
        async with session.begin_nested():
            await invoice_months(session, account, before, now=now)
    except REFUSALS as refused:
        await tell_operator(session, account, before, refused)
