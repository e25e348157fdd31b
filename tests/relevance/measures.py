"""How good a list of answers is: nDCG@10 and recall@20 against graded products. Pure."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEEN = frozenset({"ar-h01", "ar-h02", "ar-h03"})
"""Held-out queries that whoever wrote `shop_words.yaml` had read before: no evidence, and left out of the figures."""
ANSWERS_FROM = 2
"""A product of this grade or better answers the need; only these count for recall."""


@dataclass(frozen=True)
class Scored:
    """One query's figures."""

    id: str
    locale: str
    query: str
    kind: str
    cross_language: bool
    ndcg_10: float
    recall_20: float


def lines(half: str) -> list[dict[str, Any]]:
    """The queries of a half of the set."""
    return [json.loads(line) for line in (HERE / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def ndcg(found: Sequence[str], grades: Mapping[str, int], at: int = 10) -> float:
    """Normalized discounted cumulative gain; the gain of a grade is 2^grade - 1."""

    def total(ranked: Sequence[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(ranked[:at]))

    best = total(sorted(grades.values(), reverse=True))
    return total([grades.get(code, 0) for code in found]) / best if best else 0.0


def recall(found: Sequence[str], grades: Mapping[str, int], at: int = 20) -> float:
    """The share of answers among the first, of as many as could stand there."""
    answers = {code for code, grade in grades.items() if grade >= ANSWERS_FROM}
    return len(answers & set(found[:at])) / min(at, len(answers))


def scored(line: Mapping[str, Any], found: Sequence[str]) -> Scored:
    """The figures of one query's answers."""
    return Scored(
        id=line["id"], locale=line["locale"], query=line["query"], kind=line["kind"],
        cross_language=line["cross_language"],
        ndcg_10=ndcg(found, line["grades"]), recall_20=recall(found, line["grades"]),
    )  # fmt: skip


def means(results: Sequence[Scored]) -> dict[str, Any]:
    """Means over all, by locale, of those that cross languages, and the least of the locales."""

    def mean(of: Sequence[Scored]) -> dict[str, float]:
        return {
            "ndcg_10": round(sum(item.ndcg_10 for item in of) / len(of), 4),
            "recall_20": round(sum(item.recall_20 for item in of) / len(of), 4),
        }

    by_locale: dict[str, list[Scored]] = defaultdict(list)
    for item in results:
        by_locale[item.locale].append(item)
    return {
        "queries": len(results),
        **mean(results),
        "cross_language": mean([item for item in results if item.cross_language]),
        "by_locale": {locale: mean(items) for locale, items in by_locale.items()},
    }
