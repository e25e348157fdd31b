"""The edge's rendering of refusals: problem documents in the reader's language, for every error there is."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog
from babel.dates import format_date, format_datetime
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.kit import errors as known
from app.kit.errors import Labelled, Problem
from app.kit.findings import from_validation
from app.kit.locales import N_, cldr, translate

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that is wrong."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the body, or `#/query/name`, `#/path/name`, `#/header/name`."
    )
    code: str = Field(description="Stable code of what is wrong.")
    detail: str = Field(description="What is wrong and what would be right, in the reader's language.")


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str
    request_id: str | None = None
    errors: list[FieldProblem] = []


# What any route may answer. The edge adds them to the description of every operation.
EVERYWHERE: tuple[type[Problem], ...] = (
    known.MalformedBody,
    known.BodyTooLarge,
    known.TooManyRequests,
    known.Unavailable,
)


READ: tuple[type[Problem], ...] = (known.Unauthenticated, known.Forbidden, known.NotFound)
"""What reading or changing one thing may answer: nobody, not permitted, not in scope."""
EDITED: tuple[type[Problem], ...] = (known.PreconditionFailed, known.PreconditionRequired)
"""What a change under `If-Match` may answer."""
ONCE: tuple[type[Problem], ...] = (
    known.IdempotencyKeyMissing,
    known.IdempotencyKeyInFlight,
    known.IdempotencyKeyReused,
)
"""What a POST under an `Idempotency-Key` may answer."""


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: each problem class it may answer with, grouped by status.

    The shape is referred to, and described once for all routes (`openapi.install`): with a `model` here FastAPI would make a
    validator of it for each of some four thousand answers, a fifth of the time that the routes take to build.
    """
    by_status: dict[int | str, list[type[Problem]]] = {}
    cls: type[Problem]
    for cls in (*classes, *EVERYWHERE, known.Invalid):
        listed = by_status.setdefault(cls.status, [])
        if cls not in listed:
            listed.append(cls)
    return {
        status: {
            "description": "; ".join(f"`{cls.code}`: {cls.title}" for cls in listed),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status, listed in by_status.items()
    }


def _shown(value: Any, locale: str) -> Any:
    """A parameter as a reader wants to see it inside a sentence."""
    if isinstance(value, Labelled):
        return translate(value.label, locale)
    if isinstance(value, datetime):
        return format_datetime(value, locale=cldr(locale))
    if isinstance(value, date):
        return format_date(value, locale=cldr(locale))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(item) for item in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Labelled):
        return value.code
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(str(item) for item in value)
    return value


def render(
    problem: Problem, *, locale: str, instance: str | None = None, request_id: str | None = None
) -> dict[str, Any]:
    """The problem document as a dict, in the given locale."""
    shown = {name: _shown(value, locale) for name, value in problem.params.items()}
    document: dict[str, Any] = {
        "type": problem.type_uri(),
        "title": translate(problem.title, locale),
        "status": problem.status,
        "detail": translate(problem.detail, locale, **shown),
        "code": problem.code,
    }
    if instance:
        document["instance"] = instance
    if request_id:
        document["request_id"] = request_id
    document.update({name: _plain(value) for name, value in problem.params.items() if name not in document})
    document["errors"] = [
        {
            "pointer": error.pointer,
            "code": error.code,
            "detail": translate(
                error.message, locale, **{name: _shown(value, locale) for name, value in error.params.items()}
            ),
        }
        for error in problem.errors
    ]
    return document


def problem_response(request: Request, problem: Problem) -> Response:
    """The HTTP answer for a refusal."""
    state = request.scope.get("state", {})
    locale = state.get("locale", "en")
    document = render(problem, locale=locale, instance=_clean(request.url.path), request_id=state.get("request_id"))
    return Response(
        orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={**problem.headers, "Cache-Control": "no-store"},
    )


def _clean(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")


def from_database(error: DBAPIError) -> Problem:
    """What a constraint, a lock or a lost connection means to a caller. Unknown faults stay faults of ours."""
    cause = error.orig
    if isinstance(
        cause, psycopg.errors.UniqueViolation | psycopg.errors.ForeignKeyViolation | psycopg.errors.ExclusionViolation
    ):
        return known.Conflict()
    if isinstance(
        cause, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected | psycopg.errors.LockNotAvailable
    ):
        return known.Conflict()
    if (
        isinstance(cause, psycopg.errors.QueryCanceled)
        or error.connection_invalidated
        or isinstance(error, OperationalError)
    ):
        return known.Unavailable()
    if isinstance(cause, psycopg.errors.NumericValueOutOfRange):
        return known.NumberTooLarge()
    return known.InternalProblem()


_HTTP: Mapping[int, type[Problem]] = {404: known.NotFound, 405: known.MethodNotAllowed}


class UnreadableRequest(Problem):
    """A request that HTTP itself does not allow."""

    code = "unreadable-request"
    status = 400
    title = N_("The request cannot be read")
    detail = N_("The request is not well-formed HTTP, or its form data is broken.")


def install(app: FastAPI) -> None:
    """Register the handlers that turn every exception into a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> Response:
        if error.status >= 500:
            log.error("problem", code=error.code)
        return problem_response(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        return problem_response(request, from_validation(error))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        problem = _HTTP.get(error.status_code, UnreadableRequest)()
        problem.headers.update(error.headers or {})
        return problem_response(request, problem)

    @app.exception_handler(DBAPIError)
    async def on_database(request: Request, error: DBAPIError) -> Response:
        problem = from_database(error)
        log.warning(
            "database_error", error=type(error.orig).__name__, status=problem.status, exc_info=problem.status >= 500
        )
        return problem_response(request, problem)

    @app.exception_handler(PoolTimeout)
    async def on_pool(request: Request, error: PoolTimeout) -> Response:
        log.warning("database_pool_exhausted")
        return problem_response(request, known.Unavailable())

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        log.error("unhandled", exc_info=error)
        return problem_response(request, known.InternalProblem())
