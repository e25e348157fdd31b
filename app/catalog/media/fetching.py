"""Fetch a picture or drawing from the address that a supplier named: claim, call with no transaction open, record."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.media import queries as media
from app.catalog.media.editing import FETCH_JOB, MOST_MEDIA, changed
from app.catalog.media.models import MediaFetch
from app.catalog.media.states import FetchReason, FetchState
from app.catalog.states import ProductState
from app.documents import facade as documents
from app.gateways import network_wall as wall
from app.gateways import web_files as web
from app.gateways.errors import GatewayError
from app.gateways.files import FileStore, FileTooLarge
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer

log = structlog.get_logger(__name__)

DELAYS = (timedelta(seconds=30), timedelta(minutes=10))
"""After a try that failed for now. Whoever named the address waits for it, so there are few."""

_REASONS: dict[str, FetchReason] = {
    wall.UrlInvalid.code: FetchReason.URL_INVALID,
    wall.AddressForbidden.code: FetchReason.ADDRESS_FORBIDDEN,
    wall.HostUnknown.code: FetchReason.HOST_UNKNOWN,
    wall.Unreachable.code: FetchReason.UNREACHABLE,
    wall.TlsFailed.code: FetchReason.TLS_FAILED,
    wall.TimedOut.code: FetchReason.TIMED_OUT,
    web.WebFileRedirected.code: FetchReason.REDIRECTED,
    web.WebFileRefused.code: FetchReason.SERVER_REFUSED,
    web.WebFileUnavailable.code: FetchReason.SERVER_REFUSED,
    web.WebFileTooLarge.code: FetchReason.TOO_LARGE,
    FileTooLarge.code: FetchReason.TOO_LARGE,
}


class _Failed(Exception):
    """A try that brought nothing; `again`: another may."""

    def __init__(self, reason: FetchReason, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


async def fetch_medium(runtime: Runtime, *, organization_id: UUID, fetch_id: UUID) -> None:
    """One try. What failed for now is tried again; running twice leaves one document and one medium."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        claimed = await media.claim(session, fetch_id)
    if claimed is None:
        return
    try:
        received = await _fetch(runtime, claimed.url)
    except _Failed as failure:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, organization_id)
            await _record_failure(runtime, session, fetch_id, failure)
        return
    quota = runtime.settings.document_quota_bytes
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        await _record(session, organization_id, fetch_id, received, default_quota=quota)


async def _fetch(runtime: Runtime, url: str) -> documents.Received:
    """The call itself, with no transaction open: from their server into our file store."""
    web_files: web.WebFiles = runtime.gateways["web_files"]
    files: FileStore = runtime.gateways["files"]
    try:
        async with web_files.open(url) as file:
            arriving = documents.Arriving(file.filename, file.media_type, file.chunks)
            return await documents.take_in(files, arriving, max_bytes=runtime.settings.max_upload_bytes)
    except documents.NotMedia as refusal:
        raise _Failed(FetchReason(refusal.reason)) from None
    except GatewayError as error:
        if error.code not in _REASONS:
            raise
        reason = _REASONS[error.code]
        # A name that leads inward is not asked again: whoever named it had better name another.
        again = error.retryable and reason != FetchReason.ADDRESS_FORBIDDEN
        raise _Failed(reason, again=again) from None


async def _record_failure(runtime: Runtime, session: AsyncSession, fetch_id: UUID, failure: _Failed) -> None:
    fetch = await media.lock_waiting(session, fetch_id)
    if fetch is None:
        return
    if failure.again and fetch.attempts <= len(DELAYS):
        fetch.reason = failure.reason
        at = runtime.clock.now() + DELAYS[fetch.attempts - 1]
        await session.flush()
        await defer(session, FETCH_JOB, at=at, fetch_id=str(fetch_id), organization_id=str(fetch.supplier_id))
        return
    await _refuse(session, fetch, failure.reason)


async def _record(
    session: AsyncSession, organization_id: UUID, fetch_id: UUID, received: documents.Received, *, default_quota: int
) -> None:
    """The listing is locked first, as by everybody who changes its media."""
    fetch = await media.find(session, fetch_id)
    product = await queries.product_of(session, organization_id, fetch.product_id, lock=True) if fetch else None
    fetch = await media.lock_waiting(session, fetch_id)
    if fetch is None or product is None:
        return
    entity = ("product", product.id)
    if product.state == ProductState.ARCHIVED:
        await _refuse(session, fetch, FetchReason.LISTING_ARCHIVED)
        return
    actor = _requester(fetch)
    try:
        async with session.begin_nested():
            document_id = await documents.keep_fetched(session, actor, received, default_quota=default_quota)
    except documents.QuotaExceeded:
        await _refuse(session, fetch, FetchReason.STORAGE_FULL)
        return
    known = await documents.attached_ids(session, entity)
    if document_id not in known:
        if len(known) >= MOST_MEDIA:
            await _refuse(session, fetch, FetchReason.TOO_MANY_MEDIA)
            return
        await documents.attach(session, actor, [document_id], entity=entity, shown=True)
        await changed(session, product)
    await media.end(session, fetch_id, state=FetchState.FETCHED, reason=None, document_id=document_id)
    after = {"fetch": str(fetch_id), "document": str(document_id)}
    await audit.record(
        session, None, "media.fetch", "product", product.id, after=after, organization_id=organization_id
    )


async def _refuse(session: AsyncSession, fetch: MediaFetch, reason: FetchReason) -> None:
    await media.end(session, fetch.id, state=FetchState.REFUSED, reason=reason)
    log.info("medium_not_fetched", fetch_id=str(fetch.id), reason=reason.value)


def _requester(fetch: MediaFetch) -> Actor:
    """Whoever named the address: what the job does on his behalf is written down under him."""
    kind, _, given = fetch.requested_by.partition(":")
    person, client = (UUID(given) if kind == wanted else None for wanted in ("person", "client"))
    return Actor(fetch.supplier_id, frozenset(), frozenset(), person_id=person, client_id=client)
