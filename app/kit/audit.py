"""The audit log: who, for which organization, did what, before and after; append-only and hash-chained per organization.

The chain covers salted digests. The values themselves stand beside it in `audit_values`, which may be erased, so that a
person can be forgotten and the chain still holds.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.actor import Actor
from app.kit.context import current_request_id
from app.kit.db.base import Base, CreatedAt, Id
from app.kit.ids import new_id

GENESIS = bytes(32)


class AuditEntry(Base):
    """One act. `digest` is SHA-256 over the salt and the canonical JSON of the values in `audit_values`."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_organization_id_id", "organization_id", "id"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(80))
    entity: Mapped[str] = mapped_column(String(80))
    entity_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    occurred_at: Mapped[CreatedAt]


class AuditValues(Base):
    """The erasable part of an entry."""

    __tablename__ = "audit_values"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entries.id"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AuditLink(Base):
    """One link of an organization's chain: position, the entry, and the hash over the link before and the entry."""

    __tablename__ = "audit_chain"
    __table_args__ = (UniqueConstraint("entry_id"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entries.id"))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


def _canonical(values: Mapping[str, Any]) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    encoded = orjson.dumps(values, default=_text, option=orjson.OPT_NON_STR_KEYS)
    return dict(orjson.loads(encoded))


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"cannot audit a {type(value).__name__}")


async def record(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    entity: str,
    entity_id: UUID | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    organization_id: UUID | None = None,
) -> None:
    """Append an audit entry in the running transaction.

    `actor` None means the system itself (then `organization_id` is required). Values must not hold sealed prices or secrets.
    """
    organization = organization_id or (actor.organization_id if actor else None)
    if organization is None:
        raise ValueError("an audit entry needs an organization")
    values = {"before": _plain(before), "after": _plain(after)}
    salt = secrets.token_bytes(16)
    entry_id = new_id()
    await session.flush()
    await session.execute(
        _APPEND,
        {
            "id_of_entry": entry_id,
            "for_organization": organization,
            "by": actor.key if actor else "system",
            "act": action,
            "kind": entity,
            "about": entity_id,
            "request": current_request_id(),
            "digest_of_values": sha256(salt + _canonical(values)).digest(),
            "salt_of_values": salt,
            "what": values,
        },
    )


def _appending() -> Insert:
    """An entry and its values, in one statement."""
    entry_id = bindparam("id_of_entry", type_=Uuid())
    organization_id = bindparam("for_organization", type_=Uuid())
    entry = (
        insert(AuditEntry)
        .values(
            id=entry_id,
            organization_id=organization_id,
            actor=bindparam("by", type_=String()),
            action=bindparam("act", type_=String()),
            entity=bindparam("kind", type_=String()),
            entity_id=bindparam("about", type_=Uuid()),
            request_id=bindparam("request", type_=String()),
            digest=bindparam("digest_of_values", type_=LargeBinary()),
        )
        .cte("entry")
    )
    values = {
        "entry_id": entry_id,
        "organization_id": organization_id,
        "salt": bindparam("salt_of_values", type_=LargeBinary()),
        "values": bindparam("what", type_=JSONB()),
    }
    return insert(AuditValues).values(values).add_cte(entry).execution_options(dml_strategy="raw")


_APPEND = _appending()


async def forget_values(session: AsyncSession, entity: str, entity_id: UUID) -> int:
    """Erase the values of every entry about an entity; the number erased. The chain holds: it covers digests.

    The policy lets only the operator erase.
    """
    about = select(AuditEntry.id).where(AuditEntry.entity == entity, AuditEntry.entity_id == entity_id)
    erased = await session.scalars(
        delete(AuditValues).where(AuditValues.entry_id.in_(about)).returning(AuditValues.entry_id)
    )
    return len(erased.all())


def link_hash(previous: bytes, position: int, entry: AuditEntry) -> bytes:
    """The hash of a link: SHA-256 over the previous hash, the position and every unerasable field of the entry."""
    fields = [
        position,
        str(entry.id),
        str(entry.organization_id),
        entry.actor,
        entry.action,
        entry.entity,
        str(entry.entity_id),
        entry.request_id,
        entry.digest.hex(),
        entry.occurred_at.astimezone(UTC).isoformat(),
    ]
    return sha256(previous + orjson.dumps(fields)).digest()


async def chain_audit(session: AsyncSession, *, batch: int = 10_000) -> int:
    """Append unchained entries in commit order; the number appended. Only the `worker` role may write the chain.

    Commit order: an entry is taken only when no transaction older than its own is still running, so a later run can
    never find an entry that belongs before one already chained.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(7241180002)"))
    statement = (
        select(AuditEntry)
        .where(
            ~select(AuditLink.entry_id).where(AuditLink.entry_id == AuditEntry.id).exists(),
            AuditEntry.transaction_id < text("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"),
        )
        .order_by(AuditEntry.transaction_id, AuditEntry.id)
        .limit(batch)
    )
    entries = (await session.scalars(statement)).all()
    heads: dict[UUID, tuple[int, bytes]] = {}
    for entry in entries:
        organization = entry.organization_id
        if organization not in heads:
            head = (
                await session.execute(
                    select(AuditLink.position, AuditLink.hash)
                    .where(AuditLink.organization_id == organization)
                    .order_by(AuditLink.position.desc())
                    .limit(1)
                )
            ).first()
            heads[organization] = (head[0], head[1]) if head else (0, GENESIS)
        position, previous = heads[organization]
        digest = link_hash(previous, position + 1, entry)
        session.add(AuditLink(organization_id=organization, position=position + 1, entry_id=entry.id, hash=digest))
        heads[organization] = (position + 1, digest)
    await session.flush()
    return len(entries)


async def broken_links(session: AsyncSession) -> tuple[int, list[str]]:
    """Recompute every chain and every digest under the `auditor` role: (links looked at, what is broken)."""
    broken: list[str] = []
    looked = 0
    previous: dict[UUID, tuple[int, bytes]] = {}
    rows = await session.stream(
        select(AuditLink, AuditEntry, AuditValues)
        .join(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .outerjoin(AuditValues, AuditValues.entry_id == AuditEntry.id)
        .order_by(AuditLink.organization_id, AuditLink.position)
    )
    async for link, entry, values in rows:
        looked += 1
        position, head = previous.get(link.organization_id, (0, GENESIS))
        if link.position != position + 1 or link.hash != link_hash(head, link.position, entry):
            broken.append(f"chain of {link.organization_id} at {link.position}")
        if values is not None and sha256(values.salt + _canonical(values.values)).digest() != entry.digest:
            broken.append(f"values of entry {entry.id}")
        previous[link.organization_id] = (link.position, link.hash)
    return looked, broken


async def oldest_unchained(session: AsyncSession) -> datetime | None:
    """When the oldest entry outside the chain was made."""
    return await session.scalar(
        select(AuditEntry.occurred_at)
        .where(~select(AuditLink.entry_id).where(AuditLink.entry_id == AuditEntry.id).exists())
        .order_by(AuditEntry.occurred_at)
        .limit(1)
    )
