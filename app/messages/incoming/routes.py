"""Sources of webhooks, the address that their messages are sent to, and what became of those."""

from datetime import timedelta
from json import JSONDecodeError
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Path, Query, Request, Response
from pydantic import ValidationError
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    Invalid,
    MalformedBody,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from app.kit.etags import set_etag
from app.kit.findings import from_validation
from app.kit.idempotency import IdempotencyGuard, show_once
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.messages.guards import WebhookManager
from app.messages.incoming import queries
from app.messages.incoming.errors import (
    MessageDiffers,
    MessageNotFailed,
    SignatureInvalid,
    SourceRevoked,
    TooManySources,
)
from app.messages.incoming.guards import Managed
from app.messages.incoming.models import IncomingMessage, WebhookSource
from app.messages.incoming.rules import Signed
from app.messages.incoming.schemas import (
    IncomingMessageOut,
    MessageIn,
    MessageReceiptOut,
    NewWebhookSourceOut,
    WebhookSourceIn,
    WebhookSourceOut,
)
from app.messages.incoming.states import MessageState
from app.messages.incoming.usecases import manage_sources as usecases
from app.messages.incoming.usecases.receive_message import find_sender, keep_message
from app.messages.incoming.usecases.replay_message import replay_message
from app.messages.incoming.views import messages_out, new_source_out, source_out
from app.messages.schemas import NewSecretOut, RotationIn

router = house_router(tags=["webhooks"], prefix="/v1/webhook-sources")

# The body is read as bytes, since bytes are signed; this describes it.
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": MessageIn.model_json_schema()}},
    }
}


@router.get("", responses=problems(Unauthenticated, Forbidden))
async def list_webhook_sources(
    manager: WebhookManager, session: Session, page: Paging, request: Request, response: Response
) -> Page[WebhookSourceOut]:
    """The systems whose messages your organization takes, revoked ones too, newest first."""
    statement = queries.sources_of(manager.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[WebhookSource.id], descending=True)
    link_next(request, response, cursor)
    return Page[WebhookSourceOut](items=[source_out(row) for row in rows], next_cursor=cursor)


@router.post(
    "",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, TooManySources, *ONCE),
)
async def post_webhook_source(
    manager: WebhookManager, form: WebhookSourceIn, session: Session, now: Now, request: Request, response: Response
) -> NewWebhookSourceOut:
    """Let a system send signed messages (Standard Webhooks). The secret is shown this one time."""
    settings = request.app.state.settings
    source, secret = await usecases.make_source(session, manager, settings, name=form.name, scopes=form.scopes, now=now)
    show_once(request, "secret")
    set_etag(response, source.version)
    response.headers["Location"] = f"/v1/webhook-sources/{source.id}"
    return new_source_out(source, secret)


@router.get("/{source_id}", responses=problems(*READ))
async def get_webhook_source(managed: Managed, response: Response) -> WebhookSourceOut:
    """One source."""
    set_etag(response, managed.source.version)
    return source_out(managed.source)


@router.delete("/{source_id}", status_code=HTTP_204_NO_CONTENT, responses=problems(*READ))
async def delete_webhook_source(managed: Managed, session: Session, now: Now) -> None:
    """Revoke a source for good. Its messages are refused at once, and so is what still waits."""
    await usecases.revoke_source(session, managed.actor, managed.source, now=now)


@router.post(
    "/{source_id}/rotate-secret",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, SourceRevoked, *ONCE),
)
async def rotate_webhook_source_secret(
    managed: Managed, form: RotationIn, session: Session, now: Now, request: Request
) -> NewSecretOut:
    """Make a new secret. While the overlap lasts, a signature of either is good."""
    settings, overlap = request.app.state.settings, timedelta(hours=form.overlap_hours)
    secret = await usecases.rotate_secret(session, managed.actor, settings, managed.source, overlap=overlap, now=now)
    show_once(request, "secret")
    return NewSecretOut(secret=secret, previous_secret_until=managed.source.previous_secret_until)


@router.post(
    "/{source_id}/messages",
    status_code=HTTP_202_ACCEPTED,
    openapi_extra=_BODY,
    responses=problems(SignatureInvalid, MalformedBody, Invalid, MessageDiffers, TooManyRequests),
)
async def post_webhook_message(
    source_id: UUID,
    request: Request,
    session: Session,
    now: Now,
    webhook_id: Annotated[str | None, Header(alias="webhook-id", description="The same at every try.")] = None,
    timestamp: Annotated[str | None, Header(alias="webhook-timestamp", description="Seconds since 1970.")] = None,
    signature: Annotated[
        str | None, Header(alias="webhook-signature", description="`v1,` and base64; several with spaces between.")
    ] = None,
) -> MessageReceiptOut:
    """Send a signed message. It is kept and handled in the background; sent again under its id, it changes nothing.

    Signed by Standard Webhooks: HMAC-SHA256 over `webhook-id.webhook-timestamp.body`. Types: `tracking.events`,
    `booking.accepted`, `booking.declined`.
    """
    signed = Signed(webhook_id, timestamp, signature, await request.body())
    source = await find_sender(session, request.app.state.settings, source_id, signed, now=now)
    try:
        message = MessageIn.model_validate(await request.json())
    except JSONDecodeError:
        raise MalformedBody() from None
    except ValidationError as error:
        raise from_validation(error) from None
    return MessageReceiptOut(id=await keep_message(session, source, signed, message.type, now=now))


@router.get("/{source_id}/messages", responses=problems(*READ))
async def list_webhook_messages(
    managed: Managed,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[MessageState | None, Query(description="Only messages in this state.")] = None,
    message_type: Annotated[
        str | None, Query(alias="type", max_length=120, description="Only messages of this type.")
    ] = None,
) -> Page[IncomingMessageOut]:
    """What came from a source, newest first, and what became of it. What ended is kept for 90 days."""
    source = managed.source
    statement = queries.messages_of(source.organization_id, source.id, state=state, message_type=message_type)
    rows, cursor = await fetch_page(session, statement, page, keys=[IncomingMessage.id], descending=True)
    link_next(request, response, cursor)
    return Page[IncomingMessageOut](items=messages_out(rows), next_cursor=cursor)


@router.get("/{source_id}/messages/{message_id}", responses=problems(*READ))
async def get_webhook_message(
    managed: Managed, message_id: Annotated[UUID, Path()], session: Session
) -> IncomingMessageOut:
    """One message and what became of it."""
    source = managed.source
    message = await queries.message(session, source.organization_id, source.id, message_id)
    if message is None:
        raise NotFound()
    return messages_out([message])[0]


@router.post(
    "/{source_id}/messages/{message_id}/replay",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, MessageNotFailed, *ONCE),
)
async def replay_webhook_message(
    managed: Managed, message_id: Annotated[UUID, Path()], session: Session, now: Now
) -> IncomingMessageOut:
    """Try a failed message again."""
    source = managed.source
    message = await queries.lock_message(session, source.organization_id, source.id, message_id)
    if message is None:
        raise NotFound()
    await replay_message(session, managed.actor, message, now=now)
    return messages_out([message])[0]
