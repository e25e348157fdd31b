"""One search: a question and filters in, a page of cards out, whose bytes PostgreSQL builds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson

from app.catalog.reading import Reader
from app.catalog.search import sorting
from app.catalog.search.equivalents import equivalents
from app.catalog.search.finding import Statement, everything_sql, ranked_sql, sorted_sql
from app.catalog.search.narrowing import Narrowing
from app.catalog.search.questions import Question, suspects, understood
from app.catalog.search.rates import factors_to
from app.catalog.search.reach import (
    ENOUGH_SORTED,
    SMALLEST_SAMPLE,
    SMALLEST_SORTED,
    Memory,
    Reach,
    ladder,
    next_time,
    read_levels,
    spelled,
)
from app.catalog.search.size import about_listings
from app.catalog.search.words import fold
from app.catalog.states import Sort
from app.kit.db.reading import Reading
from app.kit.paging import cursor_of, read_cursor

_PAGE = """
WITH {ctes},
page AS MATERIALIZED (SELECT * FROM {source} ORDER BY {order} LIMIT {bucket}),
shown AS MATERIALIZED (SELECT * FROM page ORDER BY {order} LIMIT {limit})
SELECT
    (SELECT array_agg(convert_to(c.shown::text, 'UTF8') ORDER BY {order}) FROM shown s JOIN public_products p USING (product_id),
        LATERAL card_shown(p.product_id, p.supplier_id, p.card, {locale}, {units}, {currency}) c) AS items,
    (SELECT json_agg(json_build_array(s.product_id, s.key::text, {match}) ORDER BY {order}) FROM shown s) AS keys,
    (SELECT count(*) FROM page) AS on_page,
    c.total, c.is_exact, c.reached
FROM counted c
"""
_BUCKETS = (21, 51, 101)


@dataclass(frozen=True)
class Asked:
    """What is searched for: words (or none), filters, how to sort, which page."""

    text: str = ""
    narrowing: Narrowing = field(default_factory=Narrowing)
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    cursor: str | None = None


@dataclass(frozen=True)
class Found:
    """A page of a search. `items` are cards as bytes, `matches` beside each what it answers."""

    items: Sequence[bytes]
    matches: Sequence[Mapping[str, Any]]
    question: Question | None
    total: int
    total_is_exact: bool
    cursor: str | None

    def body(self) -> bytes:
        """The answer as JSON."""
        items = b",".join(
            item[:-1] + b',"match":' + orjson.dumps(match) + b"}"
            for item, match in zip(self.items, self.matches, strict=True)
        )
        rest = {
            "total": self.total,
            "total_is_exact": self.total_is_exact,
            "did_you_mean": did_you_mean(self.question),
            "understood": [
                {"text": group.text, "sense": group.sense.value}
                for group in (self.question.groups if self.question else ())
            ],
            "next_cursor": self.cursor,
        }
        return b'{"items":[' + items + b"]," + orjson.dumps(rest)[1:]


def did_you_mean(question: Question | None) -> str | None:
    """The question with its misspelled words put right; None when there are none."""
    if question is None or not question.corrections:
        return None
    said = fold(question.text)
    for correction in question.corrections:
        said = said.replace(correction.typed, correction.read_as)
    return said


async def question_of(reading: Reading, text: str, locale: str) -> Question | None:
    """A text understood; None when it says nothing. Words that listings have are not taken for misspelled."""
    doubtful = suspects(text, locale)
    known: frozenset[str] = frozenset()
    if doubtful:
        row = await reading.row(
            "SELECT array(SELECT w FROM unnest($1::text[]) w WHERE EXISTS (SELECT 1 FROM public_products "
            "WHERE search_words @@ (quote_literal('^' || w) || '|' || quote_literal(w))::tsquery))",
            list(doubtful),
        )
        known = frozenset(row[0] if row else ())
    question = understood(text, locale, known=known)
    return question if question.groups else None


async def search(reading: Reading, asked: Asked, reader: Reader) -> Found:
    """Search published listings. Raises `Invalid` for a cursor that is not of this list, `Unavailable` without a database."""
    question = await question_of(reading, asked.text, reader.locale) if asked.text else None
    factors = await factors_to(reading, reader.currency or DEFAULT_CURRENCY)
    if question is not None and asked.sort == Sort.RELEVANCE:
        return await _by_relevance(reading, asked, reader, question, factors)
    if question is not None or asked.narrowing.facets:
        return await _found_first(reading, asked, reader, question, factors)
    statement = Statement()
    after = read_cursor(asked.cursor, (Decimal, UUID)) if asked.cursor else None
    source = sorting.walked(statement, asked.sort, [], factors, _place(after), _bucket(asked))
    parts = f"counted AS MATERIALIZED ({everything_sql()})", f"({source}) r", sorting.order(asked.sort)
    return _found(await _page(reading, asked, reader, None, statement, parts), asked, None, ())


DEFAULT_CURRENCY = "EUR"
_memories: WeakKeyDictionary[Reading, Memory] = WeakKeyDictionary()


async def _by_relevance(
    reading: Reading, asked: Asked, reader: Reader, question: Question, factors: Mapping[str, Decimal]
) -> Found:
    """The best of the candidates. A next page is of the same samples as the one before it, whatever was learned since."""
    memory, asked_for = _memories.setdefault(reading, Memory()), (question.parts, str(asked.narrowing))
    after = read_cursor(asked.cursor, (Decimal, UUID, str)) if asked.cursor else None
    whole = ladder(await about_listings(reading), SMALLEST_SAMPLE)

    async def ranked(reach: Reach) -> Any:
        statement = Statement()
        where = asked.narrowing.conditions(statement, factors)
        bound = ""
        if after:
            bound = (
                f" WHERE (score, product_id) < ({statement.bind(after[0])}::numeric, {statement.bind(after[1])}::uuid)"
            )
        source = f"(SELECT product_id, score AS key, search_words FROM scored{bound}) r"
        parts = ranked_sql(statement, question, where, reach), source, "key DESC, product_id DESC"
        return await _page(reading, asked, reader, question, statement, parts)

    reach = Reach(whole, read_levels(after[2]) if after else memory.of(asked_for))
    row = await ranked(reach)
    if reach.heads_alone and row["is_exact"]:
        # They are no longer enough.
        reach = Reach(whole)
        row = await ranked(reach)
    reached = reach.reached(row["reached"])
    if after is None:
        memory.keep(asked_for, next_time(reached))
    return _found(row, asked, question, [spelled({name: level for name, (level, _) in reached.items()})])


async def _found_first(
    reading: Reading, asked: Asked, reader: Reader, question: Question | None, factors: Mapping[str, Decimal]
) -> Found:
    """What words or filters find, by price, lead time or age: of very many a sample is sorted, since on the way through an index
    by price the dear things would be met after all the others. Age goes with nothing, so by filters alone the newest are met
    soon, and exactly."""
    memory = _memories.setdefault(reading, Memory())
    asked_for = (question.parts if question else (), str(asked.narrowing), "sorted")
    after = read_cursor(asked.cursor, (Decimal, UUID, str)) if asked.cursor else None
    whole = ladder(await about_listings(reading), SMALLEST_SORTED)
    reach = Reach(whole, read_levels(after[2]) if after else memory.of(asked_for))
    statement = Statement()
    where = asked.narrowing.conditions(statement, factors)
    ctes = sorted_sql(statement, question, where, reach)
    source = sorting.picked(statement, asked.sort, factors, _place(after))
    if question is None and asked.sort not in (Sort.PRICE, Sort.LEAD_TIME):
        many = f"(SELECT number FROM counted) >= {ENOUGH_SORTED}"
        walked = sorting.walked(statement, asked.sort, [*where, many], factors, _place(after), _bucket(asked))
        source = f"SELECT * FROM ({source}) few WHERE NOT ({many}) UNION ALL {walked}"
    parts = ctes, f"({source}) r", sorting.order(asked.sort)
    row = await _page(reading, asked, reader, question, statement, parts)
    reached = reach.reached(row["reached"])
    if after is None:
        memory.keep(asked_for, next_time(reached, ENOUGH_SORTED))
    return _found(row, asked, question, [spelled({name: level for name, (level, _) in reached.items()})])


def _place(after: Sequence[Any] | None) -> sorting.Place | None:
    return (after[0], after[1]) if after else None


def _bucket(asked: Asked) -> int:
    """How many rows are looked at for a page: one more than it has, and of few sizes, so that there are few plans."""
    return next(size for size in _BUCKETS if size > asked.limit)


async def _page(
    reading: Reading,
    asked: Asked,
    reader: Reader,
    question: Question | None,
    statement: Statement,
    parts: tuple[str, str, str],
) -> Any:
    """The row of a page. `parts` are CTEs, the last of which is `counted`; what is paged through; in which order."""
    ctes, source, order = parts
    sql = _PAGE.format(
        ctes=ctes,
        source=source,
        order=order,
        bucket=_bucket(asked),
        limit=f"{statement.bind(asked.limit)}::integer",
        locale=f"{statement.bind(reader.locale)}::text",
        units=f"{statement.bind(reader.unit_system)}::text",
        currency=f"{statement.bind(reader.currency)}::text",
        match=_match_sql(statement, question),
    )
    # Whether words are misspelled has been asked before.
    row = await reading.row(sql, *statement.parameters, ahead=bool(suspects(asked.text, reader.locale)))
    assert row is not None
    return row


def _found(row: Any, asked: Asked, question: Question | None, place: Sequence[str]) -> Found:
    """The page of a row. `place` is what its cursor says beside the last entry's keys."""
    told = orjson.loads(row["keys"]) if row["keys"] else []
    cursor = None
    if row["on_page"] > asked.limit:
        cursor = cursor_of([Decimal(told[-1][1]), UUID(told[-1][0]), *place])
    matches = [_match(match, question) for _, _, match in told]
    return Found(row["items"] or [], matches, question, row["total"], row["is_exact"], cursor)


def _match_sql(statement: Statement, question: Question | None) -> str:
    """For each listing of the page: whether it answers all of the question, and which equivalents it has in place of what was
    asked for."""
    if question is None:
        return "NULL"
    near = [code for group in question.groups for code in relations(group.codes)]
    exact = [code for group in question.groups for code in group.codes if equivalents(code)]
    codes = f"{statement.bind(near)}::text[]"
    has = "s.search_words @@ (quote_literal('^' || w) || '|' || quote_literal(w))::tsquery"
    return (
        f"json_build_array(s.search_words @@ {statement.query(question.strict)}, "
        f"(SELECT array_agg(w) FROM unnest({codes}) w WHERE {has}), "
        f"EXISTS (SELECT 1 FROM unnest({statement.bind(exact)}::text[]) w WHERE {has}))"
    )


def _match(told: Sequence[Any] | None, question: Question | None) -> dict[str, Any]:
    if told is None or question is None:
        return {"complete": True, "equivalents": []}
    complete, near, has_exact = told
    found = []
    if near and not has_exact:
        for group in question.groups:
            known = relations(group.codes)
            found += [
                {"asked": group.text, "found": name_of(code), "relation": known[code]} for code in near if code in known
            ]
    return {"complete": complete, "equivalents": found}


@lru_cache(maxsize=1024)
def relations(codes: frozenset[str]) -> Mapping[str, str]:
    """What may stand in for any of some codes, and how it is tied to it; the codes themselves may not."""
    found: dict[str, str] = {}
    for code in sorted(codes):
        for other in equivalents(code):
            if other.code not in codes:
                found.setdefault(other.code, other.relation)
    return found


def name_of(code: str) -> str:
    """A steel, finish or value as it is written: what stands behind the last colon."""
    return code.rpartition(":")[2]
