"""`make prove POINT=kill-drill`: API and worker are killed ten times while the tour is told; nothing is lost or done twice."""

import asyncio
import secrets
import sys
import time
from collections import Counter
from typing import Any

from app.kit.audit import chain_audit
from app.kit.db.engine import Database, Role
from app.kit.verify import verify_all
from app.settings import get_settings
from tests.proofs.drill import Drill, demo, differences, kill_points, of_later_tours, tell, what_is_wrong
from tests.proofs.record import record
from tests.proofs.stand import own_database

KILLS, TOURS = 10, 5


async def _verified() -> list[dict[str, Any]]:
    database = Database(get_settings())
    try:
        async with database.transaction(Role.WORKER) as session:
            await chain_audit(session)
        findings = await verify_all(database)
    finally:
        await database.close()
    return [
        {
            "check": finding.check,
            "looked_at": finding.looked_at,
            "holds": finding.holds,
            "broken": list(finding.broken[:3]),
        }
        for finding in findings
    ]


def calm_tour(running: Drill) -> tuple[bool, int, Counter[str]]:
    """A tour that nobody disturbs: (whether every step held, how many there were, what it gave rise to)."""
    running.drain()
    running.remember()
    before = running.tally()
    held, steps = tell(running, 0, {})
    running.drain()
    return held, steps, running.tally() - before


def told_and_killed(
    running: Drill, *, kills: int, tours: int, steps: int, calm: Counter[str]
) -> tuple[dict[str, Any], bool]:
    """`tours` tours with `kills` kills among them, each compared with a `calm` one of so many `steps`.

    Gives the figures, and whether all held.
    """
    told = [_disturbed(running, number, steps, kills // tours, calm) for number in range(1, tours + 1)]
    wrong = what_is_wrong(running)
    checks = asyncio.run(_verified())
    figures = {
        "steps": steps,
        "tours": told,
        "kills": running.kills,
        "wrong": wrong,
        "mails_received": len(running.sink.mails()),
        "mails_sent_once_or_more": running.count("SELECT count(*) FROM mails WHERE state = 'sent'"),
        "webhooks_received": running.receiver.posts,
        "webhooks_cut_off_by_a_kill": running.receiver.cut_off,
        "webhook_ids": len(running.receiver.bodies),
        "events": running.count("SELECT count(*) FROM outbox_events"),
        "reactions_done": running.count("SELECT count(*) FROM reactions_done"),
        "verify": checks,
    }
    enough = len(figures["kills"]) >= kills
    sound = all(one["held"] and not one["differences"] for one in told) and not wrong
    return figures, sound and enough and all(check["holds"] for check in checks)


def _disturbed(running: Drill, number: int, steps: int, kills: int, calm: Counter[str]) -> dict[str, Any]:
    before = running.tally()
    started = time.monotonic()
    held, _ = tell(running, number, kill_points(steps, kills, number))
    seconds = round(time.monotonic() - started, 1)
    drained = running.drain()
    return {
        "held": held,
        "seconds": seconds,
        "queue_empty_after_s": drained,
        "differences": differences(calm, running.tally() - before),
    }


def main() -> int:
    """Run it on an embedded PostgreSQL with its normal durability."""
    with own_database("drill") as (url, data_dir), demo(url, secrets.token_hex(32), data_dir) as running:
        held, steps, calm = calm_tour(running)
        figures, holds = told_and_killed(running, kills=KILLS, tours=TOURS, steps=steps, calm=of_later_tours(calm))
    return record("kill-drill", figures | {"calm_tour_held": held}, holds=held and holds)


if __name__ == "__main__":
    sys.exit(main())
