"""The public directory of suppliers and their pages, as the pages of the house show them."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.paging import PageRequest, fetch_page
from app.parties import supplier_views as views
from app.parties.models import Organization
from app.parties.queries import suppliers as queries

Document = dict[str, Any]


async def supplier_directory(
    session: AsyncSession, page: PageRequest, *, verified: bool | None = None
) -> tuple[list[Document], str | None]:
    """A page of the directory by code, as `GET /v1/suppliers` lists it in the reader's language; and the next cursor."""
    statement = queries.listed_suppliers(verified=verified)
    rows, cursor = await fetch_page(session, statement, page, keys=[Organization.code])
    return [one.model_dump(mode="json") for one in await views.listed(session, rows)], cursor


async def supplier_page(
    session: AsyncSession, organization_id: UUID, *, locale: str, inch: bool, today: date
) -> Document | None:
    """A listed supplier's page, as `GET /v1/suppliers/{organization_id}` shows it; None for anybody else."""
    row = await session.scalar(queries.listed_suppliers().where(Organization.id == organization_id))
    if row is None:
        return None
    shown = await views.page(session, row, views.Reader(locale, "inch" if inch else "metric"), today=today)
    return shown.model_dump(mode="json")
