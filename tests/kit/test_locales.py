"""Finding the reader's language, and speaking it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.actor import PERMISSION_LABELS, Permission, lacking
from app.kit.locales import LOCALES, fallback_chain, first_text, match, negotiate, translate
from app.kit.problems import render


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("de;Q=0.1, fr;q=0.9", "fr"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("pt-PT,pt;q=0.9", "pt-BR"),
        ("nl,fr;q=0.8", "fr"),
        ("en;q=0.1, ja;q=0.9", "ja"),
        ("ar-EG", "ar"),
        ("xx, *;q=0.1", None),
        ("de;q=0", None),
        ("de;q=x, es", "es"),
        ("", None),
        (None, None),
    ],
)
def test_accept_language(header: str | None, locale: str | None) -> None:
    assert negotiate(header) == locale


@given(st.text(max_size=200))
def test_no_header_breaks_it(header: str) -> None:
    assert negotiate(header) in (None, *LOCALES)
    assert match(header) in (None, *LOCALES)


def test_traditional_chinese_falls_back_to_simplified_before_english() -> None:
    assert fallback_chain("zh-Hant") == ("zh-Hant", "zh-Hans", "en")
    assert first_text({"en": "mould base", "zh-Hans": "模架"}, "zh-Hant") == ("zh-Hans", "模架")
    assert first_text({"es": "portamoldes"}, "ja") == ("es", "portamoldes")
    assert first_text({}, "ja") is None


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refusal_names_a_permission_in_words_to_people_and_by_its_code_to_programs(locale: str) -> None:
    assert set(PERMISSION_LABELS) == set(Permission)
    for permission in Permission:
        document = render(lacking(permission), locale=locale)
        assert document["permission"] == permission.value
        assert translate(PERMISSION_LABELS[permission], locale) in document["detail"]
