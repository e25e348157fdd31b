"""starlette-admin with everything taken out that could change a row."""

import logging
from pathlib import Path

import psycopg
import structlog
from fastapi import FastAPI
from jinja2 import pass_context
from jinja2.runtime import Context
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette_admin.base import BaseAdmin
from starlette_admin.exceptions import ActionFailed
from starlette_admin.export import ExportConfig
from starlette_admin.views import BaseView, DropDown

from app.backoffice import exposure
from app.backoffice.door import OperatorsOnly
from app.backoffice.pages import ChainPage, Overview
from app.backoffice.queue import QueueTable
from app.backoffice.screens import SCREENS
from app.backoffice.seat import PATH
from app.backoffice.shield import ROUTE_NAME, Shield
from app.backoffice.speech import i18n_config, lazy, timezone_config
from app.backoffice.tables import TableView
from app.backoffice.templates_of_library import NonceLoader
from app.kit.crypto import derive_key
from app.kit.db.base import Base
from app.kit.locales import N_
from app.kit.problems import from_database
from app.settings import Settings

log = structlog.get_logger(__name__)
HERE = Path(__file__).parent
KEPT_ROUTES = frozenset({"list", "detail", "action", "row-action"})
"""Of the library's routes these stay; those that create, edit, import or serve files are never made."""

MOST_EXPORTED = 10_000


@pass_context
def address(context: Context, name: str, /, **words: object) -> URL:
    """Where a route of the house is.

    The menu of every page names the list of every table, and the router would look through all of the house's routes for
    each: that took a third of a page's time.
    """
    request: Request = context["request"]
    if name == f"{ROUTE_NAME}:list":
        return URL(f"{request.base_url}{PATH.removeprefix('/')}/{words['key']}/list")
    return request.url_for(name, **words)


class Backoffice(BaseAdmin):
    """The library's application, cut down."""

    def _collect_core_routes(self) -> list[Route]:
        return [route for route in super()._collect_core_routes() if route.name in KEPT_ROUTES]


def _groups() -> list[DropDown]:
    """One menu per room, with a screen for each of its tables that is shown."""
    mappers: list[Mapper[object]] = [*Base.registry.mappers, *QueueTable.registry.mappers]
    by_room: dict[str, list[type[BaseView] | BaseView]] = {}
    for mapper in sorted(mappers, key=lambda mapper: str(mapper.local_table.name)):  # type: ignore[attr-defined]
        table = str(mapper.local_table.name)  # type: ignore[attr-defined]
        if table not in exposure.HIDDEN_TABLES:
            room = mapper.class_.__module__.split(".")[1]
            by_room.setdefault(room, []).append(SCREENS.get(table, TableView)(mapper.class_))
    order = [*exposure.GROUPS, *sorted(set(by_room) - set(exposure.GROUPS))]
    return [
        DropDown(lazy(exposure.GROUPS[room]) if room in exposure.GROUPS else room, views=by_room[room])
        for room in order
        if room in by_room
    ]


async def _on_database(request: Request, error: Exception) -> Response:
    cause = getattr(error, "orig", None)
    log.warning("backoffice_database_error", error=type(cause).__name__)
    # A value that its column cannot have was asked for.
    status = 400 if isinstance(cause, psycopg.DataError) else 500
    if isinstance(error, DBAPIError) and status == 500:
        status = from_database(error).status
    return await _error(request, status)


async def _on_refusal(request: Request, error: Exception) -> Response:
    return await _error(request, 400, str(error))


async def _error(request: Request, status: int, detail: str | None = None) -> Response:
    admin: Backoffice = request.app.state.admin
    return await admin._render_error(request, HTTPException(status, detail))


def install(house: FastAPI, settings: Settings) -> Backoffice:
    """Mount the back office on the house. Call it after the tables of all rooms are known."""
    # Its lines name what was searched for.
    logging.getLogger("starlette_admin").setLevel(logging.WARNING)
    words = {
        "email": lazy(N_("E-mail address")),
        "password": lazy(N_("Password")),
        "otp": lazy(N_("Code of your authenticator app, if you have set one up")),
        "sign_in": lazy(N_("Sign in")),
    }
    admin = Backoffice(
        title=lazy(N_("Partingline back office")),
        base_url=PATH,
        route_name=ROUTE_NAME,
        templates_dir=str(HERE / "templates"),
        static_dir=str(HERE / "static"),
        additional_loaders=[NonceLoader()],
        index_view=Overview(),
        auth_provider=OperatorsOnly(house),
        secret_key=derive_key(settings, "backoffice forms").hex(),
        middlewares=[Middleware(Shield, house=house)],
        i18n_config=i18n_config(),
        timezone_config=timezone_config(),
        export_config=ExportConfig(max_rows=MOST_EXPORTED),
    )
    admin.templates.env.globals |= {"words": words, "url_for": address}  # type: ignore[dict-item]
    admin.add_view(ChainPage())
    for group in _groups():
        admin.add_view(group)
    admin.mount_to(house)
    admin.app.state.house = house
    admin.app.state.admin = admin
    admin.app.add_exception_handler(DBAPIError, _on_database)
    admin.app.add_exception_handler(ActionFailed, _on_refusal)
    return admin


__all__ = ["Backoffice", "install"]
