"""The one registry: rooms' tables, routers, reactions, jobs and checks, and the gateways a process uses.

A new room adds its name to `ROOMS`; each file in it that has something to register is imported from here and nowhere else.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter
from sqlalchemy import MetaData

from app.kit.db.base import Base
from app.settings import Settings

ROOMS: tuple[str, ...] = (
    "procurement",
    "catalog",
    "messages",
    "documents",
    "parties",
    "language",
    "reference",
)
"""From the deals down to the resources; the order of the plan of the house."""

_KIT_TABLES = ("app.kit.clock", "app.kit.audit", "app.kit.idempotency", "app.kit.outbox")


def _load(room: str, part: str) -> object | None:
    name = f"app.{room}.{part}"
    return import_module(name) if find_spec(name) else None


def metadata() -> MetaData:
    """All tables, for Alembic."""
    for name in _KIT_TABLES:
        import_module(name)
    for room in ROOMS:
        _load(room, "models")
    return Base.metadata


def load_background() -> None:
    """Register every job, reaction and verification."""
    metadata()
    import_module("app.kit.dispatch")
    for room in ROOMS:
        for part in ("events", "jobs", "reactions", "checks"):
            _load(room, part)


def routers() -> list[APIRouter]:
    """Every room's routers: `router` or `routers` of its `routes` module."""
    found: list[APIRouter] = []
    for room in reversed(ROOMS):
        module = _load(room, "routes")
        if module is not None:
            found += getattr(module, "routers", None) or [module.router]  # type: ignore[attr-defined]
    return found


def gateways(settings: Settings) -> dict[str, Any]:
    """The ways out of the house, by name: the real ones, or the local ones where a setting is absent."""
    return {}


PUBLIC_ROUTES: dict[str, str] = {
    "GET /healthz": "liveness probe",
    "GET /readyz": "readiness probe",
}
"""Routes without an actor, each with the reason. Every other route refuses nobody with 401."""

TABLES_WITHOUT_TENANT: dict[str, str] = {
    "alembic_version": "the schema's version",
    "clock_offset": "one number, the same for all",
    "outbox_sequences": "counters by subject; no content",
    "login_throttles": "keyed digests and counters, read before anybody is known; no address or account is readable",
    "reactions_done": "names of reactions and event ids; no content",
    "stored_files": "digests and sizes of stored contents; no name, no owner",
    "procrastinate_jobs": "the queue: ids only, written by requests, read by the worker",
    "procrastinate_events": "history of the queue",
    "procrastinate_periodic_defers": "when periodic jobs ran",
    "procrastinate_workers": "heartbeats of workers",
}
"""Tables without row-level security, each with the reason."""
