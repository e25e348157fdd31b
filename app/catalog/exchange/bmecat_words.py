"""BMEcat's words for ours: languages by ISO 639-2, and what a listing has that BMEcat has no element for."""

LANG_OF_LOCALE = {
    "en": "eng",
    "zh-Hans": "zho",
    "de": "deu",
    "es": "spa",
    "fr": "fra",
    "ja": "jpn",
    "pt-BR": "por",
    "ar": "ara",
}
"""ISO 639-2 knows one Chinese; texts in traditional characters travel in extensions of their own."""

LOCALE_OF_LANG = {
    **{lang: locale for locale, lang in LANG_OF_LOCALE.items()},
    "ger": "de",
    "fre": "fr",
    "chi": "zh-Hans",
    **{locale.casefold(): locale for locale in (*LANG_OF_LOCALE, "zh-Hant")},
    "zh": "zh-Hans",
    "pt": "pt-BR",
}

_PREFIX = "UDX.PARTINGLINE."

UDX_OF_KEY = {
    "code": f"{_PREFIX}PRODUCT_CODE",
    "source_locale": f"{_PREFIX}SOURCE_LOCALE",
    "state": f"{_PREFIX}STATE",
    "category": f"{_PREFIX}CATEGORY",
    "label": f"{_PREFIX}LABEL",
    "made_to_order": f"{_PREFIX}MADE_TO_ORDER",
    "title:zh-Hant": f"{_PREFIX}TITLE_ZH_HANT",
    "description:zh-Hant": f"{_PREFIX}DESCRIPTION_ZH_HANT",
}

UDX = {name: key for key, name in UDX_OF_KEY.items()}
