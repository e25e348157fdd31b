"""All that other rooms may call: what an organization is charged by. Calls run in the caller's transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.methods import queries
from app.finance.methods.asking import page_begun, payer_of
from app.finance.methods.models import PaymentMethod
from app.finance.methods.portal import begin_giving, given, keep_given, kinds, make_default, own_methods, remove
from app.finance.methods.states import MethodState, SavedKind
from app.kit.db.tenancy import acting_for

__all__ = [
    "SavedKind",
    "SavedMethod",
    "begin_giving",
    "charge_method",
    "find",
    "given",
    "keep_given",
    "kinds",
    "make_default",
    "own_methods",
    "page_begun",
    "remove",
]


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A method that can be charged: `reference` and `payer` are what the gateway asks for, `shown` is what people may see."""

    id: UUID
    organization_id: UUID
    reference: str
    payer: str
    kind: SavedKind
    can_hold: bool
    expires_on: date | None
    shown: str


async def charge_method(session: AsyncSession, organization_id: UUID) -> SavedMethod | None:
    """The organization's default method; None when it has saved none."""
    async with acting_for(session, organization_id):
        row = await queries.default_of(session, organization_id)
    return _saved(row) if row else None


async def find(session: AsyncSession, organization_id: UUID, method_id: UUID) -> SavedMethod | None:
    """A method of the organization; None for another's, and for one that is not used any more."""
    async with acting_for(session, organization_id):
        row = await queries.method(session, method_id)
    if row is None or row.organization_id != organization_id or row.state != MethodState.SAVED:
        return None
    return _saved(row)


def _saved(row: PaymentMethod) -> SavedMethod:
    return SavedMethod(
        id=row.id,
        organization_id=row.organization_id,
        reference=row.reference,
        payer=payer_of(row.organization_id),
        kind=SavedKind(row.kind),
        can_hold=row.can_hold,
        expires_on=row.expires_on,
        shown=f"{row.brand} …{row.last_digits}",
    )
