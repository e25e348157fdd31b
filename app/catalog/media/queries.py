"""The SQL on texts of media and on addresses that they are fetched from."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.media.models import MediaFetch, MediumText
from app.catalog.media.states import FetchState
from app.kit.ids import new_id

Alts = dict[UUID, dict[str, str]]


async def alts_of(session: AsyncSession, product_id: UUID) -> Alts:
    """What the media of a listing show, by document and language."""
    return (await alts_of_many(session, [product_id])).get(product_id, {})


async def alts_of_many(session: AsyncSession, product_ids: Sequence[UUID]) -> dict[UUID, Alts]:
    """The same of many listings, in one statement."""
    statement = (
        select(MediumText.product_id, MediumText.document_id, MediumText.locale, MediumText.alt)
        .where(MediumText.product_id.in_(product_ids))
        .order_by(MediumText.product_id, MediumText.document_id, MediumText.locale)
    )
    found: dict[UUID, Alts] = {}
    for product_id, document_id, locale, alt in await session.execute(statement):
        found.setdefault(product_id, {}).setdefault(document_id, {})[locale] = alt
    return found


async def put_alts(
    session: AsyncSession, supplier_id: UUID, product_id: UUID, document_id: UUID, alts: Mapping[str, str]
) -> None:
    """Give a medium new texts."""
    await session.execute(
        delete(MediumText).where(MediumText.product_id == product_id, MediumText.document_id == document_id)
    )
    if alts:
        key = {"product_id": product_id, "document_id": document_id, "supplier_id": supplier_id}
        rows = [{**key, "locale": locale, "alt": alt} for locale, alt in sorted(alts.items())]
        await session.execute(insert(MediumText), rows)


def fetches_of(product_id: UUID, supplier_id: UUID) -> Select[Any]:
    """The addresses that a supplier named for a listing."""
    return select(MediaFetch).where(MediaFetch.product_id == product_id, MediaFetch.supplier_id == supplier_id)


async def count_waiting(session: AsyncSession, product_id: UUID) -> int:
    """How many addresses still wait at a listing."""
    counted = select(func.count()).where(MediaFetch.product_id == product_id, MediaFetch.state == FetchState.WAITING)
    return int(await session.scalar(counted) or 0)


async def insert_fetches(
    session: AsyncSession, supplier_id: UUID, product_id: UUID, requested_by: str, urls: Sequence[str]
) -> list[UUID]:
    """Let addresses wait; the ids of those that did not wait there already."""
    rows = [
        {
            "id": new_id(),
            "product_id": product_id,
            "supplier_id": supplier_id,
            "url": url,
            "url_sha256": sha256(url.encode()).hexdigest(),
            "requested_by": requested_by,
        }
        for url in urls
    ]
    noted = (
        insert(MediaFetch)
        .values(rows)
        .on_conflict_do_nothing(
            index_elements=["product_id", "url_sha256"], index_where=MediaFetch.state == FetchState.WAITING.value
        )
    )
    return list((await session.scalars(noted.returning(MediaFetch.id))).all())


async def claim(session: AsyncSession, fetch_id: UUID) -> MediaFetch | None:
    """Count a try of an address that waits; None when it does not wait any more."""
    claimed: MediaFetch | None = await session.scalar(
        update(MediaFetch)
        .where(MediaFetch.id == fetch_id, MediaFetch.state == FetchState.WAITING)
        .values(attempts=MediaFetch.attempts + 1)
        .returning(MediaFetch)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return claimed


async def lock_waiting(session: AsyncSession, fetch_id: UUID) -> MediaFetch | None:
    """An address that waits, locked."""
    statement = select(MediaFetch).where(MediaFetch.id == fetch_id, MediaFetch.state == FetchState.WAITING)
    found: MediaFetch | None = await session.scalar(
        statement.with_for_update().execution_options(populate_existing=True)
    )
    return found


async def end(session: AsyncSession, fetch_id: UUID, **values: Any) -> None:
    """Record what came of an address that waited."""
    await session.execute(
        update(MediaFetch)
        .where(MediaFetch.id == fetch_id)
        .values(**values, ended_at=func.app_now())
        .execution_options(synchronize_session=False)
    )


async def find(session: AsyncSession, fetch_id: UUID) -> MediaFetch | None:
    """An address that somebody named."""
    return await session.get(MediaFetch, fetch_id)
