"""The one declarative base and the column types that every table uses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import DateTime, MetaData, String, Uuid, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.kit.ids import new_id

# Constraints are named by rule, so that migrations and error handling can speak of them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.app_now())]
Currency = Annotated[str, mapped_column(String(3))]
LocaleTag = Annotated[str, mapped_column(String(8))]


def one_of(values: Iterable[str]) -> str:
    """The values as a list in SQL, for a constraint that names all that there are: `'draft', 'published'`."""
    return ", ".join(f"'{value}'" for value in values)


class Base(DeclarativeBase):
    """Base of every table. One schema, one metadata."""

    metadata = MetaData(naming_convention=NAMING)
