"""Who watches campaigns in this process: each campaign is looked at once a second, however many watch it.

Nothing is held while waiting, neither a transaction nor a connection. PostgreSQL's NOTIFY would tell sooner, but makes commits
that notify wait for each other, and they are most when a campaign is about to freeze.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.exc import SQLAlchemyError

from app.kit import closing
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.errors import TooManyRequests, Unavailable
from app.pooling.queries import campaigns as queries
from app.pooling.rules import shown_state

LOOK_S = 1.0
MOST_STREAMS = 500
"""At a time, of one process."""

MOST_OF_ORGANIZATION = 20
"""At a time, of one organization in one process."""

READS_AT_ONCE = 2
"""Watchers who read after a change at the same time, so that requests find a connection and a processor."""

WAIT_S = 10


@dataclass
class Watched:
    """A campaign that somebody watches. `changed` is set by the next change, and then replaced; `over` when nobody watches."""

    as_organization: UUID
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    watchers: int = 0
    seen: object = None
    looking: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Let every watcher look."""
        told, self.changed = self.changed, asyncio.Event()
        told.set()


class Place:
    """A watcher's place at the board, until he leaves it."""

    def __init__(self, board: "Board", campaign_id: UUID, organization_id: UUID, watched: Watched) -> None:
        self.board, self.watched = board, watched
        self._campaign_id, self._organization_id = campaign_id, organization_id
        self._taken = True

    def sees(self) -> None:
        """He was shown the campaign just now: the board looks at it as his organization, for others may have been shut out."""
        self.watched.as_organization = self._organization_id

    def leave(self) -> None:
        """Give the place up. A second time changes nothing."""
        if self._taken:
            self._taken = False
            self.board.left(self._campaign_id, self._organization_id, self.watched)


class Board:
    """The campaigns that are watched in this process, and how many watch them for whom."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._watched: dict[UUID, Watched] = {}
        self._watchers: Counter[UUID] = Counter()
        self.reading = asyncio.Semaphore(READS_AT_ONCE)

    def __len__(self) -> int:
        return self._watchers.total()

    def enter(self, campaign_id: UUID, organization_id: UUID) -> Place:
        """A place for somebody who may see the campaign. Raises `TooManyRequests` or `Unavailable`, with when to come again."""
        if self._watchers[organization_id] >= MOST_OF_ORGANIZATION:
            raise TooManyRequests(retry_after_seconds=WAIT_S)
        if len(self) >= MOST_STREAMS:
            raise Unavailable()
        watched = self._watched.get(campaign_id)
        if watched is None:
            watched = self._watched[campaign_id] = Watched(organization_id)
            watched.looking = asyncio.create_task(self._look(campaign_id, watched))
        watched.watchers += 1
        self._watchers[organization_id] += 1
        return Place(self, campaign_id, organization_id, watched)

    def left(self, campaign_id: UUID, organization_id: UUID, watched: Watched) -> None:
        """Somebody gave his place up. What nobody watches is not looked at any more."""
        self._watchers[organization_id] -= 1
        if not self._watchers[organization_id]:
            del self._watchers[organization_id]
        watched.watchers -= 1
        if not watched.watchers:
            del self._watched[campaign_id]
            # Not cancelled: a look that is under way would take its connection with it.
            watched.over.set()

    async def _look(self, campaign_id: UUID, watched: Watched) -> None:
        """Wake the watchers whenever sums or state have changed. What they are told each reads for himself."""
        while not await set_within(watched.over, LOOK_S):
            if closing.is_asked():
                watched.wake()
                continue
            try:
                async with self._database.transaction(Role.APP, readonly=True) as session:
                    await act_for(session, watched.as_organization)
                    found = await queries.outline(session, campaign_id)
            except (SQLAlchemyError, OSError):
                # A database that is away is asked again; watchers hear that the line stands.
                continue
            now = self._clock.now()
            seen = [found, *[shown_state(state, closes_at, now=now) for state, closes_at, *_ in found[:1]]]
            if seen != watched.seen:
                watched.seen = seen
                watched.wake()


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for something; False when it has not happened within this time."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


_boards: WeakKeyDictionary[Database, Board] = WeakKeyDictionary()


def board_of(database: Database, clock: Clock) -> Board:
    """The board of this process."""
    if database not in _boards:
        _boards[database] = Board(database, clock)
    return _boards[database]
