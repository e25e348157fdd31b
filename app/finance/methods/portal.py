"""Saved payment methods as their page shows them, and what is done there."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.methods import asking, queries
from app.finance.methods.guards import at_method
from app.finance.methods.models import PaymentMethod
from app.finance.methods.schemas import MethodSetupIn, PaymentMethodIn
from app.finance.methods.states import KIND_LABELS, SavedKind
from app.finance.methods.usecases.keep import add, choose, forget
from app.finance.methods.views import method_out
from app.gateways.payments import HostedSaving, Method, Payments
from app.kit.actor import Actor, Permission
from app.kit.findings import validated
from app.kit.locales import translate
from app.kit.paging import PageRequest, fetch_page

Document = dict[str, Any]


async def own_methods(session: AsyncSession, actor: Actor, page: PageRequest) -> tuple[list[Document], str | None]:
    """A page of what the actor's organization can pay with, newest first. Raises `Forbidden`."""
    actor.require(Permission.PAYMENTS_MANAGE)
    statement = queries.methods_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[PaymentMethod.id], descending=True)
    return [method_out(row).model_dump(mode="json") for row in rows], cursor


async def begin_giving(
    payments: Payments, actor: Actor, kind: str, *, back_url: str, locale: str, intent: str
) -> HostedSaving:
    """The provider's page on which a method of a kind is given. No transaction is open.

    Raises `Forbidden`, `Invalid`, `ProviderSilent`, `IdempotencyKeyReused`.
    """
    actor.require(Permission.PAYMENTS_MANAGE)
    [wanted] = validated(MethodSetupIn, {"kinds": [kind]}).kinds
    organization_id = actor.organization_id
    return await asking.page_begun(payments, organization_id, wanted, back_url=back_url, locale=locale, intent=intent)


def kinds(locale: str) -> list[tuple[str, str]]:
    """What can be saved, with what people call it."""
    return [(kind.value, translate(KIND_LABELS[kind], locale)) for kind in SavedKind]


async def given(payments: Payments, actor: Actor, token: str) -> Method:
    """Let the provider keep what a token stands for. No transaction is open.

    Raises `Forbidden`, `Invalid`, `PaymentMethodDeclined`, `ProviderSilent`.
    """
    actor.require(Permission.PAYMENTS_MANAGE)
    form = validated(PaymentMethodIn, {"token": token})
    return await asking.saved(payments, actor.organization_id, form.token)


async def keep_given(session: AsyncSession, actor: Actor, method: Method, *, make_default: bool) -> None:
    """Keep what the provider keeps. Raises `Forbidden`, `PaymentMethodGone`."""
    actor.require(Permission.PAYMENTS_MANAGE)
    await add(session, actor, method, make_default=make_default)


async def make_default(session: AsyncSession, actor: Actor, method_id: UUID) -> None:
    """Let it be charged when nothing else is said. Raises `NotFound` before `Forbidden`, `PaymentMethodGone`."""
    at = await at_method(method_id, actor, session)
    await choose(session, at.actor, at.row.id)


async def remove(session: AsyncSession, actor: Actor, method_id: UUID) -> None:
    """Use it no more. Raises `NotFound` before `Forbidden`, `PaymentMethodGone`."""
    at = await at_method(method_id, actor, session)
    await forget(session, at.actor, at.row.id)
