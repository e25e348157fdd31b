"""`Idempotency-Key`: a repeated request returns the first one's answer, and never acts twice.

In flight is an advisory lock of the transaction; key, payload digest and answer are stored in that same transaction.
"""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Header, Request
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, SmallInteger, String, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from starlette.responses import Response

from app.kit.actor import Actor, CurrentActor
from app.kit.db.base import Base, CreatedAt
from app.kit.db.session import Session
from app.kit.errors import IdempotencyKeyInFlight, IdempotencyKeyMissing, IdempotencyKeyReused

KEPT_HEADERS = ("content-type", "location", "etag", "content-language", "link")


class SavedAnswer(Base):
    """The first answer to a key. Readable by its own organization alone; it never holds a sealed price."""

    __tablename__ = "idempotency_answers"
    __table_args__ = (CheckConstraint("status BETWEEN 200 AND 499", name="status_is_final"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    client: Mapped[str] = mapped_column(String(64), primary_key=True)
    route: Mapped[str] = mapped_column(String(400), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    payload_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class Replay(Exception):
    """The request was answered before."""

    def __init__(self, response: Response) -> None:
        self.response = response


def _route(request: Request) -> str:
    return f"{request.method} {request.url.path}"[:400]


async def require_idempotency_key(
    request: Request,
    actor: CurrentActor,
    session: Session,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="1 to 255 visible ASCII characters; a new one for each intent."),
    ] = None,
) -> None:
    """Guard of every POST that creates money, stock, orders or anything else that must not exist twice.

    Raises `IdempotencyKeyMissing` (400), `IdempotencyKeyInFlight` (409) or `IdempotencyKeyReused` (422); ends the
    request with the first answer when there is one.
    """
    check_key(key)
    await open_intent(request, actor, session, key or "", await request.body())


def check_key(key: str | None) -> None:
    """400 unless the key is one."""
    if key is None or not 1 <= len(key) <= 255 or not all("!" <= char <= "~" for char in key):
        raise IdempotencyKeyMissing()


async def open_intent(request: Request, actor: Actor, session: AsyncSession, key: str, payload: bytes) -> None:
    """Begin what a key stands for. `payload` is the body, or for a streamed one whatever tells it from another."""
    route = _route(request)
    digest = sha256(request.url.query.encode() + b"\n" + payload).digest()
    locked = await session.scalar(
        select(
            func.pg_try_advisory_xact_lock(
                func.hashtextextended(f"{actor.organization_id} {actor.key} {route} {key}", 7)
            )
        )
    )
    if not locked:
        raise IdempotencyKeyInFlight()
    saved = await session.scalar(
        select(SavedAnswer).where(
            SavedAnswer.organization_id == actor.organization_id,
            SavedAnswer.client == actor.key,
            SavedAnswer.route == route,
            SavedAnswer.key == key,
        )
    )
    if saved is not None:
        if saved.payload_sha256 != digest:
            raise IdempotencyKeyReused()
        response = Response(saved.body, status_code=saved.status, headers=saved.headers)
        response.headers["Idempotency-Replayed"] = "true"
        raise Replay(response)
    request.state.idempotency = {
        "organization_id": actor.organization_id,
        "client": actor.key,
        "route": route,
        "key": key,
        "payload_sha256": digest,
    }


IdempotencyGuard = Depends(require_idempotency_key)
"""Put it into a route: `@router.post(..., dependencies=[IdempotencyGuard])`."""


async def remember(request: Request, response: Response) -> None:
    """Store the answer in the request's own transaction. Called by the route class; does nothing without a key."""
    intent = getattr(request.state, "idempotency", None)
    if intent is None or response.status_code >= 500:
        return
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = bytes(response.body)
    shown_once = getattr(request.state, "shown_once", ())
    if shown_once:
        body = orjson.dumps({name: None if name in shown_once else value for name, value in orjson.loads(body).items()})
    await request.state.session.execute(
        insert(SavedAnswer).values(**intent, status=response.status_code, headers=headers, body=body)
    )


def show_once(request: Request, *members: str) -> None:
    """These members of the answer are secrets: they are left out of what is stored, so a repeated request gets `null`."""
    request.state.shown_once = members


async def forget_old_answers(session: Session, *, days: int = 7) -> int:
    """Delete answers older than `days`; the number deleted."""
    result = await session.execute(
        text("DELETE FROM idempotency_answers WHERE created_at < app_now() - make_interval(days => :days)"),
        {"days": days},
    )
    return int(getattr(result, "rowcount", 0))
