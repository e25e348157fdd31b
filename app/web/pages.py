"""The route class and router of the pages: language from the address, refusals as pages, headers of a page."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.kit.errors import InternalProblem, NotFound, Problem, Unavailable
from app.kit.findings import from_validation
from app.kit.locales import LOCALES, set_current_locale
from app.kit.origin import sent_from_elsewhere
from app.kit.problems import UnreadableRequest, from_database
from app.kit.routing import HouseRoute
from app.web.errors import FormNotOurs, SignInNeeded
from app.web.rendering import dress, error_page

log = structlog.get_logger(__name__)

MONEY = ("payment-methods", "payment-milestones", "payouts", "open-items", "credit-lines", "financing")
"""Pages whose forms are sent to the page's own address."""


class LocaleConvertor(Convertor[str]):
    """The language at the beginning of a page's address, in lower case: `/zh-hans/`."""

    regex = "|".join(sorted((tag.lower() for tag in LOCALES), key=len, reverse=True))

    def convert(self, value: str) -> str:
        """Our tag."""
        return next(tag for tag in LOCALES if tag.lower() == value)

    def to_string(self, value: str) -> str:
        """As addresses spell it."""
        return value.lower()


class SpellingConvertor(Convertor[str]):
    """A language at the beginning of an address, spelt otherwise than addresses spell it: `/zh-Hans/`, `/pt_BR/`."""

    # Letters of the alphabet alone: a long s (ſ) is no s in another case.
    regex = f"(?!(?:{LocaleConvertor.regex})(?:/|$))(?ai:{LocaleConvertor.regex.replace('-', '[-_]')})"

    def convert(self, value: str) -> str:
        """As addresses spell it."""
        return value.lower().replace("_", "-")

    def to_string(self, value: str) -> str:
        """As addresses spell it."""
        return value


register_url_convertor("tag", LocaleConvertor())
register_url_convertor("spelling", SpellingConvertor())


class PageRoute(HouseRoute):
    """Route class of every page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            locale = request.path_params.get("tag")
            if locale is not None:
                request.state.locale, request.state.locale_given = locale, True
                set_current_locale(locale)
            try:
                if sent_from_elsewhere(request.scope):
                    raise FormNotOurs()
                response = await original(request)
            except SignInNeeded:
                response = to_sign_in(request)
            except Exception as error:
                # Nothing was done, so what is collected stays.
                request.state.basket = None
                response = error_page(request, _problem(error))
            dress(request, response)
            return response

        return handler


def _problem(error: Exception) -> Problem:
    """What an exception means to a reader; unknown ones are faults of ours, and logged."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            # What an address cannot mean is nowhere.
            return NotFound() if _concerns_address(error) else from_validation(error)
        case DBAPIError():
            log.warning("page_database_error", error=type(error.orig).__name__)
            return from_database(error)
        case PoolTimeout():
            return Unavailable()
        case HTTPException():
            return NotFound() if error.status_code == 404 else UnreadableRequest()
        case _:
            log.error("page_unhandled", exc_info=error)
            return InternalProblem()


def _concerns_address(error: RequestValidationError) -> bool:
    return all(item["loc"][:1] == ("path",) for item in error.errors())


def to_sign_in(request: Request) -> Response:
    """To the sign-in page, and from there back to this one; a form goes back to the page that it stood on."""
    tag = request.state.locale.lower()
    path = str(request.url.path)
    # Forms of a campaign, order, invoice or dispute stand on its page or below it, those about money at their own address; others
    # that nobody may send are in the basket.
    own = path.startswith(tuple(f"/{tag}/{kind}/" for kind in ("campaigns", "orders", "invoices", "disputes")))
    stood_on = "/".join(path.split("/")[:4]) if own else f"/{tag}/basket"
    if path.split("/")[2:3] in [[kind] for kind in MONEY]:
        stood_on = path
    target = path if request.method == "GET" else stood_on
    if request.method == "GET" and request.url.query:
        target += f"?{request.url.query}"
    return see_other(f"/{tag}/sign-in?" + urlencode({"next": target}))


def in_own_language(request: Request, *, caching: str) -> Response:
    """To the page of this bare address in the language that the browser asks for, else English."""
    target = f"/{request.state.locale.lower()}{request.url.path}"
    return RedirectResponse(target, status_code=302, headers={"Cache-Control": caching})


def see_other(path: str) -> Response:
    """After a form: read this page next."""
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})


def page_router(prefix: str = "/{tag:tag}") -> APIRouter:
    """A router of pages. They are no part of the API's description."""
    return APIRouter(prefix=prefix, route_class=PageRoute, include_in_schema=False)


def safe_target(target: str | None, fallback: str) -> str:
    """A path of this site to go on to; the fallback for anything else."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or len(target) > 1000:
        return fallback
    return target if all(" " < char <= "~" and char != "\\" for char in target) else fallback
