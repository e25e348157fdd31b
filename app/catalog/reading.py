"""What everybody reads of the catalogue: each answer is one statement, whose bytes PostgreSQL builds."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.catalog.definitions import categories
from app.kit.db.reading import Reading
from app.kit.hot import Answer, tag_of
from app.kit.paging import MAX_LIMIT, cursor_of, read_cursor

# A tag names the digest of what is shown, the edition of names and formats, and what the reader asked for; with a currency
# the rates and the day too, which decide what is converted. For who holds it nothing is built again.
_TAG = """
    '"' || {digest} || '-' || e.digest || '-' || {locale}::text || '-' || {units}::text || coalesce(
        '-' || {currency}::text || '-' || r.number || '-' || to_char(app_now() AT TIME ZONE 'UTC', 'YYYYMMDD'), '') || '"'
"""

_DETAIL = f"""
SELECT t.tag, CASE WHEN t.tag = ANY($5::text[]) THEN NULL ELSE convert_to(d.shown, 'UTF8') END
FROM public_products p, display_editions e, rate_editions r,
    LATERAL (SELECT {_TAG.format(digest="left(p.digest, 24)", locale="$2", units="$3", currency="$4")} AS tag OFFSET 0) t,
    LATERAL document_text(p.product_id, p.supplier_id, p.category_path, p.card, p.document, $2, $3, $4) d
WHERE p.product_id = $1
"""  # noqa: S608 - made of constants

_PAGE = f"""
WITH page AS MATERIALIZED (
    SELECT p.product_id, p.supplier_id, p.card, p.digest FROM public_products p
    {{where}} ORDER BY p.product_id DESC LIMIT {{bucket}}
), told AS MATERIALIZED (
    SELECT (SELECT product_id FROM page OFFSET $4 - 1 LIMIT 1) AS last, (SELECT count(*) > $4 FROM page) AS more
)
SELECT t.tag, told.last, told.more,
    CASE WHEN t.tag = ANY($5::text[]) THEN NULL ELSE (
        SELECT convert_to(coalesce(string_agg(c.shown::text, ','), ''), 'UTF8')
        FROM (SELECT * FROM page LIMIT $4) p,
            LATERAL card_shown(p.product_id, p.supplier_id, p.card, $1, $2, $3) c) END
FROM told, display_editions e, rate_editions r,
    LATERAL (SELECT {
    _TAG.format(
        digest="(SELECT left(md5($4::text || coalesce(string_agg(page.digest, ','), '')), 24) FROM page)",
        locale="$1",
        units="$2",
        currency="$3",
    )
} AS tag OFFSET 0) t
"""  # noqa: S608
# The limit of a plan made once must be a number that the planner sees, and there shall not be a hundred plans.
_BUCKETS = (20, 50, MAX_LIMIT)


@dataclass(frozen=True, slots=True)
class Reader:
    """How to show things: language, unit system, preferred currency."""

    locale: str
    unit_system: str = "metric"
    currency: str | None = None

    @property
    def wishes(self) -> dict[str, Any]:
        """The same for a statement."""
        return {"locale": self.locale, "system": self.unit_system, "currency": self.currency}


@dataclass(frozen=True, slots=True)
class PageAsked:
    """A page of published listings: how many, after which one, below which category, of which supplier."""

    limit: int = 20
    after: UUID | None = None
    category: str | None = None
    supplier_id: str | UUID | None = None


def detail_statement() -> str:
    """The statement of a listing in full."""
    return _DETAIL


async def detail(reading: Reading, product_id: str | UUID, reader: Reader, held: tuple[str, ...] = ()) -> Answer | None:
    """A published listing in full, or None; without its body for who holds it."""
    row = await reading.row(_DETAIL, product_id, reader.locale, reader.unit_system, reader.currency, held)
    return None if row is None else Answer(body=row[1], etag=row[0])


async def page_of(
    reading: Reading, page: PageAsked, reader: Reader, held: tuple[str, ...] = ()
) -> tuple[Answer, str | None]:
    """Published listings, newest first, and the cursor of the next page; without its body for who holds it."""
    level = 0
    if page.category is not None:
        found = categories().get(page.category)
        if found is None:
            return Answer(_EMPTY, tag_of(_EMPTY)), None
        level = len(found.path)
    bucket = next(size for size in _BUCKETS if size >= page.limit)
    statement = page_statement(level, page.supplier_id is not None, page.after is not None, bucket)
    narrowing = [value for value in (page.category, page.supplier_id, page.after) if value is not None]
    row = await reading.row(statement, reader.locale, reader.unit_system, reader.currency, page.limit, held, *narrowing)
    assert row is not None
    tag, last, more, items = row
    cursor = cursor_of([UUID(str(last))]) if more else None
    if items is None:
        return Answer(None, tag), cursor
    following = f'"{cursor}"'.encode("ascii") if cursor else b"null"
    return Answer(b'{"items":[' + items + b'],"next_cursor":' + following + b"}", tag), cursor


_EMPTY = b'{"items":[],"next_cursor":null}'


@lru_cache(maxsize=256)
def page_statement(level: int, of_supplier: bool, after: bool, bucket: int) -> str:
    """The statement of a page with at most `bucket` entries, below a category of a level (0: of all listings)."""
    conditions, number = [], 5
    for wanted, condition in (
        (level > 0, f"p.category_path[{level}] = ${{}}::text"),
        (of_supplier, "p.supplier_id = ${}::uuid"),
        (after, "p.product_id < ${}::uuid"),
    ):
        if wanted:
            number += 1
            conditions.append(condition.format(number))
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return _PAGE.format(where=where, bucket=bucket + 1)


UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def page_after(cursor: str | None) -> UUID | None:
    """The listing that a page begins after. Raises `Invalid` for what is no cursor of ours."""
    if cursor is None:
        return None
    after: Any = read_cursor(cursor, (UUID,))[0]
    return UUID(str(after))
