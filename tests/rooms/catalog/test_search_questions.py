"""What buyers type, understood: names in any language, measures, part numbers, slips of the keyboard."""

import pytest

from app.catalog.search.entries import Weighed, sample_words, search_words
from app.catalog.search.equivalents import equivalents
from app.catalog.search.groups import Sense, choices, joined, quoted, weightless
from app.catalog.search.kindred import kindred
from app.catalog.search.measures import asked_words, inches, measures_in, range_words, words_of
from app.catalog.search.owners import certificate_words, short_names
from app.catalog.search.piecewise import piece_words
from app.catalog.search.questions import MOST_GROUPS, suspects, understood
from app.catalog.search.searching import did_you_mean, relations
from app.catalog.search.words import Kind, Piece, fold
from app.kit.ids import new_id


def codes(text: str, locale: str) -> set[str]:
    return {code for group in understood(text, locale).groups for code in group.codes}


@pytest.mark.parametrize(
    ("text", "locale", "code"),
    [
        ("Auswerferstift", "de", "c:ejector-pins"),
        ("顶针", "zh-Hans", "c:ejector-pins"),
        ("頂針", "zh-Hant", "c:ejector-pins"),
        ("ｴｼﾞｪｸﾀﾋﾟﾝ", "ja", "c:ejector-pins"),
        ("مسمار طرد", "ar", "c:ejector-pins"),
        ("Zentrierflansch", "en", "c:locating-rings"),
        ("斜导柱", "en", "c:angle-pins"),
        ("core pull cylinder", "de", "c:hydraulic-cylinders"),
        ("富得巴模架", "zh-Hans", "v:mould_base_standard:futaba"),
        ("PC/ABS", "en", "v:moulding_material:pc-abs"),
        ("SPI A2", "en", "f:SPI A-2"),
        ("Viton", "pt-BR", "v:elastomer:fkm"),
        ("moldbase", "en", "t:mould-base"),
        ("hotrunner", "en", "t:hot-runner"),
        ("thermo couple", "en", "c:thermocouples"),
        ("Auswerfer Stift", "de", "c:ejector-pins"),
        ("NAK 80", "en", "s:NAK80"),
        ("portemoule", "fr", "t:mould-base"),
        ("pièces du Portugal", "fr", "v:country:PT"),
        ("Schnuller", "de", "w:teat"),
    ],
)
def test_a_name_is_found_in_whatever_language_it_stands(text: str, locale: str, code: str) -> None:
    assert code in codes(text, locale)


@pytest.mark.parametrize(
    ("text", "locale", "read_as"),
    [
        ("ejecter pins", "en", "ejector"),
        ("Schnellkuplung", "de", "schnellkupplung"),
        ("boquila", "es", "boquilla"),
        ("热流到喷嘴", "zh-Hans", "热流道喷嘴"),
    ],
)
def test_a_slip_is_read_as_the_nearest_word_of_the_trade(text: str, locale: str, read_as: str) -> None:
    question = understood(text, locale)
    assert [correction.read_as for correction in question.corrections] == [read_as]
    assert read_as in (did_you_mean(question) or "")


@pytest.mark.parametrize(("text", "locale"), [("外壳模具", "zh-Hans"), ("一出四模具", "zh-Hans"), ("medical", "en")])
def test_names_side_by_side_numbers_and_countries_are_no_slips(text: str, locale: str) -> None:
    assert understood(text, locale).corrections == ()


def test_what_listings_have_is_not_taken_apart() -> None:
    assert suspects("hotrunner", "en") == ("hotrunner",)
    assert [g.text for g in understood("hotrunner", "en", known=frozenset({"hotrunner"})).groups] == ["hotrunner"]


def test_what_listings_have_is_not_corrected() -> None:
    assert suspects("Outillage du Forez", "fr") == ("forez",)
    assert understood("Outillage du Forez", "fr", known=frozenset({"forez"})).corrections == ()


@pytest.mark.parametrize(
    ("word", "locale"),
    [("mould", "en"), ("moulds", "en"), ("polished", "en"), ("guides", "en"), ("mould", "de"), ("Auswerfer", "de"),
     ("Schiebers", "de"), ("moldes", "es"), ("金型", "ja"), ("قوالب", "ar")],
)  # fmt: skip
def test_words_of_the_trade_and_their_forms_need_no_correction(word: str, locale: str) -> None:
    assert suspects(word, locale) == ()


def test_a_word_that_says_nothing_is_no_name_in_another_language() -> None:
    assert [group.text for group in understood("mold for PC/ABS", "en").groups] == ["mold", "pc abs"]


def test_words_of_buying_are_left_out_beside_a_thing() -> None:
    assert [group.text for group in understood("压铸模 价格", "zh-Hans").groups] == ["压铸模"]
    assert [group.sense for group in understood("price", "en").groups] == [Sense.QUIET]


def test_718h_is_near_to_1_2738_and_never_the_same() -> None:
    tied = relations(frozenset({"s:718H"}))
    assert "s:718H" not in tied
    assert {tied["s:1.2738"], tied["s:P20+Ni"]} <= {"nominal", "near", "brand"}
    (group,) = understood("718H", "en").groups
    same, near = group.levels[1], group.levels[2]
    assert "^s:718H" in same and "1.2738" not in same
    assert "^s:1.2738" in near


def test_a_finish_is_tied_to_grades_whose_roughness_overlaps() -> None:
    tied = {equivalent.code: equivalent.relation for equivalent in equivalents("f:SPI C-1")}
    assert tied["f:VDI 12"] == "overlap"
    assert "f:SPI A-1" not in tied
    assert all(equivalent.code != "f:SPI C-1" for equivalent in equivalents("f:SPI C-1"))


def test_a_resin_finds_its_filled_grades_but_not_another_resin() -> None:
    assert [e.code for e in equivalents("v:moulding_material:pa66")] == ["v:moulding_material:pa66-gf30"]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("8 in", "mm", 203.2), ('1/2 x 8"', "mm", 203.2), ("Ø 6mm", "mm", 6), ("250 بار", "bar", 250), ("1,5 kN", "n", 1500),
        ("5 لتر", "ml", 5000), ("400 t", "n", 3_922_660), ("20 MPa", "bar", 200), ("180 grad", "cel", 180),
        ('1/2"', "mm", 12.7), ("1 1/4 in", "mm", 31.75), ("10/14 mm", "mm", 14), ("32-cavity", "cav", 32),
        ("16個取り", "cav", 16), ("12 zonas", "zone", 12), ("5-litre", "ml", 5000),
    ],
)  # fmt: skip
def test_measures_are_read_with_their_units(text: str, kind: str, value: float) -> None:
    found = measures_in(fold(text))
    assert (found[-1].kind, round(found[-1].value, 6)) == (kind, value)


def test_a_unit_behind_two_sizes_is_that_of_both() -> None:
    assert [round(m.value, 1) for m in measures_in("10 x 12 in")] == [254.0, 304.8]
    assert [m.value for m in measures_in("6 x 200 mm")] == [200.0]


def test_a_hyphen_in_a_part_number_is_followed_by_no_unit() -> None:
    assert measures_in("hc-12-v") == [] and measures_in("lhk-hv-18-mm") == []


def test_only_fractions_of_an_inch_are_sizes() -> None:
    assert inches("3/8") and inches("4/6") is None and inches("5/8 in") is None
    (group,) = understood("3/8", "en").groups
    assert "v:port_thread:g3-8" in group.levels[1] and "mm~" in group.levels[1]


def test_what_is_half_a_percent_off_is_found_and_a_tenth_is_near() -> None:
    asked = asked_words(measures_in("8 in")[0])
    assert set(words_of("mm", 203)) & set(asked.words)
    assert set(words_of("mm", 203.2)) & set(asked.words)
    assert not set(words_of("mm", 210)) & set(asked.words)
    assert set(words_of("mm", 200)) & set(asked.close)
    assert set(words_of("mm", 210)) & set(asked.near)
    assert not set(words_of("mm", 300)) & set(asked.near)


def test_a_range_has_every_size_within() -> None:
    for size in (100.0, 140.0, 199.0, 250.0):
        asked = asked_words(measures_in(f"{size} mm")[0])
        assert set(asked.within) & set(range_words("mm", 100, 250)), size


def test_a_term_without_listings_leads_to_a_category() -> None:
    (group,) = understood("surmoulage", "fr").groups
    assert group.sense == Sense.KIND and "^c:multi-component-moulds" in group.levels[2]
    assert kindred("v:heat_treatment:plasma-nitriding") == ("c:heat-treatment-services",)
    assert kindred("t:ejector-pin") == ()


def test_a_value_marks_out_the_best_of_a_category() -> None:
    (group,) = understood("resistência cartucho", "pt-BR").groups
    assert "v:heater_type:cartridge" in group.levels[0]
    assert "'^c:heaters' & '^t:heater'" not in group.levels[0]


def test_a_mould_weighs_less_beside_what_is_done_to_it_and_a_purpose_less_than_the_thing() -> None:
    coating, mould = understood("chrome plating mould", "en").groups
    assert coating.weight > mould.weight
    coating, pins = understood("hard coating for ejector pins", "en").groups
    assert coating.weight > pins.weight
    assert understood("hard coating for ejector pins", "en").kinds == (coating.head,)
    assert understood("ejector pins", "en").kinds == ()


def test_a_long_vowel_at_the_end_of_a_katakana_word_does_not_matter() -> None:
    assert fold("型内圧センサー") == fold("型内圧センサ")
    assert fold("バー") == "バー" and fold("エジェクターピン") == "エジェクターピン"


def test_words_inside_a_name_of_the_trade_are_no_suppliers_name() -> None:
    assert not any(
        "'^o:precision grinding'" in group.levels[0] for group in understood("precision grinding", "en").groups
    )


def test_a_character_name_with_a_name_inside_is_found_by_that_too() -> None:
    (group,) = understood("段付きエジェクタピン", "ja").groups
    assert "c:ejector-pins" in " ".join(group.levels)


def test_a_size_of_a_mould_base_comes_near_to_its_measures() -> None:
    (group,) = understood("2530", "en").groups
    assert "mm≈" in group.levels[4]
    assert "mm≈" not in "".join(understood("1955", "en").groups[0].levels[:4])


def test_quotes_and_backslashes_stay_words() -> None:
    assert quoted("o'ring\\", "A") == "'^o''ring\\\\'"
    assert weightless("'a':B | '^b' | 'it''s':BCD") == "'a' | '^b' | 'it''s'"


@pytest.mark.parametrize("text", ["", "   ", "x", "?!", "'", "\\", "der die das", "()&|!:*"])
def test_what_says_nothing_has_no_groups(text: str) -> None:
    assert understood(text, "de").groups == ()


def test_a_long_question_is_bounded() -> None:
    assert (
        len(understood("pin bush plate ring spring heater nozzle manifold clamp screw " * 9, "en").groups)
        <= MOST_GROUPS
    )


@pytest.mark.parametrize(
    ("text", "parts"), [("EP-6X100", ["ep-6x100"]), ("M8x30", ["m8x30"]), ("Ø6×200", ["6", "200"])]
)
def test_sizes_are_taken_apart_and_part_numbers_are_not(text: str, parts: list[str]) -> None:
    assert [group.text for group in understood(text, "en").groups] == parts


def test_a_part_number_is_found_whole_and_by_its_parts() -> None:
    whole, parts = piece_words(Piece(Kind.CODE, "hv-18-125"), "en")
    assert whole == ("hv18125",) and {"hv", "18", "125"} <= set(parts)


def test_a_firm_is_known_without_its_town_and_legal_form() -> None:
    assert {"东莞市恒锋模具有限公司", "东莞市恒锋模具", "恒锋模具"} == short_names("东莞市恒锋模具有限公司")


def test_the_better_weight_stays() -> None:
    weighed = Weighed()
    weighed.add(["pin"], "D")
    weighed.add(["pin"], "B")
    weighed.add(["pin"], "C")
    weighed.add(["bush"], "A")
    assert weighed.vector() == "'pin':1B '^bush'"


def test_a_heater_for_nozzles_is_no_nozzle() -> None:
    document = {
        "code": "x", "category": "heaters", "attributes": {}, "variants": [],
        "supplier": {"name": "Muster", "name_latin": "Muster", "country": "DE", "certifications": ["iso_9001"]},
        "texts": {"title": {"en": {"text": "Coil heater for hot-runner nozzles"},
                            "de": {"text": "Wendelrohrpatrone für Heißkanaldüsen"}}},
    }  # fmt: skip
    words = search_words(document, ["hot-runner", "heaters"])
    assert "'^c:heaters'" in words
    assert "'^t:hot-runner-nozzle'" not in words and "'t:hot-runner-nozzle':1C" in words
    assert "'v:country:DE':1B" in words and "'iso9001':1B" in words


def test_what_is_counted_is_found_by_what_it_counts() -> None:
    document = {
        "code": "x", "category": "two-plate-moulds", "attributes": {"cavities": "2", "slides": "4"}, "variants": [],
        "supplier": {"name": "Muster", "name_latin": "Muster", "country": "DE", "certifications": []}, "texts": {},
    }  # fmt: skip
    words = search_words(document, ["two-plate-moulds"])
    assert "'cav=2':1B" in words and "cav=4" not in words


def test_certificates_are_found_apart_and_in_one_word() -> None:
    assert list(certificate_words(["iatf_16949"])) == ["iatf", "16949", "iatf16949"]


def test_samples_halve_with_each_level() -> None:
    levels = [sample_words(new_id(), 0).count("z:") for _ in range(4000)]
    shares = [sum(level >= step for level in levels) / len(levels) for step in (1, 2, 3)]
    assert shares == pytest.approx([0.5, 0.25, 0.125], abs=0.05)


@pytest.mark.parametrize(
    ("query", "alternatives"),
    [
        ("'a'", ["'a'"]),
        ("'a' | ('b' | ('c' | 'a')) | 'd' & ('e' | 'f')", ["'a'", "'b'", "'c'", "'a'", "'d' & ('e' | 'f')"]),
        ("('a' | 'b') & ('c' | 'd')", ["('a' | 'b') & ('c' | 'd')"]),
        ("('a' & 'b')", ["('a' & 'b')"]),
        ("'it''s (a | b)' | 'c'", ["'it''s (a | b)'", "'c'"]),
    ],
)
def test_a_query_is_taken_apart_into_its_alternatives(query: str, alternatives: list[str]) -> None:
    assert choices(query) == alternatives


def test_a_word_is_asked_for_once() -> None:
    for group in understood("P20 steel 6 mm", "en").groups:
        asked = choices(group.any)
        assert len(asked) == len(set(asked)) > 0


def test_what_an_alternative_says_already_is_left_out() -> None:
    assert joined(("'a' | 'b':B", "('b' | 'a') & 'c'", "'c' & 'd'"), ()) == "'a' | 'b' | 'c' & 'd'"
