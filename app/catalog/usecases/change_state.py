"""Publish a listing, take it back, archive it, reopen it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries, rules
from app.catalog.definitions import categories
from app.catalog.errors import NotPublishable, WrongProductState
from app.catalog.events import ProductWithdrawn
from app.catalog.models import Product
from app.catalog.publication import refresh_public
from app.catalog.states import PRODUCT_STATE_LABELS, TRANSITIONS, ProductState
from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.kit.outbox import announce
from app.language import facade as language


async def require_publishable(session: AsyncSession, product: Product) -> None:
    """Raise `NotPublishable`, naming everything that a buyer would miss."""
    variants = (await queries.variants_of(session, [product.id])).get(product.id, [])
    tiers = await queries.tiers_of(session, [variant.id for variant in variants])
    texts = await language.texts_of(session, ("product", product.id))
    errors = rules.missing_for_publishing(
        categories()[product.category_code],
        product.attributes,
        has_title=any(text.field == "title" and text.is_source for text in texts),
        variants=len(variants),
        unpriced_skus=[variant.sku for variant in variants if not tiers.get(variant.id)],
    )
    if errors:
        raise NotPublishable(errors=errors)


async def change_product_state(session: AsyncSession, actor: Actor, product_id: UUID, state: ProductState) -> Product:
    """Move a listing to a state. Asking for the state it has changes nothing.

    Raises `NotFound`, `WrongProductState`, `NotPublishable`.
    """
    product = await queries.product_of(session, actor.organization_id, product_id, lock=True)
    if product is None:
        raise NotFound()
    before = ProductState(product.state)
    if before == state:
        return product
    if state not in TRANSITIONS[before]:
        raise WrongProductState(state=Labelled.of(product.state, PRODUCT_STATE_LABELS))
    if state == ProductState.PUBLISHED:
        await require_publishable(session, product)
    entity = ("product", product.id)
    await queries.set_state(session, product, state)
    await language.publish_texts(session, entity, published=state == ProductState.PUBLISHED)
    if state == ProductState.PUBLISHED:
        await refresh_public(session, product)
    elif before == ProductState.PUBLISHED:
        await queries.drop_public(session, product.id)
        await documents.publish(session, entity, published=False)
        event = ProductWithdrawn(product_id=product.id, supplier_id=product.supplier_id)
        await announce(session, event, organizations=[product.supplier_id])
    await audit.record(
        session, actor, f"product.{state}", "product", product.id, before={"state": before}, after={"state": state}
    )
    return product
