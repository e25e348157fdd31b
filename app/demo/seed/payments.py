"""Money that moved in the demo market: a milestone that its buyer paid by a saved card, what of it was sent to the supplier, and
a statement of the operator's bank."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx

from app.demo.inquiries import load_operator
from app.demo.seed.cast import Cast
from app.demo.seed.commissions import invoice_commissions
from app.demo.seed.history import History
from app.demo.seed.story import Step, Story
from app.finance.bank.facade import import_statements, read_file
from app.finance.methods.usecases.keep import add
from app.finance.payouts import queries as payouts
from app.finance.payouts.moving import transferred
from app.finance.payouts.usecases.accounts import keep_account, onboarding, opened
from app.finance.payouts.usecases.make import make_payouts
from app.finance.payouts.usecases.record import record_transfer
from app.finance.schedules import queries as schedules
from app.finance.schedules.moving import moved
from app.finance.schedules.schemas import MilestonePaymentIn
from app.finance.schedules.states import Progress, ScheduleRole
from app.finance.schedules.usecases.go_on import owed
from app.finance.schedules.usecases.pay import pay
from app.finance.schedules.usecases.record_payment import record_payment
from app.gateways.payments import AccountState, LocalPayments, Payments, StripePayments
from app.kit.db.tenancy import act_for
from app.parties import facade as parties

PAID_DAYS_AGO, SENT_DAYS_AGO, STATEMENT_DAYS_AGO = 18, 2, 1
STATEMENT = Path(__file__).parent / "bank_statement.xml"
AT_ONCE = 100
MARKET = "https://market.example"
"""Where suppliers would be led back to from the provider's pages: nobody looks."""


class Money:
    """From the buyer's card to the supplier's account."""

    def __init__(self, told: History, cast: Cast, payments: Payments, stories: list[Story]) -> None:
        self._told, self._cast, self._payments = told, cast, payments
        self._stories = [one for one in stories if one.seed.awarded_quote is not None]
        self._paid: Story | None = None

    def steps(self) -> list[Step]:
        """Each at its own moment."""
        today = self._told.today
        steps: list[Step] = [
            (today - timedelta(days=PAID_DAYS_AGO), self._pay),
            (today - timedelta(days=SENT_DAYS_AGO), self._send),
            (today - timedelta(days=STATEMENT_DAYS_AGO), self._read_statement),
        ]
        # The month of the payment is over, unless it is this one; in the first night of a month the worker does it.
        night = today.replace(day=1, hour=4, minute=37)
        if today - timedelta(days=PAID_DAYS_AGO) < night < today - timedelta(days=STATEMENT_DAYS_AGO):
            steps.append((night, self._invoice_commission))
        return steps

    async def _pay(self) -> None:
        """A purchaser saves the firm's card and pays what is due of an order."""
        for story in self._stories:
            due = await due_of(self._told, self._cast, story)
            if due is not None:
                break
        else:
            raise LookupError("no order of the demo market has a milestone that is due")
        self._paid, buyer = story, story.author
        payer = str(buyer.organization_id)
        method = await self._payments.save_method(payer=payer, token="pm_card_visa", key="demo-market/card")  # noqa: S106
        session = await self._told.let(buyer)
        await add(session, buyer, method, make_default=True)
        await pay(session, buyer, due, MilestonePaymentIn())
        session = await self._told.as_worker()
        await act_for(session, buyer.organization_id)
        payment = (await schedules.last_payments(session, [due]))[due]
        session.expunge(payment)
        values = await moved(self._payments, payment)
        await record_payment(session, payment.id, values, now=self._told.now)

    async def _send(self) -> None:
        """The supplier has opened an account at the payment provider and told who he is; what was released is sent there."""
        assert self._paid is not None
        assert isinstance(self._payments, LocalPayments | StripePayments)
        seller = self._cast.speakers[seller_of(self._paid)]
        firm_id = seller.organization_id
        session = await self._told.let(seller)
        firm = (await parties.organizations(session, [firm_id]))[firm_id]
        account = await opened(self._payments, firm_id, firm.country)
        if account.state != AccountState.READY:
            link = await onboarding(self._payments, account.reference, MARKET)
            async with httpx.AsyncClient() as browser:
                await browser.get(link.url)
            account = await self._payments.find_account(account.reference)
        await keep_account(session, seller, account)
        session = await self._told.as_worker()
        await act_for(session, firm_id)
        await make_payouts(session, firm_id, now=self._told.now)
        await act_for(session, None, operator=True)
        made = [payout_id for payout_id, _ in await payouts.unfinished(session, AT_ONCE)]
        await act_for(session, firm_id)
        for payout_id in made:
            for item_id in await payouts.to_send(session, payout_id):
                item = await payouts.item(session, item_id)
                assert item is not None
                session.expunge(item)
                sent = await transferred(self._payments, item, account.reference)
                await record_transfer(session, item, sent, now=self._told.now)

    async def _invoice_commission(self) -> None:
        await invoice_commissions(self._told, self._cast.speakers[load_operator().code])

    async def _read_statement(self) -> None:
        operator = self._cast.speakers[load_operator().code]
        session = await self._told.let(operator)
        statements = read_file(STATEMENT.read_bytes())
        await import_statements(session, operator, statements, new_accounts=True, now=self._told.now)


async def due_of(told: History, cast: Cast, story: Story) -> UUID | None:
    """What is accepted of the story's order, not paid and not disputed."""
    session = await told.let(story.author)
    buyer_id = story.author.organization_id
    rows = await session.scalars(schedules.schedules_of(buyer_id, role=ScheduleRole.BUYER).limit(AT_ONCE))
    supplier_id = cast.organization_ids[seller_of(story)]
    wanted = [row.id for row in rows if row.supplier_id == supplier_id]
    found = (part for parts in (await schedules.milestones(session, wanted)).values() for part in parts)
    return next(
        (part.id for part in found if part.state == Progress.ACCEPTED and owed(part) and part.frozen_by is None), None
    )


def seller_of(story: Story) -> str:
    """The code of the supplier whose quote was awarded."""
    assert story.seed.awarded_quote is not None
    return story.suppliers[story.seed.awarded_quote].code
