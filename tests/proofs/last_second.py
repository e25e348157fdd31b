"""`make prove POINT=last-second`: 500 members commit themselves to one campaign within a second in which it freezes, over HTTP to
two API processes; and that several times over.

Holds when every member is told that he is in or that it was too late, what is in stands once, however often it was sent, all of
it from before the freeze, and sums, log and what stands agree; no answer is a fault of ours and nobody waits for somebody who
waits for him.

    python -m tests.proofs.last_second [--members 500] [--rounds 5]
"""

import argparse
import asyncio
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from app import wiring
from app.settings import Settings
from tests.concurrency.racing_campaigns import Rush, rush
from tests.proofs.oversell import PROCESSES, at_market, deadlocks
from tests.proofs.record import record
from tests.proofs.stand import api_processes, own_database, own_settings

PATIENT = {"PARTINGLINE_ACCESS_TOKEN_MINUTES": "120"}
WITHIN_S = 2.0
"""Requests are sent over two seconds, the freeze comes in their middle: half are of the last second before it."""


async def rounds_of(settings: Settings, addresses: list[str], members: int, rounds: int) -> Rush:
    """The rush, several times."""
    outcome = Rush()
    with closing(psycopg.connect(settings.database_url.get_secret_value(), autocommit=True)) as owner:
        for _ in range(rounds):
            # Each time new people with new connections: the server closes those that were silent for long.
            async with at_market(settings, addresses) as market:
                firms = [await market.people("buyer") for _ in range(members)]
                await rush(market, outcome, owner, firms, seconds=WITHIN_S)
            sys.stdout.write(f"    round {outcome.rounds}: {outcome.taken} in so far, {len(outcome.wrong)} wrong\n")
            sys.stdout.flush()
    return outcome


def prove(settings: Settings, data_dir: Path, arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """The race."""
    with api_processes(PROCESSES, data_dir) as addresses:
        outcome = asyncio.run(rounds_of(settings, addresses, arguments.members, arguments.rounds))
        waited = deadlocks(settings.database_url.get_secret_value())
    figures = {
        "api_processes": PROCESSES,
        "members": arguments.members,
        "rounds": outcome.rounds,
        "commitments_in": outcome.taken,
        "commitments_refused": outcome.refused,
        "by_status": {str(status): number for status, number in sorted(outcome.answers.items())},
        "by_code": dict(sorted(outcome.codes.items())),
        "wrong": outcome.wrong[:20],
        "deadlocks": waited,
        "slowest_answer_s": round(outcome.slowest_s, 2),
    }
    holds = (
        not outcome.wrong
        and waited == 0
        and outcome.taken > 0
        and outcome.refused > 0
        and outcome.taken + outcome.refused == arguments.members * outcome.rounds
        and set(outcome.answers) == {201, 409}
    )
    return figures, holds and arguments.members >= 500


def main() -> int:
    """Run on a PostgreSQL of its own, which is as careful as a kept one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with own_database("last_second") as (url, data_dir), own_settings(url, data_dir, **PATIENT) as settings:
        wiring.bring_up(settings)
        figures, holds = prove(settings, data_dir, arguments)
    return record("last-second", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
