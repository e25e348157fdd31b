"""What `partingline verify` proves of disputes: each stands where its history has led it, and its milestone is frozen with it."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import queries
from app.finance.disputes.models import Dispute, DisputeEntry
from app.finance.disputes.states import ACTIVE, SETTLED, Act, state_after
from app.kit.verify import check

BATCH = 500

_PROPOSALS = text(
    "SELECT d.id, d.state, d.release_minor, d.refund_minor, count(p.id) AS proposals, "
    "count(p.id) FILTER (WHERE p.state = 'open') AS standing, "
    "count(p.id) FILTER (WHERE p.state = 'accepted' "
    "AND (p.release_minor, p.refund_minor) = (d.release_minor, d.refund_minor)) AS accepted, "
    "count(p.id) FILTER (WHERE p.state = 'accepted') AS taken, "
    "(SELECT count(*) FROM payment_dispute_entries e WHERE e.dispute_id = d.id AND e.act = 'proposed') AS made "
    "FROM payment_disputes d LEFT JOIN payment_dispute_proposals p ON p.dispute_id = d.id GROUP BY d.id ORDER BY d.id"
)

# What nobody owes any more of a milestone is what disputes about it were settled by. What was given back meanwhile otherwise, by
# the supplier or at the provider's desk, counts against the buyer's part of a settlement.
_REDUCED = text("""
SELECT m.id, m.reduced_minor, coalesce(d.refund, 0) AS refund FROM payment_milestones m LEFT JOIN (
    SELECT milestone_id, sum(refund_minor) AS refund FROM payment_disputes GROUP BY 1
) d ON d.milestone_id = m.id
WHERE m.reduced_minor > coalesce(d.refund, 0) OR m.reduced_minor < coalesce(d.refund, 0) AND NOT EXISTS (
    SELECT 1 FROM milestone_refunds r WHERE r.milestone_id = m.id AND r.kind IN ('foreign', 'decision'))
ORDER BY m.id LIMIT :most
""")
_DISPUTES = text("SELECT count(*) FROM payment_disputes")
_FROZEN = text(
    "SELECT coalesce(d.id, m.frozen_by) AS id, coalesce(m.id, d.milestone_id) AS milestone_id FROM payment_disputes d "
    "FULL JOIN payment_milestones m ON m.frozen_by = d.id AND m.id = d.milestone_id "
    "WHERE (m.id IS NOT NULL AND m.frozen_by IS NOT NULL OR d.id IS NOT NULL) "
    "AND (m.frozen_by IS NOT NULL) <> coalesce(d.state = ANY (:active), false) LIMIT :most"
)


@check("disputes and their histories")
async def dispute_histories(session: AsyncSession) -> tuple[int, list[str]]:
    """Read each history again: state, deadlines that were noted, and how it was divided."""
    looked = 0
    broken: list[str] = []
    last = None
    while True:
        statement = select(Dispute).order_by(Dispute.id).limit(BATCH)
        rows = (await session.scalars(statement.where(Dispute.id > last) if last else statement)).all()
        if not rows:
            return looked, broken

        last = rows[-1].id
        looked += len(rows)
        entries = await queries.entries(session, [row.id for row in rows])
        broken += [f"dispute {row.id}" for row in rows if not _stands(row, entries[row.id])]
        session.expunge_all()


def _stands(row: Dispute, entries: Sequence[DisputeEntry]) -> bool:
    acts = [entry.act for entry in entries]
    if not acts or acts[0] != Act.OPENED or acts.count(Act.OPENED) != 1:
        return False
    settled = (entries[-1].release_minor, entries[-1].refund_minor) if row.state in SETTLED else (None, None)
    return (
        row.state == state_after((entry.act, entry.side) for entry in entries)
        and (row.release_minor, row.refund_minor) == settled
        and (row.answer_overdue_at is not None) == (acts.count(Act.ANSWER_OVERDUE) == 1)
        and (row.escalated_at is not None) == (acts.count(Act.ESCALATED) == 1)
    )


@check("dispute proposals")
async def dispute_proposals(session: AsyncSession) -> tuple[int, list[str]]:
    """An agreement is a proposal that was accepted, with its split; none was accepted otherwise, and none stands at the end.
    Looked at are proposals: where nobody has made any, nothing is proved."""
    rows = (await session.execute(_PROPOSALS)).all()
    broken = []
    for row in rows:
        agreed = 1 if row.state == "agreed" else 0
        ended = row.state not in ACTIVE
        if (row.accepted, row.taken) != (agreed, agreed) or row.made != row.proposals or (ended and row.standing):
            broken.append(f"proposals of dispute {row.id}")
    return sum(row.proposals for row in rows), broken


@check("disputed milestones")
async def disputed_milestones(session: AsyncSession) -> tuple[int, list[str]]:
    """While a dispute goes on its milestone is frozen by it; none is frozen by a dispute that has ended, or that there is not."""
    looked = int(await session.scalar(_DISPUTES) or 0)
    broken = [
        f"milestone {row.milestone_id} of dispute {row.id}"
        for row in (await session.execute(_FROZEN, {"active": list(ACTIVE), "most": BATCH})).all()
    ]
    return looked, broken


@check("milestones reduced by disputes")
async def milestones_reduced(session: AsyncSession) -> tuple[int, list[str]]:
    """Of each milestone so much is not owed as settlements of disputes about it came to, and no more."""
    looked = int(await session.scalar(_DISPUTES) or 0)
    broken = [
        f"milestone {row.id} is reduced by {row.reduced_minor}, and not by {row.refund}"
        for row in (await session.execute(_REDUCED, {"most": BATCH})).all()
    ]
    return looked, broken
