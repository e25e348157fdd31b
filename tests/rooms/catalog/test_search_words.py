"""Texts as the search sees them: folded, cut and stemmed alike on both sides; names that lead to codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.search.compounds import trade_compounds
from app.catalog.search.lexicon import Lexicon, units
from app.catalog.search.words import Kind, code_forms, cut, fold, is_stop_word, pairs, pieces, spellings, stem
from app.kit.locales import LOCALES
from app.language import facade as language


@pytest.mark.parametrize(
    ("one", "other", "locale"),
    [
        ("Heißkanaldüsen", "heisskanalduese", "de"),
        ("Auswerferstifte", "AUSWERFERSTIFT", "de"),
        ("Ejector pins", "ejector PIN", "en"),
        ("cámaras calientes", "camara caliente", "es"),
        ("buses d’injection à canaux chauds", "buse injection à canal chaud", "fr"),
        ("injeções", "injecao", "pt-BR"),
        ("熱流道 頂針", "热流道 顶针", "zh-Hant"),
        ("ﾎｯﾄﾗﾝﾅｰ", "ホットランナー", "ja"),
        ("القَوالِب", "قوالب", "ar"),
        ("Ｐ２０＋Ｎｉ", "p20+ni", "en"),
        ("٢٠٣٫٢", "203.2", "ar"),
    ],
)
def test_spellings_meet(one: str, other: str, locale: str) -> None:
    def said(text: str) -> list[str]:
        words = [unit.text for unit in units(text, locale)]
        return [word for word in words if not is_stop_word(word, locale) and len(word) > 1] or words

    assert said(one)[:1] == said(other)[:1]
    if locale not in ("fr",):
        assert said(one) == said(other)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("PC/ABS PA66-GF30", [("word", "pc"), ("word", "abs"), ("code", "pa66-gf30")]),
        ("1.2738, 718H", [("code", "1.2738"), ("code", "718h")]),
        ("P20+Ni", [("code", "p20+ni")]),
        ("SPI A-2", [("word", "spi"), ("code", "a-2")]),
        ("M8x30 Ø6", [("code", "m8x30"), ("word", "ø"), ("code", "6")]),
        ("2个型腔", [("code", "2"), ("pairs", "个型腔")]),
        ("LKM模架CI-3030", [("word", "lkm"), ("pairs", "模架"), ("code", "ci-3030")]),
        ("", []),
        ("—…·", []),
    ],
)
def test_texts_are_cut_as_the_trade_writes(text: str, cut: list[tuple[str, str]]) -> None:
    assert [(piece.kind.value, piece.text) for piece in pieces(fold(text))] == cut


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("1.2738", ("1.2738",)),
        ("203,2", ("203.2",)),
        ("30,000", ("30000",)),
        ("1,200.50", ("1200.50",)),
        ("p20+ni", ("p20ni", "p20", "ni")),
        ("pa66-gf30", ("pa66gf30", "pa66", "gf30")),
        ("718h", ("718h",)),
    ],
)
def test_codes_lose_their_separators_and_numbers_keep_their_point(code: str, forms: tuple[str, ...]) -> None:
    assert code_forms(code) == forms


def test_stop_words_are_folded_as_texts_are() -> None:
    assert is_stop_word("fur", "de") and not is_stop_word("form", "de")
    for locale in ("en", "de", "es", "fr", "pt-BR", "ar"):
        assert is_stop_word({"ar": "من", "en": "the", "de": "der", "pt-BR": "da"}.get(locale, "de"), locale)


def test_two_characters_find() -> None:
    assert pairs("注塑模架") == ("注塑", "塑模", "模架")
    assert pairs("模架") == ("模架",) and pairs("钢") == ("钢",)


@given(st.text(max_size=60), st.sampled_from(LOCALES))
def test_whatever_is_written_is_cut_and_folding_is_done_once(text: str, locale: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    for piece in pieces(folded):
        assert piece.text and piece.text in folded
        if piece.kind is Kind.WORD:
            assert all(stem(one, locale) for one in spellings(piece.text, locale))


def glossary(locale: str) -> Lexicon:
    names = [(cut(form), term.term_id) for term in language.trade_glossary().terms for form in term.forms(locale)]
    return Lexicon(locale, names)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_term_of_the_trade_is_found_by_each_of_its_names(locale: str) -> None:
    lexicon = glossary(locale)
    terms = language.trade_glossary().terms
    assert len(terms) >= 600
    for term in terms:
        for form in term.forms(locale):
            found = list(lexicon.names_in(form))
            assert [item for item in found if term.term_id in item.codes], (term.term_id, form)


@pytest.mark.parametrize(
    ("text", "locale", "terms"),
    [
        ("suche auswerferstifte für Zweiplattenwerkzeug", "de", {"ejector-pin", "two-plate-mould"}),
        ("ejector pins, two plate mold", "en", {"ejector-pin", "two-plate-mould"}),
        ("两板模用的顶针", "zh-Hans", {"ejector-pin", "two-plate-mould"}),
        ("兩板模的頂針", "zh-Hant", {"ejector-pin", "two-plate-mould"}),
    ],
)
def test_names_are_found_in_running_text(text: str, locale: str, terms: set[str]) -> None:
    codes = {code for found in glossary(locale).names_in(text) for code in found.codes}
    assert terms <= codes, codes


def test_a_piece_of_a_longer_word_is_no_name() -> None:
    japanese = Lexicon(
        "ja", [(cut(name), code) for name, code in (("バリ", "flash"), ("型", "mould"), ("金型", "mould"))]
    )
    assert [found.codes for found in japanese.names_in("バリ取り")] == [{"flash"}]
    assert not list(japanese.names_in("バリエーション"))
    assert not list(japanese.names_in("大型"))
    assert [found.end - found.start for found in japanese.names_in("大型金型")] == [2]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Auswerferstift", ["auswerferstift", "auswerfer", "stift"]),
        ("Auswerferstifte", ["auswerfer", "stifte"]),
        ("Führungssäule", ["führung", "säule"]),
        ("Heißkanaldüsenspitze", ["spitze"]),
        ("Formplatte", ["form", "platte"]),
    ],
)
def test_german_compounds_are_found_by_their_parts(word: str, parts: list[str]) -> None:
    found = (stem(fold(word), "de"), *trade_compounds().parts(fold(word)))
    for part in parts:
        assert stem(fold(part), "de") in found, found


@pytest.mark.parametrize("word", ["Stift", "Polycarbonat", "Dongguan", "Verzugsfreiheitsgarant", "xyzstift"])
def test_what_is_no_compound_of_the_trade_stays_whole(word: str) -> None:
    assert trade_compounds().parts(fold(word)) == ()
