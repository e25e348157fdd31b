"""A supplier's listings as a file, streamed: one read transaction of its own, a page of products at a time."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.definitions import attributes, categories
from app.catalog.exchange import queries, sheets
from app.catalog.exchange.drafting import Stored
from app.catalog.exchange.states import FileFormat
from app.catalog.exchange.writers.bmecat_out import BmecatOut
from app.catalog.exchange.writers.csv_out import CsvOut
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.locales import LOCALES, N_, translate
from app.kit.xlsx import XlsxOut
from app.language import facade as language
from app.parties import facade as parties

PAGE = 100
LISTINGS = N_("Listings")


@dataclass(frozen=True, slots=True)
class Export:
    """What is wanted: whose listings, as what, in which language, below which category."""

    supplier_id: UUID
    format: FileFormat
    locale: str
    category: str | None
    now: datetime


async def listings_file(database: Database, wanted: Export) -> AsyncIterator[bytes]:
    """The file, piece by piece. Nothing is committed and no row is held for longer than its page."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(database.transaction(Role.APP, readonly=True))
        await act_for(session, wanted.supplier_id)
        if wanted.format == FileFormat.BMECAT:
            supplier = (await parties.organizations(session, [wanted.supplier_id]))[wanted.supplier_id]
            catalogue = BmecatOut(supplier, wanted.locale, wanted.now)
            async for page in _pages(session, wanted):
                yield catalogue.listings(page)
            yield catalogue.end()
            return
        keys = await _keys(session, wanted)
        out = CsvOut() if wanted.format == FileFormat.CSV else XlsxOut([translate(LISTINGS, wanted.locale)])
        yield out.rows([[sheets.header(key, wanted.locale) for key in keys]])
        async for page in _pages(session, wanted):
            piece = out.rows([row for stored in page for row in sheets.rows_of(stored, keys, wanted.locale)])
            if piece:
                yield piece
        yield out.end()


def below(category: str | None) -> list[str] | None:
    """A category and everything under it."""
    if category is None:
        return None
    return [code for code, one in categories().items() if category in one.path]


async def _keys(session: AsyncSession, wanted: Export) -> list[str]:
    chosen = below(wanted.category)
    used = [
        code
        for code in await queries.used_categories(session, wanted.supplier_id)
        if code in categories() and (chosen is None or code in chosen)
    ]
    locales = await language.locales_of(session, wanted.supplier_id, "product") or [wanted.locale]
    locales.sort(key=lambda tag: (tag != wanted.locale, LOCALES.index(tag)))
    free = {code for category in used for code in categories()[category].attributes}
    texts = {
        code: await queries.used_text_locales(session, wanted.supplier_id, code)
        for code in sorted(free)
        if attributes()[code].kind == "text"
    }
    return sheets.keys_of(used, locales, await queries.used_currencies(session, wanted.supplier_id), texts)


async def _pages(session: AsyncSession, wanted: Export) -> AsyncIterator[Sequence[Stored]]:
    chosen = below(wanted.category)
    code = ""
    while products := await queries.products_after(session, wanted.supplier_id, code, chosen, PAGE):
        code = products[-1].code
        variants, tiers = await queries.variants_with_tiers(session, [product.id for product in products])
        texts = await language.texts_of_many(session, [("product", product.id) for product in products])
        yield [
            Stored(product, variants.get(product.id, []), tiers, texts.get(("product", product.id), []))
            for product in products
        ]
        session.expunge_all()
