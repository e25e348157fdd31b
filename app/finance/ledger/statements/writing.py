"""Write a statement: everything is read in one snapshot, so that what is carried forward, entries and what remains agree."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import IO

from app.finance.ledger import queries
from app.finance.ledger.errors import StatementTooLong
from app.finance.ledger.guards import AtAccount, act_as
from app.finance.ledger.rules import natural
from app.finance.ledger.statements import sheet
from app.finance.ledger.statements.writers import MOST, WRITERS
from app.finance.ledger.states import Purpose, StatementFormat
from app.kit.db.engine import Database, Role
from app.parties import facade as parties

LINES = 1_000
PIECE = 2**16
HOUSE_NAME = "Partingline"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted: which days, as what, in which language. Without a first day it begins with the first entry."""

    format: StatementFormat
    first_day: date | None
    last_day: date
    locale: str


async def statement_file(database: Database, at: AtAccount, wanted: Wanted) -> IO[bytes]:
    """The file, whole, so that a slow reader holds no transaction. Raises `StatementTooLong`, `Unavailable`."""
    row = at.row
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_as(session, at.actor)
        days = (wanted.first_day, wanted.last_day)
        if await queries.count_entries(session, row.id, *days) > MOST[wanted.format]:
            raise StatementTooLong(most=MOST[wanted.format])
        holder = HOUSE_NAME
        if row.organization_id is not None:
            holder = _named((await parties.organizations(session, [row.organization_id]))[row.organization_id])
        balance = natural(Purpose(row.purpose), await queries.balance_before(session, row.id, wanted.first_day))
        lines = await queries.lines_after(session, row.id, *days, None, LINES)
        first_day = wanted.first_day or (lines[0].occurred_on if lines else wanted.last_day)
        head = sheet.Head(holder, row, first_day, wanted.last_day, balance, wanted.locale)
        writer = WRITERS[wanted.format](head)
        writer.write([sheet.opening(head)])
        while lines:
            found, balance = sheet.rows(head, lines, balance)
            await asyncio.to_thread(writer.write, found)
            lines = await queries.lines_after(session, row.id, *days, lines[-1], LINES)
    writer.write([sheet.closing(head, balance)])
    return await writer.end()


def _named(firm: parties.OrganizationRef) -> str:
    local, latin = firm.legal_name_local, firm.legal_name_latin
    return local if local == latin else f"{local} ({latin})"


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """A file, a piece at a time; closed at the end."""
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()
