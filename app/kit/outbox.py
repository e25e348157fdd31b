"""News between rooms: events stored with the change they tell of, and reactions that happen exactly once.

`announce` writes the event and defers its dispatch in the caller's transaction. The worker then runs each reaction in a
transaction of its own, which first inserts the unique pair (reaction, event).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from app.kit.context import current_trace
from app.kit.db.base import Base, CreatedAt, Id
from app.kit.ids import new_id
from app.kit.jobs import defer

SOURCE = "/partingline"


class OutboxEvent(Base):
    """One event, in CloudEvents 1.0 terms. Append-only. Carries ids and scalars, never a sealed price or a person's data."""

    __tablename__ = "outbox_events"
    __table_args__ = (
        UniqueConstraint("subject", "sequence"),
        Index("ix_outbox_events_organization_ids", "organization_ids", postgresql_using="gin"),
        Index("ix_outbox_events_transaction_id_id", "transaction_id", "id"),
    )

    id: Mapped[Id]
    type: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(120))
    sequence: Mapped[int] = mapped_column(BigInteger)
    organization_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    traceparent: Mapped[str | None] = mapped_column(String(55))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    occurred_at: Mapped[CreatedAt]

    @classmethod
    def is_settled(cls) -> ColumnElement[bool]:
        """No running transaction can still commit an event that comes before this one by (transaction_id, id): a reader
        who goes on from the last one he saw misses none."""
        return cls.transaction_id < literal_column("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")


class OutboxSequence(Base):
    """The last sequence number of an entity's events."""

    __tablename__ = "outbox_sequences"

    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class ReactionDone(Base):
    """That a reaction to an event has happened."""

    __tablename__ = "reactions_done"

    reaction: Mapped[str] = mapped_column(String(120), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_events.id"), primary_key=True)
    done_at: Mapped[CreatedAt]


class Event(BaseModel):
    """Base of all events. Subclasses give `name` (with a version) and `subject` (kind, field that holds the entity's id)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_name: ClassVar[str]
    subject: ClassVar[tuple[str, str]]
    known: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls, *, name: str, subject: tuple[str, str], **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name in Event.known:
            raise RuntimeError(f"two events are named {name}")
        cls.event_name = name
        cls.subject = subject
        Event.known[name] = cls


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a reaction receives it."""

    id: UUID
    type: str
    subject: str
    sequence: int
    organization_ids: tuple[UUID, ...]
    occurred_at: datetime
    event: Any


ReactionFunction = Callable[[AsyncSession, Told], Awaitable[None]]
Asked = Callable[[AsyncSession, Told], Awaitable[bool]]
REACTIONS: dict[str, dict[str, ReactionFunction]] = {}
"""Event name → reaction name → function. `*` stands for every event."""
ASKED: dict[str, Asked] = {}
"""Reaction name → whether it has anything to do about an event; most are not asked."""


def reaction(
    *events: type[Event], name: str, every: bool = False, asked: Asked | None = None
) -> Callable[[ReactionFunction], ReactionFunction]:
    """Register a reaction to some events (or to `every` event). The function runs in a transaction of the `worker` role and
    takes on an organization with `acting_for` before it touches tenant rows. It must not call the network: it defers a job.

    One that seldom has anything to do is `asked` first, by whoever would else see to it: a job costs more than the question. What
    is asked writes nothing; it is asked while the transaction acts for the operator, and leaves it so.
    """

    def register(function: ReactionFunction) -> ReactionFunction:
        for event_name in [cls.event_name for cls in events] + (["*"] if every else []):
            reactions = REACTIONS.setdefault(event_name, {})
            if name in reactions:
                raise RuntimeError(f"two reactions are named {name}")
            reactions[name] = function
        if asked is not None:
            ASKED[name] = asked
        return function

    return register


async def announce(session: AsyncSession, event: Event, *, organizations: Sequence[UUID]) -> UUID:
    """Store an event in the running transaction, numbered per entity, and defer its dispatch with it.

    `organizations` are those who may learn of it (their webhooks and feeds); it must hold at least one.
    """
    kind, field = event.subject
    event_id = new_id()
    await session.flush()
    await session.execute(
        _STORE,
        {
            "event_id": event_id,
            "event_type": event.event_name,
            "about": f"{kind}/{getattr(event, field)}",
            "concerned": sorted(set(organizations)),
            "told": event.model_dump(mode="json"),
            "trace": current_trace(),
        },
    )
    await defer(session, "kit.dispatch_event", event_id=str(event_id))
    return event_id


def _storing() -> Insert:
    """Number an event and store it, in one statement: whoever tells of an entity waits for the one before him, and holds up
    the next one."""
    first = insert(OutboxSequence).values(subject=bindparam("about"), last=1)
    numbered = (
        first.on_conflict_do_update(index_elements=["subject"], set_={"last": OutboxSequence.last + 1})
        .returning(OutboxSequence.subject, OutboxSequence.last)
        .cte("numbered")
    )
    stored: dict[InstrumentedAttribute[Any], Any] = {
        OutboxEvent.id: bindparam("event_id", type_=Uuid()),
        OutboxEvent.type: bindparam("event_type", type_=String()),
        OutboxEvent.subject: numbered.c.subject,
        OutboxEvent.sequence: numbered.c.last,
        OutboxEvent.organization_ids: bindparam("concerned", type_=ARRAY(Uuid)),
        OutboxEvent.data: bindparam("told", type_=JSONB()),
        OutboxEvent.traceparent: bindparam("trace", type_=String()),
        OutboxEvent.occurred_at: func.app_now(),
    }
    storing = insert(OutboxEvent).from_select(list(stored), select(*stored.values()), include_defaults=False)
    return storing.execution_options(dml_strategy="raw")


_STORE = _storing()


def cloud_event(row: OutboxEvent) -> dict[str, Any]:
    """An event as a CloudEvents 1.0 JSON envelope, with the `sequence` extension."""
    envelope = {
        "specversion": "1.0",
        "id": str(row.id),
        "source": SOURCE,
        "type": row.type,
        "subject": row.subject,
        "time": row.occurred_at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": str(row.sequence),
        "data": row.data,
    }
    if row.traceparent:
        envelope["traceparent"] = row.traceparent
    return envelope
