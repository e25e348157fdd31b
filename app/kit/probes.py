"""Liveness, readiness and metrics, for the operator's machines."""

import hmac
from ipaddress import ip_address

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kit.db.engine import Database, Role
from app.kit.db.migrate import older_revisions
from app.kit.errors import NotFound, Unavailable
from app.kit.problems import problems
from app.settings import Settings

router = APIRouter(tags=["operations"])
log = structlog.get_logger(__name__)


@router.get("/healthz", response_class=PlainTextResponse)
async def healthz() -> str:
    """The process answers."""
    return "ok"


@router.get("/readyz", responses=problems(Unavailable))
async def readyz(request: Request) -> JSONResponse:
    """The process can serve: the database answers, and its schema is not older than this version's."""
    database: Database = request.app.state.database
    try:
        async with database.transaction(Role.APP, readonly=True) as session:
            schema = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except (SQLAlchemyError, OSError) as error:
        log.warning("not_ready", error=type(error).__name__)
        raise Unavailable() from error
    # One that is newer than anything known here is served: new versions migrate before the last old process ends.
    if schema is None or schema in older_revisions():
        log.warning("not_ready", schema=schema)
        raise Unavailable()
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=PlainTextResponse, include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Prometheus metrics: with the configured bearer token, or from loopback when none is configured."""
    settings: Settings = request.app.state.settings
    given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if settings.metrics_token is not None:
        allowed = hmac.compare_digest(given, settings.metrics_token.get_secret_value().encode())
    else:
        allowed = request.client is not None and _is_loopback(request.client.host)
    if not allowed:
        raise NotFound()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
