"""Languages: which ones the house speaks, how a reader's is found, and how a message is rendered in it.

English text in code is a *message id*; what a person sees comes from `locales/<locale>/LC_MESSAGES/partingline.po`.
The markers below return their argument unchanged: they only let the extractor find the text.
"""

import gettext
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES: tuple[str, ...] = ("en", "zh-Hans", "zh-Hant", "de", "es", "fr", "ja", "pt-BR", "ar")
SOURCE_LOCALE = "en"
DOMAIN = "partingline"
CATALOGUES = Path(__file__).resolve().parents[2] / "locales"

# RFC 4647 lookup truncates tags from the right; these say which script a region or a bare language means.
_ALIASES = {
    "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-my": "zh-Hans", "zh-hans": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh-hant": "zh-Hant",
    "pt": "pt-BR", "pt-pt": "pt-BR", "pt-br": "pt-BR",
}  # fmt: skip

_FALLBACKS: dict[str, tuple[str, ...]] = {
    "zh-Hant": ("zh-Hans", "en"),
    "zh-Hans": ("zh-Hant", "en"),
    "pt-BR": ("es", "en"),
}

_current: ContextVar[str] = ContextVar("locale", default=SOURCE_LOCALE)


def N_(message: str) -> str:
    """Mark a message for translation."""
    return message


def NP_(context: str, message: str) -> tuple[str, str]:
    """Mark a message whose meaning depends on a context, such as an enum's label: `NP_("order state", "Accepted")`."""
    return (context, message)


def NN_(singular: str, plural: str) -> tuple[str, str]:
    """Mark a message that counts. Render it with `translate_plural`."""
    return (singular, plural)


def cldr(locale: str) -> Locale:
    """Babel's locale of a BCP 47 tag of ours."""
    return Locale.parse(locale.replace("-", "_"))


def fallback_chain(locale: str) -> tuple[str, ...]:
    """Which locales to try for a text, in order: `zh-Hant` → `zh-Hans` → `en`."""
    rest = _FALLBACKS.get(locale, (SOURCE_LOCALE,))
    return (locale, *(tag for tag in rest if tag != locale))


def match(tag: str) -> str | None:
    """Our locale for a BCP 47 tag, by RFC 4647 lookup, or None."""
    subtags = tag.strip().lower().replace("_", "-").split("-")
    while subtags:
        candidate = "-".join(subtags)
        if candidate in _ALIASES:
            return _ALIASES[candidate]
        for locale in LOCALES:
            if locale.lower() == candidate:
                return locale
        subtags.pop()
    return None


def negotiate(accept_language: str | None) -> str | None:
    """The best locale for an `Accept-Language` header, or None when it names none of ours.

    Ranges with `q=0` are refused ones; at most the first 20 are read.
    """
    if not accept_language:
        return None
    ranges: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, parameter = part.partition(";")
        quality = 1.0
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                continue
        if quality > 0 and tag.strip() not in ("", "*"):
            ranges.append((-quality, position, tag))
    for _, _, tag in sorted(ranges):
        found = match(tag)
        if found:
            return found
    return None


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """The compiled message catalogue of a locale, built in memory from its .po file."""
    path = CATALOGUES / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        parsed = read_po(file, locale=str(cldr(locale)))
    compiled = BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def current_locale() -> str:
    """The reader's locale in this request or job."""
    return _current.get()


def set_current_locale(locale: str) -> None:
    """Set the reader's locale for the running task."""
    _current.set(locale)


def _fill(text: str, params: dict[str, Any]) -> str:
    return text.format_map(params) if params else text


def translate(message: str | tuple[str, str], locale: str | None = None, /, **params: Any) -> str:
    """Render a marked message in a locale (the current one when None), with `{name}` parameters filled in."""
    translations = catalogue(locale or current_locale())
    if isinstance(message, tuple):
        return _fill(translations.pgettext(*message), params)
    return _fill(translations.gettext(message), params)


def translate_plural(message: tuple[str, str], count: int, locale: str | None = None, /, **params: Any) -> str:
    """Render a counting message; `{count}` is filled in."""
    translations = catalogue(locale or current_locale())
    return _fill(translations.ngettext(message[0], message[1], count), {"count": count, **params})


def first_text(texts: dict[str, str], locale: str) -> tuple[str, str] | None:
    """The first text along the fallback chain as (locale, text), or any text at all, or None for an empty mapping."""
    for tag in fallback_chain(locale):
        if texts.get(tag):
            return tag, texts[tag]
    return next(((tag, text) for tag, text in texts.items() if text), None)


def known_locales(tags: Iterable[str]) -> Sequence[str]:
    """Those of `tags` that the house speaks, in the house's order."""
    wanted = set(tags)
    return [locale for locale in LOCALES if locale in wanted]
