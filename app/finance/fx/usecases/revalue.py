"""Value the house's open positions in foreign currency at a month's end, once."""

from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.fx import queries
from app.finance.fx.errors import RevaluationNotReady
from app.finance.fx.models import FxRevaluation
from app.finance.fx.rules import facts_of_revaluation, gain_of, last_of_month
from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import Purpose
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.ids import new_id
from app.reference import facade as reference

ENTITY = "fx_revaluation"


async def revalue(session: AsyncSession, actor: Actor, period: date, *, into: str, today: date) -> FxRevaluation:
    """A month's revaluation: made now, on its last day and by that day's rates, or before.

    Raises `RevaluationNotReady`, `PeriodClosed`, `RateMissing`, `RateTooOld`.
    """
    last_day = last_of_month(period)
    if last_day >= today:
        raise RevaluationNotReady()
    await queries.lock_revaluing(session)
    made = await queries.revaluation(session, period)
    if made is not None:
        return made
    positions = await ledger.house_balances(session, Purpose.FX_POSITION, last_day)
    rates = {
        currency: await reference.rate_on(session, currency, into, last_day)
        for currency, position in sorted(positions.items())
        if position
    }
    gain_minor = gain_of(positions, {currency: rate.value for currency, rate in rates.items()}, into)
    made_id = new_id()
    values: dict[str, Any] = {
        "id": made_id,
        "period": period,
        "currency": into,
        "gain_minor": gain_minor,
        "positions": {
            currency: {
                "position_minor": positions[currency],
                "rate": str(rate.value),
                "rate_on": rate.day.isoformat(),
                "source": rate.source,
            }
            for currency, rate in rates.items()
        },
        "revalued_by": actor.person_id,
    }
    fact = facts_of_revaluation(made_id, last_day, gain_minor, into)
    [values["posting_id"]] = await ledger.post(session, fact) if fact else [None]
    try:
        row = await queries.insert_revaluation(session, values)
    except IntegrityError as error:
        raise RevaluationNotReady() if refused_by(error, "fx_revaluations_in_order") else error from error
    after = {"period": period, "gain_minor": gain_minor, "currency": into}
    await audit.record(session, actor, "fx.revalue", ENTITY, row.id, after=after)
    return row
