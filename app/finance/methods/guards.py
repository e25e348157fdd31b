"""Who may come near payment methods: authenticate, find in scope (404), permit (403); and what is asked of the provider first."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from app.finance.methods import asking, queries
from app.finance.methods.models import PaymentMethod
from app.finance.methods.schemas import MethodSetupIn, PaymentMethodIn
from app.finance.methods.states import MethodState
from app.gateways.payments import Method, Payments, Saving
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.kit.idempotency import check_key

Payer = Annotated[Actor, Depends(permitted(Permission.PAYMENTS_MANAGE))]


async def known_payer(actor: KnownActor) -> Actor:
    """The same, found in a short transaction of its own, before anything is asked of the provider."""
    actor.require(Permission.PAYMENTS_MANAGE)
    return actor


KnownPayer = Annotated[Actor, Depends(known_payer)]


async def begun_setup(
    request: Request,
    actor: KnownPayer,
    form: MethodSetupIn,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="1 to 255 visible ASCII characters; a new one for each intent."),
    ] = None,
) -> Saving:
    """Ask the provider for a setup; with the same key it is the same one. Nothing of it is stored here."""
    check_key(key)
    payments: Payments = request.app.state.gateways["payments"]
    return await asking.begun(payments, actor.organization_id, form.kinds, key or "")


@dataclass(frozen=True, slots=True)
class Given:
    """A method that the provider keeps, and whether it shall be the default."""

    method: Method
    make_default: bool


async def given_method(request: Request, actor: KnownPayer, form: PaymentMethodIn) -> Given:
    """Let the provider keep what the token stands for, ahead of the request's transaction."""
    payments: Payments = request.app.state.gateways["payments"]
    return Given(await asking.saved(payments, actor.organization_id, form.token), form.make_default)


BegunSetup = Annotated[Saving, Depends(begun_setup)]
GivenMethod = Annotated[Given, Depends(given_method)]
ask_provider = Depends(given_method)
"""Put it into a route's `dependencies` ahead of the others, so that it runs before the transaction begins."""


@dataclass(frozen=True, slots=True)
class AtMethod:
    """An actor at a saved payment method of his organization."""

    actor: Actor
    row: PaymentMethod


async def at_method(payment_method_id: UUID, actor: CurrentActor, session: Session) -> AtMethod:
    """One that is not forgotten."""
    row = await queries.method(session, payment_method_id)
    if row is None or row.organization_id != actor.organization_id or row.state != MethodState.SAVED:
        raise NotFound()
    actor.require(Permission.PAYMENTS_MANAGE)
    return AtMethod(actor, row)


SeenMethod = Annotated[AtMethod, Depends(at_method)]
