"""Questions that found nothing, counted by day for the operator: what buyers look for and nobody lists."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import LONGEST_MISS, SearchMiss
from app.catalog.search.words import fold

MOST_A_DAY = 10_000
KEPT_DAYS = 90


async def record_miss(session: AsyncSession, text: str, locale: str, *, now: datetime) -> None:
    """Count a question that found nothing. A day keeps a bounded number of different ones."""
    today = now.date()
    question = " ".join(fold(text).split())[:LONGEST_MISS]
    kept = await session.scalar(select(func.count()).select_from(SearchMiss).where(SearchMiss.asked_on == today))
    if not question or (kept or 0) >= MOST_A_DAY:
        return
    added = insert(SearchMiss).values(asked_on=today, locale=locale, question=question, times=1, last_at=now)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["asked_on", "locale", "question"],
            set_={"times": SearchMiss.times + 1, "last_at": added.excluded.last_at},
        )
    )


async def forget_misses(session: AsyncSession, *, now: datetime) -> None:
    """Remove those that are too old to tell the operator anything."""
    await session.execute(delete(SearchMiss).where(SearchMiss.asked_on < (now - timedelta(days=KEPT_DAYS)).date()))
