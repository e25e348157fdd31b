"""How often a machine may ask: an allowance per API client, shared by all processes, drawn on at the edge.

The generic cell rate algorithm (ITU-T I.371, the virtual scheduling form): each request moves the client's `full_at` on by one
interval, and is refused if that would put it further ahead than a burst allows. Drawn in a short transaction before anything else
is opened, so that a refused request costs one statement and holds no connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import DateTime, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base
from app.kit.db.engine import Database, Role
from app.kit.errors import TooManyRequests, Unauthenticated
from app.kit.tokens import AccessClaims, bearer_token, read_access_token
from app.settings import Settings

log = structlog.get_logger(__name__)

MINUTE_S = 60


class ClientAllowance(Base):
    """When a client's allowance will be whole again. Unlogged: after a crash of the server everybody begins anew."""

    __tablename__ = "client_allowances"
    # Written with every request: room for the next version of a row beside it.
    __table_args__ = ({"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 50}},)

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a minute in the long run, and so many at once out of rest."""

    per_minute: int
    burst: int

    @property
    def interval_s(self) -> float:
        """The time in which one request is regained."""
        return MINUTE_S / self.per_minute

    def left(self, ahead_s: float) -> int:
        """How many requests may follow at once when `full_at` lies `ahead_s` in the future."""
        # A hundredth forgives what clocks and binary fractions take away.
        return max(0, int(self.burst - ahead_s / self.interval_s + 0.01))

    def wait_s(self, ahead_s: float) -> int:
        """Whole seconds until the next request may be made; at least one, since it was refused."""
        return max(1, ceil(ahead_s + self.interval_s - self.burst * self.interval_s))


_DRAW = text(
    "INSERT INTO client_allowances AS a (client_id, full_at) VALUES (:client, app_now() + :interval) "
    "ON CONFLICT (client_id) DO UPDATE SET full_at = greatest(a.full_at, app_now()) + :interval "
    "WHERE greatest(a.full_at, app_now()) + :interval <= app_now() + :most "
    "RETURNING extract(epoch FROM full_at - app_now())"
)
_LOOK = text("SELECT extract(epoch FROM full_at - app_now()) FROM client_allowances WHERE client_id = :client")


async def draw(session: AsyncSession, client_id: UUID, rate: Rate) -> int:
    """Take one request of the allowance; how many are left. Raises `TooManyRequests`, and then takes nothing."""
    interval = timedelta(seconds=rate.interval_s)
    parameters = {"client": client_id, "interval": interval, "most": rate.burst * interval}
    ahead = await session.scalar(_DRAW, parameters)
    if ahead is not None:
        return rate.left(float(ahead))
    ahead = await session.scalar(_LOOK, {"client": client_id})
    raise TooManyRequests(retry_after_seconds=rate.wait_s(float(ahead or 0)))


async def forget_rested(session: AsyncSession) -> None:
    """Forget clients whose allowance has been whole for a day."""
    await session.execute(text("DELETE FROM client_allowances WHERE full_at < app_now() - interval '1 day'"))


def claims_of(settings: Settings, headers: Mapping[bytes, bytes], *, now: datetime) -> AccessClaims | None:
    """What the request's access token says; None without one that is valid, which its route will refuse if it must."""
    given = headers.get(b"authorization")
    if given is None:
        return None
    try:
        return read_access_token(settings, bearer_token(given.decode("latin-1")), now=now)
    except Unauthenticated:
        return None


async def admit(state: Any, headers: Mapping[bytes, bytes]) -> tuple[AccessClaims | None, list[tuple[bytes, bytes]]]:
    """Read the token once for the whole request and draw on a machine's allowance.

    `state` is the application's: settings, clock, database. Returns the claims and the headers that tell a machine what is left
    (`RateLimit-Policy`, `RateLimit`). Raises `TooManyRequests`. People are not counted: their sign-ins are.
    """
    settings: Settings = state.settings
    claims = claims_of(settings, headers, now=state.clock.now())
    if claims is None or claims.client_id is None:
        return claims, []
    rate = Rate(settings.client_requests_per_minute, settings.client_burst)
    database: Database = state.database
    try:
        async with database.transaction(Role.APP) as session:
            left = await draw(session, claims.client_id, rate)
    except SQLAlchemyError as error:
        # Whether the database can be reached is for the request itself to find out and to say.
        log.warning("allowance not drawn", error=type(error).__name__)
        return claims, []
    return claims, told(rate, left)


def told(rate: Rate, left: int) -> list[tuple[bytes, bytes]]:
    """The headers, as structured fields (draft-ietf-httpapi-ratelimit-headers): the policy, and what is left of it."""
    policy = f'"client";q={rate.per_minute};w={MINUTE_S};burst={rate.burst}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", f'"client";r={left}'.encode())]
