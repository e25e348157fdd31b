"""Notices as their readers see them: in their language, their time zone, their way of writing money and dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.kit.locales import N_, cldr, translate
from app.messages.registry import NOTICES, Notice
from app.reference import facade as reference

_SPACES = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")

GREETING = N_("Hello {name},")
GREETING_OF_NOBODY = N_("Hello,")
OPEN = N_("Open in Partingline")
SENT_FOR = N_("You get this mail because you belong to {organization} on Partingline.")
CHOOSE = N_("Choose which mails you get:")
ALWAYS_SENT = N_("This mail concerns the security of your account, so it cannot be switched off.")
SENT_TO_INVITED = N_("{organization} gave your address. If you do not know them, ignore this mail.")
RETIRED = N_("This message is from an earlier version and can no longer be shown.")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in words."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What surrounds a notice in a mail."""

    greeting_name: str
    organization: str
    link: str
    preferences_link: str | None
    always_sent: bool


def shown(params: Mapping[str, Any], locale: str, time_zone: str) -> dict[str, str]:
    """The stored parameters as the reader sees them. `registry.stored_params` says what may be in them."""
    return {name: _shown(name, value, locale, time_zone) for name, value in params.items()}


def _shown(name: str, value: Any, locale: str, time_zone: str) -> str:
    if isinstance(value, Mapping):
        if "i18n" in value:
            texts = value["i18n"]
            return translate(texts[0] if len(texts) == 1 else (texts[0], texts[1]), locale)
        return reference.display_money(value["minor"], value["currency"], locale)
    if isinstance(value, int):
        return reference.display_number(value, locale)
    if name.endswith("_at"):
        return reference.display_datetime(datetime.fromisoformat(value), locale, time_zone)
    if name.endswith("_on"):
        return reference.display_date(date.fromisoformat(value), locale)
    return _isolated(_SPACES.sub(" ", value).strip(), locale)


def _isolated(text: str, locale: str) -> str:
    """Names and numbers in Latin letters keep their own direction inside right-to-left text (Unicode, UAX #9)."""
    return f"\u2068{text}\u2069" if is_rtl(locale) else text


def is_rtl(locale: str) -> bool:
    """Whether the language is written from right to left."""
    return bool(cldr(locale).text_direction == "rtl")


def render_notice(notice: Notice, params: Mapping[str, Any], locale: str, time_zone: str) -> Rendered:
    """Subject (one line) and body in the reader's language."""
    values: dict[str, Any] = shown(params, locale, time_zone)
    subject = translate(notice.subject, locale).format_map(values)
    return Rendered(subject=subject, body=translate(notice.body, locale).format_map(values))


def render_stored(code: str, params: Mapping[str, Any], locale: str, time_zone: str) -> Rendered:
    """The same for a notification of the past, whose notice may have been retired since."""
    notice = NOTICES.get(code)
    if notice is None or notice.placeholders - set(params):
        text = translate(RETIRED, locale)
        return Rendered(subject=text, body=text)
    return render_notice(notice, params, locale, time_zone)


def render_mail(rendered: Rendered, letter: Letter, locale: str) -> tuple[str, str]:
    """(plain text, HTML) of a mail; both are complete."""
    name = _isolated(_SPACES.sub(" ", letter.greeting_name).strip(), locale)
    organization = _isolated(letter.organization, locale)
    footer = SENT_FOR if letter.preferences_link else SENT_TO_INVITED
    values = {
        "locale": locale,
        "direction": "rtl" if is_rtl(locale) else "ltr",
        "subject": rendered.subject,
        "greeting": translate(GREETING, locale, name=name) if name else translate(GREETING_OF_NOBODY, locale),
        "paragraphs": [part.strip() for part in rendered.body.split("\n\n") if part.strip()],
        "open": translate(OPEN, locale),
        "link": letter.link,
        "footer": translate(ALWAYS_SENT, locale)
        if letter.always_sent
        else translate(footer, locale, organization=organization),
        "choose": translate(CHOOSE, locale),
        "preferences_link": None if letter.always_sent else letter.preferences_link,
    }
    return _template("mail.txt").render(values), _template("mail.html").render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)
