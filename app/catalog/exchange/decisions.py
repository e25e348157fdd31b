"""What becomes of one product of a file: created, changed, unchanged or refused, with the rows to write. Pure.

The rules are those of one listing by hand: `listing_rows.checked`, the states' steps, a published listing stays complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from app.catalog import listing_rows
from app.catalog.exchange.columns import VARIANT_KEYS
from app.catalog.exchange.drafting import Defaults, Draft, Finding, Stored, draft, variant_form
from app.catalog.exchange.errors import CellRefused
from app.catalog.exchange.spool import Group
from app.catalog.listing_rows import MAX_VARIANTS, ListingImport
from app.catalog.schemas import VariantIn
from app.catalog.states import TRANSITIONS, ProductState
from app.kit.errors import FieldError
from app.kit.locales import N_
from app.kit.validation_messages import explain
from app.language import facade as language

_COLUMN_OF = {"category_code": "category", "variants": "sku", "texts": "title", "prices": "prices"}


class Outcome(StrEnum):
    """What becomes of a product."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass
class Change:
    """What a stored product gets. `tiers_of` are the variants whose price steps are replaced by `tiers`."""

    product: dict[str, Any]
    before: ProductState
    after: ProductState
    new_variants: list[dict[str, Any]] = field(default_factory=list)
    variants: list[dict[str, Any]] = field(default_factory=list)
    tiers_of: list[UUID] = field(default_factory=list)
    tiers: list[dict[str, Any]] = field(default_factory=list)
    texts: list[language.TextImport] = field(default_factory=list)


@dataclass
class Decision:
    """One product's outcome. `listing` and `cleaned` belong to a created one, `change` to a changed one."""

    group: Group
    outcome: Outcome
    findings: list[Finding] = field(default_factory=list)
    listing: ListingImport | None = None
    cleaned: dict[str, Any] = field(default_factory=dict)
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for every product of an import. `taken` says which product has a SKU already."""

    supplier_id: UUID
    defaults: Defaults
    may_translate: bool
    now: datetime
    taken: Mapping[str, UUID] = field(default_factory=dict)


def decide(group: Group, stored: Stored | None, at: Circumstances) -> Decision:
    """Judge one product."""
    if group.count > MAX_VARIANTS:
        message = N_("This product has {count} rows; at most {limit} variants are possible.")
        refused = CellRefused("too-many-variants", message, count=group.count, limit=MAX_VARIANTS)
        made = Draft(group.code, group.rows[0].number)
        made.note(made.first_row, "code", refused)
        return Decision(group, Outcome.REFUSED, made.findings)
    made = draft(group, stored, at.defaults)
    listing, cleaned = _judged(made)
    if listing is not None:
        _skus(made, listing, stored, at)
        _steps(made, listing, stored)
        if not at.may_translate and any(locale != listing.source_locale for _, locale in made.texts):
            message = N_("Your role does not include translations. Leave the columns of other languages out.")
            made.note(made.first_row, "title", CellRefused("translations-not-permitted", message))
    if made.findings or listing is None:
        return Decision(group, Outcome.REFUSED, made.findings)
    if stored is None:
        return Decision(group, Outcome.CREATED, [], listing, cleaned)
    change = _difference(made, listing, cleaned, stored, at)
    if change is None:
        return Decision(group, Outcome.UNCHANGED)
    if stored.product.state == ProductState.ARCHIVED and listing.state == ProductState.ARCHIVED:
        message = N_("This listing is archived. Ask for the state draft to reopen it.")
        made.note(made.first_row, "state", CellRefused("archived", message))
        return Decision(group, Outcome.REFUSED, made.findings)
    return Decision(group, Outcome.CHANGED, change=change)


def _judged(made: Draft) -> tuple[ListingImport | None, dict[str, Any]]:
    """The listing by the forms and the rules of one by hand; what is wrong is noted."""
    if not made.form or not made.form["category_code"]:
        return None, {}
    made.misread = tuple(made.findings)
    try:
        listing = ListingImport.model_validate(made.form)
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_input=False):
            message, params = explain(error["type"], error.get("ctx", {}))
            code = error["type"].replace("_", "-")
            _note(made, [str(step) for step in error["loc"]], FieldError("", code, message, params))
        return None, {}
    cleaned, errors = listing_rows.checked(listing)
    for found in errors:
        _note(made, found.pointer.strip("/").split("/"), found)
    return listing, cleaned


def _note(made: Draft, steps: list[str], error: FieldError) -> None:
    """A finding of the rules at the row and column that it speaks of."""
    row, sku = made.first_row, ""
    if steps[0] == "variants" and len(steps) > 1 and int(steps[1]) < len(made.rows_of_variants):
        row, sku = made.rows_of_variants[int(steps[1])]
        steps = steps[2:] or ["sku"]
    elif "sku" in error.params:
        sku = str(error.params["sku"])
        row = next((number for number, own in made.rows_of_variants if own == sku), row)
        steps = ["prices"]
    elif steps[0] == "attributes" and len(steps) > 1:
        steps = steps[1:]
    elif steps[0] == "texts" and len(steps) > 1:
        steps = [f"{steps[2]}:{steps[1]}" if len(steps) > 2 else "title"]
    params = {name: _plain(value) for name, value in error.params.items()}
    column = _COLUMN_OF.get(steps[0], steps[0])
    # What follows from a cell that was not understood is no news.
    known = made.findings if error.code == "required" else made.misread
    if any(one.column == column and (one.row == row or column not in VARIANT_KEYS) for one in known):
        return
    made.note(row, column, CellRefused(error.code, str(error.message), **params), sku)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str | list) else str(value)


def _skus(made: Draft, listing: ListingImport, stored: Stored | None, at: Circumstances) -> None:
    """A SKU of another product of this supplier is taken."""
    own = stored.product.id if stored else None
    for row, sku in made.rows_of_variants:
        if at.taken.get(sku, own) != own:
            message = N_("Your catalogue already has “{taken}”. Codes and SKUs are unique within one supplier.")
            made.note(row, "sku", CellRefused("code-taken", message, taken=sku[:80]), sku)


def _steps(made: Draft, listing: ListingImport, stored: Stored | None) -> None:
    """States change by the legal steps only."""
    if stored is None or listing.state == stored.product.state:
        return
    before = ProductState(stored.product.state)
    if listing.state not in TRANSITIONS[before]:
        message = N_("A listing does not go from {before} to {after} in one step.")
        refused = CellRefused("wrong-product-state", message, before=before.value, after=listing.state.value)
        made.note(made.first_row, "state", refused)


def _difference(
    made: Draft, listing: ListingImport, cleaned: dict[str, Any], stored: Stored, at: Circumstances
) -> Change | None:
    """What is to be written, or None when everything is so already."""
    product = stored.product
    before, after = ProductState(product.state), ProductState(listing.state)
    published_at = product.published_at if before == after else None
    values = {
        "id": product.id,
        "category_code": listing.category_code,
        "attributes": cleaned,
        "state": after.value,
        "published_at": published_at if before == after or after != ProductState.PUBLISHED else at.now,
        "version": product.version + 1,
    }
    change = Change(values, before, after)
    by_sku = {variant.sku: variant for variant in stored.variants}
    for form in listing.variants:
        known = by_sku.get(form.sku)
        if known is None:
            variants, tiers = listing_rows.variant_rows([form], product.id, at.supplier_id)
            change.new_variants += variants
            change.tiers += tiers
            continue
        had = VariantIn.model_validate(variant_form(known, stored.tiers.get(known.id, ())))
        values_now = form.model_dump(exclude={"prices"})
        if values_now != had.model_dump(exclude={"prices"}):
            change.variants.append({**values_now, "id": known.id})
        if _tiers(form) != _tiers(had):
            change.tiers_of.append(known.id)
            change.tiers += [
                {**tier.model_dump(), "variant_id": known.id, "supplier_id": at.supplier_id} for tier in form.prices
            ]
    by_field: dict[str, dict[str, str]] = {}
    for (name, locale), text in made.texts.items():
        by_field.setdefault(name, {})[locale] = getattr(listing.texts[locale], name) or text
    published = after == ProductState.PUBLISHED
    change.texts = [
        language.TextImport(("product", product.id), name, product.source_locale, texts, published)
        for name, texts in by_field.items()
    ]
    same = (product.category_code, product.attributes, before) == (listing.category_code, cleaned, after)
    return None if same and not (change.new_variants or change.variants or change.tiers_of or change.texts) else change


def _tiers(form: VariantIn) -> set[tuple[str, Any, int]]:
    return {(tier.currency, tier.min_quantity, tier.price_minor) for tier in form.prices}
