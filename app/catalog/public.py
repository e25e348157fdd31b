"""The public catalogue as the pages of the house read it: documents in the reader's language, and what leads to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.definitions import categories, name_in
from app.catalog.reading import Reader
from app.kit.paging import PageRequest

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category by its name in one language. `path` runs from the root to the category itself."""

    code: str
    name: str
    parent: str | None
    path: tuple[str, ...]
    is_leaf: bool


def category_tree(locale: str) -> list[CategoryNode]:
    """The whole tree, parents before children."""
    return [
        CategoryNode(row.code, name_in(row.names, locale), row.parent, row.path, row.is_leaf)
        for row in categories().values()
    ]


async def category_counts(session: AsyncSession) -> dict[str, int]:
    """How many published listings stand at or below each category; those without any are absent."""
    return await queries.public_counts(session)


async def public_document(session: AsyncSession, product_id: UUID, reader: Reader) -> Document | None:
    """A published listing in full, as `GET /v1/catalog/products/{product_id}` shows it."""
    return (await public_documents(session, [product_id], reader)).get(product_id)


async def public_documents(session: AsyncSession, ids: Sequence[UUID], reader: Reader) -> dict[UUID, Document]:
    """Published listings in full, by id; what is not published is absent."""
    return await queries.displayed_documents(session, ids, **reader.wishes)


async def public_page(
    session: AsyncSession,
    page: PageRequest,
    reader: Reader,
    *,
    category: str | None = None,
    supplier_id: UUID | None = None,
) -> tuple[list[Document], str | None]:
    """Published listings, newest first, as `GET /v1/catalog/products` shows them; and the cursor of the next page."""
    ids, cursor = await queries.public_page(session, page, category=category, supplier_id=supplier_id)
    return await queries.displayed_cards(session, ids, **reader.wishes), cursor


async def public_ids(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of published listings in order, from behind `after`."""
    return await queries.public_ids(session, after, limit)


async def public_id_marks(session: AsyncSession, every: int) -> list[UUID]:
    """Every `every`-th id of the published listings in order: where chunks of a site map end."""
    return await queries.public_id_marks(session, every)
