"""Confidentiality terms of a document: set by its owner, accepted by each reader's organization."""

from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import queries
from app.documents.errors import NdaChanged, NoNda
from app.documents.events import NdaAccepted
from app.documents.models import Document, NdaAcceptance
from app.kit import audit
from app.kit.actor import Actor, Permission, lacking
from app.kit.errors import NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.outbox import announce

# Whoever may bind his organization in a deal may accept terms for it.
BINDING = (Permission.QUOTE, Permission.INQUIRE, Permission.ORDER, Permission.FULFIL, Permission.ORGANIZATION_EDIT)


async def set_nda(
    session: AsyncSession, actor: Actor, document_id: UUID, text: str | None, *, expected_version: int | None
) -> Document:
    """Require (or no longer require) that readers accept a wording. Another wording must be accepted anew.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`.
    """
    document = await queries.lock_own(session, document_id, actor.organization_id)
    if document is None:
        raise NotFound()
    actor.require(Permission.UPLOAD)
    require_version(document.version, expected_version)
    before = {"nda_sha256": document.nda_sha256}
    document.nda_text = text
    document.nda_sha256 = sha256(text.encode()).hexdigest() if text is not None else None
    document.version += 1
    await session.flush()
    after = {"nda_sha256": document.nda_sha256}
    await audit.record(session, actor, "document.set_nda", "document", document_id, before=before, after=after)
    return document


async def accept_nda(session: AsyncSession, actor: Actor, document_id: UUID, nda_sha256: str) -> None:
    """Accept the wording in force for the actor's organization; accepting twice changes nothing.

    Raises `NotFound`, `Forbidden`, `NoNda`, `NdaChanged`.
    """
    document = await queries.find(session, document_id)
    if document is None:
        raise NotFound()
    if not any(actor.may(permission) for permission in BINDING):
        raise lacking(Permission.ORGANIZATION_EDIT)
    if document.nda_sha256 is None:
        raise NoNda()
    if document.nda_sha256 != nda_sha256:
        raise NdaChanged()
    accepted = await session.scalar(
        insert(NdaAcceptance)
        .values(
            id=new_id(),
            document_id=document.id,
            owner_id=document.organization_id,
            organization_id=actor.organization_id,
            accepted_by=actor.key,
            nda_sha256=nda_sha256,
        )
        .on_conflict_do_nothing()
        .returning(NdaAcceptance.id)
    )
    if accepted is None:
        return
    after = {"nda_sha256": nda_sha256}
    await audit.record(session, actor, "document.accept_nda", "document", document.id, after=after)
    event = NdaAccepted(
        document_id=document.id,
        owner_id=document.organization_id,
        accepted_by_organization_id=actor.organization_id,
        nda_sha256=nda_sha256,
    )
    await announce(session, event, organizations=[document.organization_id, actor.organization_id])
