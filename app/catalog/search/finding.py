"""The SQL of a search by words, over the public documents alone: which listings are looked at, and how well each answers.

How long a search takes must not grow with how many listings match. Candidates are found in steps, each only when those before
it found too few: what *is* the thing, then what has something of every part of the question, then what is of the kind that it
is about, then what answers the part that matters most; each first among samples of all listings (`sample_words`), small ones
before large ones, which the index alone narrows down. Only candidates are ranked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.catalog.search.groups import GAINS, Group
from app.catalog.search.questions import Question
from app.catalog.search.reach import ENOUGH, ENOUGH_SORTED, FEW, Reach

CANDIDATES = ENOUGH - 1
"""So many listings are ranked, the best by `search_rank` of those that were found. Matches are counted up to as many."""
MOST_FOUND = 1000
"""So many a step finds at most."""
MOST_SORTED = 20_000
"""And so many where what was found is sorted by something else than how well it answers."""
RANK_SHARE = 0.0002
"""What a point of `search_rank` (0 to 100) adds to a score from 0 to 1: it decides between equals."""
OWN_LANGUAGE = 0.02
"""What a title in the reader's language adds."""


@dataclass
class Statement:
    """Parameters of SQL with `$1`, `$2`, …: the text of a search depends on its shape alone, so that its plan is kept."""

    parameters: list[object] = field(default_factory=list)

    def bind(self, value: object) -> str:
        """A place for a value."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def query(self, words: str) -> str:
        """A place for a `tsquery`; none for the empty one, which nothing answers."""
        return f"{self.bind(words or None)}::text::tsquery"


def score_sql(statement: Statement, question: Question) -> str:
    """How well a row of `public_products` answers, 0 to 1 and a little: each group by the best level that is met."""
    whole = sum(group.weight for group in question.groups)
    parts = [_group_sql(statement, group, group.weight / whole) for group in question.groups]
    parts.append(
        f"CASE WHEN search_words @@ {statement.query(own_language(question.locale))} THEN {OWN_LANGUAGE} ELSE 0 END"
    )
    return f"round(({' + '.join(parts)} + search_rank * {RANK_SHARE})::numeric, 6)"


def own_language(locale: str) -> str:
    """A `tsquery` for listings with a title in a language."""
    return f"'l:{locale}'"


def _group_sql(statement: Statement, group: Group, share: float) -> str:
    weight = f"{statement.bind(share)}::float8"
    cases = (
        f"WHEN search_words @@ {statement.query(level)} THEN {gain}"
        for level, gain in zip(group.levels, GAINS, strict=True)
    )
    return f"{weight} * CASE {' '.join(cases)} ELSE 0 END"


def answering(statement: Statement, parts: Sequence[str]) -> list[str]:
    """Conditions for what answers every part. The index meets several one after the other, and stops at the first that is not
    met; of one that joins them it compares every word."""
    return [f"search_words @@ {statement.query(part)}" for part in parts]


def candidates_sql(statement: Statement, question: Question, where: Sequence[str], reach: Reach) -> str:
    """CTEs of the steps. The last ones are `found`, the candidates with their search words, still packed, and `counted`: how
    many listings have something of every part of the question, or where none has, are shown in their place (`total`), whether
    these are all (`is_exact`), and how many each step found (`reached`)."""
    steps = _Steps(statement, where, reach)
    heads = steps.add("heads", 0, question.heads, lambda own: f"{own} < {ENOUGH}")
    if reach.heads_alone:
        return steps.ctes_of(f"least({heads}, {CANDIDATES})", f"{heads} < {ENOUGH}")
    strict = steps.add("strict", 1, question.parts, lambda own: f"{heads} < {ENOUGH} AND {own} < {ENOUGH}")
    others = complete = f"greatest({heads}, {strict})"
    if question.kinds:
        kinds = steps.add("kinds", 2, question.kinds, lambda own: f"{complete} + {own} < {ENOUGH}")
        others = f"{complete} + {kinds}"
    anchored = steps.add("anchored", 2, [question.anchored], lambda own: f"{others} + {own} < {FEW}")
    return steps.ctes_of(
        f"CASE WHEN {complete} > 0 THEN least({complete}, {CANDIDATES}) ELSE (SELECT count(*) FROM found) END",
        f"CASE WHEN {complete} > 0 THEN {complete} < {ENOUGH} ELSE {others} + {anchored} < {FEW} END",
    )


def sorted_sql(statement: Statement, question: Question | None, where: Sequence[str], reach: Reach) -> str:
    """CTEs of what is sorted by price, lead time or age: all that answer the question, or a sample of them, or where none does,
    what answers the part that matters most. Without a question, all that meets the conditions, or a sample. The last ones are
    `found`, with what is sorted by, and `counted`, with the `number` of them."""
    steps = _Steps(statement, where, reach, "price_minor, price_currency, lead_time_days, search_words", MOST_SORTED)
    parts = question.parts if question else ()
    number = strict = steps.add("strict", 0, parts, lambda own: f"{own} < {ENOUGH_SORTED}")
    if question is not None:
        anchored = steps.add(
            "anchored", 0, [question.anchored], lambda own: f"{strict} = 0 AND {own} < {ENOUGH_SORTED}"
        )
        number = f"greatest({strict}, {anchored})"
    return steps.largest(f"least({number}, {CANDIDATES})", f"{number} <= {CANDIDATES}", number)


def everything_sql() -> str:
    """Like `counted`, of all listings."""
    some = f"SELECT 1 FROM public_products LIMIT {CANDIDATES + 1}"
    return f"SELECT least(count(*), {CANDIDATES}) AS total, count(*) <= {CANDIDATES} AS is_exact, NULL AS reached FROM ({some}) s"


class _Steps:
    """Searches for some words among larger and larger samples, each only while its condition holds."""

    def __init__(
        self,
        statement: Statement,
        where: Sequence[str],
        reach: Reach,
        columns: str = "search_rank, search_words",
        most: int = MOST_FOUND,
    ) -> None:
        self._statement, self._where, self._reach = statement, where, reach
        self._columns, self._most = columns, most
        self._ctes: list[str] = []
        self._found: list[str] = []
        self._counts: list[str] = []

    def add(self, name: str, place: int, parts: Sequence[str], goes_on: Callable[[str], str]) -> str:
        """Search for what answers all parts. Returns SQL for how many were found; `goes_on` makes a condition of it for each
        step."""
        asked, so_far = answering(self._statement, parts), "0"
        samples = self._reach.samples_for(name)
        for number, sample in enumerate(samples):
            step = f"{name}_{number}"
            # First, so that the index goes through the sample and looks up the rest. The last step is among all.
            within = f"'z:{sample}'" if sample else ""
            among = answering(self._statement, [within]) if number + 1 < len(samples) else []
            conditions = [*among, *asked, *self._where, goes_on(so_far)]
            # A sample has all of those before it.
            self._ctes += [
                f"{step} AS MATERIALIZED (SELECT product_id, {self._columns} FROM public_products "
                f"WHERE {' AND '.join(conditions)} LIMIT {self._most})",
                f"{step}_n AS MATERIALIZED (SELECT count(*) AS own, greatest(count(*), {so_far}) AS number FROM {step})",
            ]
            self._found.append(f"SELECT *, {place} AS place FROM {step}")
            self._counts.append(f"(SELECT own FROM {step}_n)")
            so_far = f"(SELECT number FROM {step}_n)"
        return so_far

    def ctes_of(self, total: str, is_exact: str) -> str:
        """The CTEs of all steps, of `found` and of `counted`."""
        # What is the thing is not crowded out by what has something of it, nor that by what has the part that matters most.
        once = (
            f"SELECT DISTINCT ON (product_id) * FROM ({' UNION ALL '.join(self._found)}) u ORDER BY product_id, place"
        )
        best = f"SELECT * FROM ({once}) o ORDER BY place, search_rank DESC, product_id DESC LIMIT {CANDIDATES}"
        return self._with(best, total, is_exact)

    def largest(self, total: str, is_exact: str, number: str) -> str:
        """The same with the `number` of them, where `found` is what the last step that was taken found: of steps that look for
        the same, it has what those before it found."""
        followed = [*(f"{count} = 0" for count in self._counts[1:]), "true"]
        largest = " UNION ALL ".join(
            f"{found} WHERE {nothing_after}" for found, nothing_after in zip(self._found, followed, strict=True)
        )
        return self._with(largest, f"{number} AS number, {total}", is_exact)

    def _with(self, found: str, total: str, is_exact: str) -> str:
        counted = f"SELECT {total} AS total, {is_exact} AS is_exact, ARRAY[{', '.join(self._counts)}] AS reached"
        return f"{', '.join(self._ctes)}, found AS MATERIALIZED ({found}), counted AS MATERIALIZED ({counted})"


def ranked_sql(statement: Statement, question: Question, where: Sequence[str], reach: Reach) -> str:
    """CTEs of the candidates and their scores; the last is `scored` (product_id, search_words, score)."""
    return (
        f"{candidates_sql(statement, question, where, reach)}, "
        # A weight for none of the words changes nothing and unpacks them once; each comparison would do it again.
        "words AS MATERIALIZED (SELECT product_id, setweight(search_words, 'D', '{}') AS search_words, search_rank FROM found), "
        f"scored AS (SELECT product_id, search_words, {score_sql(statement, question)} AS score FROM words)"
    )
