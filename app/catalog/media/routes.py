"""The media of a listing as its supplier keeps them. Attaching them is in `catalog/routes.py`, beside the listing's own."""

from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.errors import NotPublishable, WrongProductState
from app.catalog.guards import Keeper
from app.catalog.media import queries as media
from app.catalog.media.editing import describe_medium, detach_medium, order_media
from app.catalog.media.models import MediaFetch
from app.catalog.media.schemas import MediaOrderIn, MediaUrlOut, MediumTextsIn, OwnMedium
from app.catalog.media.states import FETCH_REASON_LABELS, FETCH_STATE_LABELS
from app.documents import facade as documents
from app.kit.actor import CurrentActor
from app.kit.db.session import Session
from app.kit.errors import NotFound, Unauthenticated
from app.kit.etags import IfMatch, set_etag
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import labelled

router = house_router(tags=["catalogue"])


async def _own_media(session: AsyncSession, product_id: UUID) -> list[OwnMedium]:
    entity = ("product", product_id)
    refs = (await documents.attached(session, [entity]))[entity]
    alts = await media.alts_of(session, product_id)
    return [_own_medium(ref, alts.get(ref.id, {})) for ref in refs]


def _own_medium(ref: documents.DocumentRef, alts: dict[str, str]) -> OwnMedium:
    picture = ref.picture
    return OwnMedium(
        document_id=ref.id,
        filename=ref.filename,
        media_type=ref.media_type,
        size_bytes=ref.size_bytes,
        content_path=f"/v1/documents/{ref.id}/content",
        scan=labelled(ref.scan_state, documents.SCAN_STATE_LABELS),
        scan_reason=labelled(ref.scan_reason, documents.SCAN_REASON_LABELS) if ref.scan_reason else None,
        picture=labelled(picture.state, documents.PICTURE_STATE_LABELS) if picture else None,
        picture_reason=labelled(picture.reason, documents.PICTURE_REASON_LABELS)
        if picture and picture.reason
        else None,
        width_px=picture.width_px if picture else None,
        height_px=picture.height_px if picture else None,
        shown=ref.is_shown,
        alt=alts,
    )


@router.get("/products/{product_id}/media", responses=problems(Unauthenticated, NotFound))
async def list_own_media(
    product_id: UUID, actor: CurrentActor, session: Session, response: Response
) -> list[OwnMedium]:
    """The pictures and drawings of one of your listings, in order, and whether each is shown; 40 at most."""
    product = await queries.product_of(session, actor.organization_id, product_id)
    if product is None:
        raise NotFound()
    set_etag(response, product.version)
    return await _own_media(session, product_id)


@router.put("/products/{product_id}/media", responses=problems(*READ, *EDITED, WrongProductState, NotPublishable))
async def put_media_order(
    product_id: UUID, actor: Keeper, form: MediaOrderIn, if_match: IfMatch, session: Session, response: Response
) -> list[OwnMedium]:
    """Put the media in order. The first is the one that lists show."""
    product = await order_media(session, actor, product_id, form.document_ids, expected_version=if_match)
    set_etag(response, product.version)
    return await _own_media(session, product_id)


@router.delete(
    "/products/{product_id}/media/{document_id}",
    status_code=204,
    responses=problems(*READ, WrongProductState, NotPublishable),
)
async def delete_medium(product_id: UUID, document_id: UUID, actor: Keeper, session: Session) -> None:
    """Take a picture or drawing away from a listing. The file stays yours and can be deleted or shown elsewhere."""
    await detach_medium(session, actor, product_id, document_id)


@router.put(
    "/products/{product_id}/media/{document_id}/texts",
    responses=problems(*READ, *EDITED, WrongProductState, NotPublishable),
)
async def put_medium_texts(
    product_id: UUID,
    document_id: UUID,
    actor: Keeper,
    form: MediumTextsIn,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> list[OwnMedium]:
    """Say in some languages what a picture or drawing shows."""
    product = await describe_medium(session, actor, product_id, document_id, form.alt, expected_version=if_match)
    set_etag(response, product.version)
    return await _own_media(session, product_id)


@router.get("/products/{product_id}/media-urls", responses=problems(Unauthenticated, NotFound))
async def list_media_urls(
    product_id: UUID, actor: CurrentActor, request: Request, response: Response, session: Session, page: Paging
) -> Page[MediaUrlOut]:
    """The addresses that you named for a listing, the newest first, and what came of each."""
    if await queries.product_of(session, actor.organization_id, product_id) is None:
        raise NotFound()
    statement = media.fetches_of(product_id, actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[MediaFetch.id], descending=True)
    link_next(request, response, cursor)
    return Page[MediaUrlOut](items=[_url_out(row) for row in rows], next_cursor=cursor)


def _url_out(row: MediaFetch) -> MediaUrlOut:
    return MediaUrlOut(
        id=row.id,
        url=row.url,
        state=labelled(row.state, FETCH_STATE_LABELS),
        reason=labelled(row.reason, FETCH_REASON_LABELS) if row.reason else None,
        document_id=row.document_id,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
