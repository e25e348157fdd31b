"""Add and change variants with their price tiers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries, rules
from app.catalog.errors import CodeTaken, WrongProductState
from app.catalog.models import Product, Variant
from app.catalog.schemas import PriceTierIn, VariantIn
from app.catalog.states import PRODUCT_STATE_LABELS, ProductState
from app.catalog.usecases.edit_listing import republish_if_public
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id


async def _locked(session: AsyncSession, actor: Actor, product_id: UUID, expected_version: int | None) -> Product:
    product = await queries.product_of(session, actor.organization_id, product_id, lock=True)
    if product is None:
        raise NotFound()
    require_version(product.version, expected_version)
    if product.state == ProductState.ARCHIVED:
        raise WrongProductState(state=Labelled.of(product.state, PRODUCT_STATE_LABELS))
    return product


def _check_tiers(form: VariantIn) -> None:
    tiers = [(tier.currency, tier.min_quantity, tier.price_minor) for tier in form.prices]
    errors = rules.tier_errors(tiers, form.minimum_order_quantity)
    if errors:
        raise Invalid(errors=errors)


async def _put_tiers(session: AsyncSession, variant_id: UUID, supplier_id: UUID, tiers: Sequence[PriceTierIn]) -> None:
    rows = [{**tier.model_dump(), "variant_id": variant_id, "supplier_id": supplier_id} for tier in tiers]
    await queries.replace_tiers(session, variant_id, rows)


async def add_variant(session: AsyncSession, actor: Actor, product_id: UUID, form: VariantIn) -> Variant:
    """Add a variant to a listing. Raises `NotFound`, `CodeTaken`, `Invalid`, `WrongProductState`."""
    product = await _locked(session, actor, product_id, None)
    _check_tiers(form)
    variant_id = new_id()
    values = form.model_dump(exclude={"prices"})
    inserted = await queries.insert_variant(
        session, {**values, "id": variant_id, "product_id": product.id, "supplier_id": actor.organization_id}
    )
    if not inserted:
        raise CodeTaken(taken=form.sku)
    await _put_tiers(session, variant_id, actor.organization_id, form.prices)
    product.version += 1
    await session.flush()
    await republish_if_public(session, product)
    await audit.record(
        session, actor, "variant.add", "variant", variant_id, after=form.model_dump(mode="json", exclude={"prices"})
    )
    variant = await queries.variant_of(session, actor.organization_id, variant_id)
    assert variant is not None
    return variant


async def replace_variant(
    session: AsyncSession, actor: Actor, variant_id: UUID, form: VariantIn, *, expected_version: int | None
) -> Variant:
    """Give a variant new values and prices; `expected_version` is that of its product. The SKU stays.

    Raises `NotFound`, `PreconditionFailed`, `CodeTaken` (another SKU), `Invalid`, `WrongProductState`.
    """
    variant = await queries.variant_of(session, actor.organization_id, variant_id)
    if variant is None:
        raise NotFound()
    product = await _locked(session, actor, variant.product_id, expected_version)
    # Read again under the lock: a value that only seems unchanged would not be written.
    await queries.variant_of(session, actor.organization_id, variant_id)
    if form.sku != variant.sku:
        raise CodeTaken(taken=variant.sku)
    _check_tiers(form)
    for name, value in form.model_dump(exclude={"prices", "sku"}).items():
        setattr(variant, name, value)
    product.version += 1
    await session.flush()
    await _put_tiers(session, variant.id, actor.organization_id, form.prices)
    await republish_if_public(session, product)
    await audit.record(
        session, actor, "variant.replace", "variant", variant_id, after=form.model_dump(mode="json", exclude={"prices"})
    )
    return variant
