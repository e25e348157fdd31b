"""Keep methods: a new one, another default, one that is to be forgotten."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.methods import queries
from app.finance.methods.errors import PaymentMethodGone
from app.finance.methods.models import PaymentMethod
from app.finance.methods.states import MethodState
from app.gateways.payments import Method
from app.kit import audit
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.kit.jobs import defer

ENTITY = "payment_method"
FORGET_JOB = "finance.forget_payment_method"


async def add(session: AsyncSession, actor: Actor, method: Method, *, make_default: bool) -> PaymentMethod:
    """Keep what the provider has saved; one that is kept already stands as it is. The first is the default.

    Raises `PaymentMethodGone` for one that was forgotten since.
    """
    organization_id = actor.organization_id
    await queries.lock_methods_of(session, organization_id)
    known = await queries.of_reference(session, method.reference)
    if known is None:
        known = await _insert(session, actor, method)
    elif known.state != MethodState.SAVED:
        raise PaymentMethodGone()
    if make_default and not known.is_default:
        await _choose(session, organization_id, known.id)
    found = await queries.method(session, known.id)
    assert found is not None
    return found


async def _insert(session: AsyncSession, actor: Actor, method: Method) -> PaymentMethod:
    first = await queries.default_of(session, actor.organization_id) is None
    values = {
        "kind": method.kind,
        "brand": method.brand,
        "last_digits": method.last_digits[-4:],
        "expires_on": method.expires_on,
        "can_hold": method.can_hold,
        "is_default": first,
    }
    whose = {"organization_id": actor.organization_id, "reference": method.reference, "saved_by": actor.person_id}
    made = await queries.insert_method(session, {"id": new_id(), **values, **whose})
    row = await queries.of_reference(session, method.reference) if made else None
    if row is None:
        # Another organization has it: what the provider saved for a payer is that payer's.
        raise PaymentMethodGone()
    await audit.record(session, actor, "payment_method.save", ENTITY, row.id, after=values)
    return row


async def choose(session: AsyncSession, actor: Actor, method_id: UUID) -> PaymentMethod:
    """Let a method be the default from now on. Raises `PaymentMethodGone`."""
    await queries.lock_methods_of(session, actor.organization_id)
    row = await queries.method(session, method_id)
    if row is None or row.state != MethodState.SAVED:
        raise PaymentMethodGone()
    if row.is_default:
        return row
    await _choose(session, actor.organization_id, method_id)
    await audit.record(session, actor, "payment_method.default", ENTITY, method_id, after={"is_default": True})
    chosen = await queries.method(session, method_id)
    assert chosen is not None
    return chosen


async def _choose(session: AsyncSession, organization_id: UUID, method_id: UUID) -> None:
    # One after the other: the index looks at each row as it is written.
    await queries.undefault(session, organization_id)
    await queries.change(session, method_id, MethodState.SAVED, is_default=True)


async def forget(session: AsyncSession, actor: Actor, method_id: UUID) -> None:
    """Use a method no more, and save the job that has the provider forget it. If it was the default, the newest of the others
    is from now on. Raises `PaymentMethodGone`."""
    await queries.lock_methods_of(session, actor.organization_id)
    row = await queries.method(session, method_id)
    was_default = row is not None and row.is_default
    values = {"is_default": False, "state": MethodState.FORGETTING}
    if not await queries.change(session, method_id, MethodState.SAVED, **values):
        raise PaymentMethodGone()
    if was_default:
        following = await queries.newest_of(session, actor.organization_id)
        if following is not None:
            await queries.change(session, following.id, MethodState.SAVED, is_default=True)
    await audit.record(session, actor, "payment_method.forget", ENTITY, method_id)
    await defer(session, FORGET_JOB, organization_id=str(actor.organization_id), method_id=str(method_id))
