"""Decide who may open a document's content, and write it down before the first byte leaves."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import givers, queries, ranges
from app.documents.errors import DocumentPending, DocumentRefused, NdaRequired, RangeNotSatisfiable
from app.documents.kinds import PICTURES
from app.documents.models import Document, DownloadEntry
from app.documents.ranges import OutOfRange, Part
from app.documents.states import Outcome, ScanState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.context import current_request_id
from app.kit.errors import NotFound, Problem


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the request says about which bytes it wants, if any."""

    range: str | None = None
    if_range: str | None = None
    if_none_match: str | None = None
    head_only: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of it: a problem to render after the transaction was committed, or a document and which bytes of it.

    `known`: the reader has this version, so no byte leaves. `part` None: the whole.
    """

    problem: Problem | None = None
    document: Document | None = None
    part: Part | None = None
    known: bool = False


def etag_of(document: Document) -> str:
    """The strong ETag of a content: its digest."""
    return f'"{document.sha256}"'


async def open_content(session: AsyncSession, actor: Actor, document_id: UUID, asked: Conditions) -> Opening:
    """Look whether the actor's organization may have the content now. A refusal is returned, not raised, because it must
    be remembered; bytes are logged here, and leave only after this transaction was committed."""
    document = await queries.find(session, document_id)
    if document is None or await _only_shown(session, actor, document):
        await _remember(session, actor, document_id, NotFound.code)
        return Opening(NotFound())
    problem = await _refusal(session, actor, document)
    if problem is not None:
        if not isinstance(problem, DocumentPending):
            await _remember(session, actor, document_id, problem.code)
            await _log(session, actor, document, Outcome.REFUSED, problem.code, None)
        return Opening(problem)
    etag = etag_of(document)
    if ranges.is_known(asked.if_none_match, etag):
        return Opening(document=document, known=True)
    try:
        part = ranges.wanted_part(asked.range, asked.if_range, etag, document.size_bytes)
    except OutOfRange:
        return Opening(RangeNotSatisfiable(size_bytes=document.size_bytes))
    if not asked.head_only:
        await _log(session, actor, document, Outcome.SERVED, None, part)
    return Opening(document=document, part=part)


async def _only_shown(session: AsyncSession, actor: Actor, document: Document) -> bool:
    """Whether it is a picture that the actor knows from a listing alone: there he sees renditions, never the original,
    which may tell where and when it was taken."""
    if document.kind not in PICTURES or document.organization_id == actor.organization_id:
        return False
    if await queries.has_grant(session, document.id, actor.organization_id):
        return False
    return not await givers.is_given(session, document.id)


async def _refusal(session: AsyncSession, actor: Actor, document: Document) -> Problem | None:
    if document.scan_state == ScanState.REFUSED:
        return DocumentRefused()
    if (
        document.nda_sha256 is not None
        and document.organization_id != actor.organization_id
        and not await queries.accepted_nda(session, document, actor.organization_id)
    ):
        return NdaRequired(nda_path=f"/v1/documents/{document.id}/nda")
    return DocumentPending() if document.scan_state == ScanState.PENDING else None


async def _remember(session: AsyncSession, actor: Actor, document_id: UUID, reason: str) -> None:
    after = {"reason": reason}
    await audit.record(session, actor, "document.download_denied", "document", document_id, after=after)


async def _log(
    session: AsyncSession, actor: Actor, document: Document, outcome: Outcome, reason: str | None, part: Part | None
) -> None:
    session.add(
        DownloadEntry(
            document_id=document.id,
            owner_id=document.organization_id,
            organization_id=actor.organization_id,
            actor=actor.key,
            outcome=outcome,
            reason=reason,
            first_byte=part.first if part else None,
            last_byte=part.last if part else None,
            request_id=current_request_id(),
        )
    )
    await session.flush()
