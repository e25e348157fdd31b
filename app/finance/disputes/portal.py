"""Disputes as their pages show them, and what is done there. Everything comes as the API shows it, and is refused as there."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import milestones, queries, rules
from app.finance.disputes.guards import SPEAKS_BY
from app.finance.disputes.models import Dispute, DisputeEntry
from app.finance.disputes.schemas import DisputeDecisionIn, DisputeIn, DisputeMessageIn, DisputeWordIn, ProposalIn
from app.finance.disputes.states import REASON_LABELS, DisputeState, Side
from app.finance.disputes.usecases.end import decide, withdraw
from app.finance.disputes.usecases.escalate import escalate
from app.finance.disputes.usecases.open_dispute import open_dispute
from app.finance.disputes.usecases.propose import accept, decline, propose, take_back
from app.finance.disputes.usecases.speak import speak
from app.finance.disputes.usecases.steps import Author, Words, side_of
from app.finance.disputes.views import amount, dispute_out, entries_out, summaries
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.locales import current_locale, translate
from app.kit.paging import PageRequest, fetch_page

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of disputes; the operator's are those that he is to decide."""

    disputes: Sequence[Document]
    next_cursor: str | None
    to_decide: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Seen:
    """One dispute with a page of what happened, the latest first."""

    dispute: Document
    entries: Sequence[Document]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What can be disputed of a milestone, and for which reasons: (code, name)."""

    milestone_id: UUID
    deal_number: str
    position: int
    disputed: Document | None
    reasons: Sequence[tuple[str, str]]


async def list_of(session: AsyncSession, actor: Actor, page: PageRequest) -> Listed:
    """Disputes of the acting organization, the newest first; before them, for the operator's people, what they are to decide."""
    actor.require(Permission.READ)
    rows, cursor = await fetch_page(
        session, queries.disputes_of(actor.organization_id), page, keys=[Dispute.id], descending=True
    )
    waiting: Sequence[Dispute] = ()
    if actor.may(Permission.OPERATE):
        statement = queries.every_dispute(DisputeState.ESCALATED)
        waiting, _ = await fetch_page(session, statement, PageRequest(page.limit, None), keys=[Dispute.id])
    return Listed(
        _documents(await summaries(session, actor, rows)), cursor, _documents(await summaries(session, actor, waiting))
    )


async def seen(session: AsyncSession, actor: Actor, dispute_id: UUID, page: PageRequest, *, now: datetime) -> Seen:
    """A dispute that the acting organization may see. Raises `NotFound` before `Forbidden`."""
    row, _ = await _found(session, actor, dispute_id)
    rows, cursor = await fetch_page(session, queries.entries_of(row.id), page, keys=[DisputeEntry.id], descending=True)
    return Seen(
        (await dispute_out(session, actor, row, now=now)).model_dump(mode="json"),
        _documents(await entries_out(session, row, rows)),
        cursor,
    )


async def opening(session: AsyncSession, actor: Actor, milestone_id: UUID) -> Opening:
    """What the buyer of a milestone can dispute of it. Raises `NotFound` before `Forbidden`."""
    found = await milestones.milestone(session, milestone_id)
    if found is None or found.buyer_id != actor.organization_id:
        raise NotFound()
    actor.require(SPEAKS_BY[Side.BUYER])
    may_be = found.frozen_by is None and rules.is_disputable(
        escrow_minor=found.escrow_minor, outstanding_minor=found.outstanding_minor, progress=found.progress
    )
    return Opening(
        milestone_id,
        found.deal_number,
        found.position,
        amount(found.open_minor, found.currency).model_dump(mode="json") if may_be else None,
        [(reason.value, translate(label, current_locale())) for reason, label in REASON_LABELS.items()],
    )


def may_open(actor: Actor, money: Mapping[str, Any]) -> bool:
    """Whether this person of the buyer's may dispute a milestone, as a payment schedule shows it."""
    return (
        actor.may(SPEAKS_BY[Side.BUYER])
        and not money["disputed"]
        and rules.is_disputable(
            escrow_minor=money["held"]["minor"],
            outstanding_minor=money["outstanding"]["minor"],
            progress=money["state"]["code"],
        )
    )


async def open_one(
    session: AsyncSession, actor: Actor, milestone_id: UUID, values: Mapping[str, Any], *, now: datetime
) -> UUID:
    """Open a dispute; its id. Raises as the route does."""
    await opening(session, actor, milestone_id)
    return (await open_dispute(session, actor, milestone_id, validated(DisputeIn, values), now=now)).id


Step = Callable[[AsyncSession, Author, UUID, Mapping[str, Any], datetime], Coroutine[Any, Any, Any]]


async def act(
    session: AsyncSession, actor: Actor, dispute_id: UUID, verb: str, values: Mapping[str, Any], *, now: datetime
) -> None:
    """Take a step in a dispute. Raises `NotFound` for a verb that its side does not have, and else as the routes do."""
    row, side = await _found(session, actor, dispute_id)
    step = _STEPS.get(side, {}).get(verb)
    if step is None:
        raise NotFound()
    actor.require(SPEAKS_BY[side])
    await step(session, Author(actor, side), row.id, values, now)


async def _found(session: AsyncSession, actor: Actor, dispute_id: UUID) -> tuple[Dispute, Side]:
    row = await queries.dispute(session, dispute_id)
    side = side_of(row, actor) if row else None
    if row is None or side is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row, side


async def _message(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    form = validated(DisputeMessageIn, _picked(values, "text", "document_ids"))
    await speak(session, by, one, Words(form.text, form.locale, form.document_ids), now=now)


async def _propose(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    form = validated(ProposalIn, _picked(values, "release_minor", "refund_minor", "text"))
    await propose(session, by, one, form, now=now)


async def _accept(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    await accept(session, by, one, values["proposal_id"], now=now)


async def _decline(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    await decline(session, by, one, values["proposal_id"], _word(values), now=now)


async def _take_back(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    await take_back(session, by, one, values["proposal_id"], now=now)


async def _escalate(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    await escalate(session, by, one, _word(values), now=now)


async def _withdraw(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    assert by.actor is not None
    await withdraw(session, by.actor, one, _word(values), now=now)


async def _decide(session: AsyncSession, by: Author, one: UUID, values: Mapping[str, Any], now: datetime) -> None:
    assert by.actor is not None
    named = {**_picked(values, "release_minor", "refund_minor", "document_ids"), "reason": values.get("text")}
    form = validated(DisputeDecisionIn, named)
    words = Words(form.reason, form.locale, form.document_ids)
    await decide(session, by.actor, one, words, (form.release_minor, form.refund_minor), now=now)


_OF_BOTH: dict[str, Step] = {
    "message": _message,
    "propose": _propose,
    "accept": _accept,
    "decline": _decline,
    "take_back": _take_back,
    "escalate": _escalate,
}
_STEPS: dict[Side, dict[str, Step]] = {
    Side.BUYER: _OF_BOTH | {"withdraw": _withdraw},
    Side.SUPPLIER: _OF_BOTH,
    Side.OPERATOR: {"message": _message, "decide": _decide},
}


def _word(values: Mapping[str, Any]) -> Words:
    form = validated(DisputeWordIn, _picked(values, "text"))
    return Words(form.text, form.locale)


def _picked(values: Mapping[str, Any], *names: str) -> Document:
    """What was filled in of these."""
    return {name: values[name] for name in names if values.get(name) not in (None, "")}


def _documents(found: Sequence[BaseModel]) -> list[Document]:
    return [one.model_dump(mode="json") for one in found]
