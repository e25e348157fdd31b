"""Where the payment provider sends its events."""

from typing import Annotated, Any

from fastapi import Header, Request
from starlette.status import HTTP_204_NO_CONTENT

from app.finance.provider.errors import EventNotSigned
from app.finance.provider.usecases.receive_event import receive_event
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import MalformedBody
from app.kit.problems import problems
from app.kit.routing import house_router

router = house_router(tags=["payments"], prefix="/v1/incoming")

# The body is read as bytes, since bytes are signed.
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.post(
    "/stripe",
    status_code=HTTP_204_NO_CONTENT,
    openapi_extra=_BODY,
    responses=problems(EventNotSigned, MalformedBody),
)
async def post_stripe_event(
    request: Request,
    session: Session,
    now: Now,
    signature: Annotated[str | None, Header(alias="Stripe-Signature", description="As Stripe signs events.")] = None,
) -> None:
    """For Stripe alone: a signed event. It is kept once and followed in the background; how its thing stands is asked."""
    await receive_event(session, request.app.state.settings, await request.body(), signature, now=now)
