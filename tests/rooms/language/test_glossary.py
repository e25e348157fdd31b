"""The trade glossary: complete, unambiguous enough, and found in running text of every locale."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.translation import GlossaryTranslator
from app.gateways.translation.protect import keeps
from app.kit.locales import LOCALES
from app.language.glossary import DATA, PARTS, load_glossary, read_glossary

glossary = load_glossary()


def found(text: str, locale: str) -> list[tuple[str, str]]:
    return [(item.text, item.term.term_id) for item in glossary.segments(text, locale) if item.term]


def test_every_term_is_complete_and_reviewed() -> None:
    assert len(glossary.terms) >= 600
    for term in glossary.terms:
        assert term.part in PARTS
        assert term.group
        assert term.source
        assert term.edition
        assert term.reviewed
        for locale in LOCALES:
            forms = term.forms(locale)
            assert all(form == form.strip() and form for form in forms), (term.term_id, locale)
            assert len(set(forms)) == len(forms), (term.term_id, locale)
            assert not any(mark in form for form in forms for mark in ";|\n"), (term.term_id, locale)


def test_each_script_is_its_own() -> None:
    for term in glossary.terms:
        assert all("\u0600" <= char <= "\u06ff" or char in " -3DCAO()" for char in term.texts["ar"]), term.term_id
        assert term.texts["zh-Hans"].translate(SIMPLIFIED) == term.texts["zh-Hans"], term.term_id
        assert term.texts["zh-Hant"].translate(TRADITIONAL) == term.texts["zh-Hant"], term.term_id


# Characters that exist in one Chinese script only, from the words that moulds are made of: each maps to nothing.
SIMPLIFIED = str.maketrans("", "", "澆鋼鑄頂針銷電極圖紙證書價詢報單貨櫃運輸關稅縮變線氣壓溫熱機廠購買賣驗檢測")
TRADITIONAL = str.maketrans("", "", "浇钢铸顶针销电图纸证书价询报单货柜运输关税缩变线气压温热厂购买卖验检测")


def test_no_primary_name_of_a_noun_belongs_to_two_nouns() -> None:
    for locale in LOCALES:
        names = Counter(term.texts[locale].casefold() for term in glossary.terms if term.part == "noun")
        assert {name: count for name, count in names.items() if count > 1} == {}, locale


@pytest.mark.parametrize("locale", LOCALES)
def test_every_form_of_every_term_finds_it(locale: str) -> None:
    for term in glossary.terms:
        for form in term.forms(locale):
            assert term in glossary.find(locale, form), (locale, form)


@pytest.mark.parametrize(
    ("locale", "text", "term_id"),
    [
        ("en", "mold", "mould"),
        ("en", "Ejector Pins", "ejector-pin"),
        ("en", "hot-runner", "hot-runner"),
        ("en", "quotes", "quotation"),
        ("en", "injection molds", "injection-mould"),
        ("en", "RFQ", "inquiry"),
        ("de", "Formeinsätze", "mould-insert"),
        ("de", "Formeinsaetzen", "mould-insert"),
        ("de", "Einfallstellen", "sink-mark"),
        ("de", "Bindenähte", "weld-line"),
        ("de", "Werkzeuge", "mould"),
        ("de", "Heisskanal", "hot-runner"),
        ("es", "rechupes", "sink-mark"),
        ("es", "plazos de entrega", "lead-time"),
        ("es", "cotizaciones", "quotation"),
        ("fr", "canaux chauds", "hot-runner"),
        ("fr", "éjecteurs", "ejector-pin"),
        ("fr", "Moules d’injection", "injection-mould"),
        ("pt-BR", "pinos extratores", "ejector-pin"),
        ("pt-BR", "cotações", "quotation"),
        ("ar", "القالب", "mould"),
        ("ar", "لقالب حقن", "injection-mould"),
        ("ar", "قَالِب", "mould"),
        ("ja", "ヒケ", "sink-mark"),
        ("zh-Hans", "缩水", "sink-mark"),
        ("zh-Hant", "縮水", "sink-mark"),
        ("zh-Hans", "ＣＭＭ", ""),
    ],
)
def test_find_is_tolerant_within_reason(locale: str, text: str, term_id: str) -> None:
    assert [term.term_id for term in glossary.find(locale, text)][:1] == ([term_id] if term_id else [])


@pytest.mark.parametrize(
    ("locale", "text"),
    [("de", "wir schieben"), ("de", "formen"), ("en", "arc"), ("fr", "arc"), ("en", ""), ("ja", ""), ("en", "no term")],
)
def test_find_does_not_guess(locale: str, text: str) -> None:
    assert glossary.find(locale, text) == ()


@pytest.mark.parametrize(
    ("locale", "text", "terms"),
    [
        (
            "zh-Hans",
            "模架用1.2738，型腔镶件S136，热流道模具，交期35天",
            [("模架", "mould-base"), ("型腔镶件", "cavity-insert"), ("热流道模具", "hot-runner-mould"), ("交期", "lead-time")],
        ),
        ("zh-Hant", "請提供報價，熱澆道", [("報價", "quotation"), ("熱澆道", "hot-runner")]),
        ("ja", "ホットランナーマニホールド", [("ホットランナー", "hot-runner"), ("マニホールド", "manifold")]),
        ("ja", "バリエーションと大型のバリ", [("バリ", "flash")]),
        ("zh-Hans", "提高规模", []),
        ("en", "Two-cavity mould, hot runner manifold", [
            ("Two-cavity mould", "two-cavity-mould"), ("hot runner manifold", "manifold"),
        ]),
        ("en", "hot. Runner", [("Runner", "runner")]),
        ("de", "Der Formaufbau und die Formeinsätze", [("Formaufbau", "mould-base"), ("Formeinsätze", "mould-insert")]),
        ("fr", "l'empreinte et les retassures", [("empreinte", "cavity"), ("retassures", "sink-mark")]),
        ("ar", "قاعدة القالب من الفولاذ", [("قاعدة القالب", "mould-base"), ("الفولاذ", "steel")]),
    ],
)  # fmt: skip
def test_segments_takes_the_longest_term(locale: str, text: str, terms: list[tuple[str, str]]) -> None:
    assert found(text, locale) == terms


@given(
    st.sampled_from(LOCALES),
    st.lists(st.sampled_from([form for term in glossary.terms[::7] for form in term.forms("ja") + term.forms("de")])
             | st.text(max_size=12), max_size=8),
)  # fmt: skip
def test_segments_join_to_the_text(locale: str, parts: list[str]) -> None:
    text = " ".join(parts)
    segments = glossary.segments(text, locale)
    assert "".join(item.text for item in segments) == text
    assert [item.start for item in segments] == [0, *(item.end for item in segments)][: len(segments)]


INQUIRY = (
    "Zweifach-Werkzeug für PC/ABS-Gehäuse: Formaufbau in 1.2738, Formeinsätze aus S136, gehärtet auf 50–52 HRC. "
    "Toleranz ±0.02, Oberfläche VDI 27, FCA Ningbo."
)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("en", ["housing", "mould base", "mould insert", "hardened"]),
        ("zh-Hans", ["外壳", "模架", "镶件", "公差"]),
        ("ja", ["ハウジング", "モールドベース", "入れ子", "公差"]),
        ("es", ["carcasa", "ortamoldes", "inserto", "olerancia"]),
    ],
)
async def test_the_glossary_translates_terms_and_keeps_tokens(target: str, words: list[str]) -> None:
    [done] = await GlossaryTranslator(glossary).translate([INQUIRY], "de", target)
    assert done.engine == done.quality == "glossary"
    assert all(word in done.text for word in words), done.text
    assert keeps(INQUIRY, done.text)


@pytest.mark.asyncio
async def test_leaving_a_language_without_blanks_puts_them_in() -> None:
    [done] = await GlossaryTranslator(glossary).translate(["热流道分流板用S136，交期35天。"], "zh-Hans", "en")
    assert done.text.startswith("Hot runner manifold 用S136")
    [same] = await GlossaryTranslator(glossary).translate(["模架"], "zh-Hans", "zh-Hans")
    assert same.text == "模架"


def test_a_broken_file_is_told_by_its_row(tmp_path: Path) -> None:
    lines = DATA.read_text(encoding="utf-8").splitlines()
    twice = tmp_path / "twice.csv"
    twice.write_text("\n".join([*lines[:3], lines[2]]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"row 4: .* twice"):
        read_glossary(twice)
    gap = tmp_path / "gap.csv"
    gap.write_text("\n".join([lines[0], lines[1].replace("模具", "", 1)]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"row 2: incomplete .*zh-Hans"):
        read_glossary(gap)
