"""Say what is stocked: variants of the catalogue, and things of one's own."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.locales import N_
from app.warehousing import queries
from app.warehousing.errors import StockCodeTaken
from app.warehousing.models import StockItem
from app.warehousing.schemas import StockItemChange, StockItemIn

TAKEN_OVER = ("sku", "unit", "mass_kg", "length_mm", "width_mm", "height_mm")


async def stock_item(session: AsyncSession, actor: Actor, form: StockItemIn) -> StockItem:
    """A new item. Raises `Invalid` for a variant of somebody else or a thing without SKU or name; `StockCodeTaken`."""
    values: dict[str, Any] = form.model_dump()
    values["locale"] = form.locale or actor.locale
    if form.variant_id is not None:
        variant = (await catalog.variants(session, [form.variant_id], locale=values["locale"])).get(form.variant_id)
        if variant is None or variant.supplier_id != actor.organization_id:
            message = N_("Name a variant of your own catalogue.")
            raise Invalid(errors=[FieldError("/variant_id", "unknown-variant", message)])
        taken_over = {name: getattr(variant, name) for name in TAKEN_OVER} | {"name": variant.title[:200]}
        values |= {name: value for name, value in taken_over.items() if values[name] is None}
    values["unit"] = values["unit"] or "H87"
    missing = [name for name in ("sku", "name") if not values[name]]
    if missing:
        raise Invalid(errors=[FieldError(f"/{name}", "missing", N_("This field is required.")) for name in missing])
    row = await queries.insert_item(session, values | {"organization_id": actor.organization_id})
    if row is None:
        raise StockCodeTaken(taken=values["sku"])
    after = {name: values[name] for name in ("sku", "variant_id", "name", "unit", "tracking", "offered")}
    await audit.record(session, actor, "stock_item.create", "stock_item", row.id, after=after)
    return row


async def change_item(
    session: AsyncSession, actor: Actor, item_id: UUID, form: StockItemChange, *, expected: int | None
) -> StockItem:
    """Raises `NotFound`, `PreconditionFailed`, or `Invalid` for a unit or tracking that stock was already counted by."""
    row = await queries.lock_item(session, actor.organization_id, item_id)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    given = form.model_dump(exclude_unset=True)
    for name, value in given.items():
        if value is not None or name in ("mass_kg", "length_mm", "width_mm", "height_mm"):
            setattr(row, name, value)
    row.version += 1
    try:
        await session.flush()
    except DBAPIError as error:
        if refused_by(error, "stock_items_counted_alike"):
            message = N_("Stock has been moved already: unit and tracking stay as they are.")
            names = [name for name in ("unit", "tracking") if name in given]
            raise Invalid(errors=[FieldError(f"/{name}", "counted-already", message) for name in names]) from error
        if refused_by(error, "ck_warehouse_bins_mass_within_capacity", "ck_warehouse_bins_volume_within_capacity"):
            message = N_("With these measures, a bin that it lies in would bear more than it may.")
            raise Invalid(errors=[FieldError("/mass_kg", "bin-full", message)]) from error
        raise
    after = form.model_dump(mode="json", exclude_unset=True)
    await audit.record(session, actor, "stock_item.change", "stock_item", row.id, after=after)
    return row
