"""What a draft must satisfy beside the form of its fields: terms, moulds, catalogue items, suppliers."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.parties import facade as parties
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.mould_spec import validate_mould_spec
from app.procurement.schemas.inquiries import InquiryIn, LineIn
from app.procurement.spec_messages import field_error
from app.reference import facade as reference

MAX_LINES = 200


async def check_inquiry(session: AsyncSession, actor: Actor, form: InquiryIn) -> dict[UUID, str]:
    """The SKUs of the catalogue items asked for. Raises `Invalid` with every finding at once."""
    errors = [*_header(form), *_lines(form)]
    errors += await supplier_errors(session, actor, form.supplier_ids)
    wanted = {line.variant_id for lot in form.lots for line in lot.lines if line.variant_id}
    known = await catalog.variants(session, list(wanted)) if wanted else {}
    for pointer, line in _each_line(form):
        if line.variant_id and line.variant_id not in known:
            errors.append(
                FieldError(f"{pointer}/variant_id", "unknown-variant", N_("There is no such item in the catalogue."))
            )
    if errors:
        raise Invalid(errors=errors)
    return {variant_id: variant.sku for variant_id, variant in known.items()}


async def supplier_errors(session: AsyncSession, actor: Actor, supplier_ids: list[UUID]) -> list[FieldError]:
    """Those who cannot be invited: unknown organizations, firms that do not supply, and the buyer himself."""
    found = await parties.organizations(session, [actor.organization_id, *supplier_ids])
    buyer = found[actor.organization_id]
    errors = []
    for index, supplier_id in enumerate(supplier_ids):
        firm = found.get(supplier_id)
        if firm is None or "supplier" not in firm.roles or not buyer.deals_with(firm):
            errors.append(
                FieldError(
                    f"/supplier_ids/{index}", "not-a-supplier", N_("Choose an organization that acts as a supplier.")
                )
            )
        elif supplier_id == actor.organization_id:
            errors.append(
                FieldError(f"/supplier_ids/{index}", "own-organization", N_("You cannot invite your own organization."))
            )
    return errors


def incoterm_errors(code: str, place: str) -> list[FieldError]:
    """Hard errors of a delivery term."""
    return [
        FieldError(
            "/incoterm" if advice.code == "unknown-incoterm" else "/incoterm_place",
            advice.code,
            advice.message,
            advice.params,
        )
        for advice in reference.check_incoterm(code, place)
        if advice.severity == "error"
    ]


def _header(form: InquiryIn) -> list[FieldError]:
    errors = incoterm_errors(form.incoterm, form.incoterm_place)
    if form.opens_at is not None and form.opens_at < form.closes_at:
        errors.append(
            FieldError(
                "/opens_at", "opens-before-closing", N_("Quotes are opened at the closing time at the earliest.")
            )
        )
    errors += _required_errors("/required_on", form.required_on, form)
    templates = milestone_catalogue().templates
    if form.milestone_template is not None and form.milestone_template not in templates:
        errors.append(
            FieldError(
                "/milestone_template",
                "unknown-template",
                N_("Choose one of: {expected}."),
                {"expected": list(templates)},
            )
        )
    if sum(len(lot.lines) for lot in form.lots) > MAX_LINES:
        errors.append(
            FieldError("/lots", "too-many-lines", N_("An inquiry has at most {limit} lines."), {"limit": MAX_LINES})
        )
    return errors


def _required_errors(pointer: str, required_on: date | None, form: InquiryIn) -> list[FieldError]:
    if required_on is None or required_on >= form.closes_at.date():
        return []
    message = N_("Nothing can be delivered before quotes are in. Give a day after the closing time.")
    return [FieldError(pointer, "required-before-closing", message)]


def _each_line(form: InquiryIn) -> Iterator[tuple[str, LineIn]]:
    for lot_index, lot in enumerate(form.lots):
        for line_index, line in enumerate(lot.lines):
            yield f"/lots/{lot_index}/lines/{line_index}", line


def _lines(form: InquiryIn) -> list[FieldError]:
    errors: list[FieldError] = []
    for pointer, line in _each_line(form):
        if line.spec is not None and line.variant_id is not None:
            errors.append(
                FieldError(
                    f"{pointer}/spec",
                    "item-or-mould",
                    N_("A line asks for a catalogue item or for a custom mould, not for both."),
                )
            )
        if line.spec is not None:
            errors += [field_error(problem, f"{pointer}/spec") for problem in validate_mould_spec(line.spec)]
        errors += _required_errors(f"{pointer}/required_on", line.required_on, form)
        if line.share_target and line.target_price_minor is None:
            errors.append(
                FieldError(f"{pointer}/share_target", "no-target", N_("Give a target price before you share it."))
            )
    return errors[:100]
