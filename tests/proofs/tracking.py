"""`make prove POINT=tracking`: a million events of partners, in batches of 1,000 over HTTP to two API processes.

The voyages of 20,000 shipments of two partners are told out of order, some of it twice. Holds when every event stands once, and
the account of every shipment is that of its events folded again in order (`partingline verify`'s own check); the figure is events
a second.

    python -m tests.proofs.tracking [--events 1000000] [--batch 1000]
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from fastapi import FastAPI

from app import wiring
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.ids import new_id
from app.logistics.checks import shipment_accounts
from app.settings import Settings
from tests.market import Market, Member
from tests.proofs.races import InTurn
from tests.proofs.record import record
from tests.proofs.stand import api_processes, own_database, own_settings
from tests.rooms.logistics.freight import event_of

PROCESSES, PARTNERS = 2, 2
EVENTS_EACH = 50
TOLD_TWICE = 0.02
"""Of so many events a copy comes along somewhere later."""
MIXED = 200
"""So many shipments are told of at once, their events shuffled."""

Events = list[dict[str, Any]]


def made(owner: psycopg.Connection[Any], shipper: UUID, partner: UUID, count: int, today: datetime) -> list[str]:
    """Shipments that a partner carries, written at once; the numbers of their bookings."""
    ids = [(new_id(), new_id(), f"PL{number:012d}") for number in _numbers(count, partner)]
    with owner.cursor() as cursor:
        with cursor.copy(
            "COPY shipments (id, shipper_id, mode, origin, load, discharge, destination, ready_on) FROM STDIN"
        ) as copy:
            for shipment_id, _, _ in ids:
                copy.write_row((shipment_id, shipper, "sea_fcl", "CNNGB", "CNNGB", "DEHAM", "DEHAM", today.date()))
        with cursor.copy("COPY shipment_tracks (shipment_id, shipper_id, state) FROM STDIN") as copy:
            for shipment_id, _, _ in ids:
                copy.write_row((shipment_id, shipper, "booked"))
        with cursor.copy(
            "COPY bookings (id, shipment_id, shipper_id, partner_id, number, leg, mode, from_place, to_place, state, expires_at, "
            "ended_at) FROM STDIN"
        ) as copy:
            for shipment_id, booking_id, number in ids:
                copy.write_row((booking_id, shipment_id, shipper, partner, number, 1, "sea_fcl", "CNNGB", "DEHAM",
                                "accepted", today, today))  # fmt: skip
    return [number for _, _, number in ids]


def _numbers(count: int, partner: UUID) -> range:
    first = partner.int % 10**11
    return range(first, first + count)


def voyage(number: str, now: datetime, luck: random.Random) -> Events:
    """What is told of one shipment: gates, loading, sailing, an arrival that is expected anew every day, customs, delivery."""
    begins = now - timedelta(days=luck.uniform(45, 80))

    def day(after: float) -> datetime:
        return begins + timedelta(days=after)

    told = [
        event_of(number, "EQUIPMENT", "GTIN", day(1), now=day(1)),
        event_of(number, "EQUIPMENT", "LOAD", day(2), now=day(2)),
        event_of(number, "TRANSPORT", "DEPA", day(3), now=day(3)),
    ]
    for after in range(4, 4 + EVENTS_EACH - 8):
        arrival = day(33 + luck.uniform(-3, 3))
        told.append(
            event_of(number, "TRANSPORT", "ARRI", arrival, now=day(after * 0.7), classifier="EST", place="DEHAM")
        )
    return [
        *told,
        event_of(number, "TRANSPORT", "ARRI", day(34), now=day(34), place="DEHAM"),
        event_of(number, "EQUIPMENT", "DISC", day(35), now=day(35), place="DEHAM"),
        event_of(number, "SHIPMENT", "HOLD", day(35.5), now=day(35.5)),
        event_of(number, "SHIPMENT", "RELS", day(37), now=day(37)),
        event_of(number, "EQUIPMENT", "GTOT", day(38), now=day(38), place="DEHAM"),
    ]


def batches(numbers: Sequence[str], size: int, now: datetime, seed: int) -> Iterator[Events]:
    """The voyages of some shipments at a time, shuffled, with copies, in batches."""
    luck = random.Random(seed)
    for begin in range(0, len(numbers), MIXED):
        events = [event for number in numbers[begin : begin + MIXED] for event in voyage(number, now, luck)]
        events += luck.sample(events, round(len(events) * TOLD_TWICE))
        luck.shuffle(events)
        for first in range(0, len(events), size):
            yield events[first : first + size]


def figures() -> dict[str, Any]:
    """What is counted while events are told, from nothing on."""
    return {"seconds": [], "statuses": set(), "sent": 0, "accepted": 0, "refused": 0}


async def told(partner: Member, given: Iterator[Events], counted: dict[str, Any]) -> None:
    """One partner sends one batch after the other."""
    for batch in given:
        began = time.perf_counter()
        answer = await partner.post("/v1/tracking-events", json={"events": batch})
        counted["seconds"].append(time.perf_counter() - began)
        counted["statuses"].add(answer.status_code)
        result = answer.json()
        counted["sent"] += len(batch)
        counted["accepted"] += result["accepted"]
        counted["refused"] += len(result["refused"])


async def prove(settings: Settings, addresses: list[str], arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """Tell, then fold everything again."""
    database = Database(settings)
    transport = InTurn(addresses)
    counted = figures()
    shipments = arguments.events // EVENTS_EACH
    try:
        with closing(psycopg.connect(settings.database_url.get_secret_value(), autocommit=True)) as owner:
            async with httpx.AsyncClient(transport=transport, base_url=addresses[0], timeout=300) as http:
                market = Market(settings, database, Clock(), http, FastAPI())
                shipper = await market.people("supplier")
                partners = [await market.people("logistics") for _ in range(PARTNERS)]
                now = market.clock.now()
                numbers = [made(owner, shipper.firm.id, one.firm.id, shipments // PARTNERS, now) for one in partners]
                began = time.perf_counter()
                await asyncio.gather(
                    *(
                        told(one, batches(own, arguments.batch, now, seed), counted)
                        for seed, (one, own) in enumerate(zip(partners, numbers, strict=True))
                    )
                )
                took = time.perf_counter() - began
            row = owner.execute("SELECT count(*) FROM tracking_events").fetchone()
        began = time.perf_counter()
        async with database.transaction(Role.AUDITOR, readonly=True) as session:
            looked, broken = await shipment_accounts(session)
    finally:
        await database.close()
    slow = sorted(counted["seconds"])
    found = {
        "api_processes": PROCESSES,
        "partners": PARTNERS,
        "shipments": looked,
        "events": row[0] if row else 0,
        "events_sent": counted["sent"],
        "batch": arguments.batch,
        "events_a_second": round(counted["sent"] / took),
        "batch_p50_s": round(slow[len(slow) // 2], 2),
        "batch_p99_s": round(slow[int(len(slow) * 0.99)], 2),
        "seconds": round(took, 1),
        "refused": counted["refused"],
        "folded_again_in_s": round(time.perf_counter() - began, 1),
        "accounts_that_differ": broken[:20],
    }
    every = shipments // PARTNERS * PARTNERS * EVENTS_EACH
    holds = not broken and looked == every // EVENTS_EACH and counted["statuses"] == {200}
    return found, holds and counted["accepted"] == every == found["events"] and counted["refused"] == 0


def main() -> int:
    """Run on a PostgreSQL of its own, which is as careful as a kept one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=1_000)
    arguments = parser.parse_args()
    with own_database("tracking") as (url, data_dir), own_settings(url, data_dir) as settings:
        wiring.bring_up(settings)
        with api_processes(PROCESSES, Path(data_dir)) as addresses:
            figures, holds = asyncio.run(prove(settings, addresses, arguments))
    return record("tracking", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
