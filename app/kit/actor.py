"""Who acts: a person or a machine, for one organization, with what permissions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Labelled
from app.kit.locales import NP_


class Permission(StrEnum):
    """What an actor may do. Roles of people and scopes of API clients are sets of these."""

    READ = "read"
    ORGANIZATION_EDIT = "organization:edit"
    MEMBERS_MANAGE = "members:manage"
    API_CLIENTS_MANAGE = "api-clients:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    APPROVAL_RULES_MANAGE = "approval-rules:manage"
    AUDIT_READ = "audit:read"
    LEDGER_READ = "ledger:read"
    PAYMENTS_MANAGE = "payments:manage"
    APPROVE = "approve"
    INQUIRE = "inquire"
    AWARD = "award"
    ORDER = "order"
    ACCEPT = "accept"
    CATALOG_EDIT = "catalog:edit"
    QUOTE = "quote"
    FULFIL = "fulfil"
    STOCK = "stock"
    INVOICE = "invoice"
    UPLOAD = "upload"
    TRANSLATE = "translate"
    OPERATE = "operate"


PERMISSION_LABELS = {
    Permission.READ: NP_("permission", "Read"),
    Permission.ORGANIZATION_EDIT: NP_("permission", "Edit the organization"),
    Permission.MEMBERS_MANAGE: NP_("permission", "Manage members"),
    Permission.API_CLIENTS_MANAGE: NP_("permission", "Manage API clients"),
    Permission.WEBHOOKS_MANAGE: NP_("permission", "Manage webhooks"),
    Permission.APPROVAL_RULES_MANAGE: NP_("permission", "Manage approval rules"),
    Permission.AUDIT_READ: NP_("permission", "Read the audit log"),
    Permission.LEDGER_READ: NP_("permission", "Read the accounts"),
    Permission.PAYMENTS_MANAGE: NP_("permission", "Manage payment methods and payouts"),
    Permission.APPROVE: NP_("permission", "Decide on approvals"),
    Permission.INQUIRE: NP_("permission", "Send inquiries"),
    Permission.AWARD: NP_("permission", "Award"),
    Permission.ORDER: NP_("permission", "Place orders"),
    Permission.ACCEPT: NP_("permission", "Accept milestones"),
    Permission.CATALOG_EDIT: NP_("permission", "Edit listings"),
    Permission.QUOTE: NP_("permission", "Quote"),
    Permission.FULFIL: NP_("permission", "Fulfil orders"),
    Permission.STOCK: NP_("permission", "Move stock"),
    Permission.INVOICE: NP_("permission", "Issue invoices"),
    Permission.UPLOAD: NP_("permission", "Upload files"),
    Permission.TRANSLATE: NP_("permission", "Edit translations"),
    Permission.OPERATE: NP_("permission", "Operate the marketplace"),
}


def lacking(permission: Permission) -> Forbidden:
    """The refusal that names a permission."""
    return Forbidden(permission=Labelled.of(permission, PERMISSION_LABELS))


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts in this request, resolved from the database and not from the token alone."""

    organization_id: UUID
    permissions: frozenset[Permission]
    organization_roles: frozenset[str]
    person_id: UUID | None = None
    client_id: UUID | None = None
    source_id: UUID | None = None
    session_id: UUID | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    unit_system: str = "metric"
    currency: str = "EUR"
    is_operator: bool = False

    @property
    def key(self) -> str:
        """A stable name for logs and idempotency: the person, the source of a webhook, or the client."""
        if self.person_id:
            return f"person:{self.person_id}"
        return f"webhook:{self.source_id}" if self.source_id else f"client:{self.client_id}"

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless the permission is held. Call it after the row was found in scope: 404 before 403."""
        if permission not in self.permissions:
            raise lacking(permission)


ActorResolver = Callable[[Request, AsyncSession], Awaitable[Actor]]


async def current_actor(request: Request, session: Session) -> Actor:
    """The authenticated actor, with the transaction's tenant set to his organization; 401 without one."""
    resolve: ActorResolver = request.app.state.resolve_actor
    actor = await resolve(request, session)
    request.state.actor = actor
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]


async def perhaps_actor(request: Request, session: Session) -> Actor | None:
    """The authenticated actor where the request names one: for routes that everybody may read, each in his own way.

    401 for a token that is not valid, so that nobody takes another's view for his own.
    """
    return await current_actor(request, session) if "authorization" in request.headers else None


PerhapsActor = Annotated[Actor | None, Depends(perhaps_actor)]


async def known_actor(request: Request) -> Actor:
    """The authenticated actor, found in a short transaction of its own: for routes that read or send a stream, which
    must not hold a transaction meanwhile. 401 without one."""
    database: Database = request.app.state.database
    resolve: ActorResolver = request.app.state.resolve_actor
    async with database.transaction(Role.APP, readonly=True) as session:
        actor = await resolve(request, session)
    request.state.actor = actor
    return actor


KnownActor = Annotated[Actor, Depends(known_actor)]


def permitted(permission: Permission) -> Callable[[Actor], Awaitable[Actor]]:
    """A dependency for routes without a row to find first: the actor, if he holds the permission."""

    async def guard(actor: CurrentActor) -> Actor:
        actor.require(permission)
        return actor

    return guard
