"""A campaign's progress over HTTP: once, and as it happens."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor, CurrentActor, KnownActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.etags import PRIVATE
from app.kit.problems import READ, problems
from app.kit.routing import house_router
from app.pooling.guards import SeenCampaign
from app.pooling.schemas.campaigns import ProgressOut
from app.pooling.streaming import HEADERS, MEDIA_TYPE, Watching, followed, news_id
from app.pooling.views.campaigns import progress

router = house_router(tags=["campaigns"])

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events named `progress`, each with what `GET …/progress` answers as its data.",
        "content": {MEDIA_TYPE: {}},
    },
    204: {"description": "The freeze was told before (`Last-Event-ID`): there is nothing to come."},
}


@router.get("/campaigns/{campaign_id}/progress", responses=problems(*READ))
async def get_campaign_progress(
    row: SeenCampaign, actor: CurrentActor, session: Session, now: Now, response: Response
) -> ProgressOut:
    """How far a campaign has come: what is pooled, what the next tier takes, the time left, and what your organization saves."""
    found = await progress(session, actor, row, now=now)
    response.headers["Cache-Control"] = PRIVATE
    # Weak: the time goes on, but there is no news.
    response.headers["ETag"] = f'W/"{news_id(found, row)}"'
    return found


@router.head("/campaigns/{campaign_id}/progress/stream", include_in_schema=False)
async def head_campaign_progress_stream(row: SeenCampaign) -> Response:
    """What an answer to GET would begin with; without a body there is nothing to wait for."""
    return StreamingResponse(iter(()), media_type=MEDIA_TYPE, headers=HEADERS)


@router.get(
    "/campaigns/{campaign_id}/progress/stream",
    response_class=StreamingResponse,
    responses={**problems(*READ), **_EVENTS},
)
async def get_campaign_progress_stream(
    campaign_id: UUID,
    actor: KnownActor,
    request: Request,
    seen: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=100, description="The last event that you were told.")
    ] = None,
) -> Response:
    """The same as it happens, as Server-Sent Events: at each change of sums or state, once a second at most, until the freeze.

    Every 15 seconds a comment says that the line stands. After some minutes the answer ends; ask again with `Last-Event-ID`.
    """
    state = request.app.state

    async def actor_of(session: AsyncSession) -> Actor:
        found: Actor = await state.resolve_actor(request, session)
        return found

    return await followed(
        Watching(state.database, state.clock, campaign_id, actor_of),
        actor.organization_id,
        seen=seen,
        lasting_s=state.settings.stream_seconds,
        shown=lambda found: found.progress.model_dump_json(),
    )
