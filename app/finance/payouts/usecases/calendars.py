"""When suppliers are paid out: their own wishes, the operator's defaults, what the operator says of one."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import settings_queries as queries
from app.finance.payouts.models import PayoutDefaults
from app.finance.payouts.schemas import PayoutCalendarIn, PayoutDefaultsIn, SupplierTermsIn
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound, PreconditionFailed
from app.kit.etags import require_version
from app.parties import facade as parties

CALENDAR, DEFAULTS = "payout_calendar", "payout_defaults"
FIRST = 1
"""The version that is read before anything was said."""


async def put_calendar(session: AsyncSession, actor: Actor, form: PayoutCalendarIn, *, version: int | None) -> None:
    """A supplier says when he wants to be paid out. What is owed already follows the new calendar."""
    await _put(session, actor, actor.organization_id, form.values(), version)


async def put_terms(
    session: AsyncSession, actor: Actor, organization_id: UUID, form: SupplierTermsIn, *, version: int | None
) -> None:
    """The operator says how long money of a supplier is held, and which way it is sent. Raises `NotFound`."""
    if organization_id not in await parties.organizations(session, [organization_id]):
        raise NotFound()
    await _put(session, actor, organization_id, {"hold_days": form.hold_days, "way": form.way}, version)


async def _put(
    session: AsyncSession, actor: Actor, organization_id: UUID, values: dict[str, Any], version: int | None
) -> None:
    row = await queries.lock_calendar(session, organization_id)
    before = {name: getattr(row, name) for name in values} if row is not None else None
    if row is None:
        require_version(FIRST, version)
        if not await queries.insert_calendar(session, {**values, "organization_id": organization_id, "version": 2}):
            raise PreconditionFailed()
    else:
        require_version(row.version, version)
        await queries.change_calendar(session, organization_id, values)
    await audit.record(session, actor, "payout_calendar.put", CALENDAR, organization_id, before=before, after=values)


async def put_defaults(
    session: AsyncSession, actor: Actor, form: PayoutDefaultsIn, *, version: int | None
) -> PayoutDefaults:
    """The operator says how suppliers are paid out who have said nothing."""
    row = await queries.lock_defaults(session)
    require_version(row.version, version)
    values = {**form.values(), "hold_days": form.hold_days}
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    await session.flush()
    await audit.record(session, actor, "payout_defaults.put", DEFAULTS, None, before=before, after=values)
    return row
