"""One step of a dispute: found, locked, allowed, taken, written down and announced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.finance.disputes import queries, rules, texts
from app.finance.disputes.errors import DisputeStateConflict
from app.finance.disputes.events import DisputeContinued
from app.finance.disputes.models import Dispute, DisputeEntry, DisputeProposal
from app.finance.disputes.states import DISPUTE_STATE_LABELS, Act, DisputeState, Side
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce

ENTITY = "dispute"

_NOT_WHOLE = N_("What is released and what is refunded must come to what is disputed.")


@dataclass(frozen=True, slots=True)
class Author:
    """Who takes a step. `actor` is None for the clock."""

    actor: Actor | None
    side: Side | None


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody writes, in which language, and the files with it."""

    text: str | None = None
    locale: str | None = None
    document_ids: Sequence[UUID] = ()


CLOCK = Author(None, None)
NO_WORDS = Words()


def side_of(row: Dispute, actor: Actor) -> Side | None:
    """Which side of a dispute somebody is on. Of a dispute of his own the operator is a side like any other."""
    if actor.organization_id == row.buyer_id:
        return Side.BUYER
    if actor.organization_id == row.supplier_id:
        return Side.SUPPLIER
    return Side.OPERATOR if actor.is_operator else None


async def take_in_hand(session: AsyncSession, dispute_id: UUID, author: Author, act: Act) -> Dispute:
    """Lock the dispute, so that all steps come one after the other. Raises `NotFound`, `DisputeStateConflict`."""
    row = await queries.lock_dispute(session, dispute_id)
    if row is None:
        raise NotFound()
    require(row, author, act)
    return row


def require(row: Dispute, author: Author, act: Act) -> None:
    """Raises `DisputeStateConflict` unless the step may be taken now."""
    if not rules.may(act, author.side, DisputeState(row.state)):
        raise DisputeStateConflict(state=Labelled.of(row.state, DISPUTE_STATE_LABELS))


def require_split(row: Dispute, release_minor: int, refund_minor: int) -> None:
    """Raises `Invalid` unless both parts come to what is disputed."""
    if not rules.is_split(row.disputed_minor, release_minor, refund_minor):
        raise Invalid(errors=[FieldError("/refund_minor", "split-not-whole", _NOT_WHOLE)])


async def write(
    session: AsyncSession,
    row: Dispute,
    author: Author,
    act: Act,
    words: Words = NO_WORDS,
    *,
    proposal: DisputeProposal | None = None,
    split: tuple[int, int] | None = None,
) -> DisputeEntry:
    """Write into the history, with text and files for everybody who reads it, and audit it. Call it before the state moves on."""
    actor = author.actor
    release_minor, refund_minor = split or (
        (proposal.release_minor, proposal.refund_minor) if proposal else (None, None)
    )
    values = {
        "id": new_id(),
        "dispute_id": row.id,
        "buyer_id": row.buyer_id,
        "supplier_id": row.supplier_id,
        "disputed_minor": row.disputed_minor,
        "act": act,
        "side": author.side,
        "organization_id": actor.organization_id if actor else None,
        "person_id": actor.person_id if actor else None,
        "text": words.text,
        "locale": (words.locale or (actor.locale if actor else "en")) if words.text else None,
        "proposal_id": proposal.id if proposal else None,
        "release_minor": release_minor,
        "refund_minor": refund_minor,
    }
    entry = await queries.insert_entry(session, values)
    if actor is not None and (words.text or words.document_ids):
        reader_ids = await texts.readers(session, row, actor.organization_id)
        await texts.keep(session, entry, reader_ids)
        await documents.attach(
            session, actor, words.document_ids, entity=(texts.ENTRY, entry.id), reader_ids=reader_ids
        )
    after = {"entry_id": entry.id, "side": author.side, "release_minor": release_minor, "refund_minor": refund_minor}
    owner = None if actor else row.buyer_id
    await audit.record(session, actor, f"dispute.{act}", ENTITY, row.id, after=after, organization_id=owner)
    return entry


def answered(row: Dispute, author: Author, *, now: datetime) -> None:
    """Whatever the supplier says first is his answer."""
    if row.state == DisputeState.OPEN and author.side is Side.SUPPLIER:
        row.state, row.answered_at = DisputeState.ANSWERED, now


async def go_on(session: AsyncSession, row: Dispute, entry: DisputeEntry) -> None:
    """Save where the dispute stands now, and announce what happened."""
    row.version += 1
    await session.flush()
    event = DisputeContinued(
        dispute_id=row.id,
        entry_id=entry.id,
        milestone_id=row.milestone_id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        act=entry.act,
        side=entry.side,
        state=row.state,
    )
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])
