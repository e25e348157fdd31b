"""Make a price list, edit and delete its draft."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.definitions import categories
from app.catalog.pricing import queries
from app.catalog.pricing.errors import PriceListCodeTaken, PriceListStateConflict
from app.catalog.pricing.models import PriceList
from app.catalog.pricing.schemas import LinesIn, PriceListChange, PriceListIn, PriceListLineIn
from app.catalog.pricing.states import PRICE_LIST_STATE_LABELS, LineScope, PriceListState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties import facade as parties

ENTITY = "price_list"


def conflict(row: PriceList) -> PriceListStateConflict:
    """The refusal that names the list's state."""
    return PriceListStateConflict(state=Labelled.of(row.state, PRICE_LIST_STATE_LABELS))


async def locked_draft(session: AsyncSession, actor: Actor, list_id: UUID, version: int | None) -> PriceList:
    """The actor's own draft, locked, as he read it. Raises `NotFound`, `PreconditionFailed`, `PriceListStateConflict`."""
    row = (await queries.lock_lists(session, actor.organization_id, [list_id])).get(list_id)
    if row is None:
        raise NotFound()
    require_version(row.version, version)
    if row.state != PriceListState.DRAFT:
        raise conflict(row)
    return row


async def create_list(session: AsyncSession, actor: Actor, form: PriceListIn) -> PriceList:
    """A draft with its buyers and lines. Raises `Invalid` or `PriceListCodeTaken`."""
    values = form.model_dump(exclude={"buyer_ids", "lines"})
    errors = _validity_errors(form) + await _buyer_errors(session, actor, form.buyer_ids)
    lines, wrong = await checked_lines(session, actor, form.lines)
    if errors + wrong:
        raise Invalid(errors=errors + wrong)
    list_id = new_id()
    owned = {"id": list_id, "supplier_id": actor.organization_id, "created_by": actor.person_id, "edition": 1}
    if not await queries.insert_list(session, {**values, **owned}):
        raise PriceListCodeTaken(taken=form.code)
    row = await queries.price_list(session, list_id)
    assert row is not None
    await queries.replace_grants(session, row, sorted(set(form.buyer_ids)))
    await queries.replace_lines(session, row, lines)
    after = {**form.model_dump(mode="json", exclude={"lines"}), "lines": len(lines)}
    await audit.record(session, actor, "price_list.create", ENTITY, row.id, after=after)
    return row


async def change_list(
    session: AsyncSession, actor: Actor, list_id: UUID, form: PriceListChange, *, version: int | None
) -> PriceList:
    """Give a draft another head and other buyers."""
    row = await locked_draft(session, actor, list_id, version)
    errors = _validity_errors(form) + await _buyer_errors(session, actor, form.buyer_ids)
    if errors:
        raise Invalid(errors=errors)
    names = ("name", "currency", "valid_from", "valid_until")
    before: dict[str, Any] = {name: str(getattr(row, name)) for name in names}
    before["buyer_ids"] = (await queries.grants_of(session, [row.id])).get(row.id, [])
    for name in names:
        setattr(row, name, getattr(form, name))
    row.version += 1
    await session.flush()
    await queries.replace_grants(session, row, sorted(set(form.buyer_ids)))
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "price_list.edit", ENTITY, row.id, before=before, after=after)
    return row


async def put_lines(
    session: AsyncSession, actor: Actor, list_id: UUID, form: LinesIn, *, version: int | None
) -> PriceList:
    """Give a draft other lines."""
    row = await locked_draft(session, actor, list_id, version)
    lines, errors = await checked_lines(session, actor, form.lines)
    if errors:
        raise Invalid(errors=errors)
    return await write_lines(session, actor, row, lines)


async def write_lines(
    session: AsyncSession, actor: Actor, row: PriceList, lines: Sequence[dict[str, Any]]
) -> PriceList:
    """Replace the lines of a locked draft by checked ones."""
    await queries.replace_lines(session, row, lines)
    row.version += 1
    await session.flush()
    await audit.record(session, actor, "price_list.lines", ENTITY, row.id, after={"lines": len(lines)})
    return row


async def delete_list(session: AsyncSession, actor: Actor, list_id: UUID, *, version: int | None) -> None:
    """Throw a draft away. What was active once stays: confirmed prices and orders speak of it."""
    row = await locked_draft(session, actor, list_id, version)
    before = {"code": row.code, "edition": row.edition, "name": row.name}
    await queries.drop_list(session, row.id)
    await audit.record(session, actor, "price_list.delete", ENTITY, list_id, before=before)


def _validity_errors(form: PriceListIn | PriceListChange) -> list[FieldError]:
    if form.valid_until is not None and form.valid_until < form.valid_from:
        return [FieldError("/valid_until", "validity-reversed", N_("The last day must not come before the first."))]
    return []


async def _buyer_errors(session: AsyncSession, actor: Actor, buyer_ids: Sequence[UUID]) -> list[FieldError]:
    """Everybody named must be a buyer on the market, and another firm."""
    firms = await parties.organizations(session, [actor.organization_id, *buyer_ids])
    own = firms[actor.organization_id]
    message = N_("Name organizations that buy on this market, and not your own.")
    return [
        FieldError(f"/buyer_ids/{number}", "not-a-buyer", message)
        for number, buyer_id in enumerate(buyer_ids)
        if buyer_id == actor.organization_id
        or buyer_id not in firms
        or "buyer" not in firms[buyer_id].roles
        or not own.deals_with(firms[buyer_id])
    ]


async def checked_lines(
    session: AsyncSession, actor: Actor, lines: Sequence[PriceListLineIn]
) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """Lines ready to be stored, and what is wrong with them, below `/lines`."""
    wanted = [line.variant_id for line in lines if line.variant_id is not None]
    own = await queries.own_variants(session, actor.organization_id, ids=wanted) if wanted else {}
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    seen: set[tuple[Any, ...]] = set()
    for number, line in enumerate(lines):
        row, found = _checked(line, own)
        step = (row["variant_id"], row["category_code"], row["min_quantity"])
        if step in seen:
            found.append(("min_quantity", "line-twice", N_("There is another line for this with the same quantity.")))
        seen.add(step)
        errors += [FieldError(f"/lines/{number}/{name}", code, message) for name, code, message in found]
        rows.append(row)
    return rows, errors


def _checked(line: PriceListLineIn, own: dict[UUID, str]) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    found: list[tuple[str, str, str]] = []
    is_variant, is_category = line.scope is LineScope.VARIANT, line.scope is LineScope.CATEGORY
    if is_variant and line.variant_id not in own:
        found.append(("variant_id", "unknown-variant", N_("Name one of your own variants.")))
    if is_category and line.category_code not in categories():
        found.append(
            ("category_code", "unknown-category", N_("There is no such category. Look at the list of categories."))
        )
    if not is_variant and line.variant_id is not None:
        found.append(("variant_id", "not-for-this-scope", N_("Only a line for a variant names one.")))
    if not is_category and line.category_code is not None:
        found.append(("category_code", "not-for-this-scope", N_("Only a line for a category names one.")))
    if is_variant and (line.price_minor is None or line.discount_bp is not None):
        found.append(("price_minor", "price-wanted", N_("A line for a variant has a price and no discount.")))
    if not is_variant and (line.discount_bp is None or line.price_minor is not None):
        found.append(
            ("discount_bp", "discount-wanted", N_("A line for a category or the range has a discount and no price."))
        )
    row = {**line.model_dump(), "id": new_id(), "scope": line.scope.value}
    return row, found
