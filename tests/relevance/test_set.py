"""The relevance set is well formed: its halves are whole, and every product they grade is on the demo market."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.demo.market import ProductSeed, ProductState, load_products

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.jsonl"))
HALVES = {"tuning": "t", "heldout": "h"}
LOCALES = {"en", "zh-Hans", "zh-Hant", "de", "es", "fr", "ja", "pt-BR", "ar"}
KEYS = {"id", "locale", "query", "need", "kind", "cross_language", "grades"}
KINDS = {
    *("term", "compound", "steel", "finish", "plastic", "dimension", "brand"),
    *("sku", "supplier", "attribute", "service", "misspelling", "two-char", "natural"),
}
QUERIES_A_LOCALE = 15
ANSWERS_FROM = 2
"""A product of this grade or better answers the need."""

each_half = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def _listed() -> dict[str, ProductSeed]:
    return {product.code: product for product in load_products() if product.state == ProductState.PUBLISHED}


def _answers(line: dict[str, Any]) -> list[ProductSeed]:
    return [_listed()[code] for code, grade in line["grades"].items() if grade >= ANSWERS_FROM]


def test_there_are_a_tuning_and_a_heldout_half_and_no_id_twice() -> None:
    assert {path.stem for path in FILES} == set(HALVES)
    ids = Counter(line["id"] for path in FILES for line in _lines(path))
    assert [id_ for id_, times in ids.items() if times > 1] == []


def test_no_reader_types_the_same_in_both_halves() -> None:
    queries = Counter((line["locale"], line["query"].casefold()) for path in FILES for line in _lines(path))
    assert [query for query, times in queries.items() if times > 1] == []


@each_half
def test_each_line_has_its_form(path: Path) -> None:
    for line in _lines(path):
        assert set(line) == KEYS, line["id"]
        assert re.fullmatch(rf"{re.escape(line['locale'])}-{HALVES[path.stem]}\d\d", line["id"]), line["id"]
        assert line["kind"] in KINDS, line["id"]
        assert isinstance(line["cross_language"], bool), line["id"]
        assert line["query"].strip() == line["query"] != "", line["id"]
        assert line["need"].strip(), line["id"]


@each_half
def test_each_language_has_its_share_in_order(path: Path) -> None:
    lines = _lines(path)
    shares = Counter(line["locale"] for line in lines)
    assert set(shares) == LOCALES
    assert min(shares.values()) >= QUERIES_A_LOCALE, shares
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)


@each_half
def test_grades_are_one_to_three_of_published_products(path: Path) -> None:
    for line in _lines(path):
        assert {type(grade) for grade in line["grades"].values()} == {int}, line["id"]
        assert set(line["grades"].values()) <= {1, 2, 3}, line["id"]
        assert set(line["grades"]) <= set(_listed()), (line["id"], set(line["grades"]) - set(_listed()))
        assert _answers(line), line["id"]


@each_half
def test_a_third_of_the_queries_crosses_languages(path: Path) -> None:
    lines = _lines(path)
    assert sum(line["cross_language"] for line in lines) * 3 >= len(lines)


@each_half
def test_what_has_no_text_for_the_reader_is_marked_cross_language(path: Path) -> None:
    for line in _lines(path):
        readable = {"zh-Hans", "zh-Hant"} if line["locale"] == "zh-Hant" else {line["locale"]}
        answers = _answers(line)
        foreign = [product for product in answers if not readable & set(product.texts)]
        assert line["cross_language"] or len(foreign) * 2 <= len(answers), line["id"]
