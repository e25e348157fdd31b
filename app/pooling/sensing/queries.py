"""All the SQL on consents, suggestions and who stands behind them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.pooling.sensing.models import DemandConsent, DemandMember, DemandSuggestion
from app.pooling.sensing.rules import Kind
from app.pooling.sensing.states import SuggestionState

# Any number will do, as long as every copy of this program uses the same.
_LOCK = 7_241_180_026


async def consent(session: AsyncSession, organization_id: UUID) -> DemandConsent | None:
    """The decision that holds; None when nothing was ever decided."""
    statement = select(DemandConsent).where(DemandConsent.organization_id == organization_id)
    return await session.scalar(statement.order_by(DemandConsent.version.desc()).limit(1))


async def insert_consent(
    session: AsyncSession, organization_id: UUID, version: int, *, given: bool
) -> DemandConsent | None:
    """Decide; None when somebody else has just decided this version."""
    statement = insert(DemandConsent).values(id=new_id(), organization_id=organization_id, version=version, given=given)
    statement = statement.on_conflict_do_nothing(index_elements=["organization_id", "version"])
    row: DemandConsent | None = await session.scalar(statement.returning(DemandConsent))
    return row


_CONSENTING = text("""
SELECT organization_id FROM (
    SELECT DISTINCT ON (organization_id) organization_id, given FROM demand_consents ORDER BY organization_id, version DESC
) latest WHERE given ORDER BY organization_id
""")


async def consenting(session: AsyncSession) -> Sequence[UUID]:
    """Who lets his demand be counted now. The job alone may ask."""
    return (await session.scalars(_CONSENTING)).all()


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait for another sensing to end."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def suggestions(state: SuggestionState | None, categories: Collection[str] | None) -> Select[DemandSuggestion]:
    """Suggestions in a state and of some categories, when given."""
    statement = select(DemandSuggestion)
    if state is not None:
        statement = statement.where(DemandSuggestion.state == state)
    return statement.where(DemandSuggestion.category_code.in_(categories)) if categories is not None else statement


async def suggestion(session: AsyncSession, suggestion_id: UUID) -> DemandSuggestion | None:
    """One of them."""
    return await session.scalar(select(DemandSuggestion).where(DemandSuggestion.id == suggestion_id))


async def in_which(session: AsyncSession, organization_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """In which of some suggestions an organization's own demand is."""
    statement = select(DemandMember.suggestion_id).where(
        DemandMember.organization_id == organization_id, DemandMember.suggestion_id.in_(ids)
    )
    return set((await session.scalars(statement)).all())


async def editions(session: AsyncSession, since: datetime) -> dict[Kind, list[DemandSuggestion]]:
    """The editions of each group, the oldest first: what stands, and what was made since and has ended."""
    statement = select(DemandSuggestion).where(
        (DemandSuggestion.state == SuggestionState.CURRENT) | (DemandSuggestion.made_at > since)
    )
    found: dict[Kind, list[DemandSuggestion]] = {}
    for row in (await session.scalars(statement.order_by(DemandSuggestion.id))).all():
        found.setdefault(Kind(row.category_code, row.steel, row.unit, tuple(row.size_steps)), []).append(row)
    return found


async def members(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who stands behind some suggestions, as far as it is still kept. The job alone may ask."""
    statement = select(DemandMember.suggestion_id, DemandMember.organization_id)
    found: dict[UUID, set[UUID]] = {}
    for suggestion_id, organization_id in await session.execute(statement.where(DemandMember.suggestion_id.in_(ids))):
        found.setdefault(suggestion_id, set()).add(organization_id)
    return found


_CONSENTING_MEMBERS = text("""
SELECT m.organization_id FROM demand_members m
WHERE m.suggestion_id = :suggestion AND coalesce((
    SELECT c.given FROM demand_consents c WHERE c.organization_id = m.organization_id ORDER BY c.version DESC LIMIT 1), false)
ORDER BY 1
""")


async def consenting_members(session: AsyncSession, suggestion_id: UUID) -> Sequence[UUID]:
    """Who stands behind a suggestion and consents still. A job alone may ask."""
    return (await session.scalars(_CONSENTING_MEMBERS, {"suggestion": suggestion_id})).all()


async def insert_suggestion(session: AsyncSession, values: Mapping[str, Any], behind: Iterable[UUID]) -> UUID:
    """A new suggestion with those who stand behind it: the database refuses whoever did not consent."""
    suggestion_id = new_id()
    await session.execute(insert(DemandSuggestion).values(id=suggestion_id, **values))
    rows = [{"suggestion_id": suggestion_id, "organization_id": one} for one in sorted(behind)]
    await session.execute(insert(DemandMember), rows)
    return suggestion_id


async def end_suggestion(session: AsyncSession, suggestion_id: UUID, now: datetime) -> None:
    """It stands no longer."""
    await session.execute(
        update(DemandSuggestion)
        .where(DemandSuggestion.id == suggestion_id, DemandSuggestion.state == SuggestionState.CURRENT)
        .values(state=SuggestionState.PAST, ended_at=now)
        .execution_options(synchronize_session=False)
    )


async def let_go(session: AsyncSession, suggestion_id: UUID, who: Collection[UUID]) -> None:
    """Forget that some stood behind an ended suggestion; how many they were is kept."""
    gone = delete(DemandMember).where(
        DemandMember.suggestion_id == suggestion_id, DemandMember.organization_id.in_(who)
    )
    await session.execute(gone.execution_options(synchronize_session=False))
    await session.execute(
        update(DemandSuggestion)
        .where(DemandSuggestion.id == suggestion_id)
        .values(left_since=DemandSuggestion.left_since + len(who))
        .execution_options(synchronize_session=False)
    )


async def forget_members(session: AsyncSession, before: datetime) -> None:
    """Forget who stood behind what ended and was made before."""
    old = select(DemandSuggestion.id).where(
        DemandSuggestion.state == SuggestionState.PAST, DemandSuggestion.made_at <= before
    )
    gone = delete(DemandMember).where(DemandMember.suggestion_id.in_(old))
    await session.execute(gone.execution_options(synchronize_session=False))
