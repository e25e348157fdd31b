"""Saved payment methods of one's organization. Cards and accounts are given to the payment provider by its own form."""

from fastapi import Request, Response
from starlette.status import HTTP_204_NO_CONTENT

from app.finance.methods import queries
from app.finance.methods.errors import PaymentMethodDeclined, PaymentMethodGone
from app.finance.methods.guards import BegunSetup, GivenMethod, Payer, SeenMethod, ask_provider
from app.finance.methods.models import PaymentMethod
from app.finance.methods.schemas import MethodSetupOut, PaymentMethodOut
from app.finance.methods.usecases.keep import add, choose, forget
from app.finance.methods.views import method_out
from app.finance.provider.facade import ProviderSilent
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["payment methods"])


@router.post(
    "/payment-methods/setups",
    status_code=201,
    responses=problems(Unauthenticated, Forbidden, *ONCE, ProviderSilent),
)
async def post_payment_method_setup(setup: BegunSetup, response: Response) -> MethodSetupOut:
    """Begin to save a payment method: the payer's browser gives it to the payment provider, confirms there what its bank wants
    confirmed, and comes back. Nothing is kept here until then."""
    response.headers["Cache-Control"] = PRIVATE
    return MethodSetupOut(token=setup.reference, client_secret=setup.client_secret)


@router.post(
    "/payment-methods",
    status_code=201,
    dependencies=[ask_provider, IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, PaymentMethodDeclined, PaymentMethodGone, ProviderSilent),
)
async def post_payment_method(
    given: GivenMethod, actor: Payer, session: Session, response: Response
) -> PaymentMethodOut:
    """Save the payment method that the payer's browser has given, known to us by a token alone. The first one is the default."""
    row = await add(session, actor, given.method, make_default=given.make_default)
    response.headers["Location"] = f"/v1/payment-methods/{row.id}"
    response.headers["Cache-Control"] = PRIVATE
    return method_out(row)


@router.get("/payment-methods", responses=problems(Unauthenticated, Forbidden))
async def list_payment_methods(
    actor: Payer, session: Session, page: Paging, request: Request, response: Response
) -> Page[PaymentMethodOut]:
    """What your organization can pay with, newest first."""
    statement = queries.methods_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[PaymentMethod.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[method_out(row) for row in rows], next_cursor=cursor)


@router.get("/payment-methods/{payment_method_id}", responses=problems(*READ))
async def get_payment_method(at: SeenMethod, response: Response) -> PaymentMethodOut:
    """One of them."""
    response.headers["Cache-Control"] = PRIVATE
    return method_out(at.row)


@router.post("/payment-methods/{payment_method_id}/default", responses=problems(*READ, PaymentMethodGone))
async def post_default_payment_method(at: SeenMethod, session: Session, response: Response) -> PaymentMethodOut:
    """Let it be the one that is charged when nothing else is said."""
    response.headers["Cache-Control"] = PRIVATE
    return method_out(await choose(session, at.actor, at.row.id))


@router.delete(
    "/payment-methods/{payment_method_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=problems(*READ, PaymentMethodGone),
)
async def delete_payment_method(at: SeenMethod, session: Session) -> None:
    """Use it no more; the payment provider forgets it as well. What was charged by it stays."""
    await forget(session, at.actor, at.row.id)
