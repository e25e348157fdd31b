"""The sandbox of a logistics partner: where his programs carry goods that do not exist for a shipper who does not either."""

from fastapi import Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    NotFound,
    Unauthenticated,
)
from app.kit.idempotency import IdempotencyGuard, show_once
from app.kit.problems import ONCE, problems
from app.kit.routing import house_router
from app.parties import views
from app.parties.errors import PeopleOnly, SandboxExists, SandboxForPartners
from app.parties.schemas.sandbox import OpenedSandboxOut, SandboxOut
from app.parties.usecases.open_sandbox import Sandbox, find_sandbox, open_sandbox, renew_secrets

router = house_router(tags=["sandbox"], prefix="/v1/sandbox")


@router.post(
    "",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, PeopleOnly, SandboxForPartners, SandboxExists, *ONCE),
)
async def post_sandbox(
    actor: CurrentActor, request: Request, response: Response, session: Session, now: Now
) -> OpenedSandboxOut:
    """Open your organization's sandbox: a partner and a shipper that exist there only, each with an API client.

    Within a moment there are three shipments between places that do not exist (`ZZAAA`, `ZZBBB`, `ZZCCC`), and a booking that the
    partner may accept. The secrets are shown this one time.
    """
    actor.require(Permission.API_CLIENTS_MANAGE)
    opened = await open_sandbox(session, actor, now=now)
    response.headers["Location"] = "/v1/sandbox"
    return await _with_secrets(session, request, response, opened, now)


@router.get("", responses=problems(Unauthenticated, Forbidden, NotFound))
async def get_sandbox(actor: CurrentActor, session: Session, now: Now) -> SandboxOut:
    """Your sandbox: its organizations and their API clients."""
    actor.require(Permission.API_CLIENTS_MANAGE)
    return await views.sandbox(session, await find_sandbox(session, actor), now)


@router.post(
    "/secrets",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, NotFound, PeopleOnly, *ONCE),
)
async def post_sandbox_secrets(
    actor: CurrentActor, request: Request, response: Response, session: Session, now: Now
) -> OpenedSandboxOut:
    """Get new secrets for both API clients of your sandbox, shown this one time. Those that they had end at once."""
    actor.require(Permission.API_CLIENTS_MANAGE)
    return await _with_secrets(session, request, response, await renew_secrets(session, actor, now=now), now)


async def _with_secrets(
    session: Session, request: Request, response: Response, found: Sandbox, now: Now
) -> OpenedSandboxOut:
    show_once(request, "partner_secret", "shipper_secret")
    response.headers["Cache-Control"] = "no-store"
    return OpenedSandboxOut(
        **dict(await views.sandbox(session, found, now)),
        partner_secret=found.partner.secret,
        shipper_secret=found.shipper.secret,
    )
