"""The order in which the demo market comes to be."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import wiring
from app.demo.inquiries import load_buyers, load_inquiries, load_operator, load_partners, load_shops
from app.demo.market import ProductSeed, load_products, load_suppliers
from app.demo.seed.approvals import rule_of_four_eyes
from app.demo.seed.campaigns import Campaigns
from app.demo.seed.cast import Cast, join, supplier_as_organization, verify
from app.demo.seed.catalogue import list_products
from app.demo.seed.claims import Claims
from app.demo.seed.commissions import commissions
from app.demo.seed.deals import Deal
from app.demo.seed.demand import Demand
from app.demo.seed.files import Attachments
from app.demo.seed.freight import Freight, bills
from app.demo.seed.goods_out import GoodsOut
from app.demo.seed.history import History, history
from app.demo.seed.inquiries import Tender
from app.demo.seed.invoices import Invoices
from app.demo.seed.keeping import Keeping
from app.demo.seed.loads import Loads
from app.demo.seed.logins import PASSWORD
from app.demo.seed.pages import describe, warn_of_certificates
from app.demo.seed.payments import Money
from app.demo.seed.pictures import Pictures
from app.demo.seed.prices import Prices
from app.demo.seed.rates import sample_rates
from app.demo.seed.receiving import Receiving
from app.demo.seed.stock import Stock
from app.demo.seed.story import Step
from app.demo.seed.tariffs import FreightPrices
from app.finance.facade import reconcile_payments, usual_reconciliation
from app.gateways.payments import Payments
from app.kit.actor import Actor
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from app.messages import facade as messages
from app.parties.facade import hash_password
from app.parties.queries.people import code_taken
from app.reference import facade as reference
from app.settings import Settings

FOUNDED_DAYS_AGO = 130
T = TypeVar("T")


class Reporter:
    """Says how far the seeding is: a bar on a terminal, a line for each part elsewhere."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(f"    {text}")

    def each(self, name: str, items: Sequence[T]) -> Iterator[T]:
        """The items, while telling how many are done."""
        if not self._console.is_terminal:
            yield from items
            self._console.print(f"    {name} {len(items)}/{len(items)}")
            return
        columns = (TextColumn("    {task.description:<12}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            yield from progress.track(items, description=name)


async def fill(settings: Settings) -> bool:
    """Fill the database unless it has the demo market already; whether it was filled."""
    wiring.load_background()
    password_hash = await hash_password(PASSWORD)
    attachments, pictures = Attachments(settings), Pictures(settings)
    names = {name for seed in load_inquiries() for name in seed.attachments}
    report = Reporter()
    async with history(settings) as told:
        if await _is_there(told):
            # Its people go on comparing and approving by rates of late.
            await reference.load_rates(told.session, sample_rates(told.today.date(), since=0))
            report.say("The demo market is there already.")
            return False
        gateways = wiring.gateways(settings)
        files = gateways["files"]
        await attachments.store(files, names)
        for name, content in bills().items():
            await attachments.put(files, name, content)
        # Processors have time for it while the database works at what comes before the pictures.
        drawing = asyncio.create_task(pictures.store(files, load_products()))
        try:
            await _tell(told, Cast(), attachments, pictures, drawing, gateways["payments"], password_hash, report)
        finally:
            drawing.cancel()
    await _compare(settings, gateways)
    await wiring.close_gateways(gateways)
    return True


async def _compare(settings: Settings, gateways: dict[str, Any]) -> None:
    """What the worker does at night, for the first time: it has transactions of its own."""
    database = Database(settings)
    try:
        runtime = Runtime(settings, database, Clock(), gateways)
        await reconcile_payments(runtime, *usual_reconciliation(runtime.clock.now()))
    finally:
        await database.close()


async def _is_there(told: History) -> bool:
    """Whether the demo's operator is: everything came in one transaction with him."""
    await act_for(told.session, None, operator=True)
    return await code_taken(told.session, load_operator().code)


async def _tell(
    told: History,
    cast: Cast,
    attachments: Attachments,
    pictures: Pictures,
    drawing: Awaitable[None],
    payments: Payments,
    password_hash: str,
    report: Reporter,
) -> None:
    await told.days_ago(FOUNDED_DAYS_AGO)
    await join(told, cast, load_operator(), password_hash)
    operator = cast.speakers[load_operator().code]
    await reference.load_rates(await told.let(operator), sample_rates(told.today.date()))
    await commissions(told, operator)
    await _join_all(told, cast, operator, password_hash, report)
    for supplier in report.each("pages", load_suppliers()):
        await describe(told, cast.speakers[supplier.code], supplier)
    await told.settle()
    products = load_products()
    by_supplier = [[seed for seed in products if seed.supplier_code == code.code] for code in load_suppliers()]
    await drawing
    for listed in report.each("catalogues", by_supplier):
        seller = cast.speakers[listed[0].supplier_code]
        await pictures.show(told, seller, listed, await list_products(told, seller, listed))
    await told.settle()
    await pictures.nothing_is_left_to_do(told)
    steps = sorted(_dealings(told, cast, attachments, products, payments), key=lambda step: step[0])
    for moment, happen in report.each("dealings", steps):
        await told.go_to(moment)
        await happen()
        await told.settle()
    await told.days_ago(1)
    await warn_of_certificates(told, told.today.date())
    await told.go_to(told.today)
    for buyer in load_buyers():
        await rule_of_four_eyes(told, cast, buyer)
    await _withhold_mails(told, cast)


async def _join_all(told: History, cast: Cast, operator: Actor, password_hash: str, report: Reporter) -> None:
    """Every firm with its people; the operator verifies those that are."""
    organizations = {
        "suppliers": [supplier_as_organization(seed) for seed in load_suppliers()],
        "buyers": load_buyers(),
        "partners": load_partners(),
        "mould shops": load_shops(),
    }
    for name, seeds in organizations.items():
        for seed in report.each(name, seeds):
            await join(told, cast, seed, password_hash)
            if seed.verified:
                await verify(told, operator, cast.organization_ids[seed.code])
    await told.settle()


def _dealings(
    told: History, cast: Cast, attachments: Attachments, products: Sequence[ProductSeed], payments: Payments
) -> list[Step]:
    """All that firms do with each other, each part in its own order."""
    tenders = [Tender(told, cast, attachments, seed) for seed in load_inquiries()]
    stock = Stock(told, cast, products)
    freight = Freight(told, cast, attachments)
    return [
        *(step for tender in tenders for step in (*tender.steps(), *Deal(tender).steps())),
        *Prices(told, cast, products).steps(),
        *stock.steps(),
        *Receiving(told, cast, stock).steps(),
        *Keeping(told, cast, stock).steps(),
        *GoodsOut(told, cast).steps(),
        *freight.steps(),
        *Loads(told, cast, freight).steps(),
        *FreightPrices(told, cast).steps(),
        *Campaigns(told, cast, payments).steps(),
        *Demand(told, cast).steps(),
        *Invoices(told, cast).steps(),
        *Money(told, cast, payments, list(tenders)).steps(),
        *Claims(told, cast, list(tenders)).steps(),
    ]


async def _withhold_mails(told: History, cast: Cast) -> None:
    """The past is not mailed."""
    session = await told.as_worker()
    for organization_id in cast.organization_ids.values():
        await act_for(session, organization_id)
        await messages.withhold_mails(session, organization_id)
