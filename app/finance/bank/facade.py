"""All that other parts and rooms may call: references for those who are to pay by bank, and who awaits money under which."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank import queries
from app.finance.bank.errors import MatchIsFinal
from app.finance.bank.house import house_accounts
from app.finance.bank.registry import MOST_OFFERED, Received, matches_reference
from app.finance.bank.rules import Awaited
from app.finance.bank.statement import Statement
from app.finance.bank.usecases.import_statements import Imported, import_statements
from app.finance.bank.usecases.read_file import read_file
from app.finance.einvoicing.references import creditor_reference, written

__all__ = [
    "MOST_OFFERED",
    "Awaited",
    "Imported",
    "MatchIsFinal",
    "Moved",
    "Payer",
    "Received",
    "Statement",
    "creditor_reference",
    "house_accounts",
    "import_statements",
    "matches_reference",
    "moved_for",
    "payers",
    "read_file",
    "written",
]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was found on statements of a thing: `left_minor` that left for it, `came_minor` that came."""

    left_minor: int = 0
    came_minor: int = 0


@dataclass(frozen=True, slots=True)
class Payer:
    """Who sent money, and from which account, as his bank told it."""

    name: str | None
    account: str | None


async def moved_for(session: AsyncSession, owner: str, subject_ids: Iterable[UUID]) -> dict[UUID, Moved]:
    """What is matched to the things of a part of the house, by their ids. Only as the operator."""
    return {row[0]: Moved(row[1], row[2]) for row in await queries.matched_sums(session, owner, subject_ids)}


async def payers(session: AsyncSession, match_ids: Iterable[UUID]) -> dict[UUID, Payer]:
    """From whom the money of some matches came. Only as the operator."""
    rows = await queries.parties_of(session, match_ids)
    return {row[0]: Payer(row[1], row[2]) for row in rows}
