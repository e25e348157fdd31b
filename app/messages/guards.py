"""Who may pass: people to their own notifications, managers of webhooks to their organization's endpoints."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.gateways.errors import GatewayError
from app.gateways.webhooks import WebhookAddressForbidden, WebhookHostUnknown, WebhookSender
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission, permitted
from app.kit.db.session import SAFE_METHODS, Session
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.locales import N_
from app.messages.errors import NotificationsArePersonal
from app.messages.models import WebhookEndpoint
from app.messages.queries import webhooks as queries

_URL_PROBLEMS = {
    WebhookAddressForbidden.code: N_(
        "This address lies in a private or reserved network. Give one that is reachable from the public internet."
    ),
    WebhookHostUnknown.code: N_("This host name has no address. Check its spelling."),
}
_URL_INVALID = N_("Give an https address with a host name, and without user name, password or fragment.")


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who reads his own."""

    actor: Actor
    person_id: UUID


async def reader(actor: CurrentActor) -> Reader:
    """Machines have no notifications."""
    if actor.person_id is None:
        raise NotificationsArePersonal()
    return Reader(actor, actor.person_id)


CurrentReader = Annotated[Reader, Depends(reader)]

WebhookManager = Annotated[Actor, Depends(permitted(Permission.WEBHOOKS_MANAGE))]


@dataclass(frozen=True, slots=True)
class Managed:
    """An endpoint of the actor's organization; locked when the request changes something."""

    actor: Actor
    endpoint: WebhookEndpoint


async def managed_endpoint(request: Request, endpoint_id: UUID, actor: CurrentActor, session: Session) -> Managed:
    """404 before 403: whoever does not belong to the organization must not learn that the endpoint exists."""
    find = queries.endpoint if request.method in SAFE_METHODS else queries.lock_endpoint
    endpoint = await find(session, actor.organization_id, endpoint_id)
    if endpoint is None:
        raise NotFound()
    actor.require(Permission.WEBHOOKS_MANAGE)
    return Managed(actor, endpoint)


ManagedEndpoint = Annotated[Managed, Depends(managed_endpoint)]


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """The URL of the request's body, and what is wrong with it."""

    url: str | None
    error: str | None = None

    def require(self, url: str) -> None:
        """Raise `Invalid` unless this URL was checked and found to lead to the public internet."""
        if self.error is None and self.url == url:
            return
        code = self.error or "webhook_url_invalid"
        message = _URL_PROBLEMS.get(code, _URL_INVALID)
        raise Invalid(errors=[FieldError("/url", code.replace("_", "-"), message)])


async def checked_url(request: Request, actor: KnownActor) -> CheckedUrl:
    """Resolve and check the URL ahead of the request's transaction: names are not looked up inside one.

    For managers of webhooks alone, so that nobody else makes us ask name servers.
    """
    if not actor.may(Permission.WEBHOOKS_MANAGE):
        return CheckedUrl(None)
    try:
        body = await request.json()
    except ValueError:
        return CheckedUrl(None)
    url = body.get("url") if isinstance(body, dict) else None
    if not isinstance(url, str):
        return CheckedUrl(None)
    url = url.strip()
    sender: WebhookSender = request.app.state.gateways["webhooks"]
    try:
        await sender.check(url)
    except GatewayError as refusal:
        return CheckedUrl(url, refusal.code)
    return CheckedUrl(url)


SendableUrl = Annotated[CheckedUrl, Depends(checked_url)]

url_check = Depends(checked_url)
"""Put it into a route's `dependencies` ahead of the others, so that it runs before the transaction begins."""
