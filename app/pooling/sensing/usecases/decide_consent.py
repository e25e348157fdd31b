"""An organization says whether its demand may be counted."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import PreconditionFailed
from app.kit.etags import require_version
from app.pooling.sensing import queries
from app.pooling.sensing.models import DemandConsent

ENTITY = "demand_consent"


async def decide_consent(
    session: AsyncSession, actor: Actor, *, given: bool, expected: int | None
) -> DemandConsent | None:
    """Decide; what holds now (None: nothing was ever decided, which is no). The same answer twice is one decision.

    Raises `PreconditionFailed` when a colleague has decided meanwhile.
    """
    before = await queries.consent(session, actor.organization_id)
    version = before.version if before else 0
    require_version(version, expected)
    held = before is not None and before.given
    if held == given:
        return before
    row = await queries.insert_consent(session, actor.organization_id, version + 1, given=given)
    if row is None:
        raise PreconditionFailed()
    action = "demand_consent.give" if given else "demand_consent.withdraw"
    await audit.record(session, actor, action, ENTITY, row.id, before={"given": held}, after={"given": given})
    return row
