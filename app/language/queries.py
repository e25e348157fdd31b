"""All the SQL on `texts`."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, String, Uuid, case, column, func, insert, or_, select, tuple_, update, values
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import LOCALES
from app.language.models import LocalText
from app.language.states import TextState

Entity = tuple[str, UUID]


def _of(entity: Entity) -> Any:
    return (LocalText.entity_kind == entity[0]) & (LocalText.entity_id == entity[1])


async def lock_field(session: AsyncSession, entity: Entity, field: str) -> list[LocalText]:
    """Every version of one field, locked in id order; only the owner may lock."""
    statement = (
        select(LocalText)
        .where(_of(entity), LocalText.field == field)
        .order_by(LocalText.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def texts_of_entity(session: AsyncSession, entity: Entity) -> list[LocalText]:
    """Every version of every field of one thing that the acting organization may read, sources first."""
    statement = (
        select(LocalText)
        .where(_of(entity))
        .order_by(LocalText.field, LocalText.is_source.desc(), LocalText.locale)
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def texts_of_entities(session: AsyncSession, entities: Sequence[Entity]) -> list[LocalText]:
    """Every version of every field of many things that the acting organization may read, in one statement."""
    wanted = values(column("kind", String), column("id", Uuid), name="wanted").data(sorted(set(entities)))
    statement = (
        select(LocalText)
        .join(wanted, (LocalText.entity_kind == wanted.c.kind) & (LocalText.entity_id == wanted.c.id))
        .order_by(LocalText.entity_id, LocalText.field, LocalText.is_source.desc(), LocalText.locale)
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def candidates(session: AsyncSession, entities: Sequence[Entity], locales: Sequence[str]) -> list[LocalText]:
    """Sources, and versions in these locales, of many things in one statement."""
    wanted = values(column("kind", String), column("id", Uuid), name="wanted").data(sorted(set(entities)))
    statement = (
        select(LocalText)
        .join(wanted, (LocalText.entity_kind == wanted.c.kind) & (LocalText.entity_id == wanted.c.id))
        .where(or_(LocalText.is_source, LocalText.locale.in_(locales)))
    )
    return list((await session.scalars(statement)).all())


async def locales_of(session: AsyncSession, owner_id: UUID, entity_kind: str) -> list[str]:
    """The languages that an owner's texts of a kind are written in."""
    statement = select(LocalText.locale).where(LocalText.owner_id == owner_id, LocalText.entity_kind == entity_kind)
    return list((await session.scalars(statement.distinct())).all())


async def lock_entities(session: AsyncSession, entities: Sequence[Entity]) -> list[LocalText]:
    """Every version of every field of many things, locked in id order; only the owner may lock."""
    if not entities:
        return []
    statement = (
        select(LocalText)
        .where(tuple_(LocalText.entity_kind, LocalText.entity_id).in_(list(entities)))
        .order_by(LocalText.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def change_texts(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give many versions other wordings or states, by id; each row names the same columns."""
    if rows:
        moment = await session.scalar(select(func.app_now()))
        await session.execute(update(LocalText), [{**row, "changed_at": moment} for row in rows])


async def set_all_published(session: AsyncSession, entities: Sequence[Entity], published: bool) -> None:
    """The same as `set_published` for many things in one statement."""
    await session.execute(
        update(LocalText)
        .where(
            tuple_(LocalText.entity_kind, LocalText.entity_id).in_(list(entities)),
            LocalText.owner_id == func.app_organization_id(),
            LocalText.published != published,
        )
        .values(published=published)
        .execution_options(synchronize_session=False)
    )


async def sources_of(session: AsyncSession, entity: Entity) -> list[LocalText]:
    """The source of every field of one thing."""
    return list((await session.scalars(select(LocalText).where(_of(entity), LocalText.is_source))).all())


async def widen(session: AsyncSession, entity: Entity, reader_ids: Sequence[UUID]) -> None:
    """Add readers to every text of the acting organization on one thing."""
    readers = array([*reader_ids], type_=Uuid)
    both = func.array_cat(LocalText.reader_ids, readers, type_=ARRAY(Uuid))
    every = func.unnest(both).table_valued(column("reader", Uuid), name="every").render_derived()
    together = select(func.array_agg(every.c.reader.distinct())).select_from(every)
    await session.execute(
        update(LocalText)
        .where(_of(entity), LocalText.owner_id == func.app_organization_id(), ~LocalText.reader_ids.contains(readers))
        .values(reader_ids=together.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


async def insert_texts(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many new texts."""
    await session.execute(insert(LocalText), list(rows))


async def set_published(session: AsyncSession, entity: Entity, published: bool) -> None:
    """Show the acting organization's texts on one thing to everybody, or no longer."""
    await session.execute(
        update(LocalText)
        .where(_of(entity), LocalText.owner_id == func.app_organization_id(), LocalText.published != published)
        .values(published=published)
        .execution_options(synchronize_session=False)
    )


async def coverage(session: AsyncSession, owner_id: UUID) -> list[tuple[str, dict[str, int]]]:
    """For each locale of the house: how many of the owner's circulating fields have a text of which state."""
    sources = (
        select(LocalText.entity_kind, LocalText.entity_id, LocalText.field)
        .where(
            LocalText.owner_id == owner_id,
            LocalText.is_source,
            or_(LocalText.published, func.cardinality(LocalText.reader_ids) > 0),
        )
        .cte("sources")
    )
    total = select(func.count()).select_from(sources).scalar_subquery()
    states = [
        func.coalesce(func.sum(case((LocalText.state == state, 1), else_=0)), 0, type_=Integer) for state in TextState
    ]
    tags = values(column("locale", String), name="tags").data([(locale,) for locale in LOCALES])
    joined = tags.outerjoin(
        LocalText.__table__.join(
            sources,
            tuple_(LocalText.entity_kind, LocalText.entity_id, LocalText.field)
            == tuple_(sources.c.entity_kind, sources.c.entity_id, sources.c.field),
        ),
        LocalText.locale == tags.c.locale,
    )
    statement = select(tags.c.locale, total, *states).select_from(joined).group_by(tags.c.locale)
    found: dict[str, dict[str, int]] = {}
    for locale, fields, *counts in (await session.execute(statement)).all():
        by_state = dict(zip([state.value for state in TextState], map(int, counts), strict=True))
        found[locale] = {"total": fields, **by_state, "missing": fields - sum(by_state.values())}
    return [(locale, found[locale]) for locale in LOCALES]
