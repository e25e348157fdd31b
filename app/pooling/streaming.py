"""A campaign's progress as it happens, as Server-Sent Events (HTML Living Standard, 9.2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.kit import closing
from app.kit.actor import Actor, Permission
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.pooling.auctions.schemas import AuctionOut
from app.pooling.auctions.views import auction_out
from app.pooling.board import Place, board_of, set_within
from app.pooling.models import Campaign
from app.pooling.queries import campaigns as queries
from app.pooling.schemas.campaigns import ProgressOut
from app.pooling.states import CampaignState, Competition
from app.pooling.views.campaigns import progress

MEDIA_TYPE = "text/event-stream"
EVENT = "progress"
HEARTBEAT_S = 15.0
RETRY_MS = 3_000
"""How long a reader waits before he asks again."""

RUNNING = (CampaignState.DRAFT, CampaignState.OPEN)
HEADERS = {"Cache-Control": f"{PRIVATE}, no-transform", "X-Accel-Buffering": "no"}
"""Nothing on the way may compress it, or wait until there is more of it."""

ActorOf = Callable[[AsyncSession], Awaitable[Actor]]


def news_id(found: ProgressOut, row: Campaign, auction: AuctionOut | None = None) -> str:
    """The same for the same reader as long as nothing changes but the time."""
    lasting = found.model_dump_json(exclude={"at", "seconds_left"}) + row.closes_at.isoformat()
    if auction is not None:
        lasting += auction.model_dump_json(exclude={"at", "seconds_left"})
    return sha256(lasting.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a campaign had come, and how its auction stood, where that was asked for and there is one."""

    id: str
    progress: ProgressOut
    auction: AuctionOut | None = None

    @property
    def is_last(self) -> bool:
        """Whether the freeze, or that there will be none, is told by it: the members', or with an auction its end."""
        state = self.progress.state.code
        return state not in RUNNING and (self.auction is None or state != CampaignState.BIDDING)


Shown = Callable[[Moment], str]


@dataclass(frozen=True, slots=True)
class Watching:
    """Who watches what: `actor_of` finds him anew at each look, so that whoever was shut out is told nothing more. With `bids`
    he is told of an auction, too."""

    database: Database
    clock: Clock
    campaign_id: UUID
    actor_of: ActorOf
    bids: bool = False

    async def look(self) -> Moment:
        """Look once, in a short transaction. Raises `Unauthenticated`, `NotFound`, `Forbidden`."""
        async with self.database.transaction(Role.APP, readonly=True) as session:
            actor = await self.actor_of(session)
            row = await queries.campaign(session, self.campaign_id)
            if row is None:
                raise NotFound()
            actor.require(Permission.READ)
            now = self.clock.now()
            found = await progress(session, actor, row, now=now)
            auction = None
            if self.bids and row.competition == Competition.AUCTION:
                auction = await auction_out(session, actor, row, now=now)
        return Moment(news_id(found, row, auction), found, auction)


class EventStream(StreamingResponse):
    """An answer that goes on. Its place at the board is given up however it ends."""

    media_type = MEDIA_TYPE

    def __init__(self, content: AsyncIterator[str], place: Place) -> None:
        super().__init__(content, headers=HEADERS)
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it until it ends or nobody listens."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._place.leave()


async def followed(
    watching: Watching, organization_id: UUID, *, seen: str | None, lasting_s: float, shown: Shown
) -> Response:
    """What happens from now on; what a reader has `seen` (`Last-Event-ID`) is not told again.

    204, at which browsers stop asking, when he has seen the end. Raises as `look` does, `TooManyRequests`, `Unavailable`.
    """
    place = board_of(watching.database, watching.clock).enter(watching.campaign_id, organization_id)
    # Before looking: what happens meanwhile wakes again.
    changed = place.watched.changed
    try:
        first = await watching.look()
    except BaseException:
        place.leave()
        raise
    # Whoever came first may have been refused.
    place.sees()
    if first.is_last and first.id == seen:
        place.leave()
        return Response(status_code=204, headers=HEADERS)
    return EventStream(_events(watching, place, changed, first, seen, lasting_s, shown), place)


async def _events(
    watching: Watching,
    place: Place,
    changed: asyncio.Event,
    moment: Moment,
    seen: str | None,
    lasting_s: float,
    shown: Shown,
) -> AsyncIterator[str]:
    until = monotonic() + lasting_s
    yield f"retry: {RETRY_MS}\n\n"
    while True:
        if moment.id != seen:
            seen = moment.id
            yield event(moment.id, shown(moment))
        if moment.is_last:
            return
        while not changed.is_set():
            left = until - monotonic()
            if not await set_within(changed, min(left, HEARTBEAT_S)):
                if left <= HEARTBEAT_S:
                    return
                yield ": \n\n"
        if closing.is_asked():
            return
        async with place.board.reading:
            began, changed = monotonic(), place.watched.changed
            found = await _look_again(watching)
            # As long a rest as the look took: when many watch, requests have the other half of the time.
            await asyncio.sleep(monotonic() - began)
        if found is None:
            return
        place.sees()
        moment = found


async def _look_again(watching: Watching) -> Moment | None:
    """None for somebody who may not see it any more."""
    try:
        return await watching.look()
    except (Unauthenticated, NotFound, Forbidden):
        return None


def event(event_id: str, data: str) -> str:
    """One event; each line of what it says is a line of its own."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: {EVENT}\nid: {event_id}\n{lines}\n"
