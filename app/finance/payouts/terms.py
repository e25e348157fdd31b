"""How a supplier is paid out: as he said, else by the operator's defaults."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts import settings_queries as queries
from app.finance.payouts.models import PayoutCalendar, PayoutDefaults
from app.finance.payouts.rules import Terms
from app.finance.payouts.states import Rhythm, Way


async def terms_of(session: AsyncSession, organization_id: UUID) -> Terms:
    """What holds for the organization acted for."""
    return merged(await queries.defaults(session), await queries.calendar(session, organization_id))


def merged(defaults: PayoutDefaults, calendar: PayoutCalendar | None) -> Terms:
    """What was said of one organization goes before what is said of all."""
    said = calendar if calendar is not None and calendar.rhythm is not None else defaults
    hold_days = calendar.hold_days if calendar is not None else None
    return Terms(
        rhythm=Rhythm(said.rhythm or defaults.rhythm),
        weekday=said.weekday,
        month_day=said.month_day,
        least=(said.least_minor or 0, said.least_currency or defaults.least_currency),
        hold_days=defaults.hold_days if hold_days is None else hold_days,
        way=Way(calendar.way) if calendar is not None else Way.PROVIDER,
    )
