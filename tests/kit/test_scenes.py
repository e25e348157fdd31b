"""What a builder made is found again in the next empty database, whole and at its time, and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.kit.clock import Clock
from tests.conftest import settings_at
from tests.kept import engines_of, lent
from tests.market import Market, Member
from tests.rooms.documents.uploads import ready
from tests.scenes import kept
from tests.server import TestServer

played: list[int] = []


@kept
async def uploaded(market: Market, later: int) -> tuple[Member, str]:
    """Somebody's document, some days from now."""
    played.append(later)
    who = await market.people("supplier")
    document = await ready(market, who)
    market.move_clock(minutes=later)
    return who, document


@asynccontextmanager
async def opened(server: TestServer, folder: Path) -> AsyncIterator[Market]:
    with lent(server) as name:
        settings = settings_at(server.url(name), folder)
        async with engines_of(settings) as db, Market.open(settings, db, Clock()) as market:
            yield market


async def test_what_was_made_is_laid_into_the_next_empty_database(server: TestServer, tmp_path: Path) -> None:
    async with opened(server, tmp_path / "first") as market:
        who, document = await uploaded(market, 3)
        left_at = market.clock.now()
    async with opened(server, tmp_path / "second") as market:
        found, same = await uploaded(market, 3)
        assert (same, found.firm, played) == (document, who.firm, [3])
        assert -1 < (market.clock.now() - left_at).total_seconds() < 5
        shown = await found.get(f"/v1/documents/{same}")
        assert (shown.status_code, shown.json()["id"]) == (200, document)
        assert (await found.get(f"/v1/documents/{same}/content")).content.startswith(b"%PDF")
        assert (await market.people("buyer")).firm.code != who.firm.code

        # Here something has happened already, so it is made anew; and so it is for other arguments.
        _, another = await uploaded(market, 3)
        assert (another != document, played) == (True, [3, 3])
    async with opened(server, tmp_path / "third") as market:
        await uploaded(market, 4)
        assert played == [3, 3, 4]
    async with opened(server, tmp_path / "fourth") as market:
        await market.people("buyer")
        _, another = await uploaded(market, 3)
        assert (another != document, played) == (True, [3, 3, 4, 3])
