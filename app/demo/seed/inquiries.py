"""The demo market's thirty inquiries, each told from its draft to its opening; `deals` tells what became of the awarded."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.catalog import facade as catalog
from app.demo.inquiries import quote_note
from app.demo.inquiries.seeds import InquirySeed, LineSeed, QuoteSeed
from app.demo.market.seeds import SupplierSeed
from app.demo.seed.matching import invited_suppliers, wanted_item
from app.demo.seed.pages import decline_reason, declines_after
from app.demo.seed.story import Step, Story
from app.procurement.queries import inquiries as queries
from app.procurement.schemas.inquiries import InquiryIn, LineIn, LotIn, ReasonIn
from app.procurement.schemas.quotes import LinePriceIn, NewQuoteIn
from app.procurement.usecases.cancel_inquiry import cancel_inquiry
from app.procurement.usecases.close_inquiry import close_if_due
from app.procurement.usecases.decline_invitation import decline_invitation
from app.procurement.usecases.draft_inquiry import draft_inquiry
from app.procurement.usecases.open_inquiry import open_inquiry
from app.procurement.usecases.publish_inquiry import publish_inquiry
from app.procurement.usecases.write_quote import write_quote
from app.reference import facade as reference

EXPORT_CURRENCY = "USD"
OWN_CURRENCY = frozenset({"EUR", "JPY"})
VALID_DAYS = 90
# Quotes of these inquiries are still sealed although the time for them is over.
UNOPENED = frozenset({"great-lakes-housing", "mikawa-lens"})


class Tender(Story):
    """An inquiry, told up to its opening: the purchaser's verbs, and the suppliers' quotes."""

    def steps(self) -> list[Step]:
        """What happens and when, in order."""
        seed, published_at = self.seed, self.published_at
        steps: list[Step] = [(published_at - timedelta(hours=3), self.draft)]
        if seed.state == "draft":
            return steps
        steps.append((published_at, self.publish))
        open_for = self.closes_at - published_at
        for number, quote in enumerate(seed.quotes):
            moment = published_at + open_for * (number + 2) / (len(seed.quotes) + 3)
            steps.append((moment, self._quoting(number, quote)))
        if seed.state in ("closed", "awarded"):
            steps += self._refusals(published_at, open_for)
        if seed.state == "cancelled":
            until = min(self.closes_at, self.told.today)
            return [*steps, (published_at + (until - published_at) * 0.7, self.cancel)]
        if seed.state in ("closed", "awarded"):
            steps.append((self.closes_at + timedelta(minutes=1), self.close))
            if seed.code not in UNOPENED:
                steps.append((self.closes_at + timedelta(hours=2), self.open))
        return steps

    def _refusals(self, published_at: datetime, open_for: timedelta) -> list[Step]:
        """Who does not quote says so, if he says anything."""
        steps: list[Step] = []
        for supplier in invited_suppliers(self.seed)[len(self.seed.quotes) :]:
            after = declines_after(self.seed.code, supplier.code)
            if after is not None:
                steps.append((published_at + min(after, open_for / 2), self._declining(supplier)))
        return steps

    def _declining(self, supplier: SupplierSeed) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            seller = self.cast.speakers[supplier.code]
            locale, reason = decline_reason(f"{self.seed.code} {supplier.code}", supplier.locale)
            form = ReasonIn(reason=reason, locale=locale)
            await decline_invitation(await self.told.let(seller), seller, self.id, form, now=self.told.now)

        return step

    async def draft(self) -> None:
        """The purchaser writes it down."""
        self.suppliers = invited_suppliers(self.seed)
        documents = await self.attachments.upload(self.told, self.author, self.seed.attachments)
        session = await self.told.let(self.author)
        today = self.told.today.date()
        form = InquiryIn(
            title=self.seed.title,
            notes=self.seed.notes,
            payment_notes=self.seed.payment_notes,
            locale=self.seed.locale,
            currency=self.seed.currency,
            incoterm=self.seed.incoterm,
            incoterm_place=self.seed.incoterm_place,
            required_on=today + timedelta(days=self.seed.required_in_days),
            closes_at=self.closes_at,
            milestone_template=self.seed.milestone_template,
            lots=[LotIn(lines=[await self._line(line) for line in self.seed.lines])],
            supplier_ids=[self.cast.organization_ids[supplier.code] for supplier in self.suppliers],
            document_ids=documents,
        )
        inquiry = await draft_inquiry(session, self.author, form, now=self.told.now)
        self.inquiry_id = inquiry.id

    async def _line(self, line: LineSeed) -> LineIn:
        item = wanted_item(line, self.suppliers) if line.spec is None else None
        variant_id = None
        if item is not None:
            supplier, variant = item
            owner_id = self.cast.organization_ids[supplier.code]
            variant_id = (await catalog.variant_ids_by_sku(self.told.session, owner_id, [variant.sku]))[variant.sku]
        return LineIn(
            variant_id=variant_id,
            spec=dict(line.spec) if line.spec is not None else None,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            target_price_minor=line.target_price_minor,
        )

    async def publish(self) -> None:
        """It goes to the suppliers."""
        await publish_inquiry(await self.told.let(self.author), self.author, self.id, now=self.told.now)

    def _quoting(self, number: int, quote: QuoteSeed) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            await self.quote(number, quote)

        return step

    async def quote(self, number: int, quote: QuoteSeed) -> None:
        """One of the invited suppliers quotes, in his own language."""
        supplier = self.suppliers[number]
        seller = self.cast.speakers[supplier.code]
        session = await self.told.let(seller)
        currency = _quoted_in(supplier, self.seed)
        rate = await reference.fx_rate(session, self.seed.currency, currency, self.told.now.date())
        assert rate is not None
        lines = sorted(await queries.lines(session, self.id), key=lambda line: line.position)
        prices = []
        for line, wanted in zip(lines, self.seed.lines, strict=True):
            asked = int(wanted.target_price_minor * quote.price_factor)
            total = reference.convert_minor(asked, self.seed.currency, currency, rate)
            prices.append(LinePriceIn(line_id=line.id, price_minor=_rounded(total / line.quantity)))
        notes, locale = quote_note(quote.note_key, supplier.locale, lead_time_days=quote.lead_time_days)
        form = NewQuoteIn(
            currency=currency,
            prices=prices,
            lead_time_days=quote.lead_time_days,
            valid_until=(self.closes_at + timedelta(days=VALID_DAYS)).date(),
            incoterm=self.seed.incoterm,
            incoterm_place=self.seed.incoterm_place,
            notes=notes,
            notes_locale=locale,
            submit=True,
        )
        written = await write_quote(session, seller, self.id, form, now=self.told.now)
        self.quote_ids[number] = written.id

    async def close(self) -> None:
        """The time for quotes is over."""
        await close_if_due(await self.told.let(self.author), self.id, now=self.told.now)

    async def open(self) -> None:
        """The purchaser opens the quotes."""
        await open_inquiry(await self.told.let(self.author), self.author, self.id, now=self.told.now)

    async def cancel(self) -> None:
        """The purchaser gives it up."""
        form = ReasonIn(reason=self.seed.cancel_reason or self.seed.title, locale=self.seed.locale)
        await cancel_inquiry(await self.told.let(self.author), self.author, self.id, form, now=self.told.now)


def _quoted_in(supplier: SupplierSeed, seed: InquirySeed) -> str:
    """His own currency at home and where the world accepts it, else what exporters quote in."""
    if supplier.currency == seed.currency or supplier.currency in OWN_CURRENCY:
        return supplier.currency
    return EXPORT_CURRENCY


def _rounded(minor: Decimal) -> int:
    """Three significant digits, as people quote."""
    step = Decimal(10) ** max(0, minor.adjusted() - 2)
    return max(1, int((minor / step).quantize(Decimal(1), ROUND_HALF_UP) * step))
