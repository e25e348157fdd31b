"""Pictures of the demo market's listings: drawn and rendered beside the transaction, documents within it."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from app.catalog.media import queries as media
from app.demo.drawing.listings import DRAWN_CATEGORIES, draw, key
from app.demo.market.seeds import ProductSeed, ProductState
from app.demo.seed.history import History
from app.documents import facade as documents
from app.documents import kinds, queries
from app.documents.guards import Received
from app.documents.inspection import inspect
from app.documents.pictures import Picture, render
from app.documents.states import ScanState
from app.documents.usecases.keep_upload import SCAN_JOB, keep_upload
from app.documents.usecases.make_renditions import RENDER_JOB, Outcome, Stored, record_renditions
from app.gateways.files import FileStore, StoredFile
from app.kit.actor import Actor
from app.kit.dispatch import take_back
from app.settings import Settings

DRAWINGS_OF_A_CATEGORY = 1
DRAUGHTSMEN = 2

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A drawing in the file store, with its renditions."""

    stored: Received
    outcome: Outcome


class Pictures:
    """Drawings by what they show. The same part of several suppliers is drawn once, and each has a document of his own."""

    def __init__(self, settings: Settings) -> None:
        self._quota = settings.document_quota_bytes
        self._drawn: dict[Key, _Drawn] = {}
        self._made: list[UUID] = []

    async def store(self, files: FileStore, products: Iterable[ProductSeed]) -> None:
        """Draw, render and keep, on threads of their own."""
        wanted = _wanted(products)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(DRAUGHTSMEN) as pool:
            made = await asyncio.gather(*(loop.run_in_executor(pool, _draw, one) for one in wanted.values()))
        for named, (content, picture) in zip(wanted, made, strict=True):
            received = Received("drawing.png", kinds.KINDS["png"], await _kept(files, content), key="")
            renditions = []
            for one in picture.renditions:
                stored = await _kept(files, one.content)
                size = (one.fits_px, one.width_px, one.height_px)
                renditions.append(Stored(one.format, *size, stored.key, stored.size_bytes))
            outcome = Outcome(None, picture.width_px, picture.height_px, tuple(renditions))
            self._drawn[named] = _Drawn(received, outcome)

    async def show(self, told: History, supplier: Actor, products: Sequence[ProductSeed], ids: Sequence[UUID]) -> None:
        """Show the drawings with a supplier's listings, each with its title in words. The next settling publishes them."""
        session = await told.let(supplier)
        for product, product_id in zip(products, ids, strict=True):
            drawn = self._drawn.get(key(product)) if _is_drawn(product) else None
            if drawn is None:
                continue
            received = Received(f"{product.code}.png", drawn.stored.kind, drawn.stored.stored, key="")
            document = await keep_upload(session, supplier, received, default_quota=self._quota)
            await queries.record_scan(session, document.id, ScanState.CLEAN, None)
            await documents.attach(session, supplier, [document.id], entity=("product", product_id), shown=True)
            titles = {locale: text.title for locale, text in product.texts.items()}
            await media.put_alts(session, supplier.organization_id, product_id, document.id, titles)
            await record_renditions(session, supplier.organization_id, document.id, drawn.outcome)
            self._made.append(document.id)

    async def nothing_is_left_to_do(self, told: History) -> None:
        """Take back the jobs that would check and render what was checked and rendered already."""
        session = await told.as_worker()
        for job in (SCAN_JOB, RENDER_JOB):
            await take_back(session, job, "document_id", self._made)


def _is_drawn(product: ProductSeed) -> bool:
    return product.state == ProductState.PUBLISHED and product.category_code in DRAWN_CATEGORIES


def _wanted(products: Iterable[ProductSeed]) -> dict[Key, ProductSeed]:
    """The first parts of each category as the lists go, with one of the listings that offer each."""
    by_category: dict[str, dict[Key, ProductSeed]] = {}
    for product in products:
        if _is_drawn(product):
            by_category.setdefault(product.category_code, {}).setdefault(key(product), product)
    wanted: dict[Key, ProductSeed] = {}
    for found in by_category.values():
        step = max(1, len(found) // DRAWINGS_OF_A_CATEGORY)
        wanted |= dict(list(found.items())[::step][:DRAWINGS_OF_A_CATEGORY])
    return wanted


def _draw(product: ProductSeed) -> tuple[bytes, Picture]:
    content = draw(product)
    if content is None or inspect("png", content) is not None:
        raise ValueError(f"{product.code} was not drawn")
    return content, render("png", io.BytesIO(content), len(content))


async def _kept(files: FileStore, content: bytes) -> StoredFile:
    return await files.put(_stream(content), max_bytes=len(content))


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content
