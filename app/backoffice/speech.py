"""Languages at the edge between the library's catalogues and ours."""

from typing import cast

from babel.support import LazyProxy
from starlette_admin.i18n import I18nConfig, TimezoneConfig

from app.kit.locales import translate

LIBRARY_LOCALES = {"en": "en", "zh-Hans": "zh", "zh-Hant": "zh_Hant", "de": "de", "fr": "fr", "pt-BR": "pt"}
"""Ours → the library's. Its own texts are English for readers of the others; ours are in all nine."""

_OURS = {theirs: ours for ours, theirs in LIBRARY_LOCALES.items()}
COOKIE = "backoffice-language"


def lazy(message: str) -> str:
    """A marked message, translated whenever it is shown."""
    return cast(str, LazyProxy(translate, message, enable_cache=False))


def chosen(cookie: str | None, preference: str) -> str:
    """The reader's locale: what he chose in the menu, else his preference."""
    return _OURS.get(cookie or "", preference)


def library_locale(locale: str) -> str:
    """The library's name of a locale of ours."""
    return LIBRARY_LOCALES.get(locale, "en")


def i18n_config() -> I18nConfig:
    """The library's language menu."""
    return I18nConfig(
        default_locale="en",
        language_cookie_name=COOKIE,
        language_header_name=None,
        language_switcher=list(LIBRARY_LOCALES.values()),
    )


def timezone_config() -> TimezoneConfig:
    """Moments are shown in the operator's own zone, which the door sets."""
    return TimezoneConfig(timezone_cookie_name=None, use_user_locale_timezone=False)
