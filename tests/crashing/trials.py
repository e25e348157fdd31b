"""What the tool is tried on: a search for load plans that finds nothing at once, and two jobs that charge a payer between two
transactions, one with the key of what is to be paid, and one with a new key each time, which a crash makes charge twice."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from app.gateways.payments import Amount, Payments
from app.kit.db.engine import Role
from app.kit.ids import new_id
from app.kit.jobs import Runtime, job
from app.logistics.planning import jobs as planning
from app.logistics.planning.solving import Outcome
from app.logistics.planning.states import Failure

CAREFULLY, CARELESSLY = "test.charge_carefully", "test.charge_carelessly"
SUM = Amount(125_000, "EUR")


@job(CAREFULLY)
async def charge_carefully(runtime: Runtime, *, payer: str) -> None:
    """The key is known before the call and the same after a crash."""
    await _charge(runtime, payer, f"charge-{payer}")


@job(CARELESSLY)
async def charge_carelessly(runtime: Runtime, *, payer: str) -> None:
    """What nobody should do."""
    await _charge(runtime, payer, f"charge-{new_id()}")


async def _charge(runtime: Runtime, payer: str, key: str) -> None:
    payments: Payments = runtime.gateways["payments"]
    async with runtime.database.transaction(Role.WORKER) as session:
        await session.execute(text("SELECT 1"))
    method = await payments.save_method(payer=payer, token="tok_visa", key=f"save-{payer}")
    await payments.charge(SUM, payer=payer, method=method.reference, cause="test/1", key=key)
    async with runtime.database.transaction(Role.WORKER) as session:
        await session.execute(text("SELECT 2"))


async def give_up(task: Mapping[str, Any], seconds: int, *, still_wanted: Any) -> Outcome:
    """Ask once whether the result is wanted, as the search does, and find none."""
    assert task and seconds >= 1 and await still_wanted()
    return Outcome(failure=Failure.OUT_OF_TIME)


def setup() -> None:
    """Put it in the place of the process that searches. Importing this module has registered the jobs."""
    planning.search = give_up  # type: ignore[attr-defined]
