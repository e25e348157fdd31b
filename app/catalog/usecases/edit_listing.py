"""Create a listing and change it. A change of a published listing is public in the same commit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries, rules
from app.catalog.definitions import Category, attributes, categories
from app.catalog.errors import CodeTaken, WrongProductState
from app.catalog.models import Product
from app.catalog.publication import refresh_public
from app.catalog.schemas import ListingTextIn, ProductChange, ProductIn
from app.catalog.states import PRODUCT_STATE_LABELS, ProductState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.language import facade as language


def _category(code: str) -> Category:
    found = categories().get(code)
    if found is None:
        message = N_("There is no such category. Look at the list of categories.")
        raise Invalid(errors=[FieldError("/category_code", "unknown-category", message)])
    return found


def _clean(category: Category, given: Mapping[str, Any]) -> dict[str, Any]:
    cleaned, errors = rules.clean_attributes(category, attributes(), given)
    if errors:
        raise Invalid(errors=errors)
    return cleaned


async def create_product(session: AsyncSession, actor: Actor, form: ProductIn) -> Product:
    """Record a draft listing with its texts. Raises `Invalid`, `CodeTaken`."""
    category = _category(form.category_code)
    cleaned = _clean(category, form.attributes)
    if form.source_locale not in form.texts:
        message = N_("Give the texts in the source language {locale}.")
        raise Invalid(errors=[FieldError("/texts", "source-missing", message, {"locale": form.source_locale})])
    product_id = new_id()
    inserted = await queries.insert_product(
        session,
        {
            "id": product_id,
            "supplier_id": actor.organization_id,
            "code": form.code,
            "category_code": category.code,
            "source_locale": form.source_locale,
            "attributes": cleaned,
        },
    )
    if not inserted:
        raise CodeTaken(taken=form.code)
    product = await queries.product_of(session, actor.organization_id, product_id)
    assert product is not None
    await _keep_texts(session, actor, product, form.texts)
    after = {"code": form.code, "category": category.code, "attributes": cleaned}
    await audit.record(session, actor, "product.create", "product", product_id, after=after)
    return product


async def _keep_texts(
    session: AsyncSession, actor: Actor, product: Product, texts: Mapping[str, ListingTextIn]
) -> None:
    """The source language first: translations are translations of it."""
    entity = ("product", product.id)
    ordered = sorted(texts, key=lambda locale: locale != product.source_locale)
    for locale in ordered:
        for field in ("title", "description"):
            text = getattr(texts[locale], field)
            if text is None:
                continue
            if locale == product.source_locale:
                await language.keep_text(
                    session,
                    owner_id=actor.organization_id,
                    entity=entity,
                    field=field,
                    locale=locale,
                    text=text,
                    published=product.state == ProductState.PUBLISHED,
                )
            else:
                written = language.TranslationWritten(text=text)
                await language.put_translation(session, actor, entity, field, locale, written)


async def edit_product(
    session: AsyncSession, actor: Actor, product_id: UUID, change: ProductChange, *, expected_version: int | None
) -> Product:
    """Change category, attributes or texts. Raises `NotFound`, `PreconditionFailed`, `Invalid`, `WrongProductState`."""
    product = await queries.product_of(session, actor.organization_id, product_id, lock=True)
    if product is None:
        raise NotFound()
    require_version(product.version, expected_version)
    if product.state == ProductState.ARCHIVED:
        raise WrongProductState(state=Labelled.of(product.state, PRODUCT_STATE_LABELS))
    before = {"category": product.category_code, "attributes": product.attributes}
    category = _category(change.category_code or product.category_code)
    merged = {**product.attributes, **(change.attributes or {})}
    product.category_code = category.code
    product.attributes = _clean(category, {code: value for code, value in merged.items() if value is not None})
    product.version += 1
    await session.flush()
    if change.texts:
        await _keep_texts(session, actor, product, change.texts)
    await republish_if_public(session, product)
    after = {"category": product.category_code, "attributes": product.attributes}
    await audit.record(session, actor, "product.edit", "product", product.id, before=before, after=after)
    return product


async def republish_if_public(session: AsyncSession, product: Product) -> None:
    """After a change: a published listing must still be complete, and its public document follows in this commit."""
    from app.catalog.usecases.change_state import require_publishable

    if product.state == ProductState.PUBLISHED:
        await require_publishable(session, product)
        await refresh_public(session, product)
