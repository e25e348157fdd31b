"""A supplier grants a buyer credit, and changes what he has granted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import queries
from app.finance.credit.errors import CreditLineExists
from app.finance.credit.events import CreditLineChanged, CreditLineGranted
from app.finance.credit.models import CreditLine
from app.finance.credit.schemas import CreditLineChangeIn, CreditLineIn
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties

ENTITY = "credit_line"
_NO_BUYER = N_("Name a buyer on the market, other than your own organization.")
_DAYS = N_("The last day lies before the first.")


async def grant(session: AsyncSession, actor: Actor, form: CreditLineIn, *, now: datetime) -> CreditLine:
    """A new line. It is the supplier's offer: nobody accepts it. Raises `Invalid`, `CreditLineExists`."""
    firms = await parties.organizations(session, [actor.organization_id, form.buyer_id])
    own, buyer = firms[actor.organization_id], firms.get(form.buyer_id)
    errors = []
    if buyer is None or buyer.id == own.id or "buyer" not in buyer.roles or not own.deals_with(buyer):
        errors.append(FieldError("/buyer_id", "not-a-buyer", _NO_BUYER))
    valid_from = form.valid_from or now.date()
    if form.valid_until is not None and form.valid_until < valid_from:
        errors.append(FieldError("/valid_until", "days-in-order", _DAYS))
    if errors:
        raise Invalid(errors=errors)
    values = form.model_dump() | {"valid_from": valid_from}
    first = {**values, "id": new_id(), "supplier_id": own.id, "created_by": actor.person_id}
    if not await queries.insert_line(session, first):
        raise CreditLineExists()
    await audit.record(session, actor, "credit_line.grant", ENTITY, first["id"], after=values)
    row = await queries.line(session, first["id"])
    assert row is not None
    await announce(session, CreditLineGranted(**ids_of(row)), organizations=[row.supplier_id, row.buyer_id])
    return row


async def change(
    session: AsyncSession, actor: Actor, line_id: UUID, form: CreditLineChangeIn, *, version: int | None, now: datetime
) -> CreditLine:
    """Another limit, other days or terms. What was taken stays, also above a lower limit: then nothing more is taken. Raises
    `Invalid`."""
    row = await queries.lock_line(session, line_id)
    assert row is not None, "the guard found it"
    require_version(row.version, version)
    given = {name: getattr(form, name) for name in sorted(form.model_fields_set)}
    empty = [name for name in ("limit_minor", "payment_days") if name in given and given[name] is None]
    if empty:
        raise Invalid(
            errors=[FieldError(f"/{name}", "required", N_("Say how much, or leave it out.")) for name in empty]
        )
    until = given.get("valid_until")
    if until is not None and until < row.valid_from:
        raise Invalid(errors=[FieldError("/valid_until", "days-in-order", _DAYS)])
    before = {name: getattr(row, name) for name in given}
    for name, value in given.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = now
    await session.flush()
    await audit.record(session, actor, "credit_line.change", ENTITY, row.id, before=before, after=given)
    await announce(session, CreditLineChanged(**ids_of(row)), organizations=[row.supplier_id, row.buyer_id])
    return row


def ids_of(row: CreditLine) -> dict[str, UUID | str]:
    """What every event about a line names."""
    return {
        "credit_line_id": row.id,
        "supplier_id": row.supplier_id,
        "buyer_id": row.buyer_id,
        "currency": row.currency,
    }
