"""Who may come near the house's bank accounts: the operator's people, and for all others nothing is there."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.bank import queries
from app.finance.bank.models import BankEntry, BankMatch, BankStatement
from app.kit.actor import Actor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]


async def seen_statement(bank_statement_id: UUID, actor: Operator, session: Session) -> BankStatement:
    """One statement."""
    row = await queries.statement(session, bank_statement_id)
    if row is None:
        raise NotFound()
    return row


async def seen_entry(bank_entry_id: UUID, actor: Operator, session: Session) -> BankEntry:
    """One entry."""
    row = await queries.entry(session, bank_entry_id)
    if row is None:
        raise NotFound()
    return row


async def seen_match(bank_match_id: UUID, actor: Operator, session: Session) -> BankMatch:
    """One assignment."""
    row = await queries.match(session, bank_match_id)
    if row is None:
        raise NotFound()
    return row


SeenStatement = Annotated[BankStatement, Depends(seen_statement)]
SeenEntry = Annotated[BankEntry, Depends(seen_entry)]
SeenMatch = Annotated[BankMatch, Depends(seen_match)]
