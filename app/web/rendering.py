"""Pages from templates: in the reader's language and direction, with the headers that a page needs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import name as letter_name
from urllib.parse import urlencode

import orjson
from babel.numbers import format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.kit.errors import Problem
from app.kit.locales import LOCALES, cldr, current_locale, fallback_chain, translate, translate_plural
from app.kit.problems import render
from app.kit.seats import Seat
from app.reference import facade as reference
from app.settings import Settings
from app.web import basket as baskets
from app.web import cookies
from app.web.assets import assets
from app.web.basket import Basket
from app.web.envelope import envelope
from app.web.filters import SORTS
from app.web.visit import Visit, visit_of

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from elsewhere. JSON-LD is data: browsers do not run it, so it needs no exception."""

ANONYMOUS_SECONDS = 60
_KINDS = {"model/step": "STEP", "image/vnd.dxf": "DXF", "model/iges": "IGES", "model/stl": "STL"}


def language_name(tag: str) -> str:
    """A language as its own readers call it."""
    name = cldr(tag).get_display_name(cldr(tag)) or tag
    return name[0].upper() + name[1:]


@lru_cache(maxsize=1)
def _languages() -> tuple[tuple[str, str], ...]:
    return tuple((tag, language_name(tag)) for tag in LOCALES)


def _translated(message: str, **params: Any) -> str:
    return translate(message, **params)


def _counted(singular: str, plural: str, count: int, **params: Any) -> str:
    shown = reference.display_number(count, current_locale())
    return translate_plural((singular, plural), count, **params).replace(str(count), shown, 1)


def _day(value: str | date) -> str:
    day = value if isinstance(value, date) else datetime.fromisoformat(value).date()
    return reference.display_date(day, current_locale())


def _number(value: int) -> str:
    return reference.display_number(value, current_locale())


def _percent(rate_bp: int) -> str:
    """Basis points as the reader writes a percentage."""
    return format_percent(Decimal(rate_bp) / 10_000, format="#,##0.##\u00a0%", locale=cldr(current_locale()))


def _language_in(tag: str) -> str:
    """A language as the reader calls it."""
    return cldr(tag).get_display_name(cldr(current_locale())) or tag


def is_foreign(name: str) -> bool:
    """Whether a name needs its Latin form beside it."""
    return any(char.isalpha() and not letter_name(char, "").startswith("LATIN") for char in name)


def _plain(value: Decimal) -> str:
    """A number as a form takes it back."""
    return format(value.normalize(), "f")


def sized(medium: Mapping[str, Any], width_px: int) -> str:
    """The address of a picture in the narrowest size that is wide enough, else in the widest that there is."""
    sizes = sorted(medium.get("renditions") or (), key=lambda one: int(one["width_px"]))
    wide = [one["url"] for one in sizes if one["width_px"] >= width_px]
    return str(wide[0] if wide else sizes[-1]["url"] if sizes else medium["url"])


def described(medium: Mapping[str, Any], locale: str) -> str:
    """What a picture shows, as far as its supplier said so in a language that the reader reads."""
    alt = medium.get("alt") or {}
    return next((str(alt[tag]) for tag in fallback_chain(locale) if alt.get(tag)), "")


def read_text(text: Mapping[str, Any]) -> str:
    """A text as its reader reads it: translated where there is a translation."""
    return str((text.get("translation") or text)["text"])


def file_kind(media_type: str) -> str:
    """A file's format as an engineer calls it."""
    return _KINDS.get(media_type, media_type.rpartition("/")[2].upper())


def _data(value: Mapping[str, Any]) -> Markup:
    """JSON inside a script element: `<` would end it early."""
    text = orjson.dumps(value).decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(text)  # noqa: S704 - every character that HTML gives a meaning to was replaced


def with_query(path: str, params: Sequence[tuple[str, str]]) -> str:
    """An address with its parameters."""
    return f"{path}?{urlencode(params)}" if params else path


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: everything escaped, every unknown name an error."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals |= {
        "_": _translated,
        "ngettext": _counted,
        "languages": _languages(),
        "envelope": envelope,
        "language_in": _language_in,
    }
    found.filters |= {
        "day": _day,
        "number": _number,
        "percent": _percent,
        "json_ld": _data,
        "kind": file_kind,
        "plain": _plain,
    }
    found.filters |= {"sized": sized, "described": described, "read_text": read_text}
    found.tests["foreign"] = is_foreign
    found.tests["picture"] = lambda media_type: media_type.startswith("image/")
    return found


def page(visit: Visit, template: str, /, *, status: int = 200, path: str | None = None, **context: Any) -> Response:
    """A page. `path` is what search engines should call it by (without the language); None for what they should not list."""
    locale = visit.locale
    text = (
        environment()
        .get_template(f"web/{template}")
        .render(
            visit=visit,
            tag=visit.tag,
            locale=locale,
            direction=cldr(locale).text_direction,
            assets=assets(),
            canonical=path,
            public_url=visit.settings.public_url,
            development=visit.settings.environment == "development",
            here=_here(visit.request),
            alternates=[(tag, f"/{tag.lower()}{path}") for tag in LOCALES] if path is not None else [],
            elsewhere=_elsewhere(visit.request, visit.tag),
            sorts=[(code, translate(label, locale)) for code, label in SORTS.items()],
            moment=lambda value: shown_moment(visit, value),
            currencies=sorted(reference.currencies()),
            **context,
        )
    )
    response = HTMLResponse(text, status_code=status)
    public = visit.is_anonymous and status == 200 and visit.fresh_secret is None
    response.headers["Cache-Control"] = f"public, max-age={ANONYMOUS_SECONDS}" if public else "private, no-cache"
    return response


def shown_moment(visit: Visit, value: str | datetime) -> str:
    """A moment in the reader's language and time zone."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return reference.display_datetime(found, visit.locale, visit.actor.time_zone if visit.actor else "UTC")


def _here(request: Request) -> str:
    """This page's own address, to come back to after a form."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _elsewhere(request: Request, tag: str) -> dict[str, str]:
    """This page's address in each language."""
    if request.method != "GET":
        return {other: f"/{other.lower()}/" for other in LOCALES}
    rest = _here(request).removeprefix(f"/{tag}")
    return {other: f"/{other.lower()}{rest}" for other in LOCALES}


def error_page(request: Request, problem: Problem) -> Response:
    """A refusal as a page in the reader's language. It needs no database: that may be what is missing."""
    settings: Settings = request.app.state.settings
    locale = getattr(request.state, "locale", "en")
    found = visit_of(request) or Visit(request, settings, locale, "metric", None, Basket())
    document = render(problem, locale=found.locale, request_id=getattr(request.state, "request_id", None))
    response = page(found, "error.html", status=problem.status, problem=document)
    response.headers.update({name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"})
    response.headers["Cache-Control"] = "no-store"
    return response


def dress(request: Request, response: Response) -> None:
    """What every answer of the storefront carries; renews the cookie of who is signed in, and sets that of forms."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    found = visit_of(request)
    if found is None:
        return
    response.headers.add_vary_header("Cookie")
    seat: Seat | None = found.seat
    settings, now = found.settings, request.app.state.clock.now()
    if seat is not None and cookies.SEAT.is_stale(seat, now) and not getattr(request.state, "seat_taken", False):
        cookies.SEAT.put(response, settings, cookies.SEAT.pack(settings, seat.session, since=seat.since, now=now))
    kept: Basket | None = getattr(request.state, "basket", None)
    if kept is not None:
        keep_basket(response, settings, kept)
    if found.fresh_secret is not None:
        cookies.put(response, settings, cookies.FORM, found.fresh_secret, lasting=False)


def keep_basket(response: Response, settings: Settings, basket: Basket) -> None:
    """Set the cookie of the basket; an empty one needs none."""
    if len(basket):
        cookies.put(response, settings, cookies.BASKET, baskets.pack(settings, basket))
    else:
        cookies.take(response, settings, cookies.BASKET)
