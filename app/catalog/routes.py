"""The catalogue over HTTP: for everybody who reads it, and for the suppliers who keep it."""

from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.definitions import Category, attributes, categories, name_in
from app.catalog.display import category_label
from app.catalog.errors import CodeTaken, NotPublishable, WrongProductState
from app.catalog.guards import Editor, Keeper, VariantKeeper
from app.catalog.media.editing import add_media, check_urls
from app.catalog.media.errors import TooManyMedia
from app.catalog.media.routes import router as media
from app.catalog.media.schemas import MediaIn
from app.catalog.models import Product
from app.catalog.quality_routes import router as quality_router
from app.catalog.schemas import (
    AttributeOut,
    CategoryDetail,
    CategoryOut,
    PriceTierOut,
    ProductChange,
    ProductIn,
    ProductOut,
    TextOut,
    VariantIn,
    VariantOut,
)
from app.catalog.states import PRODUCT_STATE_LABELS, ProductState
from app.catalog.usecases.change_state import change_product_state
from app.catalog.usecases.edit_listing import create_product, edit_product
from app.catalog.usecases.edit_variants import add_variant, replace_variant
from app.documents import facade as documents
from app.kit.actor import Actor, CurrentActor
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    NotFound,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import current_locale
from app.kit.paging import Page, Paging, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import Labelled, labelled
from app.language import facade as language
from app.reference import facade as reference

router = house_router(tags=["catalogue"])
routers = [router, media, quality_router]


def _category(category: Category, locale: str) -> CategoryOut:
    return CategoryOut(
        code=category.code,
        name=name_in(category.names, locale),
        parent=category.parent,
        path=[category_label(code, locale) for code in category.path],
        hs_code=category.hs_code,
        is_leaf=category.is_leaf,
    )


@router.get("/categories")
async def list_categories() -> list[CategoryOut]:
    """The whole category tree, parents before children, in the reader's language."""
    return [_category(category, current_locale()) for category in categories().values()]


@router.get("/categories/{category_code}", responses=problems(NotFound))
async def get_category(category_code: str) -> CategoryDetail:
    """A category with the attributes that its listings have, inherited ones included."""
    category = categories().get(category_code)
    if category is None:
        raise NotFound()
    locale = current_locale()
    definitions = attributes()
    shown = [
        AttributeOut(
            code=code,
            name=name_in(definitions[code].names, locale),
            kind=definitions[code].kind,
            required=required,
            unit=(unit := definitions[code].unit),
            unit_name=reference.unit_name(unit, locale) if unit else None,
            minimum=definitions[code].minimum,
            maximum=definitions[code].maximum,
            decimals=definitions[code].decimals,
            values=[
                Labelled(code=value, label=name_in(names, locale)) for value, names in definitions[code].values.items()
            ],
        )
        for code, required in category.attributes.items()
    ]
    children = [category_label(child.code, locale) for child in categories().values() if child.parent == category.code]
    return CategoryDetail(**_category(category, locale).model_dump(), attributes=shown, children=children)


async def _own(session: AsyncSession, products: list[Product]) -> list[ProductOut]:
    """Own listings with variants, prices, title and media: as many statements for many as for one."""
    ids = [product.id for product in products]
    entities = [("product", product_id) for product_id in ids]
    variants = await queries.variants_of(session, ids)
    tiers = await queries.tiers_of(session, [v.id for found in variants.values() for v in found])
    texts = await language.shown_texts(session, entities, current_locale())
    media = await documents.attached(session, entities)
    shown = []
    for product in products:
        title = texts.get(("product", product.id, "title"))
        outs = []
        for variant in variants.get(product.id, []):
            out = VariantOut.model_validate(variant)
            out.prices = [PriceTierOut.model_validate(tier) for tier in tiers.get(variant.id, [])]
            outs.append(out)
        shown.append(
            ProductOut(
                id=product.id,
                code=product.code,
                category_code=product.category_code,
                state=labelled(product.state, PRODUCT_STATE_LABELS),
                source_locale=product.source_locale,
                title=TextOut(
                    locale=title.locale, text=title.text, state=title.state, source_locale=title.source_locale
                )
                if title
                else None,
                attributes=product.attributes,
                variants=outs,
                media=[ref.id for ref in media[("product", product.id)]],
                version=product.version,
                created_at=product.created_at,
                published_at=product.published_at,
            )
        )
    return shown


@router.post(
    "/products",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, CodeTaken, *ONCE),
)
async def post_product(actor: Editor, form: ProductIn, session: Session, response: Response) -> ProductOut:
    """Create a listing as a draft."""
    product = await create_product(session, actor, form)
    response.headers["Location"] = f"/v1/products/{product.id}"
    set_etag(response, product.version)
    return (await _own(session, [product]))[0]


@router.get("/products", responses=problems(Unauthenticated))
async def list_own_products(
    actor: CurrentActor,
    request: Request,
    response: Response,
    session: Session,
    page: Paging,
    state: ProductState | None = None,
) -> Page[ProductOut]:
    """Your own listings in every state, newest first."""
    rows, cursor = await queries.page_of_products(session, actor.organization_id, page, state=state)
    link_next(request, response, cursor)
    return Page(items=await _own(session, rows), next_cursor=cursor)


@router.get("/products/{product_id}", responses=problems(Unauthenticated, NotFound))
async def get_own_product(product_id: UUID, actor: CurrentActor, session: Session, response: Response) -> ProductOut:
    """One of your own listings."""
    product = await queries.product_of(session, actor.organization_id, product_id)
    if product is None:
        raise NotFound()
    set_etag(response, product.version)
    return (await _own(session, [product]))[0]


@router.patch("/products/{product_id}", responses=problems(*READ, *EDITED, WrongProductState, NotPublishable))
async def patch_product(
    product_id: UUID, actor: Keeper, change: ProductChange, if_match: IfMatch, session: Session, response: Response
) -> ProductOut:
    """Change a listing. A published one shows the change at once."""
    product = await edit_product(session, actor, product_id, change, expected_version=if_match)
    set_etag(response, product.version)
    return (await _own(session, [product]))[0]


async def _moved(
    session: AsyncSession, actor: Actor, product_id: UUID, state: ProductState, response: Response
) -> ProductOut:
    product = await change_product_state(session, actor, product_id, state)
    set_etag(response, product.version)
    return (await _own(session, [product]))[0]


@router.post("/products/{product_id}/publish", responses=problems(*READ, WrongProductState, NotPublishable))
async def publish_product(product_id: UUID, actor: Keeper, session: Session, response: Response) -> ProductOut:
    """Show a listing to everybody. Refused, with everything that is missing, while it is incomplete."""
    return await _moved(session, actor, product_id, ProductState.PUBLISHED, response)


@router.post("/products/{product_id}/withdraw", responses=problems(*READ, WrongProductState))
async def withdraw_product(product_id: UUID, actor: Keeper, session: Session, response: Response) -> ProductOut:
    """Make a listing a draft again: a published one is taken back, an archived one reopened."""
    return await _moved(session, actor, product_id, ProductState.DRAFT, response)


@router.post("/products/{product_id}/archive", responses=problems(*READ, WrongProductState))
async def archive_product(product_id: UUID, actor: Keeper, session: Session, response: Response) -> ProductOut:
    """Put a listing away. Orders that speak of it keep their own copy of what was agreed."""
    return await _moved(session, actor, product_id, ProductState.ARCHIVED, response)


async def _variant(session: AsyncSession, variant_id: UUID, actor: Actor) -> VariantOut:
    variant = await queries.variant_of(session, actor.organization_id, variant_id)
    out = VariantOut.model_validate(variant)
    tiers = await queries.tiers_of(session, [variant_id])
    out.prices = [PriceTierOut.model_validate(tier) for tier in tiers.get(variant_id, [])]
    return out


@router.post(
    "/products/{product_id}/variants",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, CodeTaken, WrongProductState, NotPublishable),
)
async def post_variant(product_id: UUID, actor: Keeper, form: VariantIn, session: Session) -> VariantOut:
    """Add a variant with its prices."""
    variant = await add_variant(session, actor, product_id, form)
    return await _variant(session, variant.id, actor)


@router.put("/variants/{variant_id}", responses=problems(*READ, *EDITED, CodeTaken, WrongProductState, NotPublishable))
async def put_variant(
    variant_id: UUID, actor: VariantKeeper, form: VariantIn, if_match: IfMatch, session: Session
) -> VariantOut:
    """Replace a variant's values and prices; `If-Match` names the version of its product."""
    await replace_variant(session, actor, variant_id, form, expected_version=if_match)
    return await _variant(session, variant_id, actor)


@router.post(
    "/products/{product_id}/media",
    responses=problems(*READ, WrongProductState, NotPublishable, TooManyMedia, documents.DocumentRefused),
)
async def post_media(
    product_id: UUID, actor: Keeper, form: MediaIn, request: Request, session: Session, response: Response
) -> ProductOut:
    """Attach pictures and drawings that you uploaded before, or name addresses that they are fetched from.

    `GET …/media` tells when each is shown, `GET …/media-urls` what came of each address.
    """
    check_urls(request.app.state.gateways["web_files"], form.urls)
    product = await add_media(session, actor, product_id, form.document_ids, form.urls)
    set_etag(response, product.version)
    return (await _own(session, [product]))[0]
