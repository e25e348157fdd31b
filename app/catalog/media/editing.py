"""Pictures and drawings of a listing: attach them, name web addresses to fetch them from, order, describe and detach them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.errors import WrongProductState
from app.catalog.media import queries as media
from app.catalog.media.errors import TooManyMedia
from app.catalog.models import Product
from app.catalog.states import PRODUCT_STATE_LABELS, ProductState
from app.catalog.usecases.edit_listing import republish_if_public
from app.documents import facade as documents
from app.gateways.web_files import WebFiles
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.jobs import defer
from app.kit.locales import N_

MOST_MEDIA = 40
FETCH_JOB = "catalog.fetch_medium"

_NOTHING = N_("Name at least one file or address.")
_URL_INVALID = N_("Give an https address with a host name, and without user name, password or fragment.")
_ALL_ONCE = N_("Name every picture and drawing of the listing, each once.")


async def locked_product(
    session: AsyncSession, actor: Actor, product_id: UUID, expected_version: int | None = None
) -> Product:
    """An own listing, locked for a change of its media. Raises `NotFound`, `PreconditionFailed`, `WrongProductState`."""
    product = await queries.product_of(session, actor.organization_id, product_id, lock=True)
    if product is None:
        raise NotFound()
    require_version(product.version, expected_version)
    if product.state == ProductState.ARCHIVED:
        raise WrongProductState(state=Labelled.of(product.state, PRODUCT_STATE_LABELS))
    return product


async def add_media(
    session: AsyncSession, actor: Actor, product_id: UUID, document_ids: Sequence[UUID], urls: Sequence[str] = ()
) -> Product:
    """Attach own documents behind what the listing shows already, and let addresses wait to be fetched.

    Raises `NotFound`, `Invalid`, `DocumentRefused`, `WrongProductState`, `TooManyMedia`.
    """
    product = await locked_product(session, actor, product_id)
    if not document_ids and not urls:
        raise Invalid(errors=[FieldError("", "nothing-named", _NOTHING)])
    entity = ("product", product.id)
    known = await documents.attached_ids(session, entity)
    taken = len({*known, *document_ids}) + await media.count_waiting(session, product.id)
    if taken + len(set(urls)) > MOST_MEDIA:
        raise TooManyMedia(limit=MOST_MEDIA)
    if urls:
        await _want(session, actor, product, list(dict.fromkeys(urls)))
    if document_ids:
        await documents.attach(session, actor, document_ids, entity=entity, shown=True)
    await changed(session, product)
    return product


def check_urls(web_files: WebFiles, urls: Sequence[str]) -> None:
    """Raise `Invalid` for addresses that would never be fetched. Their hosts are looked up by the job, not here."""
    errors = [
        FieldError(f"/urls/{position}", "url-invalid", _URL_INVALID)
        for position, url in enumerate(urls)
        if not web_files.accepts(url)
    ]
    if errors:
        raise Invalid(errors=errors)


async def _want(session: AsyncSession, actor: Actor, product: Product, urls: Sequence[str]) -> None:
    fetch_ids = await media.insert_fetches(session, actor.organization_id, product.id, actor.key, urls)
    for fetch_id in fetch_ids:
        await defer(session, FETCH_JOB, fetch_id=str(fetch_id), organization_id=str(actor.organization_id))
    # An address may hold a key to the file: the log tells the hosts alone.
    after = {"addresses": len(fetch_ids), "hosts": sorted({httpx.URL(url).host for url in urls})}
    await audit.record(session, actor, "media.want", "product", product.id, after=after)


async def order_media(
    session: AsyncSession,
    actor: Actor,
    product_id: UUID,
    document_ids: Sequence[UUID],
    *,
    expected_version: int | None,
) -> Product:
    """Show the media in this order; the first is what lists show. Raises `Invalid` unless all are named, each once."""
    product = await locked_product(session, actor, product_id, expected_version)
    entity = ("product", product.id)
    before = await documents.attached_ids(session, entity)
    if sorted(document_ids) != sorted(before):
        raise Invalid(errors=[FieldError("/document_ids", "not-all-media", _ALL_ONCE)])
    if list(document_ids) != before:
        await documents.put_in_order(session, entity, document_ids)
        await changed(session, product)
        was, now = ({"documents": [str(one) for one in ids]} for ids in (before, document_ids))
        await audit.record(session, actor, "media.order", "product", product.id, before=was, after=now)
    return product


async def detach_medium(session: AsyncSession, actor: Actor, product_id: UUID, document_id: UUID) -> None:
    """Take a picture or drawing away from a listing; the file itself stays. Raises `NotFound`, `WrongProductState`."""
    product = await locked_product(session, actor, product_id)
    if not await documents.detach(session, actor, document_id, ("product", product.id)):
        raise NotFound()
    await media.put_alts(session, actor.organization_id, product.id, document_id, {})
    await changed(session, product)


async def describe_medium(
    session: AsyncSession,
    actor: Actor,
    product_id: UUID,
    document_id: UUID,
    alts: Mapping[str, str],
    *,
    expected_version: int | None,
) -> Product:
    """Say in some languages what a medium shows. Raises `NotFound`, `PreconditionFailed`, `WrongProductState`."""
    product = await locked_product(session, actor, product_id, expected_version)
    if document_id not in await documents.attached_ids(session, ("product", product.id)):
        raise NotFound()
    before = (await media.alts_of(session, product.id)).get(document_id, {})
    if before != dict(alts):
        await media.put_alts(session, actor.organization_id, product.id, document_id, alts)
        await changed(session, product)
        was, now = ({"document": str(document_id), "alt": dict(texts)} for texts in (before, alts))
        await audit.record(session, actor, "media.describe", "product", product.id, before=was, after=now)
    return product


async def changed(session: AsyncSession, product: Product) -> None:
    """A listing's media changed: it has a new version, and its public document follows in this commit."""
    product.version += 1
    await session.flush()
    await republish_if_public(session, product)
