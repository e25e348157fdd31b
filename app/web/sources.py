"""Where the pages get what they show: the one place that asks the rooms' facades, so that their insides may be exchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.kit.db.reading import Reading
from app.kit.errors import Invalid, NotFound
from app.kit.paging import PageRequest
from app.kit.problems import render
from app.parties import facade as parties
from app.web.basket import BasketItem
from app.web.filters import Filters
from app.web.narrowing import chips, shown_facets
from app.web.visit import Visit

Document = dict[str, Any]
COUNTS_KEPT_S = 60.0
CARDS = 16


@dataclass(frozen=True, slots=True)
class Branch:
    """A category with what stands below it, and how many listings there are at or below it."""

    code: str
    name: str
    count: int
    children: list["Branch"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of listings. `total` is None where it is not counted."""

    items: Sequence[Document]
    next_cursor: str | None
    total: int | None = None
    total_is_exact: bool = True
    facets: Sequence[Document] = ()
    did_you_mean: str | None = None
    chips: Sequence[Document] = ()
    errors: Sequence[Document] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An item of the basket as the catalogue shows it now; `variant` is None when it was taken out of the catalogue.

    `price` is the public one, `agreed` that of a price list which applies to the reader's firm.
    """

    item: BasketItem
    product: Document | None
    variant: Document | None
    price: Document | None
    agreed: Document | None = None


_counts: WeakKeyDictionary[Database, tuple[float, dict[str, int]]] = WeakKeyDictionary()


async def counts(visit: Visit, session: AsyncSession) -> Mapping[str, int]:
    """Published listings at or below each category; a minute old at most, since the home page is asked for most."""
    database: Database = visit.request.app.state.database
    kept = _counts.get(database)
    if kept is None or monotonic() - kept[0] > COUNTS_KEPT_S:
        kept = monotonic(), await catalog.category_counts(session)
        _counts[database] = kept
    return kept[1]


async def tree(visit: Visit, session: AsyncSession) -> list[Branch]:
    """The category tree with counts; categories without listings are left out."""
    counted = await counts(visit, session)
    branches: dict[str, Branch] = {}
    roots: list[Branch] = []
    for node in catalog.category_tree(visit.locale):
        if not counted.get(node.code):
            continue
        branches[node.code] = branch = Branch(node.code, node.name, counted[node.code])
        (branches[node.parent].children if node.parent else roots).append(branch)
    return roots


async def newest(visit: Visit, session: AsyncSession, limit: int) -> list[Document]:
    """The newest listings."""
    return (await catalog.public_page(session, PageRequest(limit, None), visit.reader))[0]


async def listings(visit: Visit, filters: Filters, *, limit: int = CARDS, expanded: str = "") -> Found:
    """A page of listings that fit what was asked: words, category, supplier, facets, order.

    A filter that cannot be is left out, and `errors` says so.
    """
    try:
        return await _listings(visit, filters, limit, expanded)
    except Invalid as refusal:
        wrong = {error.pointer.removeprefix("#/query/") for error in refusal.errors}
        usable = filters.without(wrong)
        if usable == filters:
            raise
        found = await _listings(visit, usable, limit, expanded)
        return replace(found, errors=render(refusal, locale=visit.locale)["errors"])


async def _listings(visit: Visit, filters: Filters, limit: int, expanded: str) -> Found:
    found = await catalog.search_page(
        _reading(visit),
        visit.reader,
        text=filters.text,
        filters=[pair for pair in filters.all if pair[0] not in ("q", "sort")],
        sort=filters.one("sort"),
        limit=limit,
        cursor=filters.cursor,
    )
    facets = shown_facets(found["facets"], filters, visit.locale, expanded=expanded)
    return Found(
        items=found["items"],
        next_cursor=found["next_cursor"],
        total=found["total"],
        total_is_exact=found["total_is_exact"],
        facets=facets,
        did_you_mean=found["did_you_mean"],
        chips=chips(facets, filters),
    )


async def note_miss(visit: Visit, session: AsyncSession, filters: Filters, *, now: datetime) -> None:
    """Remember words that found nothing."""
    await catalog.record_miss(session, filters.text, visit.locale, now=now)


async def suggestions(visit: Visit, text: str) -> list[Document]:
    """What a question that begins so may become: kind, text and the page that it leads to."""
    found = []
    for one in await catalog.suggestions(_reading(visit), visit.reader, text):
        kind, rest = one["kind"], (one["url"] or "").rpartition("/")[2]
        match kind:
            case "category":
                path = f"/categories/{rest.partition('category=')[2]}"
            case "product" | "supplier":
                path = f"/{kind}s/{rest}"
            case _:
                path = "/search?" + urlencode({"q": one["text"]})
        found.append({"kind": kind, "text": one["text"], "url": visit.url(path)})
    return found


def _reading(visit: Visit) -> Reading:
    reading: Reading = visit.request.app.state.database.reading
    return reading


async def of_supplier(visit: Visit, session: AsyncSession, supplier_id: UUID, limit: int) -> list[Document]:
    """A supplier's newest listings."""
    return (await catalog.public_page(session, PageRequest(limit, None), visit.reader, supplier_id=supplier_id))[0]


async def beside(visit: Visit, product_id: UUID, limit: int) -> tuple[list[Document], list[Document]]:
    """Equivalents of other suppliers, and wear parts."""
    reading = _reading(visit)
    return (
        await catalog.equivalents(reading, product_id, visit.reader, limit=limit),
        await catalog.spare_parts(reading, product_id, visit.reader, limit=limit),
    )


async def product(visit: Visit, session: AsyncSession, product_id: UUID) -> Document:
    """A listing in full. Raises `NotFound`."""
    found = await catalog.public_document(session, product_id, visit.reader)
    if found is None:
        raise NotFound()
    return found


async def agreed(visit: Visit, session: AsyncSession, product_ids: Sequence[UUID]) -> Mapping[str, Sequence[Document]]:
    """The steps that price lists give the reader's firm, by variant; none for who is not signed in."""
    if visit.actor is None or not product_ids:
        return {}
    return await catalog.agreed_prices(session, product_ids, visit.reader)


async def suppliers(
    session: AsyncSession, page: PageRequest, *, verified: bool | None
) -> tuple[list[Document], str | None]:
    """A page of the directory."""
    return await parties.supplier_directory(session, page, verified=verified)


async def supplier(visit: Visit, session: AsyncSession, supplier_id: UUID) -> Document:
    """A supplier's page. Raises `NotFound`."""
    found = await supplier_of(visit, session, supplier_id)
    if found is None:
        raise NotFound()
    return found


async def supplier_of(visit: Visit, session: AsyncSession, supplier_id: UUID) -> Document | None:
    """A supplier's page; None for a firm that does not stand in the directory."""
    clock: Clock = visit.request.app.state.clock
    return await parties.supplier_page(
        session, supplier_id, locale=visit.locale, inch=visit.units == "inch", today=clock.now().date()
    )


async def lines(visit: Visit, session: AsyncSession) -> list[Line]:
    """What is in the basket, in as many statements however much it is."""
    products = await catalog.public_documents(session, [item.product_id for item in visit.basket], visit.reader)
    own = await agreed(visit, session, sorted({item.product_id for item in visit.basket}))
    found = []
    for item in visit.basket:
        shown = products.get(item.product_id)
        variants = shown["variants"] if shown else ()
        variant = next((one for one in variants if one["id"] == str(item.variant_id)), None)
        if shown is None or variant is None:
            found.append(Line(item, None, None, None))
        else:
            steps = own.get(str(item.variant_id), ())
            found.append(Line(item, shown, variant, _price_for(variant["prices"], item), _price_for(steps, item)))
    return found


def _price_for(prices: Sequence[Document], item: BasketItem) -> Document | None:
    """The tier that the quantity reaches; of the first currency when prices are given in several."""
    if not prices:
        return None
    own = [tier for tier in prices if tier["currency"] == prices[0]["currency"]]
    reached = [tier for tier in own if Decimal(tier["min_quantity"]) <= item.quantity]
    return max(reached, key=lambda tier: Decimal(tier["min_quantity"]), default=None)
