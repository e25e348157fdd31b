"""Background work: payouts are made on their days and sent, transfers reversed, accounts looked at; what was left goes on.

Whatever asks the provider is two transactions, and the call between them with none open.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from procrastinate.exceptions import AlreadyEnqueued

from app.finance.payouts import queries, settings_queries
from app.finance.payouts.moving import Refused, reversed_by, transferred
from app.finance.payouts.states import ItemState, TakeBackState
from app.finance.payouts.usecases.accounts import record_account
from app.finance.payouts.usecases.make import MAKE_JOB, SEND_JOB, make_payouts, see_one_moment
from app.finance.payouts.usecases.owe import REVERSE_JOB
from app.finance.payouts.usecases.record import record_reversal, record_transfer
from app.gateways.payments import AccountUnknown, PaymentUnavailable, SupplierPayments
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job

log = structlog.get_logger(__name__)

SUPPLIERS_AT_ONCE = 500
SWEPT_AT_ONCE = 500
LOOKED_AT_AFTER = timedelta(hours=6)


@job("finance.payout_day", cron="7 * * * *")
async def payout_day(runtime: Runtime) -> None:
    """Let payouts be made for every supplier to whom something is due, each by a job of his own."""
    after: UUID | None = None
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, None, operator=True)
            today = runtime.clock.now().date()
            suppliers = await queries.suppliers_due(session, today, after, SUPPLIERS_AT_ONCE)
        for supplier_id in suppliers:
            await _defer_once(runtime, MAKE_JOB, supplier_id, supplier_id=str(supplier_id))
        if len(suppliers) < SUPPLIERS_AT_ONCE:
            return
        after = suppliers[-1]


async def _defer_once(runtime: Runtime, name: str, one: UUID, **arguments: Any) -> None:
    with suppress(AlreadyEnqueued):
        async with runtime.database.transaction(Role.WORKER) as session:
            await defer(session, name, queueing_lock=f"{name}-{one}", **arguments)


@job(MAKE_JOB)
async def make(runtime: Runtime, *, supplier_id: str) -> None:
    """Make the payouts of one supplier. It fails, and comes again, when what is due changes meanwhile."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await see_one_moment(session)
        await act_for(session, UUID(supplier_id))
        await make_payouts(session, UUID(supplier_id), now=runtime.clock.now())


@job(SEND_JOB)
async def send_payout(runtime: Runtime, *, supplier_id: str, payout_id: str) -> None:
    """Make the transfers of a payout, one after the other. Raises `PaymentUnavailable` at the end when of some it is not known
    what became of them: the job comes again, and asks with the same keys."""
    whose, one = UUID(supplier_id), UUID(payout_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, whose)
        todo = await queries.to_send(session, one)
        account = await settings_queries.account(session, whose)
    if account is None:
        raise RuntimeError("a payout by the provider has an account")
    silence: PaymentUnavailable | None = None
    for item_id in todo:
        try:
            await _send(runtime, whose, item_id, account.reference)
        except PaymentUnavailable as error:
            silence = error
    if silence is not None:
        log.warning("payout_waits_for_the_provider", payout_id=payout_id)
        raise silence


async def _send(runtime: Runtime, supplier_id: UUID, item_id: UUID, account: str) -> None:
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier_id)
        row = await queries.item(session, item_id)
        if row is None or row.state != ItemState.SENDING:
            return
        session.expunge_all()
    payments: SupplierPayments = runtime.gateways["payments"]
    outcome = await transferred(payments, row, account)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier_id)
        await record_transfer(session, row, outcome, now=runtime.clock.now())
    if isinstance(outcome, Refused) and outcome.waits_for_supplier:
        await look_at_account(runtime, supplier_id, account)


@job(REVERSE_JOB)
async def reverse_transfers(runtime: Runtime, *, supplier_id: str) -> None:
    """Take back what was refunded since it was sent. Raises `PaymentUnavailable` at the end, as `send_payout` does."""
    whose = UUID(supplier_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, whose)
        todo = await queries.to_reverse(session, whose)
    silence: PaymentUnavailable | None = None
    for take_back_id in todo:
        try:
            await _reverse(runtime, whose, take_back_id)
        except PaymentUnavailable as error:
            silence = error
    if silence is not None:
        log.warning("reversals_wait_for_the_provider", supplier_id=supplier_id)
        raise silence


async def _reverse(runtime: Runtime, supplier_id: UUID, take_back_id: UUID) -> None:
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier_id)
        row = await queries.take_back(session, take_back_id)
        item = await queries.item(session, row.item_id) if row else None
        if row is None or item is None or row.state != TakeBackState.ASKED or item.transfer is None:
            return
        session.expunge_all()
    payments: SupplierPayments = runtime.gateways["payments"]
    outcome = await reversed_by(payments, row, item.transfer)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier_id)
        await record_reversal(session, take_back_id, outcome, now=runtime.clock.now())


@job("finance.sweep_payouts", cron="*/10 * * * *")
async def sweep_payouts(runtime: Runtime) -> None:
    """Defer again what a dead worker, or a provider who was silent for long, has left. Whatever runs goes on undisturbed."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        payouts = await queries.unfinished(session, SWEPT_AT_ONCE)
        suppliers = await queries.suppliers_to_reverse(session, SWEPT_AT_ONCE)
    for payout_id, supplier_id in payouts:
        await _defer_once(runtime, SEND_JOB, payout_id, supplier_id=str(supplier_id), payout_id=str(payout_id))
    for supplier_id in suppliers:
        await _defer_once(runtime, REVERSE_JOB, supplier_id, supplier_id=str(supplier_id))


@job("finance.look_at_payout_accounts", cron="23 */6 * * *")
async def look_at_payout_accounts(runtime: Runtime) -> None:
    """Look at accounts that are not ready, should the provider's news of them have been lost."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        before = runtime.clock.now() - LOOKED_AT_AFTER
        waiting = await settings_queries.accounts_not_ready(session, before, SWEPT_AT_ONCE)
    for organization_id, reference in waiting:
        with suppress(PaymentUnavailable):
            await look_at_account(runtime, organization_id, reference)


async def look_at_account(runtime: Runtime, organization_id: UUID, reference: str) -> None:
    """Ask how an account stands, and record it."""
    payments: SupplierPayments = runtime.gateways["payments"]
    try:
        found = await payments.find_account(reference)
    except AccountUnknown:
        log.warning("payout_account_unknown", organization_id=str(organization_id))
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        await record_account(session, organization_id, found, now=runtime.clock.now())
