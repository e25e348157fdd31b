"""What suppliers of the demo have invoiced: goods from the catalogue, of which some came back, and what pools bought of them. One
buyer has a credit line, was late, was reminded, and has paid a part; a supplier in the Union claims for late payment."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.demo.inquiries import load_operator
from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.finance.credit.schemas import CreditLineIn
from app.finance.credit.usecases.grant import grant
from app.finance.dunning.late_payment import half_year, late_payment
from app.finance.dunning.schemas import DunningSettingsIn
from app.finance.dunning.usecases.claim import claim
from app.finance.dunning.usecases.edit_settings import put_settings
from app.finance.dunning.usecases.load_rates import load_rates
from app.finance.dunning.usecases.write_letters import write_letter
from app.finance.invoicing import queries as invoicing
from app.finance.invoicing.schemas import InvoicingDetailsIn
from app.finance.invoicing.usecases.credit import credit
from app.finance.invoicing.usecases.edit_details import put_details
from app.finance.receivables import facade as receivables
from app.finance.receivables.usecases.settle import record_payment
from app.pooling.ordering import queries as frameworks
from app.pooling.ordering.invoicing import invoice_framework
from app.pooling.ordering.schemas import FrameworkInvoicesIn
from app.procurement.order_states import OrderState, Side
from app.procurement.queries import orders
from app.procurement.schemas.invoices import OrderInvoiceIn
from app.procurement.usecases.invoice_order import invoice_order

DETAILS_DAYS_AGO, INVOICED_DAYS_AGO, POOLED_DAYS_AGO, CREDITED_DAYS_AGO, REMINDED_DAYS_AGO, PAID_DAYS_AGO = (
    45,
    30,
    9,
    21,
    8,
    6,
)
PREPAID_DAYS_AGO = 6
SUPPLIED_DAYS_AGO, CLAIMED_DAYS_AGO, SHORT_TERMS_DAYS = 15, 1, 7
TERMS_DAYS = 14
STEPS = [
    {"days_overdue": 7, "tone": "friendly"},
    {"days_overdue": 21, "tone": "firm"},
    {"days_overdue": 35, "tone": "last"},
]
MOST = 50

# Accounts of nobody: the German ones are the banks' own examples.
DETAILS: dict[str, dict[str, Any]] = {
    "zhuoyi-components": {
        "series_code": "ZY",
        "credit_series_code": "ZY-C",
        "account_number": "7559 0123 4567 890",
        "bic": "CMBCCNBS",
    },
    "huchuan-tool-steel": {
        "series_code": "HC",
        "credit_series_code": "HC-C",
        "account_number": "3100 6600 1800 4711",
        "bic": "ICBKCNBJ",
    },
    "hagener-edelstahl": {
        "iban": "DE89 3704 0044 0532 0130 00",
        "bic": "COBADEFF",
        "legal_note": "Registergericht Hagen, HRB 11862",
    },
    "volmerling-normalien": {"iban": "DE91 1000 0000 0123 4567 89", "bic": "MARKDEF1100"},
}
PAID_LATE = "volmerling-normalien"
MOULD_BUYER, MOULD_TEMPLATE = "chenghu-electric", "split_50_30_20"
MOULD_MAKER = {"account_number": "6222 0210 0111 6245 702", "bic": "ICBKCNBJ", "contact_name": "财务部"}
BACK = "Einige Stücke der ersten Position kamen mit Rost an und gehen zurück."


class Invoices:
    """From the details to a credit note."""

    def __init__(self, told: History, cast: Cast) -> None:
        self._told, self._cast = told, cast
        self._issued: UUID | None = None

    def steps(self) -> list[Step]:
        """Each at its own moment."""
        today = self._told.today
        return [
            (today - timedelta(days=DETAILS_DAYS_AGO), self._know_rates),
            (today - timedelta(days=DETAILS_DAYS_AGO), self._say),
            (today - timedelta(days=INVOICED_DAYS_AGO), self._invoice),
            (today - timedelta(days=CREDITED_DAYS_AGO), self._take_back),
            (today - timedelta(days=SUPPLIED_DAYS_AGO), self._invoice_supply),
            (today - timedelta(days=POOLED_DAYS_AGO), self._invoice_pools),
            (today - timedelta(days=PREPAID_DAYS_AGO), self._invoice_milestone),
            (today - timedelta(days=REMINDED_DAYS_AGO), self._remind),
            (today - timedelta(days=PAID_DAYS_AGO), self._pay),
            (today - timedelta(days=CLAIMED_DAYS_AGO), self._claim),
        ]

    async def _know_rates(self) -> None:
        """The operator loads a sample where the release knows no reference rate: the last that it knows goes on."""
        known = late_payment().reference_bp
        days = (self._told.now.date(), self._told.today.date())
        missing = sorted({half_year(day) for day in days} - set(known))
        if missing:
            operator = self._cast.speakers[load_operator().code]
            rows = "".join(f"EU,{first},{known[max(known)]},Sample of the demo market\n" for first in missing)
            content = f"country,valid_from,rate_bp,source\n{rows}".encode()
            await load_rates(await self._told.let(operator), operator, content)

    async def _say(self) -> None:
        for code, details in DETAILS.items():
            seller = self._cast.speakers[code]
            session = await self._told.let(seller)
            await put_details(session, seller, InvoicingDetailsIn.model_validate(details), version=None)

    async def _invoice(self) -> None:
        """An order of the catalogue that its supplier has taken."""
        seller = self._cast.speakers["zhuoyi-components"]
        session = await self._told.let(seller)
        statement = orders.orders_of(seller.organization_id, Side.SUPPLIER, OrderState.ACKNOWLEDGED)
        rows = list(await session.scalars(statement.limit(MOST)))
        order = next(row for row in rows if row.origin == "catalogue")
        line = CreditLineIn(
            buyer_id=order.buyer_id,
            currency=order.currency,
            limit_minor=5 * order.total_minor,
            payment_days=TERMS_DAYS,
            suspend_after_days=30,
        )
        await grant(session, seller, line, now=self._told.now)
        form = OrderInvoiceIn(delivered_on=self._told.now.date() - timedelta(days=1), terms_days=TERMS_DAYS)
        issued = await invoice_order(session, seller, order.id, form, now=self._told.now)
        self._issued = issued.id

    async def _take_back(self) -> None:
        seller = self._cast.speakers["zhuoyi-components"]
        session = await self._told.let(seller)
        assert self._issued is not None
        row = await invoicing.invoice(session, self._issued)
        assert row is not None
        tenth = Decimal(row.document["lines"][0]["quantity"]) / 10
        quantity = max(Decimal(1), tenth.quantize(Decimal(1)))
        await credit(session, seller, row.id, {"1": quantity}, BACK, now=self._told.now)

    async def _invoice_milestone(self) -> None:
        """The first part of a mould, when its design is approved."""
        buyer = self._cast.speakers[MOULD_BUYER]
        statement = orders.orders_of(buyer.organization_id, Side.BUYER, None)
        rows = list(await (await self._told.let(buyer)).scalars(statement.limit(MOST)))
        order = next(row for row in rows if row.milestone_template == MOULD_TEMPLATE and row.acknowledged_at)
        seller = next(one for one in self._cast.speakers.values() if one.organization_id == order.supplier_id)
        session = await self._told.let(seller)
        if await invoicing.issuer(session, seller.organization_id) is None:
            await put_details(session, seller, InvoicingDetailsIn.model_validate(MOULD_MAKER), version=None)
        form = OrderInvoiceIn(milestone="design_approved", terms_days=14)
        await invoice_order(session, seller, order.id, form, now=self._told.now)

    async def _invoice_pools(self) -> None:
        """All framework orders of those who can invoice."""
        for code in DETAILS:
            seller = self._cast.speakers[code]
            session = await self._told.let(seller)
            statement = frameworks.frameworks_of(seller.organization_id, None)
            rows = list(await session.scalars(statement.limit(MOST)))
            for row in rows:
                await invoice_framework(session, seller, row, FrameworkInvoicesIn(), now=self._told.now)

    async def _remind(self) -> None:
        """The buyer has let the invoice become overdue; the seller switches reminders on, and the night's letter goes out."""
        seller = self._cast.speakers["zhuoyi-components"]
        session = await self._told.let(seller)
        form = DunningSettingsIn.model_validate({"active": True, "steps": STEPS})
        await put_settings(session, seller, form, version=None)
        today = self._told.now.date()
        for debtor in await receivables.debtors(session, seller.organization_id, today):
            await write_letter(session, seller.organization_id, debtor, today)

    async def _pay(self) -> None:
        """Half of what is open came by bank transfer."""
        seller = self._cast.speakers["zhuoyi-components"]
        session = await self._told.let(seller)
        assert self._issued is not None
        item = await receivables.open_item(session, self._issued)
        assert item is not None
        await record_payment(session, seller, item.id, item.open_minor // 2, self._told.now.date(), "电汇 4711")

    async def _invoice_supply(self) -> None:
        """What a supplier in the Union has delivered, payable within a week."""
        seller = self._cast.speakers[PAID_LATE]
        session = await self._told.let(seller)
        statement = orders.orders_of(seller.organization_id, Side.SUPPLIER, OrderState.ACKNOWLEDGED)
        order = next(iter(await session.scalars(statement.limit(MOST))))
        form = OrderInvoiceIn(delivered_on=self._told.now.date() - timedelta(days=1), terms_days=SHORT_TERMS_DAYS)
        await invoice_order(session, seller, order.id, form, now=self._told.now)

    async def _claim(self) -> None:
        """It is not paid: he claims interest of a few days, and the fixed sum."""
        seller, today = self._cast.speakers[PAID_LATE], self._told.now.date()
        session = await self._told.let(seller)
        for debtor in await receivables.debtors(session, seller.organization_id, today):
            for item in await receivables.overdue_of(session, seller.organization_id, debtor, today, MOST):
                await claim(session, seller, (item.id, item.number), None, today=today)
