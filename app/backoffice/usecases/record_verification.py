"""Remember what a verification found."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.backoffice.queries import VERIFIED
from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.verify import Finding


async def record_verification(session: AsyncSession, actor: Actor, findings: Sequence[Finding]) -> bool:
    """Keep the findings in the audit log; whether all that was looked at holds.

    A check that had nothing to look at is recorded as such and breaks nothing: a young platform has no orders yet.
    """
    actor.require(Permission.OPERATE)
    looked = [finding for finding in findings if finding.looked_at]
    holds = bool(looked) and all(finding.holds for finding in looked)
    checks = [
        {"check": finding.check, "looked_at": finding.looked_at, "broken": len(finding.broken)} for finding in findings
    ]
    await audit.record(session, actor, VERIFIED, "platform", None, after={"holds": holds, "checks": checks})
    return holds
