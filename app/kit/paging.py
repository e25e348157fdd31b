"""Keyset paging: bounded lists, stable under writes, with `Link: rel="next"`."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_

T = TypeVar("T")
MAX_LIMIT = 100


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Pass it as `cursor` for the next page; absent on the last one."
    )


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What page is asked for."""

    limit: int
    cursor: str | None


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Entries on a page.")] = 20,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    """Dependency that reads `limit` and `cursor`."""
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(page_request)]

_TAGS: dict[type, str] = {UUID: "u", datetime: "t", date: "y", Decimal: "d", int: "i", str: "s"}


def cursor_of(values: Sequence[Any]) -> str:
    """The cursor that begins after the entry with these keys."""
    tagged = [
        [_TAGS[type(value)], str(value) if not isinstance(value, datetime) else value.isoformat()] for value in values
    ]
    return base64.urlsafe_b64encode(orjson.dumps(tagged)).decode().rstrip("=")


_READ: dict[str, Callable[[str], Any]] = {
    "u": UUID,
    "t": datetime.fromisoformat,
    "y": date.fromisoformat,
    "d": Decimal,
    "i": int,
    "s": str,
}


def _decode(cursor: str, count: int) -> list[Any]:
    try:
        tagged = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if any("\x00" in text for _, text in tagged):
            raise ValueError("PostgreSQL has no text with NUL")
        values = [_READ[tag](text) for tag, text in tagged]
        if len(values) != count or any(isinstance(v, datetime) and v.tzinfo is None for v in values):
            raise ValueError("another list's cursor")
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error) as error:
        raise Invalid(
            errors=[
                FieldError(
                    "#/query/cursor",
                    "invalid-cursor",
                    N_("This page cursor is not valid. Begin again at the first page."),
                )
            ]
        ) from error
    return values


def read_cursor(cursor: str, types: Sequence[type]) -> list[Any]:
    """The keys in a cursor. Raises `Invalid` unless they are of these types."""
    values = _decode(cursor, len(types))
    return values if all(map(isinstance, values, types)) else _decode("", 1)


async def fetch_page(
    session: AsyncSession,
    statement: Select[Any],
    page: PageRequest,
    *,
    keys: Sequence[Any],
    descending: bool = False,
) -> tuple[list[Any], str | None]:
    """Run `statement` for one page, ordered by `keys` (columns of the selected entity; the last must be unique).

    Returns the entities (first column of each row) and the next cursor. Rows that are nothing but an id are their own
    key. Text keys need `COLLATE "C"` on the column.
    """
    columns: list[ColumnElement[Any]] = list(keys)
    if page.cursor is not None:
        values = _decode(page.cursor, len(columns))
        try:
            for column, value in zip(columns, values, strict=True):
                if not isinstance(value, column.type.python_type):
                    raise TypeError
        except (TypeError, NotImplementedError):
            _decode("", 1)
        bound = tuple_(*values)
        statement = statement.where(tuple_(*columns) < bound if descending else tuple_(*columns) > bound)
    ordering = [column.desc() if descending else column.asc() for column in columns]
    rows = (await session.scalars(statement.order_by(*ordering).limit(page.limit + 1))).all()
    items = list(rows[: page.limit])
    if len(rows) <= page.limit:
        return items, None
    last = items[-1]
    return items, cursor_of([last if isinstance(last, UUID) else getattr(last, str(column.key)) for column in columns])


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Set `Link: <…>; rel="next"` (RFC 8288) when there is a next page."""
    if cursor:
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
