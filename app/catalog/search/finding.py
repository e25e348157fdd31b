"""The SQL of a search by words, over the public documents alone: which listings are looked at, and how well each answers.

How long a search takes must not grow with how many listings match. Candidates are found in steps, each only when those before
it found too few: what *is* the thing, then what has something of every part of the question, then what is of the kind that it
is about, then what answers the part that matters most; each first among samples of all listings (`sample_words`), which the
index alone narrows down. Only candidates are ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.catalog.search.groups import GAINS, Group
from app.catalog.search.questions import Question

CANDIDATES = 400
"""So many listings are ranked, the best by `search_rank` of those that were found."""
MOST_FOUND = 4000
"""So many a step finds at most."""
ENOUGH = 300
"""Steps that found so many together are enough."""
FEW = 60
"""With fewer than this, listings that answer only what matters most are shown too."""
SAMPLES = (8, 4, 0)
"""Levels of `sample_words` to look among, one after the other: a 256th of all listings, a 16th, all."""
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


def candidates_sql(statement: Statement, question: Question, where: Sequence[str]) -> str:
    """CTEs of the steps; the last is `found`, the ids of the candidates."""
    wanted = [(question.heads, ENOUGH, 0), (question.strict, ENOUGH, 0), (question.anchored, FEW, 1)]
    if question.kinds:
        wanted.insert(2, (question.kinds, ENOUGH, 1))
    steps: list[str] = []
    found: list[str] = []
    for words, enough, later in wanted:
        for sample in SAMPLES:
            name = f"step_{len(steps)}"
            sampled = f"({words}) & 'z:{sample}'" if sample else words
            conditions = [f"search_words @@ {statement.query(sampled)}", *where]
            if steps:
                before = " + ".join(f"(SELECT count(*) FROM step_{earlier})" for earlier in range(len(steps)))
                conditions.append(f"{before} < {enough}")
            steps.append(
                f"{name} AS MATERIALIZED (SELECT product_id, search_rank FROM public_products "
                f"WHERE {' AND '.join(conditions)} LIMIT {MOST_FOUND})"
            )
            found.append(f"SELECT *, {later} AS later FROM {name}")
    # What has something of every part is not crowded out by what has the one that matters most.
    best = (
        f"SELECT product_id FROM ({' UNION ALL '.join(found)}) u GROUP BY product_id, search_rank "
        f"ORDER BY min(later), search_rank DESC, product_id DESC LIMIT {CANDIDATES}"
    )
    return f"{', '.join(steps)}, found AS MATERIALIZED ({best})"


def ranked_sql(statement: Statement, question: Question, where: Sequence[str] = ()) -> str:
    """CTEs of the candidates and their scores; the last is `scored` (product_id, search_words, score)."""
    return (
        f"{candidates_sql(statement, question, where)}, "
        # `|| ''` unpacks the words once; each comparison would do it again.
        "words AS MATERIALIZED (SELECT product_id, search_words || ''::tsvector AS search_words, search_rank "
        "FROM public_products JOIN found USING (product_id)), "
        f"scored AS (SELECT product_id, search_words, {score_sql(statement, question)} AS score FROM words)"
    )
