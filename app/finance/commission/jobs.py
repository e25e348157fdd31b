"""Background work: telling many suppliers, some at a time."""

from datetime import date
from uuid import UUID

from app.finance.commission.usecases.tell_suppliers import tell_supplier
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.parties import facade as parties

TELL_SUPPLIERS = "finance.tell_suppliers_of_commission"
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
