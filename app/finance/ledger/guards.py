"""Who may look into which accounts: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.finance.ledger import queries
from app.finance.ledger.models import LedgerAccount
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission, permitted
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import NotFound

Bookkeeper = Annotated[Actor, Depends(permitted(Permission.LEDGER_READ))]
Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]


@dataclass(frozen=True, slots=True)
class AtAccount:
    """An actor at an account that he may read."""

    actor: Actor
    row: LedgerAccount


def _seen(row: LedgerAccount | None, actor: Actor) -> AtAccount:
    if row is None or (row.organization_id != actor.organization_id and not actor.is_operator):
        raise NotFound()
    actor.require(Permission.LEDGER_READ)
    return AtAccount(actor, row)


async def at_account(ledger_account_id: UUID, actor: CurrentActor, session: Session) -> AtAccount:
    """One of the own organization; the operator's people read all."""
    return _seen(await queries.account(session, ledger_account_id), actor)


async def account_to_write_out(ledger_account_id: UUID, actor: KnownActor, request: Request) -> AtAccount:
    """The same for a file, found in a short transaction of its own."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_as(session, actor)
        row = await queries.account(session, ledger_account_id)
    return _seen(row, actor)


async def act_as(session: Session, actor: Actor) -> None:
    """Let a transaction of its own see what the actor may see."""
    await act_for(session, actor.organization_id, person_id=actor.person_id, operator=actor.is_operator)


SeenAccount = Annotated[AtAccount, Depends(at_account)]
WrittenAccount = Annotated[AtAccount, Depends(account_to_write_out)]
