"""`make relevance`: how well the search answers the graded questions of `tests/relevance` over the demo market.

The tuning half may be scored as often as one likes. Every scoring of the held-out half is written down in
`tests/relevance/runs/heldout.jsonl`, good or bad; only that half decides whether the promise holds.

    python -m tests.proofs.relevance [--half tuning] [--show]
"""

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from app.catalog.reading import Reader
from app.catalog.search.searching import Asked, search
from app.demo import seed
from app.kit.db.engine import Database
from app.kit.db.reading import Reading
from app.settings import Settings
from app.wiring import bring_up
from tests.proofs.record import record, revision
from tests.proofs.stand import own_database, own_settings
from tests.relevance.measures import HERE, SEEN, Scored, lines, means, scored

RUNS = HERE / "runs" / "heldout.jsonl"
NDCG_10, RECALL_20, LEAST_OF_A_LOCALE = 0.85, 0.95, 0.75


async def answers(reading: Reading, line: dict[str, Any]) -> list[str]:
    """The codes of the first twenty listings."""
    found = await search(reading, Asked(line["query"], limit=20), Reader(line["locale"]))
    return [orjson.loads(item)["code"] for item in found.items]


async def score(reading: Reading, half: str, *, show: bool) -> list[Scored]:
    """Every query of a half."""
    results = []
    for line in lines(half):
        if line["id"] in SEEN:
            continue
        codes = await answers(reading, line)
        result = scored(line, codes)
        results.append(result)
        if show and (result.ndcg_10 < 0.9 or result.recall_20 < 1):
            sys.stdout.write(f"{result.id} {result.ndcg_10:.2f} {result.recall_20:.2f} {result.query!r}\n")
    return results


async def run(settings: Settings, halves: list[str], *, show: bool) -> dict[str, dict[str, Any]]:
    """The means of each half over the demo market."""
    database = Database(settings)
    try:
        return {half: means(await score(database.reading, half, show=show)) for half in halves}
    finally:
        await database.close()


def holds(figures: dict[str, Any]) -> bool:
    """Whether a half is answered as promised."""
    least = min(min(locale.values()) for locale in figures["by_locale"].values())
    return figures["ndcg_10"] >= NDCG_10 and figures["recall_20"] >= RECALL_20 and least >= LEAST_OF_A_LOCALE


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("tuning", "heldout", "both"), default="both")
    parser.add_argument("--show", action="store_true", help="name the queries of the tuning half that fall short")
    arguments = parser.parse_args()
    halves = ["tuning", "heldout"] if arguments.half == "both" else [arguments.half]
    with own_database("relevance") as (url, folder), own_settings(url, folder) as settings:
        bring_up(settings)
        seed.run(settings)
        figures = asyncio.run(run(settings, [half for half in halves if half == "tuning"], show=arguments.show))
        figures |= asyncio.run(run(settings, [half for half in halves if half == "heldout"], show=False))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    if "heldout" not in figures:
        return 0
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "revision": revision(), **figures["heldout"]}
    with RUNS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")
    return record("relevance", figures, holds=holds(figures["heldout"]))


if __name__ == "__main__":
    sys.exit(main())
