"""Structured logs: one JSON object a line, with request and trace ids, and no secret or personal datum."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
import structlog
from structlog.typing import ExcInfo

from app.kit.context import current_request_id, current_trace
from app.settings import Settings

_SECRET = re.compile(
    r"password|secret|token|authorization|cookie|api_key|totp|code|e_?mail|phone|address|name$|body|price",
    re.IGNORECASE,
)
_MOST_CAUSES = 20
_ALLOWED = frozenset({"status_code", "code", "job_name", "task_name", "queue_name", "event_type", "logger_name"})


def hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace the value of every field whose name suggests a secret or a person's data."""
    for key in list(event):
        if key not in _ALLOWED and _SECRET.search(key):
            event[key] = "…"
    return event


def add_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Add the ids of the running request or job."""
    if request_id := current_request_id():
        event["request_id"] = request_id
    if trace := current_trace():
        event["trace_id"] = trace.split("-")[1]
    return event


def trail(exc_info: ExcInfo) -> str:
    """Where an exception and what caused it arose, by frames and class names, the first cause first.

    Their words are left out: PostgreSQL quotes rows, SQLAlchemy parameters, Pydantic inputs. Of a database's error its
    SQLSTATE and constraint are told instead, of ours the code.
    """
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(parts) < _MOST_CAUSES:
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        parts.append(frames + " ".join(_named(error)))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(parts))


def _named(error: BaseException) -> list[str]:
    cls = type(error)
    found = [f"{cls.__module__}.{cls.__qualname__}".removeprefix("builtins.")]
    if isinstance(error, psycopg.Error):
        found += [word for word in (error.sqlstate, error.diag.table_name, error.diag.constraint_name) if word]
    elif cls.__module__.startswith("app."):
        found += [code for code in [getattr(error, "code", None)] if isinstance(code, str)]
    return found


class _JsonHandler(logging.StreamHandler[Any]):
    """The handler of JSON lines; `write_line` writes one that is ready."""

    def write_line(self, line: str) -> None:
        self.acquire()
        try:
            self.stream.write(line)
            self.flush()
        finally:
            self.release()


_access = structlog.get_logger("app.access")


def log_access(method: str, route: str, status: int, seconds: float) -> None:
    """The line of a request. There is one for each, so JSON is written directly; its fields are never secret."""
    root = logging.getLogger()
    if not root.isEnabledFor(logging.INFO):
        return
    milliseconds = round(seconds * 1000, 1)
    if len(root.handlers) != 1 or not isinstance(root.handlers[0], _JsonHandler):
        _access.info("request", method=method, route=route, status=status, milliseconds=milliseconds)
        return
    line: dict[str, Any] = {
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": milliseconds,
        "event": "request",
        "level": "info",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    root.handlers[0].write_line(orjson.dumps(add_ids(None, "info", line)).decode() + "\n")


def configure(settings: Settings) -> None:
    """Send everything, the standard library's records included, through structlog to standard output."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_ids,
        hide,
    ]
    # On a developer's own console exceptions may speak.
    rendering: list[Any] = (
        [structlog.processors.ExceptionRenderer(trail), structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        else [structlog.processors.format_exc_info, structlog.dev.ConsoleRenderer(colors=False)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = (_JsonHandler if settings.log_format == "json" else logging.StreamHandler)(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *rendering,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # procrastinate logs job arguments, psycopg logs statements: neither belongs in a log.
    for name, level in (
        ("procrastinate", "WARNING"),
        ("psycopg", "WARNING"),
        ("httpx", "WARNING"),
        ("uvicorn.access", "WARNING"),
    ):
        logging.getLogger(name).setLevel(level)
