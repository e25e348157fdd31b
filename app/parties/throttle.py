"""Slowing down guesses without letting a stranger lock anybody out.

Failures are counted by the pair (account, address) and by address, never by account alone: whoever guesses elsewhere slows
down himself. A device that its owner signed in from before is counted for itself, so that not even a guesser behind the
same address stands in its way.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.parties.models import LoginThrottle
from app.parties.secrets import keyed_digest
from app.settings import Settings

FORGOTTEN_AFTER = timedelta(hours=1)
LONGEST_WAIT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where failures are counted, and how many are free."""

    key: bytes
    free: int


def wait_seconds(failures: int, free: int) -> int:
    """How long to wait after so many failures: nothing at first, then 1, 2, 4 … seconds, at most a quarter of an hour."""
    over = failures - free
    return 0 if over < 0 else min(2 ** min(over, 10), LONGEST_WAIT_SECONDS)


def network_of(address: str | None) -> str:
    """What counts as one place: an IPv4 address, or the /64 that an IPv6 subscriber gets."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _bucket(settings: Settings, what: str, free: int) -> Bucket:
    return Bucket(keyed_digest(settings, "login throttle", what), free)


def login_buckets(settings: Settings, *, account: str, address: str | None, device: str | None) -> list[Bucket]:
    """The buckets of a sign-in; the first is cleared when it succeeds."""
    if device is not None:
        return [_bucket(settings, f"device {device}", 10)]
    place = network_of(address)
    return [_bucket(settings, f"pair {account.lower()} {place}", 5), _bucket(settings, f"address {place}", 30)]


def session_buckets(settings: Settings, session_id: object) -> list[Bucket]:
    """The bucket of a signed-in person who must show his password or a code again."""
    return [_bucket(settings, f"session {session_id}", 5)]


def place_buckets(settings: Settings, purpose: str, address: str | None, free: int) -> list[Bucket]:
    """The bucket of what strangers may ask for now and then, such as registrations."""
    return [_bucket(settings, f"{purpose} {network_of(address)}", free)]


async def wait_before(session: AsyncSession, settings: Settings, buckets: list[Bucket], *, now: datetime) -> int:
    """Seconds to wait before another try; 0 when it may be made.

    Takes the first bucket for the rest of the transaction: of several tries at once from one place, one is heard.
    """
    if not settings.throttle_login:
        return 0
    lock = int.from_bytes(buckets[0].key[:8], "big", signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        return 1
    until = await session.scalar(
        select(func.max(LoginThrottle.blocked_until)).where(LoginThrottle.key.in_([bucket.key for bucket in buckets]))
    )
    return max(0, -(-(until - now) // timedelta(seconds=1))) if until is not None else 0


async def count_failure(session: AsyncSession, settings: Settings, buckets: list[Bucket], *, now: datetime) -> None:
    """Remember a failure. The caller returns the refusal, so that this is committed."""
    if not settings.throttle_login:
        return
    for bucket in sorted(buckets, key=lambda bucket: bucket.key):
        fresh = LoginThrottle.failed_at < now - FORGOTTEN_AFTER
        statement = insert(LoginThrottle).values(key=bucket.key, failures=1, failed_at=now)
        failures = (
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["key"],
                    set_={"failures": case((fresh, 1), else_=LoginThrottle.failures + 1), "failed_at": now},
                ).returning(LoginThrottle.failures)
            )
        ).scalar_one()
        wait = wait_seconds(failures, bucket.free)
        if wait:
            row = await session.get(LoginThrottle, bucket.key, populate_existing=True)
            if row is not None:
                row.blocked_until = now + timedelta(seconds=wait)
    await session.flush()


async def clear(session: AsyncSession, bucket: Bucket) -> None:
    """Forget the failures of a bucket after a success."""
    await session.execute(delete(LoginThrottle).where(LoginThrottle.key == bucket.key))


async def forget_old(session: AsyncSession, *, before: datetime) -> None:
    """Tidy up buckets nobody has touched for long."""
    await session.execute(delete(LoginThrottle).where(LoginThrottle.failed_at < before))
