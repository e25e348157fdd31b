"""Members who all commit themselves in the last second before the freeze; the same for one process of a test and for several of
a proof."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.pooling.usecases.freeze import freeze_campaign
from tests.concurrency.racing import Outcome, Owner
from tests.market import Market, Member
from tests.rooms.pooling.campaigns import commitment_form, opened

HURRIED = 0.4
"""The share of members who, not having heard, send the same once more under the same key."""


@dataclass
class Rush(Outcome):
    """Commitments around a freeze. `wrong` says what does not agree afterwards."""

    rounds: int = 0
    taken: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


async def rush(market: Market, outcome: Rush, owner: Owner, members: Sequence[Member], *, seconds: float) -> None:
    """Every member commits himself once, spread over some time in whose middle the freeze comes."""
    lead = await market.people("buyer")
    campaign = await opened(market, lead)
    path = f"/v1/campaigns/{campaign['id']}/commitments"
    campaign_id = UUID(campaign["id"])
    luck = random.Random(outcome.rounds)
    answers: dict[str, list[tuple[int, str]]] = {}

    async def commit(member: Member, after: float) -> None:
        await asyncio.sleep(after)
        form = commitment_form(campaign, 100 * luck.randint(1, 5), luck.randint(40000, 50000))
        headers = {"Idempotency-Key": str(new_id())}
        again = 2 if luck.random() < HURRIED else 1
        for _ in range(again):
            began = time.perf_counter()
            answer = await member.post(path, json=form, headers=headers)
            outcome.note(answer, began)
            body = answer.json()
            answers.setdefault(str(member.firm.id), []).append((answer.status_code, body.get("id") or body["code"]))

    async def freeze() -> None:
        # As the job that is deferred to that moment: whoever tries before keeps everybody waiting behind him.
        await asyncio.sleep(seconds / 2)
        while True:
            async with market.db.transaction(Role.WORKER) as session:
                await act_for(session, lead.firm.id)
                if await freeze_campaign(session, campaign_id, now=market.clock.now()):
                    return
            await asyncio.sleep(0.05)

    _closes_in(owner, campaign["id"], seconds / 2)
    began = time.perf_counter()
    await asyncio.gather(freeze(), *(commit(member, luck.random() * seconds) for member in members))
    outcome.seconds += time.perf_counter() - began
    outcome.rounds += 1
    _judge(outcome, owner, campaign["id"], answers)


def _closes_in(owner: Owner, campaign_id: str, seconds: float) -> None:
    """Nobody may shorten a campaign, so the superuser does it with its guard asleep."""
    owner.execute("SET session_replication_role = replica")
    owner.execute(
        "UPDATE campaigns SET closes_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
        (seconds, campaign_id),
    )
    owner.execute("SET session_replication_role = origin")


def _judge(outcome: Rush, owner: Owner, campaign_id: str, answers: dict[str, list[tuple[int, str]]]) -> None:
    """Each was taken or refused, what was taken stands once, and sums, log and what stands are the same."""
    rows = owner.execute(
        "SELECT member_id, id, lots, created_at < (SELECT closes_at FROM campaigns WHERE id = campaign_id) "
        "FROM commitments WHERE campaign_id = %s AND state = 'standing'",
        (campaign_id,),
    ).fetchall()
    stands = {str(row[0]): str(row[1]) for row in rows}
    taken = {}
    for member, told in answers.items():
        statuses = {status for status, _ in told}
        if statuses == {201} and len({one for _, one in told}) == 1:
            taken[member] = told[0][1]
        elif statuses == {409} and {code for _, code in told} == {"campaign-closed"}:
            outcome.refused += 1
        else:
            outcome.wrong.append(f"round {outcome.rounds}: {member} was told {told}")
    outcome.taken += len(taken)
    if len(rows) != len(stands) or stands != taken or not all(row[3] for row in rows):
        outcome.wrong.append(f"round {outcome.rounds}: {len(taken)} were taken, {len(rows)} stand")
    sums = owner.execute(
        "SELECT (SELECT sum(lots) FROM campaign_totals WHERE campaign_id = %(id)s), "
        "(SELECT coalesce(sum(lots), 0) FROM commitment_events WHERE campaign_id = %(id)s), "
        "(SELECT sum(commitments) FROM campaign_totals WHERE campaign_id = %(id)s), "
        "(SELECT coalesce(sum(counted), 0) FROM commitment_events WHERE campaign_id = %(id)s)",
        {"id": campaign_id},
    ).fetchone()
    lots = sum(int(str(row[2])) for row in rows)
    if sums is None or [int(str(one)) for one in sums] != [lots, lots, len(rows), len(rows)]:
        outcome.wrong.append(f"round {outcome.rounds}: {lots} lots of {len(rows)} stand, the sums are {sums}")
