"""The door: who may enter, the sign-in page, and the read-only session that the screens look through."""

from urllib.parse import urlencode

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.helpers import safe_redirect_url
from starlette_admin.i18n import set_locale, set_timezone

from app.backoffice.desk import as_operator, house_of, told
from app.backoffice.seat import COOKIE as SEAT
from app.backoffice.speech import COOKIE, chosen, lazy, library_locale
from app.kit.actor import Actor, Permission, lacking
from app.kit.db.engine import Role
from app.kit.errors import Problem, Unauthenticated, Unavailable
from app.kit.locales import N_, set_current_locale
from app.kit.seats import Seat
from app.parties import facade as parties

log = structlog.get_logger(__name__)
_LONGEST = {"email": 254, "password": 200, "otp": 64}


class OperatorsOnly(BaseAuthProvider):
    """The library's authentication, by the house's own sign-in."""

    def __init__(self, house: FastAPI) -> None:
        super().__init__()
        self.house = house

    async def authenticate(self, request: Request) -> AdminUser | None:
        """Who the door let in."""
        user: AdminUser | None = getattr(request.state, "admin_user", None)
        return user

    def get_middleware(self) -> Middleware:
        """The door, in place of the library's own check."""
        return Middleware(Door, house=self.house)

    def get_routes(self, templates: Jinja2Templates) -> list[Route]:
        """The sign-in page and the sign-out button."""
        self.templates = templates
        return [
            Route(self.login_path, self.show_sign_in, methods=["GET"], name="login"),
            Route(self.login_path, self.sign_in, methods=["POST"], name="sign-in"),
            Route(self.logout_path, self.sign_out, methods=["POST"], name="logout"),
        ]

    async def show_sign_in(self, request: Request) -> Response:
        """The form."""
        return self._page(request, None)

    def _page(self, request: Request, refusal: Problem | None) -> Response:
        return self.templates.TemplateResponse(
            request=request,
            name="backoffice/sign_in.html",
            context={"title": lazy(N_("Sign in")), "refusal": told(refusal, request) if refusal else None},
            status_code=refusal.status if refusal else 200,
            headers=refusal.headers if refusal else None,
        )

    async def sign_in(self, request: Request) -> Response:
        """Open a session by the same use case as the API's, in one transaction; a counted failure is committed too."""
        house = self.house
        form = await request.form()
        email, password, otp = (str(form.get(name) or "")[:length] for name, length in _LONGEST.items())
        now = house.state.clock.now()
        agent = "".join(char for char in request.headers.get("user-agent", "") if char.isprintable())[:300]
        place = parties.Place(request.client.host if request.client else None, agent or None)
        attempt = parties.Attempt(_clean(email), _clean(password), _clean(otp) or None)
        async with house.state.database.transaction(Role.APP) as session:
            opened = await parties.sign_in_operator(session, house.state.settings, attempt, place, now=now)
        if isinstance(opened, Problem):
            return self._page(request, opened)
        home = str(request.url_for("backoffice:index"))
        target = safe_redirect_url(request.query_params.get("next") or home, request, home)
        response = RedirectResponse(target, status_code=303)
        SEAT.put(response, house.state.settings, SEAT.pack(house.state.settings, opened, since=now, now=now))
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session for good, not only for this browser."""
        await as_operator(request, lambda session, actor, now: parties.sign_out(session, actor, now=now))
        response = RedirectResponse(str(request.url_for("backoffice:login")), status_code=303)
        SEAT.take(response, self.house.state.settings)
        request.state.seat = None
        return response


def _clean(text: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates; nobody's address or password has them."""
    return "".join(char for char in text if char != "\x00" and not "\ud800" <= char <= "\udfff").strip("\r\n")


class Door:
    """Reads the cookie, finds the operator, opens his read-only session, renews the cookie."""

    def __init__(self, app: ASGIApp, house: FastAPI) -> None:
        self.app = app
        self.house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path.startswith("/static/"):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        request.state.is_anonymous = True
        request.state.seat = None
        settings, now = self.house.state.settings, self.house.state.clock.now()
        cookie = request.cookies.get(SEAT.cookie_name(settings))
        seat = SEAT.unpack(settings, cookie, now=now)
        try:
            found = await self._find(seat) if seat else None
        except (DBAPIError, PoolTimeout):
            log.warning("backoffice_database_unreachable")
            text = told(Unavailable(), request)
            await PlainTextResponse(text, status_code=503, headers={"Retry-After": "5"})(scope, receive, send)
            return
        _speak(request, found[0] if found else None)
        if path == "/login":
            await self.app(scope, receive, send)
            return
        if seat is None or found is None:
            await self._to_sign_in(request, path)(scope, receive, send)
            return
        actor, name = found
        if not actor.may(Permission.OPERATE):
            text = told(lacking(Permission.OPERATE), request)
            await PlainTextResponse(text, status_code=403)(scope, receive, send)
            return
        request.state.seat, request.state.actor = seat, actor
        request.state.is_anonymous, request.state.admin_user = False, AdminUser(username=name)

        async def renewing(message: Message) -> None:
            if message["type"] == "http.response.start" and request.state.seat is not None and SEAT.is_stale(seat, now):
                fresh = Response()
                SEAT.put(fresh, settings, SEAT.pack(settings, seat.session, since=seat.since, now=now))
                MutableHeaders(scope=message).append("set-cookie", fresh.headers["set-cookie"])
            await send(message)

        async with self.house.state.database.transaction(Role.BACKOFFICE, readonly=True) as session:
            request.state.session = session
            await self.app(scope, receive, renewing)

    async def _find(self, seat: Seat) -> tuple[Actor, str] | None:
        """The operator of a session that has not ended, as the database has him now."""
        async with self.house.state.database.transaction(Role.APP, readonly=True) as session:
            try:
                actor = await parties.actor_of_session(session, seat.session)
            except Unauthenticated:
                return None
            person = await parties.person(session, seat.session.person_id)
            return actor, person.name if person else ""

    @staticmethod
    def _to_sign_in(request: Request, path: str) -> Response:
        if path.startswith("/_api/"):
            return JSONResponse({"msg": told(Unauthenticated(), request)}, status_code=401)
        target = str(request.url_for("backoffice:login"))
        if request.method == "GET":
            target += "?" + urlencode({"next": str(request.url)})
        return RedirectResponse(target, status_code=303)


def _speak(request: Request, actor: Actor | None) -> None:
    """The reader's language and time zone, for our texts and the library's."""
    preference = actor.locale if actor else request.state.locale
    locale = chosen(request.cookies.get(COOKIE), preference)
    request.state.locale = locale
    set_current_locale(locale)
    set_locale(library_locale(locale))
    set_timezone(actor.time_zone if actor else "UTC")


__all__ = ["Door", "OperatorsOnly", "house_of"]
